/* SPDX-License-Identifier: MIT */
/*
 * The workers, seen from the front: started through the zygote on demand, one request each at a
 * time, abandoned when they hang, retired when idle.
 */
#ifndef FRONT_POOL_H
#define FRONT_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "front/handles.h"
#include "front/vigil.h"
#include "ipc/ring.h"
#include "json/reader.h"
#include "proto/command.h"
#include "proto/frame.h"
#include "proto/request.h"

struct front;
struct pool;

/* Workers whose command a peer no longer waits for. Past this, commands that need a worker are
 * refused. */
#define ABANDONED_MAX 8

/* A call in progress, as its owner sees it. The callbacks come from the event loop, never from
 * within pool_call(). */
struct pool_client {
	void *ctx;
	void (*on_data)(void *ctx); /* pool_peek() has more */
	void (*on_return)(void *ctx, const char *value,
			  size_t n); /* the end of the value, or all of it; peek first */
	void (*on_error)(void *ctx, const struct err *err); /* instead of on_return */
	void (*on_open)(
		void *ctx, int fd,
		int64_t first); /* instead of on_return: a file is open; fd is the client's */
};

struct worker {
	struct worker *next;
	struct pool   *pool;
	int            fd;
	uv_poll_t      poll;
	uint64_t       tag;
	bool           reads_only; /* it serves commands that change nothing, and no others */
	int            pid;        /* 0 until the zygote has told, -1 after its end */
	bool           draining;
	bool           busy;
	bool           abandoned;
	bool           returned; /* RETURN has come, the rest is in the ring */
	const struct command *command;
	bool                  is_quick; /* its last answer would have been worth waiting awake */
	int64_t               since_ns; /* start of the command, or of idleness */
	struct ring           ring;
	size_t                unacked;
	uint64_t              map_id; /* the memfd that it has mapped, 0 */
	bool                  forget; /* that memfd is gone, and it has not been told yet */
	struct handle        *handle; /* lent, busy until the command has ended */
	struct pool_client    client;
};

struct pool {
	struct front  *front;
	int            zygote;
	uv_poll_t      zygote_poll;
	uv_timer_t     retire;
	struct worker *workers;
	uint64_t       next_tag;
	size_t         n_abandoned;
	struct vigil   vigil; /* for the answer to the last call */
};

/* The arguments of a call: bytes of [start, end), or in a memfd of which base is a mapping. */
struct pool_arguments {
	const char              *start;
	size_t                   len;   /* 0: absent */
	size_t                   rules; /* number of the policy that counts */
	int                      memfd; /* -1: none */
	const char              *base;
	size_t                   map_len;
	uint64_t                 map_id;
	const struct json_hints *hints;   /* offsets from start */
	struct handle           *handle;  /* of the command's argument, NULL */
	int64_t                  reserve; /* handle numbers to set aside, 0 */
	int64_t                  next;    /* the lowest of them */

	const struct request_report *report; /* of the program that is asked about, NULL */
};

int pool_init(struct pool *p, struct front *front, int zygote, struct err *err);

/* Hands a command to a worker. NULL with err when none may or can be used. */
struct worker *pool_call(struct pool *p, const struct command *cmd,
			 const struct pool_arguments *args, const struct pool_client *client,
			 struct err *err);

/* Closes a descriptor that nobody wants, in an idle worker if there is one, since closing can wait
 * for a disk. */
void pool_close(struct pool *p, int fd);

/* A memfd that came with calls is gone: no worker needs to have it mapped. */
void pool_forget_map(struct pool *p, uint64_t map_id);

/* Bytes of the value that have arrived in the ring; consume what was used. 0: none at the moment.
 */
size_t pool_peek(const struct worker *w, const char **ret);
void   pool_consume(struct worker *w, size_t n);

/* The owner is done with a call that has returned and whose bytes are consumed. */
void pool_release(struct worker *w);

/* The owner gives a running call up: it runs to its end, its result is dropped. */
void pool_abandon(struct worker *w);

#endif
