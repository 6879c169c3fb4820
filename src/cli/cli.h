/* SPDX-License-Identifier: MIT */
/*
 * What the verbs share: the global options, the way to the agent, and how things are said. A verb
 * is one function in the file of its group, and a row in main.c.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/attr.h"
#include "qgaclient.h"

/* Exit codes: part of the interface, listed in vactl(1). */
enum exit_code {
	EXIT_OK = 0,
	EXIT_USAGE = 1,
	EXIT_CONNECT = 2,
	EXIT_FAILED = 3,
	EXIT_TIMEOUT = 4,
};

struct verb;

struct cli {
	const struct verb *verb;
	const char        *socket; /* as the user gave it; NULL if nothing was said */
	int64_t            timeout_ms;
	bool               json;
	bool               quiet;
	int                status; /* exit code when option parsing ends the program */
};

struct verb {
	const char *name;
	const char *arguments; /* for the usage line */
	const char *summary;
	const char *help; /* its own options and remarks, lines with line feeds */
	int (*run)(struct cli *cli, int argc, char **argv);
};

/* The verbs. argv[0] is the verb's name; the result is the exit code. */
int verb_ping(struct cli *cli, int argc, char **argv);
int verb_info(struct cli *cli, int argc, char **argv);
int verb_raw(struct cli *cli, int argc, char **argv);
int verb_cat(struct cli *cli, int argc, char **argv);
int verb_cp(struct cli *cli, int argc, char **argv);

/* options.c */

#define OPTIONS_STOP (-2)

/*
 * getopt_long() for a verb: `shorts` and `longs` (ended by a zero row) are its own options; global
 * ones are taken here. Returns a short option of the verb, -1 after the last one, or OPTIONS_STOP:
 * return cli->status.
 */
int options_next(struct cli *cli, int argc, char **argv, const char *shorts,
		 const struct option *longs);

/* Global options in front of the verb: index of the verb in argv, or OPTIONS_STOP. */
int options_before_verb(struct cli *cli, int argc, char **argv);

/* "2", "0.25": at most three decimals count. False unless it is from 0 to 10^6 seconds. */
bool options_seconds(const char *text, int64_t *ret_ms);

/* Prints the error and where help is; returns EXIT_USAGE. */
int options_error(const struct cli *cli, const char *fmt, ...) printf_like(2, 3);

/* Table of verbs (main.c) and the help built from it. */
extern const struct verb verbs[];
void                     options_help(const struct verb *verb);

/* agent.c */

/*
 * Connects to the agent that was asked for. EXIT_OK with *ret, or an exit code after printing why
 * not.
 */
int agent_open(const struct cli *cli, int64_t deadline, struct qgac **ret);

/*
 * Says on stderr, in one line, what went wrong with `what` (may be NULL) and what to do; returns
 * the exit code.
 */
int agent_error(const struct cli *cli, const char *what, const struct qgac_err *err);
int agent_exit_code(const struct qgac_err *err);

/* The path behind the colon that marks it as the guest's, if there is one. */
const char *guest_path(const char *argument);

/* print.c */

/*
 * Text of the agent, with everything that could steer a terminal written as \uXXXX: control
 * characters, marks that change the direction of text, invalid bytes (\xXX).
 */
void print_escaped(FILE *out, const char *s, size_t n);

/* The same with line feeds and tabs left as they are. */
void print_text(FILE *out, const char *s, size_t n);

/* A reply line for programs: as it is, but escaped on a terminal. */
void print_reply(const struct qgac_reply *reply);

/* Writes out what stdout still holds; false after saying that this failed. */
bool print_finish(void);

#endif
