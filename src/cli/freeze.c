/* SPDX-License-Identifier: MIT */
/*
 * freeze -- COMMAND, thaw and status. A guest that stays frozen is worse than any snapshot: from
 * the freeze on, everything that can happen here ends in a thaw. Should this process be killed, its
 * watchman, who was started before the freeze, thaws.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "cli/ask.h"
#include "cli/child.h"
#include "cli/interrupt.h"

#define FREEZE_MS 60000
#define THAW_MS 60000
#define THAW_TRY_MS 15000
#define RETRY_MS 250
#define COMMAND_END_MS 5000 /* from SIGTERM to SIGKILL */
#define TICK_MS 20
#define MOUNTS_MAX 256

enum {
	OPT_HOLD = OPT_OF_VERB,
};

struct freeze {
	struct cli *cli;
	struct ask  a;
	const char *mounts[MOUNTS_MAX];
	size_t      n_mounts;
	bool        hold, verbose;
	int64_t     frozen, thawed;
	int64_t     limit_ms; /* of the command, 0: none */
	int         watch_fd; /* the watchman thaws when its other end is closed without a word */
	const char *early;    /* the guest had thawed before we did: why we think so */
	char        early_text[512];
};

static const char *plural(int64_t n)
{
	return n == 1 ? "" : "s";
}

/* thaw */

/* 1 thawed, 0 not reached, -1 refused: err tells. */
static int thaw_once(struct qgac *agent, int64_t *ret, struct qgac_err *err)
{
	struct qgac_reply *reply;
	int got = qgac_call(agent, "guest-fsfreeze-thaw", NULL, 0, qgac_deadline(THAW_TRY_MS),
			    &reply, err);

	*ret = -1;
	if (got == 0)
		(void)qgac_value_int64(qgac_reply_return(reply), ret); /* or stays unknown */
	qgac_reply_free(reply);
	if (got == 0)
		return 1;
	return err->code == QGAC_ERR_REFUSED ? -1 : 0;
}

/* On this connection, and on new ones when it is gone. As thaw_once(). */
static int thaw_for_sure(struct cli *cli, struct qgac **agent, int64_t *ret, struct qgac_err *err)
{
	int64_t end = qgac_deadline(THAW_MS);
	int     got = 0;

	for (;;) {
		if (*agent) {
			qgac_set_cancel_fd(*agent, -1);
			got = thaw_once(*agent, ret, err);
		}
		if (got != 0 || clock_monotonic_ns() >= end)
			return got;
		if (*agent && err->code == QGAC_ERR_TIMEOUT)
			continue; /* the same connection brings itself in step again */
		qgac_free(*agent);
		*agent = NULL;
		(void)poll(NULL, 0, RETRY_MS);
		(void)qgac_connect(cli->target, qgac_deadline(THAW_TRY_MS), agent, err);
	}
}

/* the watchman */

static void block_signals(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
	size_t           i;

	for (i = 0; i < ARRAY_SIZE(signals); i++)
		(void)signal(signals[i], SIG_IGN); /* cannot fail for these */
}

/* Never returns. A byte means that all is well. */
static void watch(struct cli *cli, int fd)
{
	struct qgac    *agent = NULL;
	struct qgac_err err;
	int64_t         count;
	char            byte;
	ssize_t         n;

	(void)setsid(); /* it is no leader of a group, so this works */
	block_signals();
	do {
		n = read(fd, &byte, 1);
	} while (n < 0 && errno == EINTR);
	if (n == 0 && thaw_for_sure(cli, &agent, &count, &err) != 0)
		(void)agent_complain("was killed while the guest was frozen; it is thawed now");
	else if (n == 0)
		(void)agent_complain("was killed, and the guest cannot be reached: it may still be "
				     "frozen");
	_exit(0);
}

/* Before the connection is made, so that its end is seen when we end. */
static int start_watchman(struct freeze *f)
{
	int   fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return agent_complain("cannot make a pipe: %s", strerror(errno));
	(void)fflush(NULL); /* nothing is printed twice */
	pid = fork();
	if (pid < 0)
		return agent_complain("cannot start a process: %s", strerror(errno));
	if (pid == 0) {
		(void)close(fds[1]); /* else it would never see the end of it */
		watch(f->cli, fds[0]);
	}
	(void)close(fds[0]); /* the watchman's */
	f->watch_fd = fds[1];
	return EXIT_OK;
}

static void dismiss_watchman(struct freeze *f)
{
	if (f->watch_fd < 0)
		return;
	(void)!write(f->watch_fd, "", 1); /* it is there, or nothing can be done */
	(void)close(f->watch_fd);         /* as above */
	f->watch_fd = -1;
}

/* freeze */

static void write_mounts(const struct freeze *f, struct buf *b)
{
	struct json_out w;
	size_t          i;

	json_out_init(&w, b);
	json_out_object_begin(&w);
	json_out_key(&w, "mountpoints");
	json_out_array_begin(&w);
	for (i = 0; i < f->n_mounts; i++)
		json_out_str(&w, f->mounts[i]);
	json_out_array_end(&w);
	json_out_object_end(&w);
	buf_add_char(b, '\0');
}

static int check_thawed(struct freeze *f)
{
	struct qgac_value status;
	int               code = ask(&f->a, "guest-fsfreeze-status", NULL, &status);

	if (code != EXIT_OK)
		return code;
	if (qgac_value_is(status, "thawed"))
		return EXIT_OK;
	return agent_complain("the guest's filesystems are frozen already, by somebody else; "
			      "'vactl %s thaw' thaws them",
			      f->cli->guest);
}

static int freeze_now(struct freeze *f)
{
	struct buf        b = BUF_INIT(SIZE_MAX / 2);
	struct qgac_value result;
	int               status = check_thawed(f);

	if (status != EXIT_OK)
		return status;
	if (f->n_mounts > 0)
		write_mounts(f, &b);
	status =
		ask(&f->a, f->n_mounts > 0 ? "guest-fsfreeze-freeze-list" : "guest-fsfreeze-freeze",
		    b.data, &result);
	buf_fini(&b);
	if (status == EXIT_OK && qgac_value_int64(result, &f->frozen) < 0)
		status = agent_complain("the reply is not one to guest-fsfreeze-freeze");
	return status;
}

/* the end */

static void note_early(struct freeze *f, const char *text)
{
	(void)snprintf(f->early_text, sizeof(f->early_text), "%.500s", text);
	f->early = f->early_text;
}

static bool is_thawed(struct freeze *f)
{
	struct qgac_reply *reply;
	bool               thawed = qgac_call(f->a.agent, "guest-fsfreeze-status", NULL, 0,
					      qgac_deadline(THAW_TRY_MS), &reply, NULL) == 0 &&
		      qgac_value_is(qgac_reply_return(reply), "thawed");

	qgac_reply_free(reply);
	return thawed;
}

/* Asked in front of the thaw, which itself cannot tell with qemu-ga when others froze too. */
static void look_for_early_thaw(struct freeze *f)
{
	qgac_set_cancel_fd(f->a.agent, -1);
	if (is_thawed(f))
		note_early(f, "its filesystems were thawed already");
}

/* A thaw hook that fails makes an error of a thaw that has happened. */
static int tell_refusal(struct freeze *f, const struct qgac_err *err)
{
	bool thawed = is_thawed(f);

	if (thawed)
		dismiss_watchman(f);
	(void)agent_error(f->cli, thawed ? "thaw (the filesystems are thawed)" : "thaw", err);
	return EXIT_FAILED;
}

/* EXIT_OK, or a code after saying what is wrong. */
static int thaw_now(struct freeze *f, bool was_frozen)
{
	struct qgac_err err;
	char            text[256];
	int             got;

	if (was_frozen)
		look_for_early_thaw(f);
	got = thaw_for_sure(f->cli, &f->a.agent, &f->thawed, &err);
	if (got == 0) {
		(void)agent_error(f->cli, "the guest could not be thawed and may still be frozen",
				  &err);
		return EXIT_FAILED;
	}
	if (got < 0 && !strstr(err.text, "automatically"))
		return tell_refusal(f, &err);
	dismiss_watchman(f);
	if (got < 0) {
		note_early(f, err.text);
	} else if (was_frozen && !f->early && f->thawed >= 0 && f->thawed < f->frozen) {
		(void)snprintf(text, sizeof(text),
			       "%lld filesystems were frozen, %lld were left to thaw",
			       (long long)f->frozen, (long long)f->thawed);
		note_early(f, text);
	}
	return EXIT_OK;
}

/* the command */

static int run_child(char **argv)
{
	(void)execvp(argv[0], argv);
	(void)agent_complain("%s: %s", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* The status of waitpid(2) once the child has ended, -1 at the time limit or after an interrupt. */
static int wait_child(pid_t pid, int64_t deadline, bool heeds_interrupt)
{
	int status;

	for (;;) {
		pid_t got = waitpid(pid, &status, WNOHANG);

		if (got == pid)
			return status;
		if ((got < 0 && errno != EINTR) || clock_monotonic_ns() >= deadline ||
		    (heeds_interrupt && interrupt_seen()))
			return -1;
		(void)poll(NULL, 0, TICK_MS); /* signals end it too */
	}
}

static void end_child(pid_t pid)
{
	(void)kill(pid, interrupt_seen() ? interrupt_signal() : SIGTERM); /* or it has ended */
	if (wait_child(pid, qgac_deadline(COMMAND_END_MS), false) >= 0)
		return;
	(void)kill(pid, SIGKILL); /* as above */
	(void)child_wait(pid);
}

/* The command's exit code with cli->is_remote, or a code of ours. */
static int run_command(struct freeze *f, char **argv)
{
	pid_t pid;
	int   status;

	(void)fflush(NULL); /* nothing is printed twice */
	pid = fork();
	if (pid == 0)
		return run_child(argv);
	if (pid < 0)
		return agent_complain("cannot start %s: %s", argv[0], strerror(errno));
	status = wait_child(pid, f->limit_ms ? qgac_deadline(f->limit_ms) : INT64_MAX, true);
	if (status >= 0) {
		f->cli->is_remote = true;
		return child_exit_code(status);
	}
	end_child(pid);
	if (interrupt_seen())
		return EXIT_FAILED;
	return agent_complain("%s: stopped after %g s", argv[0], (double)f->limit_ms / 1000);
}

static int tell_early(struct freeze *f)
{
	(void)fputs("vactl: the guest did not stay frozen, the snapshot may be inconsistent: ",
		    stderr);
	print_message(stderr, f->early);
	(void)fputc('\n', stderr);
	f->cli->is_remote = false;
	return EXIT_FAILED;
}

/* Some agents are frozen then all the same, and refuse nearly everything. */
static int tell_none(struct freeze *f)
{
	(void)thaw_now(f, false); /* it says what fails */
	return agent_complain("nothing was frozen: %s",
			      f->n_mounts ? "nothing that can be is mounted there"
					  : "no filesystem of the guest can be");
}

static int freeze_and_run(struct freeze *f, char **argv)
{
	int status = freeze_now(f), thawed;

	if (status == EXIT_OK && f->frozen == 0)
		return tell_none(f);
	if (status != EXIT_OK) {
		/* what was asked for may still happen, or half of it has */
		(void)thaw_now(f, false); /* as above */
		return status;
	}
	if (f->verbose)
		(void)fprintf(stderr, "%lld filesystem%s frozen\n", (long long)f->frozen,
			      plural(f->frozen));
	status = run_command(f, argv);
	thawed = thaw_now(f, true);
	if (f->verbose && thawed == EXIT_OK)
		(void)fprintf(stderr, "%lld filesystem%s thawed\n", (long long)f->thawed,
			      plural(f->thawed));
	if (thawed != EXIT_OK || f->early)
		return thawed != EXIT_OK ? (f->cli->is_remote = false, thawed) : tell_early(f);
	return status;
}

static int hold(struct freeze *f)
{
	int status = freeze_now(f);

	if (status == EXIT_OK && f->frozen == 0)
		return tell_none(f);
	if (status == EXIT_OK && !f->cli->quiet)
		(void)printf("%lld filesystem%s frozen; 'vactl %s thaw' thaws\n",
			     (long long)f->frozen, plural(f->frozen), f->cli->guest);
	return status;
}

static int run(struct freeze *f, char **argv)
{
	int status = agent_resolve(f->cli);

	if (status == EXIT_OK && !f->hold)
		status = start_watchman(f);
	if (status != EXIT_OK)
		return status;
	status = ask_begin(&f->a, f->cli);
	if (status == EXIT_OK) {
		qgac_set_cancel_fd(f->a.agent, interrupt_watch());
		status = f->hold ? hold(f) : freeze_and_run(f, argv);
	}
	dismiss_watchman(f);
	ask_end(&f->a);
	if (!print_finish())
		status = EXIT_FAILED;
	return interrupt_end(status);
}

static int take_option(struct freeze *f, int c)
{
	switch (c) {
	case 'm':
		if (f->n_mounts == MOUNTS_MAX)
			return options_error(f->cli, "more than %d mount points", MOUNTS_MAX);
		if (!utf8_is_text(optarg))
			return options_error(f->cli, "the mount point is not valid UTF-8");
		f->mounts[f->n_mounts++] = optarg;
		return EXIT_OK;
	case 'l':
		if (options_seconds(optarg, &f->limit_ms) && f->limit_ms > 0)
			return EXIT_OK;
		return options_error(f->cli, "'%s' is not a time in seconds", optarg);
	case 'v':
		f->verbose = true;
		return EXIT_OK;
	default:
		f->hold = true;
		return EXIT_OK;
	}
}

int verb_freeze(struct cli *cli, int argc, char **argv)
{
	struct freeze f = {.cli = cli, .watch_fd = -1};
	int           c;

	while ((c = options_next(cli, argc, argv)) != -1) {
		if (c == OPTIONS_STOP)
			return cli->status;
		if (take_option(&f, c) != EXIT_OK)
			return EXIT_USAGE;
	}
	if (f.hold && f.limit_ms)
		return options_error(cli, "--limit is for a command, which --hold does not run");
	if (f.hold == (optind < argc))
		return options_error(cli,
				     f.hold ? "--hold and a command exclude each other"
					    : "which command is to run while the guest is frozen?");
	if (cli->json)
		return options_error(cli, "standard output is the command's: no JSON");
	if (!cli->has_timeout)
		cli->timeout_ms = FREEZE_MS;
	return run(&f, argv + optind);
}

static int thaw_all(struct ask *a, void *unused)
{
	struct qgac_value result;
	int64_t           n = 0;
	int               status = ask(a, "guest-fsfreeze-thaw", NULL, &result);

	(void)unused;
	if (status != EXIT_OK || a->cli->quiet)
		return status;
	(void)qgac_value_int64(result, &n); /* or 0 */
	if (a->cli->json)
		(void)printf("{\"thawed\": %lld}\n", (long long)n);
	else
		(void)printf("%lld filesystem%s thawed\n", (long long)n, plural(n));
	return EXIT_OK;
}

int verb_thaw(struct cli *cli, int argc, char **argv)
{
	if (!options_none(cli, argc, argv))
		return cli->status;
	if (!cli->has_timeout)
		cli->timeout_ms = THAW_MS;
	return ask_run(cli, thaw_all, NULL);
}

static int show_status(struct ask *a, struct qgac_value result)
{
	bool frozen = !qgac_value_is(result, "thawed");

	(void)a;
	(void)printf("%s%s%s\n", print_style_on(frozen ? STYLE_WARN : STYLE_GOOD),
		     frozen ? "frozen" : "thawed",
		     print_style_off(frozen ? STYLE_WARN : STYLE_GOOD));
	return EXIT_OK;
}

int verb_status(struct cli *cli, int argc, char **argv)
{
	if (!options_none(cli, argc, argv))
		return cli->status;
	return ask_and_show(cli, "guest-fsfreeze-status", show_status);
}
