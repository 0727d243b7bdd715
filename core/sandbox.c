/* SPDX-License-Identifier: Apache-2.0 */
/* core/sandbox.c - the parent's side: start, listen, judge */
#include "core/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "core/check.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/sandbox_child.h"

#define DEFAULT_MEMORY (UINT64_C(256) << 20)
#define DEFAULT_CPU_SECONDS 60u
#define DEFAULT_ANSWER ((size_t)16 << 20)
#define POLL_MS 200

/* How a child came to its end, as far as the pipe tells. */
struct hearing {
	struct mun_sandbox_head head;
	size_t head_len; /* bytes of head that came */
	struct mun_str body;
	size_t max; /* bytes of body */
	int64_t deadline_ms; /* monotonic */
};

/*
 * File names of our own sources.  The child's pointers are not used: a child
 * that was taken over could send any.  Names that came are kept for good, as
 * an error line keeps them; there is room for those that can honestly occur.
 */
static const char *intern(const char *name)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static char names[128][MUN_SANDBOX_FILE];
	const char *found = "sandbox";

	(void)pthread_mutex_lock(&lock);
	for (size_t i = 0; i < MUN_COUNT(names); i++) {
		if (!names[i][0])
			memcpy(names[i], name, MUN_SANDBOX_FILE - 1);
		if (!strncmp(names[i], name, MUN_SANDBOX_FILE - 1)) {
			found = names[i];
			break;
		}
	}
	(void)pthread_mutex_unlock(&lock);
	return found;
}

/* The child's error chain, with nothing in it believed. */
int mun_sandbox_unpack(struct mun_sandbox_head *h, struct mun_err *e)
{
	if (h->rc < MUN_EFIXITY || h->rc > 0 || h->depth == 0 ||
	    h->depth > MUN_ERR_LINES)
		return mun_fail(e, MUN_ECORRUPT,
				"the parser gave no sensible answer");
	e->code = h->rc;
	e->sys = h->sys;
	e->depth = h->depth;
	for (unsigned int i = 0; i < h->depth; i++) {
		struct mun_sandbox_line *l = &h->lines[i];

		l->file[sizeof(l->file) - 1] = '\0';
		l->text[sizeof(l->text) - 1] = '\0';
		e->lines[i].file = intern(l->file);
		e->lines[i].line = l->line;
		memcpy(e->lines[i].text, l->text, sizeof(l->text));
	}
	return e->code;
}

/* One read(2) of what is there; *@end at the end of the pipe. */
static int hear_some(struct hearing *h, int fd, bool *end, struct mun_err *e)
{
	static char buf[1 << 16];
	size_t room = sizeof(h->head) - h->head_len;
	ssize_t n;

	n = room ? read(fd, (char *)&h->head + h->head_len, room)
		 : read(fd, buf, sizeof(buf));
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (n < 0)
		return mun_fail_sys(e, errno, "read a parser's answer");
	*end = n == 0;
	if (room) {
		h->head_len += (size_t)n;
		return 0;
	}
	if ((size_t)n > h->max - h->body.len)
		return mun_fail(e, MUN_ECORRUPT,
				"the parser's answer is larger than %zu bytes",
				h->max);
	mun_str_add_bytes(&h->body, buf, (size_t)n);
	return h->body.failed ? mun_fail_nomem(e, "a parser's answer") : 0;
}

static int hear(struct hearing *h, int fd, struct mun_err *e)
{
	bool end = false;
	int rc = 0;

	while (!rc && !end) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int n = poll(&p, 1, POLL_MS);

		if (n < 0 && errno != EINTR)
			return mun_fail_sys(e, errno, "wait for a parser");
		rc = mun_cancel_check(e);
		if (!rc && mun_clock_monotonic_ms() > h->deadline_ms)
			rc = mun_fail(e, MUN_ECORRUPT,
				      "the parser used up its time");
		if (!rc && n > 0)
			rc = hear_some(h, fd, &end, e);
	}
	return rc;
}

int mun_sandbox_judge(int status, struct mun_err *e)
{
	int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (sig == SIGSYS)
		return mun_fail(e, MUN_ECORRUPT,
				"the parser made a forbidden system call");
	if (sig == SIGXCPU || sig == SIGKILL)
		return mun_fail(e, MUN_ECORRUPT,
				"the parser used up its time or memory");
	if (sig)
		return mun_fail(e, MUN_ECORRUPT,
				"the parser crashed (signal %d)", sig);
	if (WEXITSTATUS(status) == MUN_SANDBOX_NO_WALLS)
		return mun_fail(e, MUN_EIO, "the sandbox could not be set up");
	return mun_fail(e, MUN_ECORRUPT,
			"the parser ended without an answer (status %d)",
			WEXITSTATUS(status));
}

static bool is_whole(const struct hearing *h)
{
	return h->head_len == sizeof(h->head) &&
	       h->head.answer_len == h->body.len;
}

/* Listen to the child until it ends, end it if need be, and report. */
static int attend(pid_t pid, int fd, struct hearing *h, struct mun_err *e)
{
	int status = 0;
	int rc;

	rc = hear(h, fd, e);
	if (rc)
		(void)kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return mun_fail_sys(e, errno, "wait for a parser");
	}
	if (rc)
		return rc;
	if (status != 0 || !is_whole(h))
		return mun_sandbox_judge(status, e);
	return h->head.rc ? mun_sandbox_unpack(&h->head, e) : 0;
}

struct mun_sandbox_limits
mun_sandbox_defaults(const struct mun_sandbox_limits *lim)
{
	struct mun_sandbox_limits l = { 0 };

	if (lim)
		l = *lim;
	if (!l.memory_bytes)
		l.memory_bytes = DEFAULT_MEMORY;
	if (!l.cpu_seconds)
		l.cpu_seconds = DEFAULT_CPU_SECONDS;
	if (!l.answer_bytes)
		l.answer_bytes = DEFAULT_ANSWER;
	return l;
}

int mun_sandbox_run(int (*fn)(void *ctx, struct mun_str *answer,
			      struct mun_err *e),
		    void *ctx, const struct mun_sandbox_limits *lim,
		    struct mun_str *answer, struct mun_err *e)
{
	struct mun_sandbox_limits l = mun_sandbox_defaults(lim);
	struct hearing h = { .max = l.answer_bytes };
	mun_autoclose int from_child = -1;
	pid_t parent = getpid();
	int ends[2];
	pid_t pid;
	int rc;

	if (pipe2(ends, O_CLOEXEC))
		return mun_fail_sys(e, errno, "make a pipe");
	from_child = ends[0];
	/* gmtime(3) reads a file at its first use: not in there. */
	tzset();
	pid = fork();
	if (pid == 0)
		mun_sandbox_child(fn, ctx, &l, ends[1], parent);
	(void)close(ends[1]);
	if (pid < 0)
		return mun_fail_sys(e, errno, "start a parser");
	h.deadline_ms =
		mun_clock_monotonic_ms() + INT64_C(2000) * l.cpu_seconds;
	rc = attend(pid, from_child, &h, e);
	mun_str_add_bytes(answer, h.body.text ? h.body.text : "", h.body.len);
	mun_str_free(&h.body);
	if (!rc && answer->failed)
		rc = mun_fail_nomem(e, "a parser's answer");
	return rc;
}
