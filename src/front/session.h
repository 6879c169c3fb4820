/* SPDX-License-Identifier: MIT */
/*
 * A session: the requests of one peer, answered in order, exactly once each (design.md section 4).
 *
 *   bytes → frame → envelope → front, or queue → worker → outbox and ring → channel
 *
 * When its peer leaves, a session with work left goes on without a channel. On a line whose peers
 * change (virtio-serial) the channel gets a new session then.
 */
#ifndef FRONT_SESSION_H
#define FRONT_SESSION_H

#include <stdbool.h>

struct channel;
struct front;
struct session;

/* NULL: no memory, or too many sessions (session_room() tells). */
struct session *session_new(struct front *f, struct channel *c);
bool            session_room(const struct front *f);

/* Something may have changed: reads, runs, writes as far as possible without waiting. May free s
 * and its channel. */
void session_pump(struct session *s);

/* Frees a session that has not been pumped yet. */
void session_abort(struct session *s);

/* The peer will not read any more; it may have sent more than was read yet. May free s and its
 * channel. */
void session_hung_up(struct session *s);

/* Whether requests of it, or replies that were not written yet, would be lost with its peer. */
bool session_has_unanswered(const struct session *s);

/* The peer of this channel is gone, the channel stays: a session with work left goes on without it.
 */
void session_peer_left(struct channel *c);

/* A peer is there again. What has waited for it longer than SESSION_HOLD_NS was meant for another
 * one. */
void session_peer_arrived(struct channel *c);

#define SESSION_HOLD_NS 1000000000

/* Pumps it again in the next round of the loop. */
void session_schedule(struct session *s);

/* The agent ends: what runs gets its audit lines. */
void session_audit_all_abandoned(struct front *f);

/* Pumps those that were scheduled before this call. */
void session_pump_scheduled(struct front *f);

#endif
