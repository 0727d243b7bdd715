/* SPDX-License-Identifier: Apache-2.0 */
/* image/fs_tools.c - what finders of file systems share */
#include "image/fs_tools.h"

#include <stdarg.h>
#include <stdio.h>

void mun_fs_boots(struct mun_contents_volume *v, enum mun_boots boots,
		  const char *why, ...)
{
	char text[sizeof(v->boot_text) * 2];
	va_list ap;

	va_start(ap, why);
	if (vsnprintf(text, sizeof(text), why, ap) < 0)
		text[0] = '\0';
	va_end(ap);
	v->boots = boots;
	mun_contents_text(v->boot_text, sizeof(v->boot_text), "%s", text);
}

struct mun_contents_volume *mun_fs_add(struct mun_contents *c,
				       const struct mun_fs_place *p,
				       const char *fs, const char *title,
				       uint32_t block_bytes)
{
	struct mun_contents_volume *v = mun_contents_add_volume(c, p);

	if (!v)
		return NULL;
	mun_contents_text(v->fs, sizeof(v->fs), "%s", fs);
	mun_contents_text(v->title, sizeof(v->title), "%s", title);
	v->block_bytes = block_bytes;
	return v;
}

void mun_fs_size(struct mun_contents_volume *v, const struct mun_fs_place *p,
		 uint64_t bytes)
{
	v->bytes = bytes <= INT64_MAX ? bytes : 0;
	if (bytes > p->src->size)
		v->damaged = true;
}

bool mun_fs_all(const uint8_t *p, size_t len, uint8_t byte)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] != byte)
			return false;
	return true;
}

bool mun_fs_printable(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint8_t c = p[i] & 0x7f;

		if (c < ' ' || c > '~')
			return false;
	}
	return true;
}
