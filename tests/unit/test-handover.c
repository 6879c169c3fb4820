/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "ipc/handover.h"
#include "ipc/message.h"

static int pair[2], fds[IPC_FDS_MAX];

static int setup(void **state)
{
	struct err err;

	(void)state;
	err_init(&err);
	return ipc_pair(pair, &err);
}

static int teardown(void **state)
{
	(void)state;
	(void)close(pair[0]);
	(void)close(pair[1]);
	return 0;
}

static void test_descriptors_keep_their_places(void **state)
{
	struct handover h = {.type = HANDOVER_PROGRAM, .tag = 7, .pid = 8, .status = 9}, got;
	int             out = open("/dev/null", O_RDONLY), mem = open("/dev/zero", O_RDONLY), i;
	const int       sent[HANDOVER_FDS] = {-1, -1, out, -1, -1, mem};
	struct err      err;

	(void)state;
	err_init(&err);
	assert_int_equal(handover_send(pair[0], &h, sent, &err), 0);
	assert_int_equal(handover_recv(pair[1], &got, fds, &err), 1);
	assert_int_equal(got.tag, 7);
	assert_int_equal(got.pid, 8);
	assert_int_equal(got.status, 9);
	for (i = 0; i < IPC_FDS_MAX; i++)
		assert_int_equal(fds[i] >= 0, i == HANDOVER_OUT || i == HANDOVER_ERR_DATA);
	(void)close(fds[HANDOVER_OUT]);
	(void)close(fds[HANDOVER_ERR_DATA]);
	(void)close(out);
	(void)close(mem);
}

static void test_nothing_there(void **state)
{
	struct handover got;
	struct err      err;

	(void)state;
	err_init(&err);
	assert_int_equal(handover_recv(pair[1], &got, fds, &err), -1);
	assert_int_equal(err.os, EAGAIN);
	(void)close(pair[0]);
	err_init(&err);
	assert_int_equal(handover_recv(pair[1], &got, fds, &err), 0);
}

static void test_malformed(void **state)
{
	struct handover h = {.type = HANDOVER_PROGRAM, .fds = 1u << HANDOVER_OUT}, got;
	struct err      err;

	(void)state;
	err_init(&err);
	assert_int_equal(write(pair[0], &h, sizeof(h) - 1), sizeof(h) - 1);
	assert_int_equal(handover_recv(pair[1], &got, fds, &err), -1);
	err_init(&err);
	/* names a descriptor that does not come along */
	assert_int_equal(write(pair[0], &h, sizeof(h)), sizeof(h));
	assert_int_equal(handover_recv(pair[1], &got, fds, &err), -1);
	assert_string_equal(err.text, "a keeper of programs sent a malformed message");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_descriptors_keep_their_places),
		CASE(test_nothing_there),
		CASE(test_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
