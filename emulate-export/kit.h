/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/kit.h - what starts a package: configuration and run scripts
 *
 * Scripts work from the package's data/ folder wherever it lies, with paths
 * relative to it; they look for the emulator first and say which package brings
 * it where it is not installed.
 */
#ifndef MUN_EXPORT_KIT_H
#define MUN_EXPORT_KIT_H

#include <stddef.h>
#include <sys/types.h>

#include "core/err.h"
#include "core/str.h"

#define MUN_KIT_FILES 24u

struct mun_kit_file {
	char path[96]; /* below data/: "run", "config/dosbox.conf" */
	mode_t mode; /* 0444 or 0555 */
	struct mun_str text;
};

struct mun_kit {
	size_t n;
	struct mun_kit_file files[MUN_KIT_FILES];
};

/* A further file: append to *@out, which is the kit's.  0, MUN_EINVAL for a
 * path that is there or that is none. */
MUN_CHECK int mun_kit_file(struct mun_kit *k, const char *path, mode_t mode,
			   struct mun_str **out, struct mun_err *e);

/* Were all texts taken?  0 or MUN_ENOMEM. */
MUN_CHECK int mun_kit_done(const struct mun_kit *k, struct mun_err *e);
void mun_kit_clear(struct mun_kit *k);

/* Firmware that the user has to bring: the script looks for it and says what is
 * missing before it starts anything. */
struct mun_script_need {
	const char *variable; /* of the environment: "KICKSTART" */
	const char *file; /* looked for when it is not set, relative to data/:
			   * "firmware/kick.rom" */
	const char *what; /* "a Kickstart ROM 1.3 of an Amiga 500" */
	/* Started without it: a free one is built in, or it is data only. */
	bool optional;
};

#define MUN_SCRIPT_NEEDS 4u

struct mun_script {
	const char *title; /* "DOSBox" */
	const char *variable; /* names another program: "DOSBOX" */
	const char *programs; /* looked for in this order, space-separated */
	const char *debian; /* package, or "" */
	const char *homepage;
	/* On Windows: files looked for after PATH, ";"-separated, as
	 * "%ProgramFiles(x86)%\DOSBox-0.74-3\DOSBox.exe"; or "". */
	const char *windows;
	const char *windows_program; /* in PATH: "dosbox.exe" */
	const char *comment; /* lines for the head, each begun by "# ", or "" */
	struct mun_script_need needs[MUN_SCRIPT_NEEDS]; /* what NULL ends */
	/*
	 * For an emulator that writes to its images or beside its
	 * configuration: it works in a folder of the session, with the same
	 * relative paths, which is removed when it has ended, or is the one
	 * that $MUNIMENT_SESSION names, and then stays.  Paths below data/,
	 * space-separated, each with a folder; NULL: none.
	 */
	const char *copies; /* copied there, and writable */
	const char *links; /* only read: linked where that can be, else copied;
			    * "media" with a "/" and a "*": all of that folder
			    * that are no copies */
	/* What is run: "exec \"$program\" -conf config/dosbox.conf \"$@\"\n", a
	 * need's path as "$KICKSTART" (empty where it is optional and not
	 * there).  The current folder is data/, or that of the session, and
	 * then there must be no "exec"; "$here" is data/.  NULL: it runs on
	 * Windows only. */
	const char *sh;
	/* The same for cmd.exe: "\"%program%\" -conf config\dosbox.conf %*",
	 * lines ended by \n.  NULL: it does not run on Windows. */
	const char *bat;
};

/**
 * mun_script_add() - add "run" (POSIX sh, 0555) and "run.bat" (CRLF, 0444)
 *
 * Both go to data/ from anywhere and pass their arguments on.  They end with
 * 127 where the emulator is not installed, 66 where firmware is missing.
 * Return: 0; MUN_EINVAL for texts that no script could hold (a variable that is
 * no name, a path without a folder); MUN_ENOMEM.
 */
MUN_CHECK int mun_script_add(struct mun_kit *k, const struct mun_script *s,
			     struct mun_err *e);

#endif
