/* SPDX-License-Identifier: MIT */
/*
 * The public header in programs with a loop of their own; programs in the guest, which are
 * built on it.
 */
#include "fake.h"

#include <poll.h>
#include <stdlib.h>
#include <time.h>

/* One turn of a loop: 1, 0, -1 as qgac_process(). */
static int turn(struct qgac *agent, struct qgac_reply **ret, struct qgac_err *err)
{
	struct pollfd p = {.fd = qgac_fd(agent), .events = qgac_events(agent)};

	assert_true(p.events & POLLIN);
	assert_int_equal(poll(&p, 1, 20000), 1);
	return qgac_process(agent, ret, err);
}

static int loop(struct qgac *agent, struct qgac_reply **ret, struct qgac_err *err)
{
	int got;

	do {
		got = turn(agent, ret, err);
	} while (got == 0);
	return got;
}

static void test_started_calls(void **state)
{
	struct fake        f;
	struct qgac_reply *reply;
	struct qgac_err    err;
	int64_t            i = 0;

	(void)state;
	START(&f, "garbage\n" SYNCED, "{\"return\": 1}\n", "{\"return\": 2}\n",
	      "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}\n");
	assert_int_equal(qgac_start(f.agent, "guest-x", "{\"a\": 1}", 0, &err), 0);
	assert_int_equal(loop(f.agent, &reply, &err), 1);
	assert_int_equal(qgac_value_int64(qgac_reply_return(reply), &i), 0);
	assert_int_equal(i, 1);
	qgac_reply_free(reply);
	assert_int_equal(qgac_events(f.agent), 0);
	/* in step: no handshake */
	assert_int_equal(qgac_start(f.agent, "guest-y", NULL, 0, &err), 0);
	assert_int_equal(loop(f.agent, NULL, &err), 1);
	assert_int_equal(qgac_start(f.agent, "guest-z", NULL, 0, &err), 0);
	assert_int_equal(loop(f.agent, &reply, &err), -1);
	assert_int_equal(err.code, QGAC_ERR_REFUSED);
	assert_string_equal(qgac_reply_error_desc(reply), "no");
	qgac_reply_free(reply);
	assert_int_equal(qgac_process(f.agent, &reply, &err), -1);
	assert_int_equal(err.code, QGAC_ERR_USAGE);
	fake_stop(&f);
	assert_string_equal(f.seen[1], "{\"execute\": \"guest-x\", \"arguments\": {\"a\": 1}}");
}

static void test_started_calls_do_not_wait(void **state)
{
	struct qgac    *agent;
	struct qgac_err err;
	int             pair[2], i;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(qgac_open_fd(pair[0], &agent, &err), 0);
	assert_int_equal(qgac_start(agent, "guest-x", NULL, 0, &err), 0);
	for (i = 0; i < 100; i++)
		assert_int_equal(qgac_process(agent, NULL, &err), 0);
	(void)close(pair[1]);
	assert_int_equal(loop(agent, NULL, &err), -1);
	assert_int_equal(err.code, QGAC_ERR_CLOSED);
	assert_int_equal(err.stage, QGAC_STAGE_SYNC);
	assert_int_equal(qgac_start(agent, "guest-x", NULL, 0, &err), -1);
	assert_int_equal(err.code, QGAC_ERR_CLOSED);
	qgac_free(agent);
}

static void test_abandoned_and_replaced_calls(void **state)
{
	struct fake        f;
	struct qgac_reply *reply;
	struct qgac_err    err;
	int64_t            i = 0;

	(void)state;
	START(&f, SYNCED, "", "{\"return\": 1}\n" SYNCED, "{\"return\": 2}\n", "", SYNCED,
	      "{\"return\": {}}\n");
	assert_int_equal(qgac_sync(f.agent, soon(), &err), 0);
	assert_int_equal(qgac_start(f.agent, "guest-x", NULL, 0, &err), 0);
	assert_int_equal(qgac_process(f.agent, NULL, &err), 0); /* sends it */
	qgac_abandon(f.agent);
	/* the reply that comes too late belongs to nobody */
	assert_int_equal(qgac_call(f.agent, "guest-y", NULL, 0, soon(), &reply, &err), 0);
	assert_int_equal(qgac_value_int64(qgac_reply_return(reply), &i), 0);
	assert_int_equal(i, 2);
	qgac_reply_free(reply);
	/* another call takes the place of one that was started */
	assert_int_equal(qgac_start(f.agent, "guest-silent", NULL, 0, &err), 0);
	assert_int_equal(qgac_process(f.agent, NULL, &err), 0);
	assert_int_equal(qgac_ping(f.agent, soon(), &err), 0);
	fake_stop(&f);
}

static void test_started_without_reply(void **state)
{
	struct fake        f;
	struct qgac_reply *reply = (struct qgac_reply *)&f;
	struct qgac_err    err;

	(void)state;
	START(&f, SYNCED, "");
	assert_int_equal(qgac_start(f.agent, "guest-shutdown", NULL, QGAC_NO_REPLY, &err), 0);
	assert_int_equal(loop(f.agent, &reply, &err), 1);
	assert_null(reply);
	fake_stop(&f);
}

/* programs */

#define PID "{\"return\": {\"pid\": 42}}\n"
#define RUNS "{\"return\": {\"exited\": false}}\n"

struct collected {
	char   text[2][64];
	size_t n[2];
	int    verdict;
};

static int collect(void *data, int stream, const void *bytes, size_t n)
{
	struct collected *c = data;

	memcpy(c->text[stream - 1] + c->n[stream - 1], bytes, n);
	c->n[stream - 1] += n;
	return c->verdict;
}

static void test_exec(void **state)
{
	struct collected  c = {.verdict = 0};
	struct fake       f;
	struct qgac_exec *e = qgac_exec_new("/bin/x");
	struct qgac_err   err;

	(void)state;
	START(&f, SYNCED, PID, RUNS, RUNS,
	      "{\"return\": {\"exited\": true, \"exitcode\": 7, \"out-data\": \"AGE=\", "
	      "\"err-data\": \"Yg==\", \"out-truncated\": true}}\n");
	assert_int_equal(qgac_exec_arg(e, "-c"), 0);
	assert_int_equal(qgac_exec_arg(e, "\xc3\xa4 \"b"), 0);
	assert_int_equal(qgac_exec_env(e, "A=b"), 0);
	assert_int_equal(qgac_exec_input(e, "hi\n", 3), 0);
	qgac_exec_on_output(e, collect, &c);
	assert_int_equal(qgac_exec_run(e, f.agent, soon(), &err), 0);
	assert_int_equal(qgac_exec_pid(e), 42);
	assert_int_equal(qgac_exec_exitcode(e), 7);
	assert_int_equal(qgac_exec_signal(e), -1);
	assert_true(qgac_exec_truncated(e, 1));
	assert_false(qgac_exec_truncated(e, 2));
	assert_int_equal(c.n[0], 2);
	assert_memory_equal(c.text[0], "\0a", 2);
	assert_memory_equal(c.text[1], "b", 1);
	assert_int_equal(qgac_exec_start(e, f.agent, &err), -1);
	qgac_exec_free(e);
	fake_stop(&f);
	assert_string_equal(f.seen[1],
			    "{\"execute\": \"guest-exec\", \"arguments\": {\"path\": \"/bin/x\", "
			    "\"arg\": [\"-c\", \"\\u00E4 \\\"b\"], \"env\": [\"A=b\"], "
			    "\"input-data\": \"aGkK\", \"capture-output\": true}}");
	assert_string_equal(f.seen[2], "{\"execute\": \"guest-exec-status\", \"arguments\": "
				       "{\"pid\": 42}}");
}

/* The same in a loop, with timers; death by a signal. */
static void test_exec_in_a_loop(void **state)
{
	struct fake       f;
	struct qgac_exec *e = qgac_exec_new("sleep");
	struct qgac_err   err;
	int               got, turns = 0;

	(void)state;
	START(&f, SYNCED, PID, RUNS, "{\"return\": {\"exited\": true, \"signal\": 9}}\n");
	qgac_exec_capture(e, false);
	assert_int_equal(qgac_exec_env(e, NULL), 0);
	assert_int_equal(qgac_exec_start(e, f.agent, &err), 0);
	do {
		struct pollfd p = {.fd = qgac_fd(f.agent), .events = qgac_events(f.agent)};
		int64_t       when = qgac_exec_when(e), now = qgac_deadline(0);

		if (p.events == 0)
			assert_true(when < INT64_MAX);
		(void)poll(&p, 1, when == INT64_MAX ? 20000 : (int)((when - now) / 1000000 + 1));
		got = qgac_exec_process(e, &err);
		turns++;
	} while (got == 0);
	assert_int_equal(got, 1);
	assert_true(turns < 50);
	assert_int_equal(qgac_exec_signal(e), 9);
	assert_int_equal(qgac_exec_exitcode(e), -1);
	qgac_exec_free(e);
	fake_stop(&f);
	assert_string_equal(f.seen[1], "{\"execute\": \"guest-exec\", \"arguments\": {\"path\": "
				       "\"sleep\", \"env\": [], \"capture-output\": false}}");
}

static void test_exec_that_fails(void **state)
{
	struct collected  c = {.verdict = 1};
	struct fake       f;
	struct qgac_exec *e;
	struct qgac_err   err;

	(void)state;
	START(&f, SYNCED, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no such\"}}\n",
	      "{\"return\": {\"pid\": -1}}\n", PID, "{\"return\": {}}\n", PID,
	      "{\"return\": {\"exited\": true, \"exitcode\": 0, \"out-data\": \"?\"}}\n", PID,
	      "{\"return\": {\"exited\": true, \"exitcode\": 0, \"out-data\": \"YQ==\"}}\n");
	e = qgac_exec_new("x");
	assert_int_equal(qgac_exec_run(e, f.agent, soon(), &err), -1);
	assert_int_equal(err.code, QGAC_ERR_REFUSED);
	qgac_exec_free(e);
	e = qgac_exec_new("x");
	assert_int_equal(qgac_exec_run(e, f.agent, soon(), &err), -1);
	assert_int_equal(err.code, QGAC_ERR_PROTOCOL);
	qgac_exec_free(e);
	e = qgac_exec_new("x");
	assert_int_equal(qgac_exec_run(e, f.agent, soon(), &err), -1);
	assert_int_equal(err.code, QGAC_ERR_PROTOCOL);
	qgac_exec_free(e);
	e = qgac_exec_new("x");
	assert_int_equal(qgac_exec_run(e, f.agent, soon(), &err), -1);
	assert_int_equal(err.code, QGAC_ERR_PROTOCOL);
	qgac_exec_free(e);
	e = qgac_exec_new("x");
	qgac_exec_on_output(e, collect, &c);
	assert_int_equal(qgac_exec_run(e, f.agent, soon(), &err), -1);
	assert_int_equal(err.code, QGAC_ERR_CANCELLED);
	qgac_exec_free(e);
	e = qgac_exec_new("\xff");
	assert_int_equal(qgac_exec_run(e, f.agent, soon(), &err), -1);
	assert_int_equal(err.code, QGAC_ERR_USAGE);
	assert_int_equal(qgac_exec_process(e, &err), -1);
	assert_int_equal(qgac_exec_kill(e, 9, &err), -1);
	qgac_exec_free(e);
	qgac_exec_free(NULL);
	fake_stop(&f);
}

/* The time limit passes, the program is killed in the guest, and waited for again. */
static void test_exec_that_is_late(void **state)
{
	struct fake       f;
	struct qgac_exec *e = qgac_exec_new("sleep");
	struct qgac_err   err;

	(void)state;
	START(&f, SYNCED, PID, "", SYNCED, PID,
	      "{\"return\": {\"exited\": true, \"exitcode\": 0}}\n",
	      "{\"return\": {\"exited\": true, \"signal\": 15}}\n");
	assert_int_equal(qgac_exec_run(e, f.agent, qgac_deadline(100), &err), -1);
	assert_int_equal(err.code, QGAC_ERR_TIMEOUT);
	assert_int_equal(qgac_exec_kill(e, 15, &err), 0);
	assert_int_equal(qgac_exec_wait(e, soon(), &err), 0);
	assert_int_equal(qgac_exec_signal(e), 15);
	qgac_exec_free(e);
	fake_stop(&f);
	assert_string_equal(f.seen[4], "{\"execute\": \"guest-exec\", \"arguments\": {\"path\": "
				       "\"kill\", \"arg\": [\"-15\", \"42\"], "
				       "\"capture-output\": true}}");
}

/* streams */

static void test_base64_values(void **state)
{
	struct fake        f;
	struct qgac_reply *reply;
	struct qgac_err    err;
	void              *data;
	size_t             n = 7;

	(void)state;
	START(&f, SYNCED, "{\"return\": {\"a\": \"YQBi\", \"b\": \"x\", \"c\": 5, \"d\": \"\"}}\n");
	assert_int_equal(qgac_call(f.agent, "guest-x", NULL, 0, soon(), &reply, &err), 0);
	assert_int_equal(
		qgac_value_base64(qgac_value_member(qgac_reply_return(reply), "a"), &data, &n), 0);
	assert_int_equal(n, 3);
	assert_memory_equal(data, "a\0b", 4);
	free(data);
	assert_int_equal(
		qgac_value_base64(qgac_value_member(qgac_reply_return(reply), "d"), &data, &n), 0);
	assert_int_equal(n, 0);
	free(data);
	assert_int_equal(
		qgac_value_base64(qgac_value_member(qgac_reply_return(reply), "b"), &data, &n), -1);
	assert_null(data);
	assert_int_equal(
		qgac_value_base64(qgac_value_member(qgac_reply_return(reply), "c"), &data, &n), -1);
	qgac_reply_free(reply);
	fake_stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_started_calls),
		cmocka_unit_test(test_started_calls_do_not_wait),
		cmocka_unit_test(test_abandoned_and_replaced_calls),
		cmocka_unit_test(test_started_without_reply),
		cmocka_unit_test(test_exec),
		cmocka_unit_test(test_exec_in_a_loop),
		cmocka_unit_test(test_exec_that_fails),
		cmocka_unit_test(test_exec_that_is_late),
		cmocka_unit_test(test_base64_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
