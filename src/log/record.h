/* SPDX-License-Identifier: MIT */
/*
 * What goes through the queue, and the page that all processes of the agent share. Private to log/.
 */
#ifndef LOG_RECORD_H
#define LOG_RECORD_H

#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

#include "log/log.h"

/* To the writer: its parent has ended, or the agent has. */
#define LOG_SIGNAL_END SIGUSR1

/* A message of the queue: this, then the text, escaped, without its end, or an audit record. */
struct log_record {
	int64_t  ns; /* CLOCK_REALTIME */
	uint32_t level;
	uint16_t audit;     /* the text is the fields of an audit record */
	uint16_t truncated; /* something is missing from them */
};

struct log_shared {
	_Atomic uint32_t hold;  /* a futex: 1 while held */
	_Atomic uint32_t begun; /* lines go into the queue */
	_Atomic uint32_t dropped;
	_Atomic uint32_t told;       /* of the dropped ones, by the writer */
	_Atomic uint32_t audit_lost; /* not handed over, or not taken where they go */
	_Atomic uint32_t audit_told;
	_Atomic uint32_t generation; /* of the file; moves when it is to be opened anew */
	_Atomic uint32_t ended;      /* the agent, though not the writer's parent */
};

extern const struct log_config *log_config;
extern struct log_shared       *log_shared;

/* Adds to the queue, without waiting; false: it does not fit. */
bool log_enqueue(const struct log_record *r, const char *text, size_t n);

/* A file opened for adding, made with this mode: the descriptor, -1 with errno in *ret_os. */
int log_open_path(const char *path, mode_t mode, int *ret_os);

/* The same for the file of the log (log_config->file). */
int log_open_file(int *ret_os);

#define LOG_FILE_MODE 0644
#define AUDIT_FILE_MODE 0600

/* All of it; the descriptor may be somebody's non-blocking one, and we have the time to wait for
 * it. */
bool log_write_all(int fd, const char *line, size_t n);

/* A line as it stands in the log, with its line feed: its length. */
size_t log_format_line(const struct log_record *r, const char *text, size_t n, char *to,
		       size_t size);

#endif
