/* SPDX-License-Identifier: Apache-2.0 */
/* store/quarantine.c - damaged bytes kept aside, the new ones put in place */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/file.h"
#include "core/regular.h"
#include "core/source.h"
#include "core/str.h"
#include "core/sys.h"
#include "store/beneath.h"
#include "store/mend.h"
#include "store/mend_int.h"

/* One incident can meet the same file damaged anew a few times. */
#define SAME_NAME_MAX 1000u

#define BLOCK ((size_t)64 << 10)

struct install {
	const struct mun_place *p;
	char *rel; /* below the storage root */
	char *stored; /* its path */
	char *folder; /* that holds it */
	char *kept; /* name in the quarantine; NULL: nothing was there */
	char *kept_folder;
	bool moved; /* the stored one is in the quarantine only */
};

static void clear(struct install *in)
{
	free(in->rel);
	free(in->stored);
	free(in->folder);
	free(in->kept);
	free(in->kept_folder);
}

static int parent_of(const char *path, char **out, struct mun_err *e)
{
	int rc = mun_strdup(path, out, e);

	if (!rc)
		*strrchr(*out, '/') = '\0';
	return rc;
}

static int check_incident(const char *incident, struct mun_err *e)
{
	if (mun_path_is_safe(incident) && !strchr(incident, '/') &&
	    strlen(incident) < 200)
		return 0;
	return mun_fail(e, MUN_EINVAL, "'%s' is no name of an incident",
			incident);
}

static int prepare(struct install *in, const char *object, const char *rel,
		   struct mun_err *e)
{
	const char *root = mun_store_path(in->p->store);
	mun_autofree char *inner = NULL;
	int rc;

	rc = mun_path_join(object, rel, &in->rel, e);
	if (!rc)
		rc = mun_path_join(root, in->rel, &in->stored, e);
	if (!rc)
		rc = parent_of(in->stored, &in->folder, e);
	if (!rc)
		rc = parent_of(in->rel, &inner, e);
	/* The folder may be what is lost. */
	return rc ? rc : mun_beneath_mkdirs(root, inner, e);
}

/* May the damaged file @was have this name, or (@there) has it got it from a
 * try that was killed? */
static int is_free(const char *name, const struct stat *was, bool *fits,
		   bool *there, struct mun_err *e)
{
	struct stat st;

	if (lstat(name, &st)) {
		*fits = errno == ENOENT;
		return *fits ? 0 : mun_fail_sys(e, errno, "look at '%s'", name);
	}
	*there = st.st_ino == was->st_ino && st.st_dev == was->st_dev;
	*fits = *there;
	return 0;
}

/* Where the damaged bytes shall be: @incident/@rel, and ".N" for the next. */
static int find_name(struct install *in, const char *incident, const char *rel,
		     const struct stat *was, bool *there, struct mun_err *e)
{
	mun_autofree char *want = NULL;
	mun_autofree char *inner = NULL;
	int rc;

	rc = mun_fmt(&want, e, "%s/%s/%s", in->p->quarantine, incident, rel);
	if (!rc)
		rc = parent_of(want, &in->kept_folder, e);
	if (!rc)
		rc = mun_strdup(in->kept_folder + strlen(in->p->path) + 1,
				&inner, e);
	if (!rc)
		rc = mun_beneath_mkdirs(in->p->path, inner, e);
	for (unsigned int n = 1; !rc && n < SAME_NAME_MAX; n++) {
		mun_autofree char *name = NULL;
		bool fits = false;

		rc = n == 1 ? mun_strdup(want, &name, e)
			    : mun_fmt(&name, e, "%s.%u", want, n);
		if (!rc)
			rc = is_free(name, was, &fits, there, e);
		/* Only now: what is named here is removed after an error. */
		if (fits) {
			in->kept = mun_steal(&name);
			return 0;
		}
	}
	return rc ? rc
		  : mun_fail(e, MUN_EEXIST, "'%s' is full", in->kept_folder);
}

/* What can be read of @from, the rest as holes. */
static int salvage(int fd, struct mun_source *src, struct mun_err *e)
{
	mun_autofree uint8_t *buf = aligned_alloc(MUN_IO_ALIGN, BLOCK);
	int rc = 0;

	if (!buf)
		return mun_fail_nomem(e, "buffer");
	for (uint64_t off = 0; !rc && off < src->size; off += BLOCK) {
		size_t len = (size_t)MUN_MIN(src->size - off, (uint64_t)BLOCK);
		struct mun_err lost;

		if (!mun_source_pread(src, buf, len, off, &lost))
			rc = mun_pwrite_all(fd, buf, len, off, e);
	}
	if (!rc && mun_sys.ftruncate(fd, (off_t)src->size))
		rc = mun_fail_sys(e, errno, "size");
	if (!rc && mun_sys.fsync(fd))
		rc = mun_fail_sys(e, errno, "sync");
	return rc;
}

/* A file system without hard links: the bytes themselves. */
static int copy_aside(const struct install *in, struct mun_err *e)
{
	mun_auto(source) *src = NULL;
	int rc;
	int fd;

	rc = mun_source_open_file(in->stored, &src, e);
	if (rc)
		return rc;
	fd = mun_sys.open(in->kept,
			  O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
			  0666);
	if (fd < 0)
		return mun_fail_sys(e, errno, "create '%s'", in->kept);
	rc = salvage(fd, src, e);
	if (mun_sys.close(fd) && !rc)
		rc = mun_fail_sys(e, errno, "close");
	if (rc) {
		(void)mun_sys.unlink(in->kept);
		return mun_ctx(e, "keep '%s' in '%s'", in->stored, in->kept);
	}
	return 0;
}

static bool knows_no_links(int err)
{
	return err == EPERM || err == EOPNOTSUPP || err == ENOSYS ||
	       err == EMLINK || err == EINVAL;
}

/* A second name, so that the first can be given to the new file. */
static int keep(struct install *in, const struct stat *was, struct mun_err *e)
{
	if (!S_ISREG(was->st_mode)) {
		if (mun_sys.rename_new(in->stored, in->kept))
			return mun_fail_sys(e, errno, "move '%s' to '%s'",
					    in->stored, in->kept);
		in->moved = true;
		return 0;
	}
	if (!mun_sys.link(in->stored, in->kept))
		return 0;
	if (knows_no_links(errno))
		return copy_aside(in, e);
	return mun_fail_sys(e, errno, "keep '%s' as '%s'", in->stored,
			    in->kept);
}

/* What an error leaves is what was there before. */
static void undo(struct install *in)
{
	mun_autofree char *dir = NULL;
	size_t end = strlen(in->p->quarantine);

	if (in->moved)
		(void)mun_sys.rename_new(in->kept, in->stored);
	else if (in->kept)
		(void)mun_sys.unlink(in->kept);
	/* Only what is empty goes: rmdir(2) sees to that. */
	dir = in->kept_folder ? strdup(in->kept_folder) : NULL;
	while (dir && strlen(dir) > end &&
	       (!mun_sys.rmdir(dir) || errno == ENOENT))
		*strrchr(dir, '/') = '\0';
}

static int quarantine(struct install *in, const char *incident, const char *rel,
		      struct stat *was, bool *found, struct mun_err *e)
{
	bool there = false;
	int rc;

	*found = !lstat(in->stored, was);
	if (!*found)
		return errno == ENOENT ? 0
				       : mun_fail_sys(e, errno, "look at '%s'",
						      in->stored);
	rc = find_name(in, incident, rel, was, &there, e);
	if (!rc && !there)
		rc = keep(in, was, e);
	if (!rc)
		rc = mun_dir_sync(in->kept_folder, e);
	if (!rc && in->moved)
		rc = mun_dir_sync(in->folder, e);
	return rc;
}

/* The rights of the old file; only root may give files away. */
static int copy_rights(const char *fresh, const struct stat *was,
		       struct mun_err *e)
{
	struct stat is;

	if (!S_ISREG(was->st_mode))
		return 0;
	if (lstat(fresh, &is))
		return mun_fail_sys(e, errno, "look at '%s'", fresh);
	if ((was->st_uid != is.st_uid || was->st_gid != is.st_gid) &&
	    lchown(fresh, was->st_uid, was->st_gid) && errno != EPERM)
		return mun_fail_sys(e, errno, "keep the owner of '%s'", fresh);
	if (chmod(fresh, was->st_mode & 07777) && errno != EPERM)
		return mun_fail_sys(e, errno, "keep the mode of '%s'", fresh);
	return 0;
}

static int replace(const struct install *in, const char *fresh,
		   const struct stat *was, bool found, struct mun_err *e)
{
	int rc = found ? copy_rights(fresh, was, e) : 0;

	if (rc)
		return rc;
	if (mun_sys.rename(fresh, in->stored))
		return mun_fail_sys(e, errno, "move '%s' to '%s'", fresh,
				    in->stored);
	return 0;
}

int mun_mend_install(const struct mun_place *p, const char *object,
		     const char *rel, const char *fresh, const char *incident,
		     struct mun_err *e)
{
	struct install in = { .p = p };
	struct stat was;
	bool found = false;
	int rc;

	rc = check_incident(incident, e);
	if (!rc)
		rc = mun_place_available(p, e);
	if (!rc)
		rc = prepare(&in, object, rel, e);
	if (!rc)
		rc = quarantine(&in, incident, rel, &was, &found, e);
	if (!rc)
		rc = replace(&in, fresh, &was, found, e);
	if (rc)
		undo(&in);
	else
		rc = mun_dir_sync(in.folder, e);
	clear(&in);
	return rc;
}

int mun_quarantine_remove(const struct mun_place *p, const char *incident,
			  struct mun_err *e)
{
	mun_autofree char *dir = NULL;
	struct stat st;
	int rc;

	rc = check_incident(incident, e);
	if (!rc)
		rc = mun_place_available(p, e);
	if (!rc)
		rc = mun_path_join(p->quarantine, incident, &dir, e);
	if (rc)
		return rc;
	if (lstat(dir, &st) && errno == ENOENT)
		return 0;
	rc = mun_tree_remove(dir, e);
	if (!rc)
		rc = mun_dir_sync(p->quarantine, e);
	return rc ? mun_ctx(e, "close incident '%s'", incident) : 0;
}
