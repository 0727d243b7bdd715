/* SPDX-License-Identifier: Apache-2.0 */
/* tests/catalog/catalog_sample.c - records, catalogs and dumps for the tests */
#include "tests/catalog/catalog_sample.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>

#include "catalog/query.h"
#include "core/check.h"
#include "core/str.h"
#include "tests/support/support.h"

const char *catalog_sample_id(unsigned int n, unsigned int kind)
{
	static char ids[16][MUN_UUID_LEN];
	static unsigned int next;
	char *id = ids[next++ % 16];

	(void)snprintf(id, MUN_UUID_LEN, "019a%04x-%04x-7000-8000-%012x",
		       n >> 16 & 0xffff, n & 0xffff, kind);
	return id;
}

static const char *copy(struct mun_record *r, const char *text)
{
	const char *out = mun_arena_strdup(r->arena, text);

	assert_non_null(out);
	return out;
}

static void fill_digest(struct mun_digests *d, enum mun_digest_alg alg,
			uint64_t seed)
{
	d->of[alg].len = mun_digest_bytes(alg);
	mun_test_pattern(d->of[alg].bytes, d->of[alg].len, seed);
}

/* A tree that holds together, of pieces that nobody hashed. */
static void fill_tree(struct mun_record *r, struct mun_rec_file *f,
		      uint64_t seed)
{
	struct mun_err e;
	struct mun_tree *t = &f->tree;

	t->bytes = f->bytes;
	t->npieces = mun_tree_npieces(f->bytes);
	t->pieces = mun_arena_alloc(r->arena, t->npieces * MUN_TREE_HASH + 1);
	assert_non_null(t->pieces);
	mun_test_pattern(t->pieces, t->npieces * MUN_TREE_HASH, seed);
	assert_int_equal(mun_tree_root(t, t->root, &e), 0);
}

static struct mun_rec_file *add_file(struct mun_record *r, unsigned int n,
				     unsigned int kind, const char *path,
				     const char *role, uint64_t bytes)
{
	struct mun_rec_file *f = mun_record_add_file(r);

	assert_non_null(f);
	f->id = copy(r, catalog_sample_id(n, kind));
	f->path = path;
	f->role = role;
	f->bytes = bytes;
	f->format = "Raw disk image";
	fill_digest(&f->digests, MUN_SHA256, n * 16 + kind);
	fill_tree(r, f, n * 16 + kind);
	return f;
}

static struct mun_record *begin(unsigned int n)
{
	struct mun_record *r;
	struct mun_err e;

	assert_int_equal(mun_record_new(&r, &e), 0);
	r->id = copy(r, catalog_sample_id(n, 0));
	r->created = "2026-11-22T17:22:01Z";
	r->label = mun_arena_fmt(r->arena, "Diskette %u \"Lohn & Gehalt\"", n);
	r->source = mun_arena_fmt(r->arena, "/media/scan/D%u.IMG", n);
	r->source_kind = "file";
	r->format = "raw";
	r->outcome = "complete";
	r->bytes = 1474560;
	r->sector_bytes = 512;
	fill_digest(&r->content, MUN_SHA256, 1000 + n);
	return r;
}

struct mun_record *catalog_sample_small(unsigned int n)
{
	struct mun_record *r = begin(n);

	add_file(r, n, 1, "image/disk.img", MUN_ROLE_MASTER, 1474560);
	return r;
}

static void add_agents(struct mun_record *r)
{
	static const struct mun_rec_agent agents[] = {
		{ "019a0000-aaaa-7000-8000-000000000001", "hardware",
		  "TEAC FD-05HGS", "", "serial 4711, USB" },
		{ "019a0000-aaaa-7000-8000-000000000002", "person",
		  "J. Archivist", "", "" },
		{ "019a0000-aaaa-7000-8000-000000000003", "software",
		  "muniment", "0.1.0", "" },
	};

	for (size_t i = 0; i < MUN_COUNT(agents); i++) {
		struct mun_rec_agent *a = mun_record_add_agent(r);

		assert_non_null(a);
		*a = agents[i];
	}
}

/* Different numbers in every column, so that none is taken for another. */
static void add_reading(struct mun_record *r, struct mun_rec_event *ev,
			unsigned int n)
{
	const struct mun_rec_number *f = mun_rec_reading_numbers;
	struct mun_rec_reading *x = mun_event_add_reading(r, ev);

	assert_non_null(x);
	x->drive = r->agents[0].id;
	x->stopped = n % 3 ? "" : MUN_STOPPED_TIME;
	for (; f->name; f++)
		*mun_rec_reading_number(x, f) =
			n * 1000 + (uint64_t)(f - mun_rec_reading_numbers);
}

static void add_events(struct mun_record *r, unsigned int n)
{
	struct mun_rec_event *ev = mun_record_add_event(r);

	assert_non_null(ev);
	ev->id = copy(r, catalog_sample_id(n, 16));
	ev->type = "imaging";
	ev->started = "2026-11-22T17:20:00Z";
	ev->ended = "2026-11-22T17:21:00Z";
	ev->detail = "one pass";
	ev->outcome = n % 3 ? "success" : "warning";
	ev->note = "read \u00bbslowly\u00ab\nand twice";
	for (size_t i = 0; i < r->nagents; i++)
		mun_event_link_agent(r, ev, r->agents[i].id,
				     i ? "implementer" : "");
	mun_event_link_object(r, ev, MUN_LINK_CARRIER, "source");
	mun_event_link_object(r, ev, r->files[1].id, "outcome");
	add_reading(r, ev, n);

	ev = mun_record_add_event(r);
	assert_non_null(ev);
	ev->id = copy(r, catalog_sample_id(n, 17));
	ev->type = "ingestion";
	ev->started = "2026-11-22T17:22:01Z";
	ev->outcome = "success";
	mun_event_link_agent(r, ev, r->agents[2].id, "executing program");
}

static void add_property(struct mun_record *r, const char *name,
			 const char *value)
{
	struct mun_rec_property *p = mun_record_add_property(r);

	assert_non_null(p);
	p->name = name;
	p->value = value;
}

static void add_identifier(struct mun_record *r, const char *type,
			   const char *value)
{
	struct mun_rec_identifier *i = mun_record_add_identifier(r);

	assert_non_null(i);
	i->type = type;
	i->value = value;
}

static void make_partial(struct mun_record *r)
{
	r->outcome = "partial";
	r->nunreadable = 2;
	r->unreadable_bytes = 1536;
	r->unreadable = mun_arena_array(r->arena, 2, sizeof(*r->unreadable));
	assert_non_null(r->unreadable);
	r->unreadable[0] = (struct mun_rec_range){ 512, 512 };
	r->unreadable[1] = (struct mun_rec_range){ 9216, 1024 };
}

/* Files in the order of their paths, as they come out again. */
static struct mun_rec_rights *add_statement(struct mun_record *r,
					    unsigned int n, unsigned int kind,
					    const char *act, const char *text)
{
	struct mun_rec_rights *x = mun_record_add_rights(r);

	assert_non_null(x);
	x->id = copy(r, catalog_sample_id(n, kind));
	x->recorded = "2026-11-01T00:00:00Z";
	x->basis = MUN_BASIS_DONOR;
	x->act = act;
	x->text = text;
	return x;
}

/* An embargo that a later one took the place of, and a grant. */
static void add_rights(struct mun_record *r, unsigned int n)
{
	struct mun_rec_rights *x =
		add_statement(r, n, 60, MUN_ACT_DISSEMINATE,
			      "closed until the donor's death");

	x->restricted = true;
	x->agent = r->agents[0].id;
	x->ended = "2026-11-02T00:00:00Z";
	x->ended_by = r->agents[1].id;
	x->why = "the donor agreed\nto a date";
	x->later = copy(r, catalog_sample_id(n, 61));
	x = add_statement(r, n, 61, MUN_ACT_DISSEMINATE,
			  "closed; \"Nachlass M\u00fcller\"");
	x->restricted = true;
	x->from = "2026";
	x->until = "204X";
	x->citation = "letter of 1 November 2026";
	x = add_statement(r, n, 62, MUN_ACT_REPLICATE,
			  "copies for preservation");
	x->basis = MUN_BASIS_STATUTE;
	x->jurisdiction = "de";
	x->citation = "UrhG 60f";
	x->note = "also abroad";
}

struct mun_record *catalog_sample(unsigned int n)
{
	struct mun_record *r = begin(n);
	struct mun_rec_file *f;

	r->collection = n % 2 ? "Nachlass M\u00fcller" : "Fonds 12";
	r->note = "found in box 3\nsticky";
	r->source_kind = "device";
	r->media_type = "3.5-inch floppy";
	r->write_blocker = "tab";
	r->variant = "fat12";
	r->volume_label = "LOHN_93";
	if (n % 3 == 0)
		make_partial(r);
	fill_digest(&r->content, MUN_MD5, 2000 + n);
	add_identifier(r, "barcode", mun_arena_fmt(r->arena, "31234%06u", n));
	add_property(r, "creator", "DiskDupe \u00bb4\u00ab");
	add_property(r, "MD5 inside", "good");
	add_identifier(r, "accession",
		       mun_arena_fmt(r->arena, "2026-%03u/3", n));
	f = add_file(r, n, 1, "documentation/label.jpg", MUN_ROLE_DOCUMENTATION,
		     0);
	f->mime = "image/jpeg";
	f = add_file(r, n, 2, "image/disk.img", MUN_ROLE_MASTER, 1474560);
	f->puid = "fmt/468";
	f->format_note = "boot sector";
	f->original_name = "D\\x801.IMG";
	fill_digest(&f->digests, MUN_SHA512, n);
	add_file(r, n, 3, "metadata/premis.xml", MUN_ROLE_RECORD, 9000);
	add_agents(r);
	add_events(r, n);
	if (n % 4 == 0)
		add_rights(r, n);
	assert_int_equal(mun_arena_failed(r->arena, &(struct mun_err){ 0 }), 0);
	return r;
}

static int by_path(const void *a, const void *b)
{
	const struct mun_rec_file *x = a;
	const struct mun_rec_file *y = b;

	return strcmp(x->path, y->path);
}

struct mun_record *catalog_sample_revised(unsigned int n)
{
	struct mun_record *r = catalog_sample(n);
	struct mun_rec_event *ev;

	r->version = 2;
	r->variant = "fat16";
	r->volume_label = "LOHN_94";
	r->outcome = "complete";
	r->unreadable_bytes = 0;
	r->nunreadable = 0;
	r->nproperties = 0;
	add_property(r, "readings", "2");
	fill_digest(&r->content, MUN_SHA256, 5000 + n);
	for (size_t i = 1; i < r->nfiles; i++) {
		r->files[i].role = MUN_ROLE_SUPERSEDED;
		r->files[i].path = mun_arena_fmt(r->arena, "v1/content/%s",
						 r->files[i].path);
	}
	add_file(r, n, 5, "image/disk.img", MUN_ROLE_MASTER, 1474560 + 1);
	add_file(r, n, 6, "image/disk.map", MUN_ROLE_READMAP, 300);
	add_file(r, n, 7, "metadata/premis.xml", MUN_ROLE_RECORD, 12000);
	qsort(r->files, r->nfiles, sizeof(*r->files), by_path);
	ev = mun_record_add_event(r);
	assert_non_null(ev);
	ev->id = copy(r, catalog_sample_id(n, 18));
	ev->type = "modification";
	ev->started = "2026-12-01T12:00:00Z";
	ev->outcome = "success";
	mun_event_link_agent(r, ev, r->agents[2].id, "executing program");
	mun_event_link_object(r, ev, catalog_sample_id(n, 2), "source");
	mun_event_link_object(r, ev, catalog_sample_id(n, 5), "outcome");
	assert_int_equal(mun_arena_failed(r->arena, &(struct mun_err){ 0 }), 0);
	return r;
}

static void dump_digests(struct mun_str *s, const struct mun_digests *d)
{
	for (int i = 0; i < MUN_DIGEST_N; i++) {
		char hex[MUN_DIGEST_HEX];

		mun_digest_hex(&d->of[i], hex);
		mun_str_addf(s, " %s", hex);
	}
	mun_str_add(s, "\n");
}

static void dump_tree(struct mun_str *s, const struct mun_tree *t)
{
	char hex[2 * MUN_TREE_HASH + 1];

	mun_hex(t->root, MUN_TREE_HASH, hex);
	mun_str_addf(s, " %" PRIu64 " %" PRIu64 " %s", t->bytes, t->npieces,
		     hex);
	for (uint64_t i = 0; t->pieces && i < t->npieces; i++) {
		mun_hex(t->pieces[i], MUN_TREE_HASH, hex);
		mun_str_addf(s, " %s", hex);
	}
	mun_str_add(s, "\n");
}

static void dump_reading(struct mun_str *s, struct mun_rec_reading *x)
{
	const struct mun_rec_number *f = mun_rec_reading_numbers;

	mun_str_addf(s, " read by %s, stopped '%s'", x->drive, x->stopped);
	for (; f->name; f++)
		mun_str_addf(s, ", %s %" PRIu64, f->name,
			     *mun_rec_reading_number(x, f));
	mun_str_add(s, "\n");
}

static void dump_event(struct mun_str *s, const struct mun_rec_event *ev)
{
	mun_str_addf(s, "event %s|%s|%s|%s|%s|%s|%s\n", ev->id, ev->type,
		     ev->started, ev->ended, ev->detail, ev->outcome, ev->note);
	for (size_t i = 0; i < ev->nagents; i++)
		mun_str_addf(s, " by %s|%s\n", ev->agents[i].id,
			     ev->agents[i].role);
	for (size_t i = 0; i < ev->nobjects; i++)
		mun_str_addf(s, " of %s|%s\n", ev->objects[i].id,
			     ev->objects[i].role);
	if (ev->reading)
		dump_reading(s, ev->reading);
}

static void dump_file(struct mun_str *s, const struct mun_rec_file *f)
{
	mun_str_addf(s, "file %s|%s|%s|%" PRIu64 "|%s|%s|%s|%s|%s\n", f->id,
		     f->path, f->role, f->bytes, f->format, f->puid, f->mime,
		     f->format_note, f->original_name);
	dump_digests(s, &f->digests);
	dump_tree(s, &f->tree);
}

static void dump_rights(struct mun_str *s, const struct mun_rec_rights *x)
{
	mun_str_addf(s, "rights %s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s",
		     x->id, x->recorded, x->agent, x->basis, x->act,
		     x->restricted ? "restricted" : "granted", x->text, x->from,
		     x->until, x->jurisdiction, x->citation, x->note, x->ended,
		     x->ended_by);
	mun_str_addf(s, "|%s|%s\n", x->why, x->later);
}

char *catalog_sample_dump(const struct mun_record *r)
{
	struct mun_str s = { 0 };
	struct mun_err e;
	char *out;

	mun_str_addf(&s,
		     "%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%" PRIu64
		     "|%u|%" PRIu64 "|%u\n",
		     r->id, r->created, r->label, r->collection, r->note,
		     r->source, r->source_kind, r->media_type, r->write_blocker,
		     r->format, r->variant, r->volume_label, r->outcome,
		     r->bytes, r->sector_bytes, r->unreadable_bytes,
		     r->version);
	for (size_t i = 0; i < r->nunreadable; i++)
		mun_str_addf(&s, "lost %" PRIu64 "+%" PRIu64 "\n",
			     r->unreadable[i].off, r->unreadable[i].bytes);
	dump_digests(&s, &r->content);
	for (size_t i = 0; i < r->nidentifiers; i++)
		mun_str_addf(&s, "%s=%s\n", r->identifiers[i].type,
			     r->identifiers[i].value);
	for (size_t i = 0; i < r->nproperties; i++)
		mun_str_addf(&s, "%s: %s\n", r->properties[i].name,
			     r->properties[i].value);
	for (size_t i = 0; i < r->nfiles; i++)
		dump_file(&s, &r->files[i]);
	for (size_t i = 0; i < r->nagents; i++)
		mun_str_addf(&s, "agent %s|%s|%s|%s|%s\n", r->agents[i].id,
			     r->agents[i].type, r->agents[i].name,
			     r->agents[i].version, r->agents[i].note);
	for (size_t i = 0; i < r->nevents; i++)
		dump_event(&s, &r->events[i]);
	for (size_t i = 0; i < r->nrights; i++)
		dump_rights(&s, &r->rights[i]);
	assert_int_equal(mun_str_take(&s, &out, &e), 0);
	return out;
}

void catalog_sample_assert_same(const struct mun_record *a,
				const struct mun_record *b)
{
	char *x = catalog_sample_dump(a);
	char *y = catalog_sample_dump(b);

	assert_string_equal(x, y);
	free(x);
	free(y);
}

struct mun_catalog *catalog_sample_open(const char *dir)
{
	char *path = mun_test_path(dir, "catalog.db");
	struct mun_catalog *c = NULL;
	struct mun_err e;

	if (mun_catalog_open(path, &c, &e))
		fail_msg("%s", e.lines[0].text);
	free(path);
	return c;
}

struct mun_catalog *catalog_sample_new(const char *dir)
{
	char *path = mun_test_path(dir, "catalog.db");
	struct mun_err e;

	if (mun_catalog_init(path, &e))
		fail_msg("%s", e.lines[0].text);
	free(path);
	return catalog_sample_open(dir);
}

void catalog_sample_put(struct mun_catalog *c, unsigned int n)
{
	struct mun_record *r = catalog_sample(n);
	struct mun_err e;

	if (mun_catalog_put(c, r, &e))
		fail_msg("%s", e.lines[0].text);
	mun_record_free(r);
}

struct counting {
	const char *code;
	unsigned int n;
};

static void count_problem(void *ctx, const struct mun_catalog_problem *p)
{
	struct counting *k = ctx;

	k->n += !k->code || !strcmp(k->code, p->code);
}

unsigned int catalog_sample_problems(struct mun_catalog *c, const char *code)
{
	struct counting k = { .code = code };
	struct mun_err e;

	if (mun_catalog_check(c, count_problem, &k, &e))
		fail_msg("%s", e.lines[0].text);
	return k.n;
}

void catalog_sample_sql(const char *path, const char *sql)
{
	char *why = NULL;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &why))
		fail_msg("%s: %s", sql, why);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}
