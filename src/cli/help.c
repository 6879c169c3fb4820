/* SPDX-License-Identifier: MIT */
/*
 * --help, made of the tables of verbs.c: 80 columns, one line for each verb and option if it fits.
 */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

#define WIDTH 80
#define NAMES_MOST 26 /* options with longer names have their text on the next line */

static const char usage_text[] =
	"usage: vactl [OPTION...] GUEST VERB [ARGUMENT...]\n"
	"Talks to the agent in a guest: virtagent, qemu-ga or another QGA agent.\n"
	"\n"
	"GUEST is the path of the agent's unix socket on the host (with a slash in it),\n"
	"the name of a libvirt domain, or one of vsock:CID:PORT, vsock-mux:PATH:PORT,\n"
	"tcp:ADDRESS:PORT, libvirt:NAME. It can be left out when -s or the environment\n"
	"variable VACTL_GUEST names it. 'vactl list' shows the guests of this host.\n";

static const char exit_text[] =
	"Exit codes: 0 success, 1 usage, 2 cannot connect, 3 command refused or failed,\n"
	"4 timeout, 5 (wait, doctor) nobody reads the channel. exec, sh and freeze exit\n"
	"with the command's own code, and with 255 for failures of their own.\n";

static const char example_text[] =
	"Examples:\n"
	"  vactl list                                 which guests are there?\n"
	"  vactl web1 doctor                          why does this one not answer?\n"
	"  vactl web1 exec uname -a                   run a program in the guest\n"
	"  vactl web1 sh 'df -h | sort'               run a shell script in the guest\n"
	"  vactl web1 cp -r ./site :/srv/www          copy a directory into the guest\n"
	"  vactl web1 freeze -- lvcreate -s vg/web1   consistent snapshot: freeze, run a\n"
	"                                             command on this host, thaw\n"
	"  vactl -s /run/vm1/qga.sock ip              a guest without libvirt\n"
	"'vactl VERB --help' explains a verb.\n";

/* Breaks text at blanks: the first line goes on at column `at`, others begin at `indent`. */
static void wrap(const char *text, int at, int indent)
{
	bool is_first = true;

	while (*text) {
		int n = (int)strcspn(text, " ");

		if (!is_first && at + 1 + n > WIDTH) {
			(void)printf("\n%*s", indent, "");
			at = indent;
		} else if (!is_first) {
			(void)putchar(' ');
			at++;
		}
		(void)printf("%.*s", n, text);
		at += n;
		text += n;
		text += *text == ' ';
		is_first = false;
	}
	(void)putchar('\n');
}

static int format_names(char *text, size_t size, const struct cli_option *o)
{
	char letter[8] = "    ";

	if (o->id < OPT_WITHOUT_LETTER)
		(void)snprintf(letter, sizeof(letter), "-%c, ", o->id);
	return snprintf(text, size, "  %s--%s%s%s", letter, o->name, o->value ? " " : "",
			o->value ? o->value : "");
}

static int names_width(const struct cli_option *options)
{
	char text[128];
	int  width = 0;

	for (; options->name; options++) {
		int n = format_names(text, sizeof(text), options);

		if (n > width && n <= NAMES_MOST)
			width = n;
	}
	return width;
}

static void print_options(const char *head, const struct cli_option *options)
{
	int  column = names_width(options) + 2;
	char text[128];

	(void)printf("\n%s:\n", head);
	for (; options->name; options++) {
		int n = format_names(text, sizeof(text), options);

		(void)fputs(text, stdout);
		if (n + 2 > column)
			(void)printf("\n%*s", column, "");
		else
			(void)printf("%*s", column - n, "");
		wrap(options->help, column, column);
	}
}

static void print_verbs(void)
{
	const struct verb *v;

	for (v = verbs; v->name; v++) {
		if (v->group)
			(void)printf("\n%s:\n", v->group);
		(void)printf("  %-10s ", v->name);
		wrap(v->summary, 13, 13);
	}
}

static void print_verb(const struct verb *v)
{
	(void)printf("usage: vactl [OPTION...] %s%s%s%s%s\n", v->no_guest ? "" : "GUEST ", v->name,
		     v->options ? " [OPTION...]" : "", *v->arguments ? " " : "", v->arguments);
	wrap(v->summary, 0, 0);
	if (v->options)
		print_options("Options", v->options);
	if (v->remarks)
		(void)printf("\n%s", v->remarks);
	print_options("Global options", global_options);
	(void)printf("\n%s", exit_text);
}

void help_print(const struct verb *verb)
{
	if (verb) {
		print_verb(verb);
		return;
	}
	(void)fputs(usage_text, stdout);
	print_verbs();
	print_options("Options", global_options);
	(void)printf("\n%s\n%s", exit_text, example_text);
}
