/* SPDX-License-Identifier: Apache-2.0 */
/* emulate-export/script.c - the scripts that start a package, for sh and cmd */
#include "emulate-export/kit.h"

#include <stdbool.h>
#include <string.h>

/*
 * The folder of a package may have any name, and nothing of it ever passes
 * through a command substitution that would eat newlines, or an expansion that
 * would be read again: sh gets it from $0 and $PWD, cmd from %~dp0 and %CD%,
 * always in quotes.  In cmd there is no "call", which would expand twice, no
 * block in parentheses, which a folder's ")" would end, and no delayed
 * expansion, which would eat "!".
 */

#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool is_variable(const char *name)
{
	return name && *name && strchr(UPPER "_", *name) &&
	       strspn(name, UPPER "0123456789_") == strlen(name);
}

/* Words of a space-separated list: the next one's length, 0 at the end. */
static size_t next_word(const char **list)
{
	if (!*list)
		return 0;
	*list += strspn(*list, " ");
	return strcspn(*list, " ");
}

static bool all_of_it(const char *path, size_t len)
{
	return len > 2 && path[len - 2] == '/' && path[len - 1] == '*';
}

/* One path of a session: in a folder, of letters that no shell reads; or all
 * of a folder, "media" and "/" and "*". */
static bool is_path(const char *path, size_t len)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyz" UPPER "0123456789-_./";

	if (!memchr(path, '/', len) || path[0] == '/' || path[len - 1] == '/')
		return false;
	if (all_of_it(path, len))
		len -= 2;
	for (size_t i = 0; i < len; i++) {
		if (!strchr(allowed, path[i]))
			return false;
	}
	return true;
}

static bool are_paths(const char *list)
{
	size_t len;

	for (; (len = next_word(&list)) != 0; list += len) {
		if (!is_path(list, len))
			return false;
	}
	return true;
}

static int check(const struct mun_script *s, struct mun_err *e)
{
	if (!is_variable(s->variable))
		return mun_fail(e, MUN_EINVAL, "variable '%s' of a script",
				s->variable ? s->variable : "");
	for (size_t i = 0; i < MUN_SCRIPT_NEEDS && s->needs[i].what; i++) {
		if (!is_variable(s->needs[i].variable) ||
		    !is_path(s->needs[i].file, strlen(s->needs[i].file)))
			return mun_fail(e, MUN_EINVAL, "'%s' of a script",
					s->needs[i].what);
	}
	if (!are_paths(s->copies) || !are_paths(s->links))
		return mun_fail(e, MUN_EINVAL, "paths '%s' '%s' of a script",
				s->copies ? s->copies : "",
				s->links ? s->links : "");
	return 0;
}

static bool has_session(const struct mun_script *s)
{
	return s->copies || s->links;
}

/* ---- sh ---- */

/* In single quotes. */
static void sh_quote(struct mun_str *o, const char *text)
{
	mun_str_add_char(o, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			mun_str_add(o, "'\\''");
		else
			mun_str_add_char(o, *text);
	}
	mun_str_add_char(o, '\'');
}

static void sh_say(struct mun_str *o, const char *text)
{
	mun_str_add(o, "\tprintf '%s\\n' ");
	sh_quote(o, text);
	mun_str_add(o, " >&2\n");
}

/* What a person set is relative to where they are, which we leave. */
static void sh_variable(struct mun_str *o, const char *name, bool is_program)
{
	mun_str_addf(o,
		     "%s=${%s:-}\n"
		     "case $%s in\n"
		     "'' | /*) ;;\n"
		     "%s) %s=$PWD/$%s ;;\n"
		     "esac\n",
		     name, name, name, is_program ? "*/*" : "*", name, name);
}

static const char sh_here[] =
	"self=$0\n"
	"if [ -h \"$self\" ]; then\n"
	"\tself=$(readlink -f -- \"$self\" && echo .)\n"
	"\tself=${self%??}\n"
	"fi\n"
	"case $self in\n"
	"*/*) cd -- \"${self%/*}/\" ;;\n"
	"esac\n"
	"if [ ! -d media ]; then\n"
	"\techo 'run: this is not the data folder of a package' >&2\n"
	"\texit 66\n"
	"fi\n"
	"\n";

static void sh_missing(struct mun_str *o, const struct mun_script *s)
{
	struct mun_str t = { 0 };

	mun_str_addf(&t, "run: %s is not installed (looked for: %s).", s->title,
		     s->programs);
	if (s->debian && *s->debian)
		mun_str_addf(&t, " On Debian and Ubuntu: sudo apt install %s.",
			     s->debian);
	mun_str_addf(&t, " Elsewhere: %s - or name it: %s=/path/to/it ./run",
		     s->homepage, s->variable);
	if (t.failed)
		o->failed = true;
	else
		sh_say(o, t.text);
	mun_str_free(&t);
}

static void sh_program(struct mun_str *o, const struct mun_script *s)
{
	mun_str_addf(o,
		     "program=$%s\n"
		     "for name in %s; do\n"
		     "\tif [ -z \"$program\" ] && command -v \"$name\" "
		     ">/dev/null 2>&1; then\n"
		     "\t\tprogram=$name\n"
		     "\tfi\n"
		     "done\n"
		     "if [ -z \"$program\" ] || "
		     "! command -v \"$program\" >/dev/null 2>&1; then\n",
		     s->variable, s->programs);
	sh_missing(o, s);
	mun_str_add(o, "\texit 127\n"
		       "fi\n"
		       "\n");
}

static void sh_need(struct mun_str *o, const struct mun_script_need *n)
{
	struct mun_str t = { 0 };

	mun_str_addf(o,
		     "if [ -z \"$%s\" ] && [ -e %s ]; then\n"
		     "\t%s=$PWD/%s\n"
		     "fi\n",
		     n->variable, n->file, n->variable, n->file);
	if (n->optional)
		mun_str_addf(o, "if [ -n \"$%s\" ] && [ ! -e \"$%s\" ]; then\n",
			     n->variable, n->variable);
	else
		mun_str_addf(o, "if [ ! -e \"$%s\" ]; then\n", n->variable);
	mun_str_addf(&t,
		     "run: %s is needed, and is not in this package. Name "
		     "yours: %s=/path/to/it ./run - or put it at %s",
		     n->what, n->variable, n->file);
	if (t.failed)
		o->failed = true;
	else
		sh_say(o, t.text);
	mun_str_free(&t);
	mun_str_add(o, "\texit 66\n"
		       "fi\n"
		       "\n");
}

static void sh_session(struct mun_str *o, const struct mun_script *s)
{
	if (s->links || strstr(s->sh, "$here"))
		mun_str_add(o, "here=$PWD\n");
	mun_str_add(o, "session=$MUNIMENT_SESSION\n"
		       "if [ -z \"$session\" ]; then\n"
		       "\tsession=$(mktemp -d "
		       "\"${TMPDIR:-/var/tmp}/muniment.XXXXXX\")\n"
		       "\ttrap 'cd / && rm -rf -- \"$session\"' EXIT\n"
		       "\ttrap 'exit 129' HUP\n"
		       "\ttrap 'exit 130' INT\n"
		       "\ttrap 'exit 143' TERM\n"
		       "fi\n");
	/* A copy that was cut off must not pass for one when a session goes
	 * on. */
	if (s->copies)
		mun_str_addf(o,
			     "for file in %s; do\n"
			     "\tif [ ! -e \"$session/$file\" ]; then\n"
			     "\t\tmkdir -p -- \"$session/${file%%/*}\"\n"
			     "\t\tcp -f -- \"$file\" "
			     "\"$session/$file.part\"\n"
			     "\t\tchmod u+w -- \"$session/$file.part\"\n"
			     "\t\tmv -- \"$session/$file.part\" "
			     "\"$session/$file\"\n"
			     "\tfi\n"
			     "done\n",
			     s->copies);
	if (s->links)
		mun_str_addf(o,
			     "for file in %s; do\n"
			     "\tif [ ! -e \"$session/$file\" ]; then\n"
			     "\t\tmkdir -p -- \"$session/${file%%/*}\"\n"
			     "\t\tln -sf -- \"$here/$file\" "
			     "\"$session/$file\"\n"
			     "\tfi\n"
			     "done\n",
			     s->links);
	mun_str_add(o, "cd -- \"$session\"\n"
		       "\n");
}

static void sh_body(struct mun_str *o, const struct mun_script *s)
{
	sh_variable(o, s->variable, true);
	for (size_t i = 0; i < MUN_SCRIPT_NEEDS && s->needs[i].what; i++)
		sh_variable(o, s->needs[i].variable, false);
	if (has_session(s))
		sh_variable(o, "MUNIMENT_SESSION", false);
	mun_str_add(o, sh_here);
	sh_program(o, s);
	for (size_t i = 0; i < MUN_SCRIPT_NEEDS && s->needs[i].what; i++)
		sh_need(o, &s->needs[i]);
	if (has_session(s))
		sh_session(o, s);
	mun_str_add(o, s->sh);
}

static void sh_script(struct mun_str *o, const struct mun_script *s)
{
	mun_str_addf(o, "#!/bin/sh\n# Starts this package in %s.\n%s", s->title,
		     s->comment ? s->comment : "");
	mun_str_add(o, "set -eu\n"
		       "unset CDPATH\n"
		       "\n");
	if (s->sh) {
		sh_body(o, s);
		return;
	}
	mun_str_addf(o, "printf 'run: %%s\\n' ");
	sh_quote(o, s->title);
	mun_str_add(o, "' is a program for Windows: start run.bat there' >&2\n"
		       "exit 127\n");
}

/* ---- cmd.exe ---- */

/* Lines of @text, each ended by CR LF. */
static void bat_lines(struct mun_str *o, const char *text)
{
	for (; *text; text++) {
		if (*text == '\n')
			mun_str_add_char(o, '\r');
		mun_str_add_char(o, *text);
	}
}

/* An echo of plain text: nothing that cmd would read is left of it. */
static void bat_say(struct mun_str *o, const char *text)
{
	mun_str_add(o, "echo ");
	for (; *text; text++) {
		if (strchr("&<>|^", *text))
			mun_str_add_char(o, '^');
		if (*text == '%')
			mun_str_add_char(o, '%');
		mun_str_add_char(o, *text == '"' ? '\'' : *text);
	}
	mun_str_add(o, "\r\n");
}

/* A path for cmd: backslashes. */
static void bat_path(struct mun_str *o, const char *path, size_t len)
{
	for (size_t i = 0; i < len; i++)
		mun_str_add_char(o, path[i] == '/' ? '\\' : path[i]);
}

/* The lines of the comment, "# " as "rem ". */
static void bat_comment(struct mun_str *o, const char *text)
{
	while (text && *text) {
		size_t len = strcspn(text, "\n");

		mun_str_add(o, "rem");
		mun_str_add_bytes(o, text + 1, len - 1);
		mun_str_add(o, "\r\n");
		text += len + (text[len] == '\n');
	}
}

/* A full path out of what a person set, before their folder is left.  A
 * backslash at its end would keep a program from seeing the quote behind it;
 * with a dot it is the same folder, also that of a drive. */
static void bat_variable(struct mun_str *o, const char *from, const char *to)
{
	mun_str_addf(o,
		     "if defined %s for %%%%p in (\"%%%s:\"=%%\") do "
		     "set \"%s=%%%%~fp\"\r\n"
		     "if defined %s if \"%%%s:~-1%%\"==\"\\\" "
		     "set \"%s=%%%s%%.\"\r\n",
		     from, from, to, to, to, to, to);
}

/* Each word of a ";"-separated list that is there. */
static void bat_programs(struct mun_str *o, const struct mun_script *s)
{
	const char *at = s->windows ? s->windows : "";

	mun_str_addf(o,
		     "for %%%%p in (\"%s\") do if not defined program "
		     "set \"program=%%%%~$PATH:p\"\r\n",
		     s->windows_program);
	while (*at) {
		size_t len = strcspn(at, ";");

		mun_str_add(o, "if not defined program if exist \"");
		mun_str_add_bytes(o, at, len);
		mun_str_add(o, "\" set \"program=");
		mun_str_add_bytes(o, at, len);
		mun_str_add(o, "\"\r\n");
		at += len + (at[len] == ';');
	}
	mun_str_add(o, "if not defined program goto missing\r\n"
		       "if not exist \"%program%\" goto missing\r\n");
}

static void bat_need(struct mun_str *o, const struct mun_script_need *n,
		     size_t number)
{
	struct mun_str path = { 0 };

	bat_path(&path, n->file, strlen(n->file));
	if (path.failed) {
		o->failed = true;
		return;
	}
	mun_str_addf(o,
		     "if not defined %s if exist \"%s\" "
		     "set \"%s=%%CD%%\\%s\"\r\n",
		     n->variable, path.text, n->variable, path.text);
	if (!n->optional)
		mun_str_addf(o, "if not defined %s goto need%zu\r\n",
			     n->variable, number);
	mun_str_addf(o,
		     "if defined %s if not exist \"%%%s%%\" goto need%zu\r\n",
		     n->variable, n->variable, number);
	mun_str_free(&path);
}

/* One file, or all of a folder that are not there yet. */
static void bat_copy_one(struct mun_str *o, const char *path, bool all)
{
	if (all) {
		mun_str_addf(o,
			     "for %%%%f in (\"%s\\*\") do if not exist "
			     "\"%%session%%\\%s\\%%%%~nxf\" copy /b "
			     "\"%%%%f\" \"%%session%%\\%s\\%%%%~nxf\" "
			     ">nul\r\n"
			     "for %%%%f in (\"%s\\*\") do if not exist "
			     "\"%%session%%\\%s\\%%%%~nxf\" goto full\r\n",
			     path, path, path, path, path);
		return;
	}
	/* As in sh: under another name until it is whole. */
	mun_str_addf(o,
		     "if exist \"%%session%%\\%s.part\" "
		     "del /f /q \"%%session%%\\%s.part\"\r\n"
		     "if not exist \"%%session%%\\%s\" "
		     "copy /b \"%s\" \"%%session%%\\%s.part\" >nul && "
		     "move \"%%session%%\\%s.part\" "
		     "\"%%session%%\\%s\" >nul\r\n"
		     "if not exist \"%%session%%\\%s\" goto full\r\n"
		     "attrib -r \"%%session%%\\%s\"\r\n",
		     path, path, path, path, path, path, path, path, path);
}

static void bat_copy(struct mun_str *o, const char *list)
{
	size_t len;

	for (; (len = next_word(&list)) != 0; list += len) {
		bool all = all_of_it(list, len);
		size_t folder = len;
		struct mun_str path = { 0 };

		while (list[folder - 1] != '/')
			folder--;
		mun_str_add(o, "if not exist \"%session%\\");
		bat_path(o, list, folder);
		mun_str_add(o, "\" mkdir \"%session%\\");
		bat_path(o, list, folder - 1);
		mun_str_add(o, "\"\r\n");
		bat_path(&path, list, all ? len - 2 : len);
		if (path.failed)
			o->failed = true;
		else
			bat_copy_one(o, path.text, all);
		mun_str_free(&path);
	}
}

/* What is only read would be linked, which Windows does not let everyone do. */
static void bat_session(struct mun_str *o, const struct mun_script *s)
{
	mun_str_add(o, "if not defined session "
		       "set \"session=%TEMP%\\muniment-%RANDOM%%RANDOM%\"\r\n"
		       "set \"here=%CD%\"\r\n");
	bat_copy(o, s->copies);
	bat_copy(o, s->links);
	mun_str_add(o, "pushd \"%session%\" || goto full\r\n");
}

static void bat_ends(struct mun_str *o, const struct mun_script *s)
{
	struct mun_str t = { 0 };

	mun_str_add(o, ":missing\r\n");
	mun_str_addf(&t, "run.bat: %s is not installed.", s->title);
	if (s->windows_program && *s->windows_program)
		mun_str_addf(&t, " Looked for: %s.", s->windows_program);
	mun_str_addf(&t,
		     " Get it: %s - or name it: set %s=C:\\path\\to\\it.exe",
		     s->homepage, s->variable);
	if (t.failed)
		o->failed = true;
	else
		bat_say(o, t.text);
	mun_str_add(o, "pause\r\n"
		       "exit /b 127\r\n");
	for (size_t i = 0; i < MUN_SCRIPT_NEEDS && s->needs[i].what; i++) {
		mun_str_free(&t);
		t = (struct mun_str){ 0 };
		mun_str_addf(&t,
			     "run.bat: %s is needed, and is not in this "
			     "package. Name yours: set %s=C:\\path\\to\\it",
			     s->needs[i].what, s->needs[i].variable);
		mun_str_addf(o, ":need%zu\r\n", i + 1);
		if (t.failed)
			o->failed = true;
		else
			bat_say(o, t.text);
		mun_str_add(o, "pause\r\n"
			       "exit /b 66\r\n");
	}
	mun_str_free(&t);
	if (has_session(s))
		mun_str_add(o, ":full\r\n"
			       "echo run.bat: a copy for this session could "
			       "not be made: is the disk full?\r\n"
			       "if not defined MUNIMENT_SESSION "
			       "if exist \"%session%\\\" "
			       "rmdir /s /q \"%session%\"\r\n"
			       "pause\r\n"
			       "exit /b 74\r\n");
	mun_str_add(o, ":lost\r\n"
		       "echo run.bat: this is not the data folder of a "
		       "package\r\n"
		       "pause\r\n"
		       "exit /b 66\r\n");
}

static void bat_body(struct mun_str *o, const struct mun_script *s)
{
	mun_str_add(o, "set \"program=\"\r\n");
	bat_variable(o, s->variable, "program");
	for (size_t i = 0; i < MUN_SCRIPT_NEEDS && s->needs[i].what; i++)
		bat_variable(o, s->needs[i].variable, s->needs[i].variable);
	if (has_session(s)) {
		mun_str_add(o, "set \"session=\"\r\n");
		bat_variable(o, "MUNIMENT_SESSION", "session");
	}
	mun_str_add(o, "pushd \"%~dp0\"\r\n"
		       "if not exist \"media\\\" goto lost\r\n");
	bat_programs(o, s);
	for (size_t i = 0; i < MUN_SCRIPT_NEEDS && s->needs[i].what; i++)
		bat_need(o, &s->needs[i], i + 1);
	if (has_session(s))
		bat_session(o, s);
	bat_lines(o, s->bat);
	mun_str_add(o, "set \"status=%errorlevel%\"\r\n");
	if (has_session(s))
		mun_str_add(o, "popd\r\n"
			       "if not defined MUNIMENT_SESSION "
			       "rmdir /s /q \"%session%\"\r\n");
	mun_str_add(o, "popd\r\n"
		       "exit /b %status%\r\n");
	bat_ends(o, s);
}

static void bat_script(struct mun_str *o, const struct mun_script *s)
{
	mun_str_addf(o, "@echo off\r\nrem Starts this package in %s.\r\n",
		     s->title);
	bat_comment(o, s->bat ? s->comment : NULL);
	mun_str_add(o, "setlocal EnableExtensions DisableDelayedExpansion\r\n");
	if (s->bat) {
		bat_body(o, s);
		return;
	}
	bat_say(o, "run.bat: there is no such program for Windows: start run, "
		   "under Linux or in the Windows Subsystem for Linux");
	mun_str_add(o, "pause\r\n"
		       "exit /b 127\r\n");
}

int mun_script_add(struct mun_kit *k, const struct mun_script *s,
		   struct mun_err *e)
{
	struct mun_str *o = NULL;
	int rc = check(s, e);

	if (rc)
		return rc;
	rc = mun_kit_file(k, "run", 0555, &o, e);
	if (rc)
		return rc;
	sh_script(o, s);
	rc = mun_kit_file(k, "run.bat", 0444, &o, e);
	if (rc)
		return rc;
	bat_script(o, s);
	return mun_kit_done(k, e);
}
