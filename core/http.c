/* SPDX-License-Identifier: Apache-2.0 */
/* core/http.c - one bounded POST (libcurl) */
#include "core/http.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include <curl/curl.h>

#include "core/log.h"
#include "core/str.h"

/* What comes in. */
struct answer {
	char *data;
	size_t len;
	size_t room;
	size_t max;
	bool too_large;
	bool nomem;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode init_code;

static void init(void)
{
	init_code = curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* "https://host:1234": the rest of a URL can hold a password or a token, which
 * is nobody's business in a log. */
static int judge_url(const char *url, char **shown, struct mun_err *e)
{
	CURLU *u = curl_url();
	char *scheme = NULL;
	char *host = NULL;
	char *port = NULL;
	int rc;

	if (!u)
		return mun_fail_nomem(e, "URL");
	if (curl_url_set(u, CURLUPART_URL, url, 0) ||
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) ||
	    curl_url_get(u, CURLUPART_HOST, &host, 0))
		rc = mun_fail(e, MUN_EINVAL,
			      "not a URL such as https://example.org/tsa");
	else if (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0)
		rc = mun_fail(e, MUN_EINVAL,
			      "a URL of %s: only http and https are used",
			      scheme);
	else
		rc = 0;
	(void)curl_url_get(u, CURLUPART_PORT, &port, 0);
	if (!rc)
		rc = mun_fmt(shown, e, "%s://%s%s%s", scheme, host,
			     port ? ":" : "", port ? port : "");
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(u);
	return rc;
}

int mun_http_check_url(const char *url, struct mun_err *e)
{
	mun_autofree char *shown = NULL;

	return judge_url(url, &shown, e);
}

static size_t take(char *data, size_t size, size_t n, void *ctx)
{
	struct answer *a = ctx;
	size_t len = size * n;
	char *more;

	if (len > a->max - a->len) {
		a->too_large = true;
		return CURL_WRITEFUNC_ERROR;
	}
	if (a->room - a->len <= len) {
		size_t room = 2 * (a->len + len) + 1;

		more = realloc(a->data, room);
		if (!more) {
			a->nomem = true;
			return CURL_WRITEFUNC_ERROR;
		}
		a->data = more;
		a->room = room;
	}
	memcpy(a->data + a->len, data, len);
	a->len += len;
	return len;
}

/* Called about once a second also while nothing moves. */
static int go_on(void *ctx, curl_off_t down, curl_off_t down_now, curl_off_t up,
		 curl_off_t up_now)
{
	(void)ctx;
	(void)down;
	(void)down_now;
	(void)up;
	(void)up_now;
	return mun_cancelled();
}

static int add_header(struct curl_slist **list, const char *name,
		      const char *value, struct mun_err *e)
{
	mun_autofree char *line = NULL;
	struct curl_slist *more;
	int rc;

	/* A line end would be a header of somebody else's. */
	if (strpbrk(value, "\r\n"))
		return mun_fail(e, MUN_EINVAL, "a header of several lines");
	rc = mun_fmt(&line, e, "%s:%s%s", name, *value ? " " : "", value);
	if (rc)
		return rc;
	more = curl_slist_append(*list, line);
	if (!more)
		return mun_fail_nomem(e, "headers");
	*list = more;
	return 0;
}

static bool set_all(CURL *c, const struct mun_http *q, struct answer *a,
		    struct curl_slist *headers, char *why)
{
	CURLcode rc = CURLE_OK;

#define SET(option, value) \
	do { \
		if (!rc) \
			rc = curl_easy_setopt(c, option, value); \
	} while (0)
	SET(CURLOPT_ERRORBUFFER, why);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_URL, q->url);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_TIMEOUT_MS, (long)q->timeout_ms);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)q->timeout_ms);
	SET(CURLOPT_HTTPHEADER, headers);
	SET(CURLOPT_USERAGENT, "muniment");
	SET(CURLOPT_POST, 1L);
	SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->body_len);
	SET(CURLOPT_POSTFIELDS, q->body_len ? q->body : "");
	SET(CURLOPT_WRITEFUNCTION, take);
	SET(CURLOPT_WRITEDATA, a);
	SET(CURLOPT_NOPROGRESS, 0L);
	SET(CURLOPT_XFERINFOFUNCTION, go_on);
#undef SET
	return !rc;
}

/* What went wrong, as ours. */
static int fail(CURLcode code, const char *why, const struct mun_http *q,
		const struct answer *a, struct mun_err *e)
{
	if (a->too_large)
		return mun_fail(e, MUN_ECORRUPT,
				"an answer of more than %zu bytes",
				q->max_answer);
	if (a->nomem || code == CURLE_OUT_OF_MEMORY)
		return mun_fail_nomem(e, "HTTP");
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return mun_fail(e, MUN_ECANCELLED, "stopped");
	if (code == CURLE_URL_MALFORMAT)
		return mun_fail(e, MUN_EINVAL, "%s", curl_easy_strerror(code));
	if (code == CURLE_OPERATION_TIMEDOUT)
		return mun_fail(e, MUN_EIO, "no answer within %u ms",
				q->timeout_ms);
	return mun_fail(e, MUN_EIO, "%s",
			*why ? why : curl_easy_strerror(code));
}

static int perform(CURL *c, const struct mun_http *q,
		   struct curl_slist *headers, struct answer *a,
		   struct mun_err *e)
{
	char why[CURL_ERROR_SIZE] = "";
	long status = 0;
	CURLcode code;

	if (!set_all(c, q, a, headers, why))
		return mun_fail(e, MUN_EUNSUPPORTED,
				"libcurl lacks an option that is needed");
	code = curl_easy_perform(c);
	/* The buffer ends with this function. */
	(void)curl_easy_setopt(c, CURLOPT_ERRORBUFFER, NULL);
	if (code)
		return fail(code, why, q, a, e);
	(void)curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	if (status < 200 || status > 299)
		return mun_fail(e, MUN_EIO, "HTTP status %ld", status);
	return 0;
}

static int post(const struct mun_http *q, struct answer *a, struct mun_err *e)
{
	struct curl_slist *headers = NULL;
	CURL *c = curl_easy_init();
	int rc;

	if (!c)
		return mun_fail_nomem(e, "HTTP");
	rc = add_header(&headers, "Content-Type", q->content_type, e);
	if (!rc && q->accept)
		rc = add_header(&headers, "Accept", q->accept, e);
	/* Without it, servers that do not know it make us wait a second. */
	if (!rc)
		rc = add_header(&headers, "Expect", "", e);
	if (!rc)
		rc = perform(c, q, headers, a, e);
	curl_slist_free_all(headers);
	curl_easy_cleanup(c);
	return rc;
}

int mun_http_post(const struct mun_http *q, char **answer, size_t *len,
		  struct mun_err *e)
{
	mun_autofree char *shown = NULL;
	struct answer a = { .max = q->max_answer };
	int rc;

	rc = judge_url(q->url, &shown, e);
	if (!rc)
		rc = mun_cancel_check(e);
	(void)pthread_once(&once, init);
	if (!rc && init_code)
		rc = mun_fail(e, MUN_EUNSUPPORTED, "libcurl: %s",
			      curl_easy_strerror(init_code));
	if (!rc)
		rc = post(q, &a, e);
	if (!rc && !a.data && !(a.data = malloc(1)))
		rc = mun_fail_nomem(e, "HTTP");
	if (rc) {
		free(a.data);
		return mun_ctx(e, "POST to '%s'", shown ? shown : q->url);
	}
	a.data[a.len] = '\0';
	if (len)
		*len = a.len;
	if (answer)
		*answer = a.data;
	else
		free(a.data);
	return 0;
}
