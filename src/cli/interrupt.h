/* SPDX-License-Identifier: MIT */
/*
 * SIGINT, SIGTERM and SIGHUP while something would be left behind: a handle in the guest, half a
 * file here. The first one makes everything that waits give up, so that the verb can clean up; a
 * second one ends the program at once. The state is the process's, like its signal handlers.
 */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <stdbool.h>

/*
 * From here on. Signals that are ignored stay so. Returns a descriptor that becomes readable with
 * the first signal, or -1 when there is none to be had. SIGPIPE is ignored from here on: writing
 * gives EPIPE.
 */
int interrupt_watch(void);

/* A write gave EPIPE: ends the program like an interrupt, unless the caller of vactl ignores
 * SIGPIPE. */
void interrupt_broken_pipe(void);

bool interrupt_seen(void);

/* Which one it was; 0 if none was. */
int interrupt_signal(void);

/* Waits until fd is ready for `events` of poll(2): 0, or -1 after an interrupt. */
int interrupt_wait(int fd, short events);

/*
 * Ends the program by the signal that was seen, as its parent expects; without one, returns status.
 */
int interrupt_end(int status);

#endif
