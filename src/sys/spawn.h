/* SPDX-License-Identifier: MIT */
/*
 * Helper programs of the guest (poweroff, chpasswd, freeze hooks, …): started, fed, listened to and
 * waited for, with a time limit. It blocks, so it belongs into workers and other processes that
 * may; the caller has one thread, ignores SIGPIPE and does not reap children of its own meanwhile.
 *
 * The program runs in a session of its own with default signals, no descriptors but its three, and
 * our environment; it is searched in PATH. Its standard output and error come back as one text.
 */
#ifndef SYS_SPAWN_H
#define SYS_SPAWN_H

#include <stddef.h>

#include "base/err.h"
#include "sys/root.h"

/* Bytes of output that are kept; what comes after is read and dropped. They fit into an err. */
#define SPAWN_OUTPUT_MAX 8192

/* How long the output is read on after the program's end, if somebody still holds it open. */
#define SPAWN_DRAIN_MS 250

/* Past the time limit: SIGTERM to the process group, SIGKILL this much later, and then this long
 * for the program to go. One that does not even go then (a dead disk) is left behind. */
#define SPAWN_TERM_MS 1000
#define SPAWN_REAP_MS 2000

struct spawn {
	const char *const *argv;      /* NULL at its end */
	const char        *input;     /* for its standard input; NULL: /dev/null */
	size_t             input_len; /* a secret is the caller's to wipe afterwards */
	int                limit_ms;  /* 0: none */
};

enum spawn_end {
	SPAWN_EXITED,
	SPAWN_KILLED,    /* by a signal that is not ours */
	SPAWN_TIMED_OUT, /* past limit_ms */
};

struct spawn_result {
	enum spawn_end end;
	int            status; /* exit status or number of the signal */
	int input_os; /* errno of what kept it from reading all its input (EPIPE: it did not want
			 to), 0 */
	size_t output_len;                   /* at most SPAWN_OUTPUT_MAX */
	char   output[SPAWN_OUTPUT_MAX + 1]; /* NUL-terminated */
};

/*
 * Runs a program to its end, whatever that is. A program that cannot be executed has printed
 * "failed to exec '<name>': <errno>" and exited with status 1. -1: nothing was started, or it could
 * not be listened to; the texts use `action`. In a captured tree nothing is started: status 0.
 */
int spawn_run(const struct sys_root *root, const struct spawn *s, const char *action,
	      struct spawn_result *ret, struct err *err);

/* Whether it did what it was there for; anything but exit status 0 is an error with the protocol's
 * text about `action`. */
int spawn_judge(const struct spawn *s, const struct spawn_result *r, const char *action,
		struct err *err);

/* Both. */
int spawn_helper(const struct sys_root *root, const struct spawn *s, const char *action,
		 struct err *err);

/* For other children of ours: closes all descriptors from this one on; no signal ignored, blocked
 * or handled. */
void spawn_close_from(int from);
void spawn_default_signals(void);

#endif
