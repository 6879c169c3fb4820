/* SPDX-License-Identifier: MIT */
/*
 * A channel: the descriptors of one peer and how the loop watches them. A session works on top of
 * it.
 *
 * A virtio-serial port reports a permanent hang-up while no host is connected, which would spin a
 * level-triggered loop. Such a port is watched edge-triggered inside an epoll descriptor of its
 * own, and that descriptor is what the loop watches: without a host nothing wakes us.
 */
#ifndef FRONT_CHANNEL_H
#define FRONT_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

#include "base/err.h"
#include "transport/transport.h"

struct endpoint;
struct front;
struct session;

struct channel {
	struct front           *front;
	struct endpoint        *endpoint;
	const struct transport *transport;
	int                     in, out; /* equal except for stdio */
	int                     edges;   /* the inner epoll descriptor, -1 */
	bool    readable;                /* the loop said so, and no read has found nothing since */
	bool    half_closed; /* the peer has ended its input, and is there or was when we looked */
	bool    absent;      /* edges: no host is connected */
	bool    in_doubt;    /* edges: absent, but what was just read may be of the next host */
	int64_t read_ns;     /* edges: when the last bytes came */
	bool in_watched, out_watched; /* false: a regular file, cannot be watched and never waits */
	uv_poll_t  poll;              /* of in, or of edges */
	uv_poll_t  out_poll;          /* of out, if it differs from in */
	int        n_handles;         /* initialised and not yet closed */
	uv_timer_t hangup; /* looks now and then whether a peer that ended its input is still there;
			      with edges, ends a doubt */
	int             events, out_events; /* what the polls are started for */
	struct session *session;
};

/*
 * A request that came so shortly before the news that its host has left may be of the next host
 * already; then the news of that one is on its way, and comes within the second time.
 */
#define CHANNEL_DOUBT_NS INT64_C(10000000)
#define CHANNEL_DOUBT_MS 20

/* Takes the descriptors over, also on failure. */
struct channel *channel_new(struct endpoint *e, int in, int out, struct err *err);

/* Closes the descriptors; the memory goes with the next round of the loop. */
void channel_close(struct channel *c);

/* What the session waits for. */
void channel_watch(struct channel *c, bool read, bool write);

/* Whether somebody is there to read, asked of the kernel. */
bool channel_has_peer(const struct channel *c);

/* read(2), interrupted calls repeated; keeps c->readable up to date. */
ssize_t channel_read(struct channel *c, char *buf, size_t n);

/* write(2), interrupted calls repeated. */
ssize_t channel_write(struct channel *c, const char *buf, size_t n);

#endif
