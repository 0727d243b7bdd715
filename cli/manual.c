/* SPDX-License-Identifier: Apache-2.0 */
/* cli/manual.c - manual pages (man(7)) and bash completion */
#include "cli/manual.h"

#include "cli/cli.h"
#include "core/file.h"
#include "core/str.h"

#include <stdio.h>
#include <string.h>

/* When the text of the manual last changed; a build must not add its own. */
#define MANUAL_DATE "2026-11-22"

/* Text for roff: no line begins with a control character, '-' is a minus. */
static void roff(struct mun_str *s, const char *text)
{
	bool start = true;

	for (const char *p = text; *p; p++) {
		if (start && (*p == '.' || *p == '\''))
			mun_str_add(s, "\\&");
		if (*p == '\\')
			mun_str_add(s, "\\e");
		else if (*p == '-')
			mun_str_add(s, "\\-");
		else
			mun_str_add_char(s, *p);
		start = *p == '\n';
	}
}

static void option(struct mun_str *s, const struct mun_cli_opt *o)
{
	mun_str_add(s, ".TP\n");
	if (o->letter)
		mun_str_addf(s, "\\fB\\-%c\\fR, ", o->letter);
	mun_str_add(s, "\\fB\\-\\-");
	roff(s, o->name);
	mun_str_add(s, "\\fR");
	if (o->arg)
		mun_str_addf(s, " \\fI%s\\fR", o->arg);
	mun_str_add(s, "\n");
	roff(s, o->help);
	mun_str_add(s, "\n");
}

static void exit_status(struct mun_str *s)
{
	mun_str_add(s, ".SH EXIT STATUS\n"
		       ".TP\n0\ndone\n"
		       ".TP\n1\ndone, and damage or unreadable data was found\n"
		       ".TP\n2\ncould not be done\n"
		       ".TP\n64\nthe call is wrong\n");
}

static void command_page(struct mun_str *s, const struct mun_cli_command *c)
{
	mun_str_addf(s,
		     ".TH MUNIMENT\\-%s 1 \"" MANUAL_DATE
		     "\" \"muniment %s\" \"muniment\"\n"
		     ".SH NAME\nmuniment\\-%s \\- ",
		     c->name, mun_version, c->name);
	roff(s, c->line);
	mun_str_addf(s,
		     "\n.SH SYNOPSIS\n\\fBmuniment\\fR [\\fB\\-C\\fR "
		     "\\fIDIR\\fR] \\fB%s\\fR%s ",
		     c->name, c->opts ? " [\\fIOPTION\\fR...]" : "");
	roff(s, c->args);
	mun_str_add(s, "\n.SH DESCRIPTION\n");
	roff(s, c->line);
	mun_str_add(s, ".\n");
	if (c->text) {
		mun_str_add(s, ".PP\n");
		roff(s, c->text);
		mun_str_add(s, "\n");
	}
	mun_str_add(s, ".SH OPTIONS\n");
	for (size_t i = 0; c->opts && c->opts[i].name; i++)
		option(s, &c->opts[i]);
	mun_str_add(s,
		    ".TP\n\\fB\\-h\\fR, \\fB\\-\\-help\\fR\nprint the help\n");
	exit_status(s);
	mun_str_add(s, ".SH SEE ALSO\n.BR muniment (1)\n");
}

static void main_page(struct mun_str *s)
{
	mun_str_addf(
		s,
		".TH MUNIMENT 1 \"" MANUAL_DATE
		"\" \"muniment %s\" \"muniment\"\n"
		".SH NAME\nmuniment \\- digital preservation of legacy "
		"media\n"
		".SH SYNOPSIS\n\\fBmuniment\\fR [\\fB\\-C\\fR \\fIDIR\\fR] "
		"[\\fB\\-v\\fR] \\fICOMMAND\\fR [\\fIOPTION\\fR...] "
		"[\\fIARG\\fR...]\n"
		".SH DESCRIPTION\nImages media read\\-only, describes "
		"them in PREMIS 3, keeps them in an OCFL store with an "
		"SQLite catalog, verifies them, and makes packages that "
		"start in an emulator.\n"
		".PP\n\\fIOBJECT\\fR is a UUID, a unique prefix of one, "
		"or an identifier as \\fITYPE\\fR=\\fIVALUE\\fR.\n"
		".SH OPTIONS\n"
		".TP\n\\fB\\-C\\fR \\fIDIR\\fR\nthe repository\n"
		".TP\n\\fB\\-v\\fR, \\fB\\-\\-verbose\\fR\nsay where in "
		"the program an error arose\n"
		".TP\n\\fB\\-h\\fR, \\fB\\-\\-help\\fR\nprint the help\n"
		".TP\n\\fB\\-\\-version\\fR\nprint the version\n"
		".SH COMMANDS\n",
		mun_version);
	for (size_t i = 0; mun_cli_commands[i].name; i++) {
		mun_str_addf(s, ".TP\n.BR muniment\\-%s (1)\n",
			     mun_cli_commands[i].name);
		roff(s, mun_cli_commands[i].line);
		mun_str_add(s, "\n");
	}
	mun_str_add(s, ".SH ENVIRONMENT\n.TP\n.B MUNIMENT_REPOSITORY\nthe "
		       "repository, where \\-C is not given\n");
	exit_status(s);
}

static int write_page(const char *dir, const char *name, struct mun_str *s,
		      struct mun_err *e)
{
	mun_autofree char *text = NULL;
	int rc = mun_str_take(s, &text, e);

	return rc ? rc : mun_file_replace(dir, name, text, strlen(text), e);
}

int mun_manual_write(const char *dir, struct mun_err *e)
{
	struct mun_str s = { 0 };
	int rc = mun_mkdirs(dir, e);

	if (rc)
		return rc;
	main_page(&s);
	rc = write_page(dir, "muniment.1", &s, e);
	for (size_t i = 0; !rc && mun_cli_commands[i].name; i++) {
		mun_autofree char *name = NULL;

		rc = mun_fmt(&name, e, "muniment-%s.1",
			     mun_cli_commands[i].name);
		if (rc)
			break;
		command_page(&s, &mun_cli_commands[i]);
		rc = write_page(dir, name, &s, e);
	}
	return rc;
}

void mun_manual_completion(void)
{
	(void)printf("# bash completion for muniment: made from its own table "
		     "of commands\n_muniment()\n{\n"
		     "\tlocal cur=${COMP_WORDS[COMP_CWORD]} cmd= i words\n"
		     "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
		     "\t\tcase ${COMP_WORDS[i]} in\n"
		     "\t\t-C) ((i++)) ;;\n\t\t-*) ;;\n"
		     "\t\t*) cmd=${COMP_WORDS[i]}; break ;;\n"
		     "\t\tesac\n\tdone\n\tcase $cmd in\n\t'') words='");
	for (size_t i = 0; mun_cli_commands[i].name; i++)
		(void)printf("%s%s", i ? " " : "", mun_cli_commands[i].name);
	(void)printf(" --help --version' ;;\n");
	for (size_t i = 0; mun_cli_commands[i].name; i++) {
		const struct mun_cli_command *c = &mun_cli_commands[i];

		(void)printf("\t%s) words='--help", c->name);
		for (size_t k = 0; c->opts && c->opts[k].name; k++)
			(void)printf(" --%s", c->opts[k].name);
		(void)printf("' ;;\n");
	}
	(void)printf("\t*) words= ;;\n\tesac\n"
		     "\tif [[ $cur == -* || -z $cmd ]]; then\n"
		     "\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- "
		     "\"$cur\")\n"
		     "\telse\n"
		     "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
		     "\tfi\n}\ncomplete -F _muniment muniment\n");
}
