/* SPDX-License-Identifier: Apache-2.0 */
/* catalog/record_reading.c - how a run of reading went, in a record */
#include "catalog/record.h"

#include "core/check.h"
#include "core/parse.h"

#include <string.h>

#define NUMBER(field) \
	{ \
#field, offsetof(struct mun_rec_reading, field) \
	}

/* In the order of table reading. */
const struct mun_rec_number mun_rec_reading_numbers[] = {
	NUMBER(bytes),     NUMBER(sector_bytes), NUMBER(good_before),
	NUMBER(good),      NUMBER(unreadable),   NUMBER(runout),
	NUMBER(doubtful),  NUMBER(untried),      NUMBER(read_bytes),
	NUMBER(reads),     NUMBER(failed_reads), NUMBER(slow_reads),
	NUMBER(corrected), NUMBER(reopened),     NUMBER(elapsed_ms),
	{ NULL, 0 },
};

bool mun_rec_stopped_is_known(const char *text)
{
	static const char *const words[] = {
		"",
		MUN_STOPPED_TIME,
		MUN_STOPPED_ERRORS,
		MUN_STOPPED_AWAY,
		MUN_STOPPED_INTERRUPTED,
	};

	for (size_t i = 0; i < MUN_COUNT(words); i++)
		if (!strcmp(text, words[i]))
			return true;
	return false;
}

const char *mun_rec_reading_outcome(const struct mun_rec_reading *x)
{
	if (x->unreadable || x->untried)
		return "partial";
	return x->doubtful ? "doubtful" : "complete";
}

struct mun_rec_reading *mun_event_add_reading(struct mun_record *r,
					      struct mun_rec_event *ev)
{
	struct mun_rec_reading *x = mun_arena_array(r->arena, 1, sizeof(*x));

	if (!x)
		return NULL;
	*x = (struct mun_rec_reading){ .drive = "", .stopped = "" };
	ev->reading = x;
	return x;
}

const struct mun_rec_reading *mun_record_reading(const struct mun_record *r)
{
	const struct mun_rec_event *last = NULL;

	for (size_t i = 0; i < r->nevents; i++) {
		const struct mun_rec_event *ev = &r->events[i];

		if (ev->reading &&
		    (!last || strcmp(ev->started, last->started) >= 0))
			last = ev;
	}
	return last ? last->reading : NULL;
}

uint64_t mun_record_doubtful_bytes(const struct mun_record *r)
{
	const char *text = mun_record_property(r, MUN_PROPERTY_DOUBTFUL);
	char digits[24];
	struct mun_err why;
	uint64_t bytes = 0;
	size_t n = text ? strspn(text, "0123456789") : 0;

	if (!n || n >= sizeof(digits))
		return 0;
	memcpy(digits, text, n);
	digits[n] = '\0';
	return mun_parse_u64(digits, 0, UINT64_MAX, &bytes, &why) ? 0 : bytes;
}
