/* SPDX-License-Identifier: MIT */
/*
 * Calls that the library words itself. The request is written straight into the send buffer and not
 * checked, and the reply stays in the receive buffer: file contents are megabytes.
 */
#ifndef CLIENT_CALL_H
#define CLIENT_CALL_H

#include "client/reply.h"
#include "json/writer.h"

/*
 * Makes the handshake if needed and begins a request in agent->out: members of "arguments" are next
 * for *w. Clears err.
 */
int call_begin(struct qgac *agent, const char *command, struct json_out *w, int64_t deadline,
	       struct qgac_err *err);

/*
 * Sends it and waits for the reply. *ret lies in agent->in: it is valid until the next call, and
 * there is nothing to free. An error reply is -1 with REFUSED, other errors are as in qgac_call().
 */
int call_end(struct qgac *agent, struct json_out *w, int64_t deadline, struct qgac_reply *ret,
	     struct qgac_err *err);

#endif
