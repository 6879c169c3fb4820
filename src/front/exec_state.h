/* SPDX-License-Identifier: MIT */
/*
 * What the files of execs share: execs.c (the table, ends, reports), exec_start.c (from a request
 * to a process), exec_io.c (pipes). Private to them.
 */
#ifndef FRONT_EXEC_STATE_H
#define FRONT_EXEC_STATE_H

#include "front/execs.h"

/* A pipe and its handle. The handle is in `e`, so that memory stays until the loop has let go. */
struct exec_watch {
	struct exec *e;
	int          fd; /* -1: closed */
	bool         watched;
	uv_poll_t    poll;
};

struct exec_stream {
	struct exec_watch pipe;
	int               mem; /* -1: nothing is kept, or not any more */
	size_t            n;   /* bytes in it */
};

enum exec_state {
	EXEC_STARTING, /* its exec has not succeeded yet, as far as we know */
	EXEC_RUNNING,
	EXEC_DRAINING, /* it has ended, its output may not have */
	EXEC_ENDED,
	EXEC_TOLD, /* only its pipes are left */
	EXEC_GONE, /* the loop lets go of its handles */
};

struct exec {
	struct exec        *next;
	struct execs       *table;
	uint64_t            tag;
	int                 pid; /* 0: not known yet */
	enum exec_state     state;
	int                 status; /* as waitpid() gives it */
	uint64_t            end;    /* the how many-th end it was */
	bool                exec_done;
	int                 exec_os; /* errno of exec, or enum ipc_child_refusal */
	size_t              rules;   /* number of the policy under which it was started */
	struct exec_client  client;
	char               *path;   /* for the error text; NULL once it runs */
	struct exec_keeper *keeper; /* of a program that an earlier agent has started, NULL */
	uint64_t            keeper_tag;
	bool                orphaned; /* its keeper is gone */
	struct exec_watch   status_pipe;
	struct exec_watch   input;
	int                 input_mem;
	size_t              input_n;
	struct exec_stream  out;
	struct exec_stream  err;
	uv_timer_t          drain;
	bool                drain_inited;
	bool                ended;   /* the zygote has told its end */
	bool                failed;  /* it never became the program */
	int                 handles; /* open in the loop */
};

/* --- execs.c --- */

/* Both the process id and the outcome of exec may have come: tells the client. */
void exec_settle(struct exec *e);

/* The zygote gives up what it holds of the program. */
void exec_release(struct exec *e, enum ipc_release_what what);

/* A stream has ended. */
void exec_stream_ended(struct exec *e);

/* The program goes out of the table; memory follows when the loop has let go. */
void exec_gone(struct exec *e);

/* It has ended, as waitpid() gives it. */
void exec_ended(struct exec *e, int status);

/* A handle of it is closed. */
void exec_let_go(struct exec *e);

/* --- exec_start.c --- */

/* In the table, as one that is being started; NULL: no memory. */
struct exec *exec_new(struct execs *x, const char *path, const struct exec_client *client);

/* Reads how exec went, if that is known. */
void exec_read_status(struct exec *e);

/* --- exec_adopt.c --- */

/* As exec_release(), for one that has a keeper. */
void exec_keeper_release(const struct exec *e, enum ipc_release_what what);

/* --- exec_io.c --- */

/* Watches w->fd. */
int  exec_watch_start(struct exec_watch *w, int events, uv_poll_cb cb, struct err *err);
void exec_watch_close(struct exec_watch *w);

/* Watches the pipes of a program. */
int exec_io_start(struct exec *e, struct err *err);

/* Reads what is there. */
void exec_io_collect(struct exec *e);

/* Nothing is kept any more. */
void exec_io_drop_output(struct exec *e);
void exec_io_drop_input(struct exec *e);

/* The program reads the end of file: the zygote's descriptor closes too. */
void exec_io_end_input(struct exec *e);

static inline bool exec_io_is_open(const struct exec *e)
{
	return e->out.pipe.fd >= 0 || e->err.pipe.fd >= 0;
}

#endif
