/* SPDX-License-Identifier: Apache-2.0 */
/* fixity/par2.c - plans, packets, and tasks for several threads */
#include "fixity/par2_int.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>

#include "core/bytes.h"
#include "core/check.h"
#include "fixity/digest.h"
#include "fixity/verify.h"

const uint8_t mun_par2_magic[8] = "PAR2\0PKT";
const uint8_t mun_par2_main[MUN_PAR2_ID] = "PAR 2.0\0Main\0\0\0";
const uint8_t mun_par2_file_desc[MUN_PAR2_ID] = "PAR 2.0\0FileDesc";
const uint8_t mun_par2_slice_sums[MUN_PAR2_ID] = "PAR 2.0\0IFSC\0\0\0";
const uint8_t mun_par2_recovery[MUN_PAR2_ID] = "PAR 2.0\0RecvSlic";
const uint8_t mun_par2_creator[MUN_PAR2_ID] = "PAR 2.0\0Creator";

#define KIB UINT64_C(1024)
#define PAGE (4 * KIB) /* what disks lose at a time, and files begin at */
#define SLICE_USUAL (64 * KIB)
#define SLICES_MANY 2000u
#define SLICES_FEW 20u

static uint64_t round_up(uint64_t v, uint64_t to)
{
	return (v + to - 1) / to * to;
}

/* docs/parity.md tells why. */
static uint64_t choose_slice(uint64_t bytes)
{
	uint64_t slice;

	if (bytes <= PAGE)
		return round_up(bytes, 4);
	if (bytes < SLICES_FEW * SLICE_USUAL)
		return round_up(round_up(bytes, SLICES_FEW) / SLICES_FEW, PAGE);
	slice = round_up(round_up(bytes, SLICES_MANY) / SLICES_MANY, PAGE);
	return MUN_MAX(slice, SLICE_USUAL);
}

uint64_t mun_par2_blocks(uint64_t bytes, uint64_t slice_bytes)
{
	return bytes / slice_bytes + (bytes % slice_bytes != 0);
}

int mun_par2_plan(uint64_t bytes, unsigned int percent,
		  struct mun_par2_plan *out, struct mun_err *e)
{
	uint64_t blocks;

	*out = (struct mun_par2_plan){ 0 };
	if (percent < 1 || percent > 100)
		return mun_fail(e, MUN_EINVAL, "%u %% of parity", percent);
	if (bytes > INT64_MAX)
		return mun_fail(e, MUN_EINVAL, "a file of %" PRIu64 " bytes",
				bytes);
	if (!bytes)
		return 0;
	out->bytes = bytes;
	out->slice_bytes = choose_slice(bytes);
	blocks = mun_par2_blocks(bytes, out->slice_bytes);
	out->blocks = (uint32_t)blocks;
	out->recovery = (uint32_t)((blocks * percent + 99) / 100);
	return 0;
}

uint64_t mun_par2_slice_len(const struct mun_par2_plan *plan, uint32_t i)
{
	const uint64_t rest = plan->bytes - i * plan->slice_bytes;

	return MUN_MIN(rest, plan->slice_bytes);
}

struct mun_par2_options mun_par2_defaults(const struct mun_par2_options *opts)
{
	struct mun_par2_options o = { 0 };

	if (opts)
		o = *opts;
	if (!o.memory)
		o.memory = MUN_PAR2_MEMORY;
	o.memory = MUN_MAX(o.memory, MUN_PAR2_MEMORY_MIN);
	o.threads = mun_verify_threads(o.threads);
	return o;
}

int mun_par2_md5(const void *data, size_t len, uint8_t out[static MUN_PAR2_ID],
		 struct mun_err *e)
{
	struct mun_digests d;
	int rc;

	rc = mun_digest_memory(MUN_DIGEST_BIT(MUN_MD5), data, len, &d, e);
	if (!rc)
		memcpy(out, d.of[MUN_MD5].bytes, MUN_PAR2_ID);
	return rc;
}

int mun_par2_packet(struct mun_str *out,
		    const uint8_t set_id[static MUN_PAR2_ID],
		    const uint8_t type[static MUN_PAR2_ID], const void *body,
		    size_t len, struct mun_err *e)
{
	static const char zeros[4];
	uint8_t header[MUN_PAR2_HEADER] = { 0 };
	const size_t start = out->len;
	const size_t padding = -len & 3;
	const uint64_t total = MUN_PAR2_HEADER + len + padding;

	memcpy(header, mun_par2_magic, sizeof(mun_par2_magic));
	mun_put_le32(header + 8, (uint32_t)total);
	mun_put_le32(header + 12, (uint32_t)(total >> 32));
	memcpy(header + 32, set_id, MUN_PAR2_ID);
	memcpy(header + 48, type, MUN_PAR2_ID);
	mun_str_add_bytes(out, header, sizeof(header));
	mun_str_add_bytes(out, body, len);
	mun_str_add_bytes(out, zeros, padding);
	if (out->failed)
		return mun_fail_nomem(e, "parity packet");
	return mun_par2_md5(out->text + start + 32, out->len - start - 32,
			    (uint8_t *)out->text + start + 16, e);
}

int mun_par2_file_id(const uint8_t md5_16k[static MUN_PAR2_ID], uint64_t bytes,
		     const void *name, size_t name_len,
		     uint8_t out[static MUN_PAR2_ID], struct mun_err *e)
{
	struct mun_str s = { 0 };
	uint8_t length[8];
	int rc;

	mun_put_le32(length, (uint32_t)bytes);
	mun_put_le32(length + 4, (uint32_t)(bytes >> 32));
	mun_str_add_bytes(&s, md5_16k, MUN_PAR2_ID);
	mun_str_add_bytes(&s, length, sizeof(length));
	mun_str_add_bytes(&s, name, name_len);
	rc = s.failed ? mun_fail_nomem(e, "file id")
		      : mun_par2_md5(s.text, s.len, out, e);
	mun_str_free(&s);
	return rc;
}

/* Under @lock: all but the first line. */
struct each {
	mun_par2_task_fn *fn;
	void *ctx;
	size_t n;
	pthread_mutex_t lock;
	size_t next;
	unsigned int workers;
	struct mun_err err;
};

static bool take(struct each *w, size_t *task)
{
	bool go;

	pthread_mutex_lock(&w->lock);
	go = !w->err.code && w->next < w->n;
	if (go)
		*task = w->next++;
	pthread_mutex_unlock(&w->lock);
	return go;
}

static void work(void *ctx)
{
	struct each *w = ctx;
	unsigned int worker;
	size_t task;

	pthread_mutex_lock(&w->lock);
	worker = w->workers++;
	pthread_mutex_unlock(&w->lock);
	while (take(w, &task)) {
		struct mun_err err;

		if (!w->fn(w->ctx, task, worker, &err))
			continue;
		pthread_mutex_lock(&w->lock);
		if (!w->err.code)
			w->err = err;
		pthread_mutex_unlock(&w->lock);
	}
}

int mun_par2_each(unsigned int threads, size_t n, mun_par2_task_fn *fn,
		  void *ctx, struct mun_err *e)
{
	struct each w = {
		.fn = fn, .ctx = ctx, .n = n, .lock = PTHREAD_MUTEX_INITIALIZER
	};

	mun_verify_crew((unsigned int)MUN_MIN((size_t)threads, n), work, &w);
	pthread_mutex_destroy(&w.lock);
	if (w.err.code)
		*e = w.err;
	return w.err.code;
}
