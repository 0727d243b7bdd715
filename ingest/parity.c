/* SPDX-License-Identifier: Apache-2.0 */
/* ingest/parity.c - parity of the master, made once its bytes are there */
#include "ingest/parity.h"

#include "core/clock.h"
#include "core/file.h"
#include "core/source.h"
#include "core/str.h"
#include "core/sys.h"
#include "fixity/hashpass.h"
#include "fixity/policy.h"
#include "ingest/attach.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

int mun_parity_percent(const struct mun_conf *conf, const char *collection,
		       unsigned int *out, struct mun_err *e)
{
	struct mun_policy policy;
	int rc;

	*out = 0;
	if (!conf)
		return 0;
	rc = mun_policy_get(conf, "main", collection, &policy, e);
	if (rc)
		return rc;
	if (policy.parity > 100)
		return mun_fail(e, MUN_EINVAL, "more than 100 %% of parity");
	if (policy.parity > 0)
		*out = (unsigned int)policy.parity;
	if (*out < policy.parity)
		++*out;
	return 0;
}

/* "disk.img.par2", "disk.img.vol000+100.par2". */
static bool is_parity_of(const char *name, const char *master)
{
	size_t len = strlen(master);
	size_t whole = strlen(name);

	return !strncmp(name, master, len) && name[len] == '.' &&
	       whole >= len + 5 && !strcmp(name + whole - 5, ".par2");
}

/* With another plan they would have other names: so by what they look like. */
static int remove_old(const char *dir, const char *master, struct mun_err *e)
{
	DIR *d = opendir(dir);
	const struct dirent *entry;
	int rc = 0;

	if (!d)
		return mun_fail_sys(e, errno, "list '%s'", dir);
	while (!rc &&
	       (entry = readdir(d))) { /* NOLINT(concurrency-mt-unsafe) */
		mun_autofree char *path = NULL;

		if (!is_parity_of(entry->d_name, master))
			continue;
		rc = mun_path_join(dir, entry->d_name, &path, e);
		if (!rc && mun_sys.unlink(path))
			rc = mun_fail_sys(e, errno, "remove '%s'", path);
	}
	(void)closedir(d);
	return rc;
}

/* The pass that made it read the bytes anew: were they the same? */
static int is_of(const struct mun_rec_file *master,
		 const struct mun_par2_created *made, struct mun_err *e)
{
	const struct mun_digest *md5 = &master->digests.of[MUN_MD5];

	if (md5->len == sizeof(made->md5) &&
	    !memcmp(md5->bytes, made->md5, sizeof(made->md5)))
		return 0;
	return mun_fail(e, MUN_EFIXITY,
			"'%s' was read again with other bytes; no parity can "
			"be made of it",
			master->path);
}

static int add_file(struct mun_parity *p, struct mun_stage *st,
		    struct mun_record *r, const char *name, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	mun_autofree char *disk = NULL;
	struct mun_digests digests = { 0 };
	mun_auto(source) *src = NULL;
	struct mun_tree tree = { 0 };
	struct mun_rec_file *f = NULL;
	int rc = mun_fmt(&path, e, "image/%s", name);

	if (!rc)
		rc = mun_stage_path(st, path, &disk, e);
	if (!rc)
		rc = mun_source_open_file(disk, &src, e);
	if (!rc)
		rc = mun_hash_source(src, p->algs, &digests, &tree, "parity",
				     NULL, e);
	if (!rc)
		rc = mun_stage_add(st, path, &digests, e);
	if (!rc) {
		f = mun_attach_entry(r, path, MUN_ROLE_PARITY, &digests, &tree,
				     e);
		rc = f ? 0 : e->code;
	}
	mun_tree_clear(&tree);
	if (rc || !f)
		return rc;
	f->format = "PAR2 parity, version 2.0";
	f->mime = "application/x-par2";
	return 0;
}

static int create(struct mun_parity *p, const struct mun_rec_file *master,
		  const char *disk, const char *name,
		  struct mun_par2_created *made, struct mun_err *e)
{
	const struct mun_par2_options opts = { .progress = p->progress };
	mun_autofree char *creator = NULL;
	mun_autofree char *dir = NULL;
	mun_auto(source) *src = NULL;
	int rc = mun_fmt(&dir, e, "%.*s",
			 (int)(strlen(disk) - strlen(name) - 1), disk);

	if (!rc)
		rc = mun_fmt(&creator, e, "muniment %s", p->program_version);
	if (!rc)
		rc = remove_old(dir, name, e);
	if (!rc)
		rc = mun_source_open_file(disk, &src, e);
	if (!rc)
		rc = mun_par2_plan(src->size, p->percent, &p->plan, e);
	if (!rc)
		rc = mun_par2_create(src, name, creator, &p->plan, dir, &opts,
				     made, e);
	return rc ? rc : is_of(master, made, e);
}

int mun_parity_make(struct mun_parity *p, struct mun_stage *st,
		    struct mun_record *r, struct mun_err *e)
{
	const struct mun_rec_file *master = mun_record_master(r);
	const char *name = strrchr(master->path, '/') + 1;
	mun_autofree char *disk = NULL;
	struct mun_par2_created made = { 0 };
	int rc;

	p->started_ms = mun_now_ms();
	rc = mun_stage_path(st, master->path, &disk, e);
	if (!rc)
		rc = create(p, master, disk, name, &made, e);
	for (size_t i = 0; !rc && i < made.nfiles; i++)
		rc = add_file(p, st, r, made.files[i].name, e);
	p->ended_ms = mun_now_ms();
	return rc ? mun_ctx(e, "parity of '%s'", name) : 0;
}
