/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/attempts.c - attempts.json: each run that read the medium */
#include "ingest/attempts.h"

#include "core/check.h"
#include "core/file.h"
#include "core/str.h"

#include <stdlib.h>
#include <string.h>

#define FILE_NAME "attempts.json"
#define FILE_MAX ((size_t)64 << 20)
#define VERSION 1

/*
 * One table for each kind of member, so that what is written is what is read.
 * Where in a struct mun_attempt it lies.
 */
struct member {
	const char *name;
	size_t at;
	size_t room; /* of texts */
};
#define AT(field) offsetof(struct mun_attempt, field)
#define NUMBER(name, field) \
	{ \
		name, AT(field), 0 \
	}
#define TEXT(name, field) \
	{ \
		name, AT(field), sizeof(((struct mun_attempt *)0)->field) \
	}
#define LAST \
	{ \
		NULL, 0, 0 \
	}

static const struct member run_texts[] = {
	TEXT("started", started),
	TEXT("ended", ended),
	LAST,
};
static const struct member run_flags[] = {
	NUMBER("interrupted", interrupted),
	LAST,
};
static const struct member run_numbers[] = {
	NUMBER("good_before", good_before),
	NUMBER("good_after", good_after),
	NUMBER("bad_after", bad_after),
	NUMBER("doubtful_after", doubtful_after),
	NUMBER("untried_after", untried_after),
	NUMBER("position", stats.pos),
	NUMBER("read_bytes", stats.read_bytes),
	NUMBER("reads", stats.reads),
	NUMBER("failed_reads", stats.failed_reads),
	NUMBER("slow_reads", stats.slow_reads),
	NUMBER("reopened", stats.reopened),
	NUMBER("corrected_sectors", stats.corrected),
	NUMBER("rate", stats.rate),
	NUMBER("elapsed_ms", stats.elapsed_ms),
	LAST,
};
static const struct member drive_texts[] = {
	TEXT("name", drive.name),       TEXT("vendor", drive.vendor),
	TEXT("model", drive.model),     TEXT("revision", drive.revision),
	TEXT("serial", drive.serial),   TEXT("wwid", drive.wwid),
	TEXT("bus", drive.bus),         TEXT("bridge", drive.bridge),
	TEXT("unasked", drive.unasked), LAST,
};
static const struct member drive_flags[] = {
	NUMBER("removable", drive.removable),
	NUMBER("kernel_readonly_before", drive.was_readonly),
	NUMBER("kernel_readonly", drive.is_readonly),
	NUMBER("disk_readonly", drive.disk_readonly),
	LAST,
};
static const struct member drive_numbers[] = {
	NUMBER("bytes", drive.bytes),
	NUMBER("disk_sequence", drive.disk_seq),
	NUMBER("native_sectors", drive.native_sectors),
	NUMBER("real_sectors", drive.real_sectors),
	LAST,
};
static const struct member drive_counts[] = {
	NUMBER("sector_size", drive.sector_bytes),
	NUMBER("physical_sector_size", drive.physical_bytes),
	NUMBER("partitions", drive.partitions),
	NUMBER("partitions_readonly", drive.partitions_readonly),
	LAST,
};
static const struct member policy_counts[] = {
	NUMBER("retries", policy.retries),
	LAST,
};
static const struct member policy_numbers[] = {
	NUMBER("max_time_ms", policy.max_time_ms),
	NUMBER("min_rate", policy.min_rate),
	NUMBER("max_errors", policy.max_errors),
	LAST,
};
static const struct member policy_flags[] = {
	NUMBER("no_scrape", policy.no_scrape),
	NUMBER("reverse", policy.reverse),
	LAST,
};

/* Words of the file: never rename. */
static const char *const phases[] = {
	[MUN_RESCUE_COPYING] = "copying",   [MUN_RESCUE_TRIMMING] = "trimming",
	[MUN_RESCUE_SCRAPING] = "scraping", [MUN_RESCUE_RETRYING] = "retrying",
	[MUN_RESCUE_ENDED] = "ended",
};
static const char *const stops[] = {
	[MUN_RESCUE_DONE] = "",
	[MUN_RESCUE_TIME] = "time",
	[MUN_RESCUE_ERRORS] = "errors",
	[MUN_RESCUE_AWAY] = "away",
};
static const char *const kinds[] = {
	[MUN_DEVICE_FILE] = "file",
	[MUN_DEVICE_DISK] = "disk",
	[MUN_DEVICE_FLOPPY] = "floppy",
	[MUN_DEVICE_OPTICAL] = "optical",
};
static const char *const tabs[] = {
	[MUN_TAB_UNKNOWN] = "",
	[MUN_TAB_PROTECTED] = "protected",
	[MUN_TAB_WRITABLE] = "writable",
};

static const void *at(const struct mun_attempt *a, size_t off)
{
	return (const char *)a + off;
}

static void *place(struct mun_attempt *a, size_t off)
{
	return (char *)a + off;
}

/* ---- writing ---- */

static void put_texts(struct mun_jsonw *w, const struct mun_attempt *a,
		      const struct member *m)
{
	for (; m->name; m++)
		mun_jsonw_text(w, m->name, at(a, m->at));
}

static void put_flags(struct mun_jsonw *w, const struct mun_attempt *a,
		      const struct member *m)
{
	for (; m->name; m++)
		mun_jsonw_bool(w, m->name, *(const bool *)at(a, m->at));
}

static void put_number(struct mun_jsonw *w, const char *name, uint64_t v)
{
	/* JSON numbers end there for most readers; "no end" is one of ours. */
	mun_jsonw_u64(w, name, MUN_MIN(v, (uint64_t)INT64_MAX));
}

static void put_numbers(struct mun_jsonw *w, const struct mun_attempt *a,
			const struct member *m)
{
	for (; m->name; m++)
		put_number(w, m->name, *(const uint64_t *)at(a, m->at));
}

static void put_counts(struct mun_jsonw *w, const struct mun_attempt *a,
		       const struct member *m)
{
	for (; m->name; m++)
		mun_jsonw_u64(w, m->name, *(const unsigned int *)at(a, m->at));
}

static void put_drive(struct mun_jsonw *w, const struct mun_attempt *a)
{
	mun_jsonw_object(w, "drive");
	mun_jsonw_text(w, "kind", kinds[a->drive.kind]);
	put_texts(w, a, drive_texts);
	put_numbers(w, a, drive_numbers);
	put_counts(w, a, drive_counts);
	put_flags(w, a, drive_flags);
	mun_jsonw_text(w, "write_protect_tab", tabs[a->drive.tab]);
	mun_jsonw_end_object(w);
}

static void put_policy(struct mun_jsonw *w, const struct mun_attempt *a)
{
	mun_jsonw_object(w, "policy");
	put_counts(w, a, policy_counts);
	put_numbers(w, a, policy_numbers);
	put_flags(w, a, policy_flags);
	mun_jsonw_end_object(w);
}

static void put_errors(struct mun_jsonw *w, const struct mun_rescue_stats *s)
{
	mun_jsonw_array(w, "errors");
	for (size_t i = 0; i < MUN_MIN(s->nerrors, MUN_COUNT(s->errors)); i++) {
		const struct mun_read_error *x = &s->errors[i];

		mun_jsonw_object(w, NULL);
		mun_jsonw_i64(w, "errno", x->sys);
		mun_jsonw_u64(w, "key", x->key);
		mun_jsonw_u64(w, "asc", x->asc);
		mun_jsonw_u64(w, "ascq", x->ascq);
		put_number(w, "count", x->count);
		put_number(w, "first_offset", x->first_off);
		mun_jsonw_end_object(w);
	}
	mun_jsonw_end_array(w);
}

static void put_attempt(struct mun_jsonw *w, const struct mun_attempt *a)
{
	mun_jsonw_object(w, NULL);
	put_texts(w, a, run_texts);
	put_flags(w, a, run_flags);
	mun_jsonw_text(w, "stopped", stops[a->stop]);
	mun_jsonw_text(w, "phase", phases[a->stats.phase]);
	mun_jsonw_u64(w, "pass", a->stats.pass);
	put_numbers(w, a, run_numbers);
	put_errors(w, &a->stats);
	put_policy(w, a);
	put_drive(w, a);
	mun_jsonw_end_object(w);
}

void mun_attempts_json(struct mun_jsonw *w, const struct mun_attempts *a)
{
	mun_jsonw_array(w, "attempts");
	for (size_t i = 0; i < a->n; i++)
		put_attempt(w, &a->of[i]);
	mun_jsonw_end_array(w);
}

int mun_attempts_save(const char *session_dir, const struct mun_attempts *a,
		      struct mun_err *e)
{
	mun_autofree char *text = NULL;
	struct mun_jsonw w;
	int rc;

	mun_jsonw_init(&w, NULL, true);
	mun_jsonw_object(&w, NULL);
	mun_jsonw_u64(&w, "muniment_attempts", VERSION);
	mun_attempts_json(&w, a);
	mun_jsonw_end_object(&w);
	rc = mun_jsonw_finish(&w, e);
	if (!rc)
		rc = mun_str_take(&w.out, &text, e);
	if (!rc)
		rc = mun_file_replace(session_dir, FILE_NAME, text,
				      strlen(text), e);
	mun_str_free(&w.out);
	return rc;
}

/* ---- reading: a member that is missing keeps its zero ---- */

static bool get_texts(const json_t *o, struct mun_attempt *a,
		      const struct member *m)
{
	for (; m->name; m++) {
		const json_t *v = json_object_get(o, m->name);
		const char *text = json_string_value(v);

		if (!v)
			continue;
		if (!text || json_string_length(v) != strlen(text) ||
		    strlen(text) >= m->room || !mun_text_is_clean(text, ""))
			return false;
		memcpy(place(a, m->at), text, strlen(text) + 1);
	}
	return true;
}

static bool get_flags(const json_t *o, struct mun_attempt *a,
		      const struct member *m)
{
	for (; m->name; m++) {
		const json_t *v = json_object_get(o, m->name);

		if (v && !json_is_boolean(v))
			return false;
		*(bool *)place(a, m->at) = json_is_true(v);
	}
	return true;
}

static bool get_number(const json_t *o, const char *name, uint64_t max,
		       uint64_t *out)
{
	const json_t *v = json_object_get(o, name);
	json_int_t n = json_integer_value(v);

	*out = 0;
	if (!v)
		return true;
	if (!json_is_integer(v) || n < 0 || (uint64_t)n > max)
		return false;
	*out = (uint64_t)n;
	return true;
}

static bool get_numbers(const json_t *o, struct mun_attempt *a,
			const struct member *m)
{
	for (; m->name; m++)
		if (!get_number(o, m->name, INT64_MAX, place(a, m->at)))
			return false;
	return true;
}

static bool get_counts(const json_t *o, struct mun_attempt *a,
		       const struct member *m)
{
	for (; m->name; m++) {
		uint64_t v;

		if (!get_number(o, m->name, UINT32_MAX, &v))
			return false;
		*(unsigned int *)place(a, m->at) = (unsigned int)v;
	}
	return true;
}

/* One of @n words; that of 0 where it is missing. */
static bool get_word(const json_t *o, const char *name,
		     const char *const *words, size_t n, unsigned int *out)
{
	const json_t *v = json_object_get(o, name);
	const char *text = json_string_value(v);

	*out = 0;
	if (!v)
		return true;
	for (size_t i = 0; text && i < n; i++) {
		if (!strcmp(words[i], text)) {
			*out = (unsigned int)i;
			return true;
		}
	}
	return false;
}

static bool get_drive(const json_t *run, struct mun_attempt *a)
{
	const json_t *o = json_object_get(run, "drive");
	unsigned int kind;
	unsigned int tab;

	if (!json_is_object(o) || !get_texts(o, a, drive_texts) ||
	    !get_numbers(o, a, drive_numbers) ||
	    !get_counts(o, a, drive_counts) || !get_flags(o, a, drive_flags) ||
	    !get_word(o, "kind", kinds, MUN_COUNT(kinds), &kind) ||
	    !get_word(o, "write_protect_tab", tabs, MUN_COUNT(tabs), &tab))
		return false;
	a->drive.kind = (enum mun_device_kind)kind;
	a->drive.tab = (enum mun_write_tab)tab;
	a->drive.is_device = a->drive.kind != MUN_DEVICE_FILE;
	return true;
}

static bool get_policy(const json_t *run, struct mun_attempt *a)
{
	const json_t *o = json_object_get(run, "policy");

	return json_is_object(o) && get_counts(o, a, policy_counts) &&
	       get_numbers(o, a, policy_numbers) &&
	       get_flags(o, a, policy_flags);
}

static bool get_error(const json_t *o, struct mun_read_error *x)
{
	uint64_t sys;
	uint64_t key;
	uint64_t asc;
	uint64_t ascq;

	if (!get_number(o, "errno", INT32_MAX, &sys) ||
	    !get_number(o, "key", UINT8_MAX, &key) ||
	    !get_number(o, "asc", UINT8_MAX, &asc) ||
	    !get_number(o, "ascq", UINT8_MAX, &ascq) ||
	    !get_number(o, "count", INT64_MAX, &x->count) ||
	    !get_number(o, "first_offset", INT64_MAX, &x->first_off))
		return false;
	x->sys = (int)sys;
	x->key = (uint8_t)key;
	x->asc = (uint8_t)asc;
	x->ascq = (uint8_t)ascq;
	return true;
}

static bool get_errors(const json_t *run, struct mun_rescue_stats *s)
{
	const json_t *list = json_object_get(run, "errors");
	size_t n = json_array_size(list);

	if (n > MUN_COUNT(s->errors))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!get_error(json_array_get(list, i), &s->errors[i]))
			return false;
	s->nerrors = n;
	return true;
}

static bool get_attempt(const json_t *o, struct mun_attempt *a)
{
	unsigned int phase;
	unsigned int stop;
	uint64_t pass;

	*a = (struct mun_attempt){ 0 };
	if (!json_is_object(o) || !get_texts(o, a, run_texts) ||
	    !get_flags(o, a, run_flags) || !get_numbers(o, a, run_numbers) ||
	    !get_word(o, "stopped", stops, MUN_COUNT(stops), &stop) ||
	    !get_word(o, "phase", phases, MUN_COUNT(phases), &phase) ||
	    !get_number(o, "pass", UINT32_MAX, &pass) ||
	    !get_errors(o, &a->stats) || !get_policy(o, a) || !get_drive(o, a))
		return false;
	a->stop = (enum mun_rescue_stop)stop;
	a->stats.phase = (enum mun_rescue_phase)phase;
	a->stats.pass = (unsigned int)pass;
	return true;
}

int mun_attempts_parse(const json_t *array, struct mun_attempts *out,
		       struct mun_err *e)
{
	size_t n = json_array_size(array);

	*out = (struct mun_attempts){ 0 };
	if (!json_is_array(array))
		return mun_fail(e, MUN_ECORRUPT, "no list of attempts");
	if (!n)
		return 0;
	out->of = calloc(n, sizeof(*out->of));
	if (!out->of)
		return mun_fail_nomem(e, "attempts");
	for (; out->n < n; out->n++) {
		if (get_attempt(json_array_get(array, out->n),
				&out->of[out->n]))
			continue;
		mun_attempts_clear(out);
		return mun_fail(e, MUN_ECORRUPT, "not an attempt");
	}
	return 0;
}

int mun_attempts_load(const char *session_dir, struct mun_attempts *out,
		      struct mun_err *e)
{
	mun_autofree char *path = NULL;
	mun_autofree char *text = NULL;
	mun_autojson json_t *doc = NULL;
	size_t len = 0;
	int rc = mun_path_join(session_dir, FILE_NAME, &path, e);

	*out = (struct mun_attempts){ 0 };
	if (!rc)
		rc = mun_file_read(path, FILE_MAX, &text, &len, e);
	if (rc == MUN_ENOENT) {
		mun_err_clear(e);
		return 0;
	}
	if (!rc)
		rc = mun_json_parse(text, len, &doc, e);
	if (!rc)
		rc = mun_attempts_parse(json_object_get(doc, "attempts"), out,
					e);
	return rc ? mun_ctx(e, "'%s'", path ? path : FILE_NAME) : 0;
}

void mun_attempts_clear(struct mun_attempts *a)
{
	free(a->of);
	*a = (struct mun_attempts){ 0 };
}
