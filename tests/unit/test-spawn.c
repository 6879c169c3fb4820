/* SPDX-License-Identifier: MIT */
/*
 * Helper programs that behave, and all the ways in which they do not. No test measures how fast
 * something is: limits here only have to end what would never end by itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/clock.h"
#include "sys/spawn.h"

#define LONG_MS 60000

static const struct sys_root real = {.fd = -1};
static struct spawn_result   result;
static struct err            err;

static void run_with(const char *script, const char *input, size_t n, int limit_ms)
{
	const char *const argv[] = {"/bin/sh", "-c", script, NULL};
	struct spawn      s = {.argv = argv, .input = input, .input_len = n, .limit_ms = limit_ms};

	err_init(&err);
	if (spawn_run(&real, &s, "try", &result, &err) < 0)
		fail_msg("%s", err.text);
}

static void run(const char *script)
{
	run_with(script, NULL, 0, LONG_MS);
}

/* The text of spawn_helper(), "" for success. */
static const char *helper(const char *script, const char *input, int limit_ms)
{
	const char *const argv[] = {"/bin/sh", "-c", script, NULL};
	struct spawn      s = {.argv = argv,
			       .input = input,
			       .input_len = input ? strlen(input) : 0,
			       .limit_ms = limit_ms};

	err_init(&err);
	return spawn_helper(&real, &s, "do it", &err) < 0 ? err.text : "";
}

static void same(const char *output)
{
	assert_string_equal(result.output, output);
	assert_int_equal(result.output_len, strlen(output));
}

static void ends(enum spawn_end end, int status)
{
	assert_int_equal(result.end, end);
	assert_int_equal(result.status, status);
}

static int open_descriptors(void)
{
	int fd, n = 0;

	for (fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static bool is_running(pid_t pid)
{
	char           path[64], text[256] = "";
	auto_close int fd = -1;
	ssize_t        n;
	const char    *state;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	state = n > 0 ? strrchr(text, ')') : NULL;
	return state && state[2] != 'Z' && state[2] != 'X';
}

static void wait_gone(pid_t pid)
{
	int64_t end = clock_monotonic_ns() + 20 * NS_PER_S;

	while (is_running(pid)) {
		assert_true(clock_monotonic_ns() < end);
		(void)usleep(1000);
	}
}

static pid_t number_of(const char *text)
{
	pid_t n = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		n = n * 10 + (*text - '0');
	return n;
}

static void both_outputs_in_order(void **state)
{
	(void)state;
	run("echo one; echo two >&2; printf three");
	ends(SPAWN_EXITED, 0);
	same("one\ntwo\nthree");
}

static void statuses(void **state)
{
	(void)state;
	run("exit 7");
	ends(SPAWN_EXITED, 7);
	same("");
	run("echo last words; kill -SEGV $$");
	ends(SPAWN_KILLED, SIGSEGV);
	same("last words\n");
}

static void no_input_is_dev_null(void **state)
{
	(void)state;
	run("cat; readlink /proc/self/fd/0");
	same("/dev/null\n");
}

static void input_arrives(void **state)
{
	(void)state;
	run_with("tr a-z A-Z", "secret: word\n", 13, LONG_MS);
	same("SECRET: WORD\n");
	run_with("cat | wc -c", "", 0, LONG_MS);
	assert_int_equal(number_of(result.output + strspn(result.output, " ")), 0);
}

/* More than a pipe holds, to a program that answers before it reads all. */
static void megabytes_both_ways(void **state)
{
	size_t n = (size_t)3 << 20;
	char  *data = malloc(n);

	(void)state;
	memset(data, 'x', n);
	run_with("cat", data, n, LONG_MS);
	ends(SPAWN_EXITED, 0);
	assert_int_equal(result.input_os, 0);
	assert_int_equal(result.output_len, SPAWN_OUTPUT_MAX);
	assert_int_equal(strspn(result.output, "x"), SPAWN_OUTPUT_MAX);
	free(data);
}

static void output_beyond_the_cap_is_dropped(void **state)
{
	(void)state;
	run("echo first; head -c 20000000 /dev/zero; echo last >&2; exit 3");
	ends(SPAWN_EXITED, 3);
	assert_string_equal(result.output, "first\n");
	assert_int_equal(result.output_len, SPAWN_OUTPUT_MAX);
}

static void input_that_is_not_read(void **state)
{
	size_t n = (size_t)1 << 20;
	char  *data = calloc(1, n);

	(void)state;
	run_with("exit 0", data, n, LONG_MS);
	ends(SPAWN_EXITED, 0);
	assert_int_equal(result.input_os, EPIPE);
	run_with("exec <&-; echo closed; sleep 0.1", data, n, LONG_MS);
	same("closed\n");
	assert_int_equal(result.input_os, EPIPE);
	/* never reads, never closes, and is not waited for longer than its limit */
	run_with("sleep 1000", data, n, 100);
	assert_int_equal(result.end, SPAWN_TIMED_OUT);
	/* what fits into the pipe counts as taken, always */
	run_with("exit 0", data, 1000, LONG_MS);
	assert_int_equal(result.input_os, 0);
	free(data);
}

static void orphan_on_the_output(void **state)
{
	pid_t orphan;

	(void)state;
	run("sleep 1000 & echo $!");
	ends(SPAWN_EXITED, 0);
	orphan = number_of(result.output);
	assert_true(is_running(orphan)); /* it is left in peace, and we did not wait for it */
	(void)kill(orphan, SIGKILL);
}

static void orphan_that_prints_for_ever(void **state)
{
	pid_t orphan;

	(void)state;
	run("yes & echo $! >&2; exit 4");
	ends(SPAWN_EXITED, 4);
	orphan = number_of(result.output + strspn(result.output, "y\n"));
	assert_int_equal(result.output_len, SPAWN_OUTPUT_MAX);
	if (orphan)
		wait_gone(orphan); /* SIGPIPE: nobody listens any more */
}

/* What an orphan prints soon after the end still belongs to the output. */
static void last_words_of_an_orphan(void **state)
{
	(void)state;
	run("(sleep 0.05; echo late) & echo early");
	same("early\nlate\n");
}

static void output_closed_early(void **state)
{
	(void)state;
	run("exec >&- 2>&-; sleep 0.1; exit 5");
	ends(SPAWN_EXITED, 5);
}

static void limit_kills_the_group(void **state)
{
	pid_t child;

	(void)state;
	run_with("trap 'echo told; exit 0' TERM; sleep 1000 & echo $!; wait", NULL, 0, 300);
	assert_int_equal(result.end, SPAWN_TIMED_OUT);
	child = number_of(result.output);
	assert_non_null(strstr(result.output, "told\n")); /* it had its chance to tidy up */
	wait_gone(child);
}

static void limit_of_the_deaf(void **state)
{
	pid_t child;

	(void)state;
	run_with("trap '' TERM; sleep 1000 & echo $!; while :; do sleep 1; done", NULL, 0, 300);
	ends(SPAWN_TIMED_OUT, SIGKILL);
	child = number_of(result.output);
	wait_gone(child);
}

static void limit_while_printing(void **state)
{
	(void)state;
	run_with("trap '' TERM PIPE; while :; do echo again; done", NULL, 0, 100);
	assert_int_equal(result.end, SPAWN_TIMED_OUT);
	assert_int_equal(result.output_len, SPAWN_OUTPUT_MAX);
}

static void own_session_and_signals(void **state)
{
	sigset_t blocked, before;

	(void)state;
	(void)sigemptyset(&blocked);
	(void)sigaddset(&blocked, SIGUSR1);
	(void)sigprocmask(SIG_BLOCK, &blocked, &before);
	(void)signal(SIGHUP, SIG_IGN);
	run("set -- $(cat /proc/$$/stat); [ $5 = $$ ] && [ $6 = $$ ] && echo own;"
	    "while read -r k v; do case $k in Sig[BI]*) printf '%s\\t%s\\n' $k $v;; esac; "
	    "done </proc/$$/status");
	(void)signal(SIGHUP, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	same("own\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

/* Descriptors with and without close-on-exec, low and high: none gets through. */
static void no_descriptors_leak(void **state)
{
	int leaky = open("/dev/zero", O_RDONLY), high = fcntl(leaky, F_DUPFD, 200);

	(void)state;
	run("for n in $(seq 0 255); do [ -e /proc/$$/fd/$n ] && printf \"$n \"; done; :");
	same("0 1 2 ");
	(void)close(leaky);
	(void)close(high);
}

/* Without standard descriptors of our own the pipes would get their numbers. */
static void without_standard_descriptors(void **state)
{
	int   status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		(void)close(0);
		(void)close(1);
		(void)close(2);
		run_with("cat; echo err >&2", "text\n", 5, LONG_MS);
		_exit(result.end == SPAWN_EXITED && !strcmp(result.output, "text\nerr\n") ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void no_exec(void **state)
{
	const char *const missing[] = {"/nonexist/hook", "freeze", NULL};
	const char *const directory[] = {"/tmp", NULL};
	struct spawn      s = {.argv = missing};

	(void)state;
	err_init(&err);
	assert_int_equal(spawn_helper(&real, &s, "execute fsfreeze hook", &err), -1);
	assert_string_equal(err.text, "child process has failed to execute fsfreeze hook: failed "
				      "to exec '/nonexist/hook': No such file or directory\n");
	err_init(&err);
	s.argv = directory;
	assert_int_equal(spawn_helper(&real, &s, "x", &err), -1);
	assert_string_equal(err.text, "child process has failed to x: failed to exec '/tmp': "
				      "Permission denied\n");
}

static void path_search(void **state)
{
	const char *const argv[] = {"true", NULL};
	struct spawn      s = {.argv = argv, .limit_ms = LONG_MS};
	char             *path = strdup(getenv("PATH"));

	(void)state;
	err_init(&err);
	assert_int_equal(spawn_helper(&real, &s, "x", &err), 0);
	(void)unsetenv("PATH");
	assert_int_equal(spawn_helper(&real, &s, "x", &err), 0);
	run("echo $PATH");
	assert_non_null(strstr(result.output, "/usr/sbin:"));
	(void)setenv("PATH", "/nonexist", 1);
	assert_int_equal(spawn_helper(&real, &s, "x", &err), -1);
	(void)setenv("PATH", path, 1);
	free(path);
}

static void texts(void **state)
{
	char *large = calloc(1, 1 << 20);

	(void)state;
	assert_string_equal(helper("exit 0", NULL, 0), "");
	assert_string_equal(helper("echo boo; echo err >&2; exit 3", NULL, 0),
			    "child process has failed to do it: boo\nerr\n");
	assert_string_equal(helper("exit 3", NULL, 0),
			    "child process has failed to do it: exit status 3");
	assert_string_equal(helper("kill -9 $$", NULL, 0),
			    "child process has terminated abnormally");
	assert_string_equal(helper("echo hi; kill -9 $$", NULL, 0),
			    "child process has terminated abnormally: hi\n");
	assert_string_equal(helper("printf 'a\\0b'; exit 1", NULL, 0),
			    "child process has failed to do it: a");
	assert_string_equal(helper("echo why; sleep 1000", NULL, 300),
			    "child process has failed to do it: killed after 300 ms: why\n");
	assert_string_equal(helper("sleep 1000", NULL, 50),
			    "child process has failed to do it: killed after 50 ms");
	memset(large, 'x', (1 << 20) - 1);
	assert_string_equal(helper("exit 0", large, 0),
			    "do it: cannot write to stdin pipe: Broken pipe");
	/* its own explanation is the better one */
	assert_string_equal(helper("echo no; exit 1", large, 0),
			    "child process has failed to do it: no\n");
	free(large);
}

static void limited(const char *wanted, int resource, rlim_t max)
{
	struct rlimit limit = {max, max};
	int           status;
	pid_t         pid = fork();

	if (pid == 0) {
		const char *text;

		(void)setrlimit(resource, &limit);
		text = helper("exit 0", "input", LONG_MS);
		_exit(strcmp(text, wanted) ? 1 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void cannot_start(void **state)
{
	(void)state;
	/* no number is free for the first pipe, for its moved end, for the second pipe */
	limited("cannot create pipe FDs", RLIMIT_NOFILE, 3);
	limited("cannot create pipe FDs", RLIMIT_NOFILE, 4);
	limited("cannot create pipe FDs", RLIMIT_NOFILE, 5);
	limited("cannot create pipe FDs", RLIMIT_NOFILE, 6);
}

static int without_pidfd_and_close_range(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};
	struct sock_fprog program = {ARRAY_SIZE(code), code};

	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* Linux 4.18 has neither. */
static void on_an_old_kernel(void **state)
{
	int   status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		if (without_pidfd_and_close_range() < 0)
			_exit(77);
		both_outputs_in_order(NULL);
		output_closed_early(NULL);
		orphan_on_the_output(NULL);
		no_descriptors_leak(NULL);
		limit_of_the_deaf(NULL);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

static void captured_root_only_notes(void **state)
{
	const char *const argv[] = {"/bin/sh", "-c", "echo ran >ran", NULL};
	struct spawn      s = {.argv = argv, .input = "secret", .input_len = 6};
	struct sys_root   captured;
	char              dir[] = "/tmp/virtagent-spawn-XXXXXX", path[64], text[128] = "";
	int               fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	err_init(&err);
	assert_int_equal(root_init(&captured, dir, dir, &err), 0);
	assert_int_equal(spawn_helper(&captured, &s, "x", &err), 0);
	(void)snprintf(path, sizeof(path), "%s/virtagent.effects", dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	assert_string_equal(text, "run /bin/sh -c echo ran >ran\n");
	(void)close(fd);
	(void)unlink(path);
	assert_int_equal(rmdir(dir), 0); /* nothing else is in it: it did not run */
	root_fini(&captured);
}

static void nothing_is_left(void **state)
{
	(void)state;
	/* children: all reaped */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static int remember(void **state)
{
	static int before;

	(void)signal(SIGPIPE, SIG_IGN); /* as in a worker */
	before = open_descriptors();
	*state = &before;
	return 0;
}

static int compare(void **state)
{
	int now = open_descriptors();

	if (now != *(int *)*state)
		print_error("%d descriptors open, were %d\n", now, *(int *)*state);
	return now == *(int *)*state ? 0 : -1;
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, remember, compare)
	const struct CMUnitTest tests[] = {
		T(both_outputs_in_order),
		T(statuses),
		T(no_input_is_dev_null),
		T(input_arrives),
		T(megabytes_both_ways),
		T(output_beyond_the_cap_is_dropped),
		T(input_that_is_not_read),
		T(orphan_on_the_output),
		T(orphan_that_prints_for_ever),
		T(last_words_of_an_orphan),
		T(output_closed_early),
		T(limit_kills_the_group),
		T(limit_of_the_deaf),
		T(limit_while_printing),
		T(own_session_and_signals),
		T(no_descriptors_leak),
		T(without_standard_descriptors),
		T(no_exec),
		T(path_search),
		T(texts),
		T(cannot_start),
		T(on_an_old_kernel),
		T(captured_root_only_notes),
		T(nothing_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
