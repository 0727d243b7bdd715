/* SPDX-License-Identifier: Apache-2.0 */
/* image/fsident.c - who finds which file system, and what finders share */
#include "image/contents.h"

#include "core/check.h"
#include "core/str.h"
#include "image/fs_retro.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Stricter ones first: who asks for more of what he finds is asked earlier. */
const struct mun_fs_finder *const mun_fs_finders[] = {
	/* Discs */
	&mun_fs_iso,
	&mun_fs_udf,
	/* Unix and BeOS */
	&mun_fs_ext,
	&mun_fs_minix,
	&mun_fs_magic,
	&mun_fs_ufs,
	&mun_fs_befs,
	/* PCs, and what has their FAT */
	&mun_fs_exfat,
	&mun_fs_hpfs,
	&mun_fs_ntfs,
	&mun_fs_fat,
	/* Other machines */
	&mun_fs_hfs,
	&mun_fs_mfs,
	&mun_fs_apfs,
	&mun_fs_amiga,
	&mun_fs_amiga_pfs,
	&mun_fs_amiga_sfs,
	&mun_fs_dec,
	&mun_fs_adfs,
	&mun_fs_trdos,
	&mun_fs_prodos,
	&mun_fs_apple_dos,
	&mun_fs_cbm,
	&mun_fs_atari_dos,
	&mun_fs_pascal,
	&mun_fs_acorn_dfs,
	&mun_fs_japan,
	&mun_fs_mgt,
	&mun_fs_cpm,
	NULL,
};

/* Longer than any field, so that escapes can still be cut. */
#define TEXT_BYTES 512

/* The bytes of @text that fit in @room and end between two characters. */
static size_t cut(const char *text, size_t room)
{
	size_t len = strnlen(text, room + 1);

	if (len <= room)
		return len;
	len = room;
	while (len && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	return len;
}

static void put(char *out, size_t size, const char *text)
{
	size_t len = cut(text, size - 1);

	memcpy(out, text, len);
	memset(out + len, 0, size - len);
}

static void put_clean(char *out, size_t size, const char *text)
{
	struct mun_str s = { 0 };

	if (mun_text_is_clean(text, "")) {
		put(out, size, text);
		return;
	}
	mun_escape(&s, text, strlen(text));
	put(out, size, s.failed || !s.text ? "" : s.text);
	mun_str_free(&s);
}

static void put_va(char *out, size_t size, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

static void put_va(char *out, size_t size, const char *fmt, va_list ap)
{
	char text[TEXT_BYTES];

	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		text[0] = '\0';
	/* vsnprintf() cuts anywhere. */
	text[cut(text, sizeof(text) - 2)] = '\0';
	put_clean(out, size, text);
}

void mun_contents_text(char *out, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_va(out, size, fmt, ap);
	va_end(ap);
}

const char *mun_boots_name(enum mun_boots boots)
{
	static const char *const names[] = {
		[MUN_BOOTS_NO] = "no",
		[MUN_BOOTS_DATA] = "data",
		[MUN_BOOTS_CODE] = "code",
		[MUN_BOOTS_YES] = "yes",
	};

	return (size_t)boots < MUN_COUNT(names) ? names[boots] : "no";
}

static const struct mun_mark *find_mark(const struct mun_mark *marks, size_t n,
					const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(marks[i].word, word) == 0)
			return &marks[i];
	return NULL;
}

const struct mun_mark *mun_contents_mark(const struct mun_contents *c,
					 const struct mun_contents_volume *v,
					 const char *word)
{
	const struct mun_mark *m;

	if (v)
		return find_mark(v->marks, v->nmarks, word);
	m = find_mark(c->marks, c->nmarks, word);
	for (size_t i = 0; !m && i < c->nvolumes; i++)
		m = find_mark(c->volumes[i].marks, c->volumes[i].nmarks, word);
	return m;
}

void mun_contents_add_mark(struct mun_contents *c,
			   struct mun_contents_volume *v, const char *word,
			   const char *text, ...)
{
	struct mun_mark *marks = v ? v->marks : c->marks;
	size_t *n = v ? &v->nmarks : &c->nmarks;
	va_list ap;

	if (*n == MUN_CONTENTS_MARKS || find_mark(marks, *n, word))
		return;
	put(marks[*n].word, sizeof(marks[*n].word), word);
	va_start(ap, text);
	put_va(marks[*n].text, sizeof(marks[*n].text), text, ap);
	va_end(ap);
	(*n)++;
}

struct mun_contents_volume *
mun_contents_add_volume(struct mun_contents *c, const struct mun_fs_place *p)
{
	struct mun_contents_volume *v;

	if (c->nvolumes == MUN_CONTENTS_VOLUMES) {
		c->more = true;
		return NULL;
	}
	v = &c->volumes[c->nvolumes++];
	memset(v, 0, sizeof(*v));
	if (p->part && p->part >= c->parts && p->part < c->parts + c->nparts)
		v->part = (unsigned int)(p->part - c->parts) + 1;
	if (p->part)
		v->off = p->part->off;
	return v;
}
