/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/batch_record.c - what became of a row, as JSON and back */
#include "ingest/batch_record.h"

#include "core/utf8.h"

#include <stdio.h>
#include <string.h>

#define VERSION 1

static const char *const states[MUN_ROW_STATES] = {
	[MUN_ROW_NONE] = "none",       [MUN_ROW_BEGUN] = "begun",
	[MUN_ROW_DONE] = "done",       [MUN_ROW_HELD] = "held",
	[MUN_ROW_SKIPPED] = "skipped", [MUN_ROW_FAILED] = "failed",
};

const char *mun_row_state_name(enum mun_row_state s)
{
	return states[s];
}

static void put_text(const json_t *o, const char *key, char *out, size_t size)
{
	const char *text = json_string_value(json_object_get(o, key));
	size_t len;

	(void)snprintf(out, size, "%s", text ? text : "");
	len = strlen(out);
	mun_utf8_trim(out, &len);
	out[len] = '\0';
}

static uint64_t number(const json_t *o, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(o, key));

	return n > 0 ? (uint64_t)n : 0;
}

bool mun_row_record_parse(const json_t *o, struct mun_row_record *r)
{
	char state[16];

	put_text(o, "state", state, sizeof(state));
	while (r->state < MUN_ROW_STATES && strcmp(states[r->state], state))
		r->state++;
	if (r->state == MUN_ROW_STATES ||
	    number(o, "muniment_batch_row") != VERSION)
		return false;
	r->line = number(o, "line");
	put_text(o, "source", r->source, sizeof(r->source));
	put_text(o, "label", r->label, sizeof(r->label));
	put_text(o, "object", r->object, sizeof(r->object));
	put_text(o, "other", r->other, sizeof(r->other));
	put_text(o, "kind", r->kind, sizeof(r->kind));
	put_text(o, "answer", r->answer, sizeof(r->answer));
	put_text(o, "reason", r->reason, sizeof(r->reason));
	put_text(o, "outcome", r->outcome, sizeof(r->outcome));
	put_text(o, "format", r->format, sizeof(r->format));
	put_text(o, "drive", r->drive, sizeof(r->drive));
	put_text(o, "started", r->started, sizeof(r->started));
	put_text(o, "ended", r->ended, sizeof(r->ended));
	r->damaged = json_is_true(json_object_get(o, "damaged"));
	r->bytes = number(o, "bytes");
	r->unreadable_bytes = number(o, "unreadable_bytes");
	r->doubtful_bytes = number(o, "doubtful_bytes");
	r->elapsed_ms = number(o, "elapsed_ms");
	return (!r->object[0] || mun_uuid_is(r->object)) &&
	       (!r->other[0] || mun_uuid_is(r->other)) &&
	       (r->state != MUN_ROW_BEGUN || r->object[0]);
}

void mun_row_record_json(struct mun_jsonw *w, const struct mun_row_record *r)
{
	mun_jsonw_object(w, NULL);
	mun_jsonw_u64(w, "muniment_batch_row", VERSION);
	mun_jsonw_text(w, "state", states[r->state]);
	mun_jsonw_u64(w, "line", r->line);
	mun_jsonw_text(w, "source", r->source);
	mun_jsonw_text(w, "label", r->label);
	mun_jsonw_text(w, "object", r->object);
	mun_jsonw_text(w, "other", r->other);
	mun_jsonw_text(w, "kind", r->kind);
	mun_jsonw_text(w, "answer", r->answer);
	mun_jsonw_text(w, "reason", r->reason);
	mun_jsonw_text(w, "outcome", r->outcome);
	mun_jsonw_bool(w, "damaged", r->damaged);
	mun_jsonw_text(w, "format", r->format);
	mun_jsonw_u64(w, "bytes", r->bytes);
	mun_jsonw_u64(w, "unreadable_bytes", r->unreadable_bytes);
	mun_jsonw_u64(w, "doubtful_bytes", r->doubtful_bytes);
	mun_jsonw_text(w, "drive", r->drive);
	mun_jsonw_text(w, "started", r->started);
	mun_jsonw_text(w, "ended", r->ended);
	mun_jsonw_u64(w, "elapsed_ms", r->elapsed_ms);
	mun_jsonw_end_object(w);
}
