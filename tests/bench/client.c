/* SPDX-License-Identifier: MIT */
/*
 * The host of the benchmark, in C so that its own cost stays small. It keeps one connection to each
 * of its sockets and does what standard input says, one line each, answering with nanoseconds on
 * standard output:
 *
 * - trip I N: N pings to socket I, each sent after the reply to the one before: the median of the
 *   N times
 *
 * - flood I N: N pings to socket I without waiting for replies: time until the last reply
 *
 * - read I N SIZE HANDLE: N reads of SIZE bytes from the start of a file, one after the other
 *
 * - write I N SIZE HANDLE: the same with writes
 *
 * - query I N COMMAND: N requests of a command that only reads, each sent after the reply to the
 * one before: the median of the N times
 *
 * Agents on the developer's own machine are among its peers: it can send guest-ping,
 * guest-file-seek, -read and -write to a handle that somebody else has opened, and commands that
 * only read; nothing else.
 * Of data nothing is looked at but its length and what stands around it.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
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

/* --- files --- */

#define SIZE_MAX_BYTES ((long)48 << 20)
#define MARGIN 256 /* more than any reply has around its data */

/* The two ends of a reply; its middle is received and forgotten. */
struct reply {
	size_t n;
	char   head[MARGIN], tail[2 * MARGIN];
	size_t n_tail;
};

static void keep_ends(struct reply *r, const char *bytes, size_t n)
{
	size_t keep = n < MARGIN ? n : MARGIN;

	if (r->n < MARGIN) {
		size_t room = MARGIN - r->n;

		memcpy(r->head + r->n, bytes, n < room ? n : room);
	}
	if (r->n_tail > MARGIN) {
		memmove(r->tail, r->tail + r->n_tail - MARGIN, MARGIN);
		r->n_tail = MARGIN;
	}
	memcpy(r->tail + r->n_tail, bytes + n - keep, keep);
	r->n_tail += keep;
	r->n += n;
}

static void receive_line(int fd, struct reply *r)
{
	static char bytes[1 << 20];
	ssize_t     n;

	r->n = r->n_tail = 0;
	do {
		errno = 0;
		n = recv(fd, bytes, sizeof(bytes), 0);
		if (n <= 0)
			fail("recv");
		keep_ends(r, bytes, (size_t)n);
	} while (bytes[n - 1] != '\n');
}

static bool holds(const struct reply *r, const char *text)
{
	return memmem(r->head, r->n < MARGIN ? r->n : MARGIN, text, strlen(text)) ||
	       memmem(r->tail, r->n_tail, text, strlen(text));
}

static void check_reply(const struct reply *r, size_t least, const char *first, const char *second)
{
	if (r->n >= least && r->n <= least + MARGIN && holds(r, "{\"return\": {") &&
	    holds(r, first) && holds(r, second))
		return;
	fprintf(stderr, "client: a reply of %zu bytes, expected about %zu, %s, %s: %.*s\n", r->n,
		least, first, second, (int)(r->n < MARGIN ? r->n : MARGIN), r->head);
	exit(1);
}

static void send_all(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t done = send(fd, bytes, n, MSG_NOSIGNAL);

		if (done < 0)
			fail("send");
		bytes += done;
		n -= (size_t)done;
	}
}

static void rewind_file(int fd, long handle)
{
	char         line[160];
	struct reply r;
	int          n = snprintf(line, sizeof(line),
				  "{\"execute\": \"guest-file-seek\", \"arguments\": {\"handle\": %ld, "
					   "\"offset\": 0, "
					   "\"whence\": 0}}\n",
				  handle);

	send_all(fd, line, (size_t)n);
	receive_line(fd, &r);
	check_reply(&r, 0, "\"position\": 0", "\"eof\": false");
}

static size_t base64_length(long size)
{
	return ((size_t)size + 2) / 3 * 4;
}

static uint64_t read_file(int fd, long n, long size, long handle)
{
	char     line[160], count[40];
	int      len = snprintf(line, sizeof(line),
				"{\"execute\": \"guest-file-read\", \"arguments\": {\"handle\": %ld, "
				     "\"count\": %ld}}\n",
				handle, size);
	uint64_t begun;

	(void)snprintf(count, sizeof(count), "\"count\": %ld", size);
	rewind_file(fd, handle);
	begun = now_ns();
	while (n-- > 0) {
		struct reply r;

		send_all(fd, line, (size_t)len);
		receive_line(fd, &r);
		check_reply(&r, base64_length(size), count, "\"eof\": false");
	}
	return now_ns() - begun;
}

/* A request with any data: its length in *ret_n. Made before the clock runs. */
static char *make_write(long size, long handle, size_t *ret_n)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t   text = base64_length(size), i, n;
	char    *request = malloc(text + MARGIN), *at;
	uint32_t random = 1;

	if (!request)
		fail("malloc");
	n = (size_t)snprintf(request, MARGIN,
			     "{\"execute\": \"guest-file-write\", \"arguments\": {\"handle\": %ld, "
			     "\"buf-b64\": \"",
			     handle);
	at = request + n;
	for (i = 0; i < text; i++) {
		random = random * 1664525 + 1013904223;
		at[i] = letters[random >> 26];
	}
	for (i = 0; i < text - ((size_t)size * 4 + 2) / 3; i++)
		at[text - 1 - i] = '=';
	memcpy(at + text, "\"}}\n", 4);
	*ret_n = n + text + 4;
	return request;
}

static uint64_t write_file(int fd, long n, long size, long handle)
{
	size_t   len;
	char    *request = make_write(size, handle, &len), count[40];
	uint64_t begun;

	(void)snprintf(count, sizeof(count), "\"count\": %ld", size);
	rewind_file(fd, handle);
	begun = now_ns();
	while (n-- > 0) {
		struct reply r;

		send_all(fd, request, len);
		receive_line(fd, &r);
		check_reply(&r, 0, count, "\"eof\": false");
	}
	begun = now_ns() - begun;
	free(request);
	return begun;
}

/* The rest of the line of a verb that moves files. */
static uint64_t move_file(int fd, const char *verb, long n)
{
	long size, handle;

	if (scanf("%ld %ld", &size, &handle) != 2 || size < 1 || size > SIZE_MAX_BYTES)
		exit(2);
	return *verb == 'r' ? read_file(fd, n, size, handle) : write_file(fd, n, size, handle);
}

/* --- commands that only read --- */

static const char *const queries[] = {
	"guest-network-get-interfaces",
	"guest-network-get-route",
	"guest-get-cpustats",
	"guest-get-vcpus",
	"guest-get-diskstats",
	"guest-get-host-name",
	"guest-get-osinfo",
	"guest-get-timezone",
	"guest-get-users",
	"guest-get-load",
	"guest-get-devices",
	"guest-get-disks",
	"guest-get-fsinfo",
};

static bool is_query(const char *command)
{
	size_t i;

	for (i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
		if (!strcmp(queries[i], command))
			return true;
	return false;
}

static uint64_t query(int fd, long n)
{
	static uint64_t times[PINGS_MAX];
	char            command[64], line[128];
	long            i;
	int             len;

	if (scanf("%63s", command) != 1 || !is_query(command))
		exit(2);
	len = snprintf(line, sizeof(line), "{\"execute\": \"%s\"}\n", command);
	for (i = 0; i < n; i++) {
		struct reply r;
		uint64_t     begun = now_ns();

		send_all(fd, line, (size_t)len);
		receive_line(fd, &r);
		times[i] = now_ns() - begun;
		if (!holds(&r, "{\"return\": ")) {
			fprintf(stderr, "client: %s: %.*s\n", command,
				(int)(r.n < MARGIN ? r.n : MARGIN), r.head);
			exit(1);
		}
	}
	qsort(times, (size_t)n, sizeof(times[0]), compare_u64);
	return times[n / 2];
}

static uint64_t run(int fd, const char *verb, long n)
{
	if (!strcmp(verb, "read") || !strcmp(verb, "write"))
		return move_file(fd, verb, n);
	if (!strcmp(verb, "query"))
		return query(fd, n);
	return !strcmp(verb, "flood") ? flood(fd, n) : trip(fd, n);
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
		printf("%" PRIu64 "\n", run(fds[i], verb, n));
		(void)fflush(stdout);
		(void)alarm(0);
	}
	return 0;
}
