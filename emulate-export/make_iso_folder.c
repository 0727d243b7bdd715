/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/make_iso_folder.c - the directory records of an ISO 9660 disc
 *
 * A record (ECMA-119, 9.1): its length, 1 byte at 0; extent 2 (both orders);
 * bytes 10; time 18; flags 25; volume 28; length of the name 32; the name 33,
 * to an even place; then the System Use fields, of the primary tree alone.
 */
#include "emulate-export/make_iso.h"

#include <string.h>

#include "core/bytes.h"
#include "core/check.h"
#include "emulate-export/make_time.h"

#define FLAG_FOLDER 0x02u
#define FLAG_MORE 0x80u /* another section of the file follows */
#define MOST_RECORD 254u
#define CE_BYTES 28u
#define NM_HEAD 5u
/* The length of a field is one byte. */
#define NM_MOST 250u

struct record {
	uint8_t bytes[MOST_RECORD + 1 + 2 * MUN_MAKE_WIDE];
	size_t len;
};

void mun_make_both16(uint8_t *p, uint16_t v)
{
	mun_put_le16(p, v);
	mun_put_be16(p + 2, v);
}

void mun_make_both32(uint8_t *p, uint32_t v)
{
	mun_put_le32(p, v);
	mun_put_be32(p + 4, v);
}

size_t mun_make_iso_name(const struct mun_make_node *n, int tree,
			 uint8_t out[static 2 * MUN_MAKE_WIDE])
{
	size_t len = strlen(n->short_name);

	if (!n->parent) {
		out[0] = 0;
		return 1;
	}
	if (tree == MUN_MAKE_PRIMARY) {
		memcpy(out, n->short_name, len);
		return len;
	}
	for (size_t i = 0; i < n->nwide; i++)
		mun_put_be16(out + 2 * i, n->wide[i]);
	return 2 * n->nwide;
}

/* ... and of a file with its version (7.5.1): "NAME.;1". */
static size_t full_name(const struct mun_make_node *n, int tree,
			uint8_t out[static 2 * MUN_MAKE_WIDE])
{
	size_t len = mun_make_iso_name(n, tree, out);

	if (n->is_dir)
		return len;
	if (tree == MUN_MAKE_JOLIET_TREE) {
		mun_put_be16(out + len, ';');
		mun_put_be16(out + len + 2, '1');
		return len + 4;
	}
	if (!memchr(out, '.', len))
		out[len++] = '.';
	out[len++] = ';';
	out[len++] = '1';
	return len;
}

/* What comes before the System Use fields. */
static void begin(struct record *r, const uint8_t *name, size_t len,
		  uint32_t lba, uint32_t bytes, uint8_t flags, int64_t time)
{
	size_t end = 33 + len;

	memset(r->bytes, 0, sizeof(r->bytes));
	mun_make_both32(r->bytes + 2, lba);
	mun_make_both32(r->bytes + 10, bytes);
	(void)mun_make_iso_time(time, r->bytes + 18);
	r->bytes[25] = flags;
	mun_make_both16(r->bytes + 28, 1);
	r->bytes[32] = (uint8_t)len;
	memcpy(r->bytes + 33, name, len);
	r->len = end + end % 2;
}

static int64_t time_of(const struct mun_make_iso_plan *q,
		       const struct mun_make_node *n)
{
	return n->is_dir ? q->p->date : n->mtime;
}

/* POSIX attributes without what is of the machine alone: no owner, nobody
 * writes, who may read does. */
static void add_px(struct record *r, const struct mun_make_node *n)
{
	uint8_t *p = r->bytes + r->len;
	uint32_t links = 1;
	uint32_t mode = n->executable ? 0100555 : 0100444;

	if (n->is_dir) {
		links = 2;
		mode = 0040555;
		for (size_t i = 0; i < n->nkids; i++)
			links += n->kids[i]->is_dir;
	}
	memcpy(p, "PX\x24\x01", 4);
	mun_make_both32(p + 4, mode);
	mun_make_both32(p + 12, links);
	mun_make_both32(p + 20, 0);
	mun_make_both32(p + 28, 0);
	r->len += 36;
}

/* The time of the last change, to the second. */
static void add_tf(struct record *r, int64_t time)
{
	uint8_t *p = r->bytes + r->len;

	memcpy(p, "TF\x0C\x01\x02", 5);
	(void)mun_make_iso_time(time, p + 5);
	r->len += 12;
}

/* Fields that do not fit go into the continuation area; none of them lies in
 * two sectors. */
static void add_ce(struct record *r, struct mun_make_iso_sink *s,
		   const uint8_t *fields, size_t len)
{
	uint8_t *p = r->bytes + r->len;
	size_t in = s->ce.len % MUN_MAKE_ISO_SECTOR;

	while (in + len > MUN_MAKE_ISO_SECTOR &&
	       s->ce.len % MUN_MAKE_ISO_SECTOR && !s->ce.failed)
		mun_str_add_char(&s->ce, '\0');
	memcpy(p, "CE\x1C\x01", 4);
	mun_make_both32(
		p + 4, s->ce_lba + (uint32_t)(s->ce.len / MUN_MAKE_ISO_SECTOR));
	mun_make_both32(p + 12, (uint32_t)(s->ce.len % MUN_MAKE_ISO_SECTOR));
	mun_make_both32(p + 20, (uint32_t)len);
	r->len += CE_BYTES;
	mun_str_add_bytes(&s->ce, fields, len);
}

/* The name as it is, byte for byte. */
static void add_nm(struct record *r, struct mun_make_iso_sink *s,
		   const char *name)
{
	uint8_t fields[2 * NM_HEAD + 256];
	size_t left = MUN_MIN(strlen(name), (size_t)255);
	size_t len = 0;

	while (left) {
		size_t n = MUN_MIN(left, (size_t)NM_MOST);

		memcpy(fields + len, "NM", 2);
		fields[len + 2] = (uint8_t)(NM_HEAD + n);
		fields[len + 3] = 1;
		fields[len + 4] = n < left;
		memcpy(fields + len + NM_HEAD, name, n);
		len += NM_HEAD + n;
		name += n;
		left -= n;
	}
	if (r->len + len + 1 > MOST_RECORD) {
		add_ce(r, s, fields, len);
		return;
	}
	memcpy(r->bytes + r->len, fields, len);
	r->len += len;
}

/* In the top folder: that there are such fields (SUSP, 5.3), and whose. */
static void add_sp(struct record *r)
{
	memcpy(r->bytes + r->len, "SP\x07\x01\xBE\xEF\x00", 7);
	r->len += 7;
}

static void add_er(struct record *r, struct mun_make_iso_sink *s)
{
	static const char id[] = "RRIP_1991A";
	static const char what[] = "Rock Ridge: POSIX names and attributes";
	static const char source[] = "IEEE P1282";
	uint8_t field[8 + sizeof(id) + sizeof(what) + sizeof(source)] = {
		'E',
		'R',
		0,
		1,
		sizeof(id) - 1,
		sizeof(what) - 1,
		sizeof(source) - 1,
		1
	};
	size_t len = 8;

	memcpy(field + len, id, sizeof(id) - 1);
	len += sizeof(id) - 1;
	memcpy(field + len, what, sizeof(what) - 1);
	len += sizeof(what) - 1;
	memcpy(field + len, source, sizeof(source) - 1);
	len += sizeof(source) - 1;
	field[2] = (uint8_t)len;
	add_ce(r, s, field, len);
}

/* No record lies in two sectors (6.8.1.1). */
static int put(struct mun_make_iso_sink *s, struct record *r, struct mun_err *e)
{
	static const uint8_t zeros[MUN_MAKE_ISO_SECTOR];
	size_t left;
	int rc = 0;

	r->len += r->len % 2;
	r->bytes[0] = (uint8_t)r->len;
	left = MUN_MAKE_ISO_SECTOR - (size_t)(s->bytes % MUN_MAKE_ISO_SECTOR);
	if (r->len > left) {
		s->bytes += left;
		if (s->out)
			rc = mun_make_out_put(s->out, zeros, left, e);
	}
	s->bytes += r->len;
	if (!rc && s->out)
		rc = mun_make_out_put(s->out, r->bytes, r->len, e);
	return rc;
}

/* "." (0x00) and ".." (0x01). */
static int put_self(const struct mun_make_iso_plan *q, int tree,
		    const struct mun_make_node *n, uint8_t name, bool first,
		    struct mun_make_iso_sink *s, struct mun_err *e)
{
	struct record r;

	begin(&r, &name, 1, n->at[tree], n->bytes[tree], FLAG_FOLDER,
	      q->p->date);
	if (tree == MUN_MAKE_PRIMARY) {
		if (first)
			add_sp(&r);
		add_px(&r, n);
		add_tf(&r, q->p->date);
		if (first)
			add_er(&r, s);
	}
	return put(s, &r, e);
}

/* A file of 4 GiB and more has several sections, a record each (level 3). */
static int put_entry(const struct mun_make_iso_plan *q, int tree,
		     const struct mun_make_node *n, struct mun_make_iso_sink *s,
		     struct mun_err *e)
{
	uint8_t name[2 * MUN_MAKE_WIDE];
	size_t len = full_name(n, tree, name);
	uint32_t lba = n->at[n->is_dir ? tree : 0];
	uint64_t left = n->is_dir ? n->bytes[tree] : n->size;
	int rc;

	do {
		uint64_t now = MUN_MIN(left, MUN_MAKE_ISO_SECTION);
		uint8_t flags = n->is_dir ? FLAG_FOLDER : 0;
		struct record r;

		left -= now;
		begin(&r, name, len, lba, (uint32_t)now,
		      (uint8_t)(flags | (left ? FLAG_MORE : 0)), time_of(q, n));
		if (tree == MUN_MAKE_PRIMARY) {
			add_px(&r, n);
			add_tf(&r, time_of(q, n));
			add_nm(&r, s, n->name);
		}
		rc = put(s, &r, e);
		lba += (uint32_t)(now / MUN_MAKE_ISO_SECTOR);
	} while (!rc && left);
	return rc;
}

int mun_make_iso_folder(const struct mun_make_iso_plan *q, int tree,
			const struct mun_make_node *dir,
			struct mun_make_iso_sink *s, struct mun_err *e)
{
	const struct mun_make_node *up = dir->parent ? dir->parent : dir;
	int rc;

	rc = put_self(q, tree, dir, 0, !dir->parent, s, e);
	if (!rc)
		rc = put_self(q, tree, up, 1, false, s, e);
	for (size_t i = 0; !rc && i < dir->nkids; i++)
		rc = put_entry(q, tree, dir->sorted[tree][i], s, e);
	s->bytes += (MUN_MAKE_ISO_SECTOR - s->bytes % MUN_MAKE_ISO_SECTOR) %
		    MUN_MAKE_ISO_SECTOR;
	if (!rc && s->out) {
		uint64_t pos =
			mun_make_out_pos(s->out) + MUN_MAKE_ISO_SECTOR - 1;

		rc = mun_make_out_zeros(s->out, pos - pos % MUN_MAKE_ISO_SECTOR,
					e);
	}
	if (!rc && s->ce.failed)
		rc = mun_fail_nomem(e, "names of files");
	return rc;
}

void mun_make_iso_top(const struct mun_make_iso_plan *q, int tree,
		      uint8_t out[static 34])
{
	const struct mun_make_node *n = q->p->t->top;
	struct record r;

	begin(&r, (const uint8_t *)"", 1, n->at[tree], n->bytes[tree],
	      FLAG_FOLDER, q->p->date);
	r.bytes[0] = 34;
	memcpy(out, r.bytes, 34);
}
