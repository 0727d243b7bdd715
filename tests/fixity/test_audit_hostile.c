/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fixity/test_audit_hostile.c - audits of real files under real malice
 *
 * A folder of files that were recorded, one thing done to one of them, and the
 * outcome that it must have; all others are intact each time.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/check.h"
#include "core/sys.h"
#include "fixity/audit.h"
#include "fixity/hashpass.h"
#include "tests/support/support.h"

#define MIB MUN_TREE_PIECE
#define FILES 4u
#define VICTIM 1u

static const size_t sizes[FILES] = { 3 * MIB, 5 * MIB + 77, 5 * MIB + 77,
				     9000 };

struct lab {
	char *dir;
	char *path[FILES];
	struct mun_tree tree[FILES];
	enum mun_read_mode mode;
	atomic_bool away; /* the store is */
	size_t next;
	/* reported */
	enum mun_outcome outcome[FILES];
	unsigned int reports;
	size_t nfindings;
	struct mun_finding findings[8]; /* of all files, .file is which */
};

static int lab_next(void *ctx, struct mun_audit_item **out, struct mun_err *e)
{
	struct lab *l = ctx;
	struct mun_audit_item *item;

	(void)e;
	*out = NULL;
	if (l->next == FILES)
		return 0;
	item = calloc(1, sizeof(*item));
	item->files = calloc(1, sizeof(*item->files));
	(void)snprintf(item->object, sizeof(item->object),
		       "01930000-0000-7000-8000-%012zu", l->next);
	item->nfiles = 1;
	item->store = "main";
	item->files[0].path = l->path[l->next];
	item->files[0].tree = l->tree[l->next];
	item->feed_data = &l->path[l->next++];
	*out = item;
	return 0;
}

static size_t number_of(const struct lab *l, const struct mun_audit_item *item)
{
	return (size_t)((char *const *)item->feed_data - l->path);
}

static int lab_open(void *ctx, const struct mun_audit_item *item, size_t file,
		    struct mun_source **out, struct mun_err *e)
{
	const struct lab *l = ctx;

	if (l->away)
		return mun_fail(e, MUN_EUNAVAILABLE, "the store is away");
	return mun_source_open_as(item->files[file].path, l->mode, out, e);
}

static int lab_report(void *ctx, struct mun_audit_item *item, struct mun_err *e)
{
	struct lab *l = ctx;
	const size_t n = number_of(l, item);

	(void)e;
	l->reports++;
	l->outcome[n] = item->files[0].outcome;
	for (size_t i = 0; i < item->nfindings && l->nfindings < 8; i++) {
		l->findings[l->nfindings] = item->findings[i];
		l->findings[l->nfindings++].file = n;
	}
	free(item->files);
	free(item);
	return 0;
}

static void lab_new(struct lab *l)
{
	memset(l, 0, sizeof(*l));
	l->dir = mun_test_dir();
	for (size_t i = 0; i < FILES; i++) {
		mun_auto(source) *src = NULL;
		struct mun_digests none;
		struct mun_err e;
		char name[16];
		char *data = malloc(sizes[i]);

		/* Each in a folder of its own. */
		(void)snprintf(name, sizeof(name), "%zu", i);
		l->path[i] = mun_test_path(l->dir, name);
		assert_int_equal(mkdir(l->path[i], 0700), 0);
		free(l->path[i]);
		(void)snprintf(name, sizeof(name), "%zu/image", i);
		l->path[i] = mun_test_path(l->dir, name);
		assert_non_null(data);
		mun_test_pattern(data, sizes[i], i);
		mun_test_write(l->path[i], data, sizes[i]);
		free(data);
		assert_int_equal(mun_source_open_file(l->path[i], &src, &e), 0);
		assert_int_equal(mun_hash_source(src, 0, &none, &l->tree[i], "",
						 NULL, &e),
				 0);
	}
}

static void lab_free(struct lab *l)
{
	for (size_t i = 0; i < FILES; i++) {
		free(l->path[i]);
		mun_tree_clear(&l->tree[i]);
	}
	mun_test_dir_remove(l->dir);
}

static struct mun_audit_summary lab_audit(struct lab *l)
{
	const struct mun_audit_feed feed = { l, lab_next, lab_open,
					     lab_report };
	const struct mun_audit_opts opts = { .threads = 3 };
	struct mun_audit_summary sum;
	struct mun_err e;
	char text[MUN_ERR_TEXT];

	l->next = 0;
	l->reports = 0;
	l->nfindings = 0;
	if (mun_audit_run(&feed, &opts, &sum, &e))
		fail_msg("%s", mun_err_text(&e, text, sizeof(text), 1));
	assert_int_equal(l->reports, FILES);
	return sum;
}

/* The victim alone has @outcome; its one finding is returned. */
static const struct mun_finding *lab_expect(struct lab *l,
					    enum mun_outcome outcome)
{
	struct mun_audit_summary sum = lab_audit(l);

	for (size_t i = 0; i < FILES; i++)
		assert_string_equal(
			mun_outcome_name(l->outcome[i]),
			mun_outcome_name(i == VICTIM ? outcome
						     : MUN_OUTCOME_INTACT));
	for (size_t i = 0; i < MUN_OUTCOME_N; i++)
		assert_int_equal(sum.outcomes[i], i == MUN_OUTCOME_INTACT
							  ? FILES - 1
						  : i == outcome ? 1
								 : 0);
	assert_int_equal(l->nfindings, 1);
	assert_int_equal(l->findings[0].file, VICTIM);
	assert_int_equal(l->findings[0].outcome, outcome);
	return &l->findings[0];
}

static void in_every_mode(void (*fn)(struct lab *l))
{
	static const enum mun_read_mode modes[] = { MUN_READ_CACHED,
						    MUN_READ_DISK,
						    MUN_READ_ONCE };

	for (size_t i = 0; i < MUN_COUNT(modes); i++) {
		struct lab l;

		lab_new(&l);
		l.mode = modes[i];
		assert_int_equal(lab_audit(&l).outcomes[MUN_OUTCOME_INTACT],
				 FILES);
		fn(&l);
		lab_free(&l);
	}
}

static void truncate_it(struct lab *l)
{
	const struct mun_finding *f;

	assert_int_equal(truncate(l->path[VICTIM], 2 * MIB + 5), 0);
	f = lab_expect(l, MUN_OUTCOME_MISMATCH);
	assert_int_equal(f->off, 2 * MIB);
	assert_int_equal(f->bytes, sizes[VICTIM] - 2 * MIB);
	assert_string_equal(f->text, "file is 3145800 bytes shorter");
}

static void a_truncated_file_is_a_mismatch(void **state)
{
	(void)state;
	in_every_mode(truncate_it);
}

static void extend_it(struct lab *l)
{
	const struct mun_finding *f;
	FILE *out = fopen(l->path[VICTIM], "ab");

	assert_non_null(out);
	assert_int_equal(fputs("more", out) < 0, 0);
	assert_int_equal(fclose(out), 0);
	f = lab_expect(l, MUN_OUTCOME_MISMATCH);
	assert_int_equal(f->off, sizes[VICTIM]);
	assert_int_equal(f->bytes, 4);
	assert_string_equal(f->text, "file is 4 bytes longer");
}

static void an_extended_file_is_a_mismatch(void **state)
{
	(void)state;
	in_every_mode(extend_it);
}

/* As after a crash of a file system: the size is right, the bytes are holes. */
static void zero_it(struct lab *l)
{
	const struct mun_finding *f;

	assert_int_equal(truncate(l->path[VICTIM], 0), 0);
	assert_int_equal(truncate(l->path[VICTIM], (off_t)sizes[VICTIM]), 0);
	f = lab_expect(l, MUN_OUTCOME_MISMATCH);
	assert_int_equal(f->off, 0);
	assert_int_equal(f->bytes, sizes[VICTIM]);
}

static void a_zero_filled_file_is_a_mismatch(void **state)
{
	(void)state;
	in_every_mode(zero_it);
}

/* Two files of one size, each where the other was. */
static void swap_them(struct lab *l)
{
	struct mun_audit_summary sum;
	char *aside = mun_test_path(l->dir, "aside");

	assert_int_equal(rename(l->path[1], aside), 0);
	assert_int_equal(rename(l->path[2], l->path[1]), 0);
	assert_int_equal(rename(aside, l->path[2]), 0);
	free(aside);
	sum = lab_audit(l);
	assert_int_equal(sum.outcomes[MUN_OUTCOME_MISMATCH], 2);
	assert_int_equal(sum.outcomes[MUN_OUTCOME_INTACT], 2);
	assert_int_equal(l->nfindings, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(l->findings[i].bytes, sizes[VICTIM]);
		assert_in_range(l->findings[i].file, 1, 2);
	}
}

static void swapped_files_are_both_mismatches(void **state)
{
	(void)state;
	in_every_mode(swap_them);
}

static void remove_folder(struct lab *l)
{
	char *folder = mun_test_path(l->dir, "1");
	const struct mun_finding *f;

	assert_int_equal(unlink(l->path[VICTIM]), 0);
	assert_int_equal(rmdir(folder), 0);
	free(folder);
	f = lab_expect(l, MUN_OUTCOME_MISSING);
	assert_int_equal(f->sys, ENOENT);
	assert_int_equal(f->bytes, sizes[VICTIM]);
	assert_string_equal(f->actual, "");
}

static void a_folder_that_is_gone_is_missing(void **state)
{
	(void)state;
	in_every_mode(remove_folder);
}

static int refused_errno;
static size_t refused_at; /* byte; of the victim's reads */
static dev_t victim_dev;
static ino_t victim_ino;

static int refuse_open(const char *path, int flags, mode_t mode)
{
	struct stat st;

	if (!stat(path, &st) && st.st_ino == victim_ino &&
	    st.st_dev == victim_dev) {
		errno = refused_errno;
		return -1;
	}
	return mun_sys_real.open(path, flags, mode);
}

static bool is_victim(int fd, off_t off, size_t len)
{
	struct stat st;

	return !fstat(fd, &st) && st.st_ino == victim_ino &&
	       st.st_dev == victim_dev && (size_t)off <= refused_at &&
	       refused_at < (size_t)off + len;
}

static ssize_t refuse_pread(int fd, void *buf, size_t len, off_t off)
{
	if (is_victim(fd, off, len)) {
		/* What lies before the bad place is given, as a disk does. */
		if ((size_t)off < refused_at / 4096 * 4096)
			return mun_sys_real.pread(
				fd, buf, refused_at / 4096 * 4096 - (size_t)off,
				off);
		errno = refused_errno;
		return -1;
	}
	return mun_sys_real.pread(fd, buf, len, off);
}

static ssize_t refuse_cached(int fd, void *buf, size_t len, off_t off)
{
	if (is_victim(fd, off, len)) {
		errno = EAGAIN;
		return -1;
	}
	return mun_sys_real.pread_cached(fd, buf, len, off);
}

static void know_victim(const struct lab *l)
{
	struct stat st;

	assert_int_equal(stat(l->path[VICTIM], &st), 0);
	victim_dev = st.st_dev;
	victim_ino = st.st_ino;
}

static void refuse_permission(struct lab *l)
{
	const struct mun_finding *f;

	know_victim(l);
	refused_errno = EACCES;
	mun_sys.open = refuse_open;
	f = lab_expect(l, MUN_OUTCOME_UNREADABLE);
	mun_sys = mun_sys_real;
	assert_int_equal(f->sys, EACCES);
	assert_int_equal(f->off, 0);
	assert_int_equal(f->bytes, sizes[VICTIM]);
	assert_non_null(strstr(f->text, strerror(EACCES)));
}

static void permission_denied_is_unreadable(void **state)
{
	(void)state;
	in_every_mode(refuse_permission);
}

static void spoil_sectors(struct lab *l)
{
	static const size_t at[] = {
		0, 4096, MIB - 1, MIB, 3 * MIB + 70000, 5 * MIB + 76
	};

	know_victim(l);
	refused_errno = EIO;
	for (size_t i = 0; i < MUN_COUNT(at); i++) {
		const struct mun_finding *f;
		char place[32];

		refused_at = at[i];
		mun_sys.pread = refuse_pread;
		mun_sys.pread_cached = refuse_cached;
		f = lab_expect(l, MUN_OUTCOME_UNREADABLE);
		mun_sys = mun_sys_real;
		assert_int_equal(f->sys, EIO);
		assert_int_equal(f->off, at[i] / MIB * MIB);
		assert_int_equal(f->bytes,
				 MUN_MIN(MIB, sizes[VICTIM] - f->off));
		(void)snprintf(place, sizeof(place),
			       "at byte %zu:", at[i] / 4096 * 4096);
		if (!strstr(f->text, place))
			fail_msg("'%s' in '%s'", place, f->text);
	}
}

static void eio_is_unreadable_and_told_with_its_offset(void **state)
{
	(void)state;
	in_every_mode(spoil_sectors);
}

/* ---- what changes during the run ---- */

static ssize_t nothing_cached(int fd, void *buf, size_t len, off_t off)
{
	(void)fd;
	(void)buf;
	(void)len;
	(void)off;
	errno = EAGAIN;
	return -1;
}

static struct lab *leaving;

static ssize_t leave_at_first_read(int fd, void *buf, size_t len, off_t off)
{
	atomic_store(&leaving->away, true);
	return mun_sys_real.pread(fd, buf, len, off);
}

/* What was opened before may still be read; what was not is unavailable, and
 * nothing is called missing. */
static void a_store_that_vanishes_is_not_missing_files(void **state)
{
	struct lab l;
	struct mun_audit_summary sum;

	(void)state;
	lab_new(&l);
	leaving = &l;
	mun_sys.pread = leave_at_first_read;
	mun_sys.pread_cached = nothing_cached;
	sum = lab_audit(&l);
	mun_sys = mun_sys_real;
	assert_true(sum.outcomes[MUN_OUTCOME_UNAVAILABLE] > 0);
	assert_int_equal(sum.outcomes[MUN_OUTCOME_INTACT] +
				 sum.outcomes[MUN_OUTCOME_UNAVAILABLE],
			 FILES);
	for (size_t i = 0; i < l.nfindings; i++)
		assert_int_equal(l.findings[i].outcome,
				 MUN_OUTCOME_UNAVAILABLE);
	l.away = false;
	assert_int_equal(lab_audit(&l).outcomes[MUN_OUTCOME_INTACT], FILES);
	lab_free(&l);
}

/* A file that is cut while it is read has changed; it is not unreadable. */
static atomic_int cut_once;

static ssize_t cut_while_reading(int fd, void *buf, size_t len, off_t off)
{
	if (is_victim(fd, off, len) && !atomic_fetch_add(&cut_once, 1))
		assert_int_equal(truncate(leaving->path[VICTIM], 2 * MIB), 0);
	return mun_sys_real.pread(fd, buf, len, off);
}

static void cut_it(struct lab *l)
{
	struct mun_audit_summary sum;

	know_victim(l);
	leaving = l;
	cut_once = 0;
	refused_at = 0;
	mun_sys.pread = cut_while_reading;
	mun_sys.pread_cached = nothing_cached;
	sum = lab_audit(l);
	mun_sys = mun_sys_real;
	assert_int_equal(sum.outcomes[MUN_OUTCOME_MISMATCH], 1);
	assert_int_equal(l->outcome[VICTIM], MUN_OUTCOME_MISMATCH);
	assert_int_equal(sum.outcomes[MUN_OUTCOME_INTACT], FILES - 1);
}

static void a_file_cut_while_it_is_read_is_a_mismatch(void **state)
{
	(void)state;
	in_every_mode(cut_it);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_truncated_file_is_a_mismatch),
		cmocka_unit_test(an_extended_file_is_a_mismatch),
		cmocka_unit_test(a_zero_filled_file_is_a_mismatch),
		cmocka_unit_test(swapped_files_are_both_mismatches),
		cmocka_unit_test(a_folder_that_is_gone_is_missing),
		cmocka_unit_test(permission_denied_is_unreadable),
		cmocka_unit_test(eio_is_unreadable_and_told_with_its_offset),
		cmocka_unit_test(a_store_that_vanishes_is_not_missing_files),
		cmocka_unit_test(a_file_cut_while_it_is_read_is_a_mismatch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
