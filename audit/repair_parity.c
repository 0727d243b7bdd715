/* SPDX-License-Identifier: Apache-2.0 */
/* audit/repair_parity.c - pieces of a damaged file out of its PAR2 files */
#include <inttypes.h>
#include <string.h>

#include "audit/repair_file.h"
#include "core/check.h"
#include "fixity/par2.h"

/*
 * The file as far as it is known: each piece from where it was found intact,
 * the others as the damaged file has them (their intact slices still count).
 */
struct patched {
	struct mun_source src;
	const struct mun_repair_file *x;
};

static struct mun_source *origin_of(const struct mun_repair_file *x, uint64_t n)
{
	uint32_t o = x->origin[n];

	return o >= MUN_ORIGIN_STORE ? x->from[o - MUN_ORIGIN_STORE] : x->old;
}

static int patched_pread(struct mun_source *s, void *buf, size_t len,
			 uint64_t off, struct mun_err *e)
{
	const struct patched *p = (const struct patched *)s;
	uint8_t *out = buf;

	while (len) {
		uint64_t n = off / MUN_TREE_PIECE;
		size_t part = (size_t)MUN_MIN((uint64_t)len,
					      (n + 1) * MUN_TREE_PIECE - off);
		struct mun_source *from = origin_of(p->x, n);
		int rc;

		if (!from || off >= from->size || part > from->size - off)
			return mun_fail(e, MUN_EIO, "not there");
		rc = mun_source_pread(from, out, part, off, e);
		if (rc)
			return rc;
		out += part;
		off += part;
		len -= part;
	}
	return 0;
}

static void patched_close(struct mun_source *s)
{
	(void)s;
}

/* The parity files of one store, opened. */
struct parity {
	size_t n;
	struct mun_source **files;
	struct mun_par2_set *set;
};

static void close_parity(struct parity *p)
{
	mun_par2_set_free(p->set);
	for (size_t i = 0; i < p->n; i++)
		mun_source_close(p->files[i]);
	free(p->files);
	*p = (struct parity){ 0 };
}

/* "image/disk.img.par2" and "image/disk.img.vol000+200.par2"; those of an older
 * version's master lie beside it. */
static bool is_parity_of(const struct mun_rec_file *p,
			 const struct mun_rec_file *f)
{
	size_t len = strlen(f->path);
	size_t whole = strlen(p->path);

	return (!strcmp(p->role, MUN_ROLE_PARITY) ||
		!mun_rec_file_is_current(p)) &&
	       !strncmp(p->path, f->path, len) && p->path[len] == '.' &&
	       whole > len + 5 && !strcmp(p->path + whole - 5, ".par2");
}

static int open_parity(struct mun_repair_file *x, const struct mun_holding *h,
		       struct parity *p, struct mun_err *e)
{
	int rc;

	*p = (struct parity){ 0 };
	p->files = calloc(x->r->nfiles + 1, sizeof(struct mun_source *));
	if (!p->files)
		return mun_fail_nomem(e, "parity");
	for (size_t i = 0; i < x->r->nfiles; i++) {
		struct mun_err why;

		/* One that is gone may be one too many, or not. */
		if (is_parity_of(&x->r->files[i], x->f) &&
		    !mun_holding_open_file(h, x->urn, x->r->files[i].path,
					   MUN_READ_CACHED, &p->files[p->n],
					   &why))
			p->n++;
	}
	if (!p->n)
		rc = mun_fail(e, MUN_ENOENT, "there are no parity files");
	else
		rc = mun_par2_load(p->files, p->n, NULL, &p->set, e);
	if (!rc && mun_par2_set_info(p->set)->plan.bytes != x->f->tree.bytes)
		rc = mun_fail(e, MUN_ECORRUPT,
			      "the parity is that of a file of another size");
	if (rc)
		close_parity(p);
	return rc;
}

/* Where repaired bytes go: over what the damaged file had. */
static int put_repaired(void *ctx, uint64_t off, const void *data, size_t len,
			struct mun_err *e)
{
	struct mun_repair_file *x = ctx;
	int rc = x->mend ? mun_mend_write(x->mend, data, len, off, e) : 0;

	if (rc)
		x->write_err = *e;
	return rc;
}

static int write_old(struct mun_repair_file *x, struct mun_err *e)
{
	int rc = 0;

	for (uint64_t n = 0; x->mend && n < x->npieces && !rc; n++) {
		if (x->origin[n] != MUN_ORIGIN_NONE)
			continue;
		mun_repair_read_old(x, n);
		rc = mun_mend_write(x->mend, x->buf,
				    mun_repair_piece_bytes(x, n),
				    n * MUN_TREE_PIECE, e);
	}
	return rc;
}

static size_t lost_ranges(const struct mun_repair_file *x,
			  struct mun_par2_range *out)
{
	size_t n = 0;

	for (uint64_t i = 0; i < x->npieces; i++)
		if (x->origin[i] == MUN_ORIGIN_NONE)
			out[n++] = (struct mun_par2_range){
				i * MUN_TREE_PIECE, mun_repair_piece_bytes(x, i)
			};
	return n;
}

/* Parity gave all of it back: the commit compares every piece once more. */
static void all_found(struct mun_repair_file *x)
{
	for (uint64_t i = 0; i < x->npieces; i++)
		if (x->origin[i] == MUN_ORIGIN_NONE)
			x->origin[i] = MUN_ORIGIN_PARITY;
	x->left = 0;
}

static void too_little(struct mun_repair_file *x, struct mun_par2_damage *d)
{
	x->parity_why.len = 0;
	mun_str_addf(&x->parity_why,
		     "%" PRIu32 " slices are damaged and parity lacks %" PRIu32
		     " blocks",
		     d->blocks, d->lacking);
	free(x->slices);
	x->slices = d->ranges;
	x->nslices = d->nranges;
	d->ranges = NULL;
	d->nranges = 0;
}

static int solve(struct mun_repair_file *x, const struct parity *p,
		 struct mun_err *e)
{
	static const struct mun_source_ops ops = {
		.pread = patched_pread,
		.close = patched_close,
	};
	mun_autofree struct mun_par2_range *where =
		calloc((size_t)x->left + 1, sizeof(*where));
	struct patched src = { { &ops, x->f->tree.bytes }, x };
	const struct mun_par2_options opts = { .progress = x->k->progress };
	struct mun_par2_damage d = { 0 };
	size_t n;
	int rc;

	if (!where)
		return mun_fail_nomem(e, "parity");
	n = lost_ranges(x, where);
	rc = write_old(x, e);
	if (rc)
		x->write_err = *e;
	else
		rc = mun_par2_repair(p->set, &src.src, where, n, &opts,
				     put_repaired, x, &d, e);
	if (!rc)
		all_found(x);
	else if (rc == MUN_EFIXITY && d.lacking)
		too_little(x, &d);
	mun_par2_damage_clear(&d);
	return rc;
}

static bool is_final(int rc)
{
	return rc == MUN_ECANCELLED || rc == MUN_ENOMEM;
}

int mun_repair_from_parity(struct mun_repair_file *x, struct mun_err *e)
{
	struct mun_err first = { 0 };

	for (size_t i = 0; x->left && i <= x->k->holdings->n; i++) {
		/* This store's own parity first. */
		const struct mun_holding *h =
			i ? &x->k->holdings->of[i - 1] : x->h;
		struct parity p;
		struct mun_err why;
		int rc;

		if (!h->place || (i && h == x->h))
			continue;
		rc = open_parity(x, h, &p, &why);
		if (!rc) {
			rc = solve(x, &p, &why);
			close_parity(&p);
		}
		if (x->write_err.code)
			why = x->write_err;
		if (is_final(rc) || x->write_err.code) {
			*e = why;
			return why.code;
		}
		if (rc && (!first.code || first.code == MUN_ENOENT))
			first = why;
	}
	if (x->left && first.code && !x->parity_why.len) {
		char text[512];

		mun_str_add(&x->parity_why,
			    mun_err_text(&first, text, sizeof(text), 0));
	}
	return 0;
}
