/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/par2_create.c - parity files come into being, both or neither
 *
 * The volume holds the recovery blocks, and between them copies of the packets
 * without which they are worth nothing; the index holds only those.  The volume
 * gets its name first: where there is an index, all is there.
 */
#include "fixity/par2_int.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "core/bytes.h"
#include "core/check.h"
#include "core/file.h"
#include "core/sys.h"
#include "fixity/digest.h"
#include "fixity/gf16.h"
#include "fixity/md5_many.h"
#include "fixity/par2_crc.h"

#define COPIES 5u /* of the packets that all need, in the volume */
#define READ_BYTES ((size_t)1 << 20)

/* What precedes the data of a recovery block in what its MD5 is of: set id,
 * type, exponent.  It is put in front of the row, see packet_sums(). */
#define SUMMED_HEAD (2 * MUN_PAR2_ID + 4)

struct create {
	struct mun_source *src;
	const struct mun_par2_plan *plan;
	const char *name;
	const char *creator;
	uint16_t *bases; /* of the slices */
	uint32_t *slices; /* 0, 1, 2 ... */
	uint8_t set_id[MUN_PAR2_ID];
	uint8_t file_id[MUN_PAR2_ID];
	uint8_t md5_16k[MUN_PAR2_ID];

	/* The MD5 of the file is one chain: of the batches as they come, where
	 * these are of whole slices, else of a reading of its own beside. */
	struct mun_hasher *md5;
	uint64_t md5_next; /* byte */
	uint8_t *md5_buf; /* READ_BYTES */
	uint32_t *md5_crc; /* of each slice, as that reading had it */
	bool whole;
	uint8_t md5_file[MUN_PAR2_ID];

	struct mun_md5_many *slice_md5;
	uint32_t *slice_crc;
	uint8_t (*slice_sums)[MUN_PAR2_ID];

	struct mun_md5_many *packet_md5;
	uint8_t (*packet_sums)[MUN_PAR2_ID];

	char *temp; /* the volume, until it has its name */
	int fd;
	size_t critical_bytes; /* of one copy of the packets that all need */
};

static uint16_t create_factor(void *ctx, uint32_t row, uint32_t slice)
{
	const struct create *c = ctx;

	return mun_gf16_pow(c->bases[slice], row);
}

/* CRC-32 of zeros that fill up the last slice. */
static uint32_t crc_padding(uint32_t crc, uint64_t bytes)
{
	static const uint8_t zeros[4096];

	while (bytes) {
		const size_t n = (size_t)MUN_MIN(bytes, sizeof(zeros));

		crc = mun_par2_crc(crc, zeros, n);
		bytes -= n;
	}
	return crc;
}

/* The CRC-32 of each slice that has a part of the @n bytes at md5_next. */
static void crc_reading(struct create *c, size_t n)
{
	const uint64_t slice_bytes = c->plan->slice_bytes;
	const uint8_t *p = c->md5_buf;

	while (n) {
		const uint64_t rest = slice_bytes - c->md5_next % slice_bytes;
		const size_t part = (size_t)MUN_MIN((uint64_t)n, rest);
		uint32_t *crc = &c->md5_crc[c->md5_next / slice_bytes];

		*crc = mun_par2_crc(*crc, p, part);
		c->md5_next += part;
		if (c->md5_next == c->plan->bytes)
			*crc = crc_padding(*crc, rest - part);
		p += part;
		n -= part;
	}
}

/* Of the next @bytes of the file, read here. */
static int md5_reading(struct create *c, uint64_t bytes, struct mun_err *e)
{
	int rc = 0;

	while (!rc && bytes) {
		const size_t n = (size_t)MUN_MIN(bytes, (uint64_t)READ_BYTES);

		rc = mun_source_pread(c->src, c->md5_buf, n, c->md5_next, e);
		if (!rc)
			rc = mun_hasher_update(c->md5, c->md5_buf, n, e);
		if (!rc)
			crc_reading(c, n);
		bytes -= n;
	}
	return rc;
}

/* What was summed up must be what has the MD5 that vouches for it. */
static int compare_readings(const struct create *c, struct mun_err *e)
{
	for (uint32_t i = 0; !c->whole && i < c->plan->blocks; i++) {
		if (c->md5_crc[i] != c->slice_crc[i])
			return mun_fail(e, MUN_EFIXITY,
					"slice %" PRIu32 " was read twice, "
					"with different bytes",
					i);
	}
	return 0;
}

static int md5_batch(void *ctx, const struct mun_par2_batch *b,
		     struct mun_err *e)
{
	struct create *c = ctx;
	const uint64_t rest = c->plan->bytes - c->md5_next;
	int rc = 0;

	if (!c->whole) {
		/* An equal share of each round, in whole buffers. */
		uint64_t share = c->plan->bytes / b->rounds / READ_BYTES + 1;

		share *= READ_BYTES;
		if (b->round + 1 == b->rounds)
			share = rest;
		return md5_reading(c, MUN_MIN(rest, share), e);
	}
	for (uint32_t i = 0; !rc && i < b->n; i++) {
		const uint64_t len = mun_par2_slice_len(c->plan, b->slices[i]);

		rc = mun_hasher_update(c->md5, b->data + i * b->stride,
				       (size_t)len, e);
		c->md5_next += len;
	}
	return rc;
}

/* MD5 and CRC-32 of some slices, as far as this column goes. */
static int slice_group(void *ctx, const struct mun_par2_batch *b,
		       uint32_t first, uint32_t n, struct mun_err *e)
{
	struct create *c = ctx;
	const uint8_t *data = b->data + first * b->stride;
	const uint32_t slice = b->slices[first];

	for (uint32_t i = 0; i < n; i++)
		c->slice_crc[slice + i] =
			mun_par2_crc(c->slice_crc[slice + i],
				     data + i * b->stride, b->bytes);
	if (b->off + b->bytes < c->plan->slice_bytes)
		return mun_md5_many_update(c->slice_md5, slice, n, data,
					   b->stride, b->bytes, e);
	return mun_md5_many_final(c->slice_md5, slice, n, data, b->stride,
				  b->bytes, c->slice_sums + slice, e);
}

/* Copies of the critical packets that stand before recovery block @i. */
static uint32_t copies_before(const struct mun_par2_plan *plan, uint32_t i)
{
	const uint64_t gaps = MUN_MIN(COPIES - 1, plan->recovery);

	/* Copy k stands before block k * recovery / gaps, the last at the
	 * end. */
	return (uint32_t)(i * gaps / plan->recovery + 1);
}

/* Where copy @k of the critical packets begins: it is the first of those that
 * are counted for the block that follows it. */
static uint32_t block_after_copy(const struct mun_par2_plan *plan, uint32_t k)
{
	const uint64_t gaps = MUN_MIN(COPIES - 1, plan->recovery);

	return (uint32_t)((k * (uint64_t)plan->recovery + gaps - 1) / gaps);
}

static uint64_t block_bytes(const struct create *c)
{
	return MUN_PAR2_RECOVERY_HEAD + c->plan->slice_bytes;
}

/* Where the packet of recovery block @i begins in the volume. */
static uint64_t block_place(const struct create *c, uint32_t i)
{
	return i * block_bytes(c) +
	       copies_before(c->plan, i) * (uint64_t)c->critical_bytes;
}

/*
 * A packet's MD5 runs from its set id on, which is 36 bytes before the data: so
 * these stand in front of the row, and of each column but the last 36 bytes are
 * left over and stand in front of the next.
 */
static int packet_sums(struct create *c, const struct mun_par2_sum *s,
		       uint32_t first, uint32_t n, struct mun_err *e)
{
	uint8_t *data = mun_par2_row(s, first) - SUMMED_HEAD;
	int rc;

	for (uint32_t i = first; i < first + n && !s->off; i++) {
		uint8_t *head = mun_par2_row(s, i) - SUMMED_HEAD;

		memcpy(head, c->set_id, MUN_PAR2_ID);
		memcpy(head + MUN_PAR2_ID, mun_par2_recovery, MUN_PAR2_ID);
		mun_put_le32(head + (size_t)2 * MUN_PAR2_ID, i);
	}
	if (s->off + s->bytes == c->plan->slice_bytes)
		return mun_md5_many_final(c->packet_md5, first, n, data,
					  s->stride, SUMMED_HEAD + s->bytes,
					  c->packet_sums + first, e);
	rc = mun_md5_many_update(c->packet_md5, first, n, data, s->stride,
				 s->bytes, e);
	for (uint32_t i = 0; i < n; i++)
		memcpy(data + i * s->stride, data + i * s->stride + s->bytes,
		       SUMMED_HEAD);
	return rc;
}

struct output {
	struct create *c;
	const struct mun_par2_sum *s;
};

static int output_group(void *ctx, size_t task, unsigned int worker,
			struct mun_err *e)
{
	const struct output *o = ctx;
	const struct mun_par2_sum *s = o->s;
	struct create *c = o->c;
	const uint32_t first = (uint32_t)task * MUN_MD5_LANES;
	const uint32_t n = MUN_MIN(s->nrows - first, MUN_MD5_LANES);
	const size_t room =
		(s->bytes + MUN_GF16_UNIT - 1) / MUN_GF16_UNIT * MUN_GF16_UNIT;
	int rc = 0;

	(void)worker;
	for (uint32_t i = first; !rc && i < first + n; i++) {
		mun_gf16_join(mun_par2_row(s, i), room);
		rc = mun_pwrite_all(
			c->fd, mun_par2_row(s, i), s->bytes,
			block_place(c, i) + MUN_PAR2_RECOVERY_HEAD + s->off, e);
	}
	return rc ? rc : packet_sums(c, s, first, n, e);
}

static int output_column(void *ctx, struct mun_par2_sum *s, struct mun_err *e)
{
	struct output o = { ctx, s };

	return mun_par2_each(s->opts.threads,
			     (s->nrows + MUN_MD5_LANES - 1) / MUN_MD5_LANES,
			     output_group, &o, e);
}

static int check_arguments(const struct mun_source *src, const char *name,
			   const struct mun_par2_plan *p, struct mun_err *e)
{
	const size_t len = strlen(name);

	if (!len || len > MUN_PAR2_NAME_MAX || strchr(name, '/'))
		return mun_fail(e, MUN_EINVAL, "'%s' cannot be a file's name",
				name);
	if (p->bytes != src->size)
		return mun_fail(e, MUN_EINVAL,
				"parity planned for %" PRIu64
				" bytes, not for %" PRIu64,
				p->bytes, src->size);
	if (!p->bytes)
		return 0;
	if (!p->slice_bytes || p->slice_bytes % 4 ||
	    p->slice_bytes > INT64_MAX ||
	    mun_par2_blocks(p->bytes, p->slice_bytes) != p->blocks ||
	    p->blocks > MUN_PAR2_BLOCKS_MAX || !p->recovery ||
	    p->recovery > MUN_PAR2_BLOCKS_MAX ||
	    p->slice_bytes > INT64_MAX / 2 / p->recovery)
		return mun_fail(e, MUN_EINVAL,
				"%" PRIu32 " slices of %" PRIu64
				" bytes and %" PRIu32 " recovery blocks",
				p->blocks, p->slice_bytes, p->recovery);
	return 0;
}

static int need_memory(struct create *c, struct mun_err *e)
{
	const uint32_t n = c->plan->blocks;
	int rc;

	c->bases = calloc(n, sizeof(*c->bases));
	c->slices = calloc(n, sizeof(*c->slices));
	c->slice_crc = calloc(n, sizeof(*c->slice_crc));
	c->md5_crc = calloc(n, sizeof(*c->md5_crc));
	c->slice_sums = calloc(n, sizeof(*c->slice_sums));
	c->packet_sums = calloc(c->plan->recovery, sizeof(*c->packet_sums));
	c->md5_buf = malloc(READ_BYTES);
	if (!c->bases || !c->slices || !c->slice_crc || !c->md5_crc ||
	    !c->slice_sums || !c->packet_sums || !c->md5_buf)
		return mun_fail_nomem(e, "parity");
	mun_gf16_bases(c->bases, n);
	for (uint32_t i = 0; i < n; i++)
		c->slices[i] = i;
	rc = mun_hasher_new(MUN_DIGEST_BIT(MUN_MD5), &c->md5, e);
	if (!rc)
		rc = mun_md5_many_new(n, &c->slice_md5, e);
	return rc ? rc : mun_md5_many_new(c->plan->recovery, &c->packet_md5, e);
}

/* Body of the Main packet: slice size, number of files, their ids. */
static void main_body(const struct create *c, uint8_t out[static 28])
{
	mun_put_le32(out, (uint32_t)c->plan->slice_bytes);
	mun_put_le32(out + 4, (uint32_t)(c->plan->slice_bytes >> 32));
	mun_put_le32(out + 8, 1);
	memcpy(out + 12, c->file_id, MUN_PAR2_ID);
}

/* All ids follow from the name, the length and the first 16 KiB. */
static int find_ids(struct create *c, struct mun_err *e)
{
	const size_t n =
		(size_t)MUN_MIN(c->plan->bytes, (uint64_t)MUN_PAR2_16K);
	uint8_t body[28];
	int rc;

	rc = mun_source_pread(c->src, c->md5_buf, n, 0, e);
	if (!rc)
		rc = mun_par2_md5(c->md5_buf, n, c->md5_16k, e);
	if (!rc)
		rc = mun_par2_file_id(c->md5_16k, c->plan->bytes, c->name,
				      strlen(c->name), c->file_id, e);
	main_body(c, body);
	return rc ? rc : mun_par2_md5(body, sizeof(body), c->set_id, e);
}

static int file_desc(const struct create *c, struct mun_str *out,
		     struct mun_err *e)
{
	struct mun_str body = { 0 };
	uint8_t length[8];
	int rc;

	mun_put_le32(length, (uint32_t)c->plan->bytes);
	mun_put_le32(length + 4, (uint32_t)(c->plan->bytes >> 32));
	mun_str_add_bytes(&body, c->file_id, MUN_PAR2_ID);
	mun_str_add_bytes(&body, c->md5_file, MUN_PAR2_ID);
	mun_str_add_bytes(&body, c->md5_16k, MUN_PAR2_ID);
	mun_str_add_bytes(&body, length, sizeof(length));
	mun_str_add(&body, c->name);
	rc = body.failed ? mun_fail_nomem(e, "parity packet")
			 : mun_par2_packet(out, c->set_id, mun_par2_file_desc,
					   body.text, body.len, e);
	mun_str_free(&body);
	return rc;
}

static int slice_sums(const struct create *c, struct mun_str *out,
		      struct mun_err *e)
{
	struct mun_str body = { 0 };
	int rc;

	mun_str_add_bytes(&body, c->file_id, MUN_PAR2_ID);
	for (uint32_t i = 0; i < c->plan->blocks; i++) {
		uint8_t crc[4];

		mun_put_le32(crc, c->slice_crc[i]);
		mun_str_add_bytes(&body, c->slice_sums[i], MUN_PAR2_ID);
		mun_str_add_bytes(&body, crc, sizeof(crc));
	}
	rc = body.failed ? mun_fail_nomem(e, "parity packet")
			 : mun_par2_packet(out, c->set_id, mun_par2_slice_sums,
					   body.text, body.len, e);
	mun_str_free(&body);
	return rc;
}

/* The packets that all need.  Their length is known before their bytes. */
static int critical(const struct create *c, struct mun_str *out,
		    struct mun_err *e)
{
	uint8_t body[28];
	int rc;

	main_body(c, body);
	rc = mun_par2_packet(out, c->set_id, mun_par2_main, body, sizeof(body),
			     e);
	if (!rc)
		rc = file_desc(c, out, e);
	if (!rc)
		rc = slice_sums(c, out, e);
	return rc ? rc
		  : mun_par2_packet(out, c->set_id, mun_par2_creator,
				    c->creator, strlen(c->creator), e);
}

static int open_temp(struct create *c, const char *dir, struct mun_err *e)
{
	static atomic_uint counter;

	for (;;) {
		int rc;

		free(c->temp);
		c->temp = NULL;
		rc = mun_fmt(&c->temp, e, "%s/.muniment-par2-%jd-%u.tmp", dir,
			     (intmax_t)getpid(), atomic_fetch_add(&counter, 1));
		if (rc)
			return rc;
		c->fd = mun_sys.open(c->temp,
				     O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
					     O_NOFOLLOW,
				     0666);
		if (c->fd >= 0)
			return 0;
		/* Left by a killed process that had our number: try on. */
		if (errno != EEXIST) {
			rc = mun_fail_sys(e, errno, "create '%s'", c->temp);
			free(c->temp);
			c->temp = NULL;
			return rc;
		}
	}
}

/* All that precedes the data of recovery block @i. */
static int write_head(const struct create *c, uint32_t i, struct mun_err *e)
{
	uint8_t head[MUN_PAR2_RECOVERY_HEAD];
	const uint64_t total = block_bytes(c);

	memcpy(head, mun_par2_magic, sizeof(mun_par2_magic));
	mun_put_le32(head + 8, (uint32_t)total);
	mun_put_le32(head + 12, (uint32_t)(total >> 32));
	memcpy(head + 16, c->packet_sums[i], MUN_PAR2_ID);
	memcpy(head + 32, c->set_id, MUN_PAR2_ID);
	memcpy(head + 48, mun_par2_recovery, MUN_PAR2_ID);
	mun_put_le32(head + MUN_PAR2_HEADER, i);
	return mun_pwrite_all(c->fd, head, sizeof(head), block_place(c, i), e);
}

/* What is still missing in the volume between the blocks' data. */
static int fill_in(const struct create *c, const struct mun_str *packets,
		   struct mun_err *e)
{
	const uint32_t copies = copies_before(c->plan, c->plan->recovery);
	int rc = 0;

	for (uint32_t i = 0; !rc && i < c->plan->recovery; i++)
		rc = write_head(c, i, e);
	for (uint32_t k = 0; !rc && k < copies; k++) {
		const uint32_t after = block_after_copy(c->plan, k);

		rc = mun_pwrite_all(
			c->fd, packets->text, packets->len,
			after * block_bytes(c) + k * (uint64_t)packets->len, e);
	}
	return rc;
}

static int sum_up(struct create *c, const struct mun_par2_options *opts,
		  struct mun_err *e)
{
	struct mun_par2_sum s = {
		.src = c->src,
		.plan = c->plan,
		.slices = c->slices,
		.nslices = c->plan->blocks,
		.nrows = c->plan->recovery,
		.opts = mun_par2_defaults(opts),
		.phase = "parity",
		.ctx = c,
		.factor = create_factor,
		.end = output_column,
		.beside = md5_batch,
		.group = slice_group,
	};
	struct mun_digests d = { 0 };
	int rc;

	c->whole = mun_par2_sum_shape(&s);
	rc = mun_par2_sum_run(&s, e);
	if (!rc)
		rc = compare_readings(c, e);
	if (!rc)
		rc = mun_hasher_final(c->md5, &d, e);
	if (!rc)
		memcpy(c->md5_file, d.of[MUN_MD5].bytes, MUN_PAR2_ID);
	return rc;
}

/* Everything into the temporary file, and its descriptor closed. */
static int fill_volume(struct create *c, const struct mun_par2_options *opts,
		       struct mun_str *packets, struct mun_err *e)
{
	int rc;

	rc = critical(c, packets, e);
	c->critical_bytes = packets->len;
	if (!rc)
		rc = sum_up(c, opts, e);
	/* Once more, now with all digests. */
	packets->len = 0;
	if (!rc)
		rc = critical(c, packets, e);
	if (!rc)
		rc = fill_in(c, packets, e);
	if (!rc && mun_sys.fsync(c->fd))
		rc = mun_fail_sys(e, errno, "sync '%s'", c->temp);
	/* A close error on a written file is a lost write. */
	if (mun_sys.close(c->fd) && !rc)
		rc = mun_fail_sys(e, errno, "close '%s'", c->temp);
	c->fd = -1;
	return rc;
}

/* Give the volume its name, and write the index. */
static int publish(const struct create *c, const char *dir,
		   const struct mun_str *packets,
		   const struct mun_par2_created *out, struct mun_err *e)
{
	mun_autofree char *volume = NULL;
	struct mun_err ignored;
	int rc;

	rc = mun_path_join(dir, out->files[1].name, &volume, e);
	if (rc)
		return rc;
	if (mun_sys.rename_new(c->temp, volume))
		return mun_fail_sys(e, errno, "give '%s' its name", volume);
	/* It makes the folder durable, and so the volume's name. */
	rc = mun_file_write_new(dir, out->files[0].name, packets->text,
				packets->len, e);
	if (rc) {
		(void)mun_sys.unlink(volume);
		(void)!mun_dir_sync(dir, &ignored);
	}
	return rc;
}

static void name_files(const struct create *c, struct mun_par2_created *out)
{
	struct mun_par2_file *f = out->files;

	out->nfiles = 2;
	(void)snprintf(f[0].name, sizeof(f[0].name), "%s.par2", c->name);
	(void)snprintf(f[1].name, sizeof(f[1].name),
		       "%s.vol000+%03" PRIu32 ".par2", c->name,
		       c->plan->recovery);
	f[0].bytes = c->critical_bytes;
	f[1].bytes = c->plan->recovery * block_bytes(c) +
		     copies_before(c->plan, c->plan->recovery) *
			     (uint64_t)c->critical_bytes;
}

static int create(struct create *c, const char *dir,
		  const struct mun_par2_options *opts,
		  struct mun_par2_created *out, struct mun_err *e)
{
	struct mun_str packets = { 0 };
	int rc;

	rc = need_memory(c, e);
	if (!rc)
		rc = find_ids(c, e);
	if (!rc)
		rc = open_temp(c, dir, e);
	if (!rc) {
		rc = fill_volume(c, opts, &packets, e);
		name_files(c, out);
		if (!rc)
			rc = publish(c, dir, &packets, out, e);
		if (rc)
			(void)mun_sys.unlink(c->temp);
	}
	mun_str_free(&packets);
	return rc;
}

static void clear(struct create *c)
{
	free(c->bases);
	free(c->slices);
	free(c->slice_crc);
	free(c->md5_crc);
	free(c->slice_sums);
	free(c->packet_sums);
	free(c->md5_buf);
	free(c->temp);
	mun_hasher_free(c->md5);
	mun_md5_many_free(c->slice_md5);
	mun_md5_many_free(c->packet_md5);
}

int mun_par2_create(struct mun_source *src, const char *name,
		    const char *creator, const struct mun_par2_plan *plan,
		    const char *dir, const struct mun_par2_options *opts,
		    struct mun_par2_created *out, struct mun_err *e)
{
	struct create c = { .src = src,
			    .plan = plan,
			    .name = name,
			    .creator = creator,
			    .fd = -1 };
	int rc;

	*out = (struct mun_par2_created){ 0 };
	rc = check_arguments(src, name, plan, e);
	if (!rc && !plan->bytes)
		return mun_par2_md5("", 0, out->md5, e);
	if (!rc)
		rc = create(&c, dir, opts, out, e);
	if (rc)
		*out = (struct mun_par2_created){ 0 };
	else
		memcpy(out->md5, c.md5_file, sizeof(out->md5));
	clear(&c);
	return rc ? mun_ctx(e, "make parity of '%s'", name) : 0;
}
