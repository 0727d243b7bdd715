/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixity/par2_load.c - parity files of anyone, in whatever state, read
 *
 * First every file is searched for what looks like a packet.  Then the packets
 * are verified in the order in which they explain each other: Main gives the
 * slice size and the file's id, File Description its length, and with these the
 * length of the others is known before a byte of them is read.  What is there
 * more than once is there in case the first is damaged.
 */
#include "fixity/par2_int.h"

#include <inttypes.h>
#include <string.h>

#include "core/bytes.h"
#include "core/check.h"
#include "fixity/digest.h"

#define READ_BYTES ((size_t)1 << 20)
#define PIECE ((size_t)4096) /* what is tried where that cannot be read */
#define CANDIDATES_MAX 262144u
#define CRITICAL_MAX ((uint64_t)1 << 20) /* bytes of a critical packet */
#define EXPONENT_MAX 65534u /* the field has no more */

/* What looks like a packet. */
struct candidate {
	uint64_t off;
	uint64_t
		length; /* of all, as it says; at least a header, in the file */
	uint32_t file;
	bool intact; /* recovery blocks, once verified */
	uint32_t exponent;
	uint8_t md5[MUN_PAR2_ID];
	uint8_t set_id[MUN_PAR2_ID];
	uint8_t type[MUN_PAR2_ID];
};

struct load {
	struct mun_par2_set *set;
	struct mun_source *const *files;
	size_t nfiles;
	struct mun_par2_options opts;
	struct candidate *found;
	size_t n, room;
	uint8_t *buf; /* READ_BYTES + MUN_PAR2_HEADER */
	uint64_t budget; /* bytes that may still be hashed */
	bool any_read;
	struct mun_err unread; /* why nothing was, if nothing was */
};

/* Read what can be read; zeros stand for the rest. */
static int read_leniently(struct load *l, uint32_t file, uint8_t *buf,
			  size_t len, uint64_t off, struct mun_err *e)
{
	int rc = mun_source_pread(l->files[file], buf, len, off, e);

	if (!rc)
		l->any_read = true;
	if (!rc || !mun_par2_is_lost(rc))
		return rc;
	l->unread = *e;
	for (size_t i = 0; i < len; i += PIECE) {
		const size_t n = MUN_MIN(PIECE, len - i);

		rc = mun_source_pread(l->files[file], buf + i, n, off + i, e);
		if (rc && !mun_par2_is_lost(rc))
			return rc;
		if (rc)
			memset(buf + i, 0, n);
		else
			l->any_read = true;
	}
	return 0;
}

static int add(struct load *l, const struct candidate *c, struct mun_err *e)
{
	if (l->n == l->room) {
		const size_t room = l->room ? 2 * l->room : 256;
		struct candidate *more;

		more = realloc(l->found, room * sizeof(*more));
		if (!more)
			return mun_fail_nomem(e, "parity packets");
		l->found = more;
		l->room = room;
	}
	l->found[l->n++] = *c;
	return 0;
}

/* Does a packet begin at @off, or the file end there?  Then what led here tells
 * its length truly, and there is no need to search through it. */
static int is_boundary(struct load *l, uint32_t file, uint64_t off, bool *is,
		       struct mun_err *e)
{
	const uint64_t size = l->files[file]->size;
	uint8_t magic[sizeof(mun_par2_magic)];
	int rc = 0;

	*is = off == size;
	if (size - off < sizeof(magic))
		return 0;
	rc = read_leniently(l, file, magic, sizeof(magic), off, e);
	*is = !rc && !memcmp(magic, mun_par2_magic, sizeof(magic));
	return rc;
}

/* A header at byte @off; *@next is where to search on. */
static int take_header(struct load *l, uint32_t file, uint64_t off,
		       const uint8_t *h, uint64_t *next, struct mun_err *e)
{
	const uint64_t rest = l->files[file]->size - off;
	struct candidate c = { .off = off,
			       .length = mun_le64(h + 8),
			       .file = file };
	bool whole = false;
	int rc;

	*next = off + sizeof(mun_par2_magic);
	if (c.length < MUN_PAR2_HEADER || c.length % 4 || c.length > rest)
		return 0;
	memcpy(c.md5, h + 16, MUN_PAR2_ID);
	memcpy(c.set_id, h + 32, MUN_PAR2_ID);
	memcpy(c.type, h + 48, MUN_PAR2_ID);
	rc = add(l, &c, e);
	if (!rc)
		rc = is_boundary(l, file, off + c.length, &whole, e);
	if (!rc && whole)
		*next = off + c.length;
	return rc;
}

static int search_file(struct load *l, uint32_t file, struct mun_err *e)
{
	const uint64_t size = l->files[file]->size;
	uint64_t off = 0;
	int rc = 0;

	while (!rc && size - off >= MUN_PAR2_HEADER && l->n < CANDIDATES_MAX) {
		const size_t len = (size_t)MUN_MIN(
			size - off, (uint64_t)READ_BYTES + MUN_PAR2_HEADER - 1);
		uint64_t next = off + len - (MUN_PAR2_HEADER - 1);
		const uint8_t *at = l->buf;

		rc = mun_cancel_check(e);
		if (!rc)
			rc = read_leniently(l, file, l->buf, len, off, e);
		/* All that begin here and have their header here. */
		while (!rc) {
			const size_t left = len - (size_t)(at - l->buf);
			uint64_t here;

			if (left < MUN_PAR2_HEADER)
				break;
			at = memmem(at, left - (MUN_PAR2_HEADER - 1) + 7,
				    mun_par2_magic, sizeof(mun_par2_magic));
			if (!at)
				break;
			here = off + (size_t)(at - l->buf);
			rc = take_header(l, file, here, at, &here, e);
			if (here - off >= len) {
				next = here;
				break;
			}
			at = l->buf + (here - off);
		}
		off = MUN_MIN(next, size);
	}
	return rc;
}

static bool is(const struct candidate *c, const uint8_t *type)
{
	return !memcmp(c->type, type, MUN_PAR2_ID);
}

static bool is_ours(const struct load *l, const struct candidate *c,
		    const uint8_t *type)
{
	return is(c, type) && !memcmp(c->set_id, l->set->set_id, MUN_PAR2_ID);
}

/* The body of @c if it is what its MD5 says, else *@len_out is 0.  @body is the
 * caller's. */
static int read_body(struct load *l, const struct candidate *c, uint8_t **body,
		     size_t *len_out, struct mun_err *e)
{
	mun_autofree uint8_t *p = NULL;
	uint8_t md5[MUN_PAR2_ID];
	int rc;

	*len_out = 0;
	if (c->length > CRITICAL_MAX || c->length > l->budget)
		return 0;
	l->budget -= c->length;
	p = malloc((size_t)c->length);
	if (!p)
		return mun_fail_nomem(e, "parity packet");
	rc = read_leniently(l, c->file, p, (size_t)c->length, c->off, e);
	if (!rc)
		rc = mun_par2_md5(p + 32, (size_t)c->length - 32, md5, e);
	if (rc || memcmp(md5, c->md5, sizeof(md5)) != 0)
		return rc;
	*len_out = (size_t)c->length - MUN_PAR2_HEADER;
	memmove(p, p + MUN_PAR2_HEADER, *len_out);
	*body = mun_steal(&p);
	return 0;
}

static int parse_main(struct load *l, const struct candidate *c,
		      const uint8_t *body, size_t len, bool *done,
		      struct mun_err *e)
{
	struct mun_par2_set *set = l->set;
	uint8_t id[MUN_PAR2_ID];
	uint32_t files;
	int rc;

	if (len < 12)
		return 0;
	rc = mun_par2_md5(body, len, id, e);
	if (rc || memcmp(id, c->set_id, sizeof(id)) != 0)
		return rc;
	files = mun_le32(body + 8);
	if (files != 1 || len != 12 + MUN_PAR2_ID)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"a parity set of %zu files, %" PRIu32
				" of them with parity, where one is expected",
				(len - 12) / MUN_PAR2_ID, files);
	set->info.plan.slice_bytes = mun_le64(body);
	if (!set->info.plan.slice_bytes || set->info.plan.slice_bytes % 4 ||
	    set->info.plan.slice_bytes > INT64_MAX / 4)
		return mun_fail(e, MUN_ECORRUPT, "slices of %" PRIu64 " bytes",
				set->info.plan.slice_bytes);
	memcpy(set->set_id, id, sizeof(id));
	memcpy(set->file_id, body + 12, MUN_PAR2_ID);
	*done = true;
	return 0;
}

static int parse_file_desc(struct load *l, const struct candidate *c,
			   const uint8_t *body, size_t len, bool *done,
			   struct mun_err *e)
{
	struct mun_par2_info *info = &l->set->info;
	uint8_t id[MUN_PAR2_ID];
	size_t name_len = len - 56;
	uint64_t blocks;
	int rc;

	(void)c;
	if (len <= 56 || memcmp(body, l->set->file_id, MUN_PAR2_ID) != 0)
		return 0;
	/* Zeros pad the name, to the next multiple of 4. */
	while (name_len && !body[56 + name_len - 1])
		name_len--;
	info->plan.bytes = mun_le64(body + 48);
	rc = mun_par2_file_id(body + 32, info->plan.bytes, body + 56, name_len,
			      id, e);
	if (rc || memcmp(id, body, sizeof(id)) != 0)
		return rc;
	blocks = mun_par2_blocks(info->plan.bytes, info->plan.slice_bytes);
	if (!info->plan.bytes || info->plan.bytes > INT64_MAX ||
	    blocks > MUN_PAR2_BLOCKS_MAX)
		return mun_fail(e, MUN_ECORRUPT,
				"%" PRIu64 " bytes in slices of %" PRIu64,
				info->plan.bytes, info->plan.slice_bytes);
	info->plan.blocks = (uint32_t)blocks;
	memcpy(info->md5, body + 16, sizeof(info->md5));
	rc = mun_fmt(&l->set->name, e, "%.*s", (int)name_len, body + 56);
	if (rc)
		return rc;
	info->name = l->set->name;
	info->name_len = strlen(info->name);
	*done = true;
	return 0;
}

static int parse_slice_sums(struct load *l, const struct candidate *c,
			    const uint8_t *body, size_t len, bool *done,
			    struct mun_err *e)
{
	struct mun_par2_set *set = l->set;
	const uint32_t n = set->info.plan.blocks;

	(void)c;
	if (len != MUN_PAR2_ID + (size_t)n * MUN_PAR2_SUMS ||
	    memcmp(body, set->file_id, MUN_PAR2_ID) != 0)
		return 0;
	set->sums = calloc(n, sizeof(*set->sums));
	if (!set->sums)
		return mun_fail_nomem(e, "slice checksums");
	memcpy(set->sums, body + MUN_PAR2_ID, (size_t)n * MUN_PAR2_SUMS);
	*done = true;
	return 0;
}

static int parse_creator(struct load *l, const struct candidate *c,
			 const uint8_t *body, size_t len, bool *done,
			 struct mun_err *e)
{
	(void)c;
	*done = true;
	return mun_fmt(&l->set->creator, e, "%.*s", (int)len, body);
}

typedef int parse_fn(struct load *l, const struct candidate *c,
		     const uint8_t *body, size_t len, bool *done,
		     struct mun_err *e);

/* The first intact packet of @type that @parse is content with. */
static int find_packet(struct load *l, const uint8_t *type, bool of_set,
		       parse_fn *parse, bool *done, struct mun_err *e)
{
	int rc = 0;

	*done = false;
	for (size_t i = 0; !rc && !*done && i < l->n; i++) {
		const struct candidate *c = &l->found[i];
		mun_autofree uint8_t *body = NULL;
		size_t len;

		if (of_set ? !is_ours(l, c, type) : !is(c, type))
			continue;
		rc = read_body(l, c, &body, &len, e);
		if (!rc && len)
			rc = parse(l, c, body, len, done, e);
	}
	return rc;
}

static int find_critical(struct load *l, struct mun_err *e)
{
	static const struct {
		const uint8_t *type;
		parse_fn *parse;
		const char *title;
		bool of_set; /* which is not known before Main */
	} packets[] = {
		{ mun_par2_main, parse_main, "Main", false },
		{ mun_par2_file_desc, parse_file_desc, "File Description",
		  true },
		{ mun_par2_slice_sums, parse_slice_sums,
		  "Input File Slice Checksum", true },
	};
	bool done;

	for (size_t i = 0; i < MUN_COUNT(packets); i++) {
		int rc = find_packet(l, packets[i].type, packets[i].of_set,
				     packets[i].parse, &done, e);

		if (rc)
			return rc;
		if (!done && !l->any_read && l->unread.code) {
			*e = l->unread;
			return e->code;
		}
		if (!done)
			return mun_fail(e, MUN_ECORRUPT,
					"no intact %s packet is left",
					packets[i].title);
	}
	return find_packet(l, mun_par2_creator, true, parse_creator, &done, e);
}

/* Verify recovery block @task. */
static int verify_block(void *ctx, size_t task, unsigned int worker,
			struct mun_err *e)
{
	struct load *l = ctx;
	struct candidate *c = &l->found[task];
	struct mun_source *src = l->files[c->file];
	mun_autofree uint8_t *buf = malloc(READ_BYTES / 4);
	mun_auto(hasher) *md5 = NULL;
	struct mun_digests d = { 0 };
	uint64_t off = 32;
	int rc;

	(void)worker;
	if (!buf)
		return mun_fail_nomem(e, "buffer");
	rc = mun_cancel_check(e);
	if (!rc)
		rc = mun_hasher_new(MUN_DIGEST_BIT(MUN_MD5), &md5, e);
	while (!rc && off < c->length) {
		const size_t n = (size_t)MUN_MIN(c->length - off,
						 (uint64_t)READ_BYTES / 4);

		rc = mun_source_pread(src, buf, n, c->off + off, e);
		if (mun_par2_is_lost(rc))
			return 0; /* it is not intact, and that is all */
		if (!rc && off == 32)
			c->exponent = mun_le32(buf + MUN_PAR2_HEADER - 32);
		if (!rc)
			rc = mun_hasher_update(md5, buf, n, e);
		off += n;
	}
	if (!rc)
		rc = mun_hasher_final(md5, &d, e);
	c->intact = !rc && c->exponent <= EXPONENT_MAX &&
		    !memcmp(d.of[MUN_MD5].bytes, c->md5, sizeof(c->md5));
	return rc;
}

static int by_exponent(const void *a, const void *b)
{
	const struct mun_par2_block *x = a;
	const struct mun_par2_block *y = b;

	if (x->exponent != y->exponent)
		return x->exponent < y->exponent ? -1 : 1;
	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	return x->off < y->off ? -1 : x->off > y->off;
}

/* Keep of the candidates those that can be recovery blocks and that may still
 * be hashed: a hostile file could name itself whole a million times. */
static void keep_blocks(struct load *l)
{
	const uint64_t want =
		MUN_PAR2_RECOVERY_HEAD + l->set->info.plan.slice_bytes;
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		const struct candidate *c = &l->found[i];

		if (!is_ours(l, c, mun_par2_recovery))
			continue;
		if (c->length != want || c->length > l->budget) {
			l->set->info.recovery_damaged++;
			continue;
		}
		l->budget -= c->length;
		l->found[n++] = *c;
	}
	l->n = n;
}

static int find_blocks(struct load *l, struct mun_err *e)
{
	struct mun_par2_set *set = l->set;
	uint32_t n = 0;
	uint32_t unique = 0;
	int rc;

	keep_blocks(l);
	rc = mun_par2_each(l->opts.threads, l->n, verify_block, l, e);
	if (rc)
		return rc;
	set->recovery = calloc(l->n ? l->n : 1, sizeof(*set->recovery));
	if (!set->recovery)
		return mun_fail_nomem(e, "recovery blocks");
	for (size_t i = 0; i < l->n; i++) {
		const struct candidate *c = &l->found[i];

		if (!c->intact) {
			set->info.recovery_damaged++;
			continue;
		}
		set->recovery[n++] = (struct mun_par2_block){
			c->exponent, c->file, c->off + MUN_PAR2_RECOVERY_HEAD
		};
	}
	if (n)
		qsort(set->recovery, n, sizeof(*set->recovery), by_exponent);
	for (uint32_t i = 0; i < n; i++) {
		if (!i || set->recovery[i].exponent !=
				  set->recovery[unique - 1].exponent)
			set->recovery[unique++] = set->recovery[i];
	}
	set->info.plan.recovery = unique;
	return 0;
}

static int load(struct load *l, struct mun_err *e)
{
	uint64_t total = 0;
	int rc = 0;

	l->buf = malloc(READ_BYTES + MUN_PAR2_HEADER);
	if (!l->buf)
		return mun_fail_nomem(e, "buffer");
	for (size_t i = 0; i < l->nfiles; i++) {
		if (ckd_add(&total, total, l->files[i]->size) ||
		    total > INT64_MAX / 8)
			return mun_fail(e, MUN_ECORRUPT,
					"parity files are too large");
	}
	l->budget = 4 * total + CRITICAL_MAX;
	for (size_t i = 0; !rc && i < l->nfiles; i++)
		rc = search_file(l, (uint32_t)i, e);
	if (!rc)
		rc = find_critical(l, e);
	return rc ? rc : find_blocks(l, e);
}

int mun_par2_load(struct mun_source *const *files, size_t nfiles,
		  const struct mun_par2_options *opts,
		  struct mun_par2_set **out, struct mun_err *e)
{
	mun_auto(par2_set) *set = calloc(1, sizeof(*set));
	struct load l = { .set = set,
			  .files = files,
			  .nfiles = nfiles,
			  .opts = mun_par2_defaults(opts) };
	int rc;

	if (!set)
		return mun_fail_nomem(e, "parity set");
	set->files = calloc(nfiles ? nfiles : 1, sizeof(*set->files));
	if (!set->files)
		return mun_fail_nomem(e, "parity set");
	for (size_t i = 0; i < nfiles; i++)
		set->files[i] = files[i];
	rc = load(&l, e);
	set->info.creator = set->creator ? set->creator : "";
	free(l.buf);
	free(l.found);
	if (rc)
		return mun_ctx(e, "read the parity files");
	*out = mun_steal(&set);
	return 0;
}

const struct mun_par2_info *mun_par2_set_info(const struct mun_par2_set *set)
{
	return &set->info;
}

void mun_par2_set_free(struct mun_par2_set *set)
{
	if (!set)
		return;
	free(set->name);
	free(set->creator);
	free(set->sums);
	free(set->recovery);
	free(set->files);
	free(set);
}
