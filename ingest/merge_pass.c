/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/merge_pass.c - one pass over all readings (ingest/merge_pass.h) */
#include "ingest/merge_pass.h"

#include "core/check.h"
#include "core/jsonw.h"
#include "core/pipeline.h"
#include "core/str.h"
#include "fixity/hashpass.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Fewer sectors than these do not tell one medium from another. */
#define TELLING 128u

struct pass {
	struct mun_merge_pass *p;
	struct mun_voice voices[MUN_VOTE_READINGS];
	struct mun_vote *vote;
	struct mun_imgwriter *image;
	struct mun_jsonw json;
	uint32_t newest; /* its bit */
	uint64_t outvoted[MUN_VOTE_READINGS]; /* sectors, of each */
	uint64_t compared; /* sectors that master and new one both have ... */
	uint64_t differing; /* ... and that are not the same */
	uint64_t done;
};

uint32_t mun_merge_sector(uint32_t a, uint32_t b)
{
	uint32_t s = !a || (b && b < a) ? b : a;

	return s && !(s & (s - 1)) && s <= MUN_VOTE_BLOCK ? s : 512;
}

const char *mun_merge_why(enum mun_vote_why why)
{
	static const char *const words[] = {
		[MUN_VOTE_UNREAD] = "unread",
		[MUN_VOTE_AGREED] = "agreed",
		[MUN_VOTE_DOUBTFUL] = "doubtful",
		[MUN_VOTE_MAJORITY] = "majority",
		[MUN_VOTE_PREFERRED] = "preferred",
		[MUN_VOTE_KEPT] = "kept",
	};

	return words[why];
}

void mun_merge_names(uint32_t set, struct mun_str *out)
{
	const char *comma = "";

	for (unsigned int i = 0; set; i++, set >>= 1) {
		if (!(set & 1))
			continue;
		mun_str_addf(out, "%s%u", comma, i + 1);
		comma = ", ";
	}
}

static const char *state_word(enum mun_read_state s)
{
	return s == MUN_READ_GOOD       ? "good"
	       : s == MUN_READ_DOUBTFUL ? "doubtful"
					: "unreadable";
}

static void put_set(struct mun_jsonw *w, const char *key, uint32_t set)
{
	mun_jsonw_array(w, key);
	for (unsigned int i = 0; set; i++, set >>= 1)
		if (set & 1)
			mun_jsonw_u64(w, NULL, i + 1);
	mun_jsonw_end_array(w);
}

/* One line each: there may be many. */
static void put_extent(struct mun_jsonw *w, const struct mun_vote_run *r)
{
	mun_jsonw_object(w, NULL);
	w->pretty = false;
	mun_jsonw_u64(w, "offset", r->off);
	mun_jsonw_u64(w, "bytes", r->bytes);
	mun_jsonw_text(w, "state", state_word(r->state));
	mun_jsonw_text(w, "because", mun_merge_why(r->why));
	put_set(w, "from", r->taken);
	if (r->others)
		put_set(w, "others", r->others);
	mun_jsonw_end_object(w);
	w->pretty = true;
}

/* Sectors that a run touches. */
static uint64_t sectors(const struct pass *x, const struct mun_vote_run *r)
{
	uint64_t s = x->p->sector_bytes;

	return (r->off + r->bytes + s - 1) / s - r->off / s;
}

static void count(struct pass *x, const struct mun_vote_run *r)
{
	struct mun_merge_summary *sum = &x->p->sum;
	uint64_t n = sectors(x, r);

	if (r->state == MUN_READ_GOOD && r->before != MUN_READ_GOOD)
		sum->filled_bytes += r->bytes;
	if (r->state == MUN_READ_DOUBTFUL)
		sum->doubtful_bytes += r->bytes;
	sum->disagreements += r->others ? n : 0;
	sum->outvoted += r->alone ? n : 0;
	for (size_t i = 0; i < MUN_VOTE_READINGS; i++)
		x->outvoted[i] += r->alone >> i & 1 ? n : 0;
	x->p->changed = x->p->changed || r->changed;
	x->p->mapped = x->p->mapped || r->state != r->before;
	x->p->news = x->p->news || x->p->changed || x->p->mapped ||
		     (r->others && ((r->taken | r->others) & x->newest));
	if (r->before != MUN_READ_GOOD || !((r->taken | r->others) & x->newest))
		return;
	x->compared += n;
	if ((r->others & x->newest) || r->changed)
		x->differing += n;
}

/* Sector by sector: that is what a person looks at. */
static int tell(const struct pass *x, const struct mun_vote_run *r,
		struct mun_err *e)
{
	struct mun_str taken = { 0 };
	struct mun_str others = { 0 };
	struct mun_disagreement d = { .off = r->off,
				      .because = mun_merge_why(r->why) };
	int rc = 0;

	mun_merge_names(r->taken, &taken);
	mun_merge_names(r->others, &others);
	d.taken = taken.text ? taken.text : "";
	d.others = others.text ? others.text : "";
	while (!rc && d.off < r->off + r->bytes) {
		uint64_t s = x->p->sector_bytes;

		d.bytes = (uint32_t)MUN_MIN(s - d.off % s,
					    r->off + r->bytes - d.off);
		rc = x->p->seen(x->p->ctx, &d, e);
		d.off += d.bytes;
	}
	mun_str_free(&taken);
	mun_str_free(&others);
	return rc;
}

/* What nobody could read: whatever reading knows that it holds no data. */
static int take_bad(struct pass *x, const struct mun_vote_run *r,
		    struct mun_err *e)
{
	struct mun_merge_pass *p = x->p;
	const uint64_t end = r->off + r->bytes;
	uint64_t stop;
	int rc = 0;

	for (uint64_t at = r->off; at < end && !rc; at = stop) {
		bool known;
		bool found;

		stop = end;
		known = mun_range_list_has(&p->old->runout, at, &stop);
		found = mun_range_list_has(p->fresh_runout, at, &stop);
		rc = mun_range_list_add(known || found ? &p->runout : &p->lost,
					at, stop - at, e);
	}
	return rc;
}

/* Mended is what all who have these bytes had to mend. */
static bool is_mended(const struct pass *x, uint32_t taken, uint64_t at,
		      uint64_t *stop)
{
	const struct mun_merge_old *old = x->p->old;
	bool all = taken != 0;

	for (size_t i = 0; i <= old->n; i++)
		if (taken >> i & 1)
			all &= mun_range_list_has(i < old->n
							  ? &old->of[i].mended
							  : x->p->fresh_mended,
						  at, stop);
	return all;
}

static int take_good(struct pass *x, const struct mun_vote_run *r,
		     struct mun_err *e)
{
	const uint64_t end = r->off + r->bytes;
	uint64_t stop;
	int rc = 0;

	for (uint64_t at = r->off; at < end && !rc; at = stop) {
		stop = end;
		if (is_mended(x, r->taken, at, &stop))
			rc = mun_range_list_add(&x->p->mended, at, stop - at,
						e);
	}
	return rc;
}

static int take_run(void *ctx, const struct mun_vote_run *r, struct mun_err *e)
{
	struct pass *x = ctx;
	int rc = mun_readmap_mark(&x->p->map, r->off, r->bytes, r->state, e);

	if (!rc && r->state == MUN_READ_BAD)
		rc = take_bad(x, r, e);
	else if (!rc && r->state == MUN_READ_GOOD)
		rc = take_good(x, r, e);
	if (rc)
		return rc;
	count(x, r);
	put_extent(&x->json, r);
	return r->others && x->p->seen ? tell(x, r, e) : 0;
}

static int take_difference(void *ctx, size_t i, const void *data, size_t len,
			   uint64_t off, struct mun_err *e)
{
	struct pass *x = ctx;
	struct mun_merge_differs *d = &x->p->differs[i];
	int rc = mun_readmap_mark(&d->map, off, len, MUN_READ_BAD, e);

	if (!rc && d->to)
		rc = mun_imgwriter_write(d->to, data, len, d->bytes, e);
	d->bytes += len;
	return rc;
}

static int fill(void *ctx, struct mun_block *b, struct mun_err *e)
{
	struct pass *x = ctx;
	int rc = mun_vote_next(x->vote, b->data, &b->len, e);

	x->done += b->len;
	mun_progress_tell(x->p->progress, "merging", x->done, x->p->map.size,
			  0);
	return rc;
}

static int put_block(void *ctx, const struct mun_block *b, struct mun_err *e)
{
	struct pass *x = ctx;

	return mun_imgwriter_write(x->image, b->data, b->len, b->off, e);
}

/* The vote, and nothing of it kept. */
static int only_tell(struct pass *x, struct mun_err *e)
{
	mun_autofree uint8_t *data = malloc(MUN_VOTE_BLOCK);
	struct mun_block b = { .data = data };
	int rc = data ? mun_cancel_check(e) : mun_fail_nomem(e, "a vote");

	do {
		if (!rc)
			rc = fill(x, &b, e);
		if (!rc)
			rc = mun_cancel_check(e);
	} while (!rc && b.len);
	return rc;
}

static int run(struct pass *x, struct mun_err *e)
{
	struct mun_stage stages[MUN_HASH_STAGES_MAX + 1];
	mun_auto(hash_stages) *hashes = NULL;
	size_t n;
	int rc;

	if (!x->p->image_path)
		return only_tell(x, e);
	rc = mun_hash_stages_new(x->p->algs, true, stages, &n, &hashes, e);
	if (rc)
		return rc;
	stages[n++] = (struct mun_stage){ "write", put_block, x };
	rc = mun_pipe_run(fill, x, stages, n, MUN_VOTE_BLOCK, 4, e);
	if (!rc)
		rc = mun_hash_stages_final(hashes, &x->p->digests, &x->p->tree,
					   e);
	return rc;
}

static int open_differs(struct pass *x, size_t i, struct mun_err *e)
{
	struct mun_merge_differs *d = &x->p->differs[i];
	uint64_t size = x->p->fresh.source->size;
	int rc = mun_readmap_init(&d->map, size, e);

	if (!rc)
		rc = mun_readmap_mark(&d->map, 0, size, MUN_READ_GOOD, e);
	if (rc || !x->p->image_path)
		return rc;
	rc = mun_fmt(&d->path, e, "%s/differs-%zu.bin", x->p->dir, i + 1);
	return rc ? rc : mun_imgwriter_open(d->path, false, &d->to, e);
}

static int begin(struct pass *x, struct mun_err *e)
{
	struct mun_merge_pass *p = x->p;
	const struct mun_merge_old *old = p->old;
	struct mun_vote_config c = {
		.master = { old->master, &old->map },
		.n = old->n + 1,
		.of = x->voices,
		.sector_bytes = p->sector_bytes,
		.prefer_new = p->prefer && !strcmp(p->prefer, "new"),
		.prefer_old = p->prefer && !strcmp(p->prefer, "old"),
		.run = take_run,
		.differs = take_difference,
		.ctx = x,
	};
	int rc = mun_readmap_init(&p->map, p->fresh.source->size, e);

	for (size_t i = 0; i < old->n; i++)
		x->voices[i] = (struct mun_voice){ old->of[i].source,
						   &old->of[i].map };
	x->voices[old->n] = p->fresh;
	x->newest = (uint32_t)1 << old->n;
	p->sum.readings = (unsigned int)c.n;
	for (size_t i = 0; !rc && i < c.n; i++)
		rc = open_differs(x, i, e);
	if (!rc && p->image_path)
		rc = mun_imgwriter_open(p->image_path, false, &x->image, e);
	return rc ? rc : mun_vote_new(&c, &x->vote, e);
}

static int finish(struct pass *x, struct mun_err *e)
{
	struct mun_merge_pass *p = x->p;
	int rc = 0;

	if (x->image)
		rc = mun_imgwriter_finish(x->image, p->map.size, e);
	for (size_t i = 0; x->image && !rc && i <= p->old->n; i++)
		rc = mun_imgwriter_finish(p->differs[i].to, p->differs[i].bytes,
					  e);
	p->sum.lost_bytes = mun_range_list_bytes(&p->lost);
	p->sum.runout_bytes = mun_range_list_bytes(&p->runout);
	/* That it was no loss is something new as well. */
	p->news = p->news || p->sum.lost_bytes < p->old->r->unreadable_bytes;
	mun_jsonw_end_array(&x->json);
	mun_jsonw_end_object(&x->json);
	if (!rc)
		rc = mun_jsonw_finish(&x->json, e);
	return rc;
}

static void name_liar(struct pass *x)
{
	struct mun_merge_summary *sum = &x->p->sum;
	const struct mun_merge_old *old = x->p->old;
	uint64_t most = 0;

	for (size_t i = 0; i <= old->n; i++) {
		if (x->outvoted[i] <= most)
			continue;
		most = x->outvoted[i];
		sum->liar = (unsigned int)i + 1;
		(void)snprintf(sum->liar_name, sizeof(sum->liar_name), "%s",
			       i < old->n ? old->of[i].name : x->p->fresh_name);
	}
}

/* Another disk, put in by mistake, would be told of as a heap of lies. */
static int is_another(const struct pass *x, struct mun_err *e)
{
	if (x->p->prefer || x->compared < TELLING ||
	    2 * x->differing <= x->compared)
		return 0;
	return mun_fail(e, MUN_EINVAL,
			"of %" PRIu64 " sectors that both have, %" PRIu64
			" differ: it is not the same medium; with --prefer old "
			"it is merged all the same",
			x->compared, x->differing);
}

int mun_merge_pass(struct mun_merge_pass *p, struct mun_err *e)
{
	struct pass x = { .p = p };
	int rc;

	mun_jsonw_init(&x.json, NULL, true);
	mun_jsonw_object(&x.json, NULL);
	mun_jsonw_array(&x.json, "extents");
	rc = begin(&x, e);
	if (!rc)
		rc = run(&x, e);
	if (!rc)
		rc = finish(&x, e);
	if (!rc)
		rc = is_another(&x, e);
	mun_vote_free(x.vote);
	mun_imgwriter_free(x.image);
	p->extents = x.json.out;
	name_liar(&x);
	return rc;
}

void mun_merge_pass_clear(struct mun_merge_pass *p)
{
	for (size_t i = 0; i < MUN_VOTE_READINGS; i++) {
		mun_readmap_clear(&p->differs[i].map);
		mun_imgwriter_free(p->differs[i].to);
		free(p->differs[i].path);
	}
	mun_readmap_clear(&p->map);
	mun_range_list_clear(&p->lost);
	mun_range_list_clear(&p->runout);
	mun_range_list_clear(&p->mended);
	mun_tree_clear(&p->tree);
	mun_str_free(&p->extents);
}
