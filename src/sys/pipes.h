/* SPDX-License-Identifier: MIT */
/*
 * Pipes of a program, and memory files behind them. All state is in the kernel: how far a memory
 * file is filled or emptied is its offset, and that no more is kept is a seal. So whoever holds the
 * same descriptors can go on where another one has ended.
 */
#ifndef SYS_PIPES_H
#define SYS_PIPES_H

#include <stdbool.h>
#include <stddef.h>

enum pipe_result {
	PIPE_AGAIN, /* nothing to be done at the moment */
	PIPE_MORE,  /* a round's bytes are moved, there may be more */
	PIPE_END,   /* the other side has closed, or all is written */
};

/* Moved at most before others have their turn. */
#define PIPE_ROUND ((size_t)1 << 20)

/* Moves what is there to the end of mem, which holds *n bytes, up to `limit`. What is beyond that
 * is thrown away, and mem is sealed then. */
enum pipe_result pipe_collect(int pipe, int mem, size_t *n, size_t limit);

/* Throws away what is there. */
enum pipe_result pipe_discard(int pipe);

/* Moves what mem has left into the pipe. */
enum pipe_result pipe_feed(int mem, int pipe);

/* A memory file for pipe_collect(), or with n bytes for pipe_feed(): -1 with the errno. */
int pipe_memory(const void *data, size_t n, int *ret_os);

/* Whether something was thrown away; how many bytes there are. */
bool   pipe_memory_truncated(int mem);
size_t pipe_memory_size(int mem);

#endif
