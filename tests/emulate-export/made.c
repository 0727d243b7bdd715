/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulate-export/made.c - a folder to make images of, and its images */
#include "tests/emulate-export/made.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/sys.h"
#include "tests/support/support.h"

char *made_dir;
char *made_in;
char *made_out;

int made_setup(void **state)
{
	(void)state;
	made_dir = mun_test_dir();
	made_in = mun_test_path(made_dir, "in");
	made_out = mun_test_path(made_dir, "out");
	assert_int_equal(mkdir(made_in, 0755), 0);
	assert_int_equal(mkdir(made_out, 0755), 0);
	return 0;
}

int made_teardown(void **state)
{
	(void)state;
	mun_fault_restore();
	mun_sys = mun_sys_real;
	free(made_in);
	free(made_out);
	mun_test_dir_remove(made_dir);
	return 0;
}

void made_file(const char *name, size_t len)
{
	const struct timespec times[2] = { { 815000000, 0 }, { 815000000, 0 } };
	char *path = mun_test_path(made_in, name);
	uint8_t *data = malloc(len + 1);
	struct mun_err e;

	assert_non_null(data);
	*strrchr(path, '/') = '\0';
	assert_int_equal(mun_mkdirs(path, &e), 0);
	path[strlen(path)] = '/';
	mun_test_pattern(data, len, len + (uint8_t)name[0]);
	mun_test_write(path, data, len);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	free(data);
	free(path);
}

int made_run(struct mun_make *m, const char *name, struct mun_err *e)
{
	char *path = mun_test_path(made_out, name);
	int rc;

	m->dir = made_in;
	m->path = path;
	mun_err_clear(e);
	rc = mun_make_media(m, e);
	m->path = NULL;
	free(path);
	return rc;
}

char *made_image(struct mun_make *m, const char *name, size_t *len)
{
	char *path = mun_test_path(made_out, name);
	struct mun_err e;
	char text[1024];
	char *data;

	if (made_run(m, name, &e))
		fail_msg("%s", mun_err_text(&e, text, sizeof(text), 1));
	assert_true(m->written);
	data = mun_test_read(path, len);
	assert_non_null(data);
	assert_int_equal(*len, m->image_bytes);
	free(path);
	return data;
}

void made_says(const struct mun_err *e, const char *want)
{
	char text[2048];

	if (!strstr(mun_err_text(e, text, sizeof(text), 0), want))
		fail_msg("'%s' is not in '%s'", want, text);
}

void made_nothing(void)
{
	assert_int_equal(mun_test_count_entries(made_out), 0);
}
