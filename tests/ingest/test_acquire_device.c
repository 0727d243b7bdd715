/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ingest/test_acquire_device.c - devices that fail, and runs that end */
#include "ingest/acquire.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/file.h"
#include "core/sys.h"
#include "fixity/hashpass.h"
#include "ingest/checkpoint.h"
#include "tests/support/failing_drive.h"
#include "tests/support/support.h"

/* Two megabytes and a bit, odd. */
#define SECTOR 512u
#define SECTORS ((size_t)4800)
#define BYTES (SECTORS * SECTOR)
#define ALGS (MUN_DIGEST_BIT(MUN_SHA256) | MUN_DIGEST_BIT(MUN_SHA512))

static struct {
	char *dir; /* session's folder */
	char *image;
	struct mun_failing_drive *drive;
	uint8_t truth[BYTES];
	char want[SECTORS + 1]; /* states of the map, sector by sector */
} box;

static int setup(void **state)
{
	(void)state;
	mun_checkpoint_ms = 5000;
	box.dir = mun_test_dir();
	box.image = mun_test_path(box.dir, "disk.img");
	box.drive = mun_failing_drive_new(SECTORS, SECTOR);
	memset(box.want, '+', SECTORS);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mun_fault_restore();
	mun_cancel_reset();
	mun_reader_close(&box.drive->reader);
	free(box.image);
	mun_test_dir_remove(box.dir);
	return 0;
}

static void make_bad(size_t first, size_t n)
{
	mun_failing_set(box.drive, first, n, MUN_FAILING_BAD, 0);
	memset(box.want + first, '-', n);
}

/* Scattered, a scratch, the first and the last sector. */
static void damage(void)
{
	make_bad(0, 1);
	make_bad(700, 3);
	for (size_t i = 2040; i < 2400; i += 40)
		make_bad(i, 2);
	make_bad(3000, 140);
	make_bad(SECTORS - 1, 1);
}

/* What the image has to be. */
static void make_truth(void)
{
	mun_failing_bytes(box.drive, 0, box.truth, BYTES);
	for (size_t i = 0; i < SECTORS; i++)
		if (box.want[i] != '+' && box.want[i] != '!')
			memset(box.truth + i * SECTOR, 0, SECTOR);
}

static struct mun_device device_of(struct mun_reader *reader)
{
	return (struct mun_device){
		.facts = { .is_device = true,
			   .kind = MUN_DEVICE_DISK,
			   .bytes = BYTES,
			   .sector_bytes = SECTOR,
			   .name = "sdz",
			   .model = "Model" },
		.reader = reader,
		.fd = -1,
	};
}

static int acquire(struct mun_acquire *a, struct mun_rescue_policy policy,
		   struct mun_err *e)
{
	static struct mun_device medium;

	medium = device_of(&box.drive->reader);
	memset(e, 0, sizeof(*e));
	*a = (struct mun_acquire){
		.medium = &medium,
		.image_path = box.image,
		.session_dir = box.dir,
		.algs = ALGS,
		.policy = policy,
	};
	return mun_acquire_run(a, e);
}

static void must(int rc, const struct mun_err *e)
{
	char text[1024];

	if (rc)
		fail_msg("%s", mun_err_text(e, text, sizeof(text), 1));
}

static void assert_map(const struct mun_readmap *m)
{
	assert_int_equal(m->size, BYTES);
	for (size_t i = 0; i < SECTORS; i++) {
		char has = (char)mun_readmap_at(m, i * SECTOR);

		if (has != box.want[i])
			fail_msg("sector %zu: %c, not %c", i, has, box.want[i]);
	}
}

static void assert_image(void)
{
	size_t len;
	char *have = mun_test_read(box.image, &len);

	assert_non_null(have);
	assert_int_equal(len, BYTES);
	for (size_t i = 0; i < SECTORS; i++)
		if (memcmp(have + i * SECTOR, box.truth + i * SECTOR, SECTOR))
			fail_msg("sector %zu of the image is another", i);
	free(have);
}

/* Digests and tree are those of the truth, computed the other way. */
static void assert_digests(const struct mun_acquire *a)
{
	struct mun_source *src;
	struct mun_digests d;
	struct mun_tree tree;
	struct mun_err e;

	must(mun_source_from_memory(box.truth, BYTES, &src, &e), &e);
	must(mun_hash_source(src, ALGS, &d, &tree, "", NULL, &e), &e);
	assert_true(mun_digest_equal(&d.of[MUN_SHA256],
				     &a->digests.of[MUN_SHA256]));
	assert_true(mun_digest_equal(&d.of[MUN_SHA512],
				     &a->digests.of[MUN_SHA512]));
	assert_int_equal(a->tree.npieces, tree.npieces);
	assert_int_equal(a->tree.bytes, BYTES);
	assert_memory_equal(a->tree.pieces, tree.pieces,
			    tree.npieces * MUN_TREE_HASH);
	assert_memory_equal(a->tree.root, tree.root, MUN_TREE_HASH);
	mun_tree_clear(&tree);
	mun_source_close(src);
}

static void assert_all(const struct mun_acquire *a)
{
	make_truth();
	assert_map(&a->map);
	assert_image();
	assert_digests(a);
	assert_int_equal(box.drive->outside, 0);
}

static void forget_reads(void)
{
	for (size_t i = 0; i < SECTORS; i++)
		box.drive->sectors[i].reads = box.drive->sectors[i].alone = 0;
}

/* The map of the checkpoint that lies there; false: none. */
static bool checkpoint(struct mun_readmap *out)
{
	char *path = mun_test_path(box.dir, "progress.map");
	size_t len;
	char *text = mun_test_read(path, &len);
	struct mun_err e;

	free(path);
	if (!text)
		return false;
	must(mun_readmap_parse(text, len, out, &e), &e);
	free(text);
	return true;
}

static void start_again(void)
{
	static const char *const names[] = { "disk.img", "progress.map",
					     "progress.pieces",
					     "attempts.json" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char *path = mun_test_path(box.dir, names[i]);

		(void)unlink(path);
		free(path);
	}
}

/* ---- */

static void a_healthy_medium_is_read_once_and_in_order(void **state)
{
	struct mun_acquire a;
	struct mun_err e;

	(void)state;
	must(acquire(&a, (struct mun_rescue_policy){ 0 }, &e), &e);
	assert_all(&a);
	for (size_t i = 0; i < SECTORS; i++)
		assert_int_equal(box.drive->sectors[i].reads, 1);
	assert_int_equal(a.attempts.n, 1);
	assert_false(a.attempts.of[0].interrupted);
	assert_int_equal(a.attempts.of[0].good_after, BYTES);
	assert_int_equal(a.attempts.of[0].stats.read_bytes, BYTES);
	assert_int_equal(a.stop, MUN_RESCUE_DONE);
	mun_acquire_clear(&a);
}

static void bad_sectors_are_zeros_and_in_the_map(void **state)
{
	struct mun_acquire a;
	struct mun_err e;

	(void)state;
	damage();
	must(acquire(&a, (struct mun_rescue_policy){ .retries = 1 }, &e), &e);
	assert_all(&a);
	assert_int_equal(a.attempts.of[0].bad_after +
				 a.attempts.of[0].good_after,
			 BYTES);
	assert_true(a.attempts.of[0].stats.failed_reads > 0);
	assert_true(a.attempts.of[0].stats.nerrors > 0);
	mun_acquire_clear(&a);
}

static void the_end_may_be_read_first(void **state)
{
	struct mun_acquire a;
	struct mun_err e;

	(void)state;
	damage();
	must(acquire(&a, (struct mun_rescue_policy){ .reverse = true }, &e),
	     &e);
	assert_all(&a);
	mun_acquire_clear(&a);
}

/* Its wrong byte is another at each attempt: what is there is one of them. */
static void what_failed_a_check_is_kept_and_doubtful(void **state)
{
	struct mun_acquire a;
	struct mun_err e;
	size_t len;
	char *have;

	(void)state;
	box.drive->tells = true;
	mun_failing_set(box.drive, 100, 2, MUN_FAILING_DOUBTFUL, 0);
	mun_failing_set(box.drive, 2500, 1, MUN_FAILING_HEALS, 1);
	mun_failing_set(box.drive, 3000, 1, MUN_FAILING_CORRECTED, 0);
	make_bad(4000, 2);
	memset(box.want + 100, '!', 2);
	must(acquire(&a, (struct mun_rescue_policy){ .retries = 3 }, &e), &e);
	make_truth();
	have = mun_test_read(box.image, &len);
	assert_int_equal(len, BYTES);
	for (size_t i = 100; i < 102; i++) {
		size_t at = i * SECTOR;

		assert_int_not_equal(have[at + 7], (char)box.truth[at + 7]);
		box.truth[at + 7] = (uint8_t)have[at + 7];
	}
	free(have);
	assert_map(&a.map);
	assert_image();
	assert_digests(&a);
	mun_acquire_clear(&a);
}

static void a_spent_budget_ends_it_and_is_told(void **state)
{
	struct mun_acquire a;
	struct mun_err e;

	(void)state;
	make_bad(1000, 2000);
	must(acquire(&a, (struct mun_rescue_policy){ .max_errors = 5 }, &e),
	     &e);
	assert_int_equal(a.stop, MUN_RESCUE_ERRORS);
	assert_true(mun_readmap_bytes(&a.map, MUN_READ_GOOD) <
		    BYTES - 2000 * SECTOR + 1);
	for (size_t i = 0; i < SECTORS; i++)
		box.want[i] = (char)mun_readmap_at(&a.map, i * SECTOR);
	assert_all(&a);
	assert_false(a.attempts.of[0].interrupted);
	assert_int_equal(a.attempts.of[0].stop, MUN_RESCUE_ERRORS);
	mun_acquire_clear(&a);

	/* What comes after it was interrupted: it is not read again. */
	box.drive->reads = 0;
	must(acquire(&a, (struct mun_rescue_policy){ .max_errors = 5 }, &e),
	     &e);
	assert_int_equal(box.drive->reads, 0);
	assert_int_equal(a.stop, MUN_RESCUE_ERRORS);
	assert_int_equal(a.attempts.n, 1);
	assert_all(&a);
	mun_acquire_clear(&a);
}

static void a_medium_of_which_nothing_comes_is_none(void **state)
{
	struct mun_acquire a;
	struct mun_err e;

	(void)state;
	make_bad(0, SECTORS);
	assert_int_equal(acquire(&a, (struct mun_rescue_policy){ 0 }, &e),
			 MUN_EIO);
	mun_acquire_clear(&a);
}

static void a_drive_that_goes_leaves_what_it_gave(void **state)
{
	struct mun_acquire a;
	struct mun_err e;
	uint64_t had;

	(void)state;
	damage();
	box.drive->plan.gone_at = 20;
	box.drive->plan.never_back = true;
	/* Nobody waits here for a drive to come back. */
	box.drive->reader.ops = &(const struct mun_reader_ops){
		.read = box.drive->reader.ops->read,
		.close = box.drive->reader.ops->close,
	};
	assert_int_equal(acquire(&a, (struct mun_rescue_policy){ 0 }, &e),
			 MUN_EIO);
	had = mun_readmap_bytes(&a.map, MUN_READ_GOOD);
	assert_true(had > 0);
	assert_int_equal(a.attempts.of[0].stop, MUN_RESCUE_AWAY);
	mun_acquire_clear(&a);

	box.drive->plan = (struct mun_failing_plan){ 0 };
	box.drive->gone = false;
	must(acquire(&a, (struct mun_rescue_policy){ 0 }, &e), &e);
	assert_int_equal(a.resumed_bytes, had);
	assert_int_equal(a.attempts.n, 2);
	assert_int_equal(a.attempts.of[1].good_before, had);
	assert_all(&a);
	mun_acquire_clear(&a);
}

/* ---- a run that is ended at its n-th read ---- */

static int ends_at; /* reads that are left */
static const struct mun_reader_ops *real_ops;

static int read_or_cancel(struct mun_reader *r, void *buf, size_t len,
			  uint64_t off, struct mun_read_reply *reply,
			  struct mun_err *e)
{
	if (ends_at-- == 0)
		mun_cancel();
	return real_ops->read(r, buf, len, off, reply, e);
}

/* Sectors of the checkpoint that were read again.  A single one here and there
 * may be, to see whether the drive is alive. */
static size_t read_again(const struct mun_readmap *vouched)
{
	size_t probes = 0;
	size_t n = 0;

	for (size_t i = 0; i < SECTORS; i++) {
		const struct mun_failing_sector *s = &box.drive->sectors[i];

		if (mun_readmap_at(vouched, i * SECTOR) != MUN_READ_GOOD)
			continue;
		n += (size_t)s->reads - s->alone;
		probes += s->alone;
	}
	return n + (probes > 8 ? probes : 0);
}

static void resume_and_compare(int n)
{
	struct mun_readmap vouched = { 0 };
	struct mun_acquire a;
	struct mun_err e;

	assert_true(checkpoint(&vouched));
	forget_reads();
	must(acquire(&a, (struct mun_rescue_policy){ .retries = 1 }, &e), &e);
	if (read_again(&vouched))
		fail_msg("ended at read %d: %zu finished sectors read again", n,
			 read_again(&vouched));
	assert_int_equal(a.resumed_bytes,
			 mun_readmap_bytes(&vouched, MUN_READ_GOOD));
	assert_all(&a);
	mun_readmap_clear(&vouched);
	mun_acquire_clear(&a);
}

static void cancelled_at_any_read_it_goes_on(void **state)
{
	struct mun_reader_ops ops;
	struct mun_reader_ops *mine = &ops;
	int n = 0;
	int rc;

	(void)state;
	damage();
	real_ops = box.drive->reader.ops;
	ops = *real_ops;
	ops.read = read_or_cancel;
	do {
		struct mun_acquire a;
		struct mun_err e;

		start_again();
		mun_checkpoint_ms = n % 3 ? 5000 : 0;
		ends_at = n;
		box.drive->reader.ops = mine;
		rc = acquire(&a, (struct mun_rescue_policy){ .retries = 1 },
			     &e);
		mun_acquire_clear(&a);
		mun_cancel_reset();
		box.drive->reader.ops = real_ops;
		if (rc) {
			assert_int_equal(rc, MUN_ECANCELLED);
			resume_and_compare(n);
		}
		n += 1 + n / 8;
	} while (rc);
	assert_true(n > 60);
}

/* ---- system calls ---- */

/* A failing call of the reading ends with an error, or with the truth. */
static void a_failing_call_loses_nothing(void **state)
{
	int unseen = 0;
	int n = 0;

	(void)state;
	make_bad(700, 3);
	make_bad(3000, 40);
	mun_checkpoint_ms = 0;
	for (;; n++) {
		struct mun_acquire a;
		struct mun_err e;
		bool fired;
		int rc;

		start_again();
		mun_fault_install(MUN_CALL_MUTATING |
					  MUN_CALL_BIT(MUN_CALL_PREAD) |
					  MUN_CALL_BIT(MUN_CALL_READ) |
					  MUN_CALL_BIT(MUN_CALL_FSTAT),
				  n % 2 ? EIO : ENOSPC);
		/* Saving at every chunk makes many calls: each, then fewer. */
		mun_fault_arm(n < 60 ? n : n + 15 * (n - 60));
		rc = acquire(&a, (struct mun_rescue_policy){ 0 }, &e);
		fired = mun_fault_fired();
		mun_fault_restore();
		if (!rc)
			assert_all(&a);
		else
			assert_true(e.depth > 0);
		mun_acquire_clear(&a);
		if (!fired)
			break;
		unseen += !rc;
		must(acquire(&a, (struct mun_rescue_policy){ 0 }, &e), &e);
		assert_all(&a);
		mun_acquire_clear(&a);
	}
	print_message("%d calls failed once, %d of them without harm\n", n,
		      unseen);
	assert_true(n > 80);
	assert_true(unseen < n / 2);
}

/*
 * A disk that forgets what was not synced.  When a map gets its name, the image
 * and the records as they would be after a cut have to bear it out.
 */
static struct {
	pthread_mutex_t lock;
	uint8_t image[BYTES];
	char *pieces; /* durable bytes of progress.pieces */
	size_t npieces;
	unsigned int maps; /* that were seen */
	uint64_t most; /* bytes that one vouched for */
} cut = { .lock = PTHREAD_MUTEX_INITIALIZER };

static bool is_file(int fd, const char *path)
{
	struct stat a;
	struct stat b;

	return !fstat(fd, &a) && !stat(path, &b) && a.st_ino == b.st_ino;
}

static int sync_seen(int fd)
{
	char *pieces = mun_test_path(box.dir, "progress.pieces");
	int rc = mun_sys_real.fdatasync(fd);
	size_t len = 0;

	(void)pthread_mutex_lock(&cut.lock);
	if (is_file(fd, box.image)) {
		char *now = mun_test_read(box.image, &len);

		memset(cut.image, 0, BYTES);
		memcpy(cut.image, now, len < BYTES ? len : BYTES);
		free(now);
	} else if (is_file(fd, pieces)) {
		free(cut.pieces);
		cut.pieces = mun_test_read(pieces, &cut.npieces);
	}
	(void)pthread_mutex_unlock(&cut.lock);
	free(pieces);
	return rc;
}

static size_t records_of(const char *text)
{
	const char *at = strstr(text, "records in progress.pieces: ");

	assert_non_null(at);
	return (size_t)strtoull(strchr(at, ':') + 1, NULL, 10);
}

/* Every good sector of the map is durable, and the records that it names. */
static void look_at_map(const char *path)
{
	struct mun_readmap m;
	uint8_t right[SECTOR];
	struct mun_err e;
	size_t len;
	char *text = mun_test_read(path, &len);

	must(mun_readmap_parse(text, len, &m, &e), &e);
	assert_true(records_of(text) * 40 <= cut.npieces);
	for (size_t i = 0; i < SECTORS; i++) {
		if (mun_readmap_at(&m, i * SECTOR) != MUN_READ_GOOD)
			continue;
		mun_failing_bytes(box.drive, i * SECTOR, right, SECTOR);
		if (memcmp(right, cut.image + i * SECTOR, SECTOR))
			fail_msg("sector %zu is vouched for and not durable",
				 i);
	}
	if (mun_readmap_bytes(&m, MUN_READ_GOOD) > cut.most)
		cut.most = mun_readmap_bytes(&m, MUN_READ_GOOD);
	cut.maps++;
	mun_readmap_clear(&m);
	free(text);
}

static int rename_seen(const char *from, const char *to)
{
	size_t len = strlen(to);
	int rc;

	(void)pthread_mutex_lock(&cut.lock);
	if (len > 12 && !strcmp(to + len - 12, "progress.map"))
		look_at_map(from);
	rc = mun_sys_real.rename(from, to);
	(void)pthread_mutex_unlock(&cut.lock);
	return rc;
}

static void a_map_never_says_more_than_the_synced_image(void **state)
{
	struct mun_acquire a;
	struct mun_err e;

	(void)state;
	damage();
	mun_checkpoint_ms = 0;
	mun_sys.fdatasync = sync_seen;
	mun_sys.rename = rename_seen;
	must(acquire(&a, (struct mun_rescue_policy){ .retries = 1 }, &e), &e);
	mun_sys = mun_sys_real;
	assert_all(&a);
	print_message("%u maps were true\n", cut.maps);
	assert_true(cut.maps > 10);
	assert_int_equal(cut.most, mun_readmap_bytes(&a.map, MUN_READ_GOOD));
	mun_acquire_clear(&a);
	free(cut.pieces);
}

/* ---- kill -9 ---- */

static int calls_to_live;
static pthread_mutex_t live = PTHREAD_MUTEX_INITIALIZER;

static void live_or_die(void)
{
	(void)pthread_mutex_lock(&live);
	if (calls_to_live-- == 0)
		(void)kill(getpid(), SIGKILL);
	(void)pthread_mutex_unlock(&live);
}

static ssize_t mortal_pwrite(int fd, const void *data, size_t len, off_t off)
{
	/* Half of it is there. */
	if (calls_to_live == 0)
		(void)!mun_sys_real.pwrite(fd, data, len / 8192 * 4096, off);
	live_or_die();
	return mun_sys_real.pwrite(fd, data, len, off);
}

static ssize_t mortal_write(int fd, const void *data, size_t len)
{
	live_or_die();
	return mun_sys_real.write(fd, data, len);
}

static int mortal_rename(const char *from, const char *to)
{
	live_or_die();
	return mun_sys_real.rename(from, to);
}

static int mortal_fdatasync(int fd)
{
	live_or_die();
	return mun_sys_real.fdatasync(fd);
}

/* Did the child die? */
static bool in_child(int calls)
{
	struct mun_acquire a;
	struct mun_err e;
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		calls_to_live = calls;
		mun_sys.pwrite = mortal_pwrite;
		mun_sys.write = mortal_write;
		mun_sys.rename = mortal_rename;
		mun_sys.fdatasync = mortal_fdatasync;
		_exit(acquire(&a, (struct mun_rescue_policy){ .retries = 1 },
			      &e)
			      ? 1
			      : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return true;
	assert_int_equal(WEXITSTATUS(status), 0);
	return false;
}

static void killed_at_any_call_it_goes_on(void **state)
{
	int kills = 0;

	(void)state;
	damage();
	mun_checkpoint_ms = 0;
	for (int n = 0;; n += 1 + n / 8) {
		struct mun_readmap vouched = { 0 };

		start_again();
		if (!in_child(n))
			break;
		kills++;
		/* Every third is killed once more while it goes on. */
		if (kills % 3 == 0)
			(void)in_child(n / 2 + 3);
		if (checkpoint(&vouched)) {
			mun_readmap_clear(&vouched);
			resume_and_compare(n);
		}
	}
	print_message("killed %d times\n", kills);
	assert_true(kills > 30);
}

/* ---- what is in the spool is not believed ---- */

static void flip(const char *path, off_t at)
{
	char c;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &c, 1, at), 1);
	c ^= 4;
	assert_int_equal(pwrite(fd, &c, 1, at), 1);
	assert_int_equal(close(fd), 0);
}

/* A run that got all but what comes after read @n. */
static void interrupt_at(int n)
{
	struct mun_reader_ops ops = *box.drive->reader.ops;
	struct mun_acquire a;
	struct mun_err e;

	real_ops = box.drive->reader.ops;
	ops.read = read_or_cancel;
	ends_at = n;
	box.drive->reader.ops = &ops;
	assert_int_equal(
		acquire(&a, (struct mun_rescue_policy){ .retries = 1 }, &e),
		MUN_ECANCELLED);
	mun_acquire_clear(&a);
	mun_cancel_reset();
	box.drive->reader.ops = real_ops;
}

static void a_flipped_bit_costs_its_megabyte(void **state)
{
	struct mun_readmap vouched = { 0 };
	struct mun_acquire a;
	struct mun_err e;
	uint64_t lost = 0;
	size_t at = 2048;

	(void)state;
	damage();
	interrupt_at(60);
	assert_true(checkpoint(&vouched));
	while (at < 4096 && mun_readmap_at(&vouched, at * SECTOR) != '+')
		at++;
	assert_true(at < 4096);
	flip(box.image, (off_t)(at * SECTOR + 77));
	forget_reads();
	must(acquire(&a, (struct mun_rescue_policy){ .retries = 1 }, &e), &e);
	assert_all(&a);
	/* Of the second megabyte all, of the others nothing. */
	for (size_t i = 0; i < SECTORS; i++) {
		bool good = mun_readmap_at(&vouched, i * SECTOR) == '+';
		bool there = i / 2048 == 1;

		if (good && there)
			assert_true(box.drive->sectors[i].reads > 0);
		if (good && there)
			lost += SECTOR;
	}
	assert_true(lost > 0);
	assert_int_equal(a.resumed_bytes,
			 mun_readmap_bytes(&vouched, MUN_READ_GOOD) - lost);
	mun_readmap_clear(&vouched);
	mun_acquire_clear(&a);
}

static void an_image_that_is_lost_is_read_again(void **state)
{
	struct mun_acquire a;
	struct mun_err e;

	(void)state;
	damage();
	interrupt_at(60);
	assert_int_equal(unlink(box.image), 0);
	must(acquire(&a, (struct mun_rescue_policy){ .retries = 1 }, &e), &e);
	assert_int_equal(a.resumed_bytes, 0);
	assert_all(&a);
	mun_acquire_clear(&a);
}

/* What a killed run wrote and no map vouched for is no part of the image. */
static void bytes_that_nothing_vouches_for_become_zeros(void **state)
{
	struct mun_acquire a;
	struct mun_err e;
	int fd;

	(void)state;
	damage();
	interrupt_at(60);
	fd = open(box.image, O_RDWR | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "unasked", 7, 3050 * SECTOR), 7);
	assert_int_equal(pwrite(fd, "unasked", 7, (SECTORS - 1) * SECTOR), 7);
	assert_int_equal(close(fd), 0);
	must(acquire(&a, (struct mun_rescue_policy){ .retries = 1 }, &e), &e);
	assert_all(&a);
	mun_acquire_clear(&a);
}

static void what_is_complete_needs_no_medium(void **state)
{
	struct mun_device gone = device_of(NULL);
	struct mun_acquire a;
	struct mun_err e;

	(void)state;
	damage();
	must(acquire(&a, (struct mun_rescue_policy){ .retries = 1 }, &e), &e);
	mun_acquire_clear(&a);
	for (int i = 0; i < 2; i++) {
		a = (struct mun_acquire){
			.medium = &gone,
			.image_path = box.image,
			.session_dir = box.dir,
			.algs = ALGS,
		};
		if (i == 0) {
			must(mun_acquire_run(&a, &e), &e);
			assert_all(&a);
			flip(box.image, 1000 * SECTOR);
		} else {
			assert_int_equal(mun_acquire_run(&a, &e), MUN_EFIXITY);
		}
		mun_acquire_clear(&a);
	}
}

/* ---- */

static struct {
	unsigned int told;
	uint64_t done, bad;
	char strip[80];
} seen;

static void watch(void *ctx, const struct mun_progress *p)
{
	(void)ctx;
	if (!p->medium)
		return;
	assert_string_equal(p->phase, "imaging");
	assert_int_equal(p->total, BYTES);
	assert_true(strlen(p->medium->strip) == 60);
	seen.told++;
	seen.done = p->done;
	seen.bad = p->bad;
	(void)snprintf(seen.strip, sizeof(seen.strip), "%s", p->medium->strip);
}

static void who_watches_sees_the_medium(void **state)
{
	const struct mun_progress_to to = { watch, NULL };
	struct mun_device medium = device_of(&box.drive->reader);
	struct mun_acquire a = { .medium = &medium,
				 .image_path = box.image,
				 .session_dir = box.dir,
				 .algs = ALGS,
				 .progress = &to };
	struct mun_err e;

	(void)state;
	make_bad(2400, 80);
	must(mun_acquire_run(&a, &e), &e);
	assert_true(seen.told > 0);
	assert_int_equal(seen.done, BYTES - 80 * SECTOR);
	assert_int_equal(seen.bad, 80 * SECTOR);
	for (size_t i = 0; i < 60; i++)
		assert_int_equal(seen.strip[i], i == 30 ? '-' : '+');
	mun_acquire_clear(&a);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_healthy_medium_is_read_once_and_in_order),
		TEST(bad_sectors_are_zeros_and_in_the_map),
		TEST(the_end_may_be_read_first),
		TEST(what_failed_a_check_is_kept_and_doubtful),
		TEST(a_spent_budget_ends_it_and_is_told),
		TEST(a_medium_of_which_nothing_comes_is_none),
		TEST(a_drive_that_goes_leaves_what_it_gave),
		TEST(cancelled_at_any_read_it_goes_on),
		TEST(a_failing_call_loses_nothing),
		TEST(a_map_never_says_more_than_the_synced_image),
		TEST(killed_at_any_call_it_goes_on),
		TEST(a_flipped_bit_costs_its_megabyte),
		TEST(an_image_that_is_lost_is_read_again),
		TEST(bytes_that_nothing_vouches_for_become_zeros),
		TEST(what_is_complete_needs_no_medium),
		TEST(who_watches_sees_the_medium),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
