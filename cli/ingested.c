/* SPDX-License-Identifier: Apache-2.0 */
/* cli/ingested.c - an object that was taken in, on the screen or as JSON */
#include "cli/ingested.h"

#include "core/parse.h"
#include "core/str.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void mun_digests_json(struct mun_jsonw *w, const char *key,
		      const struct mun_digests *d)
{
	char hex[MUN_DIGEST_HEX];

	mun_jsonw_object(w, key);
	for (unsigned int i = 0; i < MUN_DIGEST_N; i++) {
		if (!d->of[i].len)
			continue;
		mun_digest_hex(&d->of[i], hex);
		mun_jsonw_text(w, mun_digest_name((enum mun_digest_alg)i), hex);
	}
	mun_jsonw_end_object(w);
}

void mun_ingested_json(struct mun_jsonw *w, const struct mun_ingest_result *r,
		       const struct mun_merged *m)
{
	char root[2 * MUN_TREE_HASH + 1];

	mun_hex(r->root, sizeof(r->root), root);
	mun_jsonw_object(w, NULL);
	mun_jsonw_text(w, "id", r->id);
	mun_jsonw_text(w, "label", r->label);
	mun_jsonw_text(w, "outcome", r->outcome);
	mun_jsonw_text(w, "format", r->format);
	mun_jsonw_u64(w, "bytes", r->bytes);
	mun_jsonw_u64(w, "unreadable_bytes", r->unreadable_bytes);
	mun_jsonw_u64(w, "doubtful_bytes", r->doubtful_bytes);
	if (*r->stopped)
		mun_jsonw_text(w, "stopped", r->stopped);
	mun_jsonw_bool(w, "damaged", r->damaged);
	mun_digests_json(w, "digests", &r->digests);
	mun_jsonw_text(w, "tree_root", root);
	mun_jsonw_text(w, "path", r->path);
	if (r->same_as[0])
		mun_jsonw_text(w, "same_as", r->same_as);
	if (*r->expected)
		mun_jsonw_text(w, "expected", r->expected);
	mun_jsonw_u64(w, "version", r->version);
	if (m && mun_merged_any(m))
		mun_merged_json(w, m);
	mun_jsonw_end_object(w);
}

void mun_ingested_text(const struct mun_ingest_result *r,
		       const struct mun_merged *m)
{
	char bytes[16];

	mun_human_bytes(r->bytes, bytes);
	(void)printf("%s  %s  %s, %s, %s\n", r->id, r->label, r->format, bytes,
		     r->outcome);
	if (r->unreadable_bytes)
		(void)printf("  %" PRIu64 " bytes could not be read\n",
			     r->unreadable_bytes);
	if (r->doubtful_bytes)
		(void)printf("  %" PRIu64
			     " bytes were read with a failed check\n",
			     r->doubtful_bytes);
	if (*r->stopped)
		(void)printf("  not all of it was tried: %s\n",
			     strcmp(r->stopped, "time") != 0
				     ? "--max-errors was reached"
				     : "--max-time was reached");
	if (r->damaged)
		(void)printf("  the image is damaged: see muniment show\n");
	if (*r->expected)
		(void)printf("  %s\n", strcmp(r->expected, "match") != 0
					       ? "not what was promised"
					       : "as promised");
	if (m && mun_merged_any(m))
		mun_merged_text(m);
	(void)printf("  stored in %s\n", r->path);
}

bool mun_ingested_refused(const struct mun_ingest_result *r)
{
	return !r->id[0] && r->expected && !strcmp(r->expected, "mismatch");
}

int mun_ingested_status(const struct mun_ingest_result *r)
{
	return r->unreadable_bytes || r->damaged ||
			       !strcmp(r->expected, "mismatch")
		       ? MUN_EXIT_DAMAGE
		       : MUN_EXIT_DONE;
}

void mun_ingested_known(const struct mun_ingest_result *r)
{
	if (r->same_as[0])
		mun_log(MUN_LOG_INFO,
			"%s has the same bytes as object %s; both are kept",
			r->id, r->same_as);
}

int mun_exit_worse(int a, int b)
{
	return a > b ? a : b;
}
