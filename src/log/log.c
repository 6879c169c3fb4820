/* SPDX-License-Identifier: MIT */
#include "log/log.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "base/clock.h"
#include "log/record.h"

bool                     log_verbose;
const struct log_config *log_config;

/* Before log_open() there is only this process. */
static struct log_shared own;
struct log_shared       *log_shared = &own;

static int queue[2] = {-1, -1}; /* read here, add there */
static int kept = -1;           /* the file, for when it cannot be opened any more */

/* --- texts --- */

static const char *const level_names[] = {"error", "critical", "warning", "info", "debug"};

size_t log_format_line(const struct log_record *r, const char *text, size_t n, char *to,
		       size_t size)
{
	int done = snprintf(to, size, "%lld.%06lld: %s: %.*s", (long long)(r->ns / NS_PER_S),
			    (long long)(r->ns % NS_PER_S / 1000),
			    level_names[r->level % ARRAY_SIZE(level_names)], (int)n, text);

	if ((size_t)done > size - 1)
		done = (int)size - 1;
	to[done] = '\n';
	return (size_t)done + 1;
}

/* Control characters would let a peer forge lines, or speak to a terminal. */
static size_t escape(const char *from, char *to, size_t size)
{
	static const char hex[] = "0123456789abcdef";
	size_t            n = 0;

	for (; *from && n + 4 < size; from++) {
		unsigned char c = (unsigned char)*from;

		if (c >= 0x20 && c != 0x7F && c != '\\') {
			to[n++] = (char)c;
			continue;
		}
		to[n++] = '\\';
		if (c == '\\' || c == '\n' || c == '\t' || c == '\r') {
			to[n++] = c == '\\' ? '\\' : c == '\n' ? 'n' : c == '\t' ? 't' : 'r';
			continue;
		}
		to[n++] = 'x';
		to[n++] = hex[c >> 4];
		to[n++] = hex[c & 15];
	}
	return n;
}

/* --- where lines go --- */

bool log_enqueue(const struct log_record *r, const char *text, size_t n)
{
	struct iovec  iov[2] = {{(void *)r, sizeof(*r)}, {(void *)text, n}};
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = 2};
	ssize_t       done;

	do
		done = sendmsg(queue[1], &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (done < 0 && errno == EINTR);
	return done >= 0;
}

static void write_now(const struct log_record *r, const char *text, size_t n)
{
	char line[LOG_LINE_MAX];
	int  os, fd = STDERR_FILENO;

	if (log_config && log_config->file)
		fd = log_open_file(&os);
	if (fd < 0)
		fd = STDERR_FILENO;
	(void)!write(fd, line, log_format_line(r, text, n, line, sizeof(line)));
	if (fd != STDERR_FILENO)
		(void)close(fd);
}

static void printf_like(2, 0) put(uint32_t level, const char *fmt, va_list ap)
{
	struct log_record r = {.ns = clock_ns(CLOCK_REALTIME), .level = level};
	char              raw[LOG_LINE_MAX / 2], text[LOG_LINE_MAX - 64];
	size_t            n;

	(void)vsnprintf(raw, sizeof(raw), fmt, ap);
	n = escape(raw, text, sizeof(text));
	if (queue[1] < 0 || (!atomic_load(&log_shared->begun) && !log_is_held()))
		write_now(&r, text, n);
	else if (!log_enqueue(&r, text, n))
		atomic_fetch_add(&log_shared->dropped, 1);
}

void log_write(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(level, fmt, ap);
	va_end(ap);
}

/* --- life --- */

int log_open_path(const char *path, mode_t mode, int *ret_os)
{
	int fd =
		open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, mode);

	*ret_os = errno;
	return fd;
}

int log_open_file(int *ret_os)
{
	int fd = log_open_path(log_config->file, LOG_FILE_MODE, ret_os);

	return fd < 0 && kept >= 0 ? fcntl(kept, F_DUPFD_CLOEXEC, STDERR_FILENO + 1) : fd;
}

void log_keep_file(int fd)
{
	if (kept >= 0 && kept != fd)
		(void)close(kept);
	kept = fd;
}

int log_kept_file(void)
{
	return kept;
}

static int open_queue(struct err *err)
{
	int   bytes = LOG_QUEUE_BYTES;
	void *page = mmap(NULL, sizeof(*log_shared), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, queue) < 0)
		return err_os(err, errno, "cannot make the queue of the log");
	memcpy(page, log_shared, sizeof(*log_shared));
	log_shared = page;
	/* beyond what users may have only for root; the smaller default does, too */
	if (setsockopt(queue[1], SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) < 0)
		(void)setsockopt(queue[1], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	return 0;
}

/* A file that cannot be written is found at the start. */
static int try_file(const char *path, mode_t mode, const char *what, struct err *err)
{
	int os, fd = log_open_path(path, mode, &os);

	if (fd < 0)
		return err_os(err, os, "%s", what);
	(void)close(fd); /* nothing was written */
	return 0;
}

int log_open(const struct log_config *c, struct err *err)
{
	log_config = c;
	log_verbose = c->verbose;
	if (open_queue(err) < 0)
		return -1;
	if (log_is_held())
		return 0;
	if (c->file &&
	    try_file(c->file, LOG_FILE_MODE, "unable to open specified log file", err) < 0)
		return -1;
	if (c->audit == AUDIT_FILE)
		return try_file(c->audit_file, AUDIT_FILE_MODE, "unable to open the audit file",
				err);
	return 0;
}

void log_begin(void)
{
	atomic_store(&log_shared->begun, 1);
}

void log_hold(bool hold)
{
	atomic_store(&log_shared->hold, hold);
	if (!hold)
		(void)syscall(SYS_futex, &log_shared->hold, FUTEX_WAKE, 1, NULL, NULL, 0);
}

bool log_is_held(void)
{
	return atomic_load(&log_shared->hold);
}

void log_reopen(void)
{
	atomic_fetch_add(&log_shared->generation, 1);
}

unsigned log_dropped(void)
{
	return atomic_load(&log_shared->dropped);
}

void log_leave_queue(void)
{
	(void)close(take_fd(&queue[0]));
}

void log_end(pid_t writer)
{
	(void)close(take_fd(&queue[1]));
	atomic_store(&log_shared->ended, 1);
	if (writer > 0)
		(void)kill(writer, LOG_SIGNAL_END);
}

int log_queue_fd(void)
{
	return queue[0];
}
