/* SPDX-License-Identifier: MIT */
/*
 * Commands of the test build only (schema/test.json): what a well-behaved command never does.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "proto/request.h"
#include "schema_handlers.h"

/* Argument of test-big. */
#define BIG_MAX (INT64_C(64) << 20)

static void sleep_ms(int64_t ms)
{
	struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		continue;
}

static int make_file(const char *path, struct err *err)
{
	auto_close int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	return fd < 0 ? err_os(err, errno, "cannot make %s", path) : 0;
}

int cmd_virtagent_test_types(struct request *rq, const struct virtagent_test_types_in *in,
			     struct virtagent_test_types_out *out, struct err *err)
{
	(void)rq;
	(void)err;
	_Static_assert(sizeof(*in) == sizeof(*out), "the result has the members of the arguments");
	memcpy(out, in, sizeof(*out));
	return 0;
}

int cmd_virtagent_test_echo(struct request *rq, const struct virtagent_test_echo_in *in,
			    struct virtagent_test_echo_out *out, struct err *err)
{
	(void)rq;
	(void)err;
	out->data = in->data;
	return 0;
}

int cmd_virtagent_test_front(struct request *rq, const struct virtagent_test_front_in *in,
			     struct virtagent_test_front_out *out, struct err *err)
{
	(void)rq;
	(void)err;
	out->value = in->has_n ? in->n : 0;
	return 0;
}

int cmd_virtagent_test_sleep(struct request *rq, const struct virtagent_test_sleep_in *in,
			     void *out, struct err *err)
{
	(void)rq;
	(void)out;
	(void)err;
	sleep_ms(in->ms);
	return 0;
}

static int crash(bool has_signal, int64_t number, struct err *err)
{
	int signum = has_signal ? (int)number : SIGABRT;

	(void)signal(signum, SIG_DFL);
	(void)raise(signum);
	return err_set(err, "signal %d did not end the worker", signum);
}

int cmd_virtagent_test_crash(struct request *rq, const struct virtagent_test_crash_in *in,
			     void *out, struct err *err)
{
	(void)rq;
	(void)out;
	return crash(in->has_signal, in->signal, err);
}

int cmd_virtagent_test_crash_acting(struct request                              *rq,
				    const struct virtagent_test_crash_acting_in *in, void *out,
				    struct err *err)
{
	(void)rq;
	(void)out;
	return crash(in->has_signal, in->signal, err);
}

int cmd_virtagent_test_big(struct request *rq, const struct virtagent_test_big_in *in,
			   struct virtagent_test_big_out *out, struct err *err)
{
	char *data;

	if (in->size < 0 || in->size > BIG_MAX)
		return err_set(err, "size is not between 0 and %lld", (long long)BIG_MAX);
	data = arena_alloc(rq->arena, (size_t)in->size + 1);
	if (!data)
		return err_os(err, ENOMEM, "cannot make the reply");
	memset(data, 'x', (size_t)in->size);
	out->data = data;
	return 0;
}

int cmd_virtagent_test_read(struct request *rq, const struct virtagent_test_read_in *in,
			    struct virtagent_test_read_out *out, struct err *err)
{
	auto_close int fd = open(in->path, O_RDONLY | O_CLOEXEC);
	char           bytes[4096];
	ssize_t        n;

	(void)rq;
	if (fd < 0)
		return err_os(err, errno, "failed to open %s", in->path);
	n = read(fd, bytes, sizeof(bytes));
	if (n < 0)
		return err_os(err, errno, "failed to read %s", in->path);
	out->count = n;
	return 0;
}

int cmd_virtagent_test_pid(struct request *rq, const void *in, struct virtagent_test_pid_out *out,
			   struct err *err)
{
	(void)rq;
	(void)in;
	(void)err;
	out->value = getpid();
	return 0;
}

int cmd_virtagent_test_silent(struct request *rq, const void *in, void *out, struct err *err)
{
	(void)rq;
	(void)in;
	(void)out;
	(void)err;
	return 0;
}

int cmd_virtagent_test_survive(struct request *rq, const struct virtagent_test_survive_in *in,
			       void *out, struct err *err)
{
	(void)rq;
	(void)out;
	(void)err;
	sleep_ms(in->ms);
	return 0;
}

int cmd_virtagent_test_need_peer(struct request *rq, const struct virtagent_test_need_peer_in *in,
				 void *out, struct err *err)
{
	(void)rq;
	(void)out;
	return make_file(in->path, err);
}

int cmd_virtagent_test_touch(struct request *rq, const struct virtagent_test_touch_in *in,
			     void *out, struct err *err)
{
	(void)rq;
	(void)out;
	if (in->has_ms)
		sleep_ms(in->ms);
	return make_file(in->path, err);
}

int cmd_virtagent_test_error(struct request *rq, const struct virtagent_test_error_in *in,
			     void *out, struct err *err)
{
	(void)rq;
	(void)out;
	return err_set(err, "%s", in->text);
}
