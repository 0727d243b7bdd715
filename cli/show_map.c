/* SPDX-License-Identifier: Apache-2.0 */
/* cli/show_map.c - muniment show OBJECT --map: where the damage is */
#include "cli/show_map.h"

#include "cli/object.h"
#include "cli/picture_files.h"
#include "cli/stored_map.h"
#include "core/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MAP_COLUMNS 64u
#define MAP_LINES 4u

struct place {
	uint32_t cylinder;
	uint32_t head;
	uint32_t sector; /* from 1 */
};

static bool has_places(const struct mun_stored_map *m)
{
	return m->geometry.sectors != 0;
}

static struct place place_of(const struct mun_stored_map *m, uint64_t lba)
{
	const struct mun_geometry *g = &m->geometry;
	uint64_t track = lba / g->sectors;

	return (struct place){ (uint32_t)(track / g->heads),
			       (uint32_t)(track % g->heads),
			       (uint32_t)(lba % g->sectors) + 1 };
}

static uint64_t first_lba(const struct mun_stored_map *m,
			  const struct mun_stored_range *x)
{
	return x->off / m->sector_bytes;
}

static uint64_t last_lba(const struct mun_stored_map *m,
			 const struct mun_stored_range *x)
{
	return (x->off + x->bytes - 1) / m->sector_bytes;
}

static void print_totals(const struct mun_stored_map *m)
{
	for (int i = 0; i < MUN_RANGE_STATES; i++) {
		if (!m->sums[i])
			continue;
		(void)printf("%-12s %" PRIu64 " bytes, %.2f %%\n",
			     mun_range_word((enum mun_range_state)i),
			     m->sums[i],
			     (double)m->sums[i] * 100 / (double)m->bytes);
	}
}

/* The worst of the bytes [@off, @end): as a character. */
static char cell(const struct mun_stored_map *m, uint64_t off, uint64_t end)
{
	static const char marks[] = { '.', '+', 'r', '!', '-' };
	enum mun_range_state worst = MUN_RANGE_EMPTY;
	size_t low = 0;
	size_t high = m->n;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (m->of[middle].off <= off)
			low = middle;
		else
			high = middle;
	}
	for (; low < m->n && m->of[low].off < end; low++)
		worst = MUN_MAX(worst, m->of[low].state);
	return marks[worst];
}

/* A column for each cylinder, a line for each side. */
static void print_sides(const struct mun_stored_map *m)
{
	const struct mun_geometry *g = &m->geometry;
	uint64_t track = (uint64_t)g->sectors * m->sector_bytes;

	(void)printf("\ncylinder ");
	for (uint32_t c = 0; c < g->cylinders; c += 10)
		(void)printf("%-10" PRIu32, c);
	for (uint32_t h = 0; h < g->heads; h++) {
		(void)printf("\nhead %" PRIu32 "   ", h);
		for (uint32_t c = 0; c < g->cylinders; c++) {
			uint64_t off = ((uint64_t)c * g->heads + h) * track;

			(void)putchar(cell(m, off, off + track));
		}
	}
	(void)putchar('\n');
}

static void print_blocks(const struct mun_stored_map *m)
{
	uint64_t sectors =
		m->bytes / m->sector_bytes + (m->bytes % m->sector_bytes != 0);
	uint64_t cells = MUN_MIN(sectors, (uint64_t)MAP_COLUMNS * MAP_LINES);

	for (uint64_t i = 0; i < cells; i++) {
		uint64_t first = i * sectors / cells;
		uint64_t end = (i + 1) * sectors / cells;

		if (i % MAP_COLUMNS == 0)
			(void)printf("\nLBA %-10" PRIu64 " ", first);
		(void)putchar(cell(m, first * m->sector_bytes,
				   end * m->sector_bytes));
	}
	(void)putchar('\n');
}

static void print_place(const struct mun_stored_map *m, uint64_t lba)
{
	struct place p = place_of(m, lba);

	(void)printf("cylinder %" PRIu32 " head %" PRIu32 " sector %" PRIu32,
		     p.cylinder, p.head, p.sector);
}

static void print_readings(const struct mun_stored_range *x)
{
	const char *before = ", of reading ";

	for (unsigned int i = 0; i < MUN_READINGS_MAX; i++) {
		if (!(x->readings >> i & 1))
			continue;
		(void)printf("%s%u", before, i + 1);
		before = ", ";
	}
}

static void print_range(const struct mun_stored_map *m,
			const struct mun_stored_range *x)
{
	uint64_t first = first_lba(m, x);
	uint64_t last = last_lba(m, x);

	(void)printf("%-12s %" PRIu64 " bytes at %" PRIu64 ", LBA %" PRIu64,
		     mun_range_word(x->state), x->bytes, x->off, first);
	if (last > first)
		(void)printf("-%" PRIu64, last);
	if (has_places(m)) {
		(void)printf(", ");
		print_place(m, first);
	}
	if (has_places(m) && last > first) {
		(void)printf(" to ");
		print_place(m, last);
	}
	print_readings(x);
	(void)putchar('\n');
}

/* What every reading has is nothing to tell. */
static bool is_notable(const struct mun_stored_map *m,
		       const struct mun_stored_range *x)
{
	uint64_t all = m->readings ? UINT64_MAX >> (64 - m->readings) : 0;

	return x->state > MUN_RANGE_DATA ||
	       (x->state == MUN_RANGE_DATA && x->readings != all);
}

static void print_text(const struct mun_record *r,
		       const struct mun_stored_map *m)
{
	bool any = false;

	(void)printf("%-12s %s\n%-12s %s\n", "object", r->id, "label",
		     r->label);
	(void)printf("%-12s %" PRIu64 ", sectors of %" PRIu32 "\n", "bytes",
		     m->bytes, m->sector_bytes);
	if (m->readings)
		(void)printf("%-12s %u\n", "readings", m->readings);
	print_totals(m);
	if (has_places(m))
		print_sides(m);
	else
		print_blocks(m);
	(void)printf("+ read  . empty  r run-out  ! failed check  "
		     "- unreadable\n\n");
	for (size_t i = 0; i < m->n; i++) {
		if (!is_notable(m, &m->of[i]))
			continue;
		print_range(m, &m->of[i]);
		any = true;
	}
	if (!any)
		(void)printf("every sector was read\n");
}

static void json_place(struct mun_jsonw *w, const char *key,
		       const struct mun_stored_map *m, uint64_t lba)
{
	struct place p;

	if (!has_places(m)) {
		mun_jsonw_null(w, key);
		return;
	}
	p = place_of(m, lba);
	mun_jsonw_object(w, key);
	mun_jsonw_u64(w, "cylinder", p.cylinder);
	mun_jsonw_u64(w, "head", p.head);
	mun_jsonw_u64(w, "sector", p.sector);
	mun_jsonw_end_object(w);
}

static void json_range(struct mun_jsonw *w, const struct mun_stored_map *m,
		       const struct mun_stored_range *x)
{
	mun_jsonw_object(w, NULL);
	mun_jsonw_u64(w, "offset", x->off);
	mun_jsonw_u64(w, "bytes", x->bytes);
	mun_jsonw_text(w, "state", mun_range_word(x->state));
	mun_jsonw_u64(w, "first_lba", first_lba(m, x));
	mun_jsonw_u64(w, "last_lba", last_lba(m, x));
	json_place(w, "first", m, first_lba(m, x));
	json_place(w, "last", m, last_lba(m, x));
	mun_jsonw_array(w, "readings");
	for (unsigned int i = 0; i < MUN_READINGS_MAX; i++)
		if (x->readings >> i & 1)
			mun_jsonw_u64(w, NULL, i + 1);
	mun_jsonw_end_array(w);
	mun_jsonw_end_object(w);
}

static void json_map(struct mun_jsonw *w, const struct mun_record *r,
		     const struct mun_stored_map *m)
{
	mun_jsonw_text(w, "id", r->id);
	mun_jsonw_text(w, "label", r->label);
	mun_jsonw_u64(w, "bytes", m->bytes);
	mun_jsonw_u64(w, "sector_size", m->sector_bytes);
	if (has_places(m)) {
		mun_jsonw_object(w, "geometry");
		mun_jsonw_u64(w, "cylinders", m->geometry.cylinders);
		mun_jsonw_u64(w, "heads", m->geometry.heads);
		mun_jsonw_u64(w, "sectors", m->geometry.sectors);
		mun_jsonw_end_object(w);
	} else {
		mun_jsonw_null(w, "geometry");
	}
	mun_jsonw_u64(w, "readings", m->readings);
	mun_jsonw_object(w, "states");
	mun_jsonw_u64(w, "data_bytes", m->sums[MUN_RANGE_DATA]);
	mun_jsonw_u64(w, "empty_bytes", m->sums[MUN_RANGE_EMPTY]);
	mun_jsonw_u64(w, "runout_bytes", m->sums[MUN_RANGE_RUNOUT]);
	mun_jsonw_u64(w, "doubtful_bytes", m->sums[MUN_RANGE_DOUBTFUL]);
	mun_jsonw_u64(w, "unreadable_bytes", m->sums[MUN_RANGE_UNREADABLE]);
	mun_jsonw_end_object(w);
	mun_jsonw_array(w, "ranges");
	for (size_t i = 0; i < m->n; i++)
		json_range(w, m, &m->of[i]);
	mun_jsonw_end_array(w);
}

static int draw(const struct mun_cli *c, struct mun_stored_map *m,
		struct mun_err *e)
{
	struct mun_picture p = { 0 };
	int rc = mun_stored_map_picture(m, &p, e);

	if (!rc)
		rc = mun_picture_files(c, &p, e);
	mun_picture_clear(&p);
	return rc;
}

static int print_map(const struct mun_cli *c, const struct mun_record *r,
		     const struct mun_stored_map *m)
{
	int status =
		m->sums[MUN_RANGE_UNREADABLE] || m->sums[MUN_RANGE_DOUBTFUL]
			? MUN_EXIT_DAMAGE
			: MUN_EXIT_DONE;
	struct mun_jsonw w;

	if (!mun_cli_flag(c, "json")) {
		print_text(r, m);
		return status;
	}
	mun_cli_json_begin(&w);
	json_map(&w, r, m);
	return mun_cli_json_end(c, &w, status);
}

int mun_show_map(struct mun_cli *c)
{
	mun_auto(repo) *repo = NULL;
	mun_auto(record) *r = NULL;
	struct mun_stored_map m = { 0 };
	struct mun_err e;
	int status;
	int rc;

	if (mun_picture_wanted(c) && mun_cli_flag(c, "json"))
		return mun_cli_usage(c, "--json or a picture, not both");
	rc = mun_object_open(c, MUN_REPO_STORE, true, &repo, &r, &e);
	if (!rc)
		rc = mun_stored_map_load(repo->store, r, &c->progress, &m, &e);
	if (!rc && mun_picture_wanted(c))
		rc = draw(c, &m, &e);
	if (rc)
		status = mun_cli_error(c, &e);
	else
		status = mun_picture_wanted(c) ? MUN_EXIT_DONE
					       : print_map(c, r, &m);
	mun_stored_map_clear(&m);
	return status;
}
