/* SPDX-License-Identifier: Apache-2.0 */
/* core/sandbox_serve.c - a sandboxed child that stays and answers */
#include "core/sandbox_serve.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/sandbox_child.h"

#define STACK_BYTES ((size_t)2 << 20)
#define LOOK_MS 200
/* A child whose socket has ended is on its way out. */
#define REAP_MS 2000

struct mun_sandboxed {
	pid_t pid;
	unsigned int workers;
	int fds[MUN_SANDBOX_WORKERS];
	pthread_mutex_t lock; /* of what follows */
	bool reaped;
	struct mun_err how; /* it died */
};

/* ---- the child ---- */

struct serving {
	mun_sandbox_work_fn *work;
	void *ctx;
	unsigned int workers;
	const int *fds;
	pthread_barrier_t born; /* every thread has made its own system calls */
	pthread_barrier_t walled;
};

struct server {
	struct serving *s;
	unsigned int number;
};

static void *serve_in_thread(void *arg)
{
	const struct server *server = arg;
	struct serving *s = server->s;

	(void)pthread_barrier_wait(&s->born);
	(void)pthread_barrier_wait(&s->walled);
	s->work(s->ctx, server->number, s->fds[server->number]);
	_exit(0);
}

static bool start_threads(struct serving *s, struct server *servers)
{
	pthread_attr_t attr;
	pthread_t thread;
	bool ok = !pthread_attr_init(&attr) &&
		  !pthread_attr_setstacksize(&attr, STACK_BYTES);

	for (unsigned int i = 1; ok && i < s->workers; i++) {
		servers[i] = (struct server){ s, i };
		ok = !pthread_create(&thread, &attr, serve_in_thread,
				     &servers[i]);
	}
	return ok;
}

static noreturn void be_the_child(struct serving *s,
				  const struct mun_sandbox_limits *lim,
				  pid_t parent)
{
	static struct server servers[MUN_SANDBOX_WORKERS];
	const struct mun_sandbox_walls walls = { s->fds, s->workers, parent,
						 s->workers > 1 };

	/* Each arena of a thread takes 64 MiB of the addresses that are
	 * limited. */
	(void)mallopt(M_ARENA_MAX, 1);
	if (pthread_barrier_init(&s->born, NULL, s->workers) ||
	    pthread_barrier_init(&s->walled, NULL, s->workers) ||
	    !start_threads(s, servers))
		_exit(MUN_SANDBOX_NO_WALLS);
	(void)pthread_barrier_wait(&s->born);
	if (!mun_sandbox_lock_in(lim, &walls))
		_exit(MUN_SANDBOX_NO_WALLS);
	(void)pthread_barrier_wait(&s->walled);
	s->work(s->ctx, 0, s->fds[0]);
	/* Nothing of the parent's is flushed or torn down here. */
	_exit(0);
}

/* ---- the parent ---- */

static int make_sockets(struct mun_sandboxed *s, int *childs, struct mun_err *e)
{
	const struct timeval look = { .tv_usec = LOOK_MS * 1000L };

	for (unsigned int i = 0; i < s->workers; i++) {
		int ends[2];

		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
			return mun_fail_sys(e, errno, "make a pair of sockets");
		s->fds[i] = ends[0];
		childs[i] = ends[1];
		if (setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &look,
			       sizeof(look)))
			return mun_fail_sys(e, errno, "set up a socket");
	}
	return 0;
}

static void close_all(int *fds)
{
	for (unsigned int i = 0; i < MUN_SANDBOX_WORKERS; i++) {
		mun_closep(&fds[i]);
		fds[i] = -1;
	}
}

static struct mun_sandboxed *new_sandboxed(unsigned int workers)
{
	struct mun_sandboxed *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->pid = -1;
	s->workers = workers;
	for (unsigned int i = 0; i < MUN_SANDBOX_WORKERS; i++)
		s->fds[i] = -1;
	(void)pthread_mutex_init(&s->lock, NULL);
	return s;
}

int mun_sandbox_serve(mun_sandbox_work_fn *work, void *ctx,
		      unsigned int workers,
		      const struct mun_sandbox_limits *lim,
		      struct mun_sandboxed **out, struct mun_err *e)
{
	const struct mun_sandbox_limits l = mun_sandbox_defaults(lim);
	mun_auto(sandboxed) *s = NULL;
	int childs[MUN_SANDBOX_WORKERS];
	struct serving serving = { work,   ctx,       workers,
				   childs, { { 0 } }, { { 0 } } };
	const pid_t parent = getpid();
	int rc;

	if (!workers || workers > MUN_SANDBOX_WORKERS)
		return mun_fail(e, MUN_EINVAL, "%u workers", workers);
	s = new_sandboxed(workers);
	if (!s)
		return mun_fail_nomem(e, "sandbox");
	memset(childs, -1, sizeof(childs));
	/* gmtime(3) reads a file at its first use: not in there. */
	tzset();
	rc = make_sockets(s, childs, e);
	if (!rc)
		s->pid = fork();
	if (!rc && s->pid == 0) {
		close_all(s->fds);
		be_the_child(&serving, &l, parent);
	}
	if (!rc && s->pid < 0)
		rc = mun_fail_sys(e, errno, "start a parser");
	close_all(childs);
	if (rc)
		return rc;
	*out = mun_steal(&s);
	return 0;
}

int mun_sandboxed_fd(const struct mun_sandboxed *s, unsigned int worker)
{
	return s->fds[worker];
}

uint64_t mun_sandboxed_cpu_ms(const struct mun_sandboxed *s)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(s->pid, &clock) || clock_gettime(clock, &t))
		return 0;
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Its status, once it has ended by itself; else it is ended. */
static bool wait_for_it(pid_t pid, int *status)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	for (int i = 0; i < REAP_MS; i++) {
		pid_t done = waitpid(pid, status, WNOHANG);

		if (done == pid)
			return true;
		if (done < 0 && errno != EINTR)
			return false;
		(void)nanosleep(&pause, NULL);
	}
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, status, 0) < 0 && errno == EINTR)
		;
	return false;
}

/* Locked; once. */
static void reap(struct mun_sandboxed *s, const char *why)
{
	int status = 0;

	s->reaped = true;
	if (why) {
		(void)kill(s->pid, SIGKILL);
		(void)wait_for_it(s->pid, &status);
		(void)!mun_fail(&s->how, MUN_ECORRUPT, "the parser %s", why);
	} else if (wait_for_it(s->pid, &status)) {
		(void)!mun_sandbox_judge(status, &s->how);
	} else {
		(void)!mun_fail(&s->how, MUN_ECORRUPT,
				"the parser answers no more");
	}
}

int mun_sandboxed_reap(struct mun_sandboxed *s, const char *why,
		       struct mun_err *e)
{
	(void)pthread_mutex_lock(&s->lock);
	if (!s->reaped)
		reap(s, why);
	*e = s->how;
	(void)pthread_mutex_unlock(&s->lock);
	return mun_err_negative(e->code);
}

void mun_sandboxed_end(struct mun_sandboxed *s)
{
	int status;

	if (!s)
		return;
	close_all(s->fds);
	if (s->pid > 0 && !s->reaped) {
		(void)kill(s->pid, SIGKILL);
		while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}
