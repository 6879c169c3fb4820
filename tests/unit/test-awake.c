/* SPDX-License-Identifier: MIT */
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "front/vigil.h"
#include "ipc/awake.h"

/* Any but this one; on a machine with one processor there is none, which does not matter here. */
static int32_t other_cpu(void)
{
	return sched_getcpu() + 1;
}

static void stay_here(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	assert_int_equal(sched_setaffinity(0, sizeof(set), &set), 0);
}

static void quick_and_from_elsewhere_pays(void **state)
{
	struct ipc_head head = {.cpu = other_cpu()};

	(void)state;
	/* in the future, so that no pause of ours makes it late */
	assert_true(awake_pays(&head, clock_monotonic_ns() + NS_PER_S));
}

static void late_does_not_pay(void **state)
{
	struct ipc_head head = {.cpu = other_cpu()};

	(void)state;
	assert_false(awake_pays(&head, clock_monotonic_ns() - AWAKE_NS - 1));
}

static void own_or_unknown_processor_does_not_pay(void **state)
{
	struct ipc_head head = {.cpu = sched_getcpu()};
	int64_t         soon = clock_monotonic_ns() + NS_PER_S;

	(void)state;
	assert_false(awake_pays(&head, soon));
	head.cpu = -1;
	assert_false(awake_pays(&head, soon));
}

static void messages_say_where_they_come_from(void **state)
{
	struct ipc_head head = {.type = IPC_ACK, .cpu = -2}, got;
	int             fd[2], fds[IPC_FDS_MAX];
	struct err      err;

	(void)state;
	err_init(&err);
	assert_int_equal(ipc_pair(fd, &err), 0);
	assert_int_equal(ipc_send(fd[0], &head, NULL, 0, NULL, 0, 0, &err), 0);
	assert_int_equal(ipc_recv(fd[1], &got, NULL, 0, fds, 0, &err), 1);
	assert_int_equal(got.cpu, sched_getcpu());
	(void)close(fd[0]);
	(void)close(fd[1]);
}

static void waits_no_longer_than_it_should(void **state)
{
	int     fd[2];
	int64_t begun = clock_monotonic_ns();

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd), 0);
	awake_wait(fd[0], begun);
	assert_true(clock_monotonic_ns() - begun >= AWAKE_NS);
	awake_wait(fd[0], begun); /* that time is over: comes back all the same */
	(void)close(fd[0]);
	(void)close(fd[1]);
}

static void comes_back_for_a_message_and_for_the_end(void **state)
{
	int fd[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd), 0);
	assert_int_equal(send(fd[1], "x", 1, 0), 1);
	/* would not within the life of this test otherwise */
	awake_wait(fd[0], clock_monotonic_ns() + 3600 * NS_PER_S);
	assert_int_equal(recv(fd[0], &(char){0}, 1, MSG_DONTWAIT), 1);
	(void)close(fd[1]);
	awake_wait(fd[0], clock_monotonic_ns() + 3600 * NS_PER_S);
	assert_int_equal(recv(fd[0], &(char){0}, 1, MSG_DONTWAIT), 0);
	(void)close(fd[0]);
}

static void ring_bell(uv_timer_t *t)
{
	uv_stop(t->loop);
}

static void a_vigil_ends_by_itself(void **state)
{
	struct vigil v;
	uv_loop_t    loop;

	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	vigil_init(&v, &loop);
	vigil_begin(&v, clock_monotonic_ns());
	assert_int_equal(uv_backend_timeout(&loop), 0); /* looks and does not wait */
	assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
	assert_false(uv_is_active((uv_handle_t *)&v.awake));
	uv_close((uv_handle_t *)&v.awake, NULL);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
}

static void a_vigil_keeps_nothing_else_from_happening(void **state)
{
	struct vigil v;
	uv_loop_t    loop;
	uv_timer_t   bell;

	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	(void)uv_timer_init(&loop, &bell);
	vigil_init(&v, &loop);
	vigil_begin(&v, clock_monotonic_ns() + 3600 * NS_PER_S);
	(void)uv_timer_start(&bell, ring_bell, 1, 0);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_true(uv_is_active((uv_handle_t *)&v.awake));
	vigil_end(&v);
	assert_false(uv_is_active((uv_handle_t *)&v.awake));
	uv_close((uv_handle_t *)&v.awake, NULL);
	uv_close((uv_handle_t *)&bell, NULL);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quick_and_from_elsewhere_pays),
		cmocka_unit_test(late_does_not_pay),
		cmocka_unit_test(own_or_unknown_processor_does_not_pay),
		cmocka_unit_test(messages_say_where_they_come_from),
		cmocka_unit_test(waits_no_longer_than_it_should),
		cmocka_unit_test(comes_back_for_a_message_and_for_the_end),
		cmocka_unit_test(a_vigil_ends_by_itself),
		cmocka_unit_test(a_vigil_keeps_nothing_else_from_happening),
	};

	stay_here();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
