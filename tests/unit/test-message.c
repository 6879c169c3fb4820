/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "ipc/message.h"
#include "sample.h"

struct pair {
	int        fd[2];
	struct err err;
};

static void pair_open(struct pair *p)
{
	err_init(&p->err);
	assert_int_equal(ipc_pair(p->fd, &p->err), 0);
	assert_int_equal(fcntl(p->fd[0], F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(fcntl(p->fd[1], F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

static void pair_close(struct pair *p)
{
	(void)close(p->fd[0]);
	(void)close(p->fd[1]);
}

static int count_open(void)
{
	int fd, n = 0;

	for (fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void test_head_only(void **state)
{
	struct ipc_head head = {.type = IPC_STARTED, .started = {.tag = 7, .pid = -5}}, got;
	int             fds[IPC_FDS_MAX], i;
	struct pair     p;

	(void)state;
	pair_open(&p);
	assert_int_equal(ipc_send(p.fd[0], &head, NULL, 0, NULL, 0, 0, &p.err), 0);
	assert_int_equal(ipc_recv(p.fd[1], &got, NULL, 0, fds, 0, &p.err), 1);
	assert_int_equal(got.type, IPC_STARTED);
	assert_int_equal(got.body, 0);
	assert_int_equal(got.started.tag, 7);
	assert_int_equal(got.started.pid, -5);
	for (i = 0; i < IPC_FDS_MAX; i++)
		assert_int_equal(fds[i], -1);
	pair_close(&p);
}

static void test_body(void **state)
{
	struct ipc_head head = {.type = IPC_REQUEST, .request = {.command = 3, .len = 5}}, got;
	char           *body = sample_memory(IPC_REQUEST_INLINE_MAX),
	     *back = sample_memory(IPC_REQUEST_INLINE_MAX);
	int         fds[IPC_FDS_MAX];
	struct pair p;

	(void)state;
	memset(body, 0x5A, IPC_REQUEST_INLINE_MAX);
	pair_open(&p);
	assert_int_equal(ipc_send(p.fd[0], &head, body, IPC_REQUEST_INLINE_MAX, NULL, 0, 0, &p.err),
			 0);
	assert_int_equal(ipc_send(p.fd[0], &head, "short", 5, NULL, 0, 0, &p.err), 0);
	assert_int_equal(ipc_recv(p.fd[1], &got, back, IPC_REQUEST_INLINE_MAX, fds, 0, &p.err), 1);
	assert_int_equal(got.body, IPC_REQUEST_INLINE_MAX);
	assert_memory_equal(back, body, IPC_REQUEST_INLINE_MAX);
	assert_int_equal(ipc_recv(p.fd[1], &got, back, IPC_REQUEST_INLINE_MAX, fds, 0, &p.err), 1);
	assert_int_equal(got.body, 5);
	assert_memory_equal(back, "short", 5);
	pair_close(&p);
	free(body);
	free(back);
}

static void test_descriptors(void **state)
{
	struct ipc_head head = {.type = IPC_RING}, got;
	int             before = count_open(), n;

	(void)state;
	for (n = 1; n <= IPC_FDS_MAX; n++) {
		int         sent[IPC_FDS_MAX], fds[IPC_FDS_MAX], i;
		struct stat st[2];
		struct pair p;

		pair_open(&p);
		for (i = 0; i < n; i++)
			sent[i] = open(i % 2 ? "/dev/zero" : "/dev/null", O_RDONLY | O_CLOEXEC);
		assert_int_equal(ipc_send(p.fd[0], &head, "x", 1, sent, (size_t)n, 0, &p.err), 0);
		assert_int_equal(ipc_recv(p.fd[1], &got, &(char){0}, 1, fds, 0, &p.err), 1);
		for (i = 0; i < IPC_FDS_MAX; i++) {
			if (i >= n) {
				assert_int_equal(fds[i], -1);
				continue;
			}
			assert_int_equal(fstat(sent[i], &st[0]), 0);
			assert_int_equal(fstat(fds[i], &st[1]), 0);
			assert_int_equal(st[0].st_rdev, st[1].st_rdev);
			assert_int_equal(fcntl(fds[i], F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
			(void)close(sent[i]);
			(void)close(fds[i]);
		}
		pair_close(&p);
	}
	assert_int_equal(count_open(), before);
}

static void test_nothing_there(void **state)
{
	struct ipc_head got;
	int             fds[IPC_FDS_MAX];
	struct pair     p;

	(void)state;
	pair_open(&p);
	assert_int_equal(ipc_recv(p.fd[1], &got, NULL, 0, fds, MSG_DONTWAIT, &p.err), -1);
	assert_int_equal(p.err.os, EAGAIN);
	pair_close(&p);
}

static void test_queue_full(void **state)
{
	struct ipc_head head = {.type = IPC_DATA};
	struct pair     p;
	int             sent = 0;

	(void)state;
	pair_open(&p);
	while (sent < 100000 &&
	       ipc_send(p.fd[0], &head, NULL, 0, NULL, 0, MSG_DONTWAIT, &p.err) == 0)
		sent++;
	assert_in_range(sent, 1, 99999);
	assert_int_equal(p.err.os, EAGAIN);
	pair_close(&p);
}

static void test_other_side_gone(void **state)
{
	struct ipc_head head = {.type = IPC_DATA}, got;
	int             fds[IPC_FDS_MAX];
	struct pair     p;

	(void)state;
	pair_open(&p);
	assert_int_equal(ipc_send(p.fd[0], &head, NULL, 0, NULL, 0, 0, &p.err), 0);
	(void)close(p.fd[0]);
	/* what was sent before still arrives */
	assert_int_equal(ipc_recv(p.fd[1], &got, NULL, 0, fds, 0, &p.err), 1);
	assert_int_equal(ipc_recv(p.fd[1], &got, NULL, 0, fds, 0, &p.err), 0);
	assert_int_equal(ipc_send(p.fd[1], &head, NULL, 0, NULL, 0, 0, &p.err), -1);
	assert_int_equal(p.err.os, EPIPE);
	(void)close(p.fd[1]);
}

static void expect_malformed(struct pair *p, size_t room)
{
	char            body[64];
	struct ipc_head got;
	int             fds[IPC_FDS_MAX], i;

	err_init(&p->err);
	assert_int_equal(ipc_recv(p->fd[1], &got, body, room, fds, 0, &p->err), -1);
	assert_string_equal(p->err.text, "a process of the agent sent a malformed message");
	for (i = 0; i < IPC_FDS_MAX; i++)
		if (fds[i] >= 0)
			(void)close(fds[i]);
}

/* The kernel tells of the loss before it hands out what was sent. */
static void test_other_side_gone_without_reading(void **state)
{
	struct ipc_head head = {.type = IPC_DATA}, got;
	int             fds[IPC_FDS_MAX];
	struct pair     p;

	(void)state;
	pair_open(&p);
	assert_int_equal(ipc_send(p.fd[1], &head, NULL, 0, NULL, 0, 0, &p.err), 0);
	assert_int_equal(ipc_send(p.fd[0], &head, NULL, 0, NULL, 0, 0, &p.err), 0);
	(void)close(p.fd[0]);
	assert_int_equal(ipc_recv(p.fd[1], &got, NULL, 0, fds, 0, &p.err), 1);
	assert_int_equal(ipc_recv(p.fd[1], &got, NULL, 0, fds, 0, &p.err), 0);
	(void)close(p.fd[1]);
}

static void test_malformed(void **state)
{
	struct ipc_head head = {.type = IPC_DATA, .body = 0};
	char            bytes[sizeof(head) + 10] = {0};
	int             before = count_open(), null;
	struct pair     p;

	(void)state;
	pair_open(&p);
	/* cut head */
	assert_int_equal(send(p.fd[0], &head, sizeof(head) - 1, 0), sizeof(head) - 1);
	expect_malformed(&p, 64);
	/* the head says less, or more, than there is */
	memcpy(bytes, &head, sizeof(head));
	assert_int_equal(send(p.fd[0], bytes, sizeof(bytes), 0), sizeof(bytes));
	expect_malformed(&p, 64);
	head.body = 11;
	memcpy(bytes, &head, sizeof(head));
	assert_int_equal(send(p.fd[0], bytes, sizeof(bytes), 0), sizeof(bytes));
	expect_malformed(&p, 64);
	/* more than there is room for, though the head agrees with the room */
	head.body = 9;
	memcpy(bytes, &head, sizeof(head));
	assert_int_equal(send(p.fd[0], bytes, sizeof(bytes), 0), sizeof(bytes));
	expect_malformed(&p, 9);
	/* the same with a descriptor, which is not lost */
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(ipc_send(p.fd[0], &head, bytes, 10, &null, 1, 0, &p.err), 0);
	(void)close(null);
	expect_malformed(&p, 9);
	assert_int_equal(ipc_send(p.fd[0], &head, bytes, 10, NULL, 0, 0, &p.err), 0);
	expect_malformed(&p, 0);
	pair_close(&p);
	assert_int_equal(count_open(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_head_only),
		cmocka_unit_test(test_body),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_nothing_there),
		cmocka_unit_test(test_queue_full),
		cmocka_unit_test(test_other_side_gone),
		cmocka_unit_test(test_other_side_gone_without_reading),
		cmocka_unit_test(test_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
