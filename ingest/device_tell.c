/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/device_tell.c - how the reading of a medium goes, for who watches */
#include "ingest/device_run.h"

#include "core/check.h"
#include "core/clock.h"
#include "medium/floppy_drive.h"

#include <string.h>

#define EVERY_MS 200

/* The higher, the more one wants to see it. */
static int weight(char c)
{
	static const char order[] = "+.!-";

	return (int)(strchr(order, c) - order);
}

static char character(enum mun_read_state state)
{
	switch (state) {
	case MUN_READ_GOOD:
		return '+';
	case MUN_READ_NOT_TRIED:
		return '.';
	case MUN_READ_DOUBTFUL:
		return '!';
	case MUN_READ_NOT_TRIMMED:
	case MUN_READ_NOT_SCRAPED:
	case MUN_READ_BAD:
		break;
	}
	return '-';
}

/* Bytes of one character of the strip. */
static uint64_t cell_bytes(const struct mun_readmap *map, size_t cells)
{
	return map->size / cells + (map->size % cells != 0);
}

void mun_device_strip(const struct mun_readmap *map, char *out, size_t cells)
{
	uint64_t cell = cell_bytes(map, cells);

	memset(out, '+', cells);
	out[cells] = '\0';
	MUN_READMAP_EACH(run, map)
	{
		char c = character(run->state);
		uint64_t last = (run->off + run->bytes - 1) / cell;

		for (uint64_t i = run->off / cell; i <= last; i++)
			if (weight(c) > weight(out[i]))
				out[i] = c;
	}
	/* A small medium has fewer parts than there are cells. */
	for (uint64_t i = (map->size + cell - 1) / cell; i < cells; i++)
		out[i] = '\0';
}

static const struct mun_floppy_geometry *floppy_of(const struct mun_device *m)
{
	const struct mun_device_facts *f = &m->facts;

	if (m->floppy || !f->removable || strcmp(f->bus, "usb") != 0)
		return m->floppy;
	return mun_floppy_of_usb(f->bytes);
}

static void place_on_floppy(const struct mun_floppy_geometry *g, int64_t lba,
			    struct mun_progress_medium *m)
{
	if (!g || !g->sectors || !g->heads)
		return;
	m->cylinder = (int)(lba / ((int64_t)g->sectors * g->heads));
	m->head = (int)(lba / g->sectors % g->heads);
}

/* That a read was slow is known with the next one, which may be far away. */
static void note_slow(struct mun_device_run *r,
		      const struct mun_rescue_stats *s)
{
	uint64_t cell = cell_bytes(&r->a->map, MUN_TELL_CELLS);

	if (s->slow_reads > r->slow_reads && r->last_pos < r->a->map.size)
		r->slow[r->last_pos / cell] = true;
	r->slow_reads = s->slow_reads;
	r->last_pos = s->pos;
}

/* What is bad matters more. */
static void draw_slow(struct mun_device_run *r)
{
	for (size_t i = 0; i < MUN_TELL_CELLS && r->strip[i]; i++)
		if (r->slow[i] && strchr("+.", r->strip[i]))
			r->strip[i] = 's';
}

void mun_device_tell(struct mun_device_run *r, const struct mun_rescue_stats *s)
{
	const struct mun_progress_to *to = r->a->progress;
	const struct mun_readmap *map = &r->a->map;
	int64_t now = mun_clock_monotonic_ms();
	char pass[32];
	struct mun_progress_medium m = {
		.pass = pass,
		.pos = s->pos,
		.lba = (int64_t)(s->pos / r->reader.sector_bytes),
		.cylinder = -1,
		.head = -1,
		.rate = s->rate,
		.doubtful = mun_readmap_bytes(map, MUN_READ_DOUBTFUL),
		.failed_reads = s->failed_reads,
		.slow_reads = s->slow_reads,
		.corrected = s->corrected,
		.strip = r->strip,
	};
	struct mun_progress p = { .phase = "imaging",
				  .total = map->size,
				  .medium = &m };

	note_slow(r, s);
	/* A map in many pieces takes long to look at. */
	if (!to || !to->fn ||
	    now - r->told_ms < EVERY_MS + (int64_t)(map->nruns / 256))
		return;
	r->told_ms = now;
	mun_rescue_phase_text(s, pass);
	mun_device_strip(map, r->strip, MUN_TELL_CELLS);
	draw_slow(r);
	place_on_floppy(floppy_of(r->a->medium), m.lba, &m);
	p.done = mun_readmap_bytes(map, MUN_READ_GOOD);
	p.bad = map->size - p.done -
		mun_readmap_bytes(map, MUN_READ_NOT_TRIED) -
		mun_readmap_bytes(map, MUN_READ_DOUBTFUL);
	to->fn(to->ctx, &p);
}
