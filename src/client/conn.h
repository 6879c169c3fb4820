/* SPDX-License-Identifier: MIT */
/*
 * A connection and the one loop that moves bytes over it. Handshake and calls differ only in what
 * they queue and in how they take what arrives, so both are a feed function under the same
 * deadline.
 */
#ifndef CLIENT_CONN_H
#define CLIENT_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "qgaclient.h"

struct started;

/* Places in a line, of the first byte and of that behind the last. */
struct span {
	size_t start, end;
};

struct qgac {
	int  fd;
	bool is_socket;   /* send and recv; else read and write on a descriptor with O_NONBLOCK */
	bool ended;       /* end of file or a fatal error was seen */
	bool synced;      /* the next line that arrives answers the next request */
	bool plain_sync;  /* the agent does not know guest-sync-delimited */
	bool is_bridge;   /* the other end is bridge/: see there for what it is sent */
	struct buf   out; /* queued; the first out_done bytes are written */
	size_t       out_done;
	struct buf   in;      /* received and not yet taken; empty between calls */
	size_t       in_used; /* of in: a reply that was handed out, on its way out of it */
	struct span  letters; /* of the line in `in`: they were seen to be base64 as they came */
	unsigned int owed;    /* replies that are still to come to requests of `ahead` */
	const struct qgac_stream *ahead; /* has asked ahead (stream.c), or NULL */
	size_t                    reply_max;
	size_t                    keep;      /* memory each buffer may hold on to between calls */
	int                       cancel_fd; /* readable: calls end; -1 if there is none */
	struct started           *started;   /* a call of qgac_start(), or NULL; owned (start.c) */
};

/*
 * libvirt gives up on a request that its socket to the agent does not take at once (seen with 9.0
 * from 200 KiB on), so contents go out in small pieces, and what cannot be split is refused.
 */
#define BRIDGE_REQUEST_MAX ((size_t)128 << 10)
#define BRIDGE_WRITE_MAX ((size_t)32 << 10)

/* The same of what is read: libvirt's own protocol carries texts of 4 MiB. */
#define BRIDGE_READ_MAX ((size_t)2 << 20)

/* What a connection may hold on to while no file is copied. */
#define CONN_KEEP_BYTES ((size_t)1 << 17)

/*
 * Takes what is in agent->in, of which the last `fresh` bytes are new: 1 done, 0 more is needed, -1
 * an error. May queue further bytes.
 */
typedef int conn_feed(struct qgac *agent, size_t fresh, void *state, struct qgac_err *err);

/* Forgets what is queued and received: before a new request or handshake. */
void conn_reset(struct qgac *agent);

/*
 * Room for a request behind one that is written and not answered; a reply that was handed out is
 * gone.
 */
void conn_next(struct qgac *agent);

/* In front of a request, where the other end wants to know how long it may take. */
void conn_announce(struct qgac *agent, int64_t deadline);

/*
 * Writes what is queued and feeds what arrives until feed() is done. Fills in the stage of errors.
 */
int conn_exchange(struct qgac *agent, conn_feed *feed, void *state, enum qgac_stage stage,
		  int64_t deadline, struct qgac_err *err);

/*
 * Writes all that is queued. Replies to earlier requests, which may come meanwhile, are kept for
 * the next conn_exchange().
 */
int conn_send(struct qgac *agent, enum qgac_stage stage, int64_t deadline, struct qgac_err *err);

/*
 * Reads once without waiting if the connection is in sync: bytes that nobody asked for mean that it
 * is not.
 */
int conn_check_quiet(struct qgac *agent, struct qgac_err *err);

/*
 * The same without waiting: does what can be done at once. 1 done, 0 wait for conn_events(), -1 an
 * error.
 */
int conn_step(struct qgac *agent, conn_feed *feed, void *state, enum qgac_stage stage,
	      struct qgac_err *err);

/* What to poll for. */
short conn_events(const struct qgac *agent);

#endif
