/* SPDX-License-Identifier: Apache-2.0 */
/* image/disc_sheet.c - what descriptions of a disc in text have in common */
#include "image/disc_sheet.h"

#include "core/check.h"
#include "core/str.h"
#include "core/utf8.h"
#include "image/companion.h"
#include "image/driver.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char utf8_mark[] = "\xef\xbb\xbf";

/* ---- the text ---- */

static int check_text(const char *text, size_t len, struct mun_err *e)
{
	const char *nul;

	if (len >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 ||
			 memcmp(text, "\xfe\xff", 2) == 0))
		return mun_fail(e, MUN_EUNSUPPORTED,
				"the text is UTF-16, which is not read");
	nul = memchr(text, '\0', len);
	if (nul)
		return mun_fail(e, MUN_ECORRUPT, "byte %zu of the text is NUL",
				(size_t)(nul - text));
	return 0;
}

int mun_sheet_load(struct mun_source *src, struct mun_sheet *out,
		   struct mun_err *e)
{
	size_t len;
	char *text;
	int rc;

	if (src->size > MUN_SHEET_MAX)
		return mun_fail(e, MUN_ECORRUPT,
				"a sheet of %llu bytes; %u are the most",
				(unsigned long long)src->size, MUN_SHEET_MAX);
	len = (size_t)src->size;
	text = malloc(len + 1);
	if (!text)
		return mun_fail_nomem(e, "sheet");
	rc = mun_source_pread(src, text, len, 0, e);
	text[len] = '\0';
	if (!rc)
		rc = check_text(text, len, e);
	if (rc) {
		free(text);
		return rc;
	}
	*out = (struct mun_sheet){ .text = text, .at = text };
	if (strncmp(text, utf8_mark, 3) == 0)
		out->at += 3;
	return 0;
}

void mun_sheet_clear(struct mun_sheet *s)
{
	free(s->text);
	s->text = NULL;
}

char *mun_sheet_line(struct mun_sheet *s)
{
	char *line = s->at;
	size_t len;
	char end;

	if (!*line)
		return NULL;
	len = strcspn(line, "\r\n");
	end = line[len];
	line[len] = '\0';
	s->at = line + len;
	if (end)
		s->at++;
	if (end == '\r' && *s->at == '\n')
		s->at++;
	s->line++;
	return line;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

char *mun_sheet_word(char **line)
{
	char *p = *line;
	char *word;

	while (is_blank(*p))
		p++;
	if (!*p) {
		*line = p;
		return NULL;
	}
	if (*p == '"') {
		word = ++p;
		while (*p && *p != '"')
			p++;
	} else {
		word = p;
		while (*p && !is_blank(*p))
			p++;
	}
	if (*p)
		*p++ = '\0';
	*line = p;
	return word;
}

char *mun_sheet_rest(char **line)
{
	char *p = *line;
	size_t len;

	while (is_blank(*p))
		p++;
	len = strlen(p);
	while (len && is_blank(p[len - 1]))
		len--;
	*line = p + strlen(p);
	if (len >= 2 && p[0] == '"' && p[len - 1] == '"') {
		p++;
		len -= 2;
	}
	p[len] = '\0';
	return p;
}

bool mun_sheet_is(const char *word, const char *this_one)
{
	return word && strcasecmp(word, this_one) == 0;
}

bool mun_sheet_head(struct mun_source *src, char *buf, size_t size)
{
	size_t len = (size_t)MUN_MIN((uint64_t)size - 1, src->size);
	struct mun_err e;

	if (!len || src->size > MUN_SHEET_MAX ||
	    mun_peek(src, buf, len, 0, &e) || check_text(buf, len, &e))
		return false;
	buf[len] = '\0';
	if (strncmp(buf, utf8_mark, 3) == 0)
		memmove(buf, buf + 3, len - 2);
	return true;
}

/* ---- its files ---- */

static int add_file(struct mun_disc_files *files, const char *name,
		    struct mun_disc_file **out, struct mun_err *e)
{
	struct mun_disc_file *list =
		reallocarray(files->list, files->n + 1, sizeof(*list));
	int rc;

	if (!list)
		return mun_fail_nomem(e, "files of a sheet");
	files->list = list;
	*out = &list[files->n];
	rc = mun_strdup(name, &(*out)->name, e);
	if (!rc)
		files->n++;
	return rc;
}

static bool is_utf8(const char *text)
{
	size_t left = strlen(text);

	while (left) {
		uint32_t cp;
		size_t n = mun_utf8_next(text, left, &cp);

		if (!n)
			return false;
		text += n;
		left -= n;
	}
	return true;
}

/* Sheets of other systems are often in ISO 8859-1, and the names beside them
 * have become UTF-8.  Only a file that is there is taken. */
static int open_latin1(const struct mun_image *img, const char *name,
		       struct mun_source **out, struct mun_err *e)
{
	struct mun_str utf8 = { 0 };
	int rc;

	for (; *name; name++) {
		uint8_t c = (uint8_t)*name;

		if (c >= 0x80)
			mun_str_add_char(&utf8, (char)(0xc0 | c >> 6));
		mun_str_add_char(&utf8,
				 (char)(c < 0x80 ? c : 0x80 | (c & 0x3f)));
	}
	if (utf8.failed)
		return mun_fail_nomem(e, "name of a file");
	rc = mun_companion_open(img->companions, utf8.text, out, e);
	mun_str_free(&utf8);
	return rc;
}

static int open_named(const struct mun_image *img, const char *name,
		      struct mun_source **out, struct mun_err *e)
{
	struct mun_err other;
	int rc = mun_companion_open(img->companions, name, out, e);

	if (rc == MUN_ENOENT && img->companions && !is_utf8(name) &&
	    open_latin1(img, name, out, &other) == 0)
		return 0;
	return rc;
}

int mun_disc_files_open(struct mun_disc_files *files, struct mun_image *img,
			struct mun_disc *d, const char *name,
			struct mun_source **out, struct mun_err *e)
{
	struct mun_source *src = NULL;
	struct mun_disc_file *file = NULL;
	int rc;

	for (size_t i = 0; i < files->n; i++) {
		if (strcmp(files->list[i].name, name) == 0) {
			*out = files->list[i].src;
			return 0;
		}
	}
	rc = open_named(img, name, &src, e);
	if (!rc)
		rc = mun_disc_own(d, src, e);
	if (!rc)
		rc = add_file(files, name, &file, e);
	if (rc)
		return rc;
	file->src = src;
	*out = src;
	return mun_image_fact(img, MUN_FACT_PART, mun_show(name).text, e,
			      "%llu bytes", (unsigned long long)src->size);
}

void mun_disc_files_clear(struct mun_disc_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		free(files->list[i].name);
	free(files->list);
	*files = (struct mun_disc_files){ .n = 0 };
}

struct mun_shown mun_show(const char *name)
{
	struct mun_shown shown;

	(void)mun_utf8_line(name, shown.text, sizeof(shown.text));
	return shown;
}

/* ---- numbers of recordings ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_upper_or_digit(char c)
{
	return is_digit(c) || (c >= 'A' && c <= 'Z');
}

/* ISO 3901: country, registrant, year, number. */
bool mun_isrc_parse(const char *text, char out[static 13])
{
	size_t n = 0;

	for (; *text; text++) {
		char c = *text;

		if (c == '-')
			continue;
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (n == 12 || !is_upper_or_digit(c) ||
		    (n >= 5 && !is_digit(c)))
			return false;
		out[n++] = c;
	}
	out[n == 12 ? 12 : 0] = '\0';
	return n == 12;
}

bool mun_mcn_parse(const char *text, char out[static 14])
{
	size_t len = strlen(text);

	if (len != 13 || strspn(text, "0123456789") != len)
		return false;
	memcpy(out, text, 14);
	return true;
}
