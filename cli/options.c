/* SPDX-License-Identifier: Apache-2.0 */
/* cli/options.c - one command's options and arguments, and its help */
#include "cli/cli.h"

#include "core/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static ssize_t option_index(const struct mun_cli_command *cmd, const char *name,
			    size_t len)
{
	for (size_t i = 0; cmd->opts && cmd->opts[i].name; i++) {
		if (strlen(cmd->opts[i].name) == len &&
		    !strncmp(cmd->opts[i].name, name, len))
			return (ssize_t)i;
	}
	return -1;
}

static ssize_t letter_index(const struct mun_cli_command *cmd, char letter)
{
	for (size_t i = 0; cmd->opts && cmd->opts[i].name; i++) {
		if (cmd->opts[i].letter == letter)
			return (ssize_t)i;
	}
	return -1;
}

static const struct mun_cli_value *value_of(const struct mun_cli *c,
					    const char *name)
{
	ssize_t i = option_index(c->command, name, strlen(name));

	/* A command asks only for what its own table has. */
	return i < 0 ? NULL : &c->values[i];
}

bool mun_cli_flag(const struct mun_cli *c, const char *name)
{
	const struct mun_cli_value *v = value_of(c, name);

	return v && v->n;
}

const char *mun_cli_text(const struct mun_cli *c, const char *name)
{
	const struct mun_cli_value *v = value_of(c, name);

	return v && v->n ? v->texts[v->n - 1] : NULL;
}

const struct mun_cli_value *mun_cli_list(const struct mun_cli *c,
					 const char *name)
{
	static const struct mun_cli_value none;
	const struct mun_cli_value *v = value_of(c, name);

	return v ? v : &none;
}

int mun_cli_usage(const struct mun_cli *c, const char *fmt, ...)
{
	struct mun_str clean = { 0 };
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	mun_escape(&clean, text, strlen(text));
	(void)fprintf(stderr, "muniment: %s; see muniment %s --help\n",
		      clean.text ? clean.text : "", c->command->name);
	mun_str_free(&clean);
	return MUN_EXIT_USAGE;
}

static int add_value(struct mun_cli *c, size_t i, const char *text)
{
	struct mun_cli_value *v = &c->values[i];
	const char **more = realloc(v->texts, (v->n + 1) * sizeof(*v->texts));

	if (!more)
		return MUN_EXIT_FAILED + 1;
	v->texts = more;
	v->texts[v->n++] = text;
	return 0;
}

/* "--name=value", "--name value", "--flag". */
static int long_option(struct mun_cli *c, int argc, char **argv, int *at)
{
	const char *name = argv[*at] + 2;
	const char *eq = strchr(name, '=');
	size_t len = eq ? (size_t)(eq - name) : strlen(name);
	ssize_t i = option_index(c->command, name, len);

	if (i < 0)
		return mun_cli_usage(c, "unknown option --%.*s", (int)len,
				     name) +
		       1;
	if (c->command->opts[i].kind == MUN_OPT_FLAG) {
		if (eq)
			return mun_cli_usage(c, "--%.*s takes no value",
					     (int)len, name) +
			       1;
		return add_value(c, (size_t)i, "");
	}
	if (eq)
		return add_value(c, (size_t)i, eq + 1);
	if (*at + 1 >= argc)
		return mun_cli_usage(c, "--%s needs a value", name) + 1;
	return add_value(c, (size_t)i, argv[++*at]);
}

/* "-j4", "-j 4", "-y". */
static int short_option(struct mun_cli *c, int argc, char **argv, int *at)
{
	const char *a = argv[*at];
	ssize_t i = letter_index(c->command, a[1]);

	if (i < 0)
		return mun_cli_usage(c, "unknown option %s", a) + 1;
	if (c->command->opts[i].kind == MUN_OPT_FLAG) {
		if (a[2])
			return mun_cli_usage(c, "unknown option %s", a) + 1;
		return add_value(c, (size_t)i, "");
	}
	if (a[2])
		return add_value(c, (size_t)i, a + 2);
	if (*at + 1 >= argc)
		return mun_cli_usage(c, "%s needs a value", a) + 1;
	return add_value(c, (size_t)i, argv[++*at]);
}

static int one_word(struct mun_cli *c, int argc, char **argv, int *at,
		    bool *only_args)
{
	char *a = argv[*at];

	if (!*only_args && !strcmp(a, "--")) {
		*only_args = true;
		return 0;
	}
	if (!*only_args && (!strcmp(a, "--help") || !strcmp(a, "-h"))) {
		mun_cli_print_help(c->command);
		return MUN_EXIT_DONE + 1;
	}
	if (!*only_args && !strncmp(a, "--", 2))
		return long_option(c, argc, argv, at);
	if (!*only_args && a[0] == '-' && a[1])
		return short_option(c, argc, argv, at);
	c->args[c->nargs++] = a;
	return 0;
}

int mun_cli_parse(struct mun_cli *c, int argc, char **argv)
{
	const struct mun_cli_command *cmd = c->command;
	bool only_args = false;
	size_t n = 0;
	int rc = 0;

	while (cmd->opts && cmd->opts[n].name)
		n++;
	c->values = calloc(n + 1, sizeof(*c->values));
	if (!c->values)
		return MUN_EXIT_FAILED + 1;
	/* Arguments are collected in place: they are never more than words. */
	c->args = argv;
	for (int i = 1; !rc && i < argc; i++)
		rc = one_word(c, argc, argv, &i, &only_args);
	if (rc)
		return rc;
	if (c->nargs < cmd->min_args)
		return mun_cli_usage(c, "%s needs %s", cmd->name, cmd->args) +
		       1;
	if (c->nargs > cmd->max_args)
		return mun_cli_usage(c, "'%s' is one argument too many",
				     c->args[cmd->max_args]) +
		       1;
	return 0;
}

static void print_option(const struct mun_cli_opt *o)
{
	char left[64];

	(void)snprintf(left, sizeof(left), "%c%c%s--%s%s%s",
		       o->letter ? '-' : ' ', o->letter ? o->letter : ' ',
		       o->letter ? ", " : "  ", o->name, o->arg ? " " : "",
		       o->arg ? o->arg : "");
	(void)printf("  %-30s %s\n", left, o->help);
}

void mun_cli_print_help(const struct mun_cli_command *cmd)
{
	(void)printf("Usage: muniment [-C DIR] %s%s%s%s\n\n%s.\n", cmd->name,
		     cmd->opts ? " [OPTION...]" : "", cmd->args[0] ? " " : "",
		     cmd->args, cmd->line);
	if (cmd->text)
		(void)printf("\n%s\n", cmd->text);
	(void)printf("\nOptions:\n");
	for (size_t i = 0; cmd->opts && cmd->opts[i].name; i++)
		print_option(&cmd->opts[i]);
	(void)printf("  %-30s %s\n", "-h, --help", "print this help");
}

void mun_cli_print_overview(void)
{
	(void)printf(
		"Usage: muniment [-C DIR] [-v] COMMAND [OPTION...] [ARG...]\n\n"
		"Image, describe, keep, verify and hand out legacy media.\n\n"
		"Commands:\n");
	for (size_t i = 0; mun_cli_commands[i].name; i++)
		(void)printf("  %-10s %s\n", mun_cli_commands[i].name,
			     mun_cli_commands[i].line);
	(void)printf(
		"\nOptions before the command:\n"
		"  -C DIR         the repository; else $MUNIMENT_REPOSITORY, "
		"else the\n"
		"                 nearest one upward of the current folder\n"
		"  -v, --verbose  say where in the program an error arose\n"
		"  -h, --help     print this help\n"
		"  --version      print the version\n\n"
		"OBJECT is a UUID, a unique prefix of one, or an identifier "
		"as TYPE=VALUE.\n"
		"Exit status: 0 done; 1 done, and damage or unreadable data "
		"was found;\n2 could not be done; 64 usage.\n"
		"muniment COMMAND --help tells more of each.\n");
}
