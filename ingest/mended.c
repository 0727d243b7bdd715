/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/mended.c - sectors that are not as they came: mended by their parity */
#include "ingest/mended.h"

#include "core/file.h"
#include "core/parse.h"
#include "core/str.h"
#include "core/sys.h"
#include "medium/reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define NAME "mended.list"
/* Of the largest disc, were each of its sectors mended. */
#define MOST ((size_t)512 << 20)

static void list(const uint8_t *states, size_t n, uint64_t off,
		 uint32_t sector_bytes, struct mun_str *out)
{
	for (size_t i = 0; states && i < n; i++)
		if (states[i] == MUN_SECTOR_CORRECTED)
			mun_str_addf(out, "%" PRIu64 "\n",
				     off + i * sector_bytes);
}

/* @fresh: its name is to be made durable, too. */
static int append(const char *path, const struct mun_str *s, bool *fresh,
		  struct mun_err *e)
{
	int fd = mun_sys.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
			      0644);
	struct stat st;
	int rc = 0;

	if (fd < 0)
		return mun_fail_sys(e, errno, "open '%s'", path);
	if (mun_sys.fstat(fd, &st))
		rc = mun_fail_sys(e, errno, "look at '%s'", path);
	else
		*fresh = st.st_size == 0;
	if (!rc)
		rc = mun_write_all(fd, s->text, s->len, e);
	if (!rc && mun_sys.fdatasync(fd))
		rc = mun_fail_sys(e, errno, "sync '%s'", path);
	if (mun_sys.close(fd) && !rc)
		rc = mun_fail_sys(e, errno, "close '%s'", path);
	return rc;
}

int mun_mended_note(const char *session_dir, const uint8_t *states, size_t n,
		    uint64_t off, uint32_t sector_bytes, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	struct mun_str s = { 0 };
	bool fresh = false;
	int rc = 0;

	list(states, n, off, sector_bytes, &s);
	if (s.failed)
		rc = mun_fail_nomem(e, "mended sectors");
	else if (s.len)
		rc = mun_path_join(session_dir, NAME, &path, e);
	if (!rc && s.len)
		rc = append(path, &s, &fresh, e);
	if (!rc && fresh)
		rc = mun_dir_sync(session_dir, e);
	mun_str_free(&s);
	return rc ? mun_ctx(e, "note mended sectors") : 0;
}

/* ---- and back ---- */

static int by_offset(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static size_t once_each(uint64_t *offs, size_t n)
{
	size_t kept = 0;

	qsort(offs, n, sizeof(*offs), by_offset);
	for (size_t i = 0; i < n; i++)
		if (!kept || offs[kept - 1] != offs[i])
			offs[kept++] = offs[i];
	return kept;
}

static size_t count_lines(const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += text[i] == '\n';
	return n;
}

static int parse(char *text, size_t len, uint64_t *offs, size_t *n,
		 struct mun_err *e)
{
	char *end;

	*n = 0;
	for (char *line = text; (end = memchr(line, '\n', len)); line = end) {
		int rc;

		*end++ = '\0';
		len -= (size_t)(end - line);
		rc = mun_parse_u64(line, 0, INT64_MAX, &offs[*n], e);
		if (rc)
			return mun_fail(e, MUN_ECORRUPT,
					"%s: line %zu is no offset", NAME,
					*n + 1);
		(*n)++;
	}
	return 0;
}

int mun_mended_load(const char *session_dir, uint64_t **out, size_t *n,
		    struct mun_err *e)
{
	mun_autofree uint64_t *offs = NULL;
	mun_autofree char *path = NULL;
	mun_autofree char *text = NULL;
	size_t len = 0;
	int rc = mun_path_join(session_dir, NAME, &path, e);

	*out = NULL;
	*n = 0;
	if (!rc)
		rc = mun_file_read(path, MOST, &text, &len, e);
	if (rc == MUN_ENOENT) {
		mun_err_clear(e);
		return 0;
	}
	if (rc)
		return rc;
	offs = calloc(count_lines(text, len) + 1, sizeof(*offs));
	if (!offs)
		return mun_fail_nomem(e, "mended sectors");
	rc = parse(text, len, offs, n, e);
	if (rc)
		return rc;
	*n = once_each(offs, *n);
	*out = mun_steal(&offs);
	return 0;
}

int mun_mended_list(const char *session_dir, uint32_t sector_bytes,
		    struct mun_range_list *out, struct mun_err *e)
{
	mun_autofree uint64_t *offs = NULL;
	size_t n;
	int rc = mun_mended_load(session_dir, &offs, &n, e);

	*out = (struct mun_range_list){ 0 };
	for (size_t i = 0; !rc && i < n; i++)
		rc = mun_range_list_add(out, offs[i], sector_bytes, e);
	return rc;
}

/* ---- in words ---- */

#define BEFORE "LBA"

static int64_t lba_of(const struct mun_optical *o, uint64_t off,
		      uint32_t sector_bytes)
{
	return o ? mun_optical_lba(o, off) : (int64_t)(off / sector_bytes);
}

void mun_mended_text(const struct mun_range_list *l, uint32_t sector_bytes,
		     const struct mun_optical *o, struct mun_str *out)
{
	mun_str_addf(out,
		     "%" PRIu64 " sectors, by their own parity, proved by "
		     "their EDC: " BEFORE,
		     mun_range_list_bytes(l) / sector_bytes);
	for (size_t i = 0; i < l->n; i++) {
		const struct mun_rec_range *x = &l->of[i];
		int64_t first = lba_of(o, x->off, sector_bytes);
		int64_t last = lba_of(o, x->off + x->bytes - 1, sector_bytes);

		mun_str_addf(out, "%s %" PRId64, i ? "," : "", first);
		if (last > first)
			mun_str_addf(out, "-%" PRId64, last);
	}
}

/* " 40-41" or " 33", up to a comma or the end. */
static bool parse_range(const char **text, uint64_t *first, uint64_t *last)
{
	const char *at = *text;
	char *end;

	if (at[0] != ' ' || at[1] < '0' || at[1] > '9')
		return false;
	*first = *last = strtoull(at + 1, &end, 10);
	if (end[0] == '-' && end[1] >= '0' && end[1] <= '9')
		*last = strtoull(end + 1, &end, 10);
	if (*end && *end != ',')
		return false;
	if (*end && !*++end)
		return false;
	*text = end;
	return *last >= *first;
}

int mun_mended_parse(const char *text, uint32_t sector_bytes, uint64_t size,
		     struct mun_range_list *out, struct mun_err *e)
{
	const char *at = text ? strstr(text, BEFORE) : NULL;
	int rc = 0;

	*out = (struct mun_range_list){ 0 };
	if (!text)
		return 0;
	if (!at || !sector_bytes)
		return mun_fail(e, MUN_ECORRUPT, "'%s' names no LBA", text);
	for (at += strlen(BEFORE); *at && !rc;) {
		uint64_t first = 0;
		uint64_t last = 0;

		if (!parse_range(&at, &first, &last) ||
		    last >= size / sector_bytes)
			return mun_fail(e, MUN_ECORRUPT,
					"'%s' names what is no LBA", text);
		rc = mun_range_list_add(out, first * sector_bytes,
					(last - first + 1) * sector_bytes, e);
	}
	if (rc == MUN_EINVAL)
		rc = mun_fail(e, MUN_ECORRUPT, "'%s' is not in order", text);
	return rc;
}
