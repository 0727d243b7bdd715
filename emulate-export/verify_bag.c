/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/verify_bag.c - bagit.txt, bag-info.txt, fetch.txt */
#include "emulate-export/verify_int.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/check.h"
#include "core/parse.h"
#include "fixity/manifest.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* ---- bagit.txt (RFC 8493, 2.1.1) ---- */

/* The value behind "LABEL:" in a line; NULL where it is another line. @exact:
 * one blank and nothing around, as 1.0 has it. */
static const char *value_of(const char *label, char *line, bool *exact)
{
	size_t n = strlen(label);
	char *p = line + n;
	size_t len;

	if (strncmp(line, label, n) != 0)
		return NULL;
	while (is_blank(*p))
		p++;
	if (*p != ':')
		return NULL;
	*exact = p == line + n && p[1] == ' ' && p[2] && !is_blank(p[2]);
	p++;
	while (is_blank(*p))
		p++;
	len = strlen(p);
	if (len && is_blank(p[len - 1]))
		*exact = false;
	while (len && is_blank(p[len - 1]))
		p[--len] = '\0';
	return p;
}

/* "0.97", "1.0": digits, a point, digits. */
static bool is_version(const char *text)
{
	size_t major = strspn(text, "0123456789");
	size_t minor =
		text[major] == '.' ? strspn(text + major + 1, "0123456789") : 0;

	return major && minor && !text[major + 1 + minor];
}

static void bad_declaration(struct mun_verify *v, size_t line, const char *text)
{
	mun_verify_say_at(v, MUN_VERIFY_INVALID, MUN_VERIFY_DAMAGE, "bagit.txt",
			  "", line, "%s", text);
}

static void take_version(struct mun_verify *v, char *line)
{
	bool exact = true;
	const char *text = value_of("BagIt-Version", line, &exact);
	struct mun_verify_result *out = v->out;

	v->is_one = true;
	if (!text) {
		bad_declaration(v, 1, "no BagIt-Version");
		return;
	}
	if (!is_version(text) || strlen(text) >= sizeof(out->version)) {
		bad_declaration(v, 1, "not a version of BagIt");
		return;
	}
	(void)snprintf(out->version, sizeof(out->version), "%s", text);
	v->is_one = strncmp(text, "0.", 2) != 0;
	if (v->is_one && strcmp(text, "1.0") != 0)
		mun_verify_say_at(v, MUN_VERIFY_INVALID, MUN_VERIFY_WARNING,
				  "bagit.txt", "", 1,
				  "version %s is not known here: judged as 1.0",
				  text);
	if (v->is_one && !exact)
		bad_declaration(v, 1, "not exactly one blank after the colon");
}

static bool is_ascii(const struct mun_vfile *f)
{
	for (uint64_t i = 0; f->kept && i < f->bytes; i++) {
		if (!f->text[i] || (unsigned char)f->text[i] >= 0x80)
			return false;
	}
	return true;
}

/* Where all of it is ASCII, it does not matter in which encoding that is.
 * bagit.txt itself is always UTF-8. */
static bool needs_encoding(const struct mun_verify *v)
{
	for (size_t i = 0; i < v->nfiles; i++) {
		const char *path = v->files[i].path;

		if (!mun_verify_is_payload(path) &&
		    strcmp(path, "bagit.txt") != 0 && !is_ascii(&v->files[i]))
			return true;
	}
	return false;
}

/* False: in an encoding that cannot be read here. */
static bool take_encoding(struct mun_verify *v, char *line)
{
	bool exact = true;
	const char *text =
		value_of("Tag-File-Character-Encoding", line, &exact);

	if (!text || !*text) {
		bad_declaration(v, 2, "no Tag-File-Character-Encoding");
		return true;
	}
	if (v->is_one && !exact)
		bad_declaration(v, 2, "not exactly one blank after the colon");
	v->encoding = mun_tag_encoding_find(text);
	(void)snprintf(v->out->encoding, sizeof(v->out->encoding), "%.31s",
		       text);
	if (v->encoding != MUN_TAG_UNKNOWN)
		return true;
	if (needs_encoding(v)) {
		mun_verify_say_at(v, MUN_VERIFY_UNDECIDED, MUN_VERIFY_UNDONE,
				  "bagit.txt", "", 2,
				  "tag files in '%s' are not understood here",
				  text);
		return false;
	}
	mun_verify_say_at(v, MUN_VERIFY_INVALID, MUN_VERIFY_WARNING,
			  "bagit.txt", "", 2,
			  "encoding '%s' is not known here; the tag files are "
			  "all in ASCII",
			  text);
	v->encoding = MUN_TAG_UTF8;
	return true;
}

static void take_lines(struct mun_verify *v, const struct mun_vfile *f,
		       char line[2][128])
{
	struct mun_tag_lines l = { .text = f->text, .len = (size_t)f->bytes };
	const char *p;
	size_t n;

	if (l.len >= 3 && !memcmp(l.text, "\xef\xbb\xbf", 3)) {
		bad_declaration(v, 1, "it has a byte order mark");
		l.at = 3;
	}
	while (mun_tag_line(&l, &p, &n)) {
		if (l.number > 2) {
			if (n || v->is_one)
				bad_declaration(v, l.number,
						"more than two lines");
			return;
		}
		if (n >= 128 || memchr(p, '\0', n))
			bad_declaration(v, l.number, "no such line");
		else
			memcpy(line[l.number - 1], p, n);
		if (l.number == 1)
			take_version(v, line[0]);
	}
	if (!l.number)
		take_version(v, line[0]);
}

/* What is wrong with it is told, and the bag judged all the same. */
bool mun_verify_declaration(struct mun_verify *v)
{
	const struct mun_vfile *f = mun_verify_file(v, "bagit.txt");
	char line[2][128] = { "", "" };

	if (!f) {
		mun_verify_say(v, MUN_VERIFY_MISSING, MUN_VERIFY_DAMAGE,
			       "bagit.txt", "no bag: this file makes one");
		return false;
	}
	if (!f->kept) {
		mun_verify_say(v, MUN_VERIFY_UNREADABLE, MUN_VERIFY_DAMAGE,
			       f->path, "%s", f->why);
		return false;
	}
	take_lines(v, f, line);
	return take_encoding(v, line[1]);
}

/* ---- bag-info.txt (2.2.2) ---- */

struct oxum {
	uint64_t bytes;
	uint64_t files;
	unsigned int times;
	size_t line;
};

static bool parse_oxum(const char *text, struct oxum *o)
{
	const char *dot = strchr(text, '.');
	struct mun_err e;
	char octets[24];

	if (!dot || (size_t)(dot - text) >= sizeof(octets))
		return false;
	memcpy(octets, text, (size_t)(dot - text));
	octets[dot - text] = '\0';
	return !mun_parse_u64(octets, 0, INT64_MAX, &o->bytes, &e) &&
	       !mun_parse_u64(dot + 1, 0, INT64_MAX, &o->files, &e);
}

static void take_info(struct mun_verify *v, const char *name, size_t line,
		      char *text, struct oxum *o)
{
	char *colon = strchr(text, ':');
	char *end;

	if (is_blank(*text) && line > 1)
		return; /* it goes on */
	if (!colon || colon == text) {
		mun_verify_say_at(v, MUN_VERIFY_INVALID,
				  mun_verify_since_one(v), name, "", line,
				  "no 'Label: value'");
		return;
	}
	*colon = '\0';
	end = colon;
	while (end > text && is_blank(end[-1]))
		*--end = '\0';
	if (strcasecmp(text, "Payload-Oxum") != 0)
		return;
	text = colon + 1;
	text += strspn(text, " \t");
	text[strcspn(text, " \t")] = '\0';
	o->line = line;
	if (o->times++)
		mun_verify_say_at(v, MUN_VERIFY_INVALID,
				  mun_verify_since_one(v), name, "", line,
				  "a second Payload-Oxum");
	else if (!parse_oxum(text, o))
		mun_verify_say_at(v, MUN_VERIFY_INVALID, MUN_VERIFY_DAMAGE,
				  name, "", line,
				  "Payload-Oxum is not OCTETS.FILES");
	else
		return;
	o->line = 0;
}

static void compare_oxum(struct mun_verify *v, const char *name,
			 const struct oxum *o)
{
	char want[48];
	char is[48];
	struct mun_verify_finding f = {
		.kind = MUN_VERIFY_MISMATCH,
		.weight = MUN_VERIFY_DAMAGE,
		.path = "data",
		.by = name,
		.line = o->line,
		.algorithm = "Payload-Oxum",
		.expected = want,
		.found = is,
		.text = "",
	};

	if (!o->line || (o->bytes == v->out->payload_bytes &&
			 o->files == v->out->payload_files))
		return;
	(void)snprintf(want, sizeof(want), "%" PRIu64 ".%" PRIu64, o->bytes,
		       o->files);
	(void)snprintf(is, sizeof(is), "%" PRIu64 ".%" PRIu64,
		       v->out->payload_bytes, v->out->payload_files);
	mun_verify_tell(v, &f);
}

/* The text of a tag file as lines; each one is the callee's to change. */
static int each_line(struct mun_verify *v, const struct mun_vfile *f,
		     void (*fn)(struct mun_verify *v, const char *name,
				size_t line, char *text, void *ctx),
		     void *ctx, struct mun_err *e)
{
	struct mun_tag_lines l = { 0 };
	struct mun_str text = { 0 };
	int rc = 0;
	const char *p;
	size_t n;

	if (!mun_tag_text(v->encoding, f->text, (size_t)f->bytes, &text))
		mun_verify_say(v, MUN_VERIFY_INVALID, MUN_VERIFY_DAMAGE,
			       f->path, "not %s", v->out->encoding);
	l.text = text.text ? text.text : "";
	l.len = text.len;
	while (!rc && mun_tag_line(&l, &p, &n)) {
		mun_autofree char *line = malloc(n + 1);

		if (!line) {
			rc = mun_fail_nomem(e, "tag file");
			break;
		}
		memcpy(line, p, n);
		line[n] = '\0';
		if (strlen(line) != n)
			mun_verify_say_at(v, MUN_VERIFY_INVALID,
					  MUN_VERIFY_DAMAGE, f->path, "",
					  l.number, "a NUL");
		else if (n)
			fn(v, f->path, l.number, line, ctx);
	}
	if (!rc && text.failed)
		rc = mun_fail_nomem(e, "tag file");
	mun_str_free(&text);
	return rc;
}

static void info_line(struct mun_verify *v, const char *name, size_t line,
		      char *text, void *ctx)
{
	take_info(v, name, line, text, ctx);
}

int mun_verify_info(struct mun_verify *v, struct mun_err *e)
{
	/* Its name before 0.96 was another one. */
	static const char *const names[] = { "bag-info.txt",
					     "package-info.txt" };

	for (size_t i = 0; i < MUN_COUNT(names); i++) {
		const struct mun_vfile *f = mun_verify_file(v, names[i]);
		struct oxum o = { 0 };
		int rc;

		if (!f || (i && v->is_one))
			continue;
		if (!f->kept) {
			mun_verify_say(v, MUN_VERIFY_UNREADABLE,
				       MUN_VERIFY_DAMAGE, f->path, "%s",
				       f->why);
			continue;
		}
		rc = each_line(v, f, info_line, &o, e);
		if (rc)
			return rc;
		compare_oxum(v, f->path, &o);
	}
	return 0;
}

/* ---- fetch.txt (2.2.3) ---- */

static void bad_fetch(struct mun_verify *v, const char *name, size_t line,
		      const char *text)
{
	mun_verify_say_at(v, MUN_VERIFY_INVALID, MUN_VERIFY_DAMAGE, name, "",
			  line, "%s", text);
}

static bool is_url(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST"
				"UVWXYZ0123456789+.-");

	return n && isalpha((unsigned char)*text) && text[n] == ':' &&
	       text[n + 1];
}

static void add_fetch(struct mun_verify *v, const char *name, size_t line,
		      const char *raw)
{
	struct mun_str path = { 0 };
	const char *unsafe;
	const char **all;

	mun_manifest_decode(&path, raw, strlen(raw));
	unsafe = mun_tag_path_unsafe(path.text ? path.text : "");
	all = mun_arena_grow(v->arena, v->fetch, v->nfetch, sizeof(*all));
	if (unsafe) {
		mun_verify_say_at(v, MUN_VERIFY_REFUSED, MUN_VERIFY_DAMAGE,
				  path.text ? path.text : "", name, line, "%s",
				  unsafe);
	} else if (!mun_verify_is_payload(path.text)) {
		bad_fetch(v, name, line, "a path that is not below data/");
	} else if (all) {
		v->fetch = all;
		all[v->nfetch++] = mun_arena_strdup(v->arena, path.text);
	}
	mun_str_free(&path);
}

static void fetch_line(struct mun_verify *v, const char *name, size_t line,
		       char *text, void *ctx)
{
	char *length;
	char *path;

	(void)ctx;
	v->out->to_fetch++;
	length = text + strcspn(text, " \t");
	if (!*length) {
		bad_fetch(v, name, line, "no 'URL LENGTH PATH'");
		return;
	}
	*length++ = '\0';
	length += strspn(length, " \t");
	path = length + strcspn(length, " \t");
	if (!*path) {
		bad_fetch(v, name, line, "no 'URL LENGTH PATH'");
		return;
	}
	*path++ = '\0';
	path += strspn(path, " \t");
	if (!is_url(text))
		bad_fetch(v, name, line, "not a URL");
	else if (strcmp(length, "-") != 0 &&
		 length[strspn(length, "0123456789")])
		bad_fetch(v, name, line, "a length that is no number");
	else
		add_fetch(v, name, line, path);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int mun_verify_fetch(struct mun_verify *v, struct mun_err *e)
{
	const struct mun_vfile *f = mun_verify_file(v, "fetch.txt");
	int rc;

	if (!f)
		return 0;
	if (!f->kept) {
		mun_verify_say(v, MUN_VERIFY_UNREADABLE, MUN_VERIFY_DAMAGE,
			       f->path, "%s", f->why);
		return 0;
	}
	rc = each_line(v, f, fetch_line, NULL, e);
	if (!rc)
		rc = mun_arena_failed(v->arena, e);
	if (!rc && v->nfetch)
		qsort(v->fetch, v->nfetch, sizeof(*v->fetch), by_text);
	if (!rc)
		mun_verify_say(v, MUN_VERIFY_INVALID, MUN_VERIFY_WARNING,
			       f->path,
			       "%" PRIu64 " files to be fetched: this is "
			       "never done here",
			       v->out->to_fetch);
	return rc;
}
