/* SPDX-License-Identifier: MIT */
/*
 * Time from fork and exec of an agent until it has answered a ping on its socket, in nanoseconds on
 * standard output. As root it starts the agent as nobody. It ends what it has started, and all that
 * descends from it.
 */
#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NOBODY 65534
#define DEADLINE_S 10

static const char   ping[] = "{\"execute\": \"guest-ping\"}\n";
static volatile int child;

static uint64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void on_alarm(int signum)
{
	(void)signum;
	if (child > 0)
		(void)kill(child, SIGKILL);
	_exit(3);
}

static pid_t start(char **argv)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	if (geteuid() == 0 && (setgroups(0, NULL) < 0 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0))
		_exit(126);
	(void)execv(argv[0], argv);
	_exit(127);
}

/* Tries until the agent listens: waiting between two tries would be measured as well. */
static int connect_spinning(const struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	while (fd >= 0 && connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) < 0) {
		if (waitpid(child, NULL, WNOHANG) == child)
			return -1;
		(void)sched_yield(); /* the agent may have to share our processor */
	}
	return fd;
}

static int ask(int fd)
{
	char    reply[256];
	ssize_t n;

	if (write(fd, ping, sizeof(ping) - 1) < 0)
		return -1;
	do
		n = read(fd, reply, sizeof(reply));
	while (n > 0 && reply[n - 1] != '\n');
	return n > 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	uint64_t           begun, took;
	int                fd;

	if (argc < 3 || strlen(argv[1]) >= sizeof(addr.sun_path)) {
		fprintf(stderr, "usage: starter SOCKET PROGRAM ARGUMENT...\n");
		return 2;
	}
	memcpy(addr.sun_path, argv[1], strlen(argv[1]) + 1);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	(void)signal(SIGALRM, on_alarm);
	(void)alarm(DEADLINE_S);
	begun = now_ns();
	child = start(argv + 2);
	fd = connect_spinning(&addr);
	if (fd < 0 || ask(fd) < 0) {
		fprintf(stderr, "starter: %s has not answered\n", argv[2]);
		if (child > 0)
			(void)kill(child, SIGKILL);
		return 1;
	}
	took = now_ns() - begun;
	(void)close(fd);
	/* not SIGTERM: qemu-ga forgets about one in several hundred */
	(void)kill(child, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		continue;
	printf("%" PRIu64 "\n", took);
	return 0;
}
