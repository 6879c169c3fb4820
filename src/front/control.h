/* SPDX-License-Identifier: MIT */
/*
 * <statedir>/virtagent.sock: the guest's administrator talks to the running agent (--status,
 * --thaw). Root only, by the mode of the socket and by the credentials of the peer.
 *
 * A connection carries one request: a line "verb" or "verb arguments". It gets one line of JSON,
 * {"return": …} or {"error": {"desc": "…"}}, and is closed. Each verb answers when it likes.
 */
#ifndef FRONT_CONTROL_H
#define FRONT_CONTROL_H

#include <stdbool.h>
#include <uv.h>

#include "base/buf.h"
#include "base/err.h"
#include "sys/runfile.h"

struct front;

/* Longest request with its line feed. */
#define CONTROL_REQUEST_MAX 1024

/* Longest reply. */
#define CONTROL_REPLY_MAX ((size_t)1 << 20)

struct control_client;

struct control_verb {
	const char *name;
	/* Calls control_return() or control_error() once, now or later. arguments is "" without
	 * any, and gone afterwards. */
	void (*run)(struct front *f, struct control_client *c, const char *arguments);
	struct control_verb *next;
};

struct control {
	struct front        *front;
	int                  fd; /* -1: there is no socket */
	uv_poll_t            poll;
	size_t               n_clients;
	struct control_verb *verbs;
};

/* Before control_open(). verb stays the caller's and must last. */
void control_add(struct control *c, struct control_verb *verb);

/* Makes the socket, in place of one that nobody listens on. 0, or -1 with err: the agent works
 * without it, too. */
int control_open(struct control *c, struct front *f, const char *statedir, struct err *err);

/* The same with a socket that somebody else has made for us. */
int control_adopt(struct control *c, struct front *f, int fd, struct err *err);

/* value: JSON text. The client is gone afterwards. */
void control_return(struct control_client *c, const struct buf *value);
void control_error(struct control_client *c, const char *text);

#endif
