/* SPDX-License-Identifier: MIT */
/*
 * The programs of guest-exec, seen from the front: started through the zygote, their output
 * collected in memory files, their input fed, their end noted until somebody asks. All descriptors
 * here are held by the zygote too (ipc/message.h).
 */
#ifndef FRONT_EXECS_H
#define FRONT_EXECS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/buf.h"
#include "base/err.h"
#include "ipc/message.h"
#include "proto/request.h"

/* Programs that run or are being started. */
#define EXECS_RUNNING_MAX 128

/* Programs that have ended and were not asked about; the oldest goes first. */
#define EXECS_ENDED_MAX 1024

/* Bytes kept of one stream (protocol), and of all together. */
#define EXECS_STREAM_MAX ((size_t)16 << 20)
#define EXECS_OUTPUT_MAX ((size_t)256 << 20)

/* Bytes of input held for programs that run. */
#define EXECS_INPUT_MAX ((size_t)256 << 20)

/* Programs whose end is told and whose pipes others still hold: these are read on, so that nobody
 * is killed by a closed pipe. The oldest is closed first. */
#define EXECS_LINGERING_MAX 256

/* How long the output of a program that has ended may still come from processes that it left. */
#define EXECS_DRAIN_MS 250

struct exec;
struct front;

/* Who waits for a start. The callbacks come from the event loop, never from within execs_start().
 */
struct exec_client {
	void *ctx;
	void (*on_started)(void *ctx, int pid);
	void (*on_failed)(void *ctx, const struct err *err);
};

struct execs {
	struct front *front;
	struct exec  *list;
	uint64_t      next_tag;
	uint64_t      next_end; /* counts ends, to know the oldest */
	size_t        running;
	size_t        ended;
	size_t        lingering;
	size_t        output;   /* bytes kept */
	size_t        input;    /* bytes held */
	struct buf    releases; /* struct ipc_release that wait for room in the zygote's queue */
};

void execs_init(struct execs *x, struct front *front);

/* Takes over what agents before us have started and nobody was told the end of; their keepers are
 * found in the state directory. Waits for answers; before the first client. */
void execs_adopt(struct execs *x, const char *statedir);

/* NULL with err: a limit, memory, descriptors. What child points to is not needed afterwards. */
struct exec *execs_start(struct execs *x, const struct request_child *child,
			 const struct exec_client *client, struct err *err);

/* Nobody waits for the start any more. */
void execs_disown(struct exec *e);

/* What is known of the newest program with this process id; *ret_tag names it, 0: none. */
void execs_report(struct execs *x, int64_t pid, struct request_report *ret, uint64_t *ret_tag);

/* The end of a program has been told. */
void execs_told(struct execs *x, uint64_t tag);

/* A message of the zygote that is about a program. */
void execs_message(struct execs *x, const struct ipc_head *head);

#endif
