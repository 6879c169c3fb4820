/* SPDX-License-Identifier: MIT */
/*
 * exec and sh: a program in the guest as ssh(1) would run it. What guest-exec cannot do itself
 * (directory, user, variables besides the agent's) is done by programs of the guest that do exactly
 * that and then become the command.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/b64.h"
#include "base/clock.h"
#include "cli/ask.h"
#include "cli/interrupt.h"

#define INPUT_BYTES_MAX ((size_t)46 << 20)
#define READ_BYTES 65536
#define KILL_WAIT_MS 3000
#define START_TICK_MS 200
#define ENV_MAX 256

static const char cd_script[] = "cd -- \"$1\" && shift && exec \"$@\"";
static const char user_script[] = "u=$1; shift; if command -v runuser >/dev/null 2>&1; then exec "
				  "runuser -u \"$u\" -- \"$@\"; "
				  "else exec su -s /bin/sh -c 'exec \"$@\"' \"$u\" sh \"$@\"; fi";

enum {
	OPT_CWD = OPT_OF_VERB,
	OPT_USER,
	OPT_CLEAR_ENV,
	OPT_RAW,
};

struct run {
	struct cli       *cli;
	struct qgac      *agent;
	struct qgac_exec *exec;
	const char       *cwd, *user;
	const char       *env[ENV_MAX];
	size_t            n_env;
	bool              clear_env, no_stdin, raw;
	struct buf        input, out[2];
	int64_t           deadline;  /* of the program; INT64_MAX: none */
	int               output_os; /* why output could not be written; 0: it could */
};

/* output */

static int take_output(void *data, int stream, const void *bytes, size_t n)
{
	struct run *r = data;
	FILE       *to = stream == 1 ? stdout : stderr;

	if (r->cli->json)
		buf_add(&r->out[stream - 1], bytes, n);
	else if (!r->raw && isatty(stream))
		print_text(to, bytes, n);
	else if (fwrite(bytes, 1, n, to) != n)
		r->output_os = errno;
	return 0;
}

static void add_data(struct json_out *w, const char *key, const struct buf *data)
{
	struct buf *b = w->buf;

	json_out_key(w, key);
	buf_add_char(b, '"');
	if (buf_reserve(b, b64_encoded_len(data->len)) == 0 && data->len > 0)
		b->len += b64_encode(data->data, data->len, b->data + b->len);
	buf_add_char(b, '"');
	w->comma = true;
}

static int print_json(struct run *r)
{
	struct buf      b = BUF_INIT(SIZE_MAX / 2);
	struct json_out w;
	int             signo = qgac_exec_signal(r->exec);

	json_out_init(&w, &b);
	json_out_object_begin(&w);
	json_out_key(&w, "pid");
	json_out_int(&w, qgac_exec_pid(r->exec));
	json_out_key(&w, signo > 0 ? "signal" : "exitcode");
	json_out_int(&w, signo > 0 ? signo : qgac_exec_exitcode(r->exec));
	add_data(&w, "stdout-b64", &r->out[0]);
	add_data(&w, "stderr-b64", &r->out[1]);
	json_out_key(&w, "truncated");
	json_out_bool(&w, qgac_exec_truncated(r->exec, 1) || qgac_exec_truncated(r->exec, 2));
	json_out_object_end(&w);
	b.failed = b.failed || r->out[0].failed || r->out[1].failed;
	return ask_print_document(&b);
}

static void tell_truncated(const struct run *r)
{
	int i;

	for (i = 1; i <= 2; i++)
		if (qgac_exec_truncated(r->exec, i))
			(void)fprintf(stderr,
				      "vactl: %s is incomplete: the agent keeps only its beginning "
				      "(redirect it to a file in the guest, and cp that)\n",
				      i == 1 ? "standard output" : "standard error");
}

/* input */

static bool wants_input(const struct run *r)
{
	return !r->no_stdin && !isatty(STDIN_FILENO);
}

/* All of it, because it goes out with the command. */
static int read_input(struct run *r)
{
	for (;;) {
		ssize_t n;

		if (r->input.len > INPUT_BYTES_MAX || buf_reserve(&r->input, READ_BYTES) < 0)
			return agent_complain("standard input has more than %d MiB; cp it first",
					      (int)(INPUT_BYTES_MAX >> 20));
		if (interrupt_wait(STDIN_FILENO, POLLIN) < 0)
			return EXIT_FAILED;
		n = read(STDIN_FILENO, r->input.data + r->input.len, READ_BYTES);
		if (n < 0 && errno == EBADF)
			return EXIT_OK; /* there is none */
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return agent_complain("cannot read standard input: %s", strerror(errno));
		if (n == 0)
			return EXIT_OK;
		r->input.len += n > 0 ? (size_t)n : 0;
	}
}

/* the command line in the guest */

struct line {
	const char *words[ENV_MAX + 16];
	size_t      n;
};

static void add_user(const struct run *r, struct line *l)
{
	if (!r->user)
		return;
	l->words[l->n++] = "sh";
	l->words[l->n++] = "-c";
	l->words[l->n++] = user_script;
	l->words[l->n++] = "sh";
	l->words[l->n++] = r->user;
}

/* Behind the change of user, who may not be allowed to go there. */
static void add_directory(const struct run *r, struct line *l)
{
	if (!r->cwd)
		return;
	l->words[l->n++] = "sh";
	l->words[l->n++] = "-c";
	l->words[l->n++] = cd_script;
	l->words[l->n++] = "sh";
	l->words[l->n++] = r->cwd;
}

static void add_variables(const struct run *r, struct line *l)
{
	size_t i;

	if (r->n_env == 0 || r->clear_env)
		return;
	l->words[l->n++] = "env";
	for (i = 0; i < r->n_env; i++)
		l->words[l->n++] = r->env[i];
}

static int out_of_memory(void)
{
	return agent_complain("not enough memory");
}

static int make_exec(struct run *r, char *const *words)
{
	struct line l = {.n = 0};
	size_t      i;
	int         got = 0;

	add_user(r, &l);
	add_directory(r, &l);
	add_variables(r, &l);
	r->exec = qgac_exec_new(l.n > 0 ? l.words[0] : *words++);
	if (!r->exec)
		return out_of_memory();
	for (i = 1; i < l.n && got == 0; i++)
		got = qgac_exec_arg(r->exec, l.words[i]);
	for (; *words && got == 0; words++)
		got = qgac_exec_arg(r->exec, *words);
	if (r->clear_env)
		got = got == 0 ? qgac_exec_env(r->exec, NULL) : got;
	for (i = 0; r->clear_env && i < r->n_env && got == 0; i++)
		got = qgac_exec_env(r->exec, r->env[i]);
	if (r->input.data && got == 0)
		got = qgac_exec_input(r->exec, r->input.data, r->input.len);
	qgac_exec_on_output(r->exec, take_output, r);
	return got == 0 ? EXIT_OK : out_of_memory();
}

/* the end */

/* Tells the guest's process what we were told, waits a little, and insists. */
static bool end_in_guest(struct run *r, int signo)
{
	struct qgac_err err;

	qgac_set_cancel_fd(r->agent, -1);
	if (qgac_exec_kill(r->exec, signo, &err) < 0)
		return false;
	if (qgac_exec_wait(r->exec, qgac_deadline(KILL_WAIT_MS), &err) == 0)
		return true;
	return qgac_exec_kill(r->exec, SIGKILL, &err) == 0 &&
	       qgac_exec_wait(r->exec, qgac_deadline(KILL_WAIT_MS), &err) == 0;
}

static int give_up(struct run *r, const char *name, const struct qgac_err *err)
{
	bool      late = err->code == QGAC_ERR_TIMEOUT, cancelled = err->code == QGAC_ERR_CANCELLED;
	long long pid = (long long)qgac_exec_pid(r->exec);

	if (pid == 0 || !(late || cancelled))
		return cancelled && interrupt_seen() ? EXIT_FAILED : agent_error(r->cli, name, err);
	if (late && clock_monotonic_ns() < r->deadline) {
		(void)agent_complain("%s: the agent has stopped answering; it may still run in the "
				     "guest, as process %lld",
				     name, pid);
		return EXIT_TIMEOUT;
	}
	if (end_in_guest(r, cancelled ? interrupt_signal() : SIGTERM)) {
		if (late)
			(void)agent_complain("%s: stopped in the guest after %g s", name,
					     (double)r->cli->timeout_ms / 1000);
		return late ? EXIT_TIMEOUT : EXIT_FAILED;
	}
	(void)agent_complain("%s: %s; it may still run in the guest, as process %lld", name,
			     late ? "no end in time" : "interrupted", pid);
	return late ? EXIT_TIMEOUT : EXIT_FAILED;
}

static int finish(struct run *r)
{
	int signo = qgac_exec_signal(r->exec), code = qgac_exec_exitcode(r->exec);

	tell_truncated(r);
	if (r->cli->json && print_json(r) != EXIT_OK)
		return EXIT_FAILED;
	if (fflush(stderr) != 0 && !r->output_os)
		r->output_os = errno;
	if (r->output_os)
		return agent_complain("cannot write the output: %s", strerror(r->output_os));
	if (!print_finish())
		return EXIT_FAILED;
	r->cli->is_remote = true;
	return signo > 0 ? 128 + signo : code & 255;
}

/*
 * Until the guest's process is known an interrupt has to wait: a command that has been started must
 * not be left behind.
 */
static int start(struct run *r, struct qgac_err *err)
{
	int64_t deadline = qgac_deadline(TIMEOUT_DEFAULT_MS);
	int     got = qgac_exec_start(r->exec, r->agent, err);

	while (got == 0 && qgac_exec_pid(r->exec) == 0) {
		struct pollfd p = {.fd = qgac_fd(r->agent), .events = qgac_events(r->agent)};

		(void)poll(&p, 1, START_TICK_MS); /* what is ready is found out by trying */
		got = qgac_exec_process(r->exec, err);
		if (got == 0 && clock_monotonic_ns() >= deadline)
			return qgac_exec_wait(r->exec, deadline, err); /* says what it waits for */
	}
	return got < 0 ? -1 : 0;
}

/*
 * One time limit for the command if the user gave one; for an answer of the agent there is always
 * one.
 */
static int run_in_guest(struct run *r, char *const *words)
{
	struct qgac_err err;
	int             cancel_fd, status;

	status = agent_open(r->cli, qgac_deadline(r->cli->timeout_ms), &r->agent);

	if (status != EXIT_OK)
		return status;
	cancel_fd = interrupt_watch();
	if (wants_input(r))
		status = read_input(r);
	if (status == EXIT_OK)
		status = make_exec(r, words);
	if (status != EXIT_OK)
		return status;
	qgac_exec_set_patience(r->exec, TIMEOUT_DEFAULT_MS);
	r->deadline = INT64_MAX;
	if (start(r, &err) < 0)
		return give_up(r, words[0], &err);
	qgac_set_cancel_fd(r->agent, cancel_fd);
	if (r->cli->has_timeout)
		r->deadline = qgac_deadline(r->cli->timeout_ms);
	if (qgac_exec_wait(r->exec, r->deadline, &err) < 0)
		return give_up(r, words[0], &err);
	return finish(r);
}

static int run(struct run *r, char *const *words)
{
	int status;

	buf_init(&r->input, INPUT_BYTES_MAX + READ_BYTES);
	buf_init(&r->out[0], SIZE_MAX / 2);
	buf_init(&r->out[1], SIZE_MAX / 2);
	status = run_in_guest(r, words);
	qgac_exec_free(r->exec);
	qgac_free(r->agent);
	buf_fini(&r->input);
	buf_fini(&r->out[0]);
	buf_fini(&r->out[1]);
	return interrupt_end(status);
}

static int take_variable(struct run *r, const char *text)
{
	const char *equals = strchr(text, '=');

	if (!equals || equals == text)
		return options_error(r->cli, "'%s' is not NAME=VALUE", text);
	if (r->n_env == ENV_MAX)
		return options_error(r->cli, "more than %d variables", ENV_MAX);
	r->env[r->n_env++] = text;
	return EXIT_OK;
}

static int take_options(struct run *r, int argc, char **argv)
{
	int c;

	while ((c = options_next(r->cli, argc, argv)) != -1) {
		switch (c) {
		case OPTIONS_STOP:
			return OPTIONS_STOP;
		case 'e':
			if (take_variable(r, optarg) != EXIT_OK) {
				r->cli->status = EXIT_USAGE;
				return OPTIONS_STOP;
			}
			break;
		case 'n':
			r->no_stdin = true;
			break;
		case OPT_CWD:
			r->cwd = optarg;
			break;
		case OPT_USER:
			r->user = optarg;
			break;
		case OPT_CLEAR_ENV:
			r->clear_env = true;
			break;
		default:
			r->raw = true;
			break;
		}
	}
	return EXIT_OK;
}

/* env(1) would take a program called a=b for a variable. */
static int check(const struct run *r, const char *program)
{
	if (*program == '\0')
		return options_error(r->cli, "the program's name is empty");
	if (r->n_env > 0 && !r->clear_env && strchr(program, '='))
		return options_error(r->cli, "--env cannot be used with a program whose name has "
					     "an equals sign");
	if (r->clear_env && (r->user || r->cwd))
		return options_error(r->cli,
				     "--clear-env cannot be combined with --user and --cwd");
	return EXIT_OK;
}

int verb_exec(struct cli *cli, int argc, char **argv)
{
	struct run r = {.cli = cli};

	if (take_options(&r, argc, argv) == OPTIONS_STOP)
		return cli->status;
	if (optind == argc)
		return options_error(cli, "which program of the guest?");
	if (check(&r, argv[optind]) != EXIT_OK)
		return EXIT_USAGE;
	return run(&r, argv + optind);
}

int verb_sh(struct cli *cli, int argc, char **argv)
{
	struct run       r = {.cli = cli};
	auto_free char **words = calloc((size_t)argc + 4, sizeof(*words));
	size_t           n = 0;
	int              i;

	if (!words)
		return out_of_memory();
	if (take_options(&r, argc, argv) == OPTIONS_STOP)
		return cli->status;
	if (optind == argc)
		return options_error(cli, "which script? - reads it from standard input");
	words[n++] = (char *)"/bin/sh";
	if (strcmp(argv[optind], "-") == 0) {
		words[n++] = (char *)"-s";
		words[n++] = (char *)"--";
	} else {
		words[n++] = (char *)"-c";
		words[n++] = argv[optind];
		words[n++] = (char *)"sh";
	}
	for (i = optind + 1; i < argc; i++)
		words[n++] = argv[i];
	if (check(&r, words[0]) != EXIT_OK)
		return EXIT_USAGE;
	return run(&r, words);
}
