/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulate-export/repository.c - a real store and catalog to export from */
#include "tests/emulate-export/repository.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "fixity/hashpass.h"
#include "store/stage.h"
#include "tests/support/support.h"

#define DEFAULT_ALGS (MUN_DIGEST_BIT(MUN_SHA256) | MUN_DIGEST_BIT(MUN_SHA512))

static void check(int rc, const struct mun_err *e)
{
	char text[2048];

	if (rc)
		fail_msg("%s", mun_err_text(e, text, sizeof(text), 1));
}

void test_repository_open(struct test_repository *t)
{
	struct mun_err e;
	char *ocfl;
	char *db;

	memset(t, 0, sizeof(*t));
	t->dir = mun_test_dir();
	t->out = mun_test_path(t->dir, "out");
	ocfl = mun_test_path(t->dir, "ocfl");
	db = mun_test_path(t->dir, "catalog.db");
	check(mun_store_init(ocfl, &e), &e);
	check(mun_store_open(ocfl, &t->store, &e), &e);
	check(mun_catalog_init(db, &e), &e);
	check(mun_catalog_open(db, &t->catalog, &e), &e);
	free(ocfl);
	free(db);
	t->env.store = t->store;
	t->env.catalog = t->catalog;
	t->env.operator_name = "J. Archivist";
	t->env.program_version = "0.1.0";
	t->env.repository_name = "Test Archive";
}

void test_repository_close(struct test_repository *t)
{
	mun_catalog_close(t->catalog);
	mun_store_close(t->store);
	free(t->master);
	free(t->out);
	mun_test_dir_remove(t->dir);
}

/* A file of the object: into the stage and the record.  Its piece layer, which
 * the caller frees, is borrowed by the record. */
static void put_file(struct mun_stage *st, struct mun_record *r,
		     const char *path, const char *role, const void *data,
		     size_t len, unsigned int algs)
{
	struct mun_rec_file *f = mun_record_add_file(r);
	mun_auto(source) *src = NULL;
	char id[MUN_UUID_LEN];
	struct mun_err e;

	assert_non_null(f);
	check(mun_uuid_new(id, &e), &e);
	f->id = mun_arena_strdup(r->arena, id);
	f->path = mun_arena_strdup(r->arena, path);
	f->role = role;
	f->format = "Raw disk image";
	f->bytes = len;
	check(mun_stage_put(st, path, data, len, algs, &f->digests, &e), &e);
	check(mun_source_from_memory(data, len, &src, &e), &e);
	check(mun_hash_source(src, algs, &f->digests, &f->tree, "test", NULL,
			      &e),
	      &e);
}

static void add_ingestion(struct mun_record *r, bool imaged)
{
	struct mun_rec_event *ev = mun_record_add_event(r);
	char id[MUN_UUID_LEN];
	struct mun_err e;

	assert_non_null(ev);
	check(mun_uuid_new(id, &e), &e);
	ev->id = mun_arena_strdup(r->arena, id);
	ev->type = imaged ? "imaging" : "ingestion";
	ev->started = r->created;
	ev->outcome = "success";
}

static void add_unreadable(struct mun_record *r, struct mun_stage *st)
{
	static const char map[] = "# Mapfile. Created by a test\n"
				  "0x0 + 1\n"
				  "0x0 0x400 +\n"
				  "0x400 0x200 -\n"
				  "0x600 0x100000 +\n";

	r->outcome = "partial";
	r->unreadable_bytes = 512;
	r->unreadable = mun_arena_array(r->arena, 1, sizeof(*r->unreadable));
	assert_non_null(r->unreadable);
	r->unreadable[0].off = 1024;
	r->unreadable[0].bytes = 512;
	r->nunreadable = 1;
	put_file(st, r, "image/disk.map", MUN_ROLE_READMAP, map,
		 sizeof(map) - 1, DEFAULT_ALGS);
}

static void describe(struct mun_record *r, const struct test_object *o,
		     const char *id, const char *now)
{
	struct mun_rec_identifier *barcode;

	r->id = mun_arena_strdup(r->arena, id);
	r->created = mun_arena_strdup(r->arena, now);
	r->label = o->label ? o->label : "Rescue disk";
	r->source = "disk.img";
	r->source_kind = "file";
	r->format = o->format;
	r->outcome = "complete";
	r->bytes = o->len;
	r->sector_bytes = 512;
	barcode = mun_record_add_identifier(r);
	assert_non_null(barcode);
	barcode->type = "barcode";
	barcode->value = "31234000123456";
}

static void commit(struct test_repository *t, struct mun_stage *st,
		   const char *urn, const char *now)
{
	const struct mun_version_info info = { now, "taken in", "J. Archivist",
					       NULL };
	struct mun_err e;

	check(mun_stage_commit(st, t->store, &info, &e), &e);
	assert_non_null(urn);
}

void test_repository_put(struct test_repository *t, const struct test_object *o)
{
	mun_auto(record) *r = NULL;
	mun_auto(stage) *st = NULL;
	char *spool = mun_test_path(t->dir, "spool");
	char now[MUN_TIME_LEN];
	char path[128];
	char urn[64];
	struct mun_err e;

	mun_time_text(mun_now_ms(), now);
	check(mun_uuid_new(t->id, &e), &e);
	(void)snprintf(urn, sizeof(urn), "urn:uuid:%s", t->id);
	(void)snprintf(path, sizeof(path), "image/%s", o->name);
	check(mun_stage_open(spool, urn, &st, &e), &e);
	check(mun_record_new(&r, &e), &e);
	describe(r, o, t->id, now);
	if (o->partial)
		add_unreadable(r, st);
	put_file(st, r, path, MUN_ROLE_MASTER, o->data, o->len,
		 o->algs ? o->algs : DEFAULT_ALGS);
	r->content = mun_record_master(r)->digests;
	if (o->content) {
		r->bytes = o->content_len;
		for (unsigned int i = 0; i < MUN_DIGEST_N; i++)
			r->content.of[i].len = 0;
		check(mun_digest_memory(o->algs ? o->algs : DEFAULT_ALGS,
					o->content, o->content_len, &r->content,
					&e),
		      &e);
	}
	if (o->other_content)
		r->content.of[MUN_SHA512].bytes[63] ^= 1;
	add_ingestion(r, o->imaged);
	commit(t, st, urn, now);
	check(mun_catalog_put(t->catalog, r, &e), &e);
	for (size_t i = 0; i < r->nfiles; i++)
		mun_tree_clear(&r->files[i].tree);
	free(t->master);
	check(mun_store_file_path(t->store, urn, path, &t->master, &e), &e);
	free(spool);
}

size_t test_repository_events(struct test_repository *t, const char *type)
{
	mun_auto(record) *r = NULL;
	struct mun_err e;
	size_t n = 0;

	check(mun_catalog_get(t->catalog, t->id, false, &r, &e), &e);
	for (size_t i = 0; i < r->nevents; i++)
		n += !strcmp(r->events[i].type, type);
	return n;
}

int test_repository_export(struct test_repository *t,
			   enum mun_package_kind kind,
			   struct mun_export_result *out, struct mun_err *e)
{
	const char *const objects[] = { t->id };
	const struct mun_export_request req = { .objects = objects,
						.nobjects = 1,
						.target = t->target ? t->target
								    : "qemu",
						.output = t->out,
						.kind = kind };

	return mun_export(&t->env, &req, out, e);
}

size_t test_repository_packages(const struct test_repository *t)
{
	DIR *d = opendir(t->out);
	struct dirent *x;
	size_t n = 0;

	if (!d)
		return 0;
	while ((x = readdir(d)) != NULL)
		n += x->d_name[0] != '.';
	(void)closedir(d);
	return n;
}

size_t test_repository_entries(const struct test_repository *t)
{
	return access(t->out, F_OK) ? 0 : mun_test_count_entries(t->out);
}

void test_repository_clean(const struct test_repository *t)
{
	struct mun_err e;

	check(mun_tree_remove(t->out, &e), &e);
}

void test_flip(const char *path, uint64_t off)
{
	struct stat st;
	uint8_t b;
	int fd;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(chmod(path, 0600), 0);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &b, 1, (off_t)off), 1);
	b ^= 0x10;
	assert_int_equal(pwrite(fd, &b, 1, (off_t)off), 1);
	assert_int_equal(close(fd), 0);
	assert_int_equal(chmod(path, st.st_mode & 07777), 0);
}
