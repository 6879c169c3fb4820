/* SPDX-License-Identifier: MIT */
/*
 * What the files of a session share: session.c (life, peers, the pump), session_input.c (bytes to
 * requests), session_run.c (requests to replies) and those for commands of one kind. Private to
 * them.
 */
#ifndef FRONT_SESSION_STATE_H
#define FRONT_SESSION_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "front/channel.h"
#include "front/execs.h"
#include "front/front.h"
#include "front/outbox.h"
#include "front/queue.h"
#include "front/session.h"
#include "proto/frame.h"
#include "transport/peer.h"

/* The audit line of the running command. */
struct session_audit {
	const struct command *command; /* NULL: there is none to be written */
	int64_t               started_ns;
	int64_t               handle; /* that it writes through, 0 */
	char                 *begun;  /* the record so far; NULL: no memory */
	size_t                n;
	bool                  truncated;
	bool                  has_result;
	int64_t               result;
};

struct session {
	struct session     *next, **at; /* in the list of all */
	struct front       *front;
	struct channel     *channel; /* NULL: the peer has left */
	size_t              rules;   /* number of the channel's policy */
	struct frame        frame;
	struct queue        queue;
	struct outbox       out;
	struct pending     *running; /* in `worker` */
	struct worker      *worker;
	struct freeze_wait *wait;       /* `running` is a command of the freezer, or waits for it */
	struct exec        *child;      /* `running` waits for its start */
	uint64_t            report;     /* tag of the program whose end `running` tells, 0 */
	bool                reply_open; /* the running reply has begun in `out` */
	bool    value_done;  /* the worker has returned; the last bytes may still be in the ring */
	bool    input_ended; /* end of file: answer what is there, then close */
	bool    input_lost;  /* reading failed: nothing more can come */
	bool    peer_gone;   /* nobody reads replies any more; what the peer sent still counts */
	bool    scheduled;
	int64_t blocked_ns; /* since when the peer reads nothing, 0: it does */
	int64_t served_ns;  /* when the peer last took something of the running reply, 0: never */
	const char          *channel_name; /* for the audit, like the next two */
	char                 peer[PEER_MAX];
	struct session_audit audit;
	struct session      *next_ready;
	uv_timer_t           timer; /* sync-grace, or orphan-grace once the peer has left */
};

/* Whether anybody reads replies. */
static inline bool session_has_peer(const struct session *s)
{
	return s->channel && !s->peer_gone;
}

/* What its peer may do; also when that has left. */
static inline const struct policy *session_policy(const struct session *s)
{
	return policies_of(policy_store_now(&s->front->policy), s->rules);
}

/* Bytes of the running reply that are in the ring. */
size_t session_ring_pending(const struct session *s);

/* --- session_input.c --- */

/* Past these bounds no request is started, and nothing is read. */
bool session_output_full(const struct session *s);
bool session_input_full(const struct session *s);

/* Reads and handles up to a round's bytes; what is left then waits for the next round. */
void session_read_round(struct session *s);

/* --- session_run.c --- */

/* The command is about a state that is about to change. */
static inline bool session_must_wait(const struct session *s, const struct command *command)
{
	return (command->flags & CMD_WAITS_SETTLED) && !freezer_is_settled(&s->front->freezer);
}

/* A cursor on them; p is NULL when there are none. text must live as long. */
struct json pending_arguments(const struct pending *p, struct json_text *text);

/* Starts a request whose turn it is; takes it. */
void session_start(struct session *s, struct pending *p);

/* All of the value that was in the ring is written: the rest of its line. */
void session_close_reply(struct session *s);

/* The running command is answered with this value. */
void session_put_reply(struct session *s, const char *value, size_t n);
void session_finish_running(struct session *s);

/* The integer argument whose key is one that `wanted` knows; false: there is none. A worker judges
 * everything else about the arguments. */
bool session_number_argument(const struct pending *p, bool (*wanted)(const struct json *key),
			     int64_t              *ret);

/* --- session_freeze.c --- */

/* Takes the request; it runs until the freezer answers it. */
void session_start_freeze(struct session *s, struct pending *p);

/* --- session_audit.c --- */

/* The command is started; one of the functions below ends its line, if it gets one. */
void session_audit_begin(struct session *s, const struct pending *p);
void session_audit_result(struct session *s, int64_t result);
void session_audit_ok(struct session *s);
void session_audit_error(struct session *s, const struct err *err);
void session_audit_abandoned(struct session *s);

/* The line of a command that does not run: the policy refuses it, or why else. */
void session_audit_refused(struct session *s, const struct pending *p, const struct err *err);
void session_audit_unstarted(struct session *s, const struct pending *p, const char *why);

/* --- session_child.c --- */

/* Takes the request; it runs until its program does. */
void session_start_child(struct session *s, struct pending *p);

/* What is known of the program that the request asks about; notes what its reply will tell. */
void session_find_report(struct session *s, const struct pending *p, struct request_report *ret);

/* The reply about a program is complete. */
void session_reported(struct session *s);

/* --- session_run.c --- */

/* Whenever a command starts or a sync arrives: is there a sync that must not wait too long? */
void session_watch_running(struct session *s);

#endif
