/* SPDX-License-Identifier: MIT */
/*
 * The host of the benchmark, in C so that its own cost stays small. It keeps one connection to each
 * of its sockets and does what standard input says, one line each, answering with nanoseconds on
 * standard output:
 *
 *     trip I N    N pings to socket I, each sent after the reply to the one before: the median of
 * the N times flood I N   N pings to socket I without waiting for replies: time until the last
 * reply
 *
 * The only request it can send is guest-ping: an agent on the developer's own machine is among its
 * peers.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PEERS_MAX 8
#define PINGS_MAX 1000000
#define DEADLINE_S 60 /* for one line of input; SIGALRM then ends us */
#define PINGS_IN_WRITE 2500

static const char ping[] = "{\"execute\": \"guest-ping\"}\n";
#define PING_BYTES (sizeof(ping) - 1)

static char pings[PINGS_IN_WRITE * PING_BYTES];

static uint64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void fail(const char *what)
{
	fprintf(stderr, "client: %s: %s\n", what,
		errno ? strerror(errno) : "closed by the other side");
	exit(1);
}

static int connect_to(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int                fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(addr.sun_path)) {
		errno = ENAMETOOLONG;
		fail(path);
	}
	memcpy(addr.sun_path, path, strlen(path) + 1);
	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		fail(path);
	return fd;
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void one_trip(int fd)
{
	char    reply[256];
	ssize_t n;

	if (write(fd, ping, PING_BYTES) != (ssize_t)PING_BYTES)
		fail("write");
	do {
		errno = 0;
		n = read(fd, reply, sizeof(reply));
		if (n <= 0)
			fail("read");
	} while (reply[n - 1] != '\n');
}

static uint64_t trip(int fd, long n)
{
	static uint64_t times[PINGS_MAX];
	long            i;

	for (i = 0; i < n; i++) {
		uint64_t begun = now_ns();

		one_trip(fd);
		times[i] = now_ns() - begun;
	}
	qsort(times, (size_t)n, sizeof(times[0]), compare_u64);
	return times[n / 2];
}

static void prepare_pings(void)
{
	size_t i;

	for (i = 0; i < PINGS_IN_WRITE; i++)
		memcpy(pings + i * PING_BYTES, ping, PING_BYTES);
}

/* Sends what fits now; the number of bytes. */
static size_t send_pings(int fd, size_t sent, size_t total)
{
	size_t  at = sent % PING_BYTES, n = sizeof(pings) - at;
	ssize_t done;

	if (n > total - sent)
		n = total - sent;
	done = send(fd, pings + at, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (done < 0 && errno != EAGAIN)
		fail("send");
	return done < 0 ? 0 : (size_t)done;
}

/* Takes what is there now; the number of replies that ended in it. */
static long take_replies(int fd)
{
	static char bytes[256 << 10];
	ssize_t     n, i;
	long        lines = 0;

	errno = 0;
	n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (n == 0 || (n < 0 && errno != EAGAIN))
		fail("recv");
	for (i = 0; i < n; i++)
		lines += bytes[i] == '\n';
	return lines;
}

static uint64_t flood(int fd, long n)
{
	size_t   total = (size_t)n * PING_BYTES, sent = 0;
	long     got = 0;
	uint64_t begun = now_ns();

	while (got < n) {
		struct pollfd p = {.fd = fd,
				   .events = (short)(POLLIN | (sent < total ? POLLOUT : 0))};

		if (poll(&p, 1, -1) < 0)
			fail("poll");
		if (p.revents & POLLOUT)
			sent += send_pings(fd, sent, total);
		if (p.revents & ~POLLOUT)
			got += take_replies(fd);
	}
	return now_ns() - begun;
}

int main(int argc, char **argv)
{
	int  fds[PEERS_MAX], n_peers = argc - 1, i;
	char verb[16];
	long n;

	if (n_peers < 1 || n_peers > PEERS_MAX) {
		fprintf(stderr, "usage: client SOCKET...\n");
		return 2;
	}
	for (i = 0; i < n_peers; i++)
		fds[i] = connect_to(argv[i + 1]);
	prepare_pings();
	while (scanf("%15s %d %ld", verb, &i, &n) == 3) {
		if (i < 0 || i >= n_peers || n < 1 || n > PINGS_MAX)
			return 2;
		(void)alarm(DEADLINE_S);
		printf("%" PRIu64 "\n",
		       !strcmp(verb, "flood") ? flood(fds[i], n) : trip(fds[i], n));
		(void)fflush(stdout);
		(void)alarm(0);
	}
	return 0;
}
