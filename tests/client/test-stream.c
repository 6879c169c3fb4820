/* SPDX-License-Identifier: MIT */
/*
 * Streams: what is asked ahead, and that nothing is lost or done twice when something comes in
 * between.
 */
#include "fake.h"

#include <stdlib.h>

#define OPENED SYNCED, "{\"return\": 5}\n"
#define DONE "{\"return\": {}}\n"
#define AT(n) "{\"return\": {\"position\": " #n ", \"eof\": false}}\n"
#define TOOK(n) "{\"return\": {\"count\": " #n ", \"eof\": false}}\n"
#define FULL_READ "{\"return\": {\"count\": 2, \"buf-b64\": \"YWI=\", \"eof\": false}}\n"
#define LAST_READ "{\"return\": {\"count\": 1, \"buf-b64\": \"Yw==\", \"eof\": true}}\n"
#define MORE FULL_READ, FULL_READ, FULL_READ /* READS_MAX less one */
#define ENDS END, END, END
#define END "{\"return\": {\"count\": 0, \"buf-b64\": \"\", \"eof\": true}}\n"
#define REFUSED "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}\n"

static struct qgac_stream *opened(struct fake *f, const char *mode)
{
	struct qgac_stream *s;
	struct qgac_err     err;

	assert_int_equal(qgac_stream_open(f->agent, "/x", mode, 20000, &s, &err), 0);
	qgac_stream_set_chunk(s, 2);
	return s;
}

static void read_piece(struct qgac_stream *s, const char *wanted)
{
	struct qgac_err err;
	const void     *data;
	size_t          n;

	if (qgac_stream_read(s, &data, &n, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(n, strlen(wanted));
	assert_memory_equal(data, wanted, n);
}

static void saw(const struct fake *f, size_t i, const char *text)
{
	if (!strstr(f->seen[i], text))
		fail_msg("request %zu is not one with %s: %s", i, text, f->seen[i]);
}

/* Three more were out when the second came back as the last; no handshake before the close. */
static void test_reads_to_the_end(void **state)
{
	struct fake         f;
	struct qgac_stream *s;
	struct qgac_err     err;
	uint64_t            size;

	(void)state;
	START(&f, OPENED, AT(3), AT(0), FULL_READ, LAST_READ, ENDS, DONE);
	s = opened(&f, "r");
	assert_int_equal(qgac_stream_size(s, &size, &err), 0);
	assert_int_equal(size, 3);
	read_piece(s, "ab");
	read_piece(s, "c");
	read_piece(s, "");
	read_piece(s, "");
	assert_int_equal(qgac_stream_close(s, &err), 0);
	fake_stop(&f);
	saw(&f, 9, "guest-file-close");
}

static void test_short_reads_are_not_asked_ahead(void **state)
{
	struct fake         f;
	struct qgac_stream *s;
	struct qgac_err     err;

	(void)state;
	START(&f, OPENED, "{\"return\": {\"count\": 1, \"buf-b64\": \"YQ==\", \"eof\": false}}\n",
	      "{\"return\": {\"count\": 1, \"buf-b64\": \"Yg==\", \"eof\": false}}\n", DONE);
	s = opened(&f, "r");
	read_piece(s, "a");
	read_piece(s, "b");
	assert_int_equal(qgac_stream_close(s, &err), 0);
	fake_stop(&f);
	saw(&f, 4, "guest-file-close");
}

/* The piece that was on its way is asked for again, from where the caller stands. */
static void test_other_calls_between_reads(void **state)
{
	struct fake         f;
	struct qgac_stream *s;
	struct qgac_err     err;

	(void)state;
	START(&f, OPENED, FULL_READ, FULL_READ, MORE, SYNCED, DONE, AT(4), LAST_READ, ENDS, DONE);
	s = opened(&f, "r");
	read_piece(s, "ab");
	read_piece(s, "ab");
	assert_int_equal(qgac_ping(f.agent, soon(), &err), 0);
	read_piece(s, "c");
	assert_int_equal(qgac_stream_close(s, &err), 0);
	fake_stop(&f);
	saw(&f, 7, "guest-sync");
	saw(&f, 8, "guest-ping");
	saw(&f, 9, "\"offset\": 4, \"whence\": 0");
	saw(&f, 10, "guest-file-read");
}

static void test_a_pipe_that_lost_its_place(void **state)
{
	struct fake         f;
	struct qgac_stream *s;
	struct qgac_err     err;
	const void         *data;
	size_t              n;

	(void)state;
	START(&f, OPENED, FULL_READ, FULL_READ, MORE, SYNCED, DONE, REFUSED, DONE);
	s = opened(&f, "r");
	read_piece(s, "ab");
	read_piece(s, "ab");
	assert_int_equal(qgac_ping(f.agent, soon(), &err), 0);
	assert_int_equal(qgac_stream_read(s, &data, &n, &err), -1);
	assert_int_equal(err.code, QGAC_ERR_REFUSED);
	assert_int_equal(n, 0);
	qgac_stream_abandon(s);
	fake_stop(&f);
	saw(&f, 10, "guest-file-close");
}

static void test_a_read_that_is_refused(void **state)
{
	struct fake         f;
	struct qgac_stream *s;
	struct qgac_err     err;
	const void         *data;
	size_t              n;

	(void)state;
	START(&f, OPENED, FULL_READ, REFUSED, MORE, SYNCED, AT(2), LAST_READ, ENDS, DONE);
	s = opened(&f, "r");
	read_piece(s, "ab");
	assert_int_equal(qgac_stream_read(s, &data, &n, &err), -1);
	assert_int_equal(err.code, QGAC_ERR_REFUSED);
	read_piece(s, "c");
	assert_int_equal(qgac_stream_close(s, &err), 0);
	fake_stop(&f);
	saw(&f, 8, "\"offset\": 2, \"whence\": 0");
}

static void test_reading_and_then_writing(void **state)
{
	struct fake         f;
	struct qgac_stream *s;
	struct qgac_err     err;

	(void)state;
	START(&f, OPENED, FULL_READ, FULL_READ, MORE, SYNCED, AT(4), TOOK(1), LAST_READ, ENDS,
	      DONE);
	s = opened(&f, "r+");
	read_piece(s, "ab");
	read_piece(s, "ab");
	assert_int_equal(qgac_stream_write(s, "z", 1, &err), 0);
	read_piece(s, "c");
	assert_int_equal(qgac_stream_close(s, &err), 0);
	fake_stop(&f);
	saw(&f, 8, "\"offset\": 4, \"whence\": 0");
	saw(&f, 9, "\"buf-b64\": \"eg==\"");
}

/* The caller's memory is another's by the time the agent says that it has not taken all. */
static void test_writes_all(void **state)
{
	struct fake         f;
	struct qgac_stream *s;
	struct qgac_err     err;
	char                data[] = "abc";

	(void)state;
	START(&f, OPENED, TOOK(1), TOOK(1), TOOK(1), TOOK(0), DONE);
	s = opened(&f, "w");
	qgac_stream_set_chunk(s, 0);
	assert_int_equal(qgac_stream_write(s, data, 3, &err), 0);
	memset(data, 'x', 3);
	assert_int_equal(qgac_stream_written(s), 0);
	assert_int_equal(qgac_stream_flush(s, &err), 0);
	assert_int_equal(qgac_stream_written(s), 3);
	assert_int_equal(qgac_stream_write(s, "d", 1, &err), 0);
	assert_int_equal(qgac_stream_flush(s, &err), -1);
	assert_int_equal(err.code, QGAC_ERR_PROTOCOL);
	assert_int_equal(qgac_stream_write(s, "e", 1, &err), -1);
	assert_int_equal(err.code, QGAC_ERR_USAGE);
	assert_int_equal(qgac_stream_flush(s, &err), -1);
	assert_int_equal(qgac_stream_written(s), 3);
	assert_int_equal(qgac_stream_close(s, &err), 0); /* told before */
	fake_stop(&f);
	saw(&f, 3, "\"buf-b64\": \"YmM=\"");
	saw(&f, 4, "\"buf-b64\": \"Yw==\"");
	saw(&f, 6, "guest-file-close");
	assert_int_equal(qgac_stream_close(NULL, &err), 0);
	qgac_stream_abandon(NULL);
}

/* No write is sent before the one in front of it is answered. */
static void test_an_error_comes_with_a_later_call(void **state)
{
	struct fake         f;
	struct qgac_stream *s;
	struct qgac_err     err;

	(void)state;
	START(&f, OPENED, TOOK(2), REFUSED, DONE);
	s = opened(&f, "w");
	assert_int_equal(qgac_stream_write(s, "abcd", 4, &err), 0);
	assert_int_equal(qgac_stream_write(s, "ef", 2, &err), -1);
	assert_int_equal(err.code, QGAC_ERR_REFUSED);
	assert_int_equal(qgac_stream_written(s), 2);
	assert_int_equal(qgac_stream_close(s, &err), 0);
	fake_stop(&f);
	saw(&f, 4, "guest-file-close");

	START(&f, OPENED, REFUSED, DONE);
	s = opened(&f, "w");
	assert_int_equal(qgac_stream_write(s, "ab", 2, &err), 0);
	assert_int_equal(qgac_stream_close(s, &err), -1);
	assert_int_equal(err.code, QGAC_ERR_REFUSED);
	fake_stop(&f);
	saw(&f, 3, "guest-file-close");
}

static void test_other_calls_between_writes(void **state)
{
	struct fake         f;
	struct qgac_stream *s;
	struct qgac_err     err;

	(void)state;
	START(&f, OPENED, TOOK(2), DONE, TOOK(2), SYNCED, DONE, SYNCED, DONE);
	s = opened(&f, "w");
	assert_int_equal(qgac_stream_write(s, "ab", 2, &err), 0);
	assert_int_equal(qgac_stream_flush(s, &err), 0);
	assert_int_equal(qgac_ping(f.agent, soon(), &err), 0);
	assert_int_equal(qgac_stream_write(s, "cd", 2, &err), 0);
	assert_int_equal(qgac_ping(f.agent, soon(), &err), 0);
	assert_int_equal(qgac_stream_write(s, "ef", 2, &err), -1);
	assert_int_equal(err.code, QGAC_ERR_USAGE);
	assert_int_equal(qgac_stream_written(s), 2);
	qgac_stream_abandon(s);
	fake_stop(&f);
}

/* Whichever of handshake and reply it gets in the way of, there is an end. */
static void test_an_agent_that_only_talks(void **state)
{
	struct fake         f;
	struct qgac_stream *s;
	struct qgac_err     err;
	size_t              n = (size_t)4 << 20;
	char               *data = calloc(1, n);
	int                 got;

	(void)state;
	assert_non_null(data);
	START(&f, OPENED, FLOOD);
	qgac_set_reply_max(f.agent, 65536);
	assert_int_equal(qgac_stream_open(f.agent, "/x", "w", 1000, &s, &err), 0);
	qgac_stream_set_chunk(s, n);
	got = qgac_stream_write(s, data, n, &err);
	if (got == 0)
		got = qgac_stream_flush(s, &err);
	assert_int_equal(got, -1);
	assert_true(err.code == QGAC_ERR_PROTOCOL || err.code == QGAC_ERR_TIMEOUT);
	(void)shutdown(qgac_fd(f.agent), SHUT_RDWR);
	qgac_stream_abandon(s);
	fake_stop(&f);
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_to_the_end),
		cmocka_unit_test(test_short_reads_are_not_asked_ahead),
		cmocka_unit_test(test_other_calls_between_reads),
		cmocka_unit_test(test_a_pipe_that_lost_its_place),
		cmocka_unit_test(test_a_read_that_is_refused),
		cmocka_unit_test(test_reading_and_then_writing),
		cmocka_unit_test(test_writes_all),
		cmocka_unit_test(test_an_error_comes_with_a_later_call),
		cmocka_unit_test(test_other_calls_between_writes),
		cmocka_unit_test(test_an_agent_that_only_talks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
