/* SPDX-License-Identifier: Apache-2.0 */
/* medium/flux_text.c - what gw prints, read line by line */
#include "medium/flux_text.h"

#include "core/check.h"
#include "core/str.h"
#include "core/utf8.h"

#include <stdio.h>
#include <string.h>

/* As clean text, cut to its room. */
static void put(char *out, size_t size, const char *text)
{
	struct mun_str s = { 0 };
	size_t len = strlen(text);
	size_t n;

	while (len && (text[len - 1] == ' ' || text[len - 1] == '\r'))
		len--;
	mun_escape(&s, text, len);
	(void)snprintf(out, size, "%s", s.text ? s.text : "");
	n = strlen(out);
	mun_utf8_trim(out, &n);
	out[n] = '\0';
	mun_str_free(&s);
}

/* A number of at most four digits at *@p, which moves behind it. */
static bool number(const char **p, unsigned int *out)
{
	size_t digits = strspn(*p, "0123456789");

	if (!digits || digits > 4)
		return false;
	*out = 0;
	for (size_t i = 0; i < digits; i++)
		*out = *out * 10 + (unsigned int)((*p)[i] - '0');
	*p += digits;
	return true;
}

/* "T12.1: ..." */
static void track_line(struct mun_flux_text *t, const char *line)
{
	const char *p = line + 1;
	unsigned int c;
	unsigned int h;

	if (!number(&p, &c) || *p++ != '.' || !number(&p, &h) ||
	    (*p != ':' && *p != ' ') || c >= MUN_FLUX_CYLINDERS_MAX ||
	    h >= MUN_FLUX_HEADS)
		return;
	t->cylinder = (int)c;
	t->head = (int)h;
	t->cylinders = MUN_MAX(t->cylinders, c + 1);
	t->heads = MUN_MAX(t->heads, h + 1);
	t->tracks += !t->seen[c][h];
	t->seen[c][h] = true;
}

/* How many numbers "0-39,41,44-79" or "0-79/2" has, from *@p on; 0: it is not
 * understood. */
static unsigned int count_of(const char **p)
{
	unsigned int n = 0;

	for (;;) {
		unsigned int first;
		unsigned int last;
		unsigned int step = 1;

		if (!number(p, &first))
			return 0;
		last = first;
		if (**p == '-') {
			++*p;
			if (!number(p, &last) || last < first)
				return 0;
		}
		if (**p == '/') {
			++*p;
			if (!number(p, &step) || !step)
				return 0;
		}
		n += (last - first) / step + 1;
		if (**p != ',')
			return n;
		++*p;
	}
}

/* "Reading c=0-81:h=0-1 revs=3" */
static void range_line(struct mun_flux_text *t, const char *line)
{
	const char *c = strstr(line, "c=");
	const char *h = strstr(line, ":h=");
	unsigned int cylinders;
	unsigned int heads;

	if (!c || !h)
		return;
	c += 2;
	h += 3;
	cylinders = count_of(&c);
	heads = count_of(&h);
	if (cylinders <= MUN_FLUX_CYLINDERS_MAX && heads <= MUN_FLUX_HEADS)
		t->total = cylinders * heads;
}

/* "  Model:    Greaseweazle V4" */
static bool info_line(const char *line, const char *name, char *out,
		      size_t size)
{
	size_t len = strlen(name);

	line += strspn(line, " ");
	if (strncmp(line, name, len) != 0 || line[len] != ':')
		return false;
	line += len + 1;
	put(out, size, line + strspn(line, " "));
	return true;
}

static void info_lines(struct mun_flux_text *t, const char *line)
{
	char version[sizeof(t->version)];

	if (info_line(line, "Host Tools", version, sizeof(version)))
		(void)snprintf(t->version, sizeof(t->version), "%s",
			       version + (version[0] == 'v'));
	else if (!info_line(line, "Model", t->model, sizeof(t->model)) &&
		 !info_line(line, "Firmware", t->firmware,
			    sizeof(t->firmware)) &&
		 !info_line(line, "Serial", t->serial, sizeof(t->serial)) &&
		 !strncmp(line, "  Not found", 11))
		t->no_device = true;
}

static void one_line(struct mun_flux_text *t, const char *line)
{
	static const char failed[] = "Command Failed: ";

	if (!line[strspn(line, " \r")])
		return;
	if (t->reason_next || !strncmp(line, failed, sizeof(failed) - 1)) {
		put(t->why, sizeof(t->why), line);
		t->failed = true;
		t->reason_next = false;
	} else if (!strncmp(line, "** FATAL ERROR:", 15)) {
		t->failed = true;
		t->reason_next = true;
	} else if (line[0] == 'T') {
		track_line(t, line);
	} else if (!strncmp(line, "Reading ", 8)) {
		range_line(t, line);
	} else {
		info_lines(t, line);
	}
	if (!t->failed)
		put(t->why, sizeof(t->why), line);
}

void mun_flux_text_begin(struct mun_flux_text *t)
{
	*t = (struct mun_flux_text){ .cylinder = -1, .head = -1 };
}

void mun_flux_text_feed(struct mun_flux_text *t, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\n') {
			mun_flux_text_end(t);
		} else if (t->len + 1 < sizeof(t->line)) {
			/* What follows a NUL, or does not fit, is not looked
			 * at. */
			t->line[t->len++] = data[i];
		}
	}
}

void mun_flux_text_end(struct mun_flux_text *t)
{
	t->line[t->len] = '\0';
	if (t->len)
		one_line(t, t->line);
	t->len = 0;
}
