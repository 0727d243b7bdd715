/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_ewf_layout.c - segments, sections and tables of an E01 */
#include "image/fmt_ewf_write.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/str.h"
#include "image/fmt_ewf.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

/* What follows the chunks of a segment when it is closed, at most; the list of
 * read errors may make the last one longer. */
#define TABLE_BYTES(n) \
	(MUN_EWF_SECTION + MUN_EWF_TABLE + 4 * ((uint64_t)(n) + 1))
#define CLOSING \
	(5 * MUN_EWF_SECTION + MUN_EWF_VOLUME + MUN_EWF_DIGEST + MUN_EWF_HASH)

static uint32_t adler(const void *p, size_t len)
{
	return libdeflate_adler32(1, p, len);
}

static struct mun_outfile *current(const struct mun_ewf_layout *l)
{
	return l->files[l->nfiles - 1];
}

/* The descriptor of a section of @size bytes at byte @at; 0: the last one. */
static int describe(struct mun_ewf_layout *l, const char *type, uint64_t at,
		    uint64_t size, struct mun_err *e)
{
	uint8_t d[MUN_EWF_SECTION] = { 0 };

	memcpy(d, type, strlen(type));
	mun_put_le64(d + 16, at + size);
	mun_put_le64(d + 24, size);
	mun_put_le32(d + 72, adler(d, 72));
	return mun_outfile_write(current(l), d, sizeof(d), at, e);
}

int mun_ewf_add_section(struct mun_ewf_layout *l, const char *type,
			const void *data, size_t len, struct mun_err *e)
{
	uint64_t size = MUN_EWF_SECTION + (uint64_t)len;
	int rc = describe(l, type, l->at, size, e);

	if (!rc && data && len)
		rc = mun_outfile_write(current(l), data, len,
				       l->at + MUN_EWF_SECTION, e);
	l->at += size;
	return rc;
}

/* The same twice: the second is for when the first is damaged. */
static int end_table(struct mun_ewf_layout *l, struct mun_err *e)
{
	size_t entries = 4 * (size_t)l->n;
	size_t len = MUN_EWF_TABLE + entries + 4;
	uint8_t *table;
	int rc;

	if (!l->n)
		return 0;
	rc = describe(l, "sectors", l->chunks_at, l->at - l->chunks_at, e);
	if (rc)
		return rc;
	table = calloc(1, len);
	if (!table)
		return mun_fail_nomem(e, "table of an image");
	mun_put_le32(table, l->n);
	mun_put_le64(table + 8, l->chunks_at);
	mun_put_le32(table + 20, adler(table, 20));
	memcpy(table + MUN_EWF_TABLE, l->entries, entries);
	mun_put_le32(table + len - 4, adler(l->entries, entries));
	rc = mun_ewf_add_section(l, "table", table, len, e);
	if (!rc)
		rc = mun_ewf_add_section(l, "table2", table, len, e);
	free(table);
	l->n = 0;
	return rc;
}

/* "disk.E02" beside "disk.E01". */
static int name_segment(const struct mun_ewf_layout *l, unsigned int number,
			char **out, struct mun_err *e)
{
	const char *main_name = mun_output_name(l->out);
	size_t len = strlen(main_name);
	char suffix[4];

	if (len < 5 || main_name[len - 4] != '.' ||
	    memcmp(main_name + len - 2, "01", 2) != 0 ||
	    !mun_ewf_suffix(number, main_name + len - 3, suffix))
		return mun_fail(e, MUN_EINVAL,
				"segment %u has no name: the first must end in "
				"'.E01', and there are at most %u",
				number, MUN_EWF_SEGMENTS);
	return mun_fmt(out, e, "%s.%s", mun_output_stem(l->out), suffix);
}

static int begin_segment(struct mun_ewf_layout *l, struct mun_err *e)
{
	uint8_t h[MUN_EWF_FILE_HEADER] = { 'E',  'V',  'F',  0x09, 0x0d,
					   0x0a, 0xff, 0x00, 1 };
	unsigned int number = l->nfiles + 1;
	mun_autofree char *name = NULL;
	int rc = 0;

	if (number > 1)
		rc = name_segment(l, number, &name, e);
	if (!rc)
		rc = mun_output_file(l->out, name, &l->files[l->nfiles], e);
	if (rc)
		return rc;
	l->nfiles = number;
	mun_put_le16(h + 9, (uint16_t)number);
	l->at = sizeof(h);
	return mun_outfile_write(current(l), h, sizeof(h), 0, e);
}

int mun_ewf_begin(struct mun_ewf_layout *l, uint64_t segments,
		  struct mun_err *e)
{
	const struct mun_ewf_texts *t = l->texts;
	int rc;

	l->files = calloc(MUN_MIN(segments, MUN_EWF_SEGMENTS) + 1,
			  sizeof(struct mun_outfile *));
	if (!l->files)
		return mun_fail_nomem(e, "segments of an image");
	rc = begin_segment(l, e);
	for (int i = 0; !rc && i < 2; i++)
		rc = mun_ewf_add_section(l, "header2", t->wide, t->wide_len, e);
	if (!rc)
		rc = mun_ewf_add_section(l, "header", t->narrow, t->narrow_len,
					 e);
	l->volume_at = l->at + MUN_EWF_SECTION;
	if (!rc)
		rc = mun_ewf_add_section(l, "volume", NULL, MUN_EWF_VOLUME, e);
	return rc;
}

static int next_segment(struct mun_ewf_layout *l, struct mun_err *e)
{
	int rc = end_table(l, e);

	if (!rc)
		rc = describe(l, "next", l->at, 0, e);
	if (!rc)
		rc = begin_segment(l, e);
	if (!rc)
		rc = mun_ewf_add_section(l, "data", NULL, MUN_EWF_VOLUME, e);
	return rc;
}

/* Does a chunk of @bytes fit, with all that may have to follow it? */
static bool has_room(const struct mun_ewf_layout *l, size_t bytes)
{
	uint64_t open = l->n == MUN_EWF_ENTRIES ? 2 * TABLE_BYTES(l->n) : 0;
	uint32_t n = l->n == MUN_EWF_ENTRIES ? 0 : l->n;
	uint64_t end = l->at + open + (n ? 0 : MUN_EWF_SECTION) + bytes +
		       2 * TABLE_BYTES(n + 1) + CLOSING;

	return end <= l->segment_bytes;
}

int mun_ewf_add_chunk(struct mun_ewf_layout *l, size_t bytes, bool packed,
		      unsigned int *file, uint64_t *at, struct mun_err *e)
{
	int rc = 0;

	if (!has_room(l, bytes))
		rc = next_segment(l, e);
	else if (l->n == MUN_EWF_ENTRIES)
		rc = end_table(l, e);
	if (rc)
		return rc;
	if (!l->n) {
		l->chunks_at = l->at;
		l->at += MUN_EWF_SECTION;
	}
	mun_put_le32(l->entries + 4 * (size_t)l->n++,
		     (uint32_t)(l->at - l->chunks_at) |
			     (packed ? MUN_EWF_PACKED : 0));
	*file = l->nfiles - 1;
	*at = l->at;
	l->at += bytes;
	return 0;
}

int mun_ewf_end_chunks(struct mun_ewf_layout *l, struct mun_err *e)
{
	int rc = end_table(l, e);

	if (rc || l->nfiles > 1)
		return rc;
	l->copy_at = l->at + MUN_EWF_SECTION;
	return mun_ewf_add_section(l, "data", NULL, MUN_EWF_VOLUME, e);
}

int mun_ewf_finish(struct mun_ewf_layout *l, const uint8_t *volume,
		   struct mun_err *e)
{
	const uint64_t copy_at = MUN_EWF_FILE_HEADER + MUN_EWF_SECTION;
	int rc = describe(l, "done", l->at, 0, e);

	if (!rc)
		rc = mun_outfile_write(l->files[0], volume, MUN_EWF_VOLUME,
				       l->volume_at, e);
	if (!rc && l->copy_at)
		rc = mun_outfile_write(l->files[0], volume, MUN_EWF_VOLUME,
				       l->copy_at, e);
	for (unsigned int i = 1; !rc && i < l->nfiles; i++)
		rc = mun_outfile_write(l->files[i], volume, MUN_EWF_VOLUME,
				       copy_at, e);
	return rc;
}
