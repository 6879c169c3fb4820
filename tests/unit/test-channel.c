/* SPDX-License-Identifier: MIT */
/*
 * Hosts that come and go on a port that tells edges. A FIFO behaves like a virtio-serial port: it
 * hangs up with its last writer, and is there again with the next.
 */
#include "front/channel.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "front/endpoint.h"
#include "front/front.h"
#include "front/session.h"

/* Stands for the session: reads what is there, and notes what it was told. */
struct session {
	bool   unanswered;
	size_t n_read;
	int    left, arrived;
};

static struct session session;

struct session *session_new(struct front *f, struct channel *c)
{
	(void)f;
	(void)c;
	session = (struct session){0};
	return &session;
}

void session_abort(struct session *s)
{
	(void)s;
}

void session_hung_up(struct session *s)
{
	(void)s;
}

void session_schedule(struct session *s)
{
	(void)s;
}

bool session_has_unanswered(const struct session *s)
{
	return s->unanswered;
}

void session_peer_left(struct channel *c)
{
	c->session->left++;
}

void session_peer_arrived(struct channel *c)
{
	c->session->arrived++;
}

static struct channel *channel;

void session_pump(struct session *s)
{
	char    buf[64];
	ssize_t n;

	while (channel->readable && (n = channel_read(channel, buf, sizeof(buf))) != 0) {
		if (n > 0)
			s->n_read += (size_t)n;
	}
}

static const struct transport port = {.name = "port", .edges = true};

static char            folder[] = "/tmp/virtagent-channel-XXXXXX", path[64];
static struct front    front;
static struct endpoint endpoint;

static int setup(void **state)
{
	struct err err;
	int        in;

	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/virtagent-channel-XXXXXX");
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/port", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	in = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(in >= 0);
	assert_int_equal(uv_loop_init(&front.loop), 0);
	endpoint.front = &front;
	endpoint.transport = &port;
	err_init(&err);
	channel = channel_new(&endpoint, in, in, &err);
	assert_non_null(channel);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	channel_close(channel);
	assert_int_equal(uv_run(&front.loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&front.loop), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
	return 0;
}

static void on_enough(uv_timer_t *timer)
{
	uv_stop(timer->loop);
}

static void on_timer_closed(uv_handle_t *timer)
{
	(void)timer;
}

/* Lets the loop do what there is to do for so long. */
static void run(unsigned ms)
{
	uv_timer_t timer;

	assert_int_equal(uv_timer_init(&front.loop, &timer), 0);
	uv_update_time(&front.loop);
	assert_int_equal(uv_timer_start(&timer, on_enough, ms, 0), 0);
	(void)uv_run(&front.loop, UV_RUN_DEFAULT);
	uv_close((uv_handle_t *)&timer, on_timer_closed);
	(void)uv_run(&front.loop, UV_RUN_NOWAIT);
}

static int host_comes(void)
{
	int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void says(int host, const char *text, size_t n)
{
	assert_int_equal(write(host, text, n), n);
}

static void leaves(int host)
{
	assert_int_equal(close(host), 0);
}

/* A host that says a word, which is read, and is gone without the answer that it waited for. */
static void come_and_go(bool unanswered, unsigned linger_ms)
{
	int host = host_comes();

	says(host, "ping", 4);
	run(0);
	assert_int_equal(session.n_read, 4);
	session.unanswered = unanswered;
	run(linger_ms);
	/* as if the bytes had come with the news of the leaving, however slow this machine is */
	if (!linger_ms)
		channel->read_ns = clock_monotonic_ns();
	leaves(host);
	run(0);
	assert_true(channel->absent);
}

static void a_host_that_was_answered_is_gone_at_once(void **state)
{
	(void)state;
	come_and_go(false, 0);
	assert_int_equal(session.left, 1);
}

static void a_host_that_waited_is_gone_at_once(void **state)
{
	(void)state;
	come_and_go(true, 2 * CHANNEL_DOUBT_NS / NS_PER_MS);
	assert_int_equal(session.left, 1);
	assert_false(channel->in_doubt);
}

static void a_doubt_ends(void **state)
{
	(void)state;
	channel->read_ns = 0;
	come_and_go(true, 0);
	while (channel->in_doubt)
		run(CHANNEL_DOUBT_MS);
	assert_int_equal(session.left, 1);
	assert_int_equal(session.arrived, 0);
}

static void a_request_read_before_its_host_is_known_is_answered(void **state)
{
	int host = -1;

	(void)state;
	/* again when this machine has slept between two lines for longer than the doubt allows */
	do {
		if (host >= 0)
			leaves(host);
		run(2 * CHANNEL_DOUBT_MS);
		session = (struct session){0};
		come_and_go(true, 0);
		host = host_comes();
		says(host, "more", 4);
		run(0);
	} while (session.left);
	assert_false(channel->in_doubt);
	run(3 * CHANNEL_DOUBT_MS);
	assert_int_equal(session.left, 0);
	assert_int_equal(session.arrived, 0);
	assert_int_equal(session.n_read, 8);
	leaves(host);
}

static void the_next_host_is_told_as_such(void **state)
{
	int host;

	(void)state;
	come_and_go(false, 0);
	host = host_comes();
	says(host, "more", 4);
	run(0);
	assert_int_equal(session.left, 1);
	assert_int_equal(session.arrived, 1);
	leaves(host);
}

static void a_channel_is_closed_in_doubt(void **state)
{
	(void)state;
	come_and_go(true, 0);
	/* the teardown closes it; the loop ends without a timer left */
}

#define port_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		port_test(a_host_that_was_answered_is_gone_at_once),
		port_test(a_host_that_waited_is_gone_at_once),
		port_test(a_doubt_ends),
		port_test(a_request_read_before_its_host_is_known_is_answered),
		port_test(the_next_host_is_told_as_such),
		port_test(a_channel_is_closed_in_doubt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
