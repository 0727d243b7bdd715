/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/prove.c - start a package headless and see whether it runs */
#include "emulate-export/prove.h"

#include <stdio.h>
#include <string.h>

#include "core/clock.h"

const char *mun_proof_name(enum mun_proof_result r)
{
	static const char *const names[] = {
		[MUN_PROOF_NOT_ASKED] = "not asked",
		[MUN_PROOF_NOT_PROVED] = "not proved",
		[MUN_PROOF_FAILED] = "failed",
		[MUN_PROOF_PROVED] = "proved",
	};

	return names[r];
}

int mun_prove(const struct mun_proof_request *q, struct mun_proof *out,
	      struct mun_err *e)
{
	(void)e;
	memset(out, 0, sizeof(*out));
	out->started_ms = out->ended_ms = mun_now_ms();
	out->result = MUN_PROOF_NOT_PROVED;
	(void)snprintf(out->text, sizeof(out->text),
		       "%s cannot be started without a person",
		       q->target->title);
	return 0;
}
