/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/audit_feed.c - an audit feed made of arrays, for tests */
#include "tests/fixity/audit_feed.h"

#include <errno.h>
#include <stdio.h>

#include "core/check.h"
#include "tests/support/support.h"

struct feed *feed_new(void)
{
	struct feed *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->fail_next_at = -1;
	f->fail_report_at = -1;
	f->threads = 2;
	return f;
}

void feed_free(struct feed *f)
{
	for (size_t i = 0; i < f->nobjects; i++) {
		for (size_t k = 0; k < FEED_FILES; k++) {
			free(f->objects[i].files[k].data);
			mun_tree_clear(&f->objects[i].files[k].tree);
		}
	}
	free(f->findings);
	free(f);
}

void feed_record(struct file *file)
{
	mun_auto(tree_builder) *b = NULL;
	struct mun_err e;

	mun_tree_clear(&file->tree);
	assert_int_equal(mun_tree_builder_new(&b, &e), 0);
	assert_int_equal(mun_tree_builder_update(b, file->data, file->size, &e),
			 0);
	assert_int_equal(mun_tree_builder_final(b, &file->tree, &e), 0);
	assert_int_equal(mun_digest_memory(MUN_DIGEST_BIT(MUN_MD5) |
						   MUN_DIGEST_BIT(MUN_SHA256) |
						   MUN_DIGEST_BIT(MUN_SHA512),
					   file->data, file->size,
					   &file->digests, &e),
			 0);
}

struct file *feed_add_to(struct feed *f, size_t object, size_t bytes)
{
	struct object *o = &f->objects[object];
	struct file *file = &o->files[o->nfiles];

	assert_true(o->nfiles < FEED_FILES);
	(void)snprintf(file->path, sizeof(file->path), "image/%zu.img",
		       o->nfiles++);
	file->data = calloc(1, bytes + (bytes < MIB ? 64 : 2 * MIB));
	assert_non_null(file->data);
	file->size = bytes;
	file->feed = f;
	mun_test_pattern(file->data, bytes, bytes + object);
	feed_record(file);
	return file;
}

struct file *feed_add(struct feed *f, size_t bytes)
{
	assert_true(f->nobjects < FEED_OBJECTS);
	return feed_add_to(f, f->nobjects++, bytes);
}

/* An object on its way: the audit's item, and which object it is. */
struct item {
	struct mun_audit_item base;
	struct object *object;
};

static void enter(struct feed *f)
{
	if (atomic_exchange(&f->busy, true))
		atomic_fetch_add(&f->overlaps, 1);
}

static void leave(struct feed *f)
{
	atomic_store(&f->busy, false);
}

static struct mun_audit_item *make_item(struct feed *f, size_t index)
{
	struct object *o = &f->objects[index];
	struct item *it = calloc(1, sizeof(*it));

	if (!it)
		abort();
	it->object = o;
	(void)snprintf(it->base.object, sizeof(it->base.object),
		       "01930000-0000-7000-8000-%012u", (unsigned int)index);
	it->base.store = "main";
	it->base.nfiles = o->nfiles;
	it->base.files = calloc(FEED_FILES, sizeof(*it->base.files));
	if (!it->base.files)
		abort();
	for (size_t i = 0; i < o->nfiles; i++) {
		it->base.files[i].path = o->files[i].path;
		it->base.files[i].tree = o->files[i].tree;
		it->base.files[i].full = o->files[i].full;
		it->base.files[i].digests = o->files[i].digests;
	}
	o->taken++;
	return &it->base;
}

static int feed_next(void *ctx, struct mun_audit_item **out, struct mun_err *e)
{
	struct feed *f = ctx;
	int rc = 0;

	enter(f);
	*out = NULL;
	if (f->next_calls++ == f->fail_next_at)
		rc = mun_fail(e, MUN_ECORRUPT, "the feed is broken");
	else if (f->next < f->nobjects)
		*out = make_item(f, f->next++);
	leave(f);
	return rc;
}

static void keep_findings(struct feed *f, const struct mun_audit_item *item)
{
	const size_t n = f->nfindings + item->nfindings;

	if (!item->nfindings)
		return;
	f->findings = realloc(f->findings, n * sizeof(*f->findings));
	if (!f->findings)
		abort();
	memcpy(f->findings + f->nfindings, item->findings,
	       item->nfindings * sizeof(*f->findings));
	f->nfindings = n;
}

static int feed_report(void *ctx, struct mun_audit_item *item,
		       struct mun_err *e)
{
	struct item *it = (struct item *)item;
	struct object *o = it->object;
	struct feed *f = ctx;
	int rc = 0;

	enter(f);
	o->reports++;
	o->outcome = item->outcome;
	o->bytes_read = item->bytes_read;
	o->bytes_resumed = item->bytes_resumed;
	o->started_ms = item->started_ms;
	o->ended_ms = item->ended_ms;
	for (size_t i = 0; i < item->nfiles; i++)
		o->files[i].outcome = item->files[i].outcome;
	keep_findings(f, item);
	if (f->on_report)
		f->on_report(f);
	/* As a real feed does: nothing of the item may be used after. */
	free(item->files);
	free(it);
	if (f->report_calls++ == f->fail_report_at)
		rc = mun_fail_sys(e, ENOSPC, "report");
	leave(f);
	return rc;
}

struct source {
	struct mun_source base;
	struct file *file;
};

static int read_bytes(struct mun_source *s, void *buf, size_t len, uint64_t off,
		      struct mun_err *e)
{
	struct file *file = ((struct source *)s)->file;

	if (file->feed->pause_us)
		(void)usleep(file->feed->pause_us);
	if (file->feed->on_read)
		file->feed->on_read(file->feed);
	if (off < file->bad_off + file->bad_bytes && file->bad_off < off + len)
		return file->bad_errno
			       ? mun_fail_sys(e, file->bad_errno, "read")
			       : mun_fail(e, file->bad_code, "read");
	memcpy(buf, file->data + off, len);
	atomic_fetch_add(&file->feed->bytes_read, len);
	return 0;
}

static void close_source(struct mun_source *s)
{
	free(s);
}

static const struct mun_source_ops source_ops = { .pread = read_bytes,
						  .close = close_source };

static int feed_open(void *ctx, const struct mun_audit_item *item, size_t index,
		     struct mun_source **out, struct mun_err *e)
{
	struct file *file = &((const struct item *)item)->object->files[index];
	struct source *s;

	(void)ctx;
	if (file->open_code)
		return mun_err_set(e, file->open_code, file->open_sys, __FILE__,
				   __LINE__, "the feed says %d",
				   file->open_code);
	s = calloc(1, sizeof(*s));
	if (!s)
		abort();
	s->base.ops = &source_ops;
	s->base.size = file->size;
	s->file = file;
	*out = &s->base;
	return 0;
}

static void progress(void *ctx, const struct mun_progress *p)
{
	struct feed *f = ctx;

	if (p->done < f->last_progress.done || p->bad < f->last_progress.bad)
		abort(); /* it never goes back; cmocka is not for threads */
	f->last_progress = *p;
	if (f->on_progress)
		f->on_progress(f);
	if (f->cancel_at && p->done >= f->cancel_at)
		mun_cancel();
}

int feed_try(struct feed *f, struct mun_audit_summary *sum, struct mun_err *e)
{
	const struct mun_audit_feed feed = { .ctx = f,
					     .next = feed_next,
					     .open = feed_open,
					     .report = feed_report };
	const struct mun_progress_to to = { progress, f };
	const struct mun_audit_opts opts = { .threads = f->threads,
					     .progress_dir = f->progress_dir,
					     .total_bytes = 12345,
					     .progress = &to,
					     .rate = f->rate,
					     .idle_io = f->idle_io,
					     .stop = f->stop,
					     .stop_ctx = f };
	int rc;

	f->next = 0;
	f->next_calls = 0;
	f->report_calls = 0;
	f->nfindings = 0;
	f->last_progress = (struct mun_progress){ 0 };
	atomic_store(&f->bytes_read, 0);
	for (size_t i = 0; i < f->nobjects; i++) {
		f->objects[i].taken = 0;
		f->objects[i].reports = 0;
	}
	rc = mun_audit_run(&feed, &opts, sum, e);
	mun_cancel_reset();
	return rc;
}

struct mun_audit_summary feed_audit(struct feed *f)
{
	struct mun_audit_summary sum;
	char text[1024];
	struct mun_err e;

	if (feed_try(f, &sum, &e))
		fail_msg("%s", mun_err_text(&e, text, sizeof(text), 1));
	for (size_t i = 0; i < f->nobjects; i++)
		assert_int_equal(f->objects[i].reports, f->objects[i].taken);
	return sum;
}

void feed_expect(const struct feed *f, size_t i, enum mun_outcome outcome,
		 uint64_t off, uint64_t bytes)
{
	assert_true(i < f->nfindings);
	assert_string_equal(mun_outcome_name(f->findings[i].outcome),
			    mun_outcome_name(outcome));
	assert_int_equal(f->findings[i].off, off);
	assert_int_equal(f->findings[i].bytes, bytes);
}
