/* SPDX-License-Identifier: MIT */
/*
 * An agent at the other end of a socket pair that answers from a script: for each request line it
 * has read, it sends the next piece of text. Included once by each test program.
 */
#ifndef TESTS_CLIENT_FAKE_H
#define TESTS_CLIENT_FAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qgaclient.h"

#define STEPS_MAX 16

/* In an answer, @ stands for the id of the handshake just read. */
struct fake {
	int          fd;
	const char  *answers[STEPS_MAX];
	size_t       n;
	char         seen[STEPS_MAX][512];
	pthread_t    thread;
	struct qgac *agent;
};

#define SYNCED "\xff{\"return\": @}\n"

/* In place of an answer: sends without end, and reads nothing. */
#define FLOOD "flood"

static bool read_line(int fd, char *line, size_t size)
{
	size_t n = 0;
	char   c;

	while (read(fd, &c, 1) == 1) {
		if (c == '\n') {
			line[n] = '\0';
			return true;
		}
		if (n + 1 < size)
			line[n++] = c;
	}
	return false;
}

static void send_answer(int fd, const char *answer, const char *request)
{
	const char *id = strstr(request, "\"id\": ");
	size_t      digits = id ? strspn(id + 6, "0123456789") : 0;
	const char *at = strchr(answer, '@');
	char        text[8192];

	if (at)
		(void)snprintf(text, sizeof(text), "%.*s%.*s%s", (int)(at - answer), answer,
			       (int)digits, id ? id + 6 : "", at + 1);
	else
		(void)snprintf(text, sizeof(text), "%s", answer);
	(void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}

static void flood(int fd)
{
	char text[4096];

	memset(text, 'x', sizeof(text));
	while (send(fd, text, sizeof(text), MSG_NOSIGNAL) > 0)
		;
}

static void *fake_run(void *arg)
{
	struct fake *f = arg;
	size_t       i;

	for (i = 0; i < f->n; i++) {
		if (strcmp(f->answers[i], FLOOD) == 0)
			flood(f->fd);
		if (!read_line(f->fd, f->seen[i], sizeof(f->seen[i])))
			break;
		send_answer(f->fd, f->answers[i], f->seen[i]);
	}
	(void)shutdown(f->fd, SHUT_WR);
	return NULL;
}

static void fake_start(struct fake *f, size_t n, const char *const *answers)
{
	struct qgac_err err;
	int             pair[2];

	memset(f, 0, sizeof(*f));
	f->n = n;
	memcpy(f->answers, answers, n * sizeof(*answers));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	f->fd = pair[1];
	assert_int_equal(qgac_open_fd(pair[0], &f->agent, &err), 0);
	assert_int_equal(pthread_create(&f->thread, NULL, fake_run, f), 0);
}

static void fake_stop(struct fake *f)
{
	qgac_free(f->agent);
	(void)pthread_join(f->thread, NULL);
	(void)close(f->fd);
}

#define START(f, ...)                                                                              \
	fake_start(f, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *),                      \
		   (const char *[]){__VA_ARGS__})

static int64_t soon(void)
{
	return qgac_deadline(20000);
}

#endif
