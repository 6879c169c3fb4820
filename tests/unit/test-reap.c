/* SPDX-License-Identifier: MIT */
/* Children that end, that do not, and whose ends nobody wants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/reap.h"

static int64_t far_away(void)
{
	return clock_monotonic_ns() + 60 * NS_PER_S;
}

static pid_t child(int code, int sig)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	if (sig)
		(void)raise(sig);
	_exit(code);
}

static void children_that_end(void **state)
{
	int status;

	(void)state;
	assert_int_equal(reap_until(child(7, 0), far_away(), &status), 1);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	assert_int_equal(reap_until(child(0, SIGKILL), far_away(), &status), 1);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void one_that_is_stopped(void **state)
{
	pid_t pid = child(0, SIGSTOP);
	int   status;

	(void)state;
	assert_int_equal(reap_until(pid, 0, &status), 0);
	assert_int_equal(reap_until(pid, clock_monotonic_ns() + 5 * NS_PER_MS, &status), 0);
	reap_kill(pid);
	(void)reap_until(pid, far_away(),
			 &status); /* a busy machine may need longer than that waits */
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
}

static void ends_that_nobody_wants(void **state)
{
	int status = 0;

	(void)state;
	(void)signal(SIGCHLD, SIG_IGN);
	assert_int_equal(reap_until(child(7, 0), far_away(), &status), 1);
	assert_int_equal(status, REAP_UNKNOWN);
	(void)signal(SIGCHLD, SIG_DFL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(children_that_end),
		cmocka_unit_test(one_that_is_stopped),
		cmocka_unit_test(ends_that_nobody_wants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
