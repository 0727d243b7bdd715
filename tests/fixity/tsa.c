/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fixity/tsa.c - tests/fixity/tsa.py for tests in C */
#include "tests/fixity/tsa.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/support.h"

int tsa_run(const char *const *argv)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		union {
			const char *const *in;
			char *const *out;
		} args = { .in = argv };

		(void)execvp(argv[0], args.out);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* tsa.py @command @dir and up to three names more. */
static int script(const char *command, const char *dir, const char *a,
		  const char *b, const char *c)
{
	char *path =
		mun_test_path(mun_test_source_dir(), "tests/fixity/tsa.py");
	const char *const argv[] = { path, command, dir, a, b, c, NULL };
	int status = tsa_run(argv);

	free(path);
	return status;
}

void tsa_make(const char *dir)
{
	assert_int_equal(script("make", dir, NULL, NULL, NULL), 0);
}

static void put(const char *dir, const char *name, const void *data, size_t len)
{
	char *path = mun_test_path(dir, name);

	mun_test_write(path, data, len);
	free(path);
}

static char *get(const char *dir, const char *name, size_t *len)
{
	char *path = mun_test_path(dir, name);
	char *data = mun_test_read(path, len);

	assert_non_null(data);
	free(path);
	return data;
}

char *tsa_reply(const char *dir, const char *signer, const void *request,
		size_t request_len, size_t *len)
{
	put(dir, "request.tsq", request, request_len);
	assert_int_equal(
		script("reply", dir, signer, "request.tsq", "answer.tsr"), 0);
	return get(dir, "answer.tsr", len);
}

char *tsa_resign(const char *dir, const char *signer, const void *answer,
		 size_t answer_len, size_t *len)
{
	put(dir, "answer.tsr", answer, answer_len);
	assert_int_equal(
		script("resign", dir, signer, "answer.tsr", "resigned.der"), 0);
	return get(dir, "resigned.der", len);
}

bool tsa_openssl_accepts(const char *dir, const void *request,
			 size_t request_len, const void *answer, size_t len)
{
	put(dir, "request.tsq", request, request_len);
	put(dir, "answer.tsr", answer, len);
	return script("verify", dir, "request.tsq", "answer.tsr", NULL) == 0;
}
