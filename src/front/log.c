/* SPDX-License-Identifier: MIT */
#include "front/log.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

/* Within PIPE_BUF: a pipe that polls writable takes a line of this length whole, without waiting.
 */
#define LINE_MAX_BYTES 4000

bool log_verbose;

static unsigned log_dropped;

void log_init(bool verbose)
{
	log_verbose = verbose;
}

/* Control characters would let a peer forge lines. */
static void escape_controls(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7F)
			*text = '?';
}

static void put_line(const char *line, size_t n)
{
	struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};

	if (poll(&p, 1, 0) != 1 || !(p.revents & POLLOUT) || write(STDERR_FILENO, line, n) < 0)
		log_dropped++;
}

static int put_prefix(char *line, size_t size, const char *level)
{
	int64_t now = clock_ns(CLOCK_REALTIME);

	return snprintf(line, size, "%lld.%06lld: %s: ", (long long)(now / NS_PER_S),
			(long long)(now % NS_PER_S / 1000), level);
}

void log_write(enum log_level level, const char *fmt, ...)
{
	static const char *const names[] = {"error", "critical", "warning", "info", "debug"};
	char                     line[LINE_MAX_BYTES];
	va_list                  ap;
	int                      n;

	if (log_dropped > 0) {
		unsigned dropped = log_dropped;

		log_dropped = 0;
		n = put_prefix(line, sizeof(line), names[LOG_LEVEL_WARNING]);
		n += snprintf(line + n, sizeof(line) - (size_t)n, "%u log lines were dropped\n",
			      dropped);
		put_line(line, (size_t)n);
	}
	n = put_prefix(line, sizeof(line), names[level]);
	va_start(ap, fmt);
	(void)vsnprintf(line + n, sizeof(line) - (size_t)n - 1, fmt, ap);
	va_end(ap);
	escape_controls(line);
	n = (int)strlen(line);
	line[n++] = '\n';
	put_line(line, (size_t)n);
}
