/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "base/attr.h"
#include "sys/pipes.h"

#define LIMIT ((size_t)100000)

struct ends {
	int    fds[2];
	int    mem;
	size_t n;
};

static void ends_open(struct ends *e)
{
	int os;

	assert_int_equal(pipe2(e->fds, O_CLOEXEC | O_NONBLOCK), 0);
	e->mem = pipe_memory(NULL, 0, &os);
	assert_true(e->mem >= 0);
	e->n = 0;
}

static void ends_close(struct ends *e)
{
	(void)close(e->fds[0]);
	(void)close(e->fds[1]);
	(void)close(e->mem);
}

static void put(struct ends *e, const char *text)
{
	assert_int_equal(write(e->fds[1], text, strlen(text)), strlen(text));
}

static enum pipe_result collect(struct ends *e)
{
	return pipe_collect(e->fds[0], e->mem, &e->n, LIMIT);
}

static void test_collects_in_order(void **state)
{
	struct ends e;
	char        bytes[16];

	(void)state;
	ends_open(&e);
	assert_int_equal(collect(&e), PIPE_AGAIN);
	put(&e, "abc");
	assert_int_equal(collect(&e), PIPE_AGAIN);
	put(&e, "def");
	(void)close(take_fd(&e.fds[1]));
	assert_int_equal(collect(&e), PIPE_END);
	assert_int_equal(e.n, 6);
	assert_int_equal(pipe_memory_size(e.mem), 6);
	assert_int_equal(pread(e.mem, bytes, sizeof(bytes), 0), 6);
	assert_memory_equal(bytes, "abcdef", 6);
	assert_false(pipe_memory_truncated(e.mem));
	ends_close(&e);
}

/* Fills the pipe with n bytes in all, emptying it on the way. */
static void flow(struct ends *e, size_t n)
{
	static char zeros[4096];

	while (n > 0) {
		size_t take = n < sizeof(zeros) ? n : sizeof(zeros);

		assert_int_equal(write(e->fds[1], zeros, take), take);
		n -= take;
		assert_int_equal(collect(e), PIPE_AGAIN);
	}
}

static void test_exactly_the_limit_is_not_truncated(void **state)
{
	struct ends e;

	(void)state;
	ends_open(&e);
	flow(&e, LIMIT);
	assert_int_equal(e.n, LIMIT);
	assert_false(pipe_memory_truncated(e.mem));
	flow(&e, 1);
	assert_int_equal(e.n, LIMIT);
	assert_true(pipe_memory_truncated(e.mem));
	flow(&e, 3 * LIMIT);
	assert_int_equal(pipe_memory_size(e.mem), LIMIT);
	(void)close(take_fd(&e.fds[1]));
	assert_int_equal(collect(&e), PIPE_END);
	ends_close(&e);
}

static void test_another_holder_goes_on(void **state)
{
	struct ends e;
	int         other;
	char        bytes[16];

	(void)state;
	ends_open(&e);
	put(&e, "one");
	assert_int_equal(collect(&e), PIPE_AGAIN);
	other = dup(e.mem);
	(void)close(e.mem);
	e.mem = other;
	e.n = pipe_memory_size(other);
	put(&e, "two");
	assert_int_equal(collect(&e), PIPE_AGAIN);
	assert_int_equal(pread(e.mem, bytes, sizeof(bytes), 0), 6);
	assert_memory_equal(bytes, "onetwo", 6);
	ends_close(&e);
}

static void test_discards(void **state)
{
	struct ends e;

	(void)state;
	ends_open(&e);
	assert_int_equal(pipe_discard(e.fds[0]), PIPE_AGAIN);
	put(&e, "abc");
	assert_int_equal(pipe_discard(e.fds[0]), PIPE_AGAIN);
	(void)close(take_fd(&e.fds[1]));
	assert_int_equal(pipe_discard(e.fds[0]), PIPE_END);
	ends_close(&e);
}

static void test_feeds_with_back_pressure(void **state)
{
	static char      data[300000], got[300000];
	struct ends      e;
	size_t           n = 0, i;
	enum pipe_result result;
	int              os, mem;

	(void)state;
	for (i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 7 + i / 251);
	ends_open(&e);
	mem = pipe_memory(data, sizeof(data), &os);
	assert_true(mem >= 0);
	assert_int_equal(pipe_feed(mem, e.fds[1]), PIPE_AGAIN);
	assert_int_equal(pipe_feed(mem, e.fds[1]), PIPE_AGAIN);
	do {
		ssize_t some;

		while ((some = read(e.fds[0], got + n, sizeof(got) - n)) > 0)
			n += (size_t)some;
		result = pipe_feed(mem, e.fds[1]);
	} while (n < sizeof(got));
	assert_int_equal(result, PIPE_END);
	assert_memory_equal(got, data, sizeof(data));
	(void)close(mem);
	ends_close(&e);
}

static void test_feeding_nobody_ends(void **state)
{
	struct ends e;
	int         os, mem = pipe_memory("abc", 3, &os);

	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	ends_open(&e);
	(void)close(take_fd(&e.fds[0]));
	assert_int_equal(pipe_feed(mem, e.fds[1]), PIPE_END);
	(void)close(mem);
	ends_close(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_collects_in_order),
		cmocka_unit_test(test_exactly_the_limit_is_not_truncated),
		cmocka_unit_test(test_another_holder_goes_on),
		cmocka_unit_test(test_discards),
		cmocka_unit_test(test_feeds_with_back_pressure),
		cmocka_unit_test(test_feeding_nobody_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
