/* SPDX-License-Identifier: MIT */
/*
 * Audit lines: one for each command with an effect, as fields with the bytes that a peer has sent.
 * A record goes through the queue of the log, so adding one never waits; the log's writer makes
 * text of it (log/audit_text.h) and takes it to the journal, to syslog or to a file
 * (log/audit_sink.h). What is lost on the way is counted and told.
 */
#ifndef LOG_AUDIT_H
#define LOG_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log/log.h"

/* Bytes of a record; a path of PATH_MAX fits, and all other fields with it. */
#define AUDIT_RECORD_MAX 8192

/* In the order in which they are written; what may be cut off a long line comes last. */
enum audit_key {
	AUDIT_CHANNEL,
	AUDIT_PEER,
	AUDIT_COMMAND,
	AUDIT_VERDICT,
	AUDIT_DURATION,  /* microseconds */
	AUDIT_RESULT,    /* the number that was answered */
	AUDIT_REPLY,     /* "lost": nobody was there to read it */
	AUDIT_REPEATED,  /* refusals of this command since the last line about one */
	AUDIT_TRUNCATED, /* "yes": a value or the line is cut; not to be added, the record knows */
	AUDIT_CLASS,     /* of the error */
	AUDIT_ERROR,
	AUDIT_ARGUMENT, /* named */
	AUDIT_SUBJECT,
	AUDIT_KEYS,
};

/* The writer takes both from the same queue. */
_Static_assert(AUDIT_RECORD_MAX >= LOG_LINE_MAX, "one buffer is enough");

struct audit_record {
	size_t n;
	bool   truncated;
	char   data[AUDIT_RECORD_MAX];
};

void audit_init(struct audit_record *r);

/* Adds n bytes, whatever they are; what is too long is cut at a character, and the record says so.
 */
void audit_add(struct audit_record *r, enum audit_key key, const char *value, size_t n);
void audit_add_str(struct audit_record *r, enum audit_key key, const char *value);
void audit_add_int(struct audit_record *r, enum audit_key key, int64_t value);

/* An argument of the command. Its name is the schema's. */
void audit_add_argument(struct audit_record *r, const char *name, const char *value, size_t n);

/* Whether anybody wants audit lines. */
bool audit_is_wanted(void);

/* Hands it over. `notable`: more than an ordinary success. */
void audit_write(const struct audit_record *r, bool notable);

/* Lines that were lost so far. */
unsigned audit_lost(void);

#endif
