/* SPDX-License-Identifier: MIT */
#include "front/logging.h"

#include <poll.h>
#include <unistd.h>

#include "front/front.h"
#include "log/log.h"
#include "log/writer.h"
#include "sys/spawn.h"

static void on_queue(uv_poll_t *poll, int status, int events);

static void on_pause_over(uv_timer_t *timer)
{
	struct logging *l = timer->data;

	(void)uv_poll_start(&l->queue, UV_READABLE, on_queue);
}

static void pause_starting(struct logging *l)
{
	(void)uv_timer_start(&l->pause, on_pause_over, LOGGING_PAUSE_MS, 0);
}

static void on_writer_ended(void *ctx)
{
	struct logging *l = ctx;

	l->has_writer = false;
	pause_starting(l);
}

static bool start_writer(struct logging *l)
{
	struct err err;

	err_init(&err);
	l->has_writer = children_start(&l->front->children, &l->writer, ROLE_LOG_WRITER,
				       log_queue_fd(), &err) == 0;
	return l->has_writer;
}

static void on_queue(uv_poll_t *poll, int status, int events)
{
	struct logging *l = poll->data;

	(void)status;
	(void)events;
	uv_poll_stop(poll);
	if (!start_writer(l))
		pause_starting(l);
}

int logging_init(struct logging *l, struct front *front, struct err *err)
{
	int rc = uv_poll_init(&front->loop, &l->queue, log_queue_fd());

	if (rc < 0)
		return err_os(err, -rc, "cannot watch the queue of the log");
	(void)uv_timer_init(&front->loop, &l->pause);
	l->front = front;
	l->queue.data = l;
	l->pause.data = l;
	l->writer = (struct child){.ctx = l, .on_ended = on_writer_ended};
	(void)uv_poll_start(&l->queue, UV_READABLE, on_queue);
	return 0;
}

static bool is_readable(int fd, short *ret_events)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int           n = poll(&p, 1, 0);

	*ret_events = p.revents;
	return n == 1 && (p.revents & POLLIN);
}

/* Without the zygote we fork it ourselves. It may hang on a dead disk, so it must hold no channel.
 */
static void fork_writer(void)
{
	pid_t self = getpid();
	int   queue = log_queue_fd(), kept = log_kept_file();

	if (fork() != 0)
		return;
	(void)dup2(queue, STDIN_FILENO);
	if (kept >= 0 && dup2(kept, STDERR_FILENO + 1) >= 0)
		log_keep_file(STDERR_FILENO + 1);
	spawn_close_from(STDERR_FILENO + 1 + (kept >= 0));
	_exit(log_writer_main(STDIN_FILENO, self));
}

void logging_finish(struct logging *l)
{
	short events;
	bool  gone, more = is_readable(log_queue_fd(), &events);

	(void)is_readable(l->front->children.zygote, &events);
	gone = events & POLLHUP;
	/* the zygote serves what it was asked before it sees that we are gone, and the writer
	 * empties the queue before it follows */
	if (more && (gone || (!l->has_writer && !start_writer(l))))
		fork_writer();
}
