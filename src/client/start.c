/* SPDX-License-Identifier: MIT */
/*
 * Calls in programs with a loop of their own: begun at once, carried on when the descriptor is
 * ready. The same feed functions as in calls that wait.
 */
#include "client/start.h"

#include <stdlib.h>

#include "client/call.h"
#include "client/error.h"
#include "client/sync.h"

/* A bridge has no other limit for a call that was started. */
#define BRIDGE_MS INT64_C(86400000)

struct started {
	bool         is_synced; /* the request is queued, its reply is next */
	unsigned int flags;
	struct buf   request; /* until then */
	struct sync  sync;
};

void start_forget(struct qgac *agent)
{
	if (agent->owed > 0)
		agent->synced = false;
	agent->owed = 0;
	agent->ahead = NULL;
	if (!agent->started)
		return;
	buf_fini(&agent->started->request);
	free(agent->started);
	agent->started = NULL;
	agent->synced = false;
}

/* Takes what was started away without a mark on the connection. */
static void finish(struct qgac *agent)
{
	bool synced = agent->synced;

	start_forget(agent);
	agent->synced = synced;
}

static int queue(struct qgac *agent, struct qgac_err *err)
{
	struct started *s = agent->started;

	s->is_synced = true;
	return call_queue(agent, &s->request, qgac_deadline(BRIDGE_MS), err);
}

static int begin(struct qgac *agent, struct qgac_err *err)
{
	if (conn_check_quiet(agent, err) < 0)
		return -1;
	if (agent->synced)
		return queue(agent, err);
	conn_reset(agent);
	return sync_begin(agent, &agent->started->sync, err);
}

int qgac_start(struct qgac *agent, const char *command, const char *arguments, unsigned int flags,
	       struct qgac_err *err)
{
	struct qgac_err unwanted;

	err = err ? err : &unwanted;
	error_clear(err);
	start_forget(agent);
	if (call_check_flags(flags, err) < 0)
		return -1;
	agent->started = calloc(1, sizeof(*agent->started));
	if (!agent->started)
		return error_memory(err);
	agent->started->flags = flags;
	buf_init(&agent->started->request, SIZE_MAX / 2);
	if (call_write(&agent->started->request, command, arguments, err) < 0 ||
	    begin(agent, err) < 0) {
		finish(agent);
		return -1;
	}
	return 0;
}

/* 1 when the handshake is made and the request is on its way. */
static int step_sync(struct qgac *agent, struct qgac_err *err)
{
	struct started *s = agent->started;
	int             got;

	if (s->is_synced)
		return 1;
	got = conn_step(agent, sync_feed, &s->sync, QGAC_STAGE_SYNC, err);
	if (got <= 0)
		return got;
	agent->synced = true;
	return queue(agent, err) < 0 ? -1 : 1;
}

static int step(struct qgac *agent, struct qgac_reply **ret, struct qgac_err *err)
{
	int got = step_sync(agent, err);

	if (got <= 0)
		return got;
	got = conn_step(agent, call_feed, ret, QGAC_STAGE_REPLY, err);
	if (got > 0)
		call_settle(agent, agent->started->flags, ret);
	if (got < 0 && agent->started->flags & QGAC_NO_REPLY && err->code == QGAC_ERR_CLOSED &&
	    err->stage == QGAC_STAGE_REPLY && agent->out_done == agent->out.len) {
		error_clear(err);
		return 1;
	}
	return got;
}

int qgac_process(struct qgac *agent, struct qgac_reply **ret, struct qgac_err *err)
{
	struct qgac_reply *reply = NULL;
	struct qgac_err    unwanted;
	int                got;

	err = err ? err : &unwanted;
	error_clear(err);
	if (ret)
		*ret = NULL;
	if (!agent->started)
		return error_set(err, QGAC_ERR_USAGE, "no call was started");
	got = step(agent, &reply, err);
	if (got != 0)
		finish(agent);
	if (got > 0 && reply && qgac_reply_is_error(reply))
		got = call_refused(reply, err);
	if (ret)
		*ret = reply;
	else
		qgac_reply_free(reply);
	return got;
}

void qgac_abandon(struct qgac *agent)
{
	start_forget(agent);
}

int qgac_fd(const struct qgac *agent)
{
	return agent->fd;
}

short qgac_events(const struct qgac *agent)
{
	return agent->started ? conn_events(agent) : 0;
}
