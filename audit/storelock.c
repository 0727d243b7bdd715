/* SPDX-License-Identifier: Apache-2.0 */
/* audit/storelock.c - one audit at a time on each store */
#include "audit/storelock.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/json.h"
#include "core/jsonw.h"
#include "core/log.h"
#include "core/str.h"
#include "core/sys.h"

#define CONTENT_MAX 1024
#define NAME_MAX_BYTES 256
#define BOOT_ID "/proc/sys/kernel/random/boot_id"

/* What the file says of its owner. */
struct owner {
	int64_t pid; /* 0: nobody */
	char host[NAME_MAX_BYTES];
	char boot_id[64]; /* of the kernel that runs it; "": not known */
	char started[MUN_TIME_LEN];
	char heartbeat[MUN_TIME_LEN];
};

struct mun_store_lock {
	char *path;
	int fd;
	struct owner me;
	pthread_t thread;
	pthread_mutex_t mutex; /* of all below, and of the file's content */
	pthread_cond_t wake;
	bool stop;
	bool lost; /* taken over by another */
};

static bool name_is_plain(const char *name)
{
	return *name && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") ==
				strlen(name);
}

static void copy_text(char *out, size_t room, const char *text)
{
	size_t len = strnlen(text, room - 1);

	memcpy(out, text, len);
	out[len] = '\0';
}

static void take_text(const json_t *from, const char *key, char *out,
		      size_t room)
{
	const char *text = json_string_value(json_object_get(from, key));

	copy_text(out, room, text ? text : "");
}

/* Who is in the file; nobody where it is empty, or was cut by a crash. */
static struct owner read_owner(int fd)
{
	mun_autojson json_t *root = NULL;
	struct owner o = { 0 };
	char text[CONTENT_MAX];
	struct mun_err ignored;
	ssize_t n;

	do
		n = mun_sys.pread(fd, text, sizeof(text), 0);
	while (n < 0 && errno == EINTR);
	if (n <= 0 || mun_json_parse(text, (size_t)n, &root, &ignored))
		return o;
	take_text(root, "host", o.host, sizeof(o.host));
	take_text(root, "boot_id", o.boot_id, sizeof(o.boot_id));
	take_text(root, "started", o.started, sizeof(o.started));
	take_text(root, "heartbeat", o.heartbeat, sizeof(o.heartbeat));
	o.pid = json_integer_value(json_object_get(root, "pid"));
	return o;
}

static struct owner who_we_are(void)
{
	struct owner o = { .pid = getpid() };
	mun_autofree char *boot = NULL;
	struct mun_err ignored;
	size_t len;

	if (gethostname(o.host, sizeof(o.host) - 1))
		copy_text(o.host, sizeof(o.host), "unknown");
	if (!mun_file_read(BOOT_ID, CONTENT_MAX, &boot, &len, &ignored)) {
		boot[strcspn(boot, "\n")] = '\0';
		copy_text(o.boot_id, sizeof(o.boot_id), boot);
	}
	mun_time_text(mun_now_ms(), o.started);
	return o;
}

static bool is_same(const struct owner *a, const struct owner *b)
{
	return a->pid == b->pid && !strcmp(a->host, b->host) &&
	       !strcmp(a->boot_id, b->boot_id);
}

/*
 * flock(2) was given to us, so an owner under our kernel is dead, whatever its
 * container calls its host; and so is one that this host ran before it was
 * restarted.  Of any other host we know only the heartbeat.
 */
static bool may_live(const struct owner *o, const struct owner *me)
{
	struct mun_err ignored;
	int64_t seen;
	int64_t age;

	if (!strcmp(o->host, me->host) ||
	    (*o->boot_id && !strcmp(o->boot_id, me->boot_id)))
		return false;
	if (mun_time_parse(o->heartbeat, &seen, &ignored))
		return false;
	age = mun_now_ms() - seen;
	return age < MUN_STORE_LOCK_DEAD * INT64_C(1000) &&
	       age > -MUN_STORE_LOCK_DEAD * INT64_C(1000);
}

static int busy(const struct owner *o, const char *store, struct mun_err *e)
{
	if (!o->pid)
		return mun_fail(
			e, MUN_EBUSY,
			"store '%s' is being audited by another process",
			store);
	return mun_fail(e, MUN_EBUSY,
			"store '%s' is being audited by process %" PRId64
			" on %.64s since %s",
			store, o->pid, o->host, o->started);
}

/* Always as long, so that one write is one change. */
static int write_owner(struct mun_store_lock *l, struct mun_err *e)
{
	mun_autofree char *text = NULL;
	struct mun_jsonw w;
	int rc;

	mun_time_text(mun_now_ms(), l->me.heartbeat);
	mun_jsonw_init(&w, NULL, false);
	mun_jsonw_object(&w, NULL);
	mun_jsonw_i64(&w, "pid", l->me.pid);
	mun_jsonw_text(&w, "host", l->me.host);
	mun_jsonw_text(&w, "boot_id", l->me.boot_id);
	mun_jsonw_text(&w, "started", l->me.started);
	mun_jsonw_text(&w, "heartbeat", l->me.heartbeat);
	mun_jsonw_end_object(&w);
	rc = mun_jsonw_finish(&w, e);
	if (!rc)
		rc = mun_str_take(&w.out, &text, e);
	else
		mun_str_free(&w.out);
	return rc ? rc : mun_pwrite_all(l->fd, text, strlen(text), 0, e);
}

/* With the mutex held. */
static int beat(struct mun_store_lock *l, struct mun_err *e)
{
	struct owner o = read_owner(l->fd);
	int rc;

	if (!l->lost && o.pid && !is_same(&o, &l->me)) {
		l->lost = true;
		mun_log(MUN_LOG_ERROR,
			"the lock '%s' was taken over by process %" PRId64
			" on %s",
			l->path, o.pid, o.host);
	}
	if (l->lost)
		return mun_fail(e, MUN_EBUSY,
				"the lock '%s' was taken over by another host",
				l->path);
	rc = write_owner(l, e);
	return rc ? mun_ctx(e, "renew the lock '%s'", l->path) : 0;
}

int mun_store_lock_beat(struct mun_store_lock *l, struct mun_err *e)
{
	int rc;

	(void)pthread_mutex_lock(&l->mutex);
	rc = beat(l, e);
	(void)pthread_mutex_unlock(&l->mutex);
	return rc;
}

static void *beat_on(void *arg)
{
	struct mun_store_lock *l = arg;
	struct timespec at;
	struct mun_err ignored;

	(void)pthread_mutex_lock(&l->mutex);
	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += MUN_STORE_LOCK_BEAT;
	while (!l->stop) {
		if (pthread_cond_timedwait(&l->wake, &l->mutex, &at) !=
		    ETIMEDOUT)
			continue;
		/* One that fails is made good by the next, or was said. */
		(void)!beat(l, &ignored);
		(void)clock_gettime(CLOCK_MONOTONIC, &at);
		at.tv_sec += MUN_STORE_LOCK_BEAT;
	}
	(void)pthread_mutex_unlock(&l->mutex);
	return NULL;
}

/* Signals are for the threads that know what to do with them. */
static int start_thread(struct mun_store_lock *l)
{
	pthread_condattr_t attr;
	sigset_t all;
	sigset_t was;
	int rc;

	(void)pthread_mutex_init(&l->mutex, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&l->wake, &attr);
	(void)pthread_condattr_destroy(&attr);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &was);
	rc = pthread_create(&l->thread, NULL, beat_on, l);
	(void)pthread_sigmask(SIG_SETMASK, &was, NULL);
	if (rc) {
		(void)pthread_cond_destroy(&l->wake);
		(void)pthread_mutex_destroy(&l->mutex);
	}
	return rc;
}

static void drop(struct mun_store_lock *l)
{
	if (l->fd >= 0)
		(void)mun_sys.close(l->fd);
	free(l->path);
	free(l);
}

static int take(struct mun_store_lock *l, const char *store, struct mun_err *e)
{
	struct owner was;
	bool ours;
	int rc;

	rc = mun_lock_try(l->path, &l->fd, &ours, e);
	if (rc)
		return rc;
	l->me = who_we_are();
	was = read_owner(l->fd);
	if (!ours || (was.pid && may_live(&was, &l->me)))
		return busy(&was, store, e);
	if (was.pid)
		mun_log(MUN_LOG_WARN,
			"process %" PRId64
			" on %s, which audited store '%s' since %s, died; last seen %s, its lock is taken over",
			was.pid, was.host, store, was.started, was.heartbeat);
	if (mun_sys.ftruncate(l->fd, 0))
		return mun_fail_sys(e, errno, "empty the lock '%s'", l->path);
	rc = write_owner(l, e);
	if (rc) {
		(void)mun_sys.ftruncate(l->fd, 0);
		return mun_ctx(e, "write the lock '%s'", l->path);
	}
	rc = start_thread(l);
	if (rc) {
		(void)mun_sys.ftruncate(l->fd, 0);
		return mun_fail_sys(e, rc, "start the heartbeat");
	}
	return 0;
}

int mun_store_lock_take(const char *spool, const char *store,
			struct mun_store_lock **out, struct mun_err *e)
{
	struct mun_store_lock *l;
	int rc;

	if (!name_is_plain(store))
		return mun_fail(e, MUN_EINVAL, "'%s' is no name of a store",
				store);
	l = calloc(1, sizeof(*l));
	if (!l)
		return mun_fail_nomem(e, "lock");
	l->fd = -1;
	rc = mun_fmt(&l->path, e, "%s/audit-%s.lock", spool, store);
	if (!rc)
		rc = take(l, store, e);
	if (rc) {
		drop(l);
		return rc;
	}
	*out = l;
	return 0;
}

void mun_store_lock_release(struct mun_store_lock *l)
{
	if (!l)
		return;
	(void)pthread_mutex_lock(&l->mutex);
	l->stop = true;
	(void)pthread_cond_signal(&l->wake);
	(void)pthread_mutex_unlock(&l->mutex);
	(void)pthread_join(l->thread, NULL);
	/* What another has written there is not ours to remove. */
	if (!l->lost)
		(void)mun_sys.ftruncate(l->fd, 0);
	(void)pthread_cond_destroy(&l->wake);
	(void)pthread_mutex_destroy(&l->mutex);
	drop(l);
}
