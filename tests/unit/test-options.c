/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "build_config.h"
#include "config/options.h"

#define WORDS_MAX (OPTION_LISTS_MAX + 2)

struct parsed {
	enum options_result result;
	struct options      options;
	struct err          err;
	char                out[8192]; /* what went to standard output and standard error */
};

/* What the last parsing owns; freed by the next one. */
static struct options last;

/* Parses with both output streams in a file. */
static void parse_as(struct parsed *p, char *program, const char *const *words)
{
	char  *argv[WORDS_MAX + 2] = {program}; /* getopt changes the order only */
	FILE  *capture = tmpfile();
	int    argc = 1, saved[2] = {dup(STDOUT_FILENO), dup(STDERR_FILENO)};
	size_t n;

	for (; argc <= WORDS_MAX && words[argc - 1]; argc++)
		argv[argc] = (char *)(uintptr_t)words[argc - 1];
	(void)fflush(stdout);
	(void)fflush(stderr);
	(void)dup2(fileno(capture), STDOUT_FILENO);
	(void)dup2(fileno(capture), STDERR_FILENO);
	err_init(&p->err);
	options_fini(&last);
	p->result = options_load(argc, argv, &p->options, &p->err);
	last = p->options;
	(void)fflush(stdout);
	(void)fflush(stderr);
	(void)dup2(saved[0], STDOUT_FILENO);
	(void)dup2(saved[1], STDERR_FILENO);
	(void)close(saved[0]);
	(void)close(saved[1]);
	rewind(capture);
	n = fread(p->out, 1, sizeof(p->out) - 1, capture);
	p->out[n] = '\0';
	(void)fclose(capture);
}

static void parse(struct parsed *p, const char *const *words)
{
	parse_as(p, (char[]){"virtagent"}, words);
}

static void test_defaults(void **state)
{
	static const char *const none[] = {NULL};
	struct parsed            p;

	(void)state;
	parse(&p, none);
	assert_int_equal(p.result, OPTIONS_RUN);
	assert_string_equal(p.out, "");
	assert_string_equal(p.options.method, "virtio-serial");
	assert_null(p.options.path);
	assert_string_equal(p.options.statedir, "/var/run");
	assert_int_equal(p.options.verbose, false);
	assert_int_equal(p.options.block_rpcs.n, 0);
	assert_int_equal(p.options.allow_rpcs.n, 0);
	assert_int_equal(p.options.sync_grace, 500);
	assert_int_equal(p.options.worker_idle, 10000);
	assert_int_equal(p.options.orphan_grace, 10000);
}

/* In the order of the declarations, letters and long names. */
static void test_every_option(void **state)
{
	static const char *const forms[][WORDS_MAX + 1] = {
		{"-m", "stdio", "-p", "/x", "-t", "/y", "-v"},
		{"-mstdio", "-p/x", "-t/y", "-v"},
		{"--method", "stdio", "--path", "/x", "--statedir", "/y", "--verbose"},
		{"--method=stdio", "--path=/x", "--statedir=/y", "--verbose"},
		{"-vm", "unix-listen", "-m", "stdio", "-t/y", "-p", "/x"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		struct parsed p;

		parse(&p, forms[i]);
		assert_int_equal(p.result, OPTIONS_RUN);
		assert_string_equal(p.out, "");
		assert_string_equal(p.options.method, "stdio");
		assert_string_equal(p.options.path, "/x");
		assert_string_equal(p.options.statedir, "/y");
		assert_int_equal(p.options.verbose, true);
		assert_int_equal(p.options.sync_grace, 500);
	}
}

static void test_milliseconds(void **state)
{
	static const struct {
		const char *word;
		int64_t     value; /* -1: refused */
	} rows[] = {{"0", 0},
		    {"1", 1},
		    {"3600000", 3600000},
		    {"3600001", -1},
		    {"-1", -1},
		    {"", -1},
		    {"5s", -1},
		    {" 5", -1},
		    {"0x10", -1},
		    {"1.5", -1},
		    {"99999999999999999999", -1}};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *const words[] = {"--sync-grace", rows[i].word, NULL};
		char              want[200];
		struct parsed     p;

		parse(&p, words);
		if (rows[i].value >= 0) {
			assert_int_equal(p.result, OPTIONS_RUN);
			assert_int_equal(p.options.sync_grace, rows[i].value);
			continue;
		}
		assert_int_equal(p.result, OPTIONS_EXIT_FAIL);
		(void)snprintf(
			want, sizeof(want),
			"--sync-grace: '%s' is not a number of milliseconds from 0 to 3600000\n",
			rows[i].word);
		assert_string_equal(p.out, want);
	}
}

static void test_lists(void **state)
{
	static const char *const words[] = {"-b", "a,b", "--block-rpcs=c", "-a", "", "-bd;e", NULL};
	struct parsed            p;

	(void)state;
	parse(&p, words);
	assert_int_equal(p.result, OPTIONS_RUN);
	assert_int_equal(p.options.block_rpcs.n, 3);
	assert_string_equal(p.options.block_rpcs.items[0], "a,b");
	assert_string_equal(p.options.block_rpcs.items[1], "c");
	assert_string_equal(p.options.block_rpcs.items[2], "d;e");
	assert_int_equal(p.options.allow_rpcs.n, 1);
	assert_string_equal(p.options.allow_rpcs.items[0], "");
}

static void test_lists_of_names(void **state)
{
	static const char *const forms[][WORDS_MAX + 1] = {
		{"-b", "help"}, {"-b?"}, {"--allow-rpcs=help"}, {"-v", "-a", "?"}};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		struct parsed p;

		parse(&p, forms[i]);
		assert_int_equal(p.result, OPTIONS_LIST);
		assert_string_equal(p.out, "");
	}
}

static void test_too_many_lists(void **state)
{
	const char   *words[2 * (OPTION_LISTS_MAX + 1) + 1] = {NULL};
	struct parsed p;
	size_t        i;

	(void)state;
	for (i = 0; i < OPTION_LISTS_MAX; i++)
		words[i] = "-bx";
	parse(&p, words);
	assert_int_equal(p.result, OPTIONS_RUN);
	assert_int_equal(p.options.block_rpcs.n, OPTION_LISTS_MAX);
	words[i] = "-bx";
	parse(&p, words);
	assert_int_equal(p.result, OPTIONS_EXIT_FAIL);
	assert_string_equal(p.out, "--block-rpcs: given more than 16 times\n");
}

static void test_unknown(void **state)
{
	static const char *const forms[][2] = {
		{"-x", NULL}, {"--no-such", NULL}, {"--verbose=1", NULL}, {"-m", NULL}};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		struct parsed p;

		parse(&p, forms[i]);
		assert_int_equal(p.result, OPTIONS_EXIT_FAIL);
		if (!strstr(p.out,
			    "Unknown option, try 'virtagent --help' for more information.\n"))
			fail_msg("%s: %s", forms[i][0], p.out);
	}
}

static void test_version(void **state)
{
	static const char *const forms[][2] = {{"-V", NULL}, {"--version", NULL}};
	size_t                   i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		struct parsed p;

		parse(&p, forms[i]);
		assert_int_equal(p.result, OPTIONS_EXIT_OK);
		assert_string_equal(p.out, "QEMU Guest Agent " PROTOCOL_VERSION
					   "\nvirtagent " VIRTAGENT_VERSION "\n");
	}
}

/* One line for every row, not wider than a terminal's line. */
static void test_help(void **state)
{
	static const char *const forms[][2] = {{"-h", NULL}, {"--help", NULL}};
	static const char *const names[] = {
#define X(kind, member, letter, name, key, value, limit, arg, help) name,
		OPTIONS_TABLE(X)
#undef X
			"help",
		"version",
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		struct parsed p;
		char         *line, *rest;

		parse(&p, forms[i]);
		assert_int_equal(p.result, OPTIONS_EXIT_OK);
		for (k = 0; k < ARRAY_SIZE(names); k++)
			if (names[k] && !strstr(p.out, names[k]))
				fail_msg("%s is not in the help text:\n%s", names[k], p.out);
		for (line = strtok_r(p.out, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
			if (strlen(line) > 120)
				fail_msg("a long line: %s", line);
	}
}

/* --- files --- */

struct text_file {
	char path[64];
};

static void write_file(struct text_file *f, const char *name, const char *text)
{
	FILE *to;

	(void)snprintf(f->path, sizeof(f->path), "%s", "/tmp/virtagent-options-XXXXXX");
	assert_non_null(mkdtemp(f->path));
	(void)snprintf(f->path + strlen(f->path), sizeof(f->path) - strlen(f->path), "/%s", name);
	to = fopen(f->path, "w");
	assert_non_null(to);
	assert_true(fputs(text, to) >= 0);
	assert_int_equal(fclose(to), 0);
}

static void remove_file(struct text_file *f)
{
	assert_int_equal(unlink(f->path), 0);
	*strrchr(f->path, '/') = '\0';
	assert_int_equal(rmdir(f->path), 0);
}

static void load(struct parsed *p, char *program, const char *name, const char *text,
		 const char *const *more)
{
	const char      *words[WORDS_MAX + 1] = {"-c"};
	struct text_file f;
	size_t           n;

	write_file(&f, name, text);
	words[1] = f.path;
	for (n = 0; more && more[n]; n++)
		words[n + 2] = more[n];
	parse_as(p, program, words);
	remove_file(&f);
}

/* The same rows, given in a file, on the command line, and both. */
static void test_file_then_command_line(void **state)
{
	static const char *const more[] = {"-m", "stdio", "-b", "x", "--sync-grace=7", NULL};
	struct parsed            p;

	(void)state;
	load(&p, (char[]){"virtagent"}, "virtagent.conf",
	     "# a comment\n[general]\ndaemon=true\nmethod=unix-listen\npath=/a\\sb\nlogfile=/l\n"
	     "pidfile=/p\nfsfreeze-hook=/h\nstatedir=/s\nverbose=1\nretry-path=true\n"
	     "block-rpcs=a;b c,d\nallow-rpcs=\nsync-grace=5\nworker-idle=6\n",
	     more);
	assert_int_equal(p.result, OPTIONS_RUN);
	assert_string_equal(p.out, "");
	assert_true(p.options.daemonize && p.options.verbose && p.options.retry_path);
	assert_string_equal(p.options.method, "stdio");
	assert_string_equal(p.options.path, "/a b");
	assert_string_equal(p.options.logfile, "/l");
	assert_string_equal(p.options.pidfile, "/p");
	assert_string_equal(p.options.fsfreeze_hook, "/h");
	assert_string_equal(p.options.statedir, "/s");
	assert_int_equal(p.options.block_rpcs.n, 2);
	assert_string_equal(p.options.block_rpcs.items[1], "x");
	assert_int_equal(p.options.sync_grace, 7);
	assert_int_equal(p.options.worker_idle, 6);
	assert_int_equal(p.options.n_warnings, 0);
}

/* A file of ours is strict, one of the program that we replace is not. */
static void test_strictness(void **state)
{
	static const struct {
		const char *text, *error, *warning;
	} rows[] = {
		{"[general]\nno-such=1\n", "line 2: there is no key 'no-such'", NULL},
		{"[other]\nx=1\n", "line 1: there is no group [other]", NULL},
		{"[general]\nblacklist=guest-exec\n",
		 "line 2: 'blacklist' is called 'block-rpcs' now", NULL},
		{"[general]\npath=/a\npath=/b\n", "line 3: the key 'path' is given twice", NULL},
		{"[channel a/b]\n", "line 1: [channel a/b]: a name of letters, digits, . _ -",
		 NULL},
		{"[channel 123456789.123456789.123456789.123456789.123456789.123456789.12345]\n",
		 "a name of letters, digits, . _ -, 64 at most", NULL},
		{"[channel a]\nx=1\n", "line 2: there is no key 'x' for channels", NULL},
		{"[channel a]\nverbose=1\n", "line 2: there is no key 'verbose' for channels",
		 NULL},
		{"[channel a]\npath=1\n[channel a]\npath=2\n",
		 "line 4: the key 'path' is given twice", NULL},
		{"[channel a]\nprofile=none\n",
		 "line 2: profile: 'none' is none of info|backup|manage|full", "error"},
		{"[general]\nprofile=\n", "line 2: profile: '' is none of info|backup|manage|full",
		 "error"},
		{"[general]\nverbose=yes\n", "line 2: verbose: 'yes' is neither true nor false",
		 "error"},
		{"[general]\nsync-grace=1s\n",
		 "line 2: sync-grace: '1s' is not a number of milliseconds from 0 to 3600000",
		 "error"},
		{"junk\n", "line 1: not a [group], a key=value, or a comment", "error"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct parsed p;

		load(&p, (char[]){"virtagent"}, "virtagent.conf", rows[i].text, NULL);
		assert_int_equal(p.result, OPTIONS_EXIT_FAIL);
		assert_non_null(strstr(p.err.text, "error loading configuration from path: /tmp/"));
		if (!strstr(p.err.text, rows[i].error))
			fail_msg("%s, expected %s", p.err.text, rows[i].error);
		load(&p, (char[]){"/usr/sbin/qemu-ga"}, "virtagent.conf", rows[i].text, NULL);
		assert_int_equal(p.result, rows[i].warning ? OPTIONS_EXIT_FAIL : OPTIONS_RUN);
		assert_int_equal(p.options.n_warnings, rows[i].warning ? 0 : 1);
		load(&p, (char[]){"virtagent"}, "qemu-ga.conf", rows[i].text, NULL);
		assert_int_equal(p.result, rows[i].warning ? OPTIONS_EXIT_FAIL : OPTIONS_RUN);
	}
}

/* --check-config goes on behind a mistake. */
static void test_check_config(void **state)
{
	static const char *const more[] = {"--check-config", NULL};
	struct parsed            p;

	(void)state;
	load(&p, (char[]){"virtagent"}, "virtagent.conf", "[general]\nverbose=yes\nno=1\n", more);
	assert_int_equal(p.result, OPTIONS_RUN);
	assert_int_equal(p.options.n_problems, 2);
	assert_non_null(
		strstr(p.out, "virtagent.conf:2: verbose: 'yes' is neither true nor false\n"));
	assert_non_null(strstr(p.out, "virtagent.conf:3: there is no key 'no'\n"));
}

static void test_old_block_list(void **state)
{
	struct parsed p;

	(void)state;
	load(&p, (char[]){"qemu-ga"}, "x.conf", "[general]\nblacklist=guest-exec;guest-ping\n",
	     NULL);
	assert_int_equal(p.result, OPTIONS_RUN);
	assert_int_equal(p.options.block_rpcs.n, 1);
	assert_string_equal(p.options.block_rpcs.items[0], "guest-exec;guest-ping");
}

static void test_channels(void **state)
{
	char          text[2048] = "";
	struct parsed p;
	int           i;

	(void)state;
	load(&p, (char[]){"virtagent"}, "c",
	     "[channel one]\npath=/one\n[general]\nmethod=stdio\n[channel two.b]\n"
	     "method=unix-listen\npath=/two\n[channel one]\nprofile=info\n",
	     NULL);
	assert_int_equal(p.result, OPTIONS_RUN);
	assert_int_equal(p.options.n_channels, 2);
	assert_string_equal(p.options.channels[0].name, "one");
	assert_string_equal(p.options.channels[0].method, "virtio-serial");
	assert_string_equal(p.options.channels[0].path, "/one");
	assert_int_equal(p.options.channels[0].profile, 0);
	assert_int_equal(p.options.channels[0].set_at[OPTION_ID_profile], 9);
	assert_int_equal(p.options.channels[1].set_at[OPTION_ID_profile], 0);
	assert_int_equal(p.options.profile, OPTION_PROFILE_FULL);
	assert_string_equal(p.options.channels[1].method, "unix-listen");
	assert_int_equal(p.options.channels[1].line, 5);
	for (i = 0; i <= OPTION_CHANNELS_MAX; i++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "[channel c%d]\n",
			       i);
	load(&p, (char[]){"virtagent"}, "c", text, NULL);
	assert_int_equal(p.result, OPTIONS_EXIT_FAIL);
	assert_non_null(strstr(p.err.text, "line 17: more than 16 channels"));
}

static void note_key(const char *where, void *ctx)
{
	size_t n = strlen(ctx);

	(void)snprintf((char *)ctx + n, 256 - n, "<%s>", where);
}

/* What a changed file says differently, but for what rules peers. */
static void test_comparing(void **state)
{
	static struct parsed a, b;
	char                 differs[256] = "";
	const char *const
		       first = "[general]\nverbose=1\nlogfile=/a\nsync-grace=5\nfreeze-exclude=/x\n"
			       "profile=info\n[channel c]\npath=/a\nprofile=info\n[channel d]\n",
		*const second = "[general]\nlogfile=/b\nsync-grace=6\nfreeze-exclude=/x,/y\n"
				"freeze-policy=best-effort\nblock-rpcs=guest-ping\nfile-read=/\n"
				"[channel c]\nmethod=stdio\npath=/b\nallow-rpcs=x\n";

	(void)state;
	load(&a, (char[]){"virtagent"}, "c", first, NULL);
	assert_int_equal(a.result, OPTIONS_RUN);
	options_compare(&a.options, &a.options, note_key, differs);
	assert_string_equal(differs, "");
	memset(&last, 0, sizeof(last)); /* both are needed */
	load(&b, (char[]){"virtagent"}, "c", second, NULL);
	assert_int_equal(b.result, OPTIONS_RUN);
	options_compare(&a.options, &b.options, note_key, differs);
	assert_string_equal(differs, "<[channel c] method><[channel c] path><logfile><verbose>"
				     "<freeze-policy><freeze-exclude><sync-grace>");
	*differs = '\0';
	a.options.folder = "/"; /* a daemon's paths are others than those of the file */
	options_compare(&a.options, &b.options, note_key, differs);
	assert_null(strstr(differs, "logfile"));
	a.options.folder = NULL;
	options_fini(&a.options);
}

static void test_missing_files(void **state)
{
	static const char *const named[] = {"-c", "/nonexistent", NULL}, *const none[] = {NULL},
				 *const folder[] = {"-c", "/tmp", NULL};
	struct parsed                   p;

	(void)state;
	parse(&p, named);
	assert_int_equal(p.result, OPTIONS_EXIT_FAIL);
	assert_string_equal(p.err.text, "error loading configuration from path: /nonexistent, No "
					"such file or directory");
	assert_int_equal(setenv("QGA_CONF", "/nonexistent", 1), 0);
	parse(&p, none);
	assert_int_equal(p.result, OPTIONS_RUN);
	assert_int_equal(setenv("QGA_CONF", "/dev/null", 1), 0);
	parse(&p, folder);
	assert_string_equal(p.err.text, "error loading configuration from path: /tmp, not a file");
}

/* --- what is printed --- */

static void dump(const struct options *o, char *ret, size_t size)
{
	FILE  *to = tmpfile();
	size_t n;

	options_dump(o, to);
	rewind(to);
	n = fread(ret, 1, size - 1, to);
	ret[n] = '\0';
	(void)fclose(to);
}

static void test_dump_of_defaults(void **state)
{
	static const char *const none[] = {NULL};
	struct parsed            p;
	char                     text[4096];

	(void)state;
	parse_as(&p, (char[]){"qemu-ga"}, none);
	dump(&p.options, text, sizeof(text));
	assert_string_equal(text, "[general]\n"
				  "daemon=false\n"
				  "method=virtio-serial\n"
				  "pidfile=/var/run/qemu-ga.pid\n"
				  "statedir=/var/run\n"
				  "verbose=false\n"
				  "retry-path=false\n"
				  "block-rpcs=\n"
				  "allow-rpcs=\n");
}

static void test_dump_of_everything(void **state)
{
	static const char *const words[] = {"-d",   "-m",    "unix-listen",    "-p",   " /p\\",
					    "-l/l", "-f/f",  "-F/h",           "-t/t", "-v",
					    "-r",   "-b",    "a,b,c",          "-b",   "d",
					    "-a",   "e;f g", "--sync-grace=3", NULL};
	static const char        want[] = "[general]\n"
					  "daemon=true\n"
					  "method=unix-listen\n"
					  "path=\\s/p\\\\\n"
					  "logfile=/l\n"
					  "pidfile=/f\n"
					  "fsfreeze-hook=/h\n"
					  "statedir=/t\n"
					  "verbose=true\n"
					  "retry-path=true\n"
					  "block-rpcs=c,b,a,d\n"
					  "allow-rpcs=g,f,e\n"
					  "sync-grace=3\n";
	struct parsed            p;
	char                     text[4096];
	int                      round;

	(void)state;
	parse(&p, words);
	dump(&p.options, text, sizeof(text));
	assert_string_equal(text, want);
	/* every reading turns the lists round, so the second one is the same again */
	for (round = 0; round < 2; round++) {
		load(&p, (char[]){"virtagent"}, "virtagent.conf", text, NULL);
		assert_int_equal(p.result, OPTIONS_RUN);
		dump(&p.options, text, sizeof(text));
	}
	assert_non_null(strstr(text, "block-rpcs=c,b,a,d\nallow-rpcs=g,f,e\nsync-grace=3\n"));
}

static void test_dump_of_channels(void **state)
{
	static const char text[] =
		"[channel a]\npath=/a\n[channel b]\nmethod=unix-listen\npath=/b\n";
	struct parsed p;
	char          first[4096], second[4096];

	(void)state;
	load(&p, (char[]){"virtagent"}, "v", text, NULL);
	dump(&p.options, first, sizeof(first));
	assert_non_null(strstr(first,
			       "\n[channel a]\nmethod=virtio-serial\npath=/a\n\n[channel b]\n"
			       "method=unix-listen\npath=/b\n"));
	load(&p, (char[]){"virtagent"}, "v", first, NULL);
	dump(&p.options, second, sizeof(second));
	assert_string_equal(first, second);
}

static void test_hook(void **state)
{
	static const struct {
		const char *words[3], *want;
	} rows[] = {{{"-F"}, OPTIONS_HOOK_DEFAULT},
		    {{"-F", "/x"}, OPTIONS_HOOK_DEFAULT},
		    {{"-F/x"}, "/x"},
		    {{"--fsfreeze-hook"}, OPTIONS_HOOK_DEFAULT},
		    {{"--fsfreeze-hook=/x"}, "/x"},
		    {{"-v"}, NULL}};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct parsed p;

		parse(&p, rows[i].words);
		assert_int_equal(p.result, OPTIONS_RUN);
		if (rows[i].want)
			assert_string_equal(p.options.fsfreeze_hook, rows[i].want);
		else
			assert_null(p.options.fsfreeze_hook);
	}
}

/* Ignored, misspelt or of another time. */
static void test_odd_words(void **state)
{
	static const char *const words[] = {"word",        "-s",         "install", "--verb", "-v",
					    "--blacklist", "guest-ping", "--bl=x",  NULL};
	static const char *const ambiguous[] = {"--ver", NULL};
	struct parsed            p;

	(void)state;
	parse(&p, words);
	assert_int_equal(p.result, OPTIONS_RUN);
	assert_true(p.options.verbose);
	assert_int_equal(p.options.block_rpcs.n, 2);
	assert_string_equal(p.options.block_rpcs.items[0], "guest-ping");
	parse(&p, ambiguous);
	assert_int_equal(p.result, OPTIONS_EXIT_FAIL);
}

int main(void)
{
	int                     rc;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_every_option),
		cmocka_unit_test(test_milliseconds),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_lists_of_names),
		cmocka_unit_test(test_too_many_lists),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_version),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_file_then_command_line),
		cmocka_unit_test(test_strictness),
		cmocka_unit_test(test_check_config),
		cmocka_unit_test(test_old_block_list),
		cmocka_unit_test(test_channels),
		cmocka_unit_test(test_comparing),
		cmocka_unit_test(test_missing_files),
		cmocka_unit_test(test_dump_of_defaults),
		cmocka_unit_test(test_dump_of_everything),
		cmocka_unit_test(test_dump_of_channels),
		cmocka_unit_test(test_hook),
		cmocka_unit_test(test_odd_words),
	};

	/* nothing of this machine */
	(void)setenv("QGA_CONF", "/dev/null", 1);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	options_fini(&last);
	return rc;
}
