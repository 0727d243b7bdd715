/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/prove_int.h - the parts of a proof by boot
 *
 * A prover starts the package's own run script, with arguments that make it
 * headless, and shows a watch what is on the screen; the watch decides.
 * Everything that is made on the way lies in the scratch folder.
 */
#ifndef MUN_EXPORT_PROVE_INT_H
#define MUN_EXPORT_PROVE_INT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/err.h"
#include "core/spawn.h"
#include "core/str.h"
#include "emulate-export/prove.h"
#include "emulate-export/prove_shot.h"
#include "emulate-export/prove_text.h"

/* ---- the criterion: prove_watch.c ---- */

/* What is seen at one moment. */
struct mun_look {
	const struct mun_shot *shot; /* NULL: no screen yet */
	const char *text; /* its lines; NULL: it is no text screen */
	const char *console; /* what came over a line until now; or "" */
};

struct mun_watch {
	const struct mun_proof_request *q;
	struct mun_proof *out;
	struct mun_shot want; /* --picture */
	struct mun_shot base; /* the screen since when it is still ... */
	char base_text[MUN_TEXT_ROOM];
	bool base_is_text;
	bool blank; /* it was, the last time */
	int64_t since_ms; /* ... monotonic */
	int64_t begin_ms;
	int64_t bios_ms; /* since when only the firmware speaks; 0: it does not
			  */
	int64_t seen_ms; /* the text that was wanted, first; 0: not yet */
	unsigned int still_s; /* to be still for so long */
	struct mun_shot shot; /* the last one */
	/* A screen on which nothing of the medium is seen: what the machine
	 * shows without one.  Or empty. */
	struct mun_shot idle;
	bool decided; /* out->result is it */
};

/* Read what it has to compare with.  @still_s: seconds, 0: the usual.  0;
 * MUN_ENOENT, MUN_ECORRUPT, MUN_EIO of --picture; MUN_ENOMEM. */
MUN_CHECK int mun_watch_begin(struct mun_watch *w,
			      const struct mun_proof_request *q,
			      unsigned int still_s, struct mun_proof *out,
			      struct mun_err *e);
void mun_watch_clear(struct mun_watch *w);

/* Look: decided now, or go on (false)?  0 or MUN_ENOMEM. */
MUN_CHECK int mun_watch_look(struct mun_watch *w, const struct mun_look *look,
			     struct mun_err *e);

/* Is @s like the picture that is wanted? */
bool mun_watch_is_like(const struct mun_watch *w, const struct mun_shot *s);

/* It has come to an end before it was decided: FAILED, because of what was, or
 * was not, on the screen until now. */
void mun_watch_over(struct mun_watch *w);

/* The result, and why: a printf, as one line of clean UTF-8, cut to fit. */
void mun_watch_decide(struct mun_watch *w, enum mun_proof_result result,
		      const char *fmt, ...) MUN_PRINTF(3, 4);

/* ---- one run: prove_run.c ---- */

struct mun_prover;

struct mun_prove_run {
	const struct mun_proof_request *q;
	struct mun_proof *out;
	const struct mun_prover *prover;
	struct mun_watch watch;
	char *data; /* absolute */
	char *scratch; /* likewise */
	/* Of a screen of our own: what the environment needs for it, ":0" for
	 * none; prove_screen.c. */
	char display[24];
	char *frame; /* its picture, a file; NULL: none */
	int64_t until_ms; /* monotonic */
	struct mun_str console; /* what the emulator has said, its end */
	void *own; /* the prover's */
};

struct mun_prover {
	const char *target; /* name of the target */
	const char *title; /* of the program: "QEMU" */
	const char *variable; /* that names another program */
	const char *programs; /* looked for in this order */
	const char *version; /* argument that asks for it */
	const char *keeps; /* further variables of the kit, space-separated */
	unsigned int still_s; /* so long a screen does not change; 0: 5 */
	int (*run)(struct mun_prove_run *r, struct mun_err *e);
};

extern const struct mun_prover mun_prover_qemu;
extern const struct mun_prover mun_prover_dosbox;
extern const struct mun_prover mun_prover_hatari;
extern const struct mun_prover mun_prover_fsuae;

#define MUN_PROVE_ARGS 40u
#define MUN_PROVE_SECONDS 120u /* where nobody says how long */

/* One start of the package's run script; up to MUN_PROVE_ARGS arguments. */
struct mun_prove_start {
	const char *const *args; /* further ones; ended by NULL */
	const char *const *env; /* "NAME=value"; ended by NULL; or NULL */
	/* As of core/spawn.h, until it is decided or time is up; above 0 ends
	 * it too, and decides nothing. */
	int (*tick)(struct mun_prove_run *r, struct mun_err *e);
	bool ends; /* it ends by itself when it is done: no failure */
};

/**
 * mun_prove_start() - start it, watch it, end it with all its children
 *
 * With an environment of its own (HOME and all folders of configuration in the
 * scratch folder) and limits of processor time and sizes of files.  A start
 * that the kit itself refuses (emulator or firmware missing) is NOT_PROVED; an
 * emulator that ends by itself is FAILED, where nothing was decided before.
 * Return: 0, MUN_ECANCELLED, MUN_EIO, MUN_ENOMEM, what tick() returned.
 */
MUN_CHECK int mun_prove_start(struct mun_prove_run *r,
			      const struct mun_prove_start *s,
			      struct mun_err *e);

/* Begins a script of sh whose arguments are a command: that dies with us, by
 * the kernel, where util-linux is there. */
#define MUN_PROVE_MORTAL \
	"setpriv --pdeathsig KILL true 2>/dev/null && " \
	"exec setpriv --pdeathsig KILL \"$@\"; exec \"$@\""

/* Is there such a program in PATH, or by that path? */
bool mun_prove_find(const char *program);

/* What came from the guest by another way: as if the emulator had printed it.
 */
void mun_prove_hear(struct mun_prove_run *r, const char *data, size_t len);

/* "@r->scratch/@name", owned by the caller.  0 or MUN_ENOMEM. */
MUN_CHECK int mun_prove_path(const struct mun_prove_run *r, const char *name,
			     char **out, struct mun_err *e);

/* What the emulator has said until now as lines, "" for nothing. */
const char *mun_prove_console(const struct mun_prove_run *r, char *out,
			      size_t size);

/* ---- which program it is: prove_version.c ---- */

/* Ask the program that the kit would start for its version, into @r->out; "" if
 * it is not there, or does not say.  0 or MUN_ECANCELLED. */
MUN_CHECK int mun_prove_version(struct mun_prove_run *r, struct mun_err *e);

/* ---- a screen of our own: prove_screen.c ---- */

/**
 * mun_screen_run() - call @run while an X server without a screen is there
 *
 * Sets display and frame of @r.  Xvfb on a number that is free, which nobody
 * else may use; it is ended whatever happens.
 * Return: 0, what @run returned; @r is NOT_PROVED where there is no Xvfb.
 */
MUN_CHECK int mun_screen_run(struct mun_prove_run *r,
			     int (*run)(struct mun_prove_run *r,
					struct mun_err *e),
			     struct mun_err *e);

/* Is the program there?  Without it a prover may do with less. */
bool mun_screen_is_there(void);

/* The screen as it is now; empty where there is none yet.  0 or MUN_ENOMEM. */
MUN_CHECK int mun_screen_grab(const struct mun_prove_run *r,
			      struct mun_shot *out, struct mun_err *e);

/* Look at it, and at what was @said; NULL: what the emulator has printed.  As
 * mun_watch_look(). */
MUN_CHECK int mun_screen_look(struct mun_prove_run *r, const char *said,
			      struct mun_err *e);

/* ---- what is in a folder: prove_guard.c ---- */

/* Names, sizes, times and numbers of all at and below @path.  Owned by the
 * caller.  0, MUN_EIO, MUN_ENOMEM. */
MUN_CHECK int mun_guard_list(const char *path, char **out, struct mun_err *e);

#endif
