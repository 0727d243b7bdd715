/* SPDX-License-Identifier: Apache-2.0 */
/* image/fmt_ewf_text.c - the headers of an E01 that is written */
#include "image/fmt_ewf_write.h"

#include "core/check.h"
#include "core/clock.h"
#include "core/str.h"
#include "core/utf8.h"

#include <inttypes.h>
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_MAX 4096u
#define LEVEL 6

/* As EnCase 6 has it: what is not known is left empty. */
static const char wide_main[] =
	"3\nmain\na\tc\tn\te\tt\tmd\tsn\tav\tov\tm\tu\tp\tdc\n";
static const char wide_rest[] =
	"srce\n0\t1\np\tn\tid\tev\ttb\tlo\tpo\tah\tgu\taq\n0\t0\n"
	"\t\t\t\t\t-1\t-1\t\t\t\n\n"
	"sub\n0\t1\np\tn\tid\tnu\tco\tgu\n0\t0\n\t\t\t\t1\t\n\n";
static const char narrow_main[] =
	"1\r\nmain\r\nc\tn\ta\te\tt\tav\tov\tm\tu\tp\r\n";

static const char *value(const struct mun_write_options *o, const char *key)
{
	return mun_write_option(o, key, "");
}

int mun_ewf_check_texts(const struct mun_write_options *o, struct mun_err *e)
{
	static const char *const texts[] = { "case", "evidence", "description",
					     "examiner", "notes" };
	const char *date = value(o, "date");
	int64_t ms = 0;

	for (size_t i = 0; i < MUN_COUNT(texts); i++) {
		const char *v = value(o, texts[i]);

		if (!mun_text_is_clean(v, "") || strlen(v) > VALUE_MAX)
			return mun_fail(e, MUN_EINVAL,
					"option '%s' must be one line of at "
					"most %u bytes",
					texts[i], VALUE_MAX);
	}
	if (date[0] && mun_time_parse(date, &ms, e))
		return mun_ctx(e, "option 'date'");
	if (date[0] && ms < 0)
		return mun_fail(e, MUN_EINVAL, "option 'date' is before 1970");
	return 0;
}

/* The older header knows ASCII alone, for sure; header2 has it all. */
static void add_ascii(struct mun_str *s, const char *text)
{
	size_t left = strlen(text);

	while (left) {
		uint32_t c;
		size_t n = mun_utf8_next(text, left, &c);

		n = n ? n : 1;
		mun_str_add_char(s, n == 1 ? *text : '?');
		text += n;
		left -= n;
	}
	mun_str_add_char(s, '\t');
}

static void add_unit(struct mun_str *s, uint32_t unit)
{
	mun_str_add_char(s, (char)(unit & 0xff));
	mun_str_add_char(s, (char)(unit >> 8));
}

/* UTF-16, little endian, with its mark. */
static void widen(struct mun_str *to, const char *text, size_t left)
{
	add_unit(to, 0xfeff);
	while (left) {
		uint32_t c = 0xfffd;
		size_t n = mun_utf8_next(text, left, &c);

		n = n ? n : 1;
		if (c >= 0x10000) {
			add_unit(to, 0xd800 + ((c - 0x10000) >> 10));
			c = 0xdc00 + ((c - 0x10000) & 0x3ff);
		}
		add_unit(to, c);
		text += n;
		left -= n;
	}
}

/* "2026-01-02T03:04:05Z" as "2026 1 2 3 4 5"; nothing of nothing. */
static void add_date(struct mun_str *s, const char *utc)
{
	bool leading = true;

	for (; *utc && *utc != 'Z'; utc++) {
		bool digit = *utc >= '0' && *utc <= '9';

		/* A number that is 0 keeps its last digit. */
		if (digit && leading && *utc == '0' && utc[1] >= '0' &&
		    utc[1] <= '9')
			continue;
		mun_str_add_char(s, digit ? *utc : ' ');
		leading = !digit;
	}
	mun_str_add_char(s, '\t');
}

static void narrow_text(const struct mun_write_options *o, const char *date,
			struct mun_str *s)
{
	mun_str_add(s, narrow_main);
	add_ascii(s, value(o, "case"));
	add_ascii(s, value(o, "evidence"));
	add_ascii(s, value(o, "description"));
	add_ascii(s, value(o, "examiner"));
	add_ascii(s, value(o, "notes"));
	mun_str_add(s, "muniment\tLinux\t");
	add_date(s, date);
	add_date(s, date);
	mun_str_add(s, "0\r\n\r\n");
}

static void wide_text(const struct mun_write_options *o, const char *seconds,
		      struct mun_str *s)
{
	mun_str_add(s, wide_main);
	mun_str_addf(s, "%s\t%s\t%s\t%s\t%s\t\t\t", value(o, "description"),
		     value(o, "case"), value(o, "evidence"),
		     value(o, "examiner"), value(o, "notes"));
	mun_str_addf(s, "muniment\tLinux\t%s\t%s\t0\t\n\n", seconds, seconds);
	mun_str_add(s, wide_rest);
}

static int pack(struct mun_str *text, uint8_t **out, size_t *out_len,
		struct mun_err *e)
{
	struct libdeflate_compressor *c = libdeflate_alloc_compressor(LEVEL);
	mun_autofree char *p = NULL;
	size_t len = text->len;
	size_t room = c ? libdeflate_zlib_compress_bound(c, len) : 0;
	int rc = mun_str_take(text, &p, e);

	if (!rc) {
		*out = c ? malloc(room) : NULL;
		if (*out)
			*out_len =
				libdeflate_zlib_compress(c, p, len, *out, room);
		else
			rc = mun_fail_nomem(e, "header of an image");
	}
	libdeflate_free_compressor(c);
	return rc;
}

int mun_ewf_make_texts(const struct mun_write_options *o,
		       struct mun_ewf_texts *out, struct mun_err *e)
{
	const char *date = value(o, "date");
	char utc[MUN_TIME_LEN] = "";
	char seconds[24] = "";
	struct mun_str text = { 0 };
	struct mun_str wide = { 0 };
	int64_t ms = 0;
	int rc = date[0] ? mun_time_parse(date, &ms, e) : 0;

	if (rc)
		return rc;
	if (date[0]) {
		mun_time_text(ms, utc);
		(void)snprintf(seconds, sizeof(seconds), "%" PRId64, ms / 1000);
	}
	wide_text(o, seconds, &text);
	if (!text.failed)
		widen(&wide, text.text, text.len);
	wide.failed |= text.failed;
	mun_str_free(&text);
	rc = pack(&wide, &out->wide, &out->wide_len, e);
	if (rc)
		return rc;
	text = (struct mun_str){ 0 };
	narrow_text(o, utc, &text);
	return pack(&text, &out->narrow, &out->narrow_len, e);
}

void mun_ewf_free_texts(struct mun_ewf_texts *t)
{
	free(t->wide);
	free(t->narrow);
}
