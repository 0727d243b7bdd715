/* SPDX-License-Identifier: Apache-2.0 */
/* image/remote_call.c - the parent asks its child, and reads files for it */
#include "image/remote_int.h"

#include "core/check.h"
#include "core/clock.h"
#include "core/log.h"
#include "image/companion.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define LOOK_MS 200

uint64_t mun_remote_most_ms = 60000;

unsigned int mun_remote_take(struct mun_remote *r)
{
	unsigned int i = 0;

	(void)pthread_mutex_lock(&r->lock);
	for (;;) {
		for (i = 0; i < r->workers && r->busy[i]; i++)
			;
		if (i < r->workers)
			break;
		(void)pthread_cond_wait(&r->freed, &r->lock);
	}
	r->busy[i] = true;
	(void)pthread_mutex_unlock(&r->lock);
	return i;
}

size_t mun_remote_take_idle(struct mun_remote *r, unsigned int *workers,
			    size_t most)
{
	size_t n = 0;

	(void)pthread_mutex_lock(&r->lock);
	for (unsigned int i = 0; n < most && i < r->workers; i++) {
		if (r->busy[i])
			continue;
		r->busy[i] = true;
		workers[n++] = i;
	}
	(void)pthread_mutex_unlock(&r->lock);
	return n;
}

void mun_remote_give(struct mun_remote *r, unsigned int worker)
{
	(void)pthread_mutex_lock(&r->lock);
	r->busy[worker] = false;
	(void)pthread_cond_signal(&r->freed);
	(void)pthread_mutex_unlock(&r->lock);
}

int mun_remote_nonsense(struct mun_remote *r, struct mun_err *e)
{
	return mun_sandboxed_reap(r->child,
				  "gave an answer that makes no sense", e);
}

/* ---- files beside the image ---- */

static int keep(struct mun_remote *r, struct mun_source *src, uint32_t *number,
		struct mun_err *e)
{
	int rc = 0;

	(void)pthread_mutex_lock(&r->lock);
	if (!r->beside)
		r->beside = calloc(2 * (size_t)MUN_COMPANIONS,
				   sizeof(struct mun_source *));
	if (!r->beside) {
		rc = mun_fail_nomem(e, "files beside an image");
	} else if (r->nbeside >= 2 * (size_t)MUN_COMPANIONS) {
		rc = mun_fail(e, MUN_ECORRUPT,
			      "it names more than %u files beside itself",
			      2 * MUN_COMPANIONS);
	} else {
		*number = (uint32_t)r->nbeside;
		r->beside[r->nbeside++] = src;
	}
	(void)pthread_mutex_unlock(&r->lock);
	return rc;
}

static int open_beside(struct mun_remote *r,
		       const struct mun_remote_shared *shared,
		       struct mun_remote_msg *m, struct mun_err *e)
{
	char name[MUN_REMOTE_NAME];
	struct mun_source *src;
	int rc;

	if (m->n >= MUN_COUNT(r->folders) || m->len >= sizeof(name))
		return mun_fail(e, MUN_EINVAL, "no such folder or name");
	/* A copy: what is shared may change at any moment. */
	memcpy(name, shared->beside, (size_t)m->len);
	name[m->len] = '\0';
	rc = mun_companion_open(r->folders[m->n], name, &src, e);
	if (rc)
		return rc;
	rc = keep(r, src, &m->n, e);
	if (rc) {
		mun_source_close(src);
		return rc;
	}
	m->len = src->size;
	return 0;
}

static struct mun_source *source_of(struct mun_remote *r, uint32_t number)
{
	struct mun_source *src = NULL;

	if (number == MUN_REMOTE_OWN)
		return r->served;
	(void)pthread_mutex_lock(&r->lock);
	if (number < r->nbeside)
		src = r->beside[number];
	(void)pthread_mutex_unlock(&r->lock);
	return src;
}

static int read_beside(struct mun_remote *r, struct mun_remote_shared *shared,
		       struct mun_remote_msg *m, struct mun_err *e)
{
	struct mun_source *src = source_of(r, m->n);

	if (!src || m->len > sizeof(shared->beside) || m->off > src->size)
		return mun_fail(e, MUN_EINVAL, "no such file or bytes");
	m->len = MUN_MIN(m->len, src->size - m->off);
	return mun_source_pread(src, shared->beside, (size_t)m->len, m->off, e);
}

static int extent_beside(struct mun_remote *r, struct mun_remote_msg *m,
			 struct mun_err *e)
{
	struct mun_source *src = source_of(r, m->n);
	struct mun_extent x;
	int rc;

	if (!src)
		return mun_fail(e, MUN_EINVAL, "no such file");
	rc = mun_source_next_extent(src, m->off, &x, e);
	if (rc)
		return rc;
	m->n = (uint32_t)x.kind;
	m->len = x.bytes;
	return 0;
}

/* Answer @m, which asks for a file beside the image. */
static void serve(struct mun_remote *r, unsigned int worker,
		  struct mun_remote_msg *m)
{
	struct mun_remote_shared *shared = r->shared[worker];
	struct mun_err e;

	mun_err_clear(&e);
	if (m->op == MUN_REMOTE_BESIDE_OPEN)
		m->rc = open_beside(r, shared, m, &e);
	else if (m->op == MUN_REMOTE_BESIDE_READ)
		m->rc = read_beside(r, shared, m, &e);
	else
		m->rc = extent_beside(r, m, &e);
	m->op = MUN_REMOTE_ANSWER;
	if (m->rc)
		mun_sandbox_pack(&shared->error, m->rc, 0, &e);
}

/* ---- questions ---- */

/* A question, how long it has been out, and what the child has used of its
 * time since. */
struct asked {
	int64_t since_ms;
	uint64_t cpu_ms;
	uint64_t most_ms;
};

/*
 * A child that waits for a slow medium uses no time of the processor and is
 * left alone; one that goes round does.
 */
static int may_go_on(struct mun_remote *r, const struct asked *a,
		     struct mun_err *e)
{
	struct mun_err cancelled;

	if (mun_cancel_check(&cancelled)) {
		(void)mun_sandboxed_reap(r->child, "was stopped", e);
		*e = cancelled;
		return mun_err_negative(e->code);
	}
	if ((uint64_t)(mun_clock_monotonic_ms() - a->since_ms) < a->most_ms ||
	    mun_sandboxed_cpu_ms(r->child) - a->cpu_ms < a->most_ms / 4)
		return 0;
	return mun_sandboxed_reap(r->child, "used up its time", e);
}

static int send_to(struct mun_remote *r, unsigned int worker,
		   const struct mun_remote_msg *m, struct mun_err *e)
{
	int fd = mun_sandboxed_fd(r->child, worker);
	ssize_t n;

	do
		n = send(fd, m, sizeof(*m), MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)sizeof(*m))
		return 0;
	return mun_sandboxed_reap(r->child, NULL, e);
}

/* One message, if there is one: @got. */
static int receive(struct mun_remote *r, unsigned int worker,
		   struct mun_remote_msg *m, int flags, bool *got,
		   struct mun_err *e)
{
	ssize_t n = recv(mun_sandboxed_fd(r->child, worker), m, sizeof(*m),
			 MSG_TRUNC | flags);

	*got = n == (ssize_t)sizeof(*m);
	if (n > 0 && !*got)
		return mun_remote_nonsense(r, e);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		return mun_sandboxed_reap(r->child, NULL, e);
	return 0;
}

/* What came is the answer, or a question of the child's, which is served. */
static int hear(struct mun_remote *r, unsigned int worker,
		struct mun_remote_msg *m, bool *answer, struct mun_err *e)
{
	*answer = m->op == MUN_REMOTE_ANSWER;
	if (*answer)
		return 0;
	if (m->op < MUN_REMOTE_BESIDE_OPEN || m->op > MUN_REMOTE_BESIDE_EXTENT)
		return mun_remote_nonsense(r, e);
	serve(r, worker, m);
	return send_to(r, worker, m, e);
}

/* The child's error, from a copy of it. */
static int answered(struct mun_remote *r, unsigned int worker,
		    const struct mun_remote_msg *m, struct mun_err *e)
{
	struct mun_sandbox_head head;

	if (!m->rc)
		return 0;
	memcpy(&head, &r->shared[worker]->error, sizeof(head));
	if (head.rc >= 0)
		return mun_remote_nonsense(r, e);
	return mun_sandbox_unpack(&head, e);
}

static void begin(const struct mun_remote *r, struct asked *a, uint64_t most_ms)
{
	a->since_ms = mun_clock_monotonic_ms();
	a->cpu_ms = mun_sandboxed_cpu_ms(r->child);
	a->most_ms = most_ms;
}

int mun_remote_ask(struct mun_remote *r, unsigned int worker,
		   struct mun_remote_msg *m, uint64_t most_ms,
		   struct mun_err *e)
{
	struct asked a;
	bool done = false;
	int rc;

	begin(r, &a, most_ms);
	rc = send_to(r, worker, m, e);
	while (!rc && !done) {
		bool got = false;

		/* Gives up after a while: see mun_sandboxed_fd(). */
		rc = receive(r, worker, m, 0, &got, e);
		if (!rc && got)
			rc = hear(r, worker, m, &done, e);
		/* Nor may it ask for ever. */
		if (!rc && !done)
			rc = may_go_on(r, &a, e);
	}
	return rc ? rc : answered(r, worker, m, e);
}

/* Those of @n workers that still owe an answer are listened to together: one
 * may wait for what another is asking us for. */
static int hear_all(struct mun_remote *r, const unsigned int *workers,
		    struct mun_remote_msg *m, bool *done, size_t n,
		    struct mun_err *e)
{
	struct pollfd fds[MUN_SANDBOX_WORKERS];
	int rc = 0;

	for (size_t i = 0; i < n; i++)
		fds[i] = (struct pollfd){
			.fd = done[i] ? -1
				      : mun_sandboxed_fd(r->child, workers[i]),
			.events = POLLIN,
		};
	if (poll(fds, (nfds_t)n, LOOK_MS) < 0)
		return errno == EINTR
			       ? 0
			       : mun_sandboxed_reap(r->child,
						    "could not be heard", e);
	for (size_t i = 0; !rc && i < n; i++) {
		bool got = false;

		if (!fds[i].revents)
			continue;
		rc = receive(r, workers[i], &m[i], MSG_DONTWAIT, &got, e);
		if (!rc && got)
			rc = hear(r, workers[i], &m[i], &done[i], e);
	}
	return rc;
}

int mun_remote_ask_all(struct mun_remote *r, const unsigned int *workers,
		       struct mun_remote_msg *m, size_t n, uint64_t most_ms,
		       struct mun_err *e)
{
	bool done[MUN_SANDBOX_WORKERS] = { false };
	struct asked a;
	size_t left = n;
	int rc = 0;

	begin(r, &a, most_ms);
	for (size_t i = 0; !rc && i < n; i++)
		rc = send_to(r, workers[i], &m[i], e);
	while (!rc && left) {
		rc = hear_all(r, workers, m, done, n, e);
		left = 0;
		for (size_t i = 0; i < n; i++)
			left += !done[i];
		if (!rc && left)
			rc = may_go_on(r, &a, e);
	}
	/* Where one was not heard the child is dead: an answer that is left
	 * would be taken for that to the next question. */
	for (size_t i = 0; !rc && i < n; i++)
		rc = answered(r, workers[i], &m[i], e);
	return rc;
}
