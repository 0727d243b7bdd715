/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_ewf_sections.c - the segments of an EWF image and their sections */
#include "image/fmt_ewf.h"

#include "core/bytes.h"
#include "core/check.h"
#include "image/companion.h"
#include "image/driver.h"

#include <inttypes.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

/* Far more than any program writes; bounds for what a file may claim. */
#define SECTIONS_MAX 65536u /* of a segment */
#define TABLES_MAX ((size_t)1 << 18)
#define ENTRIES_MAX ((uint32_t)1 << 20) /* of a table */
#define CHUNKS_MAX ((uint64_t)1 << 28)
#define CHUNK_BYTES_MAX ((uint32_t)16 << 20)
#define HEADER_MAX ((size_t)1 << 20)
#define ERRORS_MAX ((size_t)1 << 20)

#define SUFFIX 4u

struct section {
	char type[MUN_EWF_TYPE + 1];
	uint64_t at; /* descriptor */
	uint64_t data; /* what follows it, */
	uint64_t end; /* up to here */
	bool last; /* nothing follows in this file */
};

/* What is kept from one section to the next. */
struct walk {
	struct mun_image *img;
	struct mun_ewf *w;
	struct mun_source *src;
	unsigned int file;
	uint64_t chunks_end; /* of a section of chunks without a table yet */
	size_t table; /* that table2 belongs to, from 1; 0: none */
	bool next; /* the segment ended with "next" */
	bool done;
};

static uint32_t adler(const void *p, size_t len)
{
	return libdeflate_adler32(1, p, len);
}

static int broken(const struct walk *k, const struct section *s,
		  const char *what, struct mun_err *e)
{
	return mun_fail(e, MUN_ECORRUPT,
			"section '%.16s' at byte %" PRIu64 " of segment %u: %s",
			s->type, s->at, k->file + 1, what);
}

bool mun_ewf_suffix(unsigned int number, const char *first, char out[static 4])
{
	char zero = first[0] >= 'a' ? 'a' : 'A';
	unsigned int n = number - 100;

	out[0] = first[0];
	out[3] = '\0';
	if (number == 0 || first[0] < zero || first[0] > zero + 25)
		return false;
	if (number < 100) {
		out[1] = (char)('0' + number / 10);
		out[2] = (char)('0' + number % 10);
		return true;
	}
	if (n / 676 > (unsigned int)(zero + 25 - first[0]))
		return false;
	out[0] = (char)(first[0] + (char)(n / 676));
	out[1] = (char)(zero + (char)(n / 26 % 26));
	out[2] = (char)(zero + (char)(n % 26));
	return true;
}

/* --- sections ----------------------------------------------------------- */

/* A name of letters and digits, with zeros behind it. */
static bool is_type(const uint8_t *p)
{
	size_t n = 0;

	while (n < MUN_EWF_TYPE &&
	       ((p[n] >= 'a' && p[n] <= 'z') || (p[n] >= '0' && p[n] <= '9')))
		n++;
	return n > 0 && (n == MUN_EWF_TYPE || p[n] == 0);
}

static int read_section(const struct walk *k, uint64_t at, struct section *s,
			struct mun_err *e)
{
	uint64_t size = k->src->size;
	uint8_t d[MUN_EWF_SECTION];
	uint64_t next;
	int rc;

	*s = (struct section){ .at = at, .data = at + MUN_EWF_SECTION };
	if (at > size || size - at < MUN_EWF_SECTION)
		return mun_fail(e, MUN_ECORRUPT,
				"segment %u ends at byte %" PRIu64
				" without a section 'next' or 'done'",
				k->file + 1, size);
	rc = mun_source_pread(k->src, d, sizeof(d), at, e);
	if (rc)
		return rc;
	if (!is_type(d) || adler(d, 72) != mun_le32(d + 72))
		return mun_fail(e, MUN_ECORRUPT,
				"no section at byte %" PRIu64 " of segment %u",
				at, k->file + 1);
	memcpy(s->type, d, MUN_EWF_TYPE);
	next = mun_le64(d + 16);
	s->last = next == at || !strcmp(s->type, "next") ||
		  !strcmp(s->type, "done");
	if (s->last) {
		s->end = s->data;
		return 0;
	}
	if (next < s->data || next > size)
		return broken(k, s, "the next section is not behind it", e);
	s->end = next;
	return 0;
}

/* All of a section that must have at least @least bytes, at most @most. */
static int load(const struct walk *k, const struct section *s, size_t least,
		size_t most, uint8_t **out, size_t *len, struct mun_err *e)
{
	uint64_t n = s->end - s->data;
	uint8_t *p;
	int rc;

	if (n < least)
		return broken(k, s, "it is too short", e);
	*len = (size_t)MUN_MIN(n, most);
	p = malloc(*len ? *len : 1);
	if (!p)
		return mun_fail_nomem(e, "section of an image");
	rc = *len ? mun_source_pread(k->src, p, *len, s->data, e) : 0;
	if (rc)
		free(p);
	else
		*out = p;
	return rc;
}

/* --- volume ------------------------------------------------------------- */

static int check_volume(const struct walk *k, const struct section *s,
			struct mun_err *e)
{
	struct mun_ewf *w = k->w;
	uint64_t chunk;

	if (w->sector_bytes < 1 || w->sector_bytes > 65536 ||
	    w->chunk_sectors < 1)
		return broken(k, s, "its sectors or chunks have no size", e);
	chunk = (uint64_t)w->sector_bytes * w->chunk_sectors;
	if (chunk > CHUNK_BYTES_MAX)
		return broken(k, s, "its chunks are larger than 16 MiB", e);
	w->chunk_bytes = (uint32_t)chunk;
	if (ckd_mul(&w->bytes, w->sectors, (uint64_t)w->sector_bytes) ||
	    w->bytes > INT64_MAX)
		return broken(k, s, "its size is beyond all bounds", e);
	return 0;
}

static void parse_volume(struct mun_ewf *w, const uint8_t *p)
{
	w->volume_chunks = mun_le32(p + 4);
	w->chunk_sectors = mun_le32(p + 8);
	w->sector_bytes = mun_le32(p + 12);
	if (w->smart) {
		w->sectors = mun_le32(p + 16);
		return;
	}
	w->medium = p[0];
	w->sectors = mun_le64(p + 16);
	for (unsigned int i = 0; i < 3; i++)
		w->geometry[i] = mun_le32(p + 24 + (size_t)4 * i);
	w->compression = p[52];
	memcpy(w->guid, p + 64, sizeof(w->guid));
}

static int on_volume(struct walk *k, const struct section *s, struct mun_err *e)
{
	struct mun_ewf *w = k->w;
	bool smart = s->end - s->data < MUN_EWF_VOLUME;
	size_t n = smart ? MUN_EWF_VOLUME_SMART : MUN_EWF_VOLUME;
	uint8_t *p = NULL;
	size_t len;
	int rc;

	/* The copies of further segments: "data". */
	if (w->volume)
		return 0;
	rc = load(k, s, n, n, &p, &len, e);
	if (rc)
		return rc;
	w->smart = smart;
	parse_volume(w, p);
	rc = adler(p, n - 4) == mun_le32(p + n - 4)
		     ? check_volume(k, s, e)
		     : broken(k, s, "its checksum is wrong", e);
	free(p);
	w->volume = !rc;
	return rc;
}

/* --- tables ------------------------------------------------------------- */

static int add_table(struct walk *k, const struct mun_ewf_table *t,
		     struct mun_err *e)
{
	struct mun_ewf *w = k->w;
	size_t n = w->ntables;
	struct mun_ewf_table *more;

	if (n == TABLES_MAX || w->chunks + t->n > CHUNKS_MAX)
		return mun_fail(e, MUN_EUNSUPPORTED, "too many chunks");
	if ((n & (n - 1)) == 0) {
		more = realloc(w->tables, (n ? 2 * n : 1) * sizeof(*more));
		if (!more)
			return mun_fail_nomem(e, "tables of an image");
		w->tables = more;
	}
	w->tables[n] = *t;
	w->ntables = n + 1;
	w->chunks += t->n;
	return 0;
}

/* The table's header; @n may be 0. */
static int table_header(const struct walk *k, const struct section *s,
			struct mun_ewf_table *t, struct mun_err *e)
{
	uint8_t h[MUN_EWF_TABLE];
	uint64_t room = s->end - s->data;
	int rc;

	if (room < sizeof(h))
		return broken(k, s, "it is too short", e);
	rc = mun_source_pread(k->src, h, sizeof(h), s->data, e);
	if (rc)
		return rc;
	if (adler(h, 20) != mun_le32(h + 20))
		return broken(k, s, "the checksum of its header is wrong", e);
	*t = (struct mun_ewf_table){
		.first = k->w->chunks,
		.n = mun_le32(h),
		.file = k->file,
		.base = mun_le64(h + 8),
		.at = s->data + sizeof(h),
	};
	if (t->n > ENTRIES_MAX)
		return broken(k, s, "it has more entries than are supported",
			      e);
	if ((uint64_t)t->n * 4 > room - sizeof(h))
		return broken(k, s, "its entries do not fit into it", e);
	if (t->base > k->src->size)
		return broken(k, s, "its base is outside the file", e);
	return 0;
}

/* Where there was no section of chunks before, they follow the entries; the
 * first versions put no checksum between. */
static int on_table(struct walk *k, const struct section *s, struct mun_err *e)
{
	struct mun_ewf_table t;
	uint8_t first[4];
	uint64_t end;
	int rc = table_header(k, s, &t, e);

	k->table = 0;
	if (rc || !t.n)
		return rc;
	end = t.at + (uint64_t)4 * t.n;
	t.end = k->chunks_end;
	t.summed = s->end - end >= 4;
	if (!t.end) {
		t.end = s->end;
		rc = mun_source_pread(k->src, first, sizeof(first), t.at, e);
		t.summed &= t.base + (mun_le32(first) & ~MUN_EWF_PACKED) != end;
	}
	k->chunks_end = 0;
	if (!rc)
		rc = add_table(k, &t, e);
	k->table = rc ? 0 : k->w->ntables;
	return rc;
}

/* Only of use if it is a copy of the table before. */
static int on_table2(struct walk *k, const struct section *s, struct mun_err *e)
{
	struct mun_ewf_table *t;
	struct mun_ewf_table copy;
	int rc;

	if (!k->table)
		return 0;
	t = &k->w->tables[k->table - 1];
	k->table = 0;
	rc = table_header(k, s, &copy, e);
	if (rc == MUN_EIO)
		return rc;
	if (!rc && copy.n == t->n && copy.base == t->base &&
	    s->end - copy.at >= (uint64_t)4 * copy.n + 4)
		t->copy_at = copy.at;
	return 0;
}

/* --- other sections ----------------------------------------------------- */

static int by_first(const void *a, const void *b)
{
	const struct mun_ewf_range *x = a;
	const struct mun_ewf_range *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

static void sort_ranges(struct mun_ewf *w)
{
	struct mun_ewf_range *r = w->errors;
	size_t n = 0;

	qsort(r, w->nerrors, sizeof(*r), by_first);
	for (size_t i = 0; i < w->nerrors; i++) {
		if (n && r[i].first <= r[n - 1].end)
			r[n - 1].end = MUN_MAX(r[n - 1].end, r[i].end);
		else
			r[n++] = r[i];
	}
	w->nerrors = n;
}

/* A list that is damaged names no sectors, and that is said. */
static int unknown_errors(struct walk *k, struct mun_err *e)
{
	return mun_image_fact(k->img, MUN_FACT_LIMIT, "read errors", e,
			      "the list of sectors that could not be read when "
			      "the image was made is damaged");
}

static int add_errors(struct walk *k, const uint8_t *p, uint32_t n,
		      struct mun_err *e)
{
	struct mun_ewf *w = k->w;
	struct mun_ewf_range *more;

	if (!n)
		return 0;
	more = realloc(w->errors, (w->nerrors + n) * sizeof(*more));
	if (!more)
		return mun_fail_nomem(e, "read errors of an image");
	w->errors = more;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t first = mun_le32(p + 8 * (size_t)i);
		uint32_t count = mun_le32(p + 8 * (size_t)i + 4);

		if (count)
			more[w->nerrors++] =
				(struct mun_ewf_range){ first, first + count };
	}
	sort_ranges(w);
	return 0;
}

static int on_errors(struct walk *k, const struct section *s, struct mun_err *e)
{
	uint8_t *p = NULL;
	uint32_t n = 0;
	size_t len, body;
	int rc = load(k, s, MUN_EWF_ERRORS, MUN_EWF_ERRORS + 8 * ERRORS_MAX + 4,
		      &p, &len, e);

	if (rc)
		return rc;
	n = mun_le32(p);
	body = 8 * (size_t)n;
	if (adler(p, 516) != mun_le32(p + 516) || n > ERRORS_MAX ||
	    k->w->nerrors > ERRORS_MAX || body + 4 > len - MUN_EWF_ERRORS ||
	    adler(p + MUN_EWF_ERRORS, body) !=
		    mun_le32(p + MUN_EWF_ERRORS + body))
		rc = unknown_errors(k, e);
	else
		rc = add_errors(k, p + MUN_EWF_ERRORS, n, e);
	free(p);
	return rc;
}

static int on_hash(struct walk *k, const struct section *s, struct mun_err *e)
{
	bool both = !strcmp(s->type, "digest");
	size_t n = both ? MUN_EWF_DIGEST : MUN_EWF_HASH;
	struct mun_ewf *w = k->w;
	uint8_t *p = NULL;
	size_t len;
	int rc = load(k, s, n, n, &p, &len, e);

	if (rc)
		return rc;
	if (adler(p, n - 4) != mun_le32(p + n - 4)) {
		mun_image_note(k->img, "section '%s' is damaged", s->type);
	} else {
		if (w->has_md5 && memcmp(w->md5, p, sizeof(w->md5)) != 0)
			mun_image_note(k->img, "it holds two different MD5");
		memcpy(w->md5, p, sizeof(w->md5));
		w->has_md5 = true;
		if (both) {
			memcpy(w->sha1, p + 16, sizeof(w->sha1));
			w->has_sha1 = true;
		}
	}
	free(p);
	return rc;
}

/* The same is said up to three times, the best first; a copy that is damaged
 * is passed over. */
static int on_header(struct walk *k, const struct section *s, struct mun_err *e)
{
	uint8_t *p = NULL;
	size_t len;
	int rc;

	if (k->w->header || k->file > 0)
		return 0;
	rc = load(k, s, 1, HEADER_MAX, &p, &len, e);
	if (rc)
		return rc;
	rc = mun_ewf_tell_header(k->img, p, len, e);
	free(p);
	k->w->header = !rc;
	return rc == MUN_ECORRUPT ? 0 : rc;
}

static int on_session(struct walk *k, const struct section *s,
		      struct mun_err *e)
{
	uint8_t h[4];
	int rc;

	if (s->end - s->data < 36)
		return broken(k, s, "it is too short", e);
	rc = mun_source_pread(k->src, h, sizeof(h), s->data, e);
	if (!rc)
		rc = mun_image_fact(k->img, MUN_FACT_LIMIT, "tracks", e,
				    "of a disc with %" PRIu32 " session%s or "
				    "tracks the user data alone is kept",
				    mun_le32(h), mun_le32(h) == 1 ? "" : "s");
	return rc;
}

/* EWF-X says some things once more, as XML. */
static int on_xml(struct walk *k, const struct section *s, struct mun_err *e)
{
	return mun_image_fact(k->img, MUN_FACT_LIMIT, s->type, e,
			      "a section of XML that is kept but not read");
}

static const struct kind {
	const char *type;
	int (*on)(struct walk *k, const struct section *s, struct mun_err *e);
} kinds[] = {
	{ "header2", on_header },  { "header", on_header },
	{ "volume", on_volume },   { "disk", on_volume },
	{ "data", on_volume },     { "table", on_table },
	{ "table2", on_table2 },   { "error2", on_errors },
	{ "hash", on_hash },       { "digest", on_hash },
	{ "session", on_session }, { "xheader", on_xml },
	{ "xhash", on_xml },
};

static int on_section(struct walk *k, const struct section *s,
		      struct mun_err *e)
{
	if (!strcmp(s->type, "sectors"))
		k->chunks_end = s->end;
	k->next |= !strcmp(s->type, "next");
	k->done |= !strcmp(s->type, "done");
	for (size_t i = 0; i < MUN_COUNT(kinds); i++)
		if (!strcmp(s->type, kinds[i].type))
			return kinds[i].on(k, s, e);
	return 0;
}

/* --- segments ----------------------------------------------------------- */

static int walk_segment(struct walk *k, struct mun_err *e)
{
	uint64_t at = MUN_EWF_FILE_HEADER;
	struct section s;
	int rc = 0;

	k->next = false;
	k->chunks_end = 0;
	k->table = 0;
	for (unsigned int n = 0; n < SECTIONS_MAX; n++) {
		rc = read_section(k, at, &s, e);
		if (!rc)
			rc = on_section(k, &s, e);
		if (rc || s.last)
			break;
		at = s.end;
	}
	if (!rc && !s.last)
		rc = mun_fail(e, MUN_EUNSUPPORTED,
			      "segment %u has more than %u sections",
			      k->file + 1, SECTIONS_MAX);
	if (!rc && !k->next && !k->done)
		rc = broken(k, &s, "nothing follows it", e);
	return rc;
}

static int check_segment(const struct walk *k, const char *name,
			 struct mun_err *e)
{
	static const uint8_t magic[9] = { 'E',  'V',  'F',  0x09, 0x0d,
					  0x0a, 0xff, 0x00, 0x01 };
	uint8_t h[MUN_EWF_FILE_HEADER];
	int rc = mun_peek(k->src, h, sizeof(h), 0, e);

	if (rc)
		return rc;
	if (memcmp(h, magic, sizeof(magic)) != 0)
		return mun_fail(e, MUN_ECORRUPT, "'%s' is no segment of EWF",
				name);
	if (mun_le16(h + 9) != k->file + 1)
		return mun_fail(e, MUN_ECORRUPT,
				"'%s' is segment %u, and %u is wanted", name,
				mun_le16(h + 9), k->file + 1);
	return 0;
}

/* "x.E02" for the second of "x.E01"; "" where no name can be made. */
static void name_segment(const struct mun_image *img, unsigned int number,
			 char out[static sizeof(img->file_name)])
{
	size_t len = strlen(img->file_name);

	out[0] = '\0';
	if (len < SUFFIX + 1 || img->file_name[len - SUFFIX] != '.')
		return;
	memcpy(out, img->file_name, len + 1);
	if (!mun_ewf_suffix(number, img->file_name + len - 3, out + len - 3))
		out[0] = '\0';
}

static int open_next(struct walk *k, struct mun_err *e)
{
	char name[sizeof(k->img->file_name)];
	struct mun_source **more;
	struct mun_ewf *w = k->w;
	int rc;

	name_segment(k->img, w->nfiles + 1, name);
	if (!name[0])
		return mun_fail(e, MUN_ENOENT,
				"segment %u is missing: its name does not "
				"follow from '%s'",
				w->nfiles + 1, k->img->file_name);
	more = realloc(w->files, (w->nfiles + 1) * sizeof(struct mun_source *));
	if (!more)
		return mun_fail_nomem(e, "segments of an image");
	w->files = more;
	rc = mun_companion_open(k->img->companions, name, &k->src, e);
	if (rc)
		return mun_ctx(e, "segment %u, '%s'", w->nfiles + 1, name);
	w->files[w->nfiles] = k->src;
	k->file = w->nfiles++;
	rc = check_segment(k, name, e);
	if (!rc)
		rc = mun_image_fact(k->img, MUN_FACT_PART, name, e,
				    "%" PRIu64 " bytes", k->src->size);
	return rc;
}

int mun_ewf_read_segments(struct mun_image *img, struct mun_ewf *w,
			  struct mun_err *e)
{
	struct walk k = { .img = img, .w = w, .src = img->src };
	int rc;

	w->files = malloc(sizeof(struct mun_source *));
	if (!w->files)
		return mun_fail_nomem(e, "segments of an image");
	w->files[0] = img->src;
	w->nfiles = 1;
	rc = walk_segment(&k, e);
	while (!rc && !k.done) {
		if (w->nfiles >= MUN_COMPANIONS)
			return mun_fail(e, MUN_EUNSUPPORTED,
					"more than %u segments",
					MUN_COMPANIONS);
		rc = open_next(&k, e);
		if (!rc)
			rc = walk_segment(&k, e);
	}
	return rc;
}
