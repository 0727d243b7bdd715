/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/ledger_segment.c - a segment that is full gets its digests */
#include "fixity/ledger_int.h"

#include <inttypes.h>
#include <string.h>

#include "core/file.h"
#include "fixity/digest.h"

/* Read the full segment back from the disk into its digests. */
static int digest_segment(const struct mun_ledger *l, const char *path,
			  struct mun_ledger_segment *out, struct mun_err *e)
{
	struct mun_merkle own = { 0 };
	uint8_t leaf[MUN_MERKLE_HASH];
	struct mun_digests d = { 0 };
	struct mun_ledger_lines r;
	const char *line;
	size_t len;
	int rc;

	rc = mun_ledger_lines_open(&r, path, UINT64_MAX, true, e);
	while (!rc && !(rc = mun_ledger_lines_next(&r, &line, &len, e)) &&
	       line) {
		rc = mun_merkle_leaf(line, len, leaf, e);
		if (!rc)
			rc = mun_merkle_add(&own, leaf, e);
	}
	if (!rc && (own.size != MUN_LEDGER_SEGMENT || r.torn))
		rc = mun_fail(e, MUN_EFIXITY,
			      "%" PRIu64 " lines on the disk, not %u", own.size,
			      MUN_LEDGER_SEGMENT);
	if (!rc)
		rc = mun_hasher_final(r.sha256, &d, e);
	mun_ledger_lines_close(&r);
	if (rc)
		return rc;
	*out = (struct mun_ledger_segment){ .number =
						    mun_ledger_open_segment(l),
					    .after = l->closed };
	memcpy(out->sha256, d.of[MUN_SHA256].bytes, sizeof(out->sha256));
	rc = mun_merkle_root(&own, out->root, e);
	return rc ? rc
		  : mun_merkle_add_subtree(&out->after, MUN_LEDGER_LEVEL,
					   out->root, e);
}

/* Are these two the same tree? */
static int same_tree(const struct mun_merkle *a, const struct mun_merkle *b,
		     struct mun_err *e)
{
	uint8_t root[2][MUN_MERKLE_HASH];
	int rc;

	rc = mun_merkle_root(a, root[0], e);
	if (!rc)
		rc = mun_merkle_root(b, root[1], e);
	if (!rc && memcmp(root[0], root[1], MUN_MERKLE_HASH) != 0)
		rc = mun_fail(e, MUN_EFIXITY, "not what was written");
	return rc;
}

int mun_ledger_close_segment(struct mun_ledger *l,
			     const struct mun_merkle *tree, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	mun_autofree char *text = NULL;
	struct mun_ledger_segment s;
	int rc;

	rc = mun_ledger_segment_path(l->dir, mun_ledger_open_segment(l),
				     "jsonl", &path, e);
	if (rc)
		return rc;
	rc = digest_segment(l, path, &s, e);
	if (!rc)
		rc = same_tree(&s.after, tree, e);
	if (!rc)
		rc = mun_ledger_segment_text(&s, &text, e);
	if (rc)
		return mun_ctx(e, "read '%s' back", path);
	/* "NNNNNNNN.jsonl" less its last letter. */
	path[strlen(path) - 1] = '\0';
	rc = mun_file_write_new(l->dir, path + strlen(l->dir) + 1, text,
				strlen(text), e);
	if (rc)
		return rc;
	l->closed = s.after;
	l->tail = 0;
	return 0;
}
