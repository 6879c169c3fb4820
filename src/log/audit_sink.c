/* SPDX-License-Identifier: MIT */
#include "log/audit_sink.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* In the tree of the configuration. */
#define JOURNAL_PATH "/run/systemd/journal/socket"
#define SYSLOG_PATH "/dev/log"

void audit_sink_init(struct audit_sink *s)
{
	*s = (struct audit_sink){.fd = -1};
}

/* --- opening --- */

static int connect_to(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	auto_close int     fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || (size_t)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s%s",
				       log_config->root, path) >= sizeof(addr.sun_path))
		return -1;
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return -1;
	return take_fd(&fd);
}

static void open_socket(struct audit_sink *s)
{
	if (log_config->audit != AUDIT_SYSLOG) {
		s->kind = AUDIT_JOURNAL;
		s->fd = connect_to(JOURNAL_PATH);
	}
	if (s->fd < 0 && log_config->audit != AUDIT_JOURNAL) {
		s->kind = AUDIT_SYSLOG;
		s->fd = connect_to(SYSLOG_PATH);
	}
}

static void open_file(struct audit_sink *s)
{
	uint32_t now = atomic_load(&log_shared->generation);
	int      os, fd;

	if (s->fd >= 0 && s->generation == now)
		return;
	s->generation = now;
	s->kind = AUDIT_FILE;
	fd = log_open_path(log_config->audit_file, AUDIT_FILE_MODE, &os);
	if (fd < 0)
		return; /* the old one, if there is one, is better than none */
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = fd;
	s->torn = false;
}

/* --- one line --- */

/* A disk that is full may take half a line: the next one must not look like its end. */
static bool send_to_file(struct audit_sink *s, const struct audit_source *from)
{
	static char line[AUDIT_LINE_MAX + 64];
	size_t      n = 0;

	if (s->torn)
		line[n++] = '\n';
	n += audit_format_time(from->ns, line + n, 48);
	n += audit_format_line(from, line + n, AUDIT_LINE_MAX);
	line[n++] = '\n';
	s->torn = !log_write_all(s->fd, line, n);
	return !s->torn;
}

static size_t make_datagram(const struct audit_sink *s, const struct audit_source *from, char *to)
{
	size_t n;

	if (s->kind == AUDIT_JOURNAL)
		return audit_format_journal(from, log_config->program, to);
	n = audit_format_syslog(from, log_config->program, to, AUDIT_SYSLOG_MAX);
	return n + audit_format_line(from, to + n, AUDIT_SYSLOG_MAX - n);
}

static bool send_datagram(struct audit_sink *s, const char *data, size_t n)
{
	struct pollfd p = {.fd = s->fd, .events = POLLOUT};

	for (;;) {
		if (send(s->fd, data, n, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
			s->stalled = false;
			return true;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return false;
		if (s->stalled || poll(&p, 1, AUDIT_WAIT_MS) <= 0) {
			s->stalled = true;
			errno = EAGAIN;
			return false;
		}
	}
}

/* A journal or syslog that was started anew has a new socket: one more try. */
static bool send_to_socket(struct audit_sink *s, const struct audit_source *from)
{
	static char datagram[AUDIT_JOURNAL_MAX];
	int         tries;

	for (tries = 0; tries < 2; tries++) {
		if (s->fd < 0)
			open_socket(s);
		if (s->fd < 0)
			return false;
		if (send_datagram(s, datagram, make_datagram(s, from, datagram)))
			return true;
		if (errno == EAGAIN)
			return false;
		(void)close(take_fd(&s->fd));
	}
	return false;
}

static bool send_one(struct audit_sink *s, const struct audit_source *from)
{
	bool done;

	if (log_config->audit == AUDIT_FILE) {
		open_file(s);
		done = s->fd >= 0 && send_to_file(s, from);
	} else {
		done = send_to_socket(s, from);
	}
	s->complained &= !done;
	return done;
}

/* --- records --- */

void audit_tell_lost(struct audit_sink *s, int64_t ns)
{
	uint32_t            lost = atomic_load(&log_shared->audit_lost);
	uint32_t            told = atomic_load(&log_shared->audit_told);
	struct audit_source from = {.ns = ns, .lost = lost - told};

	if (lost != told && send_one(s, &from))
		atomic_store(&log_shared->audit_told, lost);
}

bool audit_deliver(struct audit_sink *s, const struct log_record *r, const char *fields, size_t n)
{
	const struct audit_source from = {.ns = r->ns,
					  .notable = r->level != LOG_LEVEL_INFO,
					  .truncated = r->truncated,
					  .data = fields,
					  .n = n};

	audit_tell_lost(s, r->ns);
	if (send_one(s, &from))
		return true;
	atomic_fetch_add(&log_shared->audit_lost, 1);
	return false;
}
