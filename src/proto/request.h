/* SPDX-License-Identifier: MIT */
/*
 * What a handler gets besides its arguments.
 */
#ifndef PROTO_REQUEST_H
#define PROTO_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "proto/command.h"

/* Decoded arguments and the result of one request together. */
#define REQUEST_ARENA_MAX ((size_t)160 << 20)

struct options;
struct policy;
struct stream;
struct sys_root;

/* The file of commands that work on handles; -1 and 0 for all others. */
struct request_file {
	int  fd;         /* lent for the handle of the arguments; -1: there is no such handle */
	bool busy;       /* there is, but an operation on it runs */
	int  deferred;   /* errno that the last read could not tell, 0; handlers change it, it stays
			    with the handle */
	int     opened;  /* out: a new descriptor, owned by the front from then on */
	int64_t reserve; /* > 0: that many numbers have to be set aside in the state file */
	int64_t next;    /* none below this, whatever the file says */
	int64_t first;   /* out: the first of them */
};

/* The program that guest-exec starts. Its handler fills this in; the front does it. */
struct request_child {
	size_t       rules; /* number of the policy of the channel; set by the front */
	char        *path;
	char *const *arg;
	size_t       n_arg;
	char *const *env;
	size_t       n_env;
	bool         has_env; /* else the agent's own */
	bool         has_input;
	const char  *input;
	size_t       input_n;
	bool         keep_out;
	bool         keep_err;
	bool         merged; /* standard error goes where standard output goes */
};

/* What is kept of one stream of a program. */
struct request_output {
	int      fd; /* memory file, -1: nothing is kept */
	uint64_t n;  /* bytes of it */
	bool     truncated;
};

/* What is known of the program that guest-exec-status asks about. */
struct request_report {
	bool                  found;
	bool                  ended;
	int                   status; /* as waitpid() gives it */
	struct request_output out;
	struct request_output err;
};

/* What a freeze command wants of the front. Strings are the request's. */
struct request_freeze {
	enum {
		REQUEST_FREEZE,
		REQUEST_FREEZE_LIST,
		REQUEST_THAW,
	} what;
	char **points;
	size_t n;
};

struct request {
	struct arena          *arena; /* freed when the reply has been written */
	const struct command  *command;
	const struct policy   *policy; /* of the channel that the request came from */
	bool                   frozen;
	struct stream         *stream; /* for commands that stream, else NULL */
	struct request_file    file;
	struct request_child   child;   /* out, for commands that start one */
	struct request_freeze  freeze;  /* out, for commands with "freezer" */
	struct request_report  report;  /* for commands that ask about one */
	const struct options  *options; /* what the daemon was told (config/options.h) */
	const struct sys_root *root;    /* where the guest is read from */
	bool old_names; /* the handle was spelt filehandle: a read answers under the old name too */
};

#endif
