/* SPDX-License-Identifier: MIT */
/*
 * The log: "<seconds>.<microseconds>: <level>: <text>", escaped, never with secrets. Any process of
 * the agent may add lines, and none ever waits: lines go into a queue that all processes share (a
 * socket pair, whose memory is the kernel's), and one process that does nothing else empties it
 * (log/writer.h). What does not fit is dropped and counted.
 *
 * Until log_begin() lines are written at once, since at the start there is nobody else to do it and
 * nobody waits for an answer.
 */
#ifndef LOG_LOG_H
#define LOG_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/err.h"

/* Longest line, with its prefix; the rest is cut. */
#define LOG_LINE_MAX 4000

/* Memory of the queue; the kernel's administration of each line counts too. */
#define LOG_QUEUE_BYTES (1 << 20)

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_CRITICAL,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

/* Where audit lines go (log/audit.h); in the order of the option's words. */
enum log_audit {
	AUDIT_AUTO, /* to the journal, else to syslog */
	AUDIT_OFF,
	AUDIT_JOURNAL,
	AUDIT_SYSLOG,
	AUDIT_FILE,
};

struct log_config {
	const char *program; /* how syslog calls us */
	const char *file;    /* NULL: standard error */
	const char *
		root; /* of the tree with the sockets of syslog and the journal, "": the real one */
	enum log_audit audit;
	const char    *audit_file;
	bool           verbose; /* info and debug too */
};

/*
 * Opens the log. While it is held (frozen at the start) the file is not touched. What c points to
 * is kept. 0, or -1 with err.
 */
int log_open(const struct log_config *c, struct err *err);

/* From now on lines go into the queue. */
void log_begin(void);

/* Set once at the start. */
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

/*
 * Held: nothing is written, lines wait in the queue. For as long as filesystems are frozen. Neither
 * direction waits; a line that is being written at that moment may still come out.
 */
void log_hold(bool hold);
bool log_is_held(void);

/* The files are opened anew before the next line, because somebody has renamed them. */
void log_reopen(void);

/* For a process that will not be able to open the file: it writes to this descriptor then, which is
 * the log's from now on. -1: none any more. */
void log_keep_file(int fd);
int  log_kept_file(void);

/* Lines dropped so far. */
unsigned log_dropped(void);

/* In a process that is not the front and not the writer: it only adds lines. */
void log_leave_queue(void);

/* In the writer's parent, which outlives the agent: the writer writes what is in the queue, and
 * ends. 0: there is none. */
void log_end(pid_t writer);

/* The end of the queue that the writer reads; owned by the log. */
int log_queue_fd(void);

#endif
