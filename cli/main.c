/* SPDX-License-Identifier: Apache-2.0 */
/* cli/main.c - muniment [-C DIR] COMMAND ... */
#include "cli/cli.h"

#include "core/str.h"
#include "core/sys.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void stop(int sig)
{
	(void)sig;
	mun_cancel();
}

/* First signal: end cleanly.  Second: the default, at once. */
static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = stop,
				.sa_flags = (int)SA_RESETHAND };
	struct sigaction pipe = { .sa_handler = SIG_IGN };
	struct sigaction child = { .sa_handler = SIG_DFL };

	sigemptyset(&sa.sa_mask);
	sigemptyset(&pipe.sa_mask);
	sigemptyset(&child.sa_mask);
	(void)sigaction(SIGINT, &sa, NULL);
	(void)sigaction(SIGTERM, &sa, NULL);
	/* A reader that went away is an error of write(2), told as such. */
	(void)sigaction(SIGPIPE, &pipe, NULL);
	/* Some daemons ignore it, which is inherited: then nobody is told how
	 * a parser or an emulator has ended. */
	(void)sigaction(SIGCHLD, &child, NULL);
}

/*
 * A descriptor that the caller closed would be given to the next file that is
 * opened, and our own words would be written into the catalog.  So each gets
 * something that refuses what it is used for.
 */
static bool fill_closed_streams(void)
{
	static const int flags[] = { O_WRONLY, O_RDONLY, O_RDONLY };

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		/* The lowest free number is this one: those below are taken. */
		if (fcntl(fd, F_GETFD) < 0 &&
		    mun_sys.open("/dev/null", flags[fd], 0) != fd)
			return false;
	}
	return true;
}

/* @word: of the call, or NULL. */
static int usage(const char *text, const char *word)
{
	struct mun_str clean = { 0 };

	mun_escape(&clean, word ? word : "", word ? strlen(word) : 0);
	(void)fprintf(stderr, "muniment: %s%s%s%s; see muniment --help\n", text,
		      word ? " '" : "", clean.text ? clean.text : "",
		      word ? "'" : "");
	mun_str_free(&clean);
	return MUN_EXIT_USAGE;
}

/* Options before the command.  Returns the index of the command's name, 0
 * after --help or --version was done, or -1 after a usage error. */
static int global_options(struct mun_cli *c, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		const char *a = argv[i];

		if (!strcmp(a, "--help") || !strcmp(a, "-h")) {
			mun_cli_print_overview();
			return 0;
		}
		if (!strcmp(a, "--version")) {
			(void)printf("muniment %s\n", mun_version);
			return 0;
		}
		if (!strcmp(a, "-v") || !strcmp(a, "--verbose")) {
			c->verbose = true;
		} else if (!strcmp(a, "-C") && i + 1 < argc) {
			c->directory = argv[++i];
		} else if (!strncmp(a, "-C", 2) && a[2]) {
			c->directory = a + 2;
		} else {
			(void)usage(!strcmp(a, "-C") ? "no value for"
						     : "unknown option",
				    a);
			return -1;
		}
	}
	if (i >= argc) {
		(void)usage("no command given", NULL);
		return -1;
	}
	return i;
}

static void free_values(struct mun_cli *c)
{
	const struct mun_cli_opt *o = c->command->opts;

	for (size_t i = 0; c->values && o && o[i].name; i++)
		free(c->values[i].texts);
	free(c->values);
}

static int run_command(struct mun_cli *c, int argc, char **argv)
{
	int status = mun_cli_parse(c, argc, argv);

	if (status > 0) {
		status--;
	} else {
		mun_cli_terminal_start(c);
		status = c->command->run(c);
		mun_cli_terminal_stop();
	}
	free_values(c);
	return status;
}

int main(int argc, char **argv)
{
	struct mun_cli c = { 0 };
	int status = MUN_EXIT_USAGE;
	int i;

	if (!fill_closed_streams())
		return MUN_EXIT_FAILED;
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	catch_signals();
	i = global_options(&c, argc, argv);
	if (i == 0)
		status = MUN_EXIT_DONE;
	if (i > 0) {
		c.command = mun_cli_find(argv[i]);
		if (c.command)
			status = run_command(&c, argc - i, argv + i);
		else
			status = usage("unknown command", argv[i]);
	}
	return mun_cli_close_stdout(status);
}
