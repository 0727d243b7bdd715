/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/make_catalog.c - a catalog of many objects, to time list, show, search
 *
 *	make_catalog PATH [OBJECTS]     (100,000 if not said)
 *
 * The objects are put as an ingest puts them, only a thousand in a transaction.
 * Labels and notes are of words with the frequencies that words have (Zipf), so
 * that rare and common ones can be searched for.
 */
#include <stdio.h>
#include <stdlib.h>

#include "catalog/catalog.h"
#include "catalog/query.h"
#include "core/check.h"
#include "core/clock.h"
#include "core/parse.h"
#include "fixity/tree.h"

#define IN_ONE_TRANSACTION 1000u

/* splitmix64: the same catalog every time. */
static uint64_t seed = 42;

static uint64_t draw(void)
{
	uint64_t z = seed += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* Common ones first; beyond them "wordNNNN". */
static const char *word(struct mun_record *r)
{
	static const char *const common[] = {
		"backup",  "disk",   "letters", "draft",  "install", "data",
		"records", "system", "reports", "budget", "photos",  "archive",
	};
	/* The product of two uniform numbers leans towards 0. */
	uint64_t n = (draw() % 100) * (draw() % 100);

	if (n < MUN_COUNT(common))
		return common[n];
	return mun_arena_fmt(r->arena, "word%llu", (unsigned long long)n);
}

static const char *words(struct mun_record *r, unsigned int n)
{
	const char *text = word(r);

	while (--n)
		text = mun_arena_fmt(r->arena, "%s %s", text, word(r));
	return text;
}

static const char *id(struct mun_record *r, uint64_t n, unsigned int kind)
{
	/* A second apart, as UUIDv7 has it: 48 bits of milliseconds. */
	uint64_t ms = 1761955200000u + n * 1000;

	return mun_arena_fmt(r->arena, "%08llx-%04llx-7%03x-8%03llx-%012llx",
			     (unsigned long long)(ms >> 16),
			     (unsigned long long)(ms & 0xffff), kind,
			     (unsigned long long)(draw() & 0xfff),
			     (unsigned long long)(draw() & 0xffffffffffff));
}

static void fill_digest(struct mun_digests *d, enum mun_digest_alg alg)
{
	d->of[alg].len = mun_digest_bytes(alg);
	for (size_t i = 0; i < d->of[alg].len; i++)
		d->of[alg].bytes[i] = (uint8_t)draw();
}

static void fill_tree(struct mun_record *r, struct mun_rec_file *f)
{
	struct mun_tree *t = &f->tree;
	struct mun_err e;

	t->bytes = f->bytes;
	t->npieces = mun_tree_npieces(t->bytes);
	t->pieces = mun_arena_alloc(r->arena, t->npieces * MUN_TREE_HASH);
	for (uint64_t i = 0; t->pieces && i < t->npieces * MUN_TREE_HASH; i++)
		t->pieces[i / MUN_TREE_HASH][i % MUN_TREE_HASH] =
			(uint8_t)draw();
	if (!t->pieces || mun_tree_root(t, t->root, &e))
		abort();
}

static void add_file(struct mun_record *r, uint64_t n, unsigned int kind,
		     const char *path, const char *role, uint64_t bytes)
{
	struct mun_rec_file *f = mun_record_add_file(r);

	if (!f)
		abort();
	f->id = id(r, n, kind);
	f->path = path;
	f->role = role;
	f->bytes = bytes;
	f->format = "Raw disk image";
	f->mime = "application/octet-stream";
	fill_digest(&f->digests, MUN_SHA256);
	fill_digest(&f->digests, MUN_SHA512);
	fill_tree(r, f);
}

static struct mun_rec_agent agents[] = {
	{ "", "person", "J. Archivist", "", "" },
	{ "", "software", "muniment", "0.1.0", "" },
};

static void add_event(struct mun_record *r, uint64_t n, unsigned int kind,
		      const char *type)
{
	struct mun_rec_event *ev = mun_record_add_event(r);

	if (!ev)
		abort();
	ev->id = id(r, n, kind);
	ev->type = type;
	ev->started = r->created;
	ev->ended = r->created;
	ev->outcome = "success";
	ev->detail = "1474560 bytes in one pass";
	for (size_t i = 0; i < MUN_COUNT(agents); i++)
		mun_event_link_agent(r, ev, agents[i].id,
				     i ? "executing program" : "implementer");
	mun_event_link_object(r, ev, r->files[0].id, "outcome");
}

static void add_identifier(struct mun_record *r, const char *type,
			   const char *value)
{
	struct mun_rec_identifier *i = mun_record_add_identifier(r);

	if (!i)
		abort();
	i->type = type;
	i->value = value;
}

static void fill(struct mun_record *r, uint64_t n)
{
	unsigned long long no = (unsigned long long)n;

	r->id = id(r, n, 0);
	r->created = "2025-11-01T00:00:00Z";
	r->label = mun_arena_fmt(r->arena, "%s %llu", words(r, 3), no);
	r->collection = mun_arena_fmt(r->arena, "Fonds %llu", no / 2000);
	r->note = words(r, 8);
	r->source = mun_arena_fmt(r->arena, "/media/scan/%llu.img", no);
	r->source_kind = "file";
	r->media_type = "3.5-inch floppy";
	r->format = "raw";
	r->outcome = draw() % 20 ? "complete" : "partial";
	r->bytes = 1474560;
	r->sector_bytes = 512;
	fill_digest(&r->content, MUN_SHA256);
	fill_digest(&r->content, MUN_SHA512);
	add_identifier(r, "barcode",
		       mun_arena_fmt(r->arena, "31234%09llu", no));
	add_identifier(r, "accession",
		       mun_arena_fmt(r->arena, "2025-%03llu/%llu", no / 1000,
				     no % 1000));
	add_file(r, n, 1, "image/disk.img", MUN_ROLE_MASTER, 1474560);
	add_file(r, n, 2, "metadata/premis.xml", MUN_ROLE_RECORD, 12000);
	add_file(r, n, 3, "metadata/object.torrent", MUN_ROLE_HASHTREE, 500);
	r->nagents = MUN_COUNT(agents);
	r->agents = agents;
	add_event(r, n, 16, "imaging");
	add_event(r, n, 17, "message digest calculation");
	add_event(r, n, 18, "format identification");
	add_event(r, n, 19, "ingestion");
}

/* Numbers of objects: [from, to). */
struct batch {
	uint64_t from;
	uint64_t to;
};

static int put_batch(struct mun_catalog *c, void *ctx, struct mun_err *e)
{
	const struct batch *b = ctx;
	int rc = 0;

	for (uint64_t n = b->from; n < b->to && !rc; n++) {
		mun_auto(record) *r = NULL;

		rc = mun_record_new(&r, e);
		if (rc)
			return rc;
		fill(r, n);
		rc = mun_arena_failed(r->arena, e);
		if (!rc)
			rc = mun_catalog_put(c, r, e);
	}
	return rc;
}

static int make(const char *path, uint64_t objects, struct mun_err *e)
{
	static char ids[MUN_COUNT(agents)][MUN_UUID_LEN];
	mun_auto(catalog) *c = NULL;
	int rc = mun_catalog_init(path, e);

	if (!rc)
		rc = mun_catalog_open(path, &c, e);
	for (size_t i = 0; i < MUN_COUNT(agents) && !rc; i++) {
		rc = mun_catalog_agent_id(c, agents[i].type, agents[i].name,
					  agents[i].version, agents[i].note,
					  ids[i], e);
		agents[i].id = ids[i];
	}
	for (uint64_t n = 0; n < objects && !rc; n += IN_ONE_TRANSACTION) {
		struct batch b = { n,
				   MUN_MIN(objects, n + IN_ONE_TRANSACTION) };

		rc = mun_query_txn(c, true, put_batch, &b, e);
	}
	return rc;
}

int main(int argc, char **argv)
{
	uint64_t objects = 100000;
	int64_t start = mun_clock_monotonic_ms();
	struct mun_err e;
	char text[1024];
	int rc = 0;

	if (argc < 2 || argc > 3) {
		(void)fprintf(stderr, "usage: make_catalog PATH [OBJECTS]\n");
		return 64;
	}
	if (argc == 3)
		rc = mun_parse_u64(argv[2], 0, 10000000, &objects, &e);
	if (!rc)
		rc = make(argv[1], objects, &e);
	if (rc) {
		(void)fprintf(stderr, "make_catalog: %s\n",
			      mun_err_text(&e, text, sizeof(text), 0));
		return 2;
	}
	printf("%llu objects in %lld ms\n", (unsigned long long)objects,
	       (long long)(mun_clock_monotonic_ms() - start));
	return 0;
}
