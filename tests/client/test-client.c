/* SPDX-License-Identifier: MIT */
/*
 * The public header as a C program sees it: calls that wait.
 */
#include "fake.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
static struct qgac_reply *call(struct fake *f, const char *command, const char *arguments)
{
	struct qgac_reply *reply;
	struct qgac_err    err;

	if (qgac_call(f->agent, command, arguments, 0, soon(), &reply, &err) < 0)
		fail_msg("%s: %s", command, err.text);
	assert_string_equal(err.text, "");
	return reply;
}

static void test_call_gives_line_and_return(void **state)
{
	struct fake        f;
	struct qgac_reply *reply;
	const char        *line;
	size_t             n;

	(void)state;
	START(&f, SYNCED, "{\"return\": [1, {\"a\": \"b\"}]}\r\n");
	reply = call(&f, "guest-x", "{\"k\": 1}");
	line = qgac_reply_line(reply, &n);
	assert_string_equal(line, "{\"return\": [1, {\"a\": \"b\"}]}\r");
	assert_int_equal(n, strlen(line));
	assert_string_equal(f.seen[1], "{\"execute\": \"guest-x\", \"arguments\": {\"k\": 1}}");
	assert_int_equal((unsigned char)f.seen[0][0], 0xff);
	line = qgac_value_text(qgac_reply_return(reply), &n);
	assert_int_equal(n, 15);
	assert_memory_equal(line, "[1, {\"a\": \"b\"}]", n);
	fake_stop(&f);
	assert_string_equal(qgac_reply_line(reply, NULL), "{\"return\": [1, {\"a\": \"b\"}]}\r");
	qgac_reply_free(reply);
}

static void test_one_handshake_for_many_calls(void **state)
{
	struct fake f;

	(void)state;
	START(&f, SYNCED, "{\"return\": {}}\n", "{\"return\": {}}\n");
	assert_int_equal(qgac_ping(f.agent, soon(), NULL), 0);
	assert_int_equal(qgac_sync(f.agent, soon(), NULL), 0);
	assert_int_equal(qgac_ping(f.agent, soon(), NULL), 0);
	fake_stop(&f);
}

static void test_refusal_has_class_text_and_reply(void **state)
{
	struct fake        f;
	struct qgac_reply *reply;
	struct qgac_err    err;

	(void)state;
	START(&f, SYNCED,
	      "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"\\u201Cno\\u201D\"}}\n",
	      "{\"return\": {}}\n");
	assert_int_equal(qgac_call(f.agent, "guest-x", NULL, 0, soon(), &reply, &err), -1);
	assert_int_equal(err.code, QGAC_ERR_REFUSED);
	assert_int_equal(err.stage, QGAC_STAGE_REPLY);
	assert_string_equal(err.agent_class, "CommandNotFound");
	assert_string_equal(err.text, "\xe2\x80\x9cno\xe2\x80\x9d");
	assert_true(qgac_reply_is_error(reply));
	assert_string_equal(qgac_reply_error_class(reply), "CommandNotFound");
	assert_string_equal(qgac_reply_error_desc(reply), err.text);
	assert_int_equal(qgac_value_kind(qgac_reply_return(reply)), QGAC_ABSENT);
	qgac_reply_free(reply);
	/* a refusal leaves the connection in sync: no second handshake is scripted */
	assert_int_equal(qgac_ping(f.agent, soon(), &err), 0);
	fake_stop(&f);
}

static void test_long_refusal_is_cut_at_a_character(void **state)
{
	struct fake        f;
	struct qgac_reply *reply;
	struct qgac_err    err;
	char               answer[3000] = "{\"error\": {\"class\": \"GenericError\", \"desc\": \"";
	size_t             i;

	(void)state;
	for (i = 0; i < 400; i++)
		strcat(answer, "\xe2\x82\xac");
	strcat(answer, "\"}}\n");
	START(&f, SYNCED, answer);
	assert_int_equal(qgac_call(f.agent, "guest-x", NULL, 0, soon(), &reply, &err), -1);
	assert_int_equal(strlen(err.text) % 3, 0);
	assert_true(strlen(err.text) > 900);
	assert_int_equal(strlen(qgac_reply_error_desc(reply)), 1200);
	qgac_reply_free(reply);
	fake_stop(&f);
}

static void test_values(void **state)
{
	struct fake        f;
	struct qgac_reply *reply;
	struct qgac_value  r, v;
	int64_t            i = 7;
	uint64_t           u = 7;
	double             d = 7;
	bool               b = false;
	char              *s;
	size_t             n;

	(void)state;
	START(&f, SYNCED,
	      "{\"return\": {\"i\": -9223372036854775808, \"u\": 18446744073709551615, \"d\": 1.5, "
	      "\"t\": true, \"n\": null, \"s\": \"a\\u0000\\\"\\u00e4\\n\", \"l\": [], \"e\": "
	      "1e2}}\n");
	reply = call(&f, "guest-x", NULL);
	r = qgac_reply_return(reply);
	assert_int_equal(qgac_value_int64(qgac_value_member(r, "i"), &i), 0);
	assert_true(i == INT64_MIN);
	assert_int_equal(qgac_value_uint64(qgac_value_member(r, "i"), &u), -1);
	assert_true(u == 7);
	assert_int_equal(qgac_value_uint64(qgac_value_member(r, "u"), &u), 0);
	assert_true(u == UINT64_MAX);
	assert_int_equal(qgac_value_int64(qgac_value_member(r, "u"), &i), -1);
	assert_int_equal(qgac_value_int64(qgac_value_member(r, "e"), &i), -1);
	assert_int_equal(qgac_value_double(qgac_value_member(r, "e"), &d), 0);
	assert_true(d == 100);
	assert_int_equal(qgac_value_double(qgac_value_member(r, "d"), &d), 0);
	assert_true(d == 1.5);
	assert_int_equal(qgac_value_bool(qgac_value_member(r, "t"), &b), 0);
	assert_true(b);
	assert_int_equal(qgac_value_bool(qgac_value_member(r, "n"), &b), -1);
	assert_int_equal(qgac_value_kind(qgac_value_member(r, "n")), QGAC_NULL);
	assert_int_equal(qgac_value_kind(qgac_value_member(r, "l")), QGAC_ARRAY);
	v = qgac_value_member(r, "s");
	assert_int_equal(qgac_value_string(v, &s, &n), 0);
	assert_int_equal(n, 7);
	assert_memory_equal(s, "a\xc0\x80\"\xc3\xa4\n", 8);
	free(s);
	assert_int_equal(qgac_value_string(qgac_value_member(r, "i"), &s, &n), -1);
	assert_null(s);
	assert_false(qgac_value_is(v, "a"));
	v = qgac_value_member(qgac_value_member(r, "absent"), "deeper");
	assert_int_equal(qgac_value_kind(v), QGAC_ABSENT);
	assert_null(qgac_value_text(v, &n));
	assert_int_equal(qgac_value_string(v, &s, &n), -1);
	qgac_reply_free(reply);
	fake_stop(&f);
}

static void test_doubles_in_a_comma_locale(void **state)
{
	struct fake        f;
	struct qgac_reply *reply;
	double             d = 0;

	(void)state;
	if (!setlocale(LC_NUMERIC, "de_DE.UTF-8"))
		skip();
	START(&f, SYNCED, "{\"return\": 2.25}\n");
	reply = call(&f, "guest-x", NULL);
	assert_int_equal(qgac_value_double(qgac_reply_return(reply), &d), 0);
	(void)setlocale(LC_NUMERIC, "C");
	assert_true(d == 2.25);
	qgac_reply_free(reply);
	fake_stop(&f);
}

static void test_iteration(void **state)
{
	struct fake        f;
	struct qgac_reply *reply;
	struct qgac_iter   it;
	struct qgac_value  key, v;
	int64_t            i, sum = 0;

	(void)state;
	START(&f, SYNCED, "{\"return\": {\"a\": 1, \"b\": [10, [5], 20], \"c\": {}}}\n");
	reply = call(&f, "guest-x", NULL);
	it = qgac_iter_start(qgac_reply_return(reply));
	assert_true(qgac_iter_next(&it, &key, &v));
	assert_true(qgac_value_is(key, "a"));
	assert_true(qgac_iter_next(&it, &key, &v));
	assert_true(qgac_value_is(key, "b"));
	it = qgac_iter_start(v);
	while (qgac_iter_next(&it, &key, &v)) {
		assert_int_equal(qgac_value_kind(key), QGAC_ABSENT);
		if (qgac_value_int64(v, &i) == 0)
			sum += i;
	}
	assert_true(sum == 30);
	assert_false(qgac_iter_next(&it, &key, &v));
	it = qgac_iter_start(qgac_value_member(qgac_reply_return(reply), "c"));
	assert_false(qgac_iter_next(&it, &key, &v));
	it = qgac_iter_start(qgac_value_member(qgac_reply_return(reply), "a"));
	assert_false(qgac_iter_next(&it, &key, &v));
	qgac_reply_free(reply);
	fake_stop(&f);
}

static void test_info(void **state)
{
	struct fake                f;
	struct qgac_info          *info;
	const struct qgac_command *c;

	(void)state;
	START(&f, SYNCED,
	      "{\"return\": {\"version\": \"10.2.2\", \"supported_commands\": ["
	      "{\"enabled\": false, \"name\": \"guest-a\", \"success-response\": false}, "
	      "{\"name\": \"guest-b\"}], \"__org.virtagent_version\": \"0.1.0\"}}\n",
	      "{\"return\": {\"version\": \"0.15\"}}\n", "{\"return\": 5}\n");
	assert_int_equal(qgac_info(f.agent, soon(), &info, NULL), 0);
	assert_string_equal(qgac_info_version(info), "10.2.2");
	assert_string_equal(qgac_info_virtagent_version(info), "0.1.0");
	assert_int_equal(qgac_info_command_count(info), 2);
	c = qgac_info_command(info, 0);
	assert_string_equal(c->name, "guest-a");
	assert_false(c->enabled || c->success_response);
	c = qgac_info_find_command(info, "guest-b");
	assert_true(c && c->enabled && c->success_response);
	assert_null(qgac_info_find_command(info, "guest-c"));
	assert_null(qgac_info_command(info, 2));
	qgac_info_free(info);

	assert_int_equal(qgac_info(f.agent, soon(), &info, NULL), 0);
	assert_int_equal(qgac_info_command_count(info), 0);
	assert_null(qgac_info_virtagent_version(info));
	qgac_info_free(info);

	assert_int_equal(qgac_info(f.agent, soon(), &info, NULL), -1);
	assert_null(info);
	fake_stop(&f);
}

static void test_raw_goes_out_verbatim(void **state)
{
	static const char  request[] = "{ 'id' :[1,\n2],'execute':'guest-x'}  trailing";
	struct fake        f;
	struct qgac_reply *reply;
	struct qgac_err    err;

	(void)state;
	START(&f, SYNCED, "",
	      "{\"id\": [1, 2], \"error\": {\"class\": \"GenericError\", \"desc\": \"x\"}}\n");
	assert_int_equal(
		qgac_call_raw(f.agent, request, strlen(request) - 9, 0, soon(), &reply, &err), 0);
	assert_true(qgac_reply_is_error(reply));
	assert_string_equal(f.seen[1], "{ 'id' :[1,");
	assert_string_equal(f.seen[2], "2],'execute':'guest-x'} ");
	qgac_reply_free(reply);
	fake_stop(&f);
}

static void test_bad_json_is_found_before_anything_is_sent(void **state)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{"", "request: not valid JSON at line 1, column 1: the text ends here"},
		{"{\"a\" 1}",
		 "request: not valid JSON at line 1, column 6: ':' is missing after the name"},
		{"{\"a\": 1\n\"b\": 2}",
		 "request: not valid JSON at line 2, column 1: ',' or '}' is missing"},
		{"{\"\xc3\xa4\": tru}", "request: not valid JSON at line 1, column 7: unknown word "
					"(names and strings need quotes)"},
		{"{\"a\": [1,]}",
		 "request: not valid JSON at line 1, column 10: a value is missing"},
		{"{\"a\": 01}",
		 "request: not valid JSON at line 1, column 7: numbers do not begin with 0"},
		{"{\"a\": -}", "request: not valid JSON at line 1, column 7: not a number"},
		{"{\"a\": \"b}",
		 "request: not valid JSON at line 1, column 7: this string does not end"},
		{"{\"a\": \"\\q\"}",
		 "request: not valid JSON at line 1, column 8: unknown escape in a string"},
		{"{\"a\": \"\\u12\"}",
		 "request: not valid JSON at line 1, column 8: \\u needs four hexadecimal digits"},
		{"{\"a\": \"\xff\"}", "request: not valid JSON at line 1, column 8: not UTF-8"},
		{"{\"a\": 1", "request: not valid JSON at line 1, column 8: the text ends here, a "
			      "bracket is still open"},
		{"{} {}",
		 "request: not valid JSON at line 1, column 4: text after the end of the value"},
		{"{a: 1}", "request: not valid JSON at line 1, column 2: a quoted name is missing"},
		{"{\"a\": 1, \"a\": 2}", "request: not valid JSON: duplicate key"},
		{"[1]", "request: not a JSON object"},
	};
	struct qgac_err err;
	size_t          i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(qgac_check_request(rows[i].text, strlen(rows[i].text), &err), -1);
		assert_int_equal(err.code, QGAC_ERR_USAGE);
		assert_string_equal(err.text, rows[i].expected);
	}
	assert_int_equal(qgac_check_request("{\"a\0\": 1}", 9, &err), -1);
}

static void test_bad_arguments_and_flags(void **state)
{
	struct fake        f;
	struct qgac_reply *reply;
	struct qgac_err    err;

	(void)state;
	START(&f, SYNCED);
	assert_int_equal(qgac_call(f.agent, "guest-x", "[]", 0, soon(), &reply, &err), -1);
	assert_int_equal(err.code, QGAC_ERR_USAGE);
	assert_string_equal(err.text, "arguments: not a JSON object");
	assert_null(reply);
	assert_int_equal(qgac_call(f.agent, "guest-x", "{}}", 0, soon(), &reply, &err), -1);
	assert_int_equal(err.code, QGAC_ERR_USAGE);
	assert_int_equal(qgac_call(f.agent, "guest-x", NULL, 0x80, soon(), &reply, &err), -1);
	assert_int_equal(err.code, QGAC_ERR_USAGE);
	/* nothing was sent so far: the first line is the handshake */
	assert_int_equal(qgac_sync(f.agent, soon(), &err), 0);
	fake_stop(&f);
}

static void test_no_reply(void **state)
{
	struct fake        f;
	struct qgac_reply *reply;
	struct qgac_err    err;

	(void)state;
	START(&f, SYNCED, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}\n", "",
	      SYNCED, "{\"return\": {}}\n", "");
	assert_int_equal(
		qgac_call(f.agent, "guest-shutdown", NULL, QGAC_NO_REPLY, soon(), &reply, &err),
		-1);
	assert_int_equal(err.code, QGAC_ERR_REFUSED);
	qgac_reply_free(reply);
	/* silence */
	assert_int_equal(qgac_call(f.agent, "guest-shutdown", NULL, QGAC_NO_REPLY,
				   qgac_deadline(50), &reply, &err),
			 0);
	assert_null(reply);
	assert_int_equal(err.code, QGAC_OK);
	/* an old agent that answers; the silence before costs a handshake */
	assert_int_equal(
		qgac_call(f.agent, "guest-shutdown", NULL, QGAC_NO_REPLY, soon(), &reply, &err), 0);
	assert_non_null(reply);
	qgac_reply_free(reply);
	/* the end of the connection */
	assert_int_equal(
		qgac_call(f.agent, "guest-shutdown", NULL, QGAC_NO_REPLY, soon(), &reply, &err), 0);
	assert_null(reply);
	assert_int_equal(qgac_ping(f.agent, soon(), &err), -1);
	assert_int_equal(err.code, QGAC_ERR_CLOSED);
	fake_stop(&f);
}

static void test_late_reply_is_not_taken_for_the_next(void **state)
{
	struct fake        f;
	struct qgac_reply *reply;
	struct qgac_err    err;
	int64_t            i = 0;

	(void)state;
	START(&f, SYNCED, "", "{\"return\": 1}\n" SYNCED, "{\"return\": 2}\n");
	assert_int_equal(qgac_call(f.agent, "guest-x", NULL, 0, qgac_deadline(50), &reply, &err),
			 -1);
	assert_int_equal(err.code, QGAC_ERR_TIMEOUT);
	assert_int_equal(err.stage, QGAC_STAGE_REPLY);
	assert_null(reply);
	reply = call(&f, "guest-y", NULL);
	assert_int_equal(qgac_value_int64(qgac_reply_return(reply), &i), 0);
	assert_true(i == 2);
	qgac_reply_free(reply);
	fake_stop(&f);
}

static void test_bytes_nobody_asked_for(void **state)
{
	struct fake        f;
	struct qgac_reply *reply;
	int64_t            i = 0;

	(void)state;
	START(&f, SYNCED, "{\"return\": 1}\n{\"return\": 9}\n", SYNCED, "{\"return\": 2}\n");
	qgac_reply_free(call(&f, "guest-x", NULL));
	reply = call(&f, "guest-y", NULL);
	assert_int_equal(qgac_value_int64(qgac_reply_return(reply), &i), 0);
	assert_true(i == 2);
	qgac_reply_free(reply);
	fake_stop(&f);
}

static void test_closed_peer_raises_no_signal(void **state)
{
	struct qgac    *agent;
	struct qgac_err err;
	int             pair[2];

	(void)state;
	(void)signal(SIGPIPE, SIG_DFL);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(qgac_open_fd(pair[0], &agent, &err), 0);
	(void)close(pair[1]);
	assert_int_equal(qgac_ping(agent, soon(), &err), -1);
	assert_int_equal(err.code, QGAC_ERR_CLOSED);
	assert_int_equal(err.stage, QGAC_STAGE_SYNC);
	qgac_free(agent);
}

static void test_peer_that_does_not_read(void **state)
{
	struct qgac    *agent;
	struct qgac_err err;
	int             pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(qgac_open_fd(pair[0], &agent, &err), 0);
	assert_int_equal(qgac_ping(agent, qgac_deadline(30), &err), -1);
	assert_int_equal(err.code, QGAC_ERR_TIMEOUT);
	assert_int_equal(err.stage, QGAC_STAGE_UNREAD);
	/* a deadline that has passed already */
	assert_int_equal(qgac_ping(agent, 1, &err), -1);
	assert_int_equal(err.code, QGAC_ERR_TIMEOUT);
	qgac_free(agent);
	(void)close(pair[1]);
}

static void test_reply_bound(void **state)
{
	struct fake        f;
	struct qgac_reply *reply;
	struct qgac_err    err;
	static char        large[4096 + 64], fits[4096 + 2];

	(void)state;
	memset(large, 'x', sizeof(large) - 1);
	memcpy(large, "{\"return\": \"", 12);
	(void)strcpy(large + sizeof(large) - 5, "\"}\n");
	memset(fits, 'x', sizeof(fits) - 1);
	memcpy(fits, "{\"return\": \"", 12);
	(void)strcpy(fits + sizeof(fits) - 4, "\"}\n");
	START(&f, SYNCED, large, SYNCED, fits);
	qgac_set_reply_max(f.agent, 1); /* becomes 4096 */
	assert_int_equal(qgac_call(f.agent, "guest-x", NULL, 0, soon(), &reply, &err), -1);
	assert_int_equal(err.code, QGAC_ERR_PROTOCOL);
	assert_string_equal(err.text, "the reply is larger than 4096 bytes");
	assert_null(reply);
	qgac_reply_free(call(&f, "guest-y", NULL));
	fake_stop(&f);
}

#define LARGE ((size_t)4 << 20)

/* A peer for a request of LARGE bytes. */
struct large {
	int         fd;
	bool        floods; /* writes LARGE blank bytes before it reads on, then answers */
	const char *answer;
};

static void skip_line(int fd)
{
	char    chunk[65536];
	ssize_t n;

	do {
		n = read(fd, chunk, sizeof(chunk));
	} while (n > 0 && chunk[n - 1] != '\n');
}

static void *large_run(void *arg)
{
	struct large *l = arg;
	static char   blank[LARGE];
	char          line[512], c;
	size_t        i;
	ssize_t       n;

	(void)read_line(l->fd, line, sizeof(line));
	send_answer(l->fd, SYNCED, line);
	(void)!read(l->fd, &c, 1);
	if (l->floods) {
		memset(blank, '\n', sizeof(blank));
		for (i = 0; i < sizeof(blank); i += (size_t)n) {
			n = write(l->fd, blank + i, sizeof(blank) - i);
			if (n < 0)
				return NULL;
		}
		skip_line(l->fd);
	}
	send_answer(l->fd, l->answer, "");
	return NULL;
}

static int call_large(bool floods, const char *answer, struct qgac_err *err)
{
	struct large l = {.floods = floods, .answer = answer};
	struct qgac *agent;
	pthread_t    thread;
	char        *arguments = malloc(LARGE + 64);
	int          pair[2], got;

	assert_non_null(arguments);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	l.fd = pair[1];
	assert_int_equal(qgac_open_fd(pair[0], &agent, err), 0);
	assert_int_equal(pthread_create(&thread, NULL, large_run, &l), 0);
	(void)strcpy(arguments, "{\"a\": \"");
	memset(arguments + 7, 'x', LARGE);
	(void)strcpy(arguments + 7 + LARGE, "\"}");
	got = qgac_call(agent, "guest-x", arguments, 0, soon(), NULL, err);
	(void)pthread_join(thread, NULL);
	qgac_free(agent);
	(void)close(pair[1]);
	free(arguments);
	return got;
}

static void test_reads_while_it_writes(void **state)
{
	struct qgac_err err;

	(void)state;
	assert_int_equal(call_large(true, "{\"return\": {}}\n", &err), 0);
}

static void test_answer_before_the_request_is_read(void **state)
{
	struct qgac_err err;

	(void)state;
	assert_int_equal(call_large(false,
				    "{\"error\": {\"class\": \"GenericError\", "
				    "\"desc\": \"JSON token size limit exceeded\"}}\n",
				    &err),
			 -1);
	assert_int_equal(err.code, QGAC_ERR_REFUSED);
}

static void test_descriptors_that_are_refused(void **state)
{
	struct qgac    *agent;
	struct qgac_err err;
	int             fd[2];

	(void)state;
	assert_int_equal(pipe(fd), 0);
	assert_int_equal(qgac_open_fd(fd[1], &agent, &err), -1);
	assert_int_equal(err.code, QGAC_ERR_USAGE);
	assert_null(agent);
	(void)close(fd[0]);
	(void)close(fd[1]);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, fd), 0);
	assert_int_equal(qgac_open_fd(fd[0], &agent, &err), -1);
	assert_int_equal(err.code, QGAC_ERR_USAGE);
	(void)close(fd[0]);
	(void)close(fd[1]);
	assert_int_equal(qgac_open_fd(fd[0], &agent, &err), -1);
	assert_int_equal(err.os, EBADF);
}

static void test_targets(void **state)
{
	struct qgac    *agent;
	struct qgac_err err;

	(void)state;
	assert_int_equal(qgac_connect("guest1", soon(), &agent, &err), -1);
	assert_int_equal(err.code, QGAC_ERR_USAGE);
	assert_int_equal(qgac_connect("unix:", soon(), &agent, &err), -1);
	assert_int_equal(err.code, QGAC_ERR_USAGE);
	assert_int_equal(qgac_connect("/nonexistent/qga.sock", soon(), &agent, &err), -1);
	assert_int_equal(err.code, QGAC_ERR_CONNECT);
	assert_int_equal(err.stage, QGAC_STAGE_CONNECT);
	assert_int_equal(err.os, ENOENT);
	assert_null(agent);
}

static void test_file_calls(void **state)
{
	static const char *const answers[] = {
		SYNCED,
		"{\"return\": 1000}\n",
		"{\"return\": {\"count\": 3, \"eof\": false}}\n",
		"{\"return\": {}}\n",
		"{\"return\": {\"position\": 1099511627776, \"eof\": false}}\n",
		"{\"return\": {\"count\": 4, \"buf-b64\": \"AGEA/w==\", \"eof\": true}}\n",
		"{\"return\": {}}\n",
	};
	struct fake     f;
	struct qgac_err err;
	const void     *data;
	int64_t         handle, position;
	size_t          n;
	bool            eof;

	(void)state;
	fake_start(&f, 7, answers);
	assert_int_equal(qgac_file_open(f.agent, "/a\"\xc3\xa9", "w+", soon(), &handle, &err), 0);
	assert_int_equal(handle, 1000);
	assert_int_equal(qgac_file_write(f.agent, handle, "\0ab", 3, soon(), &n, &err), 0);
	assert_int_equal(n, 3);
	assert_int_equal(qgac_file_flush(f.agent, handle, soon(), &err), 0);
	assert_int_equal(
		qgac_file_seek(f.agent, handle, -5, QGAC_SEEK_END, soon(), &position, &err), 0);
	assert_int_equal(position, INT64_C(1) << 40);
	assert_int_equal(qgac_file_read(f.agent, handle, 100, soon(), &data, &n, &eof, &err), 0);
	assert_int_equal(n, 4);
	assert_memory_equal(data, "\0a\0\xff", 4);
	assert_true(eof);
	assert_int_equal(qgac_file_close(f.agent, handle, soon(), &err), 0);
	fake_stop(&f);
	assert_string_equal(f.seen[1],
			    "{\"execute\": \"guest-file-open\", \"arguments\": {\"path\": "
			    "\"/a\\\"\\u00E9\", \"mode\": \"w+\"}}");
	assert_string_equal(f.seen[2], "{\"execute\": \"guest-file-write\", \"arguments\": "
				       "{\"handle\": 1000, \"buf-b64\": \"AGFi\"}}");
	assert_string_equal(f.seen[4], "{\"execute\": \"guest-file-seek\", \"arguments\": "
				       "{\"handle\": 1000, \"offset\": -5, \"whence\": 2}}");
	assert_string_equal(f.seen[5], "{\"execute\": \"guest-file-read\", \"arguments\": "
				       "{\"handle\": 1000, \"count\": 100}}");
}

/* err may be NULL, and what cannot be asked for is not. */
static void test_file_calls_that_fail(void **state)
{
	static const char *const answers[] = {
		SYNCED,
		"{\"error\": {\"class\": \"GenericError\", \"desc\": \"handle '5' is busy\"}}\n",
		"{\"return\": {\"count\": 5, \"buf-b64\": \"AGEA/w==\", \"eof\": true}}\n",
		SYNCED,
		"{\"return\": {\"count\": 0, \"eof\": false}}\n",
	};
	struct fake     f;
	struct qgac_err err;
	const void     *data = "";
	int64_t         handle = 7;
	size_t          n = 7;
	bool            eof;

	(void)state;
	fake_start(&f, 5, answers);
	assert_int_equal(qgac_file_open(f.agent, "/\xe9", "r", soon(), &handle, &err), -1);
	assert_int_equal(err.code, QGAC_ERR_USAGE);
	assert_int_equal(qgac_file_read(f.agent, 5, 0, soon(), &data, &n, &eof, &err), -1);
	assert_int_equal(err.code, QGAC_ERR_USAGE);
	assert_int_equal(
		qgac_file_read(f.agent, 5, QGAC_FILE_READ_MAX + 1, soon(), &data, &n, &eof, NULL),
		-1);
	assert_int_equal(qgac_file_write(f.agent, 5, "", QGAC_FILE_WRITE_MAX + 1, soon(), &n, &err),
			 -1);
	assert_int_equal(err.code, QGAC_ERR_USAGE);
	assert_int_equal(qgac_file_read(f.agent, 5, 9, soon(), &data, &n, &eof, &err), -1);
	assert_int_equal(err.code, QGAC_ERR_REFUSED);
	assert_string_equal(err.text, "handle '5' is busy");
	assert_int_equal(qgac_file_read(f.agent, 5, 9, soon(), &data, &n, &eof, &err), -1);
	assert_int_equal(err.code, QGAC_ERR_PROTOCOL);
	assert_null(data);
	assert_int_equal(n, 7);
	assert_int_equal(handle, 7);
	assert_int_equal(qgac_sync(f.agent, soon(), &err), 0); /* still in step or again */
	fake_stop(&f);
}

static void test_cancel(void **state)
{
	static const char *const answers[] = {SYNCED, "", SYNCED, "{\"return\": {}}\n"};
	struct fake              f;
	struct qgac_err          err;
	int                      fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	fake_start(&f, 4, answers);
	assert_int_equal(qgac_sync(f.agent, soon(), &err), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	qgac_set_cancel_fd(f.agent, fds[0]);
	assert_int_equal(qgac_ping(f.agent, soon(), &err), -1);
	assert_int_equal(err.code, QGAC_ERR_CANCELLED);
	assert_int_equal(err.stage, QGAC_STAGE_REPLY);
	qgac_set_cancel_fd(f.agent, -1);
	assert_int_equal(qgac_ping(f.agent, soon(), &err), 0);
	fake_stop(&f);
	close(fds[0]);
	close(fds[1]);
}

static void test_destructors_take_null(void **state)
{
	(void)state;
	qgac_free(NULL);
	qgac_reply_free(NULL);
	qgac_info_free(NULL);
	assert_string_equal(qgac_code_text(QGAC_ERR_TIMEOUT), "timed out");
	assert_string_equal(qgac_code_text(-5), "unknown error");
	assert_true(qgac_deadline(INT64_MAX) == INT64_MAX);
	assert_true(qgac_deadline(-1) <= qgac_deadline(0));
	assert_true(strlen(qgac_version()) > 0);
}

static void test_error_size_is_the_abi(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct qgac_err), 1024);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_call_gives_line_and_return),
		cmocka_unit_test(test_one_handshake_for_many_calls),
		cmocka_unit_test(test_refusal_has_class_text_and_reply),
		cmocka_unit_test(test_long_refusal_is_cut_at_a_character),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_doubles_in_a_comma_locale),
		cmocka_unit_test(test_iteration),
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_raw_goes_out_verbatim),
		cmocka_unit_test(test_bad_json_is_found_before_anything_is_sent),
		cmocka_unit_test(test_bad_arguments_and_flags),
		cmocka_unit_test(test_no_reply),
		cmocka_unit_test(test_late_reply_is_not_taken_for_the_next),
		cmocka_unit_test(test_bytes_nobody_asked_for),
		cmocka_unit_test(test_closed_peer_raises_no_signal),
		cmocka_unit_test(test_peer_that_does_not_read),
		cmocka_unit_test(test_reply_bound),
		cmocka_unit_test(test_reads_while_it_writes),
		cmocka_unit_test(test_answer_before_the_request_is_read),
		cmocka_unit_test(test_descriptors_that_are_refused),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_file_calls),
		cmocka_unit_test(test_file_calls_that_fail),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_destructors_take_null),
		cmocka_unit_test(test_error_size_is_the_abi),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
