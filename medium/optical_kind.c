/* SPDX-License-Identifier: Apache-2.0 */
/* medium/optical_kind.c - what kind of disc it is, and whether it is protected */
#include "core/bytes.h"
#include "core/check.h"
#include "medium/mmc.h"
#include "medium/optical_ask.h"
#include "medium/optical_toc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GET_CONFIGURATION 0x46
#define READ_CAPACITY 0x25
#define READ_DISC_INFORMATION 0x51

#define FEATURE_CSS 0x0106
#define FEATURE_CPRM 0x010b
#define FEATURE_AACS 0x010d

struct profile {
	uint16_t number;
	const char *name;
	enum mun_optical_kind kind;
};

/* MMC-6, table 89. */
static const struct profile profiles[] = {
	{ 0x0008, "CD-ROM", MUN_OPTICAL_CD },
	{ 0x0009, "CD-R", MUN_OPTICAL_CD },
	{ 0x000a, "CD-RW", MUN_OPTICAL_CD },
	{ 0x0010, "DVD-ROM", MUN_OPTICAL_DVD },
	{ 0x0011, "DVD-R", MUN_OPTICAL_DVD },
	{ 0x0012, "DVD-RAM", MUN_OPTICAL_DVD },
	{ 0x0013, "DVD-RW", MUN_OPTICAL_DVD },
	{ 0x0014, "DVD-RW", MUN_OPTICAL_DVD },
	{ 0x0015, "DVD-R DL", MUN_OPTICAL_DVD },
	{ 0x0016, "DVD-R DL", MUN_OPTICAL_DVD },
	{ 0x0017, "DVD-RW DL", MUN_OPTICAL_DVD },
	{ 0x001a, "DVD+RW", MUN_OPTICAL_DVD },
	{ 0x001b, "DVD+R", MUN_OPTICAL_DVD },
	{ 0x002a, "DVD+RW DL", MUN_OPTICAL_DVD },
	{ 0x002b, "DVD+R DL", MUN_OPTICAL_DVD },
	{ 0x0040, "BD-ROM", MUN_OPTICAL_BD },
	{ 0x0041, "BD-R", MUN_OPTICAL_BD },
	{ 0x0042, "BD-R", MUN_OPTICAL_BD },
	{ 0x0043, "BD-RE", MUN_OPTICAL_BD },
	{ 0x0050, "HD DVD-ROM", MUN_OPTICAL_DVD },
	{ 0x0051, "HD DVD-R", MUN_OPTICAL_DVD },
	{ 0x0052, "HD DVD-RAM", MUN_OPTICAL_DVD },
};

static int set_profile(struct mun_optical *o, uint16_t number,
		       struct mun_err *e)
{
	o->profile = number;
	for (size_t i = 0; i < MUN_COUNT(profiles); i++) {
		if (profiles[i].number != number)
			continue;
		(void)snprintf(o->profile_name, sizeof(o->profile_name), "%s",
			       profiles[i].name);
		o->kind = profiles[i].kind;
		return 0;
	}
	return mun_fail(e, MUN_EINVAL,
			"the disc in the drive is of a kind that is not read "
			"(profile %04x)",
			number);
}

/* ---- GET CONFIGURATION ---- */

/* Is the feature there, and current: about this disc? */
static bool has_feature(const uint8_t *list, size_t len, uint16_t feature)
{
	for (size_t at = 8; at + 4 <= len; at += 4u + list[at + 3])
		if (mun_be16(list + at) == feature)
			return list[at + 2] & 1;
	return false;
}

static void tell_features(struct mun_optical *o, const uint8_t *list,
			  size_t len)
{
	const char *name = "";

	if (o->kind == MUN_OPTICAL_CD)
		return;
	if (has_feature(list, len, FEATURE_CSS))
		name = "CSS";
	else if (has_feature(list, len, FEATURE_AACS))
		name = "AACS";
	else if (has_feature(list, len, FEATURE_CPRM))
		name = "CPRM";
	(void)snprintf(o->protection, sizeof(o->protection), "%s", name);
}

/* Drives older than the command have discs of one kind only. */
static void without_profile(struct mun_optical *o)
{
	o->kind = MUN_OPTICAL_CD;
	(void)snprintf(o->profile_name, sizeof(o->profile_name), "CD");
	mun_optical_note(o, "the drive does not tell what kind of disc it is; "
			    "taken for a CD");
}

static int ask_configuration(struct mun_transport *t, struct mun_optical *o,
			     struct mun_err *e)
{
	/* All features; a list is some 300 bytes. */
	uint8_t list[2048] = { 0 };
	uint8_t cdb[10] = { GET_CONFIGURATION };
	struct mun_mmc m;
	size_t len;
	int rc;

	mun_put_be16(cdb + 7, sizeof(list));
	rc = mun_mmc_ask(t, cdb, list, sizeof(list), &m, e);
	if (rc)
		return rc;
	if (m.end == MUN_MMC_AWAY)
		return mun_fail(e, MUN_EIO, "the drive went away");
	/* That there is a disc is known by now; some say 0 all the same. */
	if (m.end != MUN_MMC_DONE || m.got < 8 || !mun_be16(list + 6)) {
		without_profile(o);
		return 0;
	}
	len = MUN_MIN((uint64_t)m.got, (uint64_t)mun_be32(list) + 4);
	rc = set_profile(o, mun_be16(list + 6), e);
	if (!rc)
		tell_features(o, list, len);
	return rc;
}

static int ask_disc_information(struct mun_transport *t, struct mun_optical *o,
				struct mun_err *e)
{
	uint8_t info[34] = { 0 };
	uint8_t cdb[10] = { READ_DISC_INFORMATION };
	struct mun_mmc m;
	int rc;

	mun_put_be16(cdb + 7, sizeof(info));
	rc = mun_mmc_ask(t, cdb, info, sizeof(info), &m, e);
	if (rc || m.end != MUN_MMC_DONE || m.got < 3)
		return rc;
	switch (info[2] & 3) {
	case 0:
		return mun_fail(e, MUN_EINVAL, "the disc is blank");
	case 1:
		mun_optical_note(o, "the disc is not closed: more could have "
				    "been written to it");
		break;
	default:
		break;
	}
	return 0;
}

int mun_optical_ask_profile(struct mun_transport *t, struct mun_optical *o,
			    struct mun_err *e)
{
	int rc = ask_configuration(t, o, e);

	return rc ? rc : ask_disc_information(t, o, e);
}

/* ---- DVD and BD ---- */

static int ask_capacity(struct mun_transport *t, struct mun_optical *o,
			struct mun_err *e)
{
	static const uint8_t cdb[10] = { READ_CAPACITY };
	uint8_t reply[8] = { 0 };
	char text[96];
	struct mun_mmc m;
	int rc = mun_mmc_ask(t, cdb, reply, sizeof(reply), &m, e);

	if (rc)
		return rc;
	if (m.end != MUN_MMC_DONE || m.got < sizeof(reply)) {
		mun_sense_text(&m.sense, text);
		return mun_fail(e, MUN_EIO,
				"the drive does not tell the size of the "
				"disc: %s",
				text);
	}
	if (mun_be32(reply + 4) != 2048)
		return mun_fail(e, MUN_ECORRUPT, "sectors of %u bytes",
				mun_be32(reply + 4));
	o->sectors = (uint64_t)mun_be32(reply) + 1;
	if (o->sectors > INT32_MAX)
		return mun_fail(e, MUN_ECORRUPT, "%llu sectors are no disc",
				(unsigned long long)o->sectors);
	return 0;
}

/* Format 01h, byte 4: the system; 5: regions that are shut out. */
static void tell_copyright(struct mun_optical *o, const uint8_t *reply)
{
	static const char *const schemes[] = { "", "CSS", "CPRM", "AACS" };
	uint8_t scheme = reply[4];

	if (scheme < MUN_COUNT(schemes))
		(void)snprintf(o->protection, sizeof(o->protection), "%s",
			       schemes[scheme]);
	else
		(void)snprintf(o->protection, sizeof(o->protection),
			       "scheme %02Xh", scheme);
}

static int ask_copyright(struct mun_transport *t, struct mun_optical *o,
			 struct mun_err *e)
{
	mun_autofree uint8_t *reply = NULL;
	struct mun_mmc m;
	size_t len;
	int rc = mun_mmc_structure(t, false, 1, &reply, &len, &m, e);

	if (rc)
		return rc;
	if (m.end == MUN_MMC_DONE && len >= 6)
		tell_copyright(o, reply);
	else if (!o->protection[0])
		mun_optical_note(o, "the drive does not tell whether it is "
				    "protected");
	return 0;
}

int mun_optical_ask_structure(struct mun_transport *t, struct mun_optical *o,
			      struct mun_err *e)
{
	bool bd = o->kind == MUN_OPTICAL_BD;
	struct mun_mmc m;
	int rc = ask_capacity(t, o, e);

	if (!rc)
		rc = mun_mmc_structure(t, bd, 0, &o->structure,
				       &o->structure_bytes, &m, e);
	if (rc)
		return rc;
	if (m.end != MUN_MMC_DONE)
		mun_optical_note(o, "the drive does not tell the structure of "
				    "the disc");
	/* Of a BD only the feature tells, since keys would have to be had. */
	return bd ? 0 : ask_copyright(t, o, e);
}
