/* SPDX-License-Identifier: Apache-2.0 */
/* medium/drive_poll.c - is there a medium in a drive?  And out with it */
#include "medium/drive_poll.h"

#include "core/sys.h"
#include "medium/kernel.h"
#include "medium/sysfs.h"
#include "medium/transport.h"

#include <errno.h>
#include <limits.h>
#include <linux/cdrom.h>
#include <sys/sysmacros.h>

#define READY_MS 5000
#define EJECT_MS 60000

#define BECOMING_READY 0x04
#define MAY_HAVE_CHANGED 0x28
#define NO_MEDIUM 0x3a

static bool state_of_sense(const struct mun_sense *s,
			   enum mun_drive_state *state)
{
	if (s->key != MUN_SENSE_NOT_READY)
		return false;
	if (s->asc == NO_MEDIUM)
		*state = MUN_DRIVE_EMPTY;
	else if (s->asc == BECOMING_READY)
		*state = MUN_DRIVE_BUSY;
	else
		return false;
	return true;
}

bool mun_drive_ready(int fd, enum mun_drive_state *state, bool *changed)
{
	mun_auto(transport) *t = NULL;
	struct mun_err ignored;

	*changed = false;
	if (mun_sg_open(fd, &t, &ignored))
		return false;
	/* A unit attention comes before the answer, one for each event. */
	for (int i = 0; i < 4; i++) {
		struct mun_scsi_cmd cmd = { .cdb_len = 6,
					    .timeout_ms = READY_MS };
		struct mun_sense s;

		if (mun_transport_run(t, &cmd, &ignored))
			return false;
		if (cmd.end == MUN_SCSI_GOOD) {
			*state = MUN_DRIVE_READY;
			return true;
		}
		if (cmd.end == MUN_SCSI_BUSY) {
			*state = MUN_DRIVE_BUSY;
			return true;
		}
		s = mun_sense_of(&cmd);
		if (s.key == MUN_SENSE_ATTENTION && s.asc == MAY_HAVE_CHANGED)
			*changed = true;
		if (cmd.end != MUN_SCSI_CHECK || s.key != MUN_SENSE_ATTENTION)
			return cmd.end == MUN_SCSI_CHECK &&
			       state_of_sense(&s, state);
	}
	return false;
}

static bool ask_tray(int fd, enum mun_drive_state *state)
{
	/* The argument is the slot itself. */
	switch (mun_kernel.ioctl(fd, CDROM_DRIVE_STATUS,
				 (void *)(uintptr_t)CDSL_CURRENT)) {
	case CDS_NO_DISC:
	case CDS_TRAY_OPEN:
		*state = MUN_DRIVE_EMPTY;
		return true;
	case CDS_DRIVE_NOT_READY:
		*state = MUN_DRIVE_BUSY;
		return true;
	case CDS_DISC_OK:
		*state = MUN_DRIVE_READY;
		return true;
	default:
		return false;
	}
}

static int open_failed(const char *path, int err, enum mun_drive_state *state,
		       struct mun_err *e)
{
	/* ENXIO is what the floppy driver says of an empty drive. */
	if (err == ENOMEDIUM || err == ENXIO) {
		*state = MUN_DRIVE_EMPTY;
		return 0;
	}
	return mun_fail_sys(e, err, "open '%s'", path);
}

static int poll_block(const char *path, const struct stat *st,
		      enum mun_drive_state *state, struct mun_err *e)
{
	struct mun_device_facts f = { 0 };
	mun_autoclose int fd = -1;
	bool changed;
	int wait = 0;

	mun_sysfs_drive(major(st->st_rdev), minor(st->st_rdev), &f);
	/* Only a real opening makes the floppy driver look for a disk. */
	if (f.kind != MUN_DEVICE_FLOPPY)
		wait = O_NONBLOCK;
	fd = mun_sys.open(path, O_RDONLY | O_CLOEXEC | wait, 0);
	if (fd < 0)
		return open_failed(path, errno, state, e);
	*state = MUN_DRIVE_READY;
	if (f.kind == MUN_DEVICE_FLOPPY ||
	    (f.kind == MUN_DEVICE_OPTICAL && ask_tray(fd, state)) ||
	    mun_drive_ready(fd, state, &changed))
		return 0;
	*state = mun_kernel_bytes(fd) ? MUN_DRIVE_READY : MUN_DRIVE_EMPTY;
	return 0;
}

int mun_drive_poll(const char *path, enum mun_drive_state *state,
		   struct mun_err *e)
{
	struct stat st;

	*state = MUN_DRIVE_EMPTY;
	if (mun_kernel.stat(path, &st))
		return mun_fail_sys(e, errno, "look for '%s'", path);
	if (S_ISBLK(st.st_mode))
		return poll_block(path, &st, state, e);
	if (!S_ISREG(st.st_mode))
		return mun_fail(e, MUN_EINVAL,
				"'%s' is neither a file nor a block device",
				path);
	*state = st.st_size ? MUN_DRIVE_READY : MUN_DRIVE_EMPTY;
	return 0;
}

static int send(struct mun_transport *t, uint8_t opcode, uint8_t what,
		struct mun_err *e)
{
	struct mun_scsi_cmd cmd = {
		.cdb = { opcode, [4] = what },
		.cdb_len = 6,
		.timeout_ms = EJECT_MS,
	};
	struct mun_sense s;
	char text[96];
	int rc = mun_transport_run(t, &cmd, e);

	if (rc || cmd.end == MUN_SCSI_GOOD)
		return rc;
	s = mun_sense_of(&cmd);
	mun_sense_text(&s, text);
	/* Not every drive has a motor for it. */
	if (s.key == MUN_SENSE_ILLEGAL)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"the drive does not eject by itself: %s", text);
	return mun_fail(e, MUN_EIO, "the drive did not eject: %s", text);
}

/* PREVENT ALLOW MEDIUM REMOVAL: allow; START STOP UNIT: eject. */
static int eject_by_command(struct mun_transport *t, struct mun_err *e)
{
	struct mun_err ignored;

	(void)send(t, 0x1e, 0, &ignored);
	return send(t, 0x1b, 0x02, e);
}

int mun_device_eject(struct mun_device *m, struct mun_err *e)
{
	if (!m->facts.is_device || !m->facts.removable)
		return mun_fail(
			e, MUN_EUNSUPPORTED, "nothing comes out of '%s'",
			m->facts.name[0] ? m->facts.name : "this source");
	/* The kernel also unlocks the door, and forgets what was in. */
	if (m->facts.kind == MUN_DEVICE_OPTICAL && m->fd >= 0 &&
	    !mun_kernel.ioctl(m->fd, CDROMEJECT, NULL))
		return 0;
	if (m->transport)
		return eject_by_command(m->transport, e);
	/* FDEJECT wants write access, which we do not take. */
	return mun_fail(e, MUN_EUNSUPPORTED, "'%s' is to be emptied by hand",
			m->facts.name);
}
