/* SPDX-License-Identifier: MIT */
/*
 * Messages between our own processes over SOCK_SEQPACKET socketpairs: a fixed head, an optional
 * body, optional descriptors. All processes run the same binary, so heads are plain structs.
 * Nothing here comes from a peer.
 *
 *   front → zygote: START (with the new process's end of a socket pair, or the queue of the log)
 *   zygote → front: STARTED, EXITED
 *   front → worker: REQUEST (arguments in the body or in a memfd), ACK, CLOSE, FORGET
 *   worker → front: RING (with a memfd), DATA, RETURN (of an open: with the file), ERROR (of a
 * close that did not happen: with the file)
 *
 * A worker answers each REQUEST with any number of DATA and one RETURN, or with one ERROR. The
 * value's bytes are the DATA in the ring, in order, then the body of RETURN or the bytes it names
 * in the ring.
 */
#ifndef IPC_MESSAGE_H
#define IPC_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "json/reader.h"

/* Longer arguments travel as a memfd, longer results through the ring. */
#define IPC_REQUEST_INLINE_MAX ((size_t)64 << 10)
#define IPC_RETURN_INLINE_MAX ((size_t)16 << 10)
#define IPC_FDS_MAX 4

enum ipc_type {
	IPC_START = 1,
	IPC_STARTED,
	IPC_EXITED,
	IPC_REQUEST,
	IPC_ACK,
	IPC_RING,
	IPC_DATA,
	IPC_RETURN,
	IPC_ERROR,
	IPC_FORGET, /* front to an idle worker: unmap the memfd of the last request; no answer */
	IPC_CLOSE,  /* front to an idle worker: close the descriptor that comes along; no answer */
};

/* What a new process is for. */
enum ipc_role {
	ROLE_WORKER,
	ROLE_LOG_WRITER,
	ROLES,
};

struct ipc_start {
	uint64_t tag; /* echoed in STARTED */
	uint32_t role;
};

struct ipc_started {
	uint64_t tag;
	int32_t  pid; /* negative: -errno of fork */
};

struct ipc_exited {
	int32_t pid;
	int32_t status; /* as waitpid() gives it */
};

/* Descriptors of a REQUEST: first the memfd, if it is new to the worker, then the lent file, if
 * there is one. */
struct ipc_request {
	uint32_t command; /* index into commands[] */
	uint8_t  in_memfd;
	uint8_t has_memfd; /* its descriptor is with the message; else the worker knows it by map_id
			    */
	uint8_t           has_file;
	uint8_t           file_busy;
	int32_t           file_deferred;
	int64_t           file_reserve;
	int64_t           file_next; /* no number below this is free */
	uint64_t          map_id;    /* different for every memfd */
	uint64_t          map_len;   /* of the memfd */
	uint64_t          offset;    /* of the arguments in body or memfd */
	uint64_t          len;       /* bytes of the arguments, 0: absent */
	struct json_hints hints;     /* offsets from the arguments' start */
};

struct ipc_bytes {
	uint64_t n;
	int64_t  file_first;    /* RETURN of an open: the first number set aside, 0 */
	int32_t  file_deferred; /* RETURN: errno for the next read of the handle, 0 */
	uint8_t  file_opened;   /* RETURN of an open: its descriptor is with the message */
};

struct ipc_error {
	uint32_t class;
	int32_t os;
	int32_t file_deferred; /* as in RETURN */
};

struct ipc_head {
	uint32_t type;
	uint32_t body; /* bytes after the head */
	union {
		struct ipc_start   start;
		struct ipc_started started;
		struct ipc_exited  exited;
		struct ipc_request request;
		struct ipc_bytes   bytes; /* ACK, RING (size), DATA, RETURN (bytes in the ring, the
					     body is empty then) */
		struct ipc_error error;   /* body: the text */
	};
};

/* A connected pair, close-on-exec. */
int ipc_pair(int ret_fds[2], struct err *err);

/*
 * One message; body_n bytes go behind the head. flags: 0 or MSG_DONTWAIT. Returns 0 or -1 (err->os
 * EAGAIN: the queue is full, EPIPE: nobody is there).
 */
int ipc_send(int fd, struct ipc_head *head, const void *body, size_t body_n, const int *fds,
	     size_t n_fds, int flags, struct err *err);

/*
 * 1: received, 0: the other side is gone, -1: err (os EAGAIN with MSG_DONTWAIT: nothing there).
 * On 1 the descriptors are close-on-exec and owned by the caller; unused places of fds are -1. fds
 * has IPC_FDS_MAX places.
 */
int ipc_recv(int fd, struct ipc_head *head, void *body, size_t body_max, int *fds, int flags,
	     struct err *err);

#endif
