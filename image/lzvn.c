/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/lzvn.c - LZVN
 *
 * Each opcode is followed by L literals, then M bytes are copied from D back:
 *
 *	LLMMMDDD DDDDDDDD		M + 3; the top of D is not 110 or 111
 *	101LLMMM DDDDDDMM DDDDDDDD	M + 3, its low two bits in the second
 *	LLMMM111 DDDDDDDD DDDDDDDD	M + 3, D little endian
 *	LLMMM110			M + 3, D as before; L is not 0
 *	1111MMMM			D as before; M is not 0
 *	11110000 MMMMMMMM		M + 16, D as before
 *	1110LLLL			literals only; L is not 0
 *	11100000 LLLLLLLL		L + 16
 *	00000110 and 7 bytes		the end
 *	00001110, 00010110		nothing
 */
#include "image/lzvn.h"

#include "core/bytes.h"

#include <stdbool.h>
#include <string.h>

struct op {
	size_t used; /* bytes of the opcode; 0: there is none such */
	size_t l;
	size_t m;
	size_t d;
	bool again; /* D as before */
};

#define END_BYTES 8u

/* Opcodes that only repeat, or only carry literals: 0xe0 and above. */
static struct op long_op(const uint8_t *p)
{
	size_t n = p[0] & 15u;
	struct op op = { .used = n ? 1 : 2, .again = true };

	n = n ? n : (size_t)p[1] + 16;
	if (p[0] < 0xf0)
		op.l = n;
	else
		op.m = n;
	return op;
}

/* @p has at least 3 bytes; what is beyond the input reads as zeros. */
static struct op read_op(const uint8_t *p)
{
	uint8_t c = p[0];
	struct op op = { .used = 2, .l = c >> 6, .m = (c >> 3 & 7u) + 3 };

	if (c >= 0xe0)
		return long_op(p);
	if (c >> 4 == 7 || c >> 4 == 13)
		return (struct op){ .used = 0 };
	if (c >> 5 == 5) {
		op.used = 3;
		op.l = c >> 3 & 3u;
		op.m = ((size_t)(c & 7u) << 2 | (p[1] & 3u)) + 3;
		op.d = (size_t)mun_le16(p + 1) >> 2;
	} else if ((c & 7) == 7) {
		op.used = 3;
		op.d = mun_le16(p + 1);
	} else if ((c & 7) == 6) {
		/* Without literals it would be the end, nothing, or none. */
		op.used = op.l ? 1 : 0;
		op.again = true;
	} else {
		op.d = (size_t)(c & 7u) << 8 | p[1];
	}
	return op;
}

static int broken(size_t at, const char *what, struct mun_err *e)
{
	return mun_fail(e, MUN_ECORRUPT, "LZVN opcode at %zu %s", at, what);
}

struct lzvn {
	const uint8_t *in;
	size_t in_len;
	size_t i;
	uint8_t *out;
	size_t o;
	size_t end;
	size_t distance;
};

static int run_op(struct lzvn *z, const struct op *op, struct mun_err *e)
{
	if (!op->used)
		return broken(z->i, "is none", e);
	if (op->used > z->in_len - z->i || op->l > z->in_len - z->i - op->used)
		return broken(z->i, "is cut off", e);
	if (op->l > z->end - z->o || op->m > z->end - z->o - op->l)
		return broken(z->i, "gives too many bytes", e);
	memcpy(z->out + z->o, z->in + z->i + op->used, op->l);
	z->o += op->l;
	if (!op->again)
		z->distance = op->d;
	if (op->m && (!z->distance || z->distance > z->o))
		return broken(z->i, "copies from before the first byte", e);
	for (size_t n = 0; n < op->m; n++, z->o++)
		z->out[z->o] = z->out[z->o - z->distance];
	z->i += op->used + op->l;
	return 0;
}

int mun_lzvn_decode(const uint8_t *in, size_t in_len, uint8_t *out,
		    size_t before, size_t raw, struct mun_err *e)
{
	struct lzvn z = { .in = in,
			  .in_len = in_len,
			  .out = out,
			  .o = before,
			  .end = before + raw };

	for (;;) {
		uint8_t head[3] = { 0 };
		struct op op;
		int rc;

		if (z.i >= in_len)
			return broken(z.i, "is missing: there is no end", e);
		memcpy(head, in + z.i, in_len - z.i < 3 ? in_len - z.i : 3);
		if (head[0] == 0x06)
			break;
		if (head[0] == 0x0e || head[0] == 0x16) {
			z.i++;
			continue;
		}
		op = read_op(head);
		rc = run_op(&z, &op, e);
		if (rc)
			return rc;
	}
	if (in_len - z.i < END_BYTES)
		return broken(z.i, "is cut off", e);
	if (z.o != z.end)
		return broken(z.i, "ends it before all bytes are there", e);
	return 0;
}
