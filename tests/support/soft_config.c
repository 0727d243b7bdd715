/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/soft_config.c - a drive of discs as a text file describes it */
#include "tests/support/soft_drive.h"

#include "tests/support/support.h"

#include <stdio.h>

static struct mun_soft_disc *load(const char *folder, const char *name)
{
	const char *dot = strrchr(name, '.');
	struct mun_soft_disc *d;
	char path[8192];
	char *data;
	size_t len;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (dot && strcmp(dot, ".iso") != 0)
		return mun_soft_disc_sheet(path);
	data = mun_test_read(path, &len);
	if (!data)
		abort();
	d = mun_soft_disc_iso((const uint8_t *)data, len, 0x0008);
	free(data);
	return d;
}

/* The same sectors as those of a DVD or BD. */
static void recast(struct mun_soft_disc *d, uint16_t profile)
{
	d->profile = profile;
	if (profile < 0x0010)
		return;
	for (size_t i = 0; i < d->room; i++)
		if (d->sectors[i])
			memmove(d->sectors[i]->raw, d->sectors[i]->raw + 16,
				2048);
	d->ntracks = 0;
	d->sessions = 0;
}

static const struct {
	const char *word;
	enum mun_soft_fault_kind kind;
} kinds[] = {
	{ "bad", MUN_SOFT_BAD },
	{ "transient", MUN_SOFT_TRANSIENT },
	{ "scrambled", MUN_SOFT_SCRAMBLED },
	{ "flip", MUN_SOFT_FLIP },
	{ "noise", MUN_SOFT_NOISE },
	{ "hang", MUN_SOFT_HANG },
};

static void forget(struct mun_soft_disc *d, int first, int last)
{
	for (int i = first; i <= last && (size_t)i < d->room; i++) {
		free(d->sectors[i]);
		d->sectors[i] = NULL;
	}
}

static bool fault_line(struct mun_soft_drive *d, const char *word,
		       const char *args)
{
	unsigned int times = 1;
	unsigned int at = 0;
	int first = 0;
	int last;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct mun_soft_fault *f;

		if (strcmp(word, kinds[i].word) != 0)
			continue;
		if (sscanf(args, "%d-%d", &first, &last) < 2)
			last = first;
		args += strcspn(args, " ");
		if (kinds[i].kind == MUN_SOFT_FLIP)
			(void)sscanf(args, "%u %u", &at, &times);
		else
			(void)sscanf(args, "%u", &times);
		f = mun_soft_fault(d, kinds[i].kind, first, last);
		f->times = times;
		f->at = at;
		return true;
	}
	if (strcmp(word, "unrecorded") != 0)
		return false;
	if (sscanf(args, "%d-%d", &first, &last) < 2)
		last = first;
	forget(d->disc, first, last);
	return true;
}

static void config_line(struct mun_soft_drive *d, const char *folder,
			char *line)
{
	char *args = line + strcspn(line, " ");
	unsigned long n;

	if (*args)
		*args++ = '\0';
	n = strtoul(args, NULL, 10);
	if (fault_line(d, line, args))
		return;
	if (strcmp(line, "disc") == 0)
		d->disc = load(folder, args);
	else if (strcmp(line, "profile") == 0)
		recast(d->disc, (uint16_t)strtoul(args, NULL, 16));
	else if (strcmp(line, "quirks") == 0)
		d->quirks = (unsigned int)strtoul(args, NULL, 16);
	else if (strcmp(line, "jitter") == 0)
		(void)sscanf(args, "%u %u", &d->jitter, &d->jitter_every);
	else if (strcmp(line, "delay") == 0)
		d->delay_ms = (unsigned int)n;
	else if (strcmp(line, "copyright") == 0)
		d->disc->copyright = (uint8_t)n;
	else if (strcmp(line, "aacs") == 0)
		d->disc->aacs = true;
	else if (strcmp(line, "gone-after") == 0)
		d->gone_after = (unsigned int)n;
	else if (strcmp(line, "open") == 0)
		d->open = true;
	else
		abort();
}

struct mun_soft_drive *mun_soft_drive_open(const char *path)
{
	struct mun_soft_drive *d = mun_soft_drive_new(NULL);
	char *text = mun_test_read(path, NULL);
	const char *slash = strrchr(path, '/');
	char folder[4096];
	char *next = text;

	if (!text)
		abort();
	(void)snprintf(folder, sizeof(folder), "%.*s",
		       slash ? (int)(slash - path) : 1, slash ? path : ".");
	while (next && *next) {
		char *line = next;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (*line && *line != '#')
			config_line(d, folder, line);
	}
	free(text);
	return d;
}
