/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/soft_floppy_file.c - a floppy drive in memory, by a file */
#include "tests/support/soft_floppy.h"

#include "medium/floppy_device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void wrong(const char *path, const char *line)
{
	(void)fprintf(stderr, "%s: '%s' is not understood\n", path, line);
	abort();
}

/* Its bytes onto the disk, sector by sector. */
static void put_image(struct soft_floppy *f,
		      const struct mun_floppy_geometry *g, const char *path)
{
	FILE *from = fopen(path, "rb");

	if (!from)
		abort();
	for (unsigned int c = 0; c < g->cylinders; c++)
		for (unsigned int h = 0; h < g->heads; h++)
			if (fread(soft_floppy_at(f, c, h, 1), MUN_FLOPPY_SECTOR,
				  g->sectors, from) != g->sectors)
				abort();
	(void)fclose(from);
}

/* "bad C H S", and S 0: all of that track. */
static bool bad_line(struct soft_floppy *f, const char *line)
{
	unsigned int c;
	unsigned int h;
	unsigned int s;

	if (sscanf(line, "bad %u %u %u", &c, &h, &s) != 3 ||
	    c >= MUN_FLOPPY_CYLINDERS_MAX || h >= MUN_FLOPPY_HEADS_MAX ||
	    s > MUN_FLOPPY_SECTORS_MAX)
		return false;
	for (unsigned int i = 1; i <= MUN_FLOPPY_SECTORS_MAX; i++)
		if (!s || s == i)
			soft_floppy_bad(f, c, h, i);
	return true;
}

static void read_file(struct soft_floppy *f, const char *path)
{
	const struct mun_floppy_geometry *g = NULL;
	FILE *from = fopen(path, "r");
	char line[512];

	if (!from)
		abort();
	while (fgets(line, sizeof(line), from)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "type ", 5))
			(void)snprintf(f->type, sizeof(f->type), "%.16s",
				       line + 5);
		else if (!strncmp(line, "format ", 7))
			soft_floppy_format(f, g = soft_floppy_named(line + 7),
					   1);
		else if (!strncmp(line, "image ", 6) && g)
			put_image(f, g, line + 6);
		else if (!strcmp(line, "protected"))
			f->protected_ = 1;
		else if (!strncmp(line, "delay_us ", 9))
			f->delay_us = (unsigned int)strtoul(line + 9, NULL, 10);
		else if (!bad_line(f, line))
			wrong(path, line);
	}
	(void)fclose(from);
}

int soft_floppy_open(const char *path, struct mun_device *m, struct mun_err *e)
{
	struct soft_floppy *f = soft_floppy_new("");

	f->owned = true;
	read_file(f, path);
	return mun_floppy_device(&f->base, 0, 0, m, e);
}
