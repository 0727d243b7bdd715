/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_chd.c - compressed hunks of data (MAME): hard disks, CDs, DVDs */
#include "image/fmt_chd.h"

#include "core/bytes.h"
#include "core/check.h"
#include "core/str.h"
#include "image/disc.h"
#include "image/driver.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define META_MAX 4096u /* pieces, each of at most META_BYTES */
#define META_BYTES 65536u
/* Hunks whose map is read and checked by open(). */
#define MAP_AT_ONCE ((uint64_t)1 << 18)
#define CACHE_BYTES ((size_t)16 << 20)

static const char magic[8] = "MComprHD";

static int chd_bid(struct mun_source *src, const char *file_name)
{
	(void)file_name;
	return mun_peek_is(src, 0, magic, sizeof(magic)) ? MUN_BID_CHECKED
							 : MUN_BID_NO;
}

int mun_chd_walk_meta(struct mun_chd *c, mun_chd_meta_fn *fn, void *ctx,
		      struct mun_err *e)
{
	mun_autofree uint8_t *data = malloc(META_BYTES);
	uint64_t off = c->meta_off;
	uint64_t size = c->img->src->size;
	int rc = 0;

	if (!data)
		return mun_fail_nomem(e, "metadata");
	for (unsigned int n = 0; !rc && off; n++) {
		uint8_t head[16];
		uint32_t len;

		if (n == META_MAX || off > size || size - off < sizeof(head))
			return mun_fail(e, MUN_ECORRUPT,
					"metadata at byte %" PRIu64
					" of a file of %" PRIu64,
					off, size);
		rc = mun_source_pread(c->img->src, head, sizeof(head), off, e);
		if (rc)
			return rc;
		len = mun_be32(head + 4) & 0xffffffu;
		if (len > META_BYTES || len > size - off - sizeof(head))
			return mun_fail(e, MUN_ECORRUPT,
					"%u bytes of metadata at byte %" PRIu64,
					len, off);
		rc = mun_source_pread(c->img->src, data, len,
				      off + sizeof(head), e);
		if (!rc)
			rc = fn(c, ctx, mun_be32(head), data, len, e);
		off = mun_be64(head + 8);
	}
	return rc;
}

/* ---- hunks ---- */

static int read_packed(struct mun_chd *c, const struct mun_chd_entry *x,
		       uint8_t *buf, struct mun_err *e)
{
	mun_autofree uint8_t *packed = malloc(x->len ? x->len : 1);
	int rc;

	if (!packed)
		return mun_fail_nomem(e, "hunk");
	rc = mun_source_pread(c->img->src, packed, x->len, mun_chd_off(x), e);
	return rc ? rc
		  : mun_chd_decode(c, c->codecs[x->type], packed, x->len, buf,
				   e);
}

static int read_parent(struct mun_chd *c, const struct mun_chd_entry *x,
		       uint8_t *buf, struct mun_err *e)
{
	struct mun_chd *parent = c->parent ? c->parent->priv : NULL;
	uint64_t off;

	if (!parent)
		return mun_fail(e, MUN_ECORRUPT, "a hunk of a parent");
	if (ckd_mul(&off, mun_chd_off(x), (uint64_t)c->unit_bytes) ||
	    off > parent->bytes)
		return mun_fail(e, MUN_ECORRUPT,
				"a hunk at unit %" PRIu64 " of the parent",
				mun_chd_off(x));
	memset(buf, 0, c->hunk_bytes);
	return mun_chd_bytes(
		parent, buf,
		(size_t)MUN_MIN((uint64_t)c->hunk_bytes, parent->bytes - off),
		off, e);
}

static int read_hunk(struct mun_chd *c, uint64_t number, uint8_t *buf,
		     struct mun_err *e)
{
	const struct mun_chd_entry *x = &c->map[number];
	int rc = 0;

	/* The map has been checked: that one is itself. */
	if (x->type == MUN_CHD_SELF)
		x = &c->map[mun_chd_off(x)];
	switch (x->type) {
	case MUN_CHD_PLAIN:
		rc = mun_source_pread(c->img->src, buf, c->hunk_bytes,
				      mun_chd_off(x), e);
		break;
	case MUN_CHD_PARENT:
		return read_parent(c, x, buf, e);
	case MUN_CHD_ZERO:
		memset(buf, 0, c->hunk_bytes);
		return 0;
	default:
		rc = read_packed(c, x, buf, e);
		break;
	}
	if (!rc && c->codecs[0] &&
	    mun_chd_crc16(0xffff, buf, c->hunk_bytes) != x->crc)
		rc = mun_fail(e, MUN_ECORRUPT, "its CRC-16 does not fit");
	return rc;
}

int mun_chd_need_map(struct mun_chd *c, struct mun_err *e)
{
	int rc = 0;

	if (atomic_load(&c->mapped))
		return 0;
	(void)pthread_mutex_lock(&c->lock);
	if (!atomic_load(&c->mapped)) {
		rc = mun_chd_read_map(c, e);
		if (rc) {
			free(c->map);
			c->map = NULL;
		} else {
			atomic_store(&c->mapped, true);
		}
	}
	(void)pthread_mutex_unlock(&c->lock);
	return rc;
}

int mun_chd_hunk(struct mun_chd *c, uint64_t number, uint8_t *buf,
		 struct mun_err *e)
{
	int rc = mun_chd_need_map(c, e);

	if (!rc)
		rc = read_hunk(c, number, buf, e);

	return rc ? mun_ctx(e, "hunk %" PRIu64, number) : 0;
}

static int fill(void *ctx, struct mun_cached *b, struct mun_err *e)
{
	struct mun_chd *c = ctx;

	b->len = c->hunk_bytes;
	return mun_chd_hunk(c, b->key, b->data, e);
}

static int part_of_hunk(struct mun_chd *c, uint8_t *to, size_t n, uint64_t off,
			struct mun_err *e)
{
	const struct mun_cached *b = NULL;
	int rc = mun_blockcache_get(c->cache, off / c->hunk_bytes, &b, e);

	if (rc)
		return rc;
	memcpy(to, b->data + off % c->hunk_bytes, n);
	mun_blockcache_put(c->cache, b);
	return 0;
}

int mun_chd_bytes(struct mun_chd *c, void *buf, size_t len, uint64_t off,
		  struct mun_err *e)
{
	uint8_t *to = buf;
	int rc = 0;

	if (off > c->hunks * c->hunk_bytes ||
	    len > c->hunks * c->hunk_bytes - off)
		return mun_fail(e, MUN_ECORRUPT,
				"byte %" PRIu64 " is after the last hunk", off);
	while (!rc && len) {
		size_t at = (size_t)(off % c->hunk_bytes);
		size_t n = MUN_MIN(len, c->hunk_bytes - at);

		/* A whole hunk goes where it is wanted. */
		if (n == c->hunk_bytes)
			rc = mun_chd_hunk(c, off / c->hunk_bytes, to, e);
		else
			rc = part_of_hunk(c, to, n, off, e);
		to += n;
		off += n;
		len -= n;
	}
	return rc;
}

/* ---- opening ---- */

static int read_head(struct mun_chd *c, const uint8_t h[static MUN_CHD_HEAD],
		     struct mun_err *e)
{
	for (size_t i = 0; i < 4; i++)
		c->codecs[i] = mun_be32(h + 16 + 4 * i);
	c->bytes = mun_be64(h + 32);
	c->map_off = mun_be64(h + 40);
	c->meta_off = mun_be64(h + 48);
	c->hunk_bytes = mun_be32(h + 56);
	c->unit_bytes = mun_be32(h + 60);
	memcpy(c->raw_sha1, h + 64, sizeof(c->raw_sha1));
	memcpy(c->sha1, h + 84, sizeof(c->sha1));
	memcpy(c->parent_sha1, h + 104, sizeof(c->parent_sha1));
	if (!c->hunk_bytes || c->hunk_bytes > MUN_CHD_HUNK_MAX ||
	    !c->unit_bytes || c->hunk_bytes % c->unit_bytes)
		return mun_fail(e, MUN_ECORRUPT,
				"hunks of %u bytes and units of %u",
				c->hunk_bytes, c->unit_bytes);
	if (c->bytes > (uint64_t)INT64_MAX - c->hunk_bytes)
		return mun_fail(e, MUN_ECORRUPT, "%" PRIu64 " bytes", c->bytes);
	c->hunks = (c->bytes + c->hunk_bytes - 1) / c->hunk_bytes;
	for (size_t i = 0; i < 4; i++)
		if (c->codecs[i] && !mun_chd_knows(c->codecs[i]))
			return mun_fail(e, MUN_EUNSUPPORTED,
					"hunks of codec %08x", c->codecs[i]);
	return 0;
}

static bool is_set(const uint8_t sha1[static 20])
{
	static const uint8_t none[20];

	return memcmp(sha1, none, sizeof(none)) != 0;
}

static int find_parent(struct mun_chd *c, struct mun_err *e)
{
	struct mun_image *p = c->img->parent;
	const struct mun_chd *parent;
	char hex[41];

	if (!is_set(c->parent_sha1))
		return 0;
	mun_hex(c->parent_sha1, sizeof(c->parent_sha1), hex);
	if (!p)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"it is a difference to the CHD of SHA-1 %s: "
				"name that with --parent",
				hex);
	if (p->driver != c->img->driver || !p->priv)
		return mun_fail(e, MUN_EINVAL, "the parent is no CHD");
	parent = p->priv;
	if (memcmp(parent->sha1, c->parent_sha1, sizeof(parent->sha1)) != 0)
		return mun_fail(e, MUN_EINVAL,
				"the parent is not the CHD of SHA-1 %s", hex);
	c->parent = p;
	return mun_image_fact(c->img, MUN_FACT_PARENT, p->file_name, e,
			      "SHA-1 %s", hex);
}

/* Which kind of medium, and what else the metadata say. */
struct kind {
	bool disc;
	bool dvd;
	bool av;
	char geometry[64]; /* of GDDD */
};

static int look(struct mun_chd *c, void *ctx, uint32_t tag, const uint8_t *data,
		size_t len, struct mun_err *e)
{
	struct kind *k = ctx;

	switch (tag) {
	case MUN_CHD_TAG('C', 'H', 'T', '2'):
	case MUN_CHD_TAG('C', 'H', 'T', 'R'):
		k->disc = true;
		return 0;
	case MUN_CHD_TAG('D', 'V', 'D', ' '):
		k->dvd = true;
		return 0;
	case MUN_CHD_TAG('A', 'V', 'A', 'V'):
		k->av = true;
		return 0;
	case MUN_CHD_TAG('G', 'D', 'D', 'D'):
		memcpy(k->geometry, data,
		       MUN_MIN(len, sizeof(k->geometry) - 1));
		return 0;
	default:
		break;
	}
	return mun_image_fact(c->img, MUN_FACT_MADE, "metadata", e,
			      "%08x, %zu bytes", tag, len);
}

static int open_flat(struct mun_chd *c, const struct kind *k, struct mun_err *e)
{
	struct mun_image *img = c->img;
	unsigned int cylinders, heads, sectors, bytes;

	img->bytes = c->bytes;
	img->sector_bytes = k->dvd ? 2048 : 512;
	img->medium = k->dvd ? MUN_MEDIUM_OPTICAL : MUN_MEDIUM_DISK;
	/* The widths keep the numbers in range. NOLINTNEXTLINE(cert-err34-c) */
	if (sscanf(k->geometry, "CYLS:%9u,HEADS:%9u,SECS:%9u,BPS:%9u",
		   &cylinders, &heads, &sectors, &bytes) == 4) {
		img->geometry.cylinders = cylinders;
		img->geometry.heads = heads;
		img->geometry.sectors = sectors;
		if (bytes >= 128 && bytes <= 65536)
			img->sector_bytes = bytes;
	}
	mun_image_variant(img, k->dvd ? "DVD" : "hard disk");
	return mun_image_one_track(img, e);
}

static int tell(struct mun_chd *c, struct mun_err *e)
{
	char codecs[32] = "";
	char hex[41];
	int rc;

	for (size_t i = 0; i < 4 && c->codecs[i]; i++) {
		size_t used = strlen(codecs);

		(void)snprintf(codecs + used, sizeof(codecs) - used,
			       "%s%c%c%c%c", used ? " " : "",
			       (int)(c->codecs[i] >> 24),
			       (int)(c->codecs[i] >> 16 & 0xff),
			       (int)(c->codecs[i] >> 8 & 0xff),
			       (int)(c->codecs[i] & 0xff));
	}
	mun_image_variant(c->img, "version 5");
	mun_image_variant(c->img, "%s", codecs[0] ? codecs : "not compressed");
	if (!is_set(c->raw_sha1))
		return 0;
	mun_hex(c->raw_sha1, sizeof(c->raw_sha1), hex);
	rc = mun_image_check_fact(c->img, "SHA-1", MUN_FACT_NONE, e, "%s", hex);
	return rc;
}

static int open_v5(struct mun_chd *c, const uint8_t h[static MUN_CHD_HEAD],
		   struct mun_err *e)
{
	struct kind k = { 0 };
	int rc = read_head(c, h, e);

	if (!rc)
		rc = find_parent(c, e);
	if (!rc)
		rc = mun_chd_map_fits(c, e);
	if (!rc && c->hunks <= MAP_AT_ONCE)
		rc = mun_chd_need_map(c, e);
	if (!rc)
		rc = mun_blockcache_new(
			c->hunk_bytes,
			MUN_MAX(CACHE_BYTES / c->hunk_bytes, (size_t)16), fill,
			c, &c->cache, e);
	if (!rc)
		rc = mun_chd_walk_meta(c, look, &k, e);
	if (!rc)
		rc = tell(c, e);
	if (rc)
		return rc;
	if (k.disc && c->unit_bytes == MUN_CHD_FRAME) {
		mun_image_variant(c->img, "CD");
		return mun_chd_open_disc(c, e);
	}
	return open_flat(c, &k, e);
}

/* Older versions, and films, are named and kept. */
static int keep(struct mun_image *img, const char *why, struct mun_err *e)
{
	img->bytes = img->src->size;
	img->sector_bytes = 512;
	mun_image_preserve_only(img, "%s", why);
	return mun_image_one_track(img, e);
}

static int chd_open(struct mun_image *img, struct mun_err *e)
{
	uint8_t h[MUN_CHD_HEAD];
	struct mun_chd *c;
	uint32_t version;
	int rc = mun_peek(img->src, h, sizeof(h), 0, e);

	if (rc)
		return rc;
	if (memcmp(h, magic, sizeof(magic)) != 0 || img->src->size < sizeof(h))
		return mun_fail(e, MUN_ECORRUPT, "no header of a CHD");
	version = mun_be32(h + 12);
	if (version >= 1 && version <= 4) {
		mun_image_variant(img, "version %u", version);
		return keep(img,
			    "CHD before version 5: chdman copy makes it new",
			    e);
	}
	if (version != 5 || mun_be32(h + 8) != MUN_CHD_HEAD)
		return mun_fail(e, MUN_EUNSUPPORTED,
				"CHD of version %u, header of %u bytes",
				version, mun_be32(h + 8));
	c = calloc(1, sizeof(*c));
	if (!c)
		return mun_fail_nomem(e, "CHD");
	c->img = img;
	img->priv = c;
	(void)pthread_mutex_init(&c->lock, NULL);
	return open_v5(c, h, e);
}

static int chd_pread(struct mun_image *img, enum mun_view view, void *buf,
		     size_t len, uint64_t off, struct mun_err *e)
{
	if (img->disc)
		return mun_disc_pread(img, view, buf, len, off, e);
	if (!img->priv)
		return mun_source_pread(img->src, buf, len, off, e);
	return mun_chd_bytes(img->priv, buf, len, off, e);
}

static int chd_next_extent(struct mun_image *img, enum mun_view view,
			   uint64_t off, struct mun_extent *out,
			   struct mun_err *e)
{
	struct mun_chd *c = img->priv;
	uint64_t size = mun_image_size(img, view);
	uint64_t i;
	bool zero;
	int rc;

	if (img->disc)
		return mun_disc_next_extent(img, view, off, out, e);
	*out = (struct mun_extent){ off, size - off, MUN_EXTENT_DATA };
	if (!c)
		return 0;
	rc = mun_chd_need_map(c, e);
	if (rc)
		return rc;
	i = off / c->hunk_bytes;
	zero = c->map[i].type == MUN_CHD_ZERO;
	while (i < c->hunks && (c->map[i].type == MUN_CHD_ZERO) == zero)
		i++;
	out->bytes = MUN_MIN(i * c->hunk_bytes, size) - off;
	out->kind = zero ? MUN_EXTENT_HOLE : MUN_EXTENT_DATA;
	return 0;
}

static int hash_all(struct mun_chd *c, EVP_MD_CTX *md, struct mun_err *e)
{
	mun_autofree uint8_t *buf = malloc(c->hunk_bytes);
	uint64_t left = c->bytes;
	int rc = 0;

	if (!buf)
		return mun_fail_nomem(e, "hunk");
	for (uint64_t i = 0; !rc && i < c->hunks; i++) {
		size_t n = (size_t)MUN_MIN(left, (uint64_t)c->hunk_bytes);

		rc = mun_chd_hunk(c, i, buf, e);
		if (!rc && EVP_DigestUpdate(md, buf, n) != 1)
			rc = mun_fail(e, MUN_EUNSUPPORTED, "SHA-1 failed");
		left -= n;
	}
	return rc;
}

static int chd_verify(struct mun_image *img, struct mun_err *e)
{
	struct mun_chd *c = img->priv;
	uint8_t got[EVP_MAX_MD_SIZE] = { 0 };
	EVP_MD_CTX *md;
	int rc;

	if (!c || !is_set(c->raw_sha1))
		return 0;
	md = EVP_MD_CTX_new();
	if (!md || EVP_DigestInit_ex(md, EVP_sha1(), NULL) != 1)
		rc = mun_fail(e, MUN_EUNSUPPORTED, "SHA-1 is not to be had");
	else
		rc = hash_all(c, md, e);
	if (!rc && EVP_DigestFinal_ex(md, got, NULL) != 1)
		rc = mun_fail(e, MUN_EUNSUPPORTED, "SHA-1 failed");
	EVP_MD_CTX_free(md);
	if (!rc)
		mun_image_settle(img, "SHA-1",
				 memcmp(got, c->raw_sha1, 20) == 0
					 ? MUN_FACT_GOOD
					 : MUN_FACT_BAD);
	return rc;
}

static void chd_close(struct mun_image *img)
{
	struct mun_chd *c = img->priv;

	if (!c)
		return;
	mun_blockcache_free(c->cache);
	free(c->map);
	(void)pthread_mutex_destroy(&c->lock);
	free(c);
	img->priv = NULL;
}

const struct mun_image_driver mun_image_chd = {
	.name = "chd",
	.title = "CHD, compressed hunks of data (MAME)",
	.suffixes = "chd",
	.bid = chd_bid,
	.open = chd_open,
	.pread = chd_pread,
	.next_extent = chd_next_extent,
	.verify = chd_verify,
	.close = chd_close,
};
