/* SPDX-License-Identifier: MIT */
/*
 * The log: one line per event on standard error, "<seconds>.<microseconds>: <level>: <text>",
 * escaped, never with the contents of requests. Never blocks: a line that cannot be written at once
 * is dropped and counted.
 */
#ifndef FRONT_LOG_H
#define FRONT_LOG_H

#include <stdbool.h>

#include "base/attr.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_CRITICAL,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

/* Without `verbose` only warnings, errors and critical messages appear. */
void log_init(bool verbose);

/* Set once at the start; the only global of the front. */
extern bool log_verbose;

/* Whether a line of this level would be written. */
static inline bool log_enabled(enum log_level level)
{
	return log_verbose || level <= LOG_LEVEL_WARNING;
}

void log_write(enum log_level level, const char *fmt, ...) printf_like(2, 3);

/* Arguments are evaluated only when the line is wanted. */
#define log_at(level, ...)                                                                         \
	do {                                                                                       \
		if (log_enabled(level))                                                            \
			log_write(level, __VA_ARGS__);                                             \
	} while (0)
#define log_error(...) log_at(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_critical(...) log_at(LOG_LEVEL_CRITICAL, __VA_ARGS__)
#define log_warning(...) log_at(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_at(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
