/* SPDX-License-Identifier: Apache-2.0 */
/* medium/sg.c - commands to a drive through SG_IO of Linux */
#include "core/check.h"
#include "medium/kernel.h"
#include "medium/transport.h"

#include <errno.h>
#include <scsi/sg.h>
#include <stdlib.h>

/* Status and host codes, which no header of the C library has: SAM-5, 5.3.1,
 * and the kernel's Documentation/scsi. */
enum status {
	STATUS_GOOD = 0x00,
	STATUS_CHECK = 0x02,
	STATUS_BUSY = 0x08,
	STATUS_RESERVED = 0x18,
	STATUS_FULL = 0x28,
};

enum host {
	HOST_OK = 0x00,
	HOST_BUS_BUSY = 0x02,
	HOST_TIME_OUT = 0x03,
	HOST_ABORT = 0x05,
	HOST_SOFT_ERROR = 0x0b,
	HOST_IMM_RETRY = 0x0c,
	HOST_REQUEUE = 0x0d,
};

#define DRIVER_TIMEOUT 0x06
#define VERSION_3 30000

struct sg {
	struct mun_transport base;
	int fd;
	bool owns;
};

static enum mun_scsi_end host_end(unsigned int host)
{
	switch (host) {
	case HOST_OK:
		return MUN_SCSI_GOOD;
	case HOST_TIME_OUT:
	case HOST_ABORT:
		return MUN_SCSI_TIMEOUT;
	case HOST_BUS_BUSY:
	case HOST_SOFT_ERROR:
	case HOST_IMM_RETRY:
	case HOST_REQUEUE:
		return MUN_SCSI_BUSY;
	default:
		return MUN_SCSI_GONE;
	}
}

static enum mun_scsi_end end_of(const struct sg_io_hdr *h)
{
	/* Bits 0, 6 and 7 are reserved, and vendors have used them. */
	switch (h->status & 0x3e) {
	case STATUS_CHECK:
		return MUN_SCSI_CHECK;
	case STATUS_BUSY:
	case STATUS_RESERVED:
	case STATUS_FULL:
		return MUN_SCSI_BUSY;
	case STATUS_GOOD:
		break;
	default:
		return MUN_SCSI_GONE;
	}
	if (h->host_status)
		return host_end(h->host_status);
	/* Some drivers tell by the sense data alone, with a good status. */
	if (h->sb_len_wr >= 8 && (h->driver_status & 0x0f) == 0x08)
		return MUN_SCSI_CHECK;
	return (h->driver_status & 0x0f) == DRIVER_TIMEOUT ? MUN_SCSI_TIMEOUT
							   : MUN_SCSI_GOOD;
}

/* What the system says when there is no device any more. */
static bool is_gone(int err)
{
	return err == ENODEV || err == ENXIO || err == ESHUTDOWN ||
	       err == ENOLINK;
}

static int sg_run(struct mun_transport *t, struct mun_scsi_cmd *cmd,
		  struct mun_err *e)
{
	struct sg *s = (struct sg *)t;
	struct sg_io_hdr h = {
		.interface_id = 'S',
		/* There is no other direction here, on purpose. */
		.dxfer_direction =
			cmd->data_len ? SG_DXFER_FROM_DEV : SG_DXFER_NONE,
		.cmd_len = cmd->cdb_len,
		.mx_sb_len = MUN_SENSE_MAX,
		.dxfer_len = cmd->data_len,
		.dxferp = cmd->data_len ? cmd->data : NULL,
		.cmdp = cmd->cdb,
		.sbp = cmd->sense,
		.timeout = cmd->timeout_ms,
	};

	if (mun_kernel.ioctl(s->fd, SG_IO, &h)) {
		if (!is_gone(errno))
			return mun_fail_sys(e, errno, "SCSI command %02xh",
					    cmd->cdb[0]);
		cmd->end = MUN_SCSI_GONE;
		return 0;
	}
	cmd->end = end_of(&h);
	cmd->sense_len =
		(uint8_t)MUN_MIN((unsigned int)h.sb_len_wr, MUN_SENSE_MAX);
	cmd->got = cmd->data_len;
	if (h.resid > 0)
		cmd->got -= MUN_MIN((uint32_t)h.resid, cmd->data_len);
	return 0;
}

static void sg_close(struct mun_transport *t)
{
	struct sg *s = (struct sg *)t;

	if (s->owns)
		mun_closep(&s->fd);
	free(s);
}

static const struct mun_transport_ops sg_ops = {
	.run = sg_run,
	.close = sg_close,
};

static int make(int fd, bool owns, struct mun_transport **out,
		struct mun_err *e)
{
	struct sg *s;
	int version = 0;

	if (mun_kernel.ioctl(fd, SG_GET_VERSION_NUM, &version) ||
	    version < VERSION_3)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"the device takes no SCSI commands");
	s = calloc(1, sizeof(*s));
	if (!s)
		return mun_fail_nomem(e, "transport");
	s->base.ops = &sg_ops;
	s->fd = fd;
	s->owns = owns;
	*out = &s->base;
	return 0;
}

int mun_sg_open(int fd, struct mun_transport **out, struct mun_err *e)
{
	return make(fd, false, out, e);
}

int mun_sg_take(int fd, struct mun_transport **out, struct mun_err *e)
{
	return make(fd, true, out, e);
}
