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

/* A message of the queue: this, then the text, escaped, without its end. */
struct log_record {
	int64_t  ns; /* CLOCK_REALTIME */
	uint32_t level;
	uint32_t account; /* for syslog, else for the log */
};

struct log_shared {
	_Atomic uint32_t hold;  /* a futex: 1 while held */
	_Atomic uint32_t begun; /* lines go into the queue */
	_Atomic uint32_t dropped;
	_Atomic uint32_t told;       /* of the dropped ones, by the writer */
	_Atomic uint32_t generation; /* of the file; moves when it is to be opened anew */
	_Atomic uint32_t ended;      /* the agent, though not the writer's parent */
};

extern const struct log_config *log_config;
extern struct log_shared       *log_shared;

/* The file of the log (log_config->file), opened for adding: the descriptor, -1 with errno in
 * *ret_os. */
int log_open_file(int *ret_os);

/* A line as it stands in the log, with its line feed: its length. */
size_t log_format_line(const struct log_record *r, const char *text, size_t n, char *to,
		       size_t size);

/* The same as a datagram for syslog. tm is the record's time in the local zone. */
size_t log_format_syslog(const struct tm *tm, const char *program, const char *text, size_t n,
			 char *to, size_t size);

#endif
