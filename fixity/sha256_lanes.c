/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/sha256_lanes.c - choose and prove how messages are hashed abreast */
#include "fixity/sha256_lanes.h"

#include "core/check.h"
#include "core/log.h"
#include "fixity/digest_evp.h"
#include "fixity/sha256_paths.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define ENVIRONMENT "MUNIMENT_SHA256"
#define OPENSSL_NAME "openssl"
#define RACE_MESSAGES 48u /* whole groups of every path */
#define RACE_BYTES 512u
#define RACE_LAPS 8
#define TEST_MESSAGES 17u /* one more than the widest path has lanes */

const uint32_t mun_sha256_k[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
	0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
	0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
};

const uint32_t mun_sha256_start[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372,
				       0xa54ff53a, 0x510e527f, 0x9b05688c,
				       0x1f83d9ab, 0x5be0cd19 };

const struct mun_sha256_path *const mun_sha256_paths[] = {
#if defined(__x86_64__)
	&mun_sha256_ni,
	&mun_sha256_avx512,
	&mun_sha256_avx2,
#elif defined(__aarch64__)
	&mun_sha256_armv8,
#endif
	NULL,
};

/* The examples that NIST gives for FIPS 180-4 (SHA256.pdf) and its test vector
 * of 896 bits: one block, two blocks, two blocks and the padding's own. */
static const struct example {
	const char *text;
	uint8_t want[MUN_SHA256_BYTES];
} examples[] = {
	{ "abc",
	  { 0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
	    0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
	    0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad } },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	  { 0x24, 0x8d, 0x6a, 0x61, 0xd2, 0x06, 0x38, 0xb8, 0xe5, 0xc0, 0x26,
	    0x93, 0x0c, 0x3e, 0x60, 0x39, 0xa3, 0x3c, 0xe4, 0x59, 0x64, 0xff,
	    0x21, 0x67, 0xf6, 0xec, 0xed, 0xd4, 0x19, 0xdb, 0x06, 0xc1 } },
	{ "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
	  "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
	  { 0xcf, 0x5b, 0x16, 0xa7, 0x78, 0xaf, 0x83, 0x80, 0x03, 0x6c, 0xe5,
	    0x9e, 0x7b, 0x04, 0x92, 0x37, 0x0b, 0x24, 0x9b, 0x11, 0xe8, 0xf0,
	    0x7a, 0x51, 0xaf, 0xac, 0x45, 0x03, 0x7a, 0xfe, 0xe9, 0xd1 } },
};

/* @n messages, the example as number @at; the others must not have its answer,
 * but all of them one and the same. */
static bool gives(const struct mun_sha256_path *path, const struct example *x,
		  size_t n, size_t at)
{
	uint8_t data[TEST_MESSAGES * 128];
	uint8_t out[TEST_MESSAGES][MUN_SHA256_BYTES];
	const size_t other = at ? 0 : n - 1;
	const size_t len = strlen(x->text);

	memset(data, 'z', sizeof(data));
	memset(out, 0, sizeof(out));
	memcpy(data + at * len, x->text, len);
	path->hash(data, len, len, n, out);
	for (size_t i = 0; i < n; i++) {
		const void *want = i == at ? x->want : out[other];

		if (memcmp(out[i], want, MUN_SHA256_BYTES) != 0)
			return false;
	}
	return n == 1 || memcmp(out[other], x->want, MUN_SHA256_BYTES) != 0;
}

bool mun_sha256_path_works(const struct mun_sha256_path *path)
{
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		for (size_t n = 1; n <= TEST_MESSAGES; n++) {
			for (size_t at = 0; at < n; at++) {
				if (!gives(path, &examples[i], n, at))
					return false;
			}
		}
	}
	return true;
}

static const struct mun_sha256_path *
find(const struct mun_sha256_path *const *paths, const char *name)
{
	for (; *paths; paths++) {
		if (!strcmp((*paths)->name, name))
			return (*paths)->can() ? *paths : NULL;
	}
	return NULL;
}

static int64_t now_ns(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Nanoseconds for some short messages, at its best. */
static int64_t lap(const struct mun_sha256_path *path)
{
	uint8_t data[RACE_MESSAGES * RACE_BYTES] = { 0 };
	uint8_t out[RACE_MESSAGES][MUN_SHA256_BYTES];
	int64_t best = INT64_MAX;

	for (int i = 0; i < RACE_LAPS; i++) {
		int64_t ns = now_ns();

		path->hash(data, RACE_BYTES, RACE_BYTES, RACE_MESSAGES, out);
		ns = now_ns() - ns;
		best = MUN_MIN(best, ns);
	}
	return best;
}

/* Which is fastest differs: SHA instructions or vectors of 512 bits win on
 * processors that have both, by a factor of 1.6 either way. */
static const struct mun_sha256_path *
fastest(const struct mun_sha256_path *const *paths)
{
	const struct mun_sha256_path *first = NULL;
	int64_t best = INT64_MAX;

	for (; *paths; paths++) {
		int64_t ns;

		if (!(*paths)->can())
			continue;
		ns = lap(*paths);
		if (!first || ns < best) {
			first = *paths;
			best = ns;
		}
	}
	return first;
}

/* @path, or NULL where it errs: code that was miscompiled, or a unit that
 * fails, must never vouch for bytes. */
static const struct mun_sha256_path *prove(const struct mun_sha256_path *path)
{
	if (!path || mun_sha256_path_works(path))
		return path;
	mun_log(MUN_LOG_WARN,
		"SHA-256 by '%s' does not give the standard's answers on this "
		"processor: OpenSSL is used instead",
		path->name);
	return NULL;
}

struct mun_sha256_plan
mun_sha256_choose(const struct mun_sha256_path *const *paths,
		  const char *wanted)
{
	struct mun_sha256_plan plan = { NULL, NULL };

	if (wanted && !strcmp(wanted, OPENSSL_NAME))
		return plan;
	if (wanted) {
		plan.path = find(paths, wanted);
		if (plan.path) {
			plan.path = prove(plan.path);
			return plan;
		}
		mun_log(MUN_LOG_WARN,
			ENVIRONMENT "='%s' is not known, or not there on this "
				    "processor: the fastest is taken",
			wanted);
	}
	plan.path = prove(fastest(paths));
	if (plan.path && plan.path != paths[0] && paths[0]->can() &&
	    !paths[0]->worth_alone)
		plan.few = prove(paths[0]);
	return plan;
}

/* Chosen once; a test may put another in its place while nothing hashes. */
static struct mun_sha256_plan automatic;
static struct mun_sha256_plan in_use;
static pthread_once_t chosen = PTHREAD_ONCE_INIT;

static void choose(void)
{
	const char *wanted = getenv(ENVIRONMENT);

	automatic = mun_sha256_choose(mun_sha256_paths,
				      wanted && *wanted ? wanted : NULL);
	in_use = automatic;
}

const char *mun_sha256_lanes_name(void)
{
	(void)pthread_once(&chosen, choose);
	return in_use.path ? in_use.path->name : OPENSSL_NAME;
}

bool mun_sha256_lanes_force(const char *name)
{
	struct mun_sha256_plan plan = { NULL, NULL };

	(void)pthread_once(&chosen, choose);
	if (!name) {
		plan = automatic;
	} else if (strcmp(name, OPENSSL_NAME) != 0) {
		plan.path = find(mun_sha256_paths, name);
		if (!plan.path || !mun_sha256_path_works(plan.path))
			return false;
	}
	in_use = plan;
	return true;
}

static int one_by_one(const uint8_t *msg, size_t stride, size_t len, size_t n,
		      uint8_t (*out)[MUN_SHA256_BYTES], struct mun_err *e)
{
	EVP_MD_CTX *ctx;
	const EVP_MD *md;
	int rc;

	rc = mun_digest_evp(MUN_SHA256, &md, e);
	if (rc)
		return rc;
	ctx = EVP_MD_CTX_new();
	if (!ctx)
		return mun_fail_nomem(e, "digest context");
	for (size_t i = 0; !rc && i < n; i++) {
		if (EVP_DigestInit_ex2(ctx, i ? NULL : md, NULL) != 1 ||
		    EVP_DigestUpdate(ctx, msg + stride * i, len) != 1 ||
		    EVP_DigestFinal_ex(ctx, out[i], NULL) != 1)
			rc = mun_fail(e, MUN_EUNSUPPORTED,
				      "OpenSSL failed in SHA-256");
	}
	EVP_MD_CTX_free(ctx);
	return rc;
}

/* How many of @n messages the path is to do: all but a rest of few. */
static size_t share(const struct mun_sha256_plan *plan, size_t n)
{
	const struct mun_sha256_path *p = plan->path;
	const size_t worth = plan->few ? p->worth_beside : p->worth_alone;
	const size_t rest = n % p->lanes;

	return rest < worth ? n - rest : n;
}

int mun_sha256_lanes(const void *first, size_t stride, size_t len, size_t n,
		     uint8_t (*out)[MUN_SHA256_BYTES], struct mun_err *e)
{
	const uint8_t *msg = first;
	size_t done = 0;

	(void)pthread_once(&chosen, choose);
	if (in_use.path) {
		done = share(&in_use, n);
		in_use.path->hash(msg, stride, len, done, out);
	}
	if (done == n)
		return 0;
	msg += stride * done;
	if (!in_use.few)
		return one_by_one(msg, stride, len, n - done, out + done, e);
	in_use.few->hash(msg, stride, len, n - done, out + done);
	return 0;
}
