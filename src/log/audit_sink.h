/* SPDX-License-Identifier: MIT */
/*
 * Where audit lines go in the end, for the writer of the log: the journal, syslog, or a file. It
 * may wait, but not for long where others of its lines would wait with it. Private to log/.
 */
#ifndef LOG_AUDIT_SINK_H
#define LOG_AUDIT_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log/audit_text.h"
#include "log/record.h"

/* How long a journal or syslog that is busy is waited for; one that has let us wait in vain is not
 * waited for again until it takes something. */
#define AUDIT_WAIT_MS 1000

/* Longest datagram for syslog. */
#define AUDIT_SYSLOG_MAX 8192

struct audit_sink {
	int            fd;         /* -1 */
	enum log_audit kind;       /* of fd: journal, syslog or file */
	uint32_t       generation; /* of the open file */
	bool           torn;       /* the file has a line without its end */
	bool           stalled;
	bool           complained; /* for the writer: it has said that nobody takes lines */
};

void audit_sink_init(struct audit_sink *s);

/* A record from the queue, preceded by the number of those that are missing. False: it is lost, and
 * counted. */
bool audit_deliver(struct audit_sink *s, const struct log_record *r, const char *fields, size_t n);

/* The same for what is missing alone. */
void audit_tell_lost(struct audit_sink *s, int64_t ns);

#endif
