/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/soft_sheet.c - discs of cue sheets and of cdrdao's toc files */
#include "tests/support/soft_drive.h"

#include "tests/support/support.h"

#include <stdio.h>
#include <strings.h>

#define RAW 2352u

/* A sheet while it is read. */
struct sheet {
	struct mun_soft_disc *disc;
	char folder[4096];
	char *data; /* of the file that was named last */
	size_t len;
	struct mun_soft_track *track; /* the last one, or NULL */
	enum mun_soft_mode mode;
	uint32_t bytes; /* of a sector as stored */
	unsigned int session;
	int32_t lba; /* where the next sector goes */
	uint32_t from; /* cue: sector of the file where the last index was */
	size_t off; /* ... and its byte */
	bool pending; /* cue: from there on nothing is placed so far */
};

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

static int32_t msf(const char *text)
{
	int m = 0;
	int s = 0;
	int f = 0;

	if (!text || sscanf(text, "%d:%d:%d", &m, &s, &f) != 3)
		abort();
	return (m * 60 + s) * 75 + f;
}

/* The next word, or what is in quotes. */
static char *word(char **at)
{
	char *p = *at + strspn(*at, " \t\r");
	char *w;

	if (!*p || (p[0] == '/' && p[1] == '/'))
		return NULL;
	if (*p == '"') {
		w = ++p;
		p += strcspn(p, "\"");
	} else {
		w = p;
		p += strcspn(p, " \t\r");
	}
	if (*p)
		*p++ = '\0';
	*at = p;
	return w;
}

/* As it is named, or so in another case. */
static void load(struct sheet *s, const char *name)
{
	char path[8192];

	free(s->data);
	(void)snprintf(path, sizeof(path), "%s/%s", s->folder, name);
	s->data = mun_test_read(path, &s->len);
	if (!s->data) {
		for (char *p = path + strlen(s->folder); *p; p++)
			if (*p >= 'A' && *p <= 'Z')
				*p = (char)(*p - 'A' + 'a');
		s->data = mun_test_read(path, &s->len);
	}
	must(s->data);
	s->from = 0;
	s->off = 0;
}

static const struct type {
	const char *word;
	enum mun_soft_mode mode;
	uint32_t bytes;
} types[] = {
	{ "AUDIO", MUN_SOFT_AUDIO, 2352 },
	{ "MODE1/2048", MUN_SOFT_MODE1, 2048 },
	{ "MODE1/2352", MUN_SOFT_MODE1, 2352 },
	{ "MODE2/2336", MUN_SOFT_MODE2, 2336 },
	{ "MODE2/2352", MUN_SOFT_MODE2, 2352 },
	{ "MODE1", MUN_SOFT_MODE1, 2048 },
	{ "MODE1_RAW", MUN_SOFT_MODE1, 2352 },
	{ "MODE2_RAW", MUN_SOFT_MODE2, 2352 },
	{ "MODE2_FORM_MIX", MUN_SOFT_MODE2, 2336 },
	{ "MODE2", MUN_SOFT_MODE2, 2336 },
};

static void set_type(struct sheet *s, const char *name)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcasecmp(types[i].word, name) != 0)
			continue;
		s->mode = types[i].mode;
		s->bytes = types[i].bytes;
		return;
	}
	abort();
}

/* @n sectors as they are stored, whole ones; NULL: silence. */
static void place(struct sheet *s, const char *data, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		const char *from = data ? data + (size_t)i * s->bytes : NULL;
		uint8_t raw[RAW] = { 0 };

		if (!from && s->mode != MUN_SOFT_AUDIO) {
			mun_soft_fill(s->disc, MUN_SOFT_MODE1, s->lba, 1, 0);
		} else if (s->bytes == 2048 && from) {
			memcpy(raw, from, 2048);
			mun_soft_put_user(s->disc, s->lba, raw);
		} else {
			if (from)
				memcpy(raw + (RAW - s->bytes), from, s->bytes);
			if (from && s->bytes == 2336) {
				uint8_t head[RAW];

				/* The header of any sector of Mode 2. */
				mun_soft_fill(s->disc, MUN_SOFT_MODE2, s->lba,
					      1, 0);
				memcpy(head, s->disc->sectors[s->lba]->raw,
				       RAW);
				memcpy(raw, head, 16);
			}
			mun_soft_put(s->disc, s->lba, raw,
				     s->mode == MUN_SOFT_AUDIO);
		}
		s->lba++;
	}
}

static void begin_track(struct sheet *s, const char *type)
{
	set_type(s, type);
	s->track = mun_soft_track(s->disc, s->session,
				  s->mode == MUN_SOFT_AUDIO ? 0 : 4, s->lba);
}

static void put_isrc(struct sheet *s, const char *code)
{
	size_t n = 0;

	for (; code && *code && n < 12; code++)
		if (*code != '-')
			s->track->isrc[n++] = *code;
}

static void put_mcn(struct sheet *s, const char *digits)
{
	(void)snprintf(s->disc->mcn, sizeof(s->disc->mcn), "%s",
		       (const char *)must((void *)(uintptr_t)digits));
}

/* ---- cue ---- */

/* What lies in the file between the last index and sector @to. */
static void flush(struct sheet *s, uint32_t to)
{
	uint32_t n = to - s->from;

	if (!s->pending)
		return;
	if (s->off + (size_t)n * s->bytes > s->len)
		abort();
	place(s, s->data + s->off, n);
	s->off += (size_t)n * s->bytes;
	s->from = to;
	s->pending = false;
}

static void flush_rest(struct sheet *s)
{
	if (s->pending)
		flush(s, s->from + (uint32_t)((s->len - s->off) / s->bytes));
}

static void end_session(struct sheet *s)
{
	s->disc->leadout[s->session - 1] = s->lba;
	s->lba += s->session == 1 ? 11400 : 6900;
	s->session++;
	s->track = NULL;
}

static void cue_index(struct sheet *s, char *args)
{
	const char *number = must(word(&args));
	uint32_t at = (uint32_t)msf(word(&args));

	if (strcmp(number, "00") == 0) {
		s->from = at;
		return;
	}
	/* Further indexes are in no table of contents. */
	if (strcmp(number, "01") != 0)
		return;
	s->pending = true;
	s->track->pregap += at - s->from;
	flush(s, at);
	s->track->start = s->lba;
	s->from = at;
	s->pending = true;
}

/* Before a TRACK line the one before has to be placed, up to where the new one
 * begins, which its first INDEX tells: looked up ahead. */
static uint32_t next_index(const char *rest)
{
	const char *index = strstr(rest, "INDEX");
	const char *file = strstr(rest, "FILE");

	if (!index || (file && file < index))
		return UINT32_MAX;
	return (uint32_t)msf(index + strcspn(index, ":") - 2);
}

static void cue_track(struct sheet *s, char *args, const char *rest)
{
	uint32_t to = next_index(rest);

	if (to == UINT32_MAX)
		flush_rest(s);
	else
		flush(s, to);
	(void)word(&args);
	begin_track(s, must(word(&args)));
}

static void cue_flags(struct sheet *s, char *args)
{
	const char *w;

	while ((w = word(&args))) {
		if (strcmp(w, "DCP") == 0)
			s->track->control |= 2;
		else if (strcmp(w, "PRE") == 0)
			s->track->control |= 1;
		else if (strcmp(w, "4CH") == 0)
			s->track->control |= 8;
	}
}

static void cue_rem(struct sheet *s, char *args, const char *rest)
{
	const char *w = word(&args);
	unsigned long n;

	if (!w || strcmp(w, "SESSION") != 0)
		return;
	n = strtoul(must(word(&args)), NULL, 10);
	if (n <= s->session)
		return;
	if (next_index(rest) == UINT32_MAX)
		flush_rest(s);
	else
		flush(s, next_index(rest));
	end_session(s);
}

static void load_cdtext(struct sheet *s, const char *name)
{
	char path[8192];
	char *data;
	size_t len;

	(void)snprintf(path, sizeof(path), "%s/%s", s->folder, name);
	data = must(mun_test_read(path, &len));
	if (len % 18 == 4)
		memmove(data, data + 4, len -= 4);
	s->disc->cdtext = (uint8_t *)data;
	s->disc->cdtext_bytes = len / 18 * 18;
}

static void cue_line(struct sheet *s, char *line, const char *rest)
{
	const char *w = word(&line);

	if (!w)
		return;
	if (strcmp(w, "FILE") == 0) {
		flush_rest(s);
		load(s, must(word(&line)));
	} else if (strcmp(w, "TRACK") == 0) {
		cue_track(s, line, rest);
	} else if (strcmp(w, "INDEX") == 0) {
		cue_index(s, line);
	} else if (strcmp(w, "PREGAP") == 0) {
		s->track->pregap = (uint32_t)msf(word(&line));
		place(s, NULL, s->track->pregap);
		s->track->start = s->lba;
	} else if (strcmp(w, "ISRC") == 0) {
		put_isrc(s, word(&line));
	} else if (strcmp(w, "CATALOG") == 0) {
		put_mcn(s, word(&line));
	} else if (strcmp(w, "CDTEXTFILE") == 0) {
		load_cdtext(s, must(word(&line)));
	} else if (strcmp(w, "FLAGS") == 0) {
		cue_flags(s, line);
	} else if (strcmp(w, "REM") == 0) {
		cue_rem(s, line, rest);
	}
}

/* ---- toc ---- */

static void toc_file(struct sheet *s, char *args)
{
	const char *name = must(word(&args));
	const char *first = word(&args);
	const char *second = word(&args);
	size_t off = 0;
	uint32_t n;

	load(s, name);
	if (first && *first == '#') {
		off = strtoul(first + 1, NULL, 10);
		first = second;
		second = word(&args);
	}
	if (first && strchr(first, ':'))
		off += (size_t)msf(first) * s->bytes;
	n = (uint32_t)((s->len - off) / s->bytes);
	if (second && strchr(second, ':'))
		n = (uint32_t)msf(second);
	if (off + (size_t)n * s->bytes > s->len)
		abort();
	place(s, s->data + off, n);
}

static void toc_line(struct sheet *s, char *line)
{
	const char *w = word(&line);

	if (!w)
		return;
	if (strcmp(w, "TRACK") == 0) {
		begin_track(s, must(word(&line)));
	} else if (strcmp(w, "FILE") == 0 || strcmp(w, "AUDIOFILE") == 0 ||
		   strcmp(w, "DATAFILE") == 0) {
		toc_file(s, line);
	} else if (strcmp(w, "SILENCE") == 0 || strcmp(w, "ZERO") == 0) {
		place(s, NULL, (uint32_t)msf(word(&line)));
	} else if (strcmp(w, "PREGAP") == 0) {
		s->track->pregap = (uint32_t)msf(word(&line));
		place(s, NULL, s->track->pregap);
		s->track->start = s->lba;
	} else if (strcmp(w, "START") == 0) {
		s->track->pregap = (uint32_t)msf(word(&line));
		s->track->start += (int32_t)s->track->pregap;
	} else if (strcmp(w, "ISRC") == 0) {
		put_isrc(s, word(&line));
	} else if (strcmp(w, "CATALOG") == 0) {
		put_mcn(s, word(&line));
	} else if (strcmp(w, "COPY") == 0) {
		s->track->control |= 2;
	}
}

/* Texts in braces are not for us. */
static bool is_skipped(int *depth, const char *line)
{
	bool inside = *depth > 0;

	for (; *line; line++) {
		if (*line == '{')
			(*depth)++;
		if (*line == '}')
			(*depth)--;
	}
	return inside || *depth > 0;
}

struct mun_soft_disc *mun_soft_disc_sheet(const char *path)
{
	struct sheet s = { .disc = mun_soft_disc_new(), .session = 1 };
	const char *dot = strrchr(path, '.');
	bool cue = dot && strcasecmp(dot, ".cue") == 0;
	char *text = must(mun_test_read(path, NULL));
	const char *slash = strrchr(path, '/');
	char *next = text;
	int depth = 0;

	(void)snprintf(s.folder, sizeof(s.folder), "%.*s",
		       slash ? (int)(slash - path) : 1, slash ? path : ".");
	while (next && *next) {
		char *line = next;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (cue)
			cue_line(&s, line, next ? next : "");
		else if (!is_skipped(&depth, line))
			toc_line(&s, line);
	}
	flush_rest(&s);
	s.disc->leadout[s.session - 1] = s.lba;
	free(s.data);
	free(text);
	return s.disc;
}
