/* SPDX-License-Identifier: MIT */
/*
 * Calls that the library words itself. The request is written straight into the send buffer and not
 * checked, and the reply stays in the receive buffer: file contents are megabytes.
 */
#ifndef CLIENT_CALL_H
#define CLIENT_CALL_H

#include "client/conn.h"
#include "client/reply.h"
#include "json/writer.h"

/*
 * Makes the handshake if needed and begins a request in agent->out: members of "arguments" are next
 * for *w. Clears err.
 */
int call_begin(struct qgac *agent, const char *command, struct json_out *w, int64_t deadline,
	       struct qgac_err *err);

/* The same behind requests of the same stream whose replies have not been taken. */
int call_begin_next(struct qgac *agent, const char *command, struct json_out *w, int64_t deadline,
		    struct qgac_err *err);

/*
 * Sends it and waits for the reply. *ret lies in agent->in: it is valid until the next call, and
 * there is nothing to free. An error reply is -1 with REFUSED, other errors are as in qgac_call().
 */
int call_end(struct qgac *agent, struct json_out *w, int64_t deadline, struct qgac_reply *ret,
	     struct qgac_err *err);

/*
 * The same in steps, between which another request may be sent or worded: the end of the request,
 * its way into the channel, its reply. agent->owed counts replies that are to come; after an error
 * of call_receive() other than REFUSED none of them will.
 */
int call_finish(struct qgac *agent, struct json_out *w, struct qgac_err *err);
int call_send(struct qgac *agent, int64_t deadline, struct qgac_err *err);
int call_receive(struct qgac *agent, int64_t deadline, struct qgac_reply *ret,
		 struct qgac_err *err);

/* Pieces of a call, for what does not wait (start.c, stream.c). */

/* The beginning of a request: members of "arguments" are next for *w. */
void call_word(struct buf *request, const char *command, struct json_out *w);

/* A whole request object; arguments (may be NULL) are checked. */
int call_write(struct buf *request, const char *command, const char *arguments,
	       struct qgac_err *err);

/*
 * The request becomes what is queued, with its line feed. *request gets the memory of what was.
 */
int call_queue(struct qgac *agent, struct buf *request, int64_t deadline, struct qgac_err *err);

/* A conn_feed for replies of their own; state is a struct qgac_reply **. */
int call_feed(struct qgac *agent, size_t fresh, void *state, struct qgac_err *err);

/* After a reply: whether the connection is still in step. */
void call_judge(struct qgac *agent, const struct qgac_reply *reply);

/* The same for the reply to a request with these flags. It is freed, and NULL, when it only tells
 * that a command which says nothing on success has said nothing. */
void call_settle(struct qgac *agent, unsigned int flags, struct qgac_reply **reply);

/* The agent's own refusal, or what a bridge met on the way to it: fills err, returns -1. */
int call_refused(const struct qgac_reply *reply, struct qgac_err *err);

int call_check_flags(unsigned int flags, struct qgac_err *err);

#endif
