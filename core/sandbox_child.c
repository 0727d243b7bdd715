/* SPDX-License-Identifier: Apache-2.0 */
/* core/sandbox_child.c - the child's side: walls first, then the parser */
#include "core/sandbox_child.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "core/check.h"

static bool limit(__rlimit_resource_t what, rlim_t soft, rlim_t hard)
{
	struct rlimit l = { .rlim_cur = soft, .rlim_max = hard };
	struct rlimit was;

	/* Ours may be stricter already, and cannot be raised then. */
	if (getrlimit(what, &was))
		return false;
	l.rlim_cur = MUN_MIN(l.rlim_cur, was.rlim_max);
	l.rlim_max = MUN_MIN(l.rlim_max, was.rlim_max);
	return !setrlimit(what, &l);
}

#ifdef MUN_SANITIZED
/* Sanitizers map terabytes and call what they like. */
static bool limit_memory(uint64_t more)
{
	(void)more;
	return true;
}

static bool filter_calls(const struct mun_sandbox_walls *w)
{
	(void)w;
	return true;
}
#else
/* Address space in use, from the first number of statm(5), in bytes. */
static bool memory_in_use(uint64_t *out)
{
	char text[64] = { 0 };
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	unsigned long pages;
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	if (n <= 0)
		return false;
	pages = strtoul(text, NULL, 10);
	return pages &&
	       !ckd_mul(out, (uint64_t)pages, (uint64_t)sysconf(_SC_PAGESIZE));
}

static bool limit_memory(uint64_t more)
{
	uint64_t bytes;

	if (!memory_in_use(&bytes) || ckd_add(&bytes, bytes, more))
		return false;
	return limit(RLIMIT_AS, bytes, bytes);
}

/* Calls that can harm nobody, whatever they are given. */
static const int harmless[] = {
	SCMP_SYS(read),
	SCMP_SYS(pread64),
	SCMP_SYS(preadv2), /* mun_sys.pread_cached */
	SCMP_SYS(lseek),
	SCMP_SYS(fstat),
	SCMP_SYS(close),
	SCMP_SYS(fadvise64),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(brk),
	SCMP_SYS(madvise),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(futex),
	SCMP_SYS(getrandom),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(sched_yield),
	/* qsort(3) asks how much memory there is. */
	SCMP_SYS(sysinfo),
};

/* Calls that are harmless with the right arguments only. */
static bool allow_with_arguments(scmp_filter_ctx c)
{
	const struct {
		int call;
		struct scmp_arg_cmp arg;
	} rules[] = {
		/* New memory may hold data, never code. */
		{ SCMP_SYS(mmap), { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0 } },
		{ SCMP_SYS(mprotect), { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0 } },
		/* fstat(3) of glibc. */
		{ SCMP_SYS(newfstatat),
		  { 3, SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH } },
		/* abort(3), so that it is told from a forbidden call. */
		{ SCMP_SYS(tgkill),
		  { 0, SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0 } },
	};

	for (size_t i = 0; i < MUN_COUNT(rules); i++)
		if (seccomp_rule_add_array(c, SCMP_ACT_ALLOW, rules[i].call, 1,
					   &rules[i].arg))
			return false;
	return true;
}

/* The answer, and nothing else. */
static bool allow_answers(scmp_filter_ctx c, const struct mun_sandbox_walls *w)
{
	for (size_t i = 0; i < w->nfds; i++) {
		const struct scmp_arg_cmp fd = { 0, SCMP_CMP_EQ,
						 (scmp_datum_t)w->fds[i], 0 };

		if (seccomp_rule_add_array(c, SCMP_ACT_ALLOW, SCMP_SYS(write),
					   1, &fd))
			return false;
	}
	return true;
}

static bool filter_calls(const struct mun_sandbox_walls *w)
{
	scmp_filter_ctx c = seccomp_init(SCMP_ACT_KILL_PROCESS);
	bool ok = c != NULL;

	for (size_t i = 0; ok && i < MUN_COUNT(harmless); i++)
		ok = !seccomp_rule_add(c, SCMP_ACT_ALLOW, harmless[i], 0);
	ok = ok && allow_with_arguments(c) && allow_answers(c, w);
	/* For threads that are there already, too. */
	if (ok && w->threads)
		ok = !seccomp_attr_set(c, SCMP_FLTATR_CTL_TSYNC, 1);
	ok = ok && !seccomp_load(c);
	if (c)
		seccomp_release(c);
	return ok;
}
#endif

static bool limit_cpu(unsigned int seconds)
{
	return seconds == MUN_SANDBOX_NO_CPU_LIMIT ||
	       limit(RLIMIT_CPU, seconds, (rlim_t)seconds + 1);
}

/* Every wall, or no parser.  The filter is last: the others need calls that it
 * forbids, and it needs memory, which the limit leaves room for. */
bool mun_sandbox_lock_in(const struct mun_sandbox_limits *lim,
			 const struct mun_sandbox_walls *w)
{
	/* A handler of the caller's must not run on after a crash. */
	static const int plain[] = { SIGSEGV, SIGBUS,  SIGILL, SIGFPE,
				     SIGABRT, SIGXCPU, SIGSYS, SIGPIPE };

#ifndef MUN_SANITIZED
	for (size_t i = 0; i < MUN_COUNT(plain); i++)
		(void)signal(plain[i], SIG_DFL);
#else
	(void)plain;
#endif
	return !prctl(PR_SET_PDEATHSIG, SIGKILL) && getppid() == w->parent &&
	       !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !prctl(PR_SET_DUMPABLE, 0) && limit(RLIMIT_CORE, 0, 0) &&
	       limit(RLIMIT_FSIZE, 0, 0) && limit_cpu(lim->cpu_seconds) &&
	       limit_memory(lim->memory_bytes) && filter_calls(w);
}

void mun_sandbox_pack(struct mun_sandbox_head *h, int rc, size_t answer_len,
		      const struct mun_err *e)
{
	*h = (struct mun_sandbox_head){ .rc = rc, .answer_len = answer_len };
	if (!rc)
		return;
	h->sys = e->sys;
	h->depth = e->depth;
	for (unsigned int i = 0; i < e->depth && i < MUN_ERR_LINES; i++) {
		struct mun_sandbox_line *l = &h->lines[i];

		l->line = e->lines[i].line;
		memcpy(l->file, e->lines[i].file,
		       strnlen(e->lines[i].file, sizeof(l->file) - 1));
		memcpy(l->text, e->lines[i].text, sizeof(l->text));
	}
}

/* Not through mun_sys: a test that makes calls fail means the parser's. */
static bool send(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

noreturn void mun_sandbox_child(int (*fn)(void *ctx, struct mun_str *answer,
					  struct mun_err *e),
				void *ctx, const struct mun_sandbox_limits *lim,
				int to_parent, pid_t parent)
{
	const struct mun_sandbox_walls walls = { &to_parent, 1, parent, false };
	struct mun_sandbox_head head;
	struct mun_str answer = { 0 };
	struct mun_err e;
	bool sent;
	int rc;

	if (!mun_sandbox_lock_in(lim, &walls))
		_exit(MUN_SANDBOX_NO_WALLS);
	mun_err_clear(&e);
	rc = fn(ctx, &answer, &e);
	if (!rc && answer.failed)
		rc = mun_fail_nomem(&e, "a parser's answer");
	mun_sandbox_pack(&head, rc, answer.len, &e);
	sent = send(to_parent, &head, sizeof(head)) &&
	       send(to_parent, answer.text, answer.len);
	/* Nothing of the parent's is flushed or torn down here. */
	_exit(sent ? 0 : 1);
}
