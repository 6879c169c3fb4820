/* SPDX-License-Identifier: MIT */
/*
 * The command table, generated from schema/ (schema_commands.c): one row per command, sorted by
 * name.
 */
#ifndef PROTO_COMMAND_H
#define PROTO_COMMAND_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct request;
struct json;
struct json_out;

/* Set from the `features` of a schema entry; the names there are __org.virtagent_ plus the words in
 * quotes. */
enum command_flags {
	CMD_NO_REPLY = 1u << 0,    /* 'success-response': false */
	CMD_IN_FRONT = 1u << 1,    /* "in-front": reads kernel memory only; others use a worker */
	CMD_WHEN_FROZEN = 1u << 2, /* "when-frozen": allowed while filesystems are frozen */
	CMD_ALWAYS_WHEN_FROZEN = 1u << 3, /* "always-when-frozen": then in spite of a block list */
	CMD_DELIMITED = 1u << 4,          /* "delimited": one 0xFF in front of the success reply */
	CMD_SYNC = 1u << 5,               /* "sync": may overtake a running command */
	CMD_SURVIVES_SYNC = 1u << 6,      /* "survives-sync": not dropped when a sync overtakes */
	CMD_NEEDS_PEER = 1u << 7,         /* "needs-peer": not started when its peer has left */
	CMD_NEVER_REFUSED = 1u << 8,  /* "never-refused": also when too many workers are stuck */
	CMD_WRITES = 1u << 9,         /* "writes": changes the guest; logged once per call */
	CMD_OPENS_HANDLE = 1u << 10,  /* "opens-handle": its descriptor becomes a number */
	CMD_USES_HANDLE = 1u << 11,   /* "uses-handle": gets the file of `handle` lent */
	CMD_CLOSES_HANDLE = 1u << 12, /* "closes-handle": gets the file of `handle` for good */
	CMD_STREAMS = 1u << 13,       /* "streams": writes the value itself (proto/stream.h) */
	CMD_MACHINE = 1u << 14,       /* "machine": tests: in the guest, or with --root */
	CMD_STARTS_CHILD = 1u << 15,  /* "starts-child": says what program to start */
	CMD_REPORTS_CHILD = 1u << 16, /* "reports-child": is told about the program of `pid` */
	CMD_FREEZER = 1u << 17,       /* "freezer": answered by the front's freeze machine, later */
	CMD_THAWS = 1u << 18,         /* "thaws": its arrival cancels a freeze that is under way */
	CMD_WAITS_SETTLED = 1u << 19, /* "waits-settled": not answered while a freeze or a thaw is
					 under way */
	CMD_SECRET = 1u << 20,        /* has a secret argument: its bytes are wiped */

	/* The lowest profile (policy/policy.h) that has the command; without one only `full` has
	 * it. */
	CMD_PROFILE_INFO = 1u << 21,   /* "profile-info" */
	CMD_PROFILE_BACKUP = 1u << 22, /* "profile-backup" */
	CMD_PROFILE_MANAGE = 1u << 23, /* "profile-manage" */
	CMD_RUNS_PROGRAMS = 1u << 24,  /* "runs-programs": of the guest, as root */
	CMD_READS_ONLY = 1u << 25,     /* follows from the others: its worker can change nothing */
};

struct command {
	const char *name;
	uint32_t    flags;
	uint64_t capabilities; /* that the handler needs: "needs-" and the name; bits by number */
	uint16_t order;        /* place in the schema = registration order of the protocol */
	size_t   in_size;      /* bytes of struct <name>_in, 0 without arguments */
	size_t   out_size;     /* bytes of struct <name>_out, 0 without a result */

	/* Decodes the arguments object (args->p NULL: absent) in place. Strings point into the
	 * text, the rest into a. */
	int (*decode)(const struct json *args, struct arena *a, void *in, struct err *err);
	/* Calls the handler cmd_<name>() with typed pointers. */
	int (*run)(struct request *rq, const void *in, void *out, struct err *err);
	/* Writes the value of "return"; {} for commands without a result. */
	void (*encode)(const void *out, struct json_out *w);
};

extern const struct command commands[];
extern const size_t         n_commands;

/* NULL when there is no such command. */
const struct command *command_find(const char *name);

#endif
