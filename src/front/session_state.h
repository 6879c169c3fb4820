/* SPDX-License-Identifier: MIT */
/*
 * What the three files of a session share: session.c (life, peers, the pump), session_input.c
 * (bytes to requests) and session_run.c (requests to replies). Private to them.
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
	struct session *next_ready;
	uv_timer_t      timer; /* sync-grace, or orphan-grace once the peer has left */
};

/* Whether anybody reads replies. */
static inline bool session_has_peer(const struct session *s)
{
	return s->channel && !s->peer_gone;
}

/* What its peer may do; also when that has left. */
static inline const struct policy *session_policy(const struct session *s)
{
	return policies_of(&s->front->policies, s->rules);
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
