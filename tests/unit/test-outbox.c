/* SPDX-License-Identifier: MIT */
/*
 * Replies that do not fit, and a peer that reads slowly: channel_write() is ours here.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#include <cmocka.h>

#include "base/attr.h"
#include "front/channel.h"
#include "front/outbox.h"

#define NO_MEMORY                                                                                  \
	"{\"error\": {\"class\": \"GenericError\", \"desc\": \"not enough memory for the "         \
	"reply\"}}\n"

/* What the peer takes: `take` bytes at a time, `calls` times, then errno. */
static struct {
	size_t     take;
	int        calls;
	int        error;
	struct buf got;
} peer;

ssize_t channel_write(struct channel *c, const char *buf, size_t n)
{
	(void)c;
	if (peer.calls-- <= 0) {
		errno = peer.error;
		return -1;
	}
	n = n < peer.take ? n : peer.take;
	buf_add(&peer.got, buf, n);
	return (ssize_t)n;
}

static void peer_takes(size_t take, int calls, int error)
{
	buf_fini(&peer.got);
	buf_init(&peer.got, 1 << 20);
	peer.take = take;
	peer.calls = calls;
	peer.error = error;
}

static void expect_got(const char *want)
{
	assert_int_equal(peer.got.len, strlen(want));
	assert_memory_equal(peer.got.data, want, strlen(want));
}

static void test_write(void **state)
{
	struct outbox o;

	(void)state;
	assert_int_equal(outbox_init(&o), 0);
	assert_int_equal(outbox_write(&o, NULL), OUTBOX_EMPTY);
	buf_add_str(&o.buf, "0123456789");
	peer_takes(3, 2, EAGAIN);
	assert_int_equal(outbox_write(&o, NULL), OUTBOX_BLOCKED);
	expect_got("012345");
	assert_int_equal(outbox_pending(&o), 4);
	buf_add_str(&o.buf, "ab");
	peer_takes(100, 1, EAGAIN);
	assert_int_equal(outbox_write(&o, NULL), OUTBOX_EMPTY);
	expect_got("6789ab");
	assert_int_equal(outbox_pending(&o), 0);
	assert_int_equal(o.buf.len, 0);
	buf_add_str(&o.buf, "x");
	peer_takes(1, 0, EPIPE);
	assert_int_equal(outbox_write(&o, NULL), OUTBOX_BROKEN);
	outbox_fini(&o);
	buf_fini(&peer.got);
}

static void test_error_line(void **state)
{
	struct buf    id = BUF_INIT(100);
	struct outbox o;
	struct err    err;

	(void)state;
	assert_int_equal(outbox_init(&o), 0);
	err_init(&err);
	(void)err_set(&err, "no");
	outbox_error(&o, &id, &err);
	buf_add_str(&id, "[1]");
	outbox_error(&o, &id, &err);
	peer_takes(1000, 1, EAGAIN);
	assert_int_equal(outbox_write(&o, NULL), OUTBOX_EMPTY);
	expect_got("{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}\n"
		   "{\"id\": [1], \"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}\n");
	outbox_fini(&o);
	buf_fini(&id);
	buf_fini(&peer.got);
}

/* A reply that does not fit is taken back whole; the ones before it stay. */
static void test_seal(void **state)
{
	struct outbox o;
	size_t        mark;

	(void)state;
	assert_int_equal(outbox_init(&o), 0);
	buf_add_str(&o.buf, "{\"return\": 1}\n");
	mark = outbox_mark(&o);
	buf_add_str(&o.buf, "{\"return\": 2}\n");
	outbox_seal(&o, mark);
	mark = outbox_mark(&o);
	buf_add_str(&o.buf, "{\"return\": [");
	assert_int_equal(buf_reserve(&o.buf, o.buf.limit), -1);
	buf_add_str(&o.buf, "]}\n");
	outbox_seal(&o, mark);
	assert_int_equal(o.buf.failed, false);
	peer_takes(1000, 1, EAGAIN);
	assert_int_equal(outbox_write(&o, NULL), OUTBOX_EMPTY);
	expect_got("{\"return\": 1}\n{\"return\": 2}\n" NO_MEMORY);
	outbox_fini(&o);
	buf_fini(&peer.got);
}

/* After the largest output an idle session keeps little. */
static void test_memory_goes_back(void **state)
{
	struct outbox o;

	(void)state;
	assert_int_equal(outbox_init(&o), 0);
	assert_int_equal(buf_reserve(&o.buf, OUTBOX_HIGH), 0);
	memset(o.buf.data, 'x', OUTBOX_HIGH);
	o.buf.len = OUTBOX_HIGH;
	peer_takes(OUTBOX_HIGH, 1, EAGAIN);
	assert_int_equal(outbox_write(&o, NULL), OUTBOX_EMPTY);
	assert_in_range(o.buf.cap, 1024, 8192);
	outbox_fini(&o);
	buf_fini(&peer.got);
}

/* The largest id fits behind everything that may wait in front of it. */
static void test_room_for_the_largest_id(void **state)
{
	struct buf    id = BUF_INIT(OUTBOX_ID_MAX);
	struct outbox o;
	struct err    err;

	(void)state;
	assert_int_equal(outbox_init(&o), 0);
	assert_int_equal(buf_reserve(&o.buf, OUTBOX_HIGH), 0);
	o.buf.len = OUTBOX_HIGH - 1;
	assert_int_equal(buf_reserve(&id, OUTBOX_ID_MAX), 0);
	memset(id.data, '1', OUTBOX_ID_MAX);
	id.len = OUTBOX_ID_MAX;
	err_init(&err);
	(void)err_set(&err, "no");
	outbox_error(&o, &id, &err);
	assert_int_equal(o.buf.failed, false);
	assert_in_range(o.buf.len, OUTBOX_HIGH + OUTBOX_ID_MAX, OUTBOX_HIGH + OUTBOX_ID_MAX + 1000);
	outbox_fini(&o);
	buf_fini(&id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_error_line),
		cmocka_unit_test(test_seal),
		cmocka_unit_test(test_memory_goes_back),
		cmocka_unit_test(test_room_for_the_largest_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
