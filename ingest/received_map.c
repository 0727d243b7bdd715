/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/received_map.c - the read map that came with an image file */
#include "ingest/received_map.h"

#include "core/file.h"
#include "core/str.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MAP_MAX ((size_t)1 << 30)

/* Enough for program, command line, times; not for a list of doubtful runs. */
#define COMMENTS_MAX 1000u

static bool is_said_elsewhere(const char *line, size_t len)
{
	static const char *const heads[] = { "current_pos", "pos ",
					     "doubtful:", "     pos" };

	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++)
		if (len >= strlen(heads[i]) &&
		    !strncmp(line, heads[i], strlen(heads[i])))
			return true;
	return len == 0;
}

/* The comment lines before the first block, as one line. */
static int comments_of(const char *text, char **out, struct mun_err *e)
{
	struct mun_str s = { 0 };

	for (const char *line = text; *line == '#' && s.len < COMMENTS_MAX;) {
		const char *p = line + 1 + strspn(line + 1, " \t");
		size_t len = strcspn(p, "\r\n");

		if (!is_said_elsewhere(p, len)) {
			if (s.len)
				mun_str_add(&s, "; ");
			mun_escape(&s, p, len < 400 ? len : 400);
		}
		line = p + len;
		line += strspn(line, "\r\n");
	}
	if (!s.len)
		mun_str_add(&s, "without comments");
	return mun_str_take(&s, out, e);
}

static int check_sizes(const struct mun_readmap *m, uint64_t bytes,
		       struct mun_err *e)
{
	const struct mun_read_run *good;
	uint64_t end = 0;

	if (m->size <= bytes)
		return 0;
	for (uint64_t at = 0;
	     (good = mun_readmap_next_in(m, at, MUN_READ_GOOD)) != NULL;
	     at = end)
		end = good->off + good->bytes;
	if (end > bytes)
		return mun_fail(e, MUN_EINVAL,
				"the map says that bytes up to %" PRIu64
				" were read, and the image ends at %" PRIu64
				": it is not the map of this image",
				end, bytes);
	return mun_fail(e, MUN_EINVAL,
			"the map is of %" PRIu64
			" bytes and the image has %" PRIu64
			": nothing was read behind its end; make it as long "
			"(truncate --size=%" PRIu64 ") and try again",
			m->size, bytes, m->size);
}

/* The map for all of the image: what is behind its own end was not tried. */
static int stretch(const struct mun_readmap *from, uint64_t bytes,
		   struct mun_readmap *out, struct mun_err *e)
{
	int rc = mun_readmap_init(out, bytes, e);

	out->status = from->status;
	MUN_READMAP_EACH(run, from)
	{
		if (!rc)
			rc = mun_readmap_mark(out, run->off, run->bytes,
					      run->state, e);
	}
	return rc;
}

int mun_received_map_load(const char *path, uint64_t image_bytes,
			  struct mun_received_map *out, struct mun_err *e)
{
	struct mun_readmap map = { 0 };
	int rc;

	*out = (struct mun_received_map){ 0 };
	rc = mun_file_read(path, MAP_MAX, &out->text, &out->len, e);
	if (!rc)
		rc = mun_readmap_parse(out->text, out->len, &map, e);
	if (!rc)
		rc = check_sizes(&map, image_bytes, e);
	if (!rc)
		rc = stretch(&map, image_bytes, &out->map, e);
	out->told = map.size;
	mun_readmap_clear(&map);
	if (!rc)
		rc = comments_of(out->text, &out->comments, e);
	return rc ? mun_ctx(e, "'%s'", path) : 0;
}

void mun_received_map_clear(struct mun_received_map *m)
{
	free(m->text);
	free(m->comments);
	mun_readmap_clear(&m->map);
	*m = (struct mun_received_map){ 0 };
}

int mun_received_map_apply(const struct mun_received_map *m,
			   struct mun_readmap *map, struct mun_err *e)
{
	int rc = 0;

	MUN_READMAP_EACH(run, &m->map)
	{
		if (!rc && run->state != MUN_READ_GOOD)
			rc = mun_readmap_mark(map, run->off, run->bytes,
					      run->state, e);
	}
	return rc;
}
