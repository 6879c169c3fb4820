/* SPDX-License-Identifier: MIT */
/*
 * wait --for: until the guest is so far. Each attempt is short, and the reason for the last failure
 * is what the user is told at the end.
 */
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "cli/ask.h"
#include "cli/network.h"

#define WAIT_MS 120000
#define ATTEMPT_MS 2000
#define PAUSE_LEAST_MS 100
#define PAUSE_MOST_MS 1000

enum goal { GOAL_READY, GOAL_IP, GOAL_EXEC, GOAL_FILE, GOAL_SHUTDOWN, GOAL_COUNT };

static const char *const goals[GOAL_COUNT] = {"ready", "ip", "exec", "file", "shutdown"};

enum verdict { NOT_YET, REACHED, NEVER };

struct attempt {
	enum verdict    verdict;
	struct qgac_err err; /* of NOT_YET and NEVER */
};

static enum verdict missing(struct attempt *t, const char *text)
{
	t->err.code = QGAC_ERR_PROTOCOL;
	(void)snprintf(t->err.text, sizeof(t->err.text), "%s", text);
	return NOT_YET;
}

/* Frozen filesystems disable nearly everything for a while; a block list does so for good. */
static enum verdict check_enabled(struct ask *a, const char *command, struct attempt *t)
{
	struct qgac_info          *info;
	const struct qgac_command *c;
	bool                       exists, enabled, frozen;

	if (qgac_info(a->agent, a->deadline, &info, &t->err) < 0)
		return t->err.code == QGAC_ERR_REFUSED ? NEVER : NOT_YET;
	c = qgac_info_find_command(info, command);
	exists = c != NULL;
	enabled = c && c->enabled;
	c = qgac_info_find_command(info, "guest-get-time");
	frozen = c && !c->enabled;
	qgac_info_free(info);
	if (enabled)
		return REACHED;
	(void)missing(t, !exists  ? "this agent does not have the command"
			 : frozen ? "the guest's filesystems are frozen"
				  : "the command is blocked in the guest's agent configuration");
	return frozen ? NOT_YET : NEVER;
}

static enum verdict check_ip(struct ask *a, struct attempt *t)
{
	struct qgac_reply *reply;
	enum verdict       v = NOT_YET;

	if (qgac_call(a->agent, "guest-network-get-interfaces", NULL, 0, a->deadline, &reply,
		      &t->err) == 0)
		v = network_has_address(a, qgac_reply_return(reply))
			    ? REACHED
			    : missing(t, "the guest has no address yet");
	else if (t->err.code == QGAC_ERR_REFUSED && strstr(t->err.text, "has not been found"))
		v = NEVER;
	qgac_reply_free(reply);
	return v;
}

static enum verdict check(struct ask *a, enum goal goal, struct attempt *t)
{
	if (qgac_ping(a->agent, a->deadline, &t->err) < 0)
		return t->err.code == QGAC_ERR_REFUSED ? NEVER : NOT_YET;
	switch (goal) {
	case GOAL_IP:
		return check_ip(a, t);
	case GOAL_EXEC:
		return check_enabled(a, "guest-exec", t);
	case GOAL_FILE:
		return check_enabled(a, "guest-file-open", t);
	default:
		return REACHED;
	}
}

/* Nobody at the other end: no socket, a port that nobody has open, a domain that does not run. */
static bool is_gone(const struct qgac_err *err)
{
	return err->code == QGAC_ERR_CONNECT || err->code == QGAC_ERR_CLOSED ||
	       (err->code == QGAC_ERR_TIMEOUT && err->stage == QGAC_STAGE_UNREAD);
}

static void try(struct cli *cli, enum goal goal, int64_t end, struct attempt *t)
{
	struct ask a = {.cli = cli, .deadline = qgac_deadline(ATTEMPT_MS)};

	a.deadline = a.deadline < end ? a.deadline : end;
	arena_init(&a.arena, (size_t)64 << 20);
	t->verdict = NOT_YET;
	if (qgac_connect(cli->target, a.deadline, &a.agent, &t->err) == 0)
		t->verdict = check(&a, goal == GOAL_SHUTDOWN ? GOAL_READY : goal, t);
	if (t->err.code == QGAC_ERR_USAGE)
		t->verdict = NEVER;
	if (goal == GOAL_SHUTDOWN && t->verdict == REACHED)
		t->verdict = missing(t, "the guest still answers");
	else if (goal == GOAL_SHUTDOWN && is_gone(&t->err))
		t->verdict = REACHED;
	ask_end(&a);
}

static int tell(struct cli *cli, enum goal goal, const struct attempt *t)
{
	char what[64];
	int  status;

	(void)snprintf(what, sizeof(what), "waited in vain for %s", goals[goal]);
	status = agent_error(cli, what, &t->err);
	if (t->verdict == NEVER || t->err.code == QGAC_ERR_USAGE)
		return status;
	if (t->err.code == QGAC_ERR_TIMEOUT && t->err.stage == QGAC_STAGE_UNREAD)
		return EXIT_UNREAD;
	return t->err.code == QGAC_ERR_CONNECT ? EXIT_CONNECT : EXIT_TIMEOUT;
}

static int wait_for(struct cli *cli, enum goal goal)
{
	int64_t        end = qgac_deadline(cli->timeout_ms);
	int            pause = PAUSE_LEAST_MS;
	struct attempt t = {.verdict = NOT_YET};

	for (;;) {
		try(cli, goal, end, &t);
		if (t.verdict == REACHED)
			return EXIT_OK;
		if (t.verdict == NEVER || clock_monotonic_ns() + pause * NS_PER_MS >= end)
			return tell(cli, goal, &t);
		(void)poll(NULL, 0, pause);
		pause = 2 * pause < PAUSE_MOST_MS ? 2 * pause : PAUSE_MOST_MS;
	}
}

static bool find_goal(const char *text, enum goal *ret)
{
	size_t i;

	for (i = 0; i < GOAL_COUNT; i++)
		if (strcmp(text, goals[i]) == 0) {
			*ret = (enum goal)i;
			return true;
		}
	return false;
}

int verb_wait(struct cli *cli, int argc, char **argv)
{
	enum goal goal = GOAL_READY;
	int       c, status;

	while ((c = options_next(cli, argc, argv)) != -1) {
		if (c == OPTIONS_STOP)
			return cli->status;
		if (!find_goal(optarg, &goal))
			return options_error(cli, "'%s' is none of ready, ip, exec, file, shutdown",
					     optarg);
	}
	if (optind < argc)
		return options_error(cli, "wait takes no arguments");
	if (!cli->has_timeout)
		cli->timeout_ms = WAIT_MS;
	status = agent_resolve(cli);
	return status == EXIT_OK ? wait_for(cli, goal) : status;
}
