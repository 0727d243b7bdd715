/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fixity/par2_tool.c - parity by hand, for scripts and benchmarks
 *
 * usage: par2_tool create FILE FOLDER PERCENT [SLICE_BYTES RECOVERY [MIB]]
 *        par2_tool check FILE WHERE PARITY...
 *        par2_tool repair FILE OUT WHERE PARITY...
 *
 * create prints the names and sizes of what it wrote; check and repair print
 * slices, recovery blocks and damaged ranges, and end with 1 where something is
 * damaged, or cannot be repaired.  WHERE is "all" or OFF+BYTES[,OFF+BYTES...].
 * OUT gets what can be read of FILE, and the repaired bytes; $MIB limits the
 * memory.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "core/check.h"
#include "core/file.h"
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

#define FILES_MAX 64

/* A file, its parity files, and where to look. */
struct job {
	struct mun_source *src;
	struct mun_source *parity[FILES_MAX];
	size_t nparity;
	struct mun_par2_set *set;
	struct mun_par2_range where[FILES_MAX];
	size_t nwhere;
	bool all;
	struct mun_par2_options opts;
};

static void parse_where(struct job *j, char *text)
{
	char *save = NULL;

	j->all = !strcmp(text, "all");
	if (j->all)
		return;
	for (char *t = strtok_r(text, ",", &save); t && j->nwhere < FILES_MAX;
	     t = strtok_r(NULL, ",", &save)) {
		char *plus = strchr(t, '+');

		if (!plus)
			exit(64);
		*plus = '\0';
		j->where[j->nwhere].off = number(t);
		j->where[j->nwhere++].bytes = number(plus + 1);
	}
}

static int open_job(struct job *j, const char *file, char *where, char **parity,
		    int n, struct mun_err *e)
{
	const char *mib = getenv("MIB");
	int rc;

	if (mib)
		j->opts.memory = (size_t)number(mib) << 20;
	parse_where(j, where);
	rc = mun_source_open_file(file, &j->src, e);
	for (int i = 0; !rc && i < n && i < FILES_MAX; i++) {
		rc = mun_source_open_file(parity[i], &j->parity[i], e);
		j->nparity += !rc;
	}
	return rc ? rc
		  : mun_par2_load(j->parity, j->nparity, &j->opts, &j->set, e);
}

static void close_job(struct job *j)
{
	mun_par2_set_free(j->set);
	for (size_t i = 0; i < j->nparity; i++)
		mun_source_close(j->parity[i]);
	mun_source_close(j->src);
}

static void print(const struct job *j, const struct mun_par2_damage *d)
{
	const struct mun_par2_info *info = mun_par2_set_info(j->set);

	(void)printf("slices %u damaged %u recovery %u lacking %u\n",
		     info->plan.blocks, d->blocks, info->plan.recovery,
		     d->lacking);
	for (size_t i = 0; i < d->nranges; i++)
		(void)printf("%llu+%llu\n",
			     (unsigned long long)d->ranges[i].off,
			     (unsigned long long)d->ranges[i].bytes);
}

static int check(struct job *j, struct mun_err *e)
{
	struct mun_par2_damage d;
	int rc;

	if (mun_par2_check(j->set, j->src, j->all ? NULL : j->where, j->nwhere,
			   &j->opts, &d, e))
		return told(e);
	print(j, &d);
	rc = d.blocks ? 1 : 0;
	mun_par2_damage_clear(&d);
	return rc;
}

static int write_at(void *ctx, uint64_t off, const void *data, size_t len,
		    struct mun_err *e)
{
	return mun_pwrite_all(*(int *)ctx, data, len, off, e);
}

/* Bytes that both have, as they are: what is missing is damaged anyway. */
static int copy(const struct job *j, int fd, struct mun_err *e)
{
	static char buf[1 << 20];
	const uint64_t size = mun_par2_set_info(j->set)->plan.bytes;
	const uint64_t end = MUN_MIN(size, j->src->size);
	int rc = 0;

	for (uint64_t off = 0; !rc && off < end; off += sizeof(buf)) {
		const size_t n =
			(size_t)MUN_MIN(end - off, (uint64_t)sizeof(buf));

		rc = mun_source_pread(j->src, buf, n, off, e);
		if (!rc)
			rc = mun_pwrite_all(fd, buf, n, off, e);
	}
	return rc;
}

static int repair(struct job *j, const char *to, struct mun_err *e)
{
	struct mun_par2_damage d = { 0 };
	mun_autoclose int fd = -1;
	int rc;

	fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	rc = fd < 0 ? mun_fail(e, MUN_EIO, "create '%s'", to) : copy(j, fd, e);
	if (!rc)
		rc = mun_par2_repair(j->set, j->src, j->all ? NULL : j->where,
				     j->nwhere, &j->opts, write_at, &fd, &d, e);
	print(j, &d);
	mun_par2_damage_clear(&d);
	return rc ? told(e) : 0;
}

int main(int argc, char **argv)
{
	struct job j = { 0 };
	struct mun_err e;
	int to = 0;
	int rc = 64;

	if (argc > 1 && !strcmp(argv[1], "create"))
		return create(argc, argv);
	if (argc > 5 && !strcmp(argv[1], "repair"))
		to = 1;
	else if (argc <= 4 || strcmp(argv[1], "check") != 0)
		return rc;
	if (open_job(&j, argv[2], argv[3 + to], argv + 4 + to, argc - 4 - to,
		     &e))
		rc = told(&e);
	else
		rc = to ? repair(&j, argv[3], &e) : check(&j, &e);
	close_job(&j);
	return rc;
}
