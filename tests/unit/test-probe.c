/* SPDX-License-Identifier: MIT */
/*
 * Calls that return, that hang, that return too late, that kill their child. Children of probes
 * belong to the caller's parent, so the tests run in a child of a process that reaps.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys/probe.h"

#define MANY 1000

static struct probe_pool *pool;

struct answer {
	int pid;
	int length;
};

/* What a call does is what its subject says. */
static void act(const char *subject, void *to)
{
	struct answer *answer = to;

	if (!strncmp(subject, "hang", 4))
		while (access(subject + 4, F_OK) != 0)
			usleep(10000);
	if (!strcmp(subject, "die"))
		_exit(1);
	answer->pid = getpid();
	answer->length = (int)strlen(subject);
}

struct batch {
	struct probe  probes[MANY];
	struct answer answers[MANY];
	size_t        n;
};

static void add(struct batch *b, const char *subject)
{
	b->probes[b->n] = (struct probe){
		.call = act,
		.key = PROBE_KEY(PROBE_TEST, 1, b->n),
		.subject = subject,
		.answer = &b->answers[b->n],
		.answer_size = sizeof(b->answers[b->n]),
	};
	b->n++;
}

static void run(struct batch *b)
{
	struct err err;

	err_init(&err);
	memset(b->answers, 0, sizeof(b->answers));
	assert_int_equal(probe_run(pool, b->probes, b->n, &err), 0);
}

static void one_child_makes_many_calls(void **state)
{
	static struct batch b;
	size_t              i, round;
	int                 pid = 0;

	(void)state;
	while (b.n < MANY)
		add(&b, b.n % 2 ? "odd" : "even");
	for (round = 0; round < 3; round++) {
		run(&b);
		for (i = 0; i < MANY; i++) {
			assert_true(b.probes[i].answered);
			assert_int_equal(b.answers[i].length, i % 2 ? 3 : 4);
			pid = pid ? pid : b.answers[i].pid;
			/* the same one in the next batch */
			assert_int_equal(b.answers[i].pid, pid);
		}
	}
	assert_int_not_equal(pid, getpid());
	assert_int_equal(probe_out(pool), 0);
}

static void count_letters(const char *subject, void *to)
{
	*(uint8_t *)to = (uint8_t)strlen(subject);
}

static void turn_round(const char *subject, void *to)
{
	char  *answer = to;
	size_t n = strlen(subject), i;

	for (i = 0; i < n; i++)
		answer[i] = subject[n - 1 - i];
}

static void calls_of_different_kinds_share_a_batch(void **state)
{
	uint8_t      first = 0, last = 0;
	char         turned[37];
	struct probe probes[] = {
		{count_letters, PROBE_KEY(PROBE_TEST, 3, 0), "one", &first, sizeof(first), false},
		{turn_round, PROBE_KEY(PROBE_TEST, 3, 1), "two", turned, sizeof(turned), false},
		{act, PROBE_KEY(PROBE_TEST, 3, 2), "die", NULL, sizeof(struct answer), true},
		{count_letters, PROBE_KEY(PROBE_TEST, 3, 3), "four", &last, sizeof(last), false},
	};
	struct err err;

	(void)state;
	err_init(&err);
	memset(turned, 'x', sizeof(turned));
	assert_int_equal(probe_run(pool, probes, 4, &err), 0);
	assert_true(probes[0].answered && probes[1].answered && probes[3].answered);
	assert_false(probes[2].answered);
	assert_int_equal(first, 3);
	assert_string_equal(turned, "owt");
	assert_int_equal(turned[sizeof(turned) - 1], 0);
	assert_int_equal(last, 4);
}

static void a_batch_may_grow(void **state)
{
	static struct batch b;
	static char         longest[20000];

	(void)state;
	memset(longest, 'x', sizeof(longest) - 1);
	while (b.n < 100)
		add(&b, longest);
	run(&b);
	assert_true(b.probes[99].answered);
	assert_int_equal(b.answers[99].length, sizeof(longest) - 1);
	b.n = 0;
	run(&b);
}

static void hanging_calls_cost_only_themselves(void **state)
{
	static struct batch b;
	char                file[] = "/tmp/virtagent-probe-XXXXXX", hang[64];
	int                 i, fd = mkstemp(file);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(unlink(file), 0);
	(void)snprintf(hang, sizeof(hang), "hang%s", file);
	for (i = 0; i < 40; i++)
		add(&b, i == 3 || i == 4 || i == 39 ? hang : "quick");
	run(&b);
	for (i = 0; i < 40; i++)
		assert_int_equal(b.probes[i].answered, i != 3 && i != 4 && i != 39);
	assert_int_equal(probe_out(pool), 3);
	/* not made again while they are out, although they would return now */
	b.probes[3].subject = "quick";
	run(&b);
	assert_false(b.probes[3].answered);
	assert_true(b.probes[5].answered);
	assert_int_equal(probe_out(pool), 3);
	/* late, but at last */
	fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	(void)close(fd);
	for (i = 0; i < 500 && probe_out(pool) > 0; i++)
		usleep(20000);
	assert_int_equal(probe_out(pool), 0);
	run(&b);
	assert_true(b.probes[3].answered && b.probes[4].answered && b.probes[39].answered);
	assert_int_equal(unlink(file), 0);
}

static void past_the_limit_no_calls_are_made(void **state)
{
	static struct batch b;
	char                file[] = "/tmp/virtagent-probe-XXXXXX", hang[64];
	size_t              i, rounds;
	int                 fd = mkstemp(file);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(unlink(file), 0);
	(void)snprintf(hang, sizeof(hang), "hang%s", file);
	while (b.n < PROBE_OUT_MAX + PROBE_CHILDREN_MAX)
		add(&b, hang);
	for (rounds = 0; rounds < 10 && probe_out(pool) < PROBE_OUT_MAX; rounds++)
		run(&b);
	assert_int_equal(probe_out(pool), PROBE_OUT_MAX);
	b.n = 0;
	b.probes[0].key = PROBE_KEY(PROBE_TEST, 2, 0);
	b.probes[0].subject = "quick";
	b.n = 1;
	run(&b);
	assert_false(b.probes[0].answered);
	fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	(void)close(fd);
	for (i = 0; i < 500 && probe_out(pool) > 0; i++)
		usleep(20000);
	assert_int_equal(probe_out(pool), 0);
	run(&b);
	assert_true(b.probes[0].answered);
	assert_int_equal(unlink(file), 0);
}

static void a_child_that_dies_is_replaced(void **state)
{
	static struct batch b;

	(void)state;
	add(&b, "quick");
	add(&b, "die");
	add(&b, "quick");
	run(&b);
	assert_true(b.probes[0].answered && b.probes[2].answered);
	assert_false(b.probes[1].answered);
	assert_int_equal(probe_out(pool), 0);
	b.probes[1].subject = "quick";
	run(&b);
	assert_true(b.probes[1].answered);
}

static int tests_run(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_child_makes_many_calls),
		cmocka_unit_test(calls_of_different_kinds_share_a_batch),
		cmocka_unit_test(a_batch_may_grow),
		cmocka_unit_test(hanging_calls_cost_only_themselves),
		cmocka_unit_test(a_child_that_dies_is_replaced),
		cmocka_unit_test(past_the_limit_no_calls_are_made),
	};
	int failed;

	pool = probe_pool_new();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	probe_pool_free(pool);
	return failed;
}

int main(void)
{
	pid_t tests = fork(), ended;
	int   status, result = 1;

	if (tests == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		exit(tests_run() != 0);
	}
	while ((ended = wait(&status)) > 0)
		if (ended == tests)
			result = !WIFEXITED(status) || WEXITSTATUS(status);
	return result;
}
