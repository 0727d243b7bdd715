/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulate-export/prove_qemu.c - prove a start in QEMU
 *
 * QEMU is asked by its machine protocol (QMP: a line of JSON each way) for a
 * picture of the screen and for the memory of the text screen.  Protocol and
 * serial line go through FIFOs in the scratch folder: they have no limit for the
 * length of their path, as sockets have, and nobody else can reach them.
 */
#include "emulate-export/prove_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/jsonw.h"
#include "core/sys.h"

#define LOOK_MS 500
#define LINE_MAX_BYTES 65536u
#define TEXT_MEMORY 0xb8000u
#define CONSOLE 65536u

enum step {
	GREETING, /* nothing heard of it yet */
	ABLE, /* capabilities are agreed upon */
	IDLE,
	DUMPING, /* the screen into a file */
	SAVING, /* text memory into another */
};

struct machine {
	struct mun_prove_run *run;
	enum step step;
	int64_t due_ms; /* of the next look */
	int to, from, serial; /* FIFOs, open at both ends by us */
	struct mun_str line; /* an answer that is not whole yet */
	char *screen, *memory; /* files that QEMU writes */
};

/* ---- what it is given ---- */

static int make_fifo(const struct mun_prove_run *r, const char *name,
		     int *fd_out, struct mun_err *e)
{
	mun_autofree char *path = NULL;
	int rc = mun_prove_path(r, name, &path, e);

	if (rc)
		return rc;
	if (mkfifo(path, 0600))
		return mun_fail_sys(e, errno, "make '%s'", path);
	/* For both, so that it can be opened before QEMU does. */
	*fd_out = mun_sys.open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC, 0);
	if (*fd_out < 0)
		return mun_fail_sys(e, errno, "open '%s'", path);
	return 0;
}

/* One chardev of QEMU: a comma in a value is doubled. */
static int chardev(const struct mun_prove_run *r, const char *name, char **out,
		   struct mun_err *e)
{
	struct mun_str s = { 0 };

	mun_str_addf(&s, "pipe,id=%s,path=", name);
	for (const char *p = r->scratch; *p; p++) {
		if (*p == ',')
			mun_str_add_char(&s, ',');
		mun_str_add_char(&s, *p);
	}
	mun_str_addf(&s, "/%s", name);
	return mun_str_take(&s, out, e);
}

/* ---- the protocol ---- */

static int say(struct machine *m, struct mun_jsonw *w, struct mun_err *e)
{
	int rc;

	mun_jsonw_end_object(w);
	rc = mun_jsonw_finish(w, e);
	/* A FIFO takes what is less than a page whole or not at all. */
	if (!rc && write(m->to, w->out.text, w->out.len) < 0)
		rc = mun_fail_sys(e, errno, "ask QEMU");
	mun_str_free(&w->out);
	return rc;
}

static void command(struct mun_jsonw *w, const char *name)
{
	mun_jsonw_init(w, NULL, false);
	mun_jsonw_object(w, NULL);
	mun_jsonw_text(w, "execute", name);
}

static int ask(struct machine *m, enum step next, struct mun_err *e)
{
	struct mun_jsonw w;

	m->step = next;
	if (next == ABLE) {
		command(&w, "qmp_capabilities");
		return say(m, &w, e);
	}
	command(&w, next == DUMPING ? "screendump" : "pmemsave");
	mun_jsonw_object(&w, "arguments");
	if (next == SAVING) {
		mun_jsonw_u64(&w, "val", TEXT_MEMORY);
		mun_jsonw_u64(&w, "size", MUN_TEXT_SCREEN);
	}
	mun_jsonw_text(&w, "filename", next == DUMPING ? m->screen : m->memory);
	mun_jsonw_end_object(&w);
	return say(m, &w, e);
}

/* ---- what is seen ---- */

/* Modes of 80 columns and 25 rows, of 9 and of 8 pixels. */
static bool is_text_mode(const struct mun_shot *s)
{
	return s->height == 400 && (s->width == 720 || s->width == 640);
}

static int look(struct machine *m, struct mun_err *e)
{
	mun_autofree char *console = malloc(CONSOLE);
	mun_autofree char *data = NULL;
	mun_autofree char *memory = NULL;
	char text[MUN_TEXT_ROOM];
	struct mun_shot shot = { 0 };
	struct mun_look seen = { .shot = &shot };
	struct mun_err local;
	size_t len = 0;
	int rc = 0;

	if (!console)
		return mun_fail_nomem(e, "console");
	if (mun_file_read(m->screen, MUN_SHOT_FILE_MAX, &data, &len, &local) ||
	    mun_shot_ppm(data, len, &shot, &local))
		return 0; /* no graphics yet; time will tell */
	if (is_text_mode(&shot) &&
	    !mun_file_read(m->memory, MUN_TEXT_SCREEN, &memory, &len, &local)) {
		mun_text_screen((const uint8_t *)memory, len, text);
		seen.text = text;
	}
	seen.console = mun_prove_console(m->run, console, CONSOLE);
	rc = mun_watch_look(&m->run->watch, &seen, e);
	mun_shot_clear(&shot);
	return rc;
}

/* A line of it.  "return" and "error" answer what was asked; events come
 * unasked. */
static int answer(struct machine *m, const char *line, struct mun_err *e)
{
	bool error = !strncmp(line, "{\"error\"", 8);
	char text[160];

	if (m->step == GREETING)
		return strncmp(line, "{\"QMP\"", 6) ? 0 : ask(m, ABLE, e);
	if (!error && strncmp(line, "{\"return\"", 9) != 0)
		return 0;
	/* Where it can write no file, we can neither. */
	if (error) {
		mun_text_first(line, text, sizeof(text));
		return mun_fail(e, MUN_EIO, "QEMU: %s", text);
	}
	if (m->step == DUMPING)
		return ask(m, SAVING, e);
	if (m->step == SAVING) {
		m->due_ms = mun_clock_monotonic_ms() + LOOK_MS;
		m->step = IDLE;
		return look(m, e);
	}
	m->step = IDLE;
	return 0;
}

static int hear(struct machine *m, struct mun_err *e)
{
	char buf[4096];
	ssize_t n;
	int rc = 0;

	/* Once around: who never stops gets no more of our time. */
	n = mun_sys.read(m->from, buf, sizeof(buf));
	for (ssize_t i = 0; i < n && !rc; i++) {
		if (buf[i] != '\n' && m->line.len < LINE_MAX_BYTES) {
			mun_str_add_char(&m->line, buf[i]);
			continue;
		}
		if (m->line.text && !m->line.failed)
			rc = answer(m, m->line.text, e);
		mun_str_free(&m->line);
		m->line = (struct mun_str){ 0 };
	}
	for (int i = 0; i < 16; i++) {
		n = mun_sys.read(m->serial, buf, sizeof(buf));
		if (n <= 0)
			break;
		mun_prove_hear(m->run, buf, (size_t)n);
	}
	return rc;
}

static int tick(struct mun_prove_run *r, struct mun_err *e)
{
	struct machine *m = r->own;
	int rc = hear(m, e);

	if (!rc && m->step == IDLE && mun_clock_monotonic_ms() >= m->due_ms)
		rc = ask(m, DUMPING, e);
	return rc;
}

/* ---- all of it ---- */

static int prepare(struct machine *m, struct mun_err *e)
{
	const struct mun_prove_run *r = m->run;
	int unused = -1;
	int rc = make_fifo(r, "qmp.in", &m->to, e);

	if (!rc)
		rc = make_fifo(r, "qmp.out", &m->from, e);
	/* The guest is told nothing over its serial line. */
	if (!rc)
		rc = make_fifo(r, "serial.in", &unused, e);
	mun_closep(&unused);
	if (!rc)
		rc = make_fifo(r, "serial.out", &m->serial, e);
	if (!rc)
		rc = mun_prove_path(r, "screen.ppm", &m->screen, e);
	if (!rc)
		rc = mun_prove_path(r, "text.bin", &m->memory, e);
	return rc;
}

static int start(struct machine *m, struct mun_err *e)
{
	mun_autofree char *qmp = NULL;
	mun_autofree char *serial = NULL;
	const char *args[] = { "-display",
			       "none",
			       "-no-reboot",
			       "-chardev",
			       NULL,
			       "-mon",
			       "chardev=qmp,mode=control",
			       "-chardev",
			       NULL,
			       "-serial",
			       "chardev:serial",
			       "-monitor",
			       "none",
			       "-parallel",
			       "none",
			       NULL };
	const struct mun_prove_start s = { .args = args, .tick = tick };
	int rc = chardev(m->run, "qmp", &qmp, e);

	if (!rc)
		rc = chardev(m->run, "serial", &serial, e);
	args[4] = qmp;
	args[8] = serial;
	return rc ? rc : mun_prove_start(m->run, &s, e);
}

static int run(struct mun_prove_run *r, struct mun_err *e)
{
	struct machine m = { .run = r, .to = -1, .from = -1, .serial = -1 };
	int rc = 0;

	/* JSON has no other bytes. */
	if (!mun_text_is_clean(r->scratch, "")) {
		mun_watch_decide(&r->watch, MUN_PROOF_NOT_PROVED,
				 "QEMU cannot be told the name of the folder: "
				 "it is not UTF-8");
		return 0;
	}
	r->own = &m;
	rc = prepare(&m, e);
	if (!rc)
		rc = start(&m, e);
	r->own = NULL;
	mun_closep(&m.to);
	mun_closep(&m.from);
	mun_closep(&m.serial);
	mun_str_free(&m.line);
	free(m.screen);
	free(m.memory);
	return rc;
}

const struct mun_prover mun_prover_qemu = {
	.target = "qemu",
	.title = "QEMU",
	.variable = "QEMU",
	.programs = "qemu-system-i386 qemu-system-x86_64",
	.version = "--version",
	.run = run,
};
