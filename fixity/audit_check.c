/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/audit_check.c - one file of an audit: begin, verify pieces, finish */
#include "fixity/audit_int.h"

#include <errno.h>

#include "core/check.h"
#include "core/str.h"
#include "fixity/verify.h"

/* Does it say something about us rather than about the file?  Then no outcome
 * may be made of it. */
static bool is_our_own(const struct mun_err *e)
{
	return e->code == MUN_ENOMEM || e->code == MUN_ECANCELLED ||
	       e->sys == EMFILE || e->sys == ENFILE || e->sys == ENOMEM;
}

static enum mun_outcome outcome_of(const struct mun_err *e)
{
	if (e->code == MUN_ENOENT)
		return MUN_OUTCOME_MISSING;
	if (e->code == MUN_EUNAVAILABLE)
		return MUN_OUTCOME_UNAVAILABLE;
	return MUN_OUTCOME_UNREADABLE;
}

/* Room for one more; NULL when memory is out. */
static void *grow(void *items, size_t count, size_t *room, size_t size)
{
	const size_t more = *room ? 2 * *room : 4;
	void *p = items;

	if (count == *room) {
		p = reallocarray(items, more, size);
		if (p)
			*room = more;
	}
	return p;
}

/* A new finding, which is lent; NULL when memory is out. */
static struct mun_finding *find(struct mun_audit_check *c,
				enum mun_outcome outcome, uint64_t off,
				uint64_t bytes)
{
	struct mun_finding *all = grow(c->findings, c->nfindings,
				       &c->findings_room, sizeof(*all));

	if (!all)
		return NULL;
	c->findings = all;
	c->outcome = mun_outcome_worse(c->outcome, outcome);
	all[c->nfindings] = (struct mun_finding){
		.file = c->file, .outcome = outcome, .off = off, .bytes = bytes
	};
	return &all[c->nfindings++];
}

/* A finding that is about the whole file. */
static int find_whole(struct mun_audit_check *c, const struct mun_err *why,
		      struct mun_err *e)
{
	struct mun_finding *f = find(c, outcome_of(why), 0, c->tree.bytes);

	if (!f)
		return mun_fail_nomem(e, "finding");
	f->sys = why->sys;
	(void)mun_err_text(why, f->text, sizeof(f->text), 0);
	return 0;
}

static int find_hashes(struct mun_audit_check *c, uint64_t bytes,
		       const uint8_t *expected, const uint8_t *actual,
		       const char *text, struct mun_err *e)
{
	struct mun_finding *f = find(c, MUN_OUTCOME_MISMATCH, 0, bytes);

	if (!f)
		return mun_fail_nomem(e, "finding");
	mun_hex(expected, MUN_TREE_HASH, f->expected);
	if (actual)
		mun_hex(actual, MUN_TREE_HASH, f->actual);
	(void)snprintf(f->text, sizeof(f->text), "%s", text);
	return 0;
}

/* A layer that does not give the root cannot say which piece is good; but the
 * root still can say whether the file is. */
static int check_layer(struct mun_audit_check *c, struct mun_err *e)
{
	uint8_t root[MUN_TREE_HASH];
	bool whole = c->tree.npieces == mun_tree_npieces(c->tree.bytes);
	int rc;

	c->tree.npieces = mun_tree_npieces(c->tree.bytes);
	if (!c->tree.pieces)
		return 0;
	if (whole) {
		rc = mun_tree_root(&c->tree, root, e);
		if (rc)
			return rc;
		if (!memcmp(root, c->tree.root, MUN_TREE_HASH))
			return 0;
	}
	c->tree.pieces = NULL;
	return find_hashes(c, 0, c->tree.root, whole ? root : NULL,
			   "recorded piece layer does not give its root", e);
}

/* A shorter file has fewer whole pieces; what a piece that is cut held cannot
 * be told, so the damage begins where that piece does. */
static int check_size(struct mun_audit_check *c, struct mun_err *e)
{
	const uint64_t want = c->tree.bytes;
	const uint64_t is = c->src->size;
	struct mun_finding *f;

	c->end_piece = c->tree.npieces;
	if (is == want)
		return 0;
	if (is < want) {
		c->end_piece = is / MUN_TREE_PIECE;
		f = find(c, MUN_OUTCOME_MISMATCH, c->end_piece * MUN_TREE_PIECE,
			 want - c->end_piece * MUN_TREE_PIECE);
	} else {
		f = find(c, MUN_OUTCOME_MISMATCH, want, is - want);
	}
	if (!f)
		return mun_fail_nomem(e, "finding");
	(void)snprintf(f->text, sizeof(f->text), "file is %llu bytes %s",
		       (unsigned long long)(is < want ? want - is : is - want),
		       is < want ? "shorter" : "longer");
	return 0;
}

/* Without a layer a file that is too short is not read at all: no piece of it
 * could be judged. */
static int prepare_found(struct mun_audit_check *c, struct mun_err *e)
{
	if (c->end_piece < c->tree.npieces) {
		c->end_piece = 0;
		return 0;
	}
	c->found = calloc((size_t)c->tree.npieces, MUN_TREE_HASH);
	return c->found ? 0 : mun_fail_nomem(e, "piece layer");
}

int mun_audit_check_begin(struct mun_audit_check *c,
			  const struct mun_audit_feed *feed,
			  const char *progress_dir, struct mun_err *e)
{
	struct mun_err why = { 0 };
	int rc;

	c->tree = c->item->files[c->file].tree;
	if (feed->open(feed->ctx, c->item, c->file, &c->src, &why)) {
		c->src = NULL;
		if (is_our_own(&why)) {
			*e = why;
			return e->code;
		}
		return find_whole(c, &why, e);
	}
	rc = check_layer(c, e);
	if (!rc)
		rc = check_size(c, e);
	if (rc)
		return rc;
	if (!c->tree.pieces && c->tree.npieces)
		return prepare_found(c, e);
	if (!progress_dir || c->tree.npieces < MUN_AUDIT_PROGRESS_PIECES)
		return 0;
	return mun_audit_progress_open(progress_dir, c->item, c->file, &c->tree,
				       &c->progress, e);
}

uint64_t mun_audit_check_skip(struct mun_audit_check *c)
{
	uint64_t bytes = 0;

	while (c->progress && c->next_piece < c->end_piece &&
	       mun_audit_progress_has(c->progress, c->next_piece))
		bytes += mun_verify_piece_bytes(c->tree.bytes, c->next_piece++);
	return bytes;
}

/* A file that ends earlier than when it was opened (MUN_ECORRUPT) has changed
 * under us; MUN_EUNSUPPORTED is OpenSSL's. */
static int judge_error(const struct mun_err *why, struct mun_audit_bad *bad,
		       struct mun_err *e)
{
	if (is_our_own(why) || why->code == MUN_EUNSUPPORTED) {
		*e = *why;
		return e->code;
	}
	bad->outcome = outcome_of(why);
	if (why->code == MUN_ECORRUPT)
		bad->outcome = MUN_OUTCOME_MISMATCH;
	bad->sys = why->sys;
	(void)mun_err_text(why, bad->text, sizeof(bad->text), 0);
	return 0;
}

/* Its hash is in @bad already: is it the one that was recorded? */
static void judge_hash(struct mun_audit_check *c, struct mun_audit_bad *bad)
{
	const uint64_t piece = bad->piece;

	bad->was_read = true;
	if (c->found) {
		memcpy(c->found[piece], bad->actual, MUN_TREE_HASH);
	} else if (memcmp(bad->actual, c->tree.pieces[piece], MUN_TREE_HASH) !=
		   0) {
		bad->outcome = MUN_OUTCOME_MISMATCH;
		(void)snprintf(bad->text, sizeof(bad->text),
			       "bytes are not those that were recorded");
	} else if (c->progress) {
		mun_audit_progress_note(c->progress, piece);
	}
}

int mun_audit_check_piece(struct mun_audit_check *c, uint64_t piece, void *buf,
			  struct mun_audit_bad *bad, struct mun_err *e)
{
	struct mun_err why = { 0 };

	*bad = (struct mun_audit_bad){ .piece = piece,
				       .outcome = MUN_OUTCOME_INTACT };
	if (mun_verify_piece(c->src, &c->tree, piece, buf, bad->actual, &why))
		return judge_error(&why, bad, e);
	judge_hash(c, bad);
	return 0;
}

int mun_audit_check_bytes(struct mun_audit_check *c, uint64_t piece,
			  const void *data, struct mun_audit_bad *bad,
			  struct mun_err *e)
{
	const uint64_t bytes = c->tree.bytes;
	int rc;

	*bad = (struct mun_audit_bad){ .piece = piece,
				       .outcome = MUN_OUTCOME_INTACT };
	rc = mun_tree_piece(data, mun_verify_piece_bytes(bytes, piece), bytes,
			    bad->actual, e);
	if (!rc)
		judge_hash(c, bad);
	return rc;
}

int mun_audit_check_digest(struct mun_audit_check *c, enum mun_digest_alg alg,
			   const struct mun_digest *expected,
			   const struct mun_digest *actual, struct mun_err *e)
{
	struct mun_finding *f = find(c, MUN_OUTCOME_MISMATCH, 0, 0);

	if (!f)
		return mun_fail_nomem(e, "finding");
	mun_digest_hex(expected, f->expected);
	mun_digest_hex(actual, f->actual);
	(void)snprintf(f->text, sizeof(f->text),
		       "%s is not the one that was recorded",
		       mun_digest_name(alg));
	return 0;
}

int mun_audit_check_keep(struct mun_audit_check *c,
			 const struct mun_audit_bad *bad, struct mun_err *e)
{
	struct mun_audit_bad *all;

	all = grow(c->bad, c->nbad, &c->bad_room, sizeof(*all));
	if (!all)
		return mun_fail_nomem(e, "finding");
	c->bad = all;
	all[c->nbad++] = *bad;
	if (bad->outcome == MUN_OUTCOME_UNAVAILABLE)
		c->end_piece = c->next_piece;
	return 0;
}

static int by_piece(const void *x, const void *y)
{
	const struct mun_audit_bad *a = x;
	const struct mun_audit_bad *b = y;

	return (a->piece > b->piece) - (a->piece < b->piece);
}

/* Is @b the next piece after @a, and is the same wrong with it? */
static bool goes_on(const struct mun_audit_bad *a,
		    const struct mun_audit_bad *b)
{
	return b->piece == a->piece + 1 && b->outcome == a->outcome &&
	       b->sys == a->sys && b->was_read == a->was_read;
}

/* Runs of neighbouring bad pieces become one finding each. */
static int find_bad(struct mun_audit_check *c, struct mun_err *e)
{
	if (c->nbad)
		qsort(c->bad, c->nbad, sizeof(*c->bad), by_piece);
	for (size_t i = 0, end; i < c->nbad; i = end) {
		const struct mun_audit_bad *b = &c->bad[i];
		const uint64_t off = b->piece * MUN_TREE_PIECE;
		struct mun_finding *f;
		uint64_t bytes = 0;

		for (end = i; end < c->nbad; end++) {
			if (end > i && !goes_on(&c->bad[end - 1], &c->bad[end]))
				break;
			bytes += mun_verify_piece_bytes(c->tree.bytes,
							c->bad[end].piece);
		}
		f = find(c, b->outcome, off, bytes);
		if (!f)
			return mun_fail_nomem(e, "finding");
		f->sys = b->sys;
		memcpy(f->text, b->text, sizeof(f->text));
		if (c->tree.pieces)
			mun_hex(c->tree.pieces[b->piece], MUN_TREE_HASH,
				f->expected);
		if (b->was_read)
			mun_hex(b->actual, MUN_TREE_HASH, f->actual);
	}
	return 0;
}

/* All pieces were read and there was no layer to compare them with. */
static int check_root(struct mun_audit_check *c, struct mun_err *e)
{
	struct mun_tree t = c->tree;
	uint8_t root[MUN_TREE_HASH];
	int rc;

	t.pieces = c->found;
	rc = mun_tree_root(&t, root, e);
	if (rc || !memcmp(root, t.root, MUN_TREE_HASH))
		return rc;
	return find_hashes(c, t.bytes, t.root, root,
			   t.npieces > 1 ? "bytes are not those that were "
					   "recorded; without a piece layer it "
					   "cannot be told where"
					 : "bytes are not those that were "
					   "recorded",
			   e);
}

int mun_audit_check_finish(struct mun_audit_check *c, struct mun_err *e)
{
	int rc;

	rc = find_bad(c, e);
	if (!rc && c->found && !c->nbad)
		rc = check_root(c, e);
	mun_source_close(c->src);
	c->src = NULL;
	if (c->progress)
		mun_audit_progress_close(c->progress);
	return rc;
}

void mun_audit_check_free(struct mun_audit_check *c)
{
	if (!c)
		return;
	mun_source_close(c->src);
	mun_audit_progress_free(c->progress);
	free(c->found);
	free(c->bad);
	free(c->findings);
	free(c);
}
