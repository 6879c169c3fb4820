/* SPDX-License-Identifier: MIT */
/*
 * A writer of the log, for tests that are its parent.
 */
#ifndef TESTS_UNIT_LOG_WRITER_H
#define TESTS_UNIT_LOG_WRITER_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>

#include <cmocka.h>

/* Before it is started: it may be told of its end before it has asked to be. */
static inline void writer_prepare(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

/* Ends it as the end of its parent would. */
static inline void end_writer(pid_t pid)
{
	int status;

	assert_int_equal(kill(pid, SIGUSR1), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

#endif
