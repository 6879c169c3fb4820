/* SPDX-License-Identifier: MIT */
#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/clock.h"
#include "cli/print.h"

#define FIRST_NS (NS_PER_S / 2)
#define EVERY_NS (NS_PER_S / 10)
#define COLUMNS_DEFAULT 80
#define BAR_LEAST 10
#define BAR_MOST 40
#define LINE_MAX_BYTES 256

bool progress_is_possible(bool quiet)
{
	return !quiet && isatty(STDERR_FILENO);
}

void progress_begin(struct progress *p, bool is_wanted, const char *what, uint64_t total)
{
	int64_t now = clock_monotonic_ns();

	*p = (struct progress){
		.what = what,
		.total = total,
		.start_ns = now,
		.next_ns = now + FIRST_NS,
		.is_wanted = is_wanted,
	};
}

static int columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return COLUMNS_DEFAULT;
}

static void format_time(char *text, size_t size, double seconds)
{
	uint64_t s = seconds < 3.6e8 ? (uint64_t)(seconds + 0.5) : 360000000;

	if (s < 3600)
		(void)snprintf(text, size, "%u:%02u", (unsigned int)(s / 60),
			       (unsigned int)(s % 60));
	else
		(void)snprintf(text, size, "%llu:%02u:%02u", (unsigned long long)(s / 3600),
			       (unsigned int)(s / 60 % 60), (unsigned int)(s % 60));
}

/* What is known without a size: " 12.3 MiB  118 MiB/s". */
static void format_rate(char *text, size_t size, uint64_t done, double rate)
{
	char bytes[32], per_second[32];

	print_bytes(bytes, sizeof(bytes), (double)done);
	print_bytes(per_second, sizeof(per_second), rate);
	(void)snprintf(text, size, "%s  %s/s", bytes, per_second);
}

static void format_bar(char *text, size_t room, double part)
{
	size_t n = room < BAR_MOST ? room : BAR_MOST;
	size_t full = (size_t)(part * (double)n);

	memset(text, '=', full);
	memset(text + full, ' ', n - full);
	text[n] = '\0';
}

/* Behind the bar, if the size is known: " 45 %  12.3 MiB  118 MiB/s  0:05 left". */
static void format_known(char *text, size_t size, const char *moved, double part, double rate,
			 uint64_t left)
{
	char time[32] = "?";

	if (rate > 0)
		format_time(time, sizeof(time), (double)left / rate);
	(void)snprintf(text, size, "%3d %%  %s  %s left", (int)(part * 100), moved, time);
}

static void draw(const struct progress *p, uint64_t done, int64_t now)
{
	double rate = (double)done / ((double)(now - p->start_ns) / (double)NS_PER_S);
	double part = p->total ? (double)done / (double)p->total : 0;
	char   moved[80], known[160], bar[BAR_MOST + 1] = "", line[LINE_MAX_BYTES];
	int    width = columns() - 1; /* a line that wraps cannot be drawn over */
	int    room;

	format_rate(moved, sizeof(moved), done, rate);
	if (!p->total || done > p->total) { /* what grows has no end to wait for */
		(void)snprintf(line, sizeof(line), "%s  %s", p->what, moved);
	} else {
		format_known(known, sizeof(known), moved, part, rate, p->total - done);
		room = width - (int)(strlen(p->what) + strlen(known) + strlen(" [] "));
		if (room >= BAR_LEAST)
			format_bar(bar, (size_t)room, part);
		(void)snprintf(line, sizeof(line), *bar ? "%s [%s] %s" : "%s%s %s", p->what, bar,
			       known);
	}
	(void)fprintf(stderr, "\r%.*s\033[K", width, line);
	(void)fflush(stderr);
}

void progress_update(struct progress *p, uint64_t done)
{
	int64_t now;

	if (!p->is_wanted)
		return;
	now = clock_monotonic_ns();
	if (now < p->next_ns)
		return;
	draw(p, done, now);
	p->next_ns = now + EVERY_NS;
	p->is_shown = true;
}

void progress_end(struct progress *p)
{
	if (!p->is_shown)
		return;
	(void)fputs("\r\033[K", stderr);
	(void)fflush(stderr);
	p->is_shown = false;
}
