/* SPDX-License-Identifier: MIT */
/*
 * An audit record as text: one line "key=value key="value" …" for syslog, files and readers of the
 * journal, and the journal's own form. Private to log/.
 *
 * In quotes there is nothing that could end them, the line, or the order of its letters on a
 * screen: quotes, backslashes, control characters, marks of direction and what is no UTF-8 are
 * written as \", \\, \n, \t, \r or \xNN for each byte.
 */
#ifndef LOG_AUDIT_TEXT_H
#define LOG_AUDIT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log/audit.h"

/* Longest line: every byte of a record may take four, and there are the names. */
#define AUDIT_LINE_MAX (4 * AUDIT_RECORD_MAX + 1024)

/* Longest message for the journal: the line, the fields, and what is the same for all. */
#define AUDIT_JOURNAL_MAX (AUDIT_LINE_MAX + 2 * AUDIT_RECORD_MAX + 1024)

/* A record as it came out of the queue. */
struct audit_source {
	int64_t     ns; /* CLOCK_REALTIME */
	bool        notable;
	bool        truncated;
	const char *data; /* fields; NULL: it says that `lost` lines are missing */
	size_t      n;
	unsigned    lost;
};

/*
 * The line, without its end: its length. What does not fit into size bytes is cut, values first at
 * a character, and the line says so.
 */
size_t audit_format_line(const struct audit_source *s, char *to, size_t size);

/* "time=<RFC 3339, UTC> " in front of a line of a file: its length. */
size_t audit_format_time(int64_t ns, char *to, size_t size);

/* "<priority>Mmm dd hh:mm:ss program: audit: " in front of a line for syslog: its length. */
size_t audit_format_syslog(const struct audit_source *s, const char *program, char *to,
			   size_t size);

/* A message for the journal, in its native protocol: its length, at most AUDIT_JOURNAL_MAX. */
size_t audit_format_journal(const struct audit_source *s, const char *program, char *to);

#endif
