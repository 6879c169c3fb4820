/* SPDX-License-Identifier: MIT */
/*
 * The log and its writer: lines that go straight out, and through the queue; a queue that is full;
 * a log that is held.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/clock.h"
#include "log-writer.h"
#include "log/record.h"
#include "log/writer.h"

static char              dir[64], file[96], moved[96];
static struct log_config config = {.program = "test-log", .file = file, .root = dir};

static int setup(void **state)
{
	struct err err;
	char       path[96];

	(void)state;
	writer_prepare();
	(void)snprintf(dir, sizeof(dir), "%s", "/tmp/virtagent-log-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(file, sizeof(file), "%s/log", dir);
	(void)snprintf(moved, sizeof(moved), "%s/log.1", dir);
	(void)snprintf(path, sizeof(path), "%s/dev", dir);
	if (mkdir(path, 0700) < 0)
		return -1;
	err_init(&err);
	return log_open(&config, &err);
}

static int teardown(void **state)
{
	char path[96];

	(void)state;
	(void)unlink(file);
	(void)unlink(moved);
	(void)snprintf(path, sizeof(path), "%s/dev/log", dir);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/dev", dir);
	return rmdir(path) < 0 || rmdir(dir) < 0 ? -1 : 0;
}

/* The file, without the times of its lines. */
static const char *contents(const char *path)
{
	static char text[1 << 20];
	char       *to = text, *at;
	FILE       *from = fopen(path, "r");
	size_t      n;

	assert_non_null(from);
	n = fread(text, 1, sizeof(text) - 1, from);
	text[n] = '\0';
	(void)fclose(from);
	for (at = text; *at;) {
		char *colon = strchr(at, ':'), *end = strchr(at, '\n');

		assert_non_null(colon);
		assert_non_null(end);
		assert_int_equal(strspn(at, "0123456789."), colon - at);
		memmove(to, colon + 2, (size_t)(end + 1 - (colon + 2)));
		to += end + 1 - (colon + 2);
		at = end + 1;
	}
	*to = '\0';
	return text;
}

/* A writer, as the zygote makes one. */
static pid_t start_writer(void)
{
	pid_t self = getpid(), pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(log_writer_main(log_queue_fd(), self));
	return pid;
}

static void test_at_once(void **state)
{
	(void)state;
	log_error("one\ntwo \\ \x1b[0m\x7f");
	log_info("not wanted");
	assert_string_equal(contents(file), "error: one\\ntwo \\\\ \\x1b[0m\\x7f\n");
	assert_int_equal(truncate(file, 0), 0);
}

static void test_queue(void **state)
{
	char  line[LOG_LINE_MAX * 2];
	pid_t writer;

	(void)state;
	log_begin();
	log_critical("a");
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	log_warning("%s", line);
	assert_int_equal(contents(file)[0], '\0');
	writer = start_writer();
	log_error("b");
	end_writer(writer);
	assert_memory_equal(contents(file), "critical: a\nwarning: xxxx", 25);
	assert_non_null(strstr(contents(file), "xx\nerror: b\n"));
	assert_int_equal(truncate(file, 0), 0);
}

static void wait_for_text(const char *text)
{
	int tries;

	for (tries = 0; tries < 2000 && !strstr(contents(file), text); tries++)
		(void)usleep(5000);
	assert_non_null(strstr(contents(file), text));
}

static void test_reopen(void **state)
{
	pid_t writer = start_writer();

	(void)state;
	log_error("before");
	wait_for_text("before");
	assert_int_equal(rename(file, moved), 0);
	log_reopen();
	log_error("after");
	end_writer(writer);
	assert_string_equal(contents(moved), "error: before\n");
	assert_string_equal(contents(file), "error: after\n");
	assert_int_equal(truncate(file, 0), 0);
}

static void test_held(void **state)
{
	pid_t writer = start_writer();

	(void)state;
	log_error("before");
	wait_for_text("before");
	log_hold(true);
	assert_true(log_is_held());
	log_error("during");
	(void)usleep(50000);
	assert_string_equal(contents(file), "error: before\n");
	log_hold(false);
	end_writer(writer);
	assert_string_equal(contents(file), "error: before\nerror: during\n");
	assert_int_equal(truncate(file, 0), 0);
}

/* Its agent was killed while frozen, and nobody ends the freeze: a shutdown does not wait for it.
 */
static void test_held_without_parent(void **state)
{
	pid_t pid;
	int   status;

	(void)state;
	log_hold(true);
	log_error("lost");
	(void)signal(SIGTERM, SIG_IGN); /* as from the zygote */
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(log_writer_main(log_queue_fd(), 1));
	(void)signal(SIGTERM, SIG_DFL);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		(void)kill(pid, SIGTERM);
		(void)usleep(5000);
	}
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	log_hold(false);
	assert_string_equal(contents(file), "");
}

/* Nobody empties it: what does not fit is counted, and told with the next line. */
static void test_full(void **state)
{
	unsigned before = log_dropped(), i;
	pid_t    writer;
	char     want[64];

	(void)state;
	for (i = 0; i < 100000; i++)
		log_error("%u", i);
	assert_true(log_dropped() > before);
	writer = start_writer();
	end_writer(writer);
	(void)snprintf(want, sizeof(want), "warning: %u log lines were dropped\nerror: 0\n",
		       log_dropped() - before);
	assert_memory_equal(contents(file), want, strlen(want));
	assert_int_equal(truncate(file, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_at_once),
		cmocka_unit_test(test_queue),
		cmocka_unit_test(test_reopen),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_held_without_parent),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
