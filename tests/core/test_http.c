/* SPDX-License-Identifier: Apache-2.0 */
/* tests/core/test_http.c - POSTs to a server that answers well and badly */
#include "core/http.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/check.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/str.h"
#include "tests/support/support.h"

#define TIMEOUT_MS 20000u

struct server {
	pid_t pid;
	int in; /* it ends when this is closed */
	unsigned int port;
};

static struct server plain;
static struct server secure;
static char *dir;

static void start(struct server *s, const char *cert, const char *key)
{
	char *script = mun_test_path(mun_test_source_dir(),
				     "tests/core/http_server.py");
	char line[16] = "";
	int in[2];
	int out[2];
	FILE *f;

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	s->pid = fork();
	assert_true(s->pid >= 0);
	if (!s->pid) {
		(void)dup2(in[0], 0);
		(void)dup2(out[1], 1);
		(void)execl(script, script, cert, key, (char *)NULL);
		_exit(127);
	}
	free(script);
	(void)close(in[0]);
	(void)close(out[1]);
	s->in = in[1];
	f = fdopen(out[0], "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	(void)fclose(f);
	s->port = (unsigned int)strtoul(line, NULL, 10);
	assert_true(s->port);
}

static void stop(struct server *s)
{
	int status;

	(void)close(s->in);
	assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
}

/* A certificate that nobody has a reason to trust. */
static void make_certificate(const char *cert, const char *key)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

		(void)dup2(null, 2);
		(void)execlp("openssl", "openssl", "req", "-x509", "-newkey",
			     "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
			     "-nodes", "-days", "30", "-subj", "/CN=127.0.0.1",
			     "-addext", "subjectAltName=IP:127.0.0.1",
			     "-keyout", key, "-out", cert, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int set_up_all(void **state)
{
	char *cert;
	char *key;

	(void)state;
	dir = mun_test_dir();
	cert = mun_test_path(dir, "cert.pem");
	key = mun_test_path(dir, "key.pem");
	make_certificate(cert, key);
	/* No proxy of the environment between us and ourselves. */
	(void)setenv("no_proxy", "127.0.0.1", 1);
	start(&plain, NULL, NULL);
	start(&secure, cert, key);
	free(cert);
	free(key);
	return 0;
}

static int tear_down_all(void **state)
{
	(void)state;
	stop(&plain);
	stop(&secure);
	mun_test_dir_remove(dir);
	return 0;
}

static int no_cancel(void **state)
{
	(void)state;
	mun_cancel_reset();
	return 0;
}

/* POST "hello" there. */
static int post(const struct server *s, const char *scheme, const char *path,
		unsigned int timeout_ms, char **answer, size_t *len,
		struct mun_err *e)
{
	char url[100];
	const struct mun_http q = { .url = url,
				    .content_type = "application/x-test",
				    .accept = "text/x-answer",
				    .body = "hel\0lo",
				    .body_len = 6,
				    .max_answer = 1000,
				    .timeout_ms = timeout_ms };

	(void)snprintf(url, sizeof(url), "%s://127.0.0.1:%u%s", scheme, s->port,
		       path);
	return mun_http_post(&q, answer, len, e);
}

static void the_body_goes_there_and_the_answer_comes_back(void **state)
{
	mun_autofree char *answer = NULL;
	struct mun_err e;
	size_t len;

	(void)state;
	assert_int_equal(
		post(&plain, "http", "/echo", TIMEOUT_MS, &answer, &len, &e),
		0);
	assert_int_equal(len, 6);
	assert_memory_equal(answer, "hel\0lo", 7);
	assert_int_equal(
		post(&plain, "http", "/echo", TIMEOUT_MS, NULL, NULL, &e), 0);
}

static void an_empty_answer_is_one(void **state)
{
	mun_autofree char *answer = NULL;
	struct mun_err e;
	size_t len = 7;

	(void)state;
	assert_int_equal(
		post(&plain, "http", "/empty", TIMEOUT_MS, &answer, &len, &e),
		0);
	assert_int_equal(len, 0);
	assert_string_equal(answer, "");
}

static void headers_are_ours_and_cookies_are_not_kept(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		mun_autofree char *answer = NULL;
		struct mun_err e;

		assert_int_equal(post(&plain, "http", "/headers", TIMEOUT_MS,
				      &answer, NULL, &e),
				 0);
		assert_string_equal(answer,
				    "application/x-test|text/x-answer||");
	}
}

static void every_bad_answer_is_its_error(void **state)
{
	static const struct {
		const char *path;
		int code;
		const char *text;
	} cases[] = {
		{ "/status/404", MUN_EIO, "HTTP status 404" },
		{ "/status/500", MUN_EIO, "HTTP status 500" },
		{ "/status/304", MUN_EIO, "HTTP status 304" },
		{ "/redirect", MUN_EIO, "HTTP status 302" },
		{ "/large", MUN_ECORRUPT, "more than 1000 bytes" },
		{ "/endless", MUN_ECORRUPT, "more than 1000 bytes" },
		{ "/cut", MUN_EIO, "" },
		{ "/gone", MUN_EIO, "" },
		{ "/nonsense", MUN_EIO, "" },
	};

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(cases); i++) {
		char *answer = NULL;
		struct mun_err e;
		char text[1024];

		assert_int_equal(post(&plain, "http", cases[i].path, TIMEOUT_MS,
				      &answer, NULL, &e),
				 cases[i].code);
		assert_null(answer);
		(void)mun_err_text(&e, text, sizeof(text), 0);
		assert_non_null(strstr(text, cases[i].text));
		assert_non_null(strstr(text, "http://127.0.0.1:"));
		/* What stands behind the host can be a secret. */
		assert_null(strstr(text, cases[i].path));
	}
}

static void a_slow_server_is_not_waited_for(void **state)
{
	static const char *const paths[] = { "/slow", "/drip" };

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(paths); i++) {
		int64_t since = mun_clock_monotonic_ms();
		char *answer = NULL;
		struct mun_err e;
		char text[1024];

		assert_int_equal(
			post(&plain, "http", paths[i], 300, &answer, NULL, &e),
			MUN_EIO);
		assert_null(answer);
		assert_true(mun_clock_monotonic_ms() - since < 4000);
		assert_non_null(strstr(mun_err_text(&e, text, sizeof(text), 0),
				       "no answer within 300 ms"));
	}
}

static void nobody_there_is_said(void **state)
{
	/* Port 1 of loopback: nothing listens. */
	const struct server nobody = { .port = 1 };
	struct mun_err e;

	(void)state;
	assert_int_equal(
		post(&nobody, "http", "/echo", TIMEOUT_MS, NULL, NULL, &e),
		MUN_EIO);
}

static void an_untrusted_certificate_is_refused(void **state)
{
	char *answer = NULL;
	struct mun_err e;
	char text[1024];

	(void)state;
	assert_int_equal(
		post(&secure, "https", "/echo", TIMEOUT_MS, &answer, NULL, &e),
		MUN_EIO);
	assert_null(answer);
	assert_non_null(
		strstr(mun_err_text(&e, text, sizeof(text), 0), "certificate"));
}

static void other_urls_are_refused_before_anything_is_sent(void **state)
{
	static const char *const bad[] = {
		"",
		"x",
		"/etc/passwd",
		"file:///etc/passwd",
		"ftp://a/b",
		"gopher://127.0.0.1/",
		"http://",
		"https:// /",
		"http://a\nb",
		"javascript:1",
	};
	static const char *const good[] = {
		"http://example.org",
		"https://u:p@example.org:8443/a?b#c",
		"http://[::1]:80/",
		"HTTPS://EXAMPLE.ORG/tsa",
	};
	struct mun_err e;

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(bad); i++) {
		const struct mun_http q = { .url = bad[i],
					    .content_type = "a/b",
					    .timeout_ms = 100 };

		assert_int_equal(mun_http_check_url(bad[i], &e), MUN_EINVAL);
		assert_int_equal(mun_http_post(&q, NULL, NULL, &e), MUN_EINVAL);
	}
	for (size_t i = 0; i < MUN_COUNT(good); i++)
		assert_int_equal(mun_http_check_url(good[i], &e), 0);
}

static void a_header_cannot_be_smuggled_in(void **state)
{
	char url[64];
	const struct mun_http q = { .url = url,
				    .content_type = "a/b\r\nX: y",
				    .max_answer = 100,
				    .timeout_ms = TIMEOUT_MS };
	struct mun_err e;

	(void)state;
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/echo",
		       plain.port);
	assert_int_equal(mun_http_post(&q, NULL, NULL, &e), MUN_EINVAL);
}

static void *cancel_soon(void *arg)
{
	(void)usleep(200000);
	mun_cancel();
	return arg;
}

static void waiting_can_be_cancelled(void **state)
{
	int64_t since = mun_clock_monotonic_ms();
	pthread_t thread;
	struct mun_err e;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, cancel_soon, NULL), 0);
	assert_int_equal(
		post(&plain, "http", "/slow", TIMEOUT_MS, NULL, NULL, &e),
		MUN_ECANCELLED);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(mun_clock_monotonic_ms() - since < 4000);
	/* And before: nothing is sent at all. */
	assert_int_equal(
		post(&plain, "http", "/echo", TIMEOUT_MS, NULL, NULL, &e),
		MUN_ECANCELLED);
}

static void *post_ten(void *arg)
{
	for (int i = 0; i < 10; i++) {
		struct mun_err e;

		if (post(&plain, "http", "/echo", TIMEOUT_MS, NULL, NULL, &e))
			return arg;
	}
	return NULL;
}

static void several_threads_may_post(void **state)
{
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < MUN_COUNT(threads); i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, post_ten, &plain), 0);
	for (size_t i = 0; i < MUN_COUNT(threads); i++) {
		void *failed;

		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, no_cancel, no_cancel)
	const struct CMUnitTest tests[] = {
		TEST(the_body_goes_there_and_the_answer_comes_back),
		TEST(an_empty_answer_is_one),
		TEST(headers_are_ours_and_cookies_are_not_kept),
		TEST(every_bad_answer_is_its_error),
		TEST(a_slow_server_is_not_waited_for),
		TEST(nobody_there_is_said),
		TEST(an_untrusted_certificate_is_refused),
		TEST(other_urls_are_refused_before_anything_is_sent),
		TEST(a_header_cannot_be_smuggled_in),
		TEST(waiting_can_be_cancelled),
		TEST(several_threads_may_post),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
