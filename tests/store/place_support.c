/* SPDX-License-Identifier: Apache-2.0 */
/* tests/store/place_support.c - two places, an object, a process to kill */
#include "tests/store/place_support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>

#include "core/file.h"
#include "core/sys.h"

#define DIED 99

void tree_of(const void *data, size_t len, struct mun_tree *out)
{
	struct mun_tree_builder *b;
	struct mun_err e;

	assert_int_equal(mun_tree_builder_new(&b, &e), 0);
	assert_int_equal(mun_tree_builder_update(b, data, len, &e), 0);
	assert_int_equal(mun_tree_builder_final(b, out, &e), 0);
	mun_tree_builder_free(b);
}

static void make_main(struct two *t)
{
	char *path = mun_test_path(t->dir, "repository");
	char *root = mun_test_path(path, "ocfl");
	char *conf = mun_test_path(path, "muniment.conf");
	char *spool = mun_test_path(path, "spool");
	struct mun_err e;

	assert_int_equal(mun_store_init(root, &e), 0);
	assert_int_equal(mun_mkdirs(spool, &e), 0);
	mun_test_write(conf, "[repository]\n", 13);
	assert_int_equal(mun_place_open_main(path, &t->from, &e), 0);
	free(spool);
	free(conf);
	free(root);
	free(path);
}

/* Written with its hole. */
static void write_master(const struct two *t, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0666);
	const size_t p = MUN_TREE_PIECE;

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)MASTER_BYTES), 0);
	assert_int_equal(pwrite(fd, t->master, p, 0), (ssize_t)p);
	assert_int_equal(pwrite(fd, t->master + 2 * p, MASTER_BYTES - 2 * p,
				(off_t)(2 * p)),
			 (ssize_t)(MASTER_BYTES - 2 * p));
	assert_int_equal(close(fd), 0);
}

static void make_object(struct two *t)
{
	static const char record[] = "<premis/>";
	struct mun_digests d = { 0 };
	char *dir = mun_test_path(t->from->spool, "stage");
	struct mun_stage *st;
	struct mun_err e;
	char *path;

	t->master = calloc(1, MASTER_BYTES);
	mun_test_pattern(t->master, MASTER_BYTES, 42);
	memset(t->master + MUN_TREE_PIECE, 0, MUN_TREE_PIECE);
	assert_int_equal(mun_stage_open(dir, SAMPLE_ID, &st, &e), 0);
	assert_int_equal(mun_stage_path(st, MASTER, &path, &e), 0);
	write_master(t, path);
	assert_int_equal(mun_digest_memory(MUN_DIGEST_BIT(MUN_SHA512) |
						   MUN_DIGEST_BIT(MUN_SHA256),
					   t->master, MASTER_BYTES, &d, &e),
			 0);
	assert_int_equal(mun_stage_add(st, MASTER, &d, &e), 0);
	assert_int_equal(mun_stage_put(st, RECORD, record, sizeof(record) - 1,
				       MUN_DIGEST_BIT(MUN_MD5), NULL, &e),
			 0);
	assert_int_equal(mun_stage_commit(st, t->from->store, &sample_info, &e),
			 0);
	tree_of(t->master, MASTER_BYTES, &t->trees[0]);
	tree_of(record, sizeof(record) - 1, &t->trees[1]);
	t->files[0] = (struct mun_replica_file){ MASTER, &t->trees[0] };
	t->files[1] = (struct mun_replica_file){ RECORD, &t->trees[1] };
	mun_stage_free(st);
	free(path);
	free(dir);
}

void two_open(struct two *t)
{
	struct mun_err e;

	*t = (struct two){ .dir = mun_test_dir() };
	t->path = mun_test_path(t->dir, "copies");
	make_main(t);
	make_object(t);
	assert_int_equal(
		mun_place_init(t->path, STORE_ID, REPOSITORY_ID, "second", &e),
		0);
	assert_int_equal(mun_place_open(t->path, STORE_ID, REPOSITORY_ID,
					"second", &t->to, &e),
			 0);
}

void two_close(struct two *t)
{
	mun_place_close(t->from);
	mun_place_close(t->to);
	mun_tree_clear(&t->trees[0]);
	mun_tree_clear(&t->trees[1]);
	free(t->master);
	free(t->path);
	mun_test_dir_remove(t->dir);
}

void two_copy(struct two *t)
{
	struct mun_replica_result r;
	struct mun_err e;

	assert_int_equal(mun_replicate(t->from, t->to, SAMPLE_ID, t->files, 2,
				       NULL, &r, &e),
			 0);
}

char *stored_in(const struct mun_place *p, const char *rel)
{
	struct mun_err e;
	char *path;
	char *dir;

	assert_int_equal(mun_store_object_dir(p->store, SAMPLE_ID, &dir, &e),
			 0);
	path = mun_test_path(dir, rel);
	free(dir);
	return path;
}

unsigned int objects_of(const struct mun_place *p, bool kill)
{
	struct verdict v;

	verdict_of(mun_store_path(p->store), &v);
	for (const char *line = v.text; *line; line = strchr(line, '\n') + 1) {
		if (!kill || strncmp(line, "E073 ", 5) != 0)
			fail_msg("%s", v.text);
	}
	return (unsigned int)v.counts.objects;
}

bool has_all(const struct two *t, const struct mun_place *p)
{
	char *master = stored_in(p, "v1/content/" MASTER);
	char *record = stored_in(p, "v1/content/" RECORD);
	size_t len = 0;
	char *data = mun_test_read(master, &len);
	bool good = data && len == MASTER_BYTES &&
		    !memcmp(data, t->master, len) &&
		    mun_test_has_text(record, "<premis/>");

	free(data);
	free(record);
	free(master);
	return good;
}

void flip_bit(const char *path, off_t off)
{
	int fd = open(path, O_RDWR);
	unsigned char c;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &c, 1, off), 1);
	c ^= 4;
	assert_int_equal(pwrite(fd, &c, 1, off), 1);
	assert_int_equal(fsync(fd), 0);
	assert_int_equal(close(fd), 0);
}

static atomic_int calls_left;

static void tick(void)
{
	if (atomic_fetch_sub(&calls_left, 1) == 0)
		_exit(DIED);
}

static int k_open(const char *path, int flags, mode_t mode)
{
	if (flags & (O_CREAT | O_TRUNC))
		tick();
	return mun_sys_real.open(path, flags, mode);
}

static ssize_t k_write(int fd, const void *buf, size_t len)
{
	tick();
	return mun_sys_real.write(fd, buf, len);
}

static ssize_t k_pwrite(int fd, const void *buf, size_t len, off_t off)
{
	tick();
	return mun_sys_real.pwrite(fd, buf, len, off);
}

static int k_ftruncate(int fd, off_t len)
{
	tick();
	return mun_sys_real.ftruncate(fd, len);
}

static int k_rename(const char *from, const char *to)
{
	tick();
	return mun_sys_real.rename(from, to);
}

static int k_rename_new(const char *from, const char *to)
{
	tick();
	return mun_sys_real.rename_new(from, to);
}

static int k_link(const char *from, const char *to)
{
	tick();
	return mun_sys_real.link(from, to);
}

static int k_unlink(const char *path)
{
	tick();
	return mun_sys_real.unlink(path);
}

static int k_rmdir(const char *path)
{
	tick();
	return mun_sys_real.rmdir(path);
}

static int k_mkdir(const char *path, mode_t mode)
{
	tick();
	return mun_sys_real.mkdir(path, mode);
}

static void die_later(int n)
{
	atomic_store(&calls_left, n);
	mun_sys.open = k_open;
	mun_sys.write = k_write;
	mun_sys.pwrite = k_pwrite;
	mun_sys.ftruncate = k_ftruncate;
	mun_sys.rename = k_rename;
	mun_sys.rename_new = k_rename_new;
	mun_sys.link = k_link;
	mun_sys.unlink = k_unlink;
	mun_sys.rmdir = k_rmdir;
	mun_sys.mkdir = k_mkdir;
}

bool killed_at(int n, int (*fn)(void *ctx), void *ctx)
{
	int status;
	pid_t pid;

	(void)fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		die_later(n);
		_exit(fn(ctx) ? 1 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) != DIED)
		assert_int_equal(WEXITSTATUS(status), 0);
	return WEXITSTATUS(status) == DIED;
}
