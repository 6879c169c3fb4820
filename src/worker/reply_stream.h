/* SPDX-License-Identifier: MIT */
/*
 * The worker's side of proto/stream.h: the value goes into the ring, and the front is told of it in
 * steps.
 */
#ifndef WORKER_REPLY_STREAM_H
#define WORKER_REPLY_STREAM_H

#include "ipc/ring.h"
#include "proto/stream.h"

struct stream {
	int          fd;        /* to the front */
	struct ring *ring;      /* made at the first use */
	size_t       pending;   /* bytes in the ring that the front does not know of */
	bool         open;      /* it knows of some */
	bool         ring_sent; /* it has the ring */
};

/* Begins a value. */
void reply_stream_begin(struct stream *s);

/* Takes back what the front does not know of: for an error reply. */
void reply_stream_cancel(struct stream *s);

/* An acknowledgement that came while no value was being written. */
void reply_stream_acked(struct stream *s, size_t n);

#endif
