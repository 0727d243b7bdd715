/* SPDX-License-Identifier: Apache-2.0 */
/* cli/merged.h - what came of a merge, on the screen or as JSON */
#ifndef MUN_CLI_MERGED_H
#define MUN_CLI_MERGED_H

#include "cli/cli.h"
#include "ingest/merge.h"

/* Neighbouring sectors of which the same is to be said. */
struct mun_merged_run {
	uint64_t off; /* bytes */
	uint64_t bytes;
	uint64_t sectors;
	const char *because; /* lent for good */
	char *taken; /* owned */
	char *others;
};

struct mun_merged {
	struct mun_merge_summary sum;
	size_t n, room;
	struct mun_merged_run *runs; /* disagreements, by offset */
	uint32_t sector_bytes; /* of the first one */
};

/* Tell @env to note in @m what its merges find; @m outlives them. */
void mun_merged_note(struct mun_ingest_env *env, struct mun_merged *m);
void mun_merged_clear(struct mun_merged *m); /* before the next source, too */

/* Was there a merge? */
bool mun_merged_any(const struct mun_merged *m);

/* Member "merge" of the object; lines below it, at most some. */
void mun_merged_json(struct mun_jsonw *w, const struct mun_merged *m);
void mun_merged_text(const struct mun_merged *m);

/* Of a --dry-run: what would be filled, and where readings do not agree. */
int mun_merged_dry(const struct mun_cli *c, const struct mun_ingest_env *env,
		   const struct mun_ingest_request *q, struct mun_merged *m);

/* Damage, where something is still missing or doubtful, or readings do not
 * agree. */
int mun_merged_status(const struct mun_merged *m);

/* MUN_EXIT_USAGE for options that do not go with a merge, or need one; else 0.
 */
int mun_merged_usage(const struct mun_cli *c);

/* --merge and --prefer into @q; @id is room for the object's.  0 or an error.
 */
MUN_CHECK int mun_merged_request(const struct mun_cli *c,
				 const struct mun_repo *r,
				 struct mun_ingest_request *q,
				 char id[static MUN_UUID_LEN],
				 struct mun_err *e);

#endif
