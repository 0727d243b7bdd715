/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fixity/par2_tool.c - parity by hand, for scripts and benchmarks
 *
 * usage: par2_tool create FILE FOLDER PERCENT [SLICE_BYTES RECOVERY [MIB]]
 *
 * create prints the names and sizes of what it wrote.
 */
#include <stdio.h>
#include <string.h>

#include "core/parse.h"
#include "fixity/par2.h"

static int told(const struct mun_err *e)
{
	char text[2048];

	(void)fprintf(stderr, "par2_tool: %s\n",
		      mun_err_text(e, text, sizeof(text), 0));
	return e->code == MUN_EFIXITY ? 1 : 2;
}

static uint64_t number(const char *text)
{
	struct mun_err e;
	uint64_t v;

	if (mun_parse_u64(text, 0, INT64_MAX, &v, &e))
		exit(told(&e));
	return v;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int create(int argc, char **argv)
{
	mun_auto(source) *src = NULL;
	struct mun_par2_options opts = { 0 };
	struct mun_par2_created made;
	struct mun_par2_plan plan;
	struct mun_err e;

	if (argc < 5)
		return 64;
	if (mun_source_open_file(argv[2], &src, &e) ||
	    mun_par2_plan(src->size, (unsigned int)number(argv[4]), &plan, &e))
		return told(&e);
	if (argc > 6) {
		plan.slice_bytes = number(argv[5]);
		plan.recovery = (uint32_t)number(argv[6]);
		plan.blocks = (uint32_t)((plan.bytes + plan.slice_bytes - 1) /
					 plan.slice_bytes);
	}
	if (argc > 7)
		opts.memory = (size_t)number(argv[7]) << 20;
	if (mun_par2_create(src, base_name(argv[2]), "muniment test", &plan,
			    argv[3], &opts, &made, &e))
		return told(&e);
	for (size_t i = 0; i < made.nfiles; i++)
		(void)printf("%s %llu\n", made.files[i].name,
			     (unsigned long long)made.files[i].bytes);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "create"))
		return create(argc, argv);
	return 64;
}
