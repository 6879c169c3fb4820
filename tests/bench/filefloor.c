/* SPDX-License-Identifier: MIT */
/*
 * The floor of moving files: the same bytes through the same channel and one pass of base64, with
 * requests and replies shaped like an agent's and sent one at a time, and nothing in between: no
 * parser, no processes, no file. The data of a read comes from memory; a write is received into
 * memory that is there already, decoded in place and forgotten.
 *
 *     filefloor PATH     of a unix socket to listen on, or of a virtio port
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fcntl.h>

#include "base/b64.h"

#define DATA_BYTES                                                                                 \
	((size_t)48 << 10) /* a multiple of 3: its base64 is 64 KiB, which stays in the cache */
#define TEXT_BYTES (DATA_BYTES / 3 * 4)
#define REQUEST_MAX ((size_t)65 << 20)
#define HEAD_MAX ((size_t)256)

static char data[DATA_BYTES], text[TEXT_BYTES + 256], request[REQUEST_MAX];

static int write_all(int fd, const char *from, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, from, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		from += done;
		n -= (size_t)done;
	}
	return 0;
}

static int put(int fd, const char *line)
{
	return write_all(fd, line, strlen(line));
}

static size_t number_behind(const char *key)
{
	const char *at = strstr(request, key);

	return at ? strtoul(at + strlen(key), NULL, 10) : 0;
}

static int reply_read(int fd)
{
	static const char head[] = "{\"return\": {\"buf-b64\": \"";
	size_t count = number_behind("\"count\": "), left = count, used = sizeof(head) - 1;

	memcpy(text, head, used);
	while (left > 0) {
		size_t n = left < DATA_BYTES ? left : DATA_BYTES;

		used += b64_encode(data, n, text + used);
		left -= n;
		if (left > 0 && write_all(fd, text, used) < 0)
			return -1;
		used = left > 0 ? 0 : used;
	}
	used += (size_t)sprintf(text + used, "\", \"count\": %zu, \"eof\": false}}\n", count);
	return write_all(fd, text, used);
}

/* All of it before the first byte is decoded: what is wrong at its end must have no effect, so no
 * agent may begin earlier. */
static int reply_write(int fd, size_t at, size_t n)
{
	size_t bytes;
	char   line[96];

	while (request[n - 1] != '\n') {
		ssize_t more = read(fd, request + n, REQUEST_MAX - n);

		if (more <= 0)
			return -1;
		n += (size_t)more;
	}
	while (strchr("\n}\"", request[n - 1]))
		n--;
	if (b64_decode(request + at, n - at, request + at, &bytes) < 0)
		return -1;
	(void)snprintf(line, sizeof(line), "{\"return\": {\"count\": %zu, \"eof\": false}}\n",
		       bytes);
	return put(fd, line);
}

/* A request begins here; -1 when its client has gone. */
static int serve_one(int fd)
{
	static const char mark[] = "\"buf-b64\": \"";
	ssize_t           n = read(fd, request, REQUEST_MAX - 1);
	const char       *at;

	if (n <= 0)
		return -1;
	at = memmem(request, (size_t)n < HEAD_MAX ? (size_t)n : HEAD_MAX, mark, sizeof(mark) - 1);
	if (at)
		return reply_write(fd, (size_t)(at - request) + sizeof(mark) - 1, (size_t)n);
	request[n] = '\0';
	if (strstr(request, "guest-file-read"))
		return reply_read(fd);
	if (strstr(request, "guest-file-seek"))
		return put(fd, "{\"return\": {\"position\": 0, \"eof\": false}}\n");
	return put(fd, "{\"return\": {}}\n");
}

static int serve_socket(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int                listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (listener < 0 || strlen(path) >= sizeof(addr.sun_path))
		return -1;
	memcpy(addr.sun_path, path, strlen(path) + 1);
	if (bind(listener, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(listener, 16) < 0)
		return -1;
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			return -1;
		while (serve_one(fd) == 0)
			continue;
		(void)close(fd);
	}
}

/* A port without a host reads as its end. */
static int serve_port(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -1;
	for (;;)
		if (serve_one(fd) < 0)
			(void)usleep(1000);
}

int main(int argc, char **argv)
{
	struct stat status;
	size_t      i;

	if (argc != 2) {
		fprintf(stderr, "usage: filefloor PATH\n");
		return 2;
	}
	for (i = 0; i < DATA_BYTES; i++)
		data[i] = (char)(i * 2654435761u >> 13);
	if (stat(argv[1], &status) == 0 && S_ISCHR(status.st_mode))
		(void)serve_port(argv[1]);
	else
		(void)serve_socket(argv[1]);
	perror(argv[1]);
	return 1;
}
