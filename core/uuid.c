/* SPDX-License-Identifier: Apache-2.0 */
/* core/uuid.c - UUID version 7 (RFC 9562, section 5.7) */
#include "core/uuid.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "core/bytes.h"
#include "core/clock.h"
#include "core/parse.h"

/*
 * Section 6.2, method 2: within one millisecond (and while the clock stands or
 * runs backwards) the random bits are counted up, by a random step so that
 * nobody can guess the next one and a forked child does not make the same.
 *
 *   0  48  unix_ts_ms     48  4  version 7     52  12  high
 *  64   2  variant 10     66 62  low
 */
struct state {
	uint64_t ms;
	uint32_t high; /* 12 bits */
	uint64_t low; /* 62 bits */
	uint64_t made; /* for $MUNIMENT_TEST_UUID */
};

#define HIGH_MAX UINT32_C(0xfff)
#define LOW_MAX ((UINT64_C(1) << 62) - 1)
#define MS_MAX ((UINT64_C(1) << 48) - 1)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct state last;

static int random_bytes(void *out, size_t len, struct mun_err *e)
{
	uint8_t *p = out;

	while (len) {
		ssize_t n = getrandom(p, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return mun_fail(e, MUN_EIO, "no random numbers: %s",
					strerrordesc_np(n ? errno : EIO));
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Count up by @step, into the next millisecond when the bits are used up. */
static void step_up(struct state *s, uint32_t step)
{
	s->low += step;
	if (s->low <= LOW_MAX)
		return;
	s->low &= LOW_MAX;
	if (++s->high <= HIGH_MAX)
		return;
	s->high = 0;
	s->ms++;
}

static int next(struct state *s, uint64_t now, struct mun_err *e)
{
	const char *fixed = getenv("MUNIMENT_TEST_UUID");
	struct mun_err ignored;
	uint8_t bits[12];
	uint64_t start;
	int rc;

	if (fixed && !mun_parse_u64(fixed, 0, LOW_MAX / 2, &start, &ignored)) {
		if (now > s->ms)
			s->ms = now;
		s->high = 0;
		s->low = (start + s->made++) & LOW_MAX;
		return 0;
	}
	rc = random_bytes(bits, sizeof(bits), e);
	if (rc)
		return rc;
	if (now <= s->ms) {
		step_up(s, mun_be32(bits) | 1);
		return 0;
	}
	s->ms = now;
	/* The top bit stays free, so that counting up has room. */
	s->high = mun_be32(bits) & (HIGH_MAX >> 1);
	s->low = mun_be64(bits + 4) & LOW_MAX;
	return 0;
}

static void put_text(const struct state *s, char out[static MUN_UUID_LEN])
{
	uint64_t ms = s->ms & MS_MAX;
	uint64_t low = s->low & LOW_MAX;

	(void)snprintf(out, MUN_UUID_LEN, "%08x-%04x-%04x-%04x-%012jx",
		       (unsigned int)(ms >> 16), (unsigned int)(ms & 0xffff),
		       (unsigned int)(0x7000u | (s->high & HIGH_MAX)),
		       (unsigned int)(0x8000u | low >> 48),
		       (uintmax_t)(low & MS_MAX));
}

int mun_uuid_new(char out[static MUN_UUID_LEN], struct mun_err *e)
{
	int64_t now = mun_now_ms();
	int rc;

	(void)pthread_mutex_lock(&lock);
	rc = next(&last, now > 0 ? (uint64_t)now & MS_MAX : 0, e);
	if (!rc)
		put_text(&last, out);
	(void)pthread_mutex_unlock(&lock);
	return rc;
}

bool mun_uuid_is(const char *text)
{
	static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	for (size_t i = 0; shape[i]; i++) {
		bool hex = (text[i] >= '0' && text[i] <= '9') ||
			   (text[i] >= 'a' && text[i] <= 'f') ||
			   (text[i] >= 'A' && text[i] <= 'F');

		if (shape[i] == '-' ? text[i] != '-' : !hex)
			return false;
	}
	return text[sizeof(shape) - 1] == '\0';
}

void mun_object_urn(const char *id, char out[static MUN_URN_LEN])
{
	(void)snprintf(out, MUN_URN_LEN, "urn:uuid:%.36s", id);
}
