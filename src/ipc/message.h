/* SPDX-License-Identifier: MIT */
/*
 * Messages between our own processes over SOCK_SEQPACKET socketpairs: a fixed head, an optional
 * body, optional descriptors. All processes run the same binary, so heads are plain structs.
 * Nothing here comes from a peer.
 *
 *   front → zygote: START (with the new process's end of a socket pair, or the queue of the log),
 * EXEC, RELEASE zygote → front: STARTED, EXITED; of programs CHILD_STARTED, CHILD_EXITED front →
 * worker: REQUEST (arguments in the body or in a memfd), ACK, CLOSE, FORGET worker → front: RING
 * (with a memfd), DATA, RETURN (of an open: with the file), ERROR (of a close that did not happen:
 * with the file)
 *
 * A worker answers each REQUEST with any number of DATA and one RETURN, or with one ERROR. The
 * value's bytes are the DATA in the ring, in order, then the body of RETURN or the bytes it names
 * in the ring.
 */
#ifndef IPC_MESSAGE_H
#define IPC_MESSAGE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "base/err.h"
#include "json/reader.h"

/* Longer arguments travel as a memfd, longer results through the ring. */
#define IPC_REQUEST_INLINE_MAX ((size_t)64 << 10)
#define IPC_RETURN_INLINE_MAX ((size_t)16 << 10)
#define IPC_FDS_MAX 12

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
	IPC_DETACH, /* front to zygote: leave the terminal; no answer */
	IPC_OPEN,   /* front to opener */
	IPC_OPENED, /* opener to front: with the descriptors; else ERROR */
	IPC_CLOSE,  /* front to an idle worker: close the descriptor that comes along; no answer */
	IPC_GUARD,  /* between the front and the guard or a caller of hooks: ipc/guard.h */
	IPC_EXEC,
	IPC_RELEASE, /* front to zygote: what is kept of a program is not wanted any more */
	IPC_CHILD_STARTED,
	IPC_CHILD_EXITED,
	IPC_KILL, /* front to zygote: end one of its children, or the guard at the other end of the
		     socket that comes along; no answer */
};

/* What an opener does. It knows from the options where that is: the front only says which. */
enum ipc_errand {
	ERRAND_CHANNEL, /* opens it */
	ERRAND_CONTROL, /* makes the control socket */
	ERRAND_PIDFILE, /* opens it, or makes it */
	ERRAND_LOG,     /* opens the file */
	ERRAND_POLICY,  /* reads the configuration again: policy/store.h has what comes of it */
	ERRAND_REMOVE,  /* the control socket and the pid file, as far as they are named */
};

struct ipc_open {
	uint32_t errand;
	uint32_t channel; /* 0: of --method and --path, else that of the configuration */
	uint8_t  control, pidfile;
};

/*
 * Descriptors of an EXEC, in this order, as far as they are there. The child gets the first ones.
 * The others are what the front works with, held by the zygote too, so that the end of the front
 * does not cut the program off from its input and output.
 */
enum ipc_child_fd {
	CHILD_STATUS, /* close-on-exec: end of file is success, else the errno of exec, or an enum
			 ipc_child_refusal */
	CHILD_ARGS,   /* memory file, see ipc/program.h */
	CHILD_STDIN,
	CHILD_STDOUT,
	CHILD_STDERR,
	KEPT_INPUT,      /* pipe */
	KEPT_INPUT_DATA, /* memory file; its offset is what the pipe has got */
	KEPT_OUT,        /* pipe */
	KEPT_OUT_DATA, /* memory file; its offset is its size, sealed against growing: truncated */
	KEPT_ERR,
	KEPT_ERR_DATA,
	CHILD_FDS,
};

struct ipc_exec {
	uint64_t tag;     /* names the program in all further messages */
	uint32_t fds;     /* which come along: bits of enum ipc_child_fd */
	uint32_t channel; /* number of the policy that counts (policy/policies.h) */
	uint8_t  merged;  /* standard error is standard output */
};

/* What the status says in place of an errno: negative. */
enum ipc_child_refusal {
	CHILD_REFUSED = -1, /* the rule about programs does not allow this one */
	CHILD_NO_USER = -2, /* there is no user as whom to run it */
};

enum ipc_release_what {
	RELEASE_INPUT,  /* all is written or nobody reads: the pipe must close */
	RELEASE_OUTPUT, /* its end is told; its pipes are still read */
	RELEASE_ALL,
};

struct ipc_release {
	uint64_t tag;
	uint32_t what; /* enum ipc_release_what */
};

struct ipc_child_exited {
	uint64_t tag;
	int32_t  status; /* as waitpid() gives it */
};

/* What a worker needs to know to report a program; descriptors of what is kept come along. */
struct ipc_report {
	uint64_t out_n;
	uint64_t err_n;
	int32_t  status;
	uint8_t  ended;
	uint8_t  has_out;
	uint8_t  has_err;
	uint8_t  out_truncated;
	uint8_t  err_truncated;
};

/* What a new process is for. */
enum ipc_role {
	ROLE_WORKER,
	ROLE_READER, /* a worker for commands that change nothing */
	ROLE_LOG_WRITER,
	ROLE_OPENER, /* does the errand that the message on its socket pair names */
	ROLE_GUARD,  /* of a freeze: src/guard */
	ROLE_HOOKS,  /* calls the programs around a freeze */
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
 * there is one, then what is kept of a program. */
struct ipc_request {
	uint32_t command; /* index into commands[] */
	uint32_t channel; /* number of the policy that counts (policy/policies.h) */
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
	struct ipc_report report;
};

struct ipc_bytes {
	uint64_t n;
	int64_t  file_first;    /* RETURN of an open: the first number set aside, 0 */
	int32_t  file_deferred; /* RETURN: errno for the next read of the handle, 0 */
	uint8_t  file_opened;   /* RETURN of an open: its descriptor is with the message */
};

/* See ipc/guard.h, which says what the members mean in each message. */
struct ipc_guard {
	uint32_t what;
	uint32_t count;
	uint32_t pending;
	uint32_t reason;
	int64_t  after_s;
	int64_t  deadline_ns;
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
		struct ipc_guard   guard;
		struct ipc_bytes   bytes; /* ACK, RING (size), DATA, RETURN (bytes in the ring, the
					     body is empty then) */
		struct ipc_error        error; /* body: the text */
		struct ipc_exec         exec;
		struct ipc_release      release;
		struct ipc_started      child_started;
		struct ipc_child_exited child_exited;
		struct ipc_open         open;
		struct ipc_exited       kill; /* the pid, 0: of the socket's peer */
	};
	int32_t cpu; /* the processor it was sent from, -1: not known */
};

/* A connected pair, close-on-exec. */
int ipc_pair(int ret_fds[2], struct err *err);

/*
 * One message; body_n bytes go behind the head, whose body and cpu are set here. flags: 0 or
 * MSG_DONTWAIT. Returns 0 or -1 (err->os EAGAIN: the queue is full, EPIPE: nobody is there).
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

/* Closes what nobody has taken of IPC_FDS_MAX places; all are -1 then. They are memory, sockets and
 * lent files, whose close has nothing to tell. */
void ipc_close_fds(int *fds);

/* ipc_send() and ipc_recv() for messages with another head (ipc/handover.h). recv: bytes, 0, -1. */
int ipc_send_bytes(int fd, struct iovec *iov, size_t n_iov, const int *fds, size_t n_fds, int flags,
		   struct err *err);
ssize_t ipc_recv_bytes(int fd, struct iovec *iov, size_t n_iov, int *fds, int flags,
		       struct err *err);

#endif
