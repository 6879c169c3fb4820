/* SPDX-License-Identifier: MIT */
/*
 * The floor of everything that answers over a unix socket: epoll, read, write, and nothing in
 * between. It sends back what it gets, so a request costs what the kernel and a wake-up cost.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char bytes[64 << 10];

static int listen_at(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int                fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(addr.sun_path))
		return -1;
	memcpy(addr.sun_path, path, strlen(path) + 1);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(fd, 16) < 0)
		return -1;
	return fd;
}

static int watch(int poll, int fd)
{
	struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(poll, EPOLL_CTL_ADD, fd, &e);
}

/* Writes wait for the peer to read: the clients of the benchmark always do. */
static int echo(int fd)
{
	ssize_t n = read(fd, bytes, sizeof(bytes)), done = 0, m;

	if (n <= 0)
		return -1;
	for (; done < n; done += m) {
		m = write(fd, bytes + done, (size_t)(n - done));
		if (m < 0)
			return -1;
	}
	return 0;
}

static int serve(int poll, int listener)
{
	struct epoll_event e;
	int                fd;

	if (epoll_wait(poll, &e, 1, -1) < 0)
		return errno == EINTR ? 0 : -1;
	if (e.data.fd != listener) {
		if (echo(e.data.fd) < 0)
			(void)close(e.data.fd);
		return 0;
	}
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	return fd < 0 ? 0 : watch(poll, fd);
}

int main(int argc, char **argv)
{
	int listener, poll;

	if (argc != 2) {
		fprintf(stderr, "usage: echo SOCKET\n");
		return 2;
	}
	listener = listen_at(argv[1]);
	poll = epoll_create1(EPOLL_CLOEXEC);
	if (listener < 0 || poll < 0 || watch(poll, listener) < 0) {
		perror(argv[1]);
		return 1;
	}
	while (serve(poll, listener) == 0)
		continue;
	perror("echo");
	return 1;
}
