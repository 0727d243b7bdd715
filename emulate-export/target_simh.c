/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/target_simh.c - disks of a PDP-11 or a VAX in SIMH */
#include "emulate-export/target_simh.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/check.h"
#include "emulate-export/kit.h"
#include "emulate-export/target_retro.h"

#define SECTOR 512u

/*
 * Drives by the size of what they hold (the tables in SIMH's pdp11_rk.c,
 * pdp11_rl.c, pdp11_rp.c, pdp11_rx.c, pdp11_ry.c and pdp11_rq.c, and the
 * manuals of the drives).  RX01 and RX02 are held in memory by SIMH, which
 * refuses to open them read-only: they are copied and locked.
 */
static const struct drive {
	const char *name;
	uint64_t bytes;
	const char *device; /* of SIMH */
	const char *type; /* SET unit TYPE; "": by the size */
	bool floppy;
	unsigned int units;
} drives[] = {
	{ "RX01", 256256, "rx", "", true, 2 },
	{ "RX02", 512512, "ry", "", true, 2 },
	{ "RX50", 409600, "rq", "rx50", false, 4 },
	{ "RX33", 1228800, "rq", "rx33", false, 4 },
	{ "RK05", 2494464, "rk", "", false, 8 },
	{ "RL01", 5242880, "rl", "rl01", false, 4 },
	{ "RL02", 10485760, "rl", "rl02", false, 4 },
	{ "RK06", 13888512, "hk", "rk06", false, 8 },
	{ "RK07", 27540480, "hk", "rk07", false, 8 },
	{ "RM03", 67420160, "rp", "rm03", false, 8 },
	{ "RP04", 87960576, "rp", "rp04", false, 8 },
	{ "RP06", 174423040, "rp", "rp06", false, 8 },
};

/* Any other disk: one of the MSCP controller that is as large as it. */
#define MSCP_MIN_BLOCKS ((uint64_t)5000000 / SECTOR)
#define MSCP_MAX_BYTES UINT64_C(0x80000000)
static const struct drive mscp = { "MSCP disk", 0, "rq", "rauser", false, 4 };

static const struct drive *drive_of(const struct mun_target_item *item)
{
	for (size_t i = 0; i < MUN_COUNT(drives); i++) {
		if (drives[i].bytes == item->facts->bytes)
			return &drives[i];
	}
	if (item->facts->bytes % SECTOR || item->facts->bytes > MSCP_MAX_BYTES)
		return NULL;
	return &mscp;
}

/* The unit of medium @i: those before it of the same device count. */
static size_t unit_of(const struct mun_target_set *s, size_t i)
{
	const char *device = drive_of(&s->items[i])->device;
	size_t n = 0;

	for (size_t k = 0; k < i; k++)
		n += !strcmp(drive_of(&s->items[k])->device, device);
	return n;
}

static int plan_item(const struct mun_target_set *s, size_t i,
		     struct mun_plan *p, struct mun_err *e)
{
	const struct mun_target_item *item = &s->items[i];
	const struct drive *d = drive_of(item);
	bool floppy = item->medium == MUN_MEDIUM_FLOPPY;
	char slot[24];

	if (!d)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"no drive of a PDP-11 or VAX holds %" PRIu64
				" bytes",
				item->facts->bytes);
	if (unit_of(s, i) >= d->units)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"there are at most %u drives for an %s",
				d->units, d->name);
	(void)snprintf(slot, sizeof(slot), "%s%zu", d->device, unit_of(s, i));
	mun_plan_attach(p, i, floppy ? "floppy" : "disk", slot, "raw");
	mun_retro_suffix(p, i, "dsk");
	return 0;
}

static bool has_device(const struct mun_target_set *s, const char *device)
{
	for (size_t i = 0; i < s->n; i++) {
		if (!strcmp(drive_of(&s->items[i])->device, device))
			return true;
	}
	return false;
}

static int plan(const struct mun_target_set *s, struct mun_plan *out,
		struct mun_err *e)
{
	int rc = mun_target_begin(&mun_target_simh, s, out, e);

	for (size_t i = 0; !rc && i < s->n; i++)
		rc = plan_item(s, i, out, e);
	if (!rc && has_device(s, "rx") && has_device(s, "ry"))
		rc = mun_fail(e, MUN_EUNSUPPORTED,
			      "a PDP-11 has a controller for RX01 or one for "
			      "RX02, at one address: export them apart");
	if (rc)
		return rc;
	if (out->suit == MUN_SUIT_GOOD && !out->boots)
		out->suit = MUN_SUIT_FAIR;
	mun_plan_note(out,
		      "The machine is a PDP-11/73; it waits at \"sim>\": "
		      "\"boot %s\" starts from the first disk, \"exit\" "
		      "ends it. Ctrl+E comes back to \"sim>\".",
		      out->media[0].slot);
	mun_plan_note(out, "Disks are attached read-only. A system that wants "
			   "to write to them says so, or stops.");
	return 0;
}

/* ---- kit ---- */

static bool copies(const struct mun_target_set *s, size_t i)
{
	return drive_of(&s->items[i])->floppy;
}

static void configure(const struct mun_target_set *s, const struct mun_plan *p,
		      struct mun_str *o)
{
	mun_str_add(o, "; Nothing is written to the images.\n");
	/* Both controllers for floppies have one address. */
	if (has_device(s, "ry"))
		mun_str_add(o, "set rx disabled\nset ry enabled\n");
	for (size_t i = 0; i < p->n; i++) {
		const struct drive *d = drive_of(&s->items[i]);
		const char *unit = p->media[i].slot;

		if (d == &mscp)
			mun_str_addf(o, "set -l %s rauser=%" PRIu64 "\n", unit,
				     MUN_MAX(s->items[i].facts->bytes / SECTOR,
					     MSCP_MIN_BLOCKS));
		else if (*d->type)
			mun_str_addf(o, "set %s %s\n", unit, d->type);
		if (copies(s, i))
			mun_str_addf(o, "attach %s media/%s\nset %s locked\n",
				     unit, p->media[i].name, unit);
		else
			mun_str_addf(o, "attach -r %s media/%s\n", unit,
				     p->media[i].name);
	}
	mun_str_addf(o, "echo Type \"boot %s\" to start, \"exit\" to end.\n",
		     p->media[0].slot);
}

static int kit(const struct mun_target_set *s, const struct mun_plan *p,
	       struct mun_kit *k, struct mun_err *e)
{
	struct mun_retro_line l = { 0 };
	struct mun_str *config = NULL;
	struct mun_script script = {
		.title = "SIMH",
		.variable = "SIMH",
		.programs = "pdp11 simh-pdp11",
		.debian = "simh",
		.homepage = "http://simh.trailing-edge.com/",
		.windows = "",
		.windows_program = "pdp11.exe",
		.comment = "# SIMH=vax ./run is for disks of a VAX, with RL01, "
			   "RL02 and MSCP drives\n",
	};
	int rc = mun_kit_file(k, "config/simh.ini", 0444, &config, e);

	if (rc)
		return rc;
	configure(s, p, config);
	mun_retro_add(&l, " config/simh.ini");
	for (size_t i = 0; i < p->n; i++) {
		if (copies(s, i))
			mun_str_addf(&l.copies, "%smedia/%s",
				     l.copies.len ? " " : "", p->media[i].name);
		else
			mun_str_addf(&l.links, " media/%s", p->media[i].name);
	}
	if (l.copies.len)
		mun_str_add(&l.links, " config/simh.ini");
	else
		mun_str_free(&l.links);
	return mun_retro_script(&l, &script, k, e);
}

const struct mun_target mun_target_simh = {
	.name = "simh",
	.title = "SIMH",
	.homepage = "http://simh.trailing-edge.com/",
	.program = "pdp11 (Debian: simh)",
	.platforms = "dec",
	.media = "floppy disk",
	.formats = "raw",
	.limits = "The drive is told by the size: RX01, RX02, RX50, RX33, "
		  "RK05, RK06, RK07, RL01, RL02, RM03, RP04, RP06; any other "
		  "size is a disk of an MSCP controller, of which there are "
		  "four, up to 2 GiB. RX01 and RX02 not together. No tapes.",
	.needs = "An operating system, unless it is on the medium.",
	.protection = "attach -r; of RX01 and RX02, which SIMH does not attach "
		      "so, a copy for each session, locked.",
	.missing = "No operating system and no licence of one are supplied.",
	.plan = plan,
	.kit = kit,
};
