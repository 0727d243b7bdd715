/* SPDX-License-Identifier: Apache-2.0 */
/* core/spawn.c - run a program: bytes in, bytes out, and an end to it */
#include "core/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "core/check.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"
#include "core/str.h"

#define GRACE_MS 1000 /* from SIGTERM to SIGKILL */
#define LOOK_MS 200 /* how often we look whether we are to stop */
#define PIPE_MAX (1u << 20) /* as much as a pipe holds at most, bytes */
#define BLIND_MS 10 /* ... and for its end, where there are no pidfds */

/* One of its outputs. */
struct stream {
	int fd; /* ours; -1: at its end */
	int child_fd; /* its; closed after it was started */
	struct mun_str text;
};

struct running {
	const struct mun_spawn *q;
	struct mun_spawned *out;
	int input; /* memory that it reads from its beginning */
	struct stream streams[2];
	pid_t pid;
	int pidfd; /* -1: this kernel has none */
	siginfo_t end;
	bool lost; /* how it ended cannot be known */
	int64_t heard_ms; /* when something came last, monotonic */
	int rc; /* of heard() or tick() ... */
	struct mun_err why; /* ... and why */
};

/* Not one of 0 to 2, which dup2(2) is about to overwrite. */
static int above_stdio(int fd)
{
	int high;

	if (fd < 0 || fd > 2)
		return fd;
	high = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	(void)close(fd);
	return high;
}

static int open_stream(struct stream *s, struct mun_err *e)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return mun_fail_sys(e, errno, "make a pipe");
	s->fd = above_stdio(fds[0]);
	s->child_fd = above_stdio(fds[1]);
	if (s->fd < 0 || s->child_fd < 0 || fcntl(s->fd, F_SETFL, O_NONBLOCK))
		return mun_fail_sys(e, errno, "make a pipe");
	return 0;
}

/* In memory, all of it at once: no pipe that the program may not empty. */
static int open_input(struct running *r, struct mun_err *e)
{
	r->input = above_stdio(memfd_create("input", MFD_CLOEXEC));
	if (r->input < 0)
		return mun_fail_sys(e, errno, "make its input");
	return mun_pwrite_all(r->input, r->q->input, r->q->input_len, 0, e);
}

static bool same_name(const char *a, const char *b)
{
	size_t len = strcspn(a, "=");

	return !strncmp(a, b, len) && b[len] == '=';
}

static bool is_replaced(const char *entry, const char *const *by)
{
	for (; by && *by; by++)
		if (same_name(*by, entry))
			return true;
	return false;
}

/* Ours with the additions; the array is the caller's, its texts are not. */
static int make_env(const char *const *add, char ***out, struct mun_err *e)
{
	size_t n = 1;
	size_t k = 0;
	char **env;

	for (char **p = environ; p && *p; p++)
		n++;
	for (const char *const *p = add; p && *p; p++)
		n++;
	env = calloc(n, sizeof(*env));
	if (!env)
		return mun_fail_nomem(e, "environment");
	for (char **p = environ; p && *p; p++)
		if (!is_replaced(*p, add))
			env[k++] = *p;
	/* posix_spawn(3) takes them as not const, and changes nothing. */
	for (const char *const *p = add; p && *p; p++)
		memcpy(&env[k++], p, sizeof(*env));
	*out = env;
	return 0;
}

static int spawn_with(struct running *r, char *const *argv, char *const *env,
		      posix_spawnattr_t *attr, posix_spawn_file_actions_t *to)
{
	sigset_t set;
	int rc = 0;

	(void)sigemptyset(&set);
	rc |= posix_spawnattr_setsigmask(attr, &set);
	(void)sigfillset(&set);
	rc |= posix_spawnattr_setsigdefault(attr, &set);
	rc |= posix_spawnattr_setpgroup(attr, 0);
	rc |= posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK |
						     POSIX_SPAWN_SETSIGDEF |
						     POSIX_SPAWN_SETPGROUP);
	rc |= posix_spawn_file_actions_adddup2(to, r->input, 0);
	rc |= posix_spawn_file_actions_adddup2(to, r->streams[0].child_fd, 1);
	rc |= posix_spawn_file_actions_adddup2(to, r->streams[1].child_fd, 2);
	/* Also what somebody left open for us when we were started. */
	rc |= posix_spawn_file_actions_addclosefrom_np(to, 3);
	if (rc)
		return ENOMEM;
	return posix_spawnp(&r->pid, argv[0], to, attr, argv, env);
}

static int start(struct running *r, struct mun_err *e)
{
	const char *by_shell[] = { "/bin/sh", "-c", r->q->shell, NULL };
	const char *const *argv = r->q->shell ? by_shell : r->q->argv;
	mun_autofree char **env = NULL;
	posix_spawn_file_actions_t to;
	posix_spawnattr_t attr;
	int rc;

	rc = make_env(r->q->env, &env, e);
	if (rc)
		return rc;
	if (posix_spawnattr_init(&attr))
		return mun_fail_nomem(e, "program");
	if (posix_spawn_file_actions_init(&to)) {
		(void)posix_spawnattr_destroy(&attr);
		return mun_fail_nomem(e, "program");
	}
	/* exec(3) changes no argument; its type is older than const. */
	rc = spawn_with(r, (char *const *)(uintptr_t)argv, env, &attr, &to);
	(void)posix_spawn_file_actions_destroy(&to);
	(void)posix_spawnattr_destroy(&attr);
	if (rc)
		return mun_fail_sys(e, rc, "start '%s'", argv[0]);
	r->pidfd = (int)syscall(SYS_pidfd_open, r->pid, 0);
	for (int i = 0; i < 2; i++) {
		(void)close(r->streams[i].child_fd);
		r->streams[i].child_fd = -1;
	}
	return 0;
}

static void tell(struct running *r, const struct stream *s, const char *data,
		 size_t len)
{
	int from = s == &r->streams[0] ? 1 : 2;

	r->heard_ms = mun_clock_monotonic_ms();
	if (r->q->heard && !r->rc)
		r->rc = r->q->heard(r->q->ctx, from, data, len, &r->why);
}

/* All that is in the pipe now, and no more: who never stops talking must not
 * keep us from looking at the clock. */
static void drain(struct running *r, struct stream *s)
{
	char buf[16384];

	for (size_t i = 0; i < PIPE_MAX / sizeof(buf) && s->fd >= 0; i++) {
		size_t room = r->q->max_output - s->text.len;
		ssize_t n = read(s->fd, buf, sizeof(buf));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			(void)close(s->fd);
			s->fd = -1;
			return;
		}
		tell(r, s, buf, (size_t)n);
		if ((size_t)n > room)
			r->out->cut = true;
		mun_str_add_bytes(&s->text, buf, MUN_MIN((size_t)n, room));
	}
}

/* Has it ended?  It stays a zombie, so that its group's number is not given to
 * somebody else before we are done with it.  Where SIGCHLD is ignored nothing
 * stays: it has ended, and nobody knows how. */
static bool has_ended(struct running *r)
{
	memset(&r->end, 0, sizeof(r->end));
	if (waitid(P_PID, (id_t)r->pid, &r->end, WEXITED | WNOHANG | WNOWAIT)) {
		r->lost = errno == ECHILD;
		return r->lost;
	}
	return r->end.si_pid == r->pid;
}

static bool must_stop(const struct running *r, int64_t now)
{
	return mun_cancelled() || r->rc ||
	       (r->q->silence_ms && now - r->heard_ms > r->q->silence_ms);
}

static void tick(struct running *r)
{
	if (r->q->tick && !r->rc)
		r->rc = r->q->tick(r->q->ctx, &r->why);
}

/* Take what comes until it ends or @until (monotonic ms; 0: for ever). */
static bool wait_for_end(struct running *r, int64_t until, bool stoppable)
{
	while (!has_ended(r)) {
		struct pollfd p[] = { { r->streams[0].fd, POLLIN, 0 },
				      { r->streams[1].fd, POLLIN, 0 },
				      { r->pidfd, POLLIN, 0 } };
		int64_t left = r->pidfd < 0 ? BLIND_MS : LOOK_MS;
		int64_t now = mun_clock_monotonic_ms();

		if (until && now >= until)
			return false;
		if (stoppable)
			tick(r);
		if (stoppable && must_stop(r, now))
			return false;
		if (until)
			left = MUN_MIN(left, until - now);
		(void)poll(p, MUN_COUNT(p), (int)left);
		drain(r, &r->streams[0]);
		drain(r, &r->streams[1]);
	}
	drain(r, &r->streams[0]);
	drain(r, &r->streams[1]);
	return true;
}

/* The whole group: a shell's children are what takes so long. */
static void end_it(struct running *r)
{
	(void)kill(-r->pid, SIGTERM);
	(void)wait_for_end(r, mun_clock_monotonic_ms() + GRACE_MS, false);
	(void)kill(-r->pid, SIGKILL);
	(void)wait_for_end(r, 0, false);
}

static int wait_and_tell(struct running *r, struct mun_err *e)
{
	int64_t until = r->q->timeout_ms
				? mun_clock_monotonic_ms() + r->q->timeout_ms
				: 0;
	bool cancelled = false;

	r->heard_ms = mun_clock_monotonic_ms();
	if (!wait_for_end(r, until, true)) {
		cancelled = mun_cancelled();
		r->out->timed_out = !cancelled && !r->rc;
		end_it(r);
	}
	if (r->q->whole_group)
		(void)kill(-r->pid, SIGKILL);
	while (waitpid(r->pid, NULL, 0) < 0 && errno == EINTR)
		;
	r->out->status = r->end.si_code == CLD_EXITED ? r->end.si_status : -1;
	r->out->signal = r->end.si_code == CLD_EXITED ? 0 : r->end.si_status;
	if (r->rc < 0)
		*e = r->why;
	else if (cancelled)
		return mun_fail(e, MUN_ECANCELLED, "stopped");
	else if (r->lost)
		return mun_fail_sys(e, ECHILD, "learn how a program ended");
	r->out->stopped = r->rc > 0;
	return MUN_MIN(r->rc, 0);
}

static int take_text(struct stream *s, char **text, size_t *len,
		     struct mun_err *e)
{
	*len = s->text.len;
	return mun_str_take(&s->text, text, e);
}

static int run(struct running *r, struct mun_err *e)
{
	int rc;

	rc = open_input(r, e);
	for (int i = 0; i < 2 && !rc; i++)
		rc = open_stream(&r->streams[i], e);
	if (!rc)
		rc = start(r, e);
	if (!rc)
		rc = wait_and_tell(r, e);
	if (!rc)
		rc = take_text(&r->streams[0], &r->out->output,
			       &r->out->output_len, e);
	if (!rc)
		rc = take_text(&r->streams[1], &r->out->errors,
			       &r->out->errors_len, e);
	return rc;
}

int mun_spawn_run(const struct mun_spawn *q, struct mun_spawned *out,
		  struct mun_err *e)
{
	struct running r = { .q = q,
			     .out = out,
			     .input = -1,
			     .pidfd = -1,
			     .streams = { { .fd = -1, .child_fd = -1 },
					  { .fd = -1, .child_fd = -1 } } };
	int rc;

	memset(out, 0, sizeof(*out));
	out->status = -1;
	rc = run(&r, e);
	for (int i = 0; i < 2; i++) {
		mun_str_free(&r.streams[i].text);
		mun_closep(&r.streams[i].fd);
		mun_closep(&r.streams[i].child_fd);
	}
	mun_closep(&r.pidfd);
	mun_closep(&r.input);
	return rc;
}

int mun_spawned_check(const struct mun_spawned *r, const char *what,
		      struct mun_err *e)
{
	int len = r->errors ? (int)strcspn(r->errors, "\n") : 0;
	const char *errors = r->errors ? r->errors : "";

	len = MUN_MIN(len, 120);
	if (r->timed_out)
		return mun_fail(e, MUN_EIO, "%s took too long and was ended",
				what);
	if (r->signal)
		return mun_fail(e, MUN_EIO, "%s was ended by signal %d%s%.*s",
				what, r->signal, len ? ": " : "", len, errors);
	if (r->status)
		return mun_fail(e, MUN_EIO, "%s ended with status %d%s%.*s",
				what, r->status, len ? ": " : "", len, errors);
	return 0;
}

void mun_spawned_clear(struct mun_spawned *r)
{
	free(r->output);
	free(r->errors);
	memset(r, 0, sizeof(*r));
}
