/* SPDX-License-Identifier: MIT */
/*
 * What the verbs share: the global options, the way to the agent, and how things are said. A verb
 * is one function in the file of its group, and a row in verbs.c.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/attr.h"
#include "cli/print.h"
#include "qgaclient.h"

/* Exit codes: part of the interface, listed in vactl(1). */
enum exit_code {
	EXIT_OK = 0,
	EXIT_USAGE = 1,
	EXIT_CONNECT = 2,
	EXIT_FAILED = 3,
	EXIT_TIMEOUT = 4,
	EXIT_UNREAD = 5, /* of wait: the channel is there, but nobody reads it */
	EXIT_OWN =
		255, /* of verbs that pass on the status of a program: whatever else went wrong */
};

#define TIMEOUT_DEFAULT_MS 10000

struct verb;

struct cli {
	const struct verb *verb;
	const char        *guest;  /* as the user gave it; NULL if nothing was said */
	const char        *target; /* the same for qgac_connect() */
	const char        *socket; /* path of the unix socket, NULL if it is something else */
	const char        *uri;    /* of libvirt; NULL: its default */
	int64_t            timeout_ms;
	bool               has_timeout; /* was given */
	bool               json;
	bool               quiet;
	bool               all;  /* every guest that can be found */
	int64_t            jobs; /* at a time; 0: not given */
	enum print_color   color;
	char              *owned[2];  /* what target and socket point to, for main() to free */
	int                status;    /* exit code when option parsing ends the program */
	bool               is_remote; /* the result is the status of a program, not ours */
};

/* Ids of options without a letter; verbs begin their own at OPT_OF_VERB. */
enum {
	OPT_WITHOUT_LETTER = 256,
	OPT_JSON = OPT_WITHOUT_LETTER,
	OPT_ALL,
	OPT_JOBS,
	OPT_COLOR,
	OPT_OF_VERB,
};

/* What an operand or the value of an option is, for completion. */
enum cli_value {
	VALUE_NONE,
	VALUE_TEXT, /* nothing that could be completed */
	VALUE_FILE,
	VALUE_GUEST,
	VALUE_COMMAND, /* a program of the host, and its arguments */
	VALUE_WORDS,   /* one of .words */
};

struct cli_option {
	int            id;    /* a letter, or from 256 on for those without one */
	const char    *name;  /* the long one; a row without ends a table */
	const char    *value; /* what the help calls it; NULL if there is none */
	enum cli_value kind;
	const char    *words; /* separated by blanks */
	const char    *help;
};

struct verb {
	const char              *name;
	const char              *group;     /* heading in the help; NULL: that of the verb before */
	const char              *arguments; /* behind the options in the usage line */
	const char              *summary;
	const struct cli_option *options; /* may be NULL */
	const char              *remarks; /* lines with line feeds; may be NULL */
	enum cli_value           operands;
	const char              *words;     /* for VALUE_WORDS */
	bool                     no_guest;  /* works without one */
	bool                     stops;     /* options end with the first operand */
	bool                     is_status; /* exits with the status of a program */
	int (*run)(struct cli *cli, int argc, char **argv);
};

/* verbs.c; both end with a row without a name. */
extern const struct verb       verbs[];
extern const struct cli_option global_options[];

const struct verb *verb_find(const char *name);

/* The verbs. argv[0] is the verb's name; the result is the exit code. */
int verb_ping(struct cli *cli, int argc, char **argv);
int verb_info(struct cli *cli, int argc, char **argv);
int verb_commands(struct cli *cli, int argc, char **argv);
int verb_raw(struct cli *cli, int argc, char **argv);
int verb_cat(struct cli *cli, int argc, char **argv);
int verb_cp(struct cli *cli, int argc, char **argv);
int verb_list(struct cli *cli, int argc, char **argv);
int verb_completion(struct cli *cli, int argc, char **argv);
int verb_os(struct cli *cli, int argc, char **argv);
int verb_ip(struct cli *cli, int argc, char **argv);
int verb_df(struct cli *cli, int argc, char **argv);
int verb_disks(struct cli *cli, int argc, char **argv);
int verb_net(struct cli *cli, int argc, char **argv);
int verb_users(struct cli *cli, int argc, char **argv);
int verb_cpus(struct cli *cli, int argc, char **argv);
int verb_memory(struct cli *cli, int argc, char **argv);
int verb_load(struct cli *cli, int argc, char **argv);
int verb_time(struct cli *cli, int argc, char **argv);
int verb_exec(struct cli *cli, int argc, char **argv);
int verb_sh(struct cli *cli, int argc, char **argv);
int verb_freeze(struct cli *cli, int argc, char **argv);
int verb_thaw(struct cli *cli, int argc, char **argv);
int verb_status(struct cli *cli, int argc, char **argv);
int verb_trim(struct cli *cli, int argc, char **argv);
int verb_shutdown(struct cli *cli, int argc, char **argv);
int verb_reboot(struct cli *cli, int argc, char **argv);
int verb_suspend(struct cli *cli, int argc, char **argv);
int verb_passwd(struct cli *cli, int argc, char **argv);
int verb_ssh_keys(struct cli *cli, int argc, char **argv);
int verb_vcpus(struct cli *cli, int argc, char **argv);
int verb_wait(struct cli *cli, int argc, char **argv);
int verb_doctor(struct cli *cli, int argc, char **argv);

/* options.c */

#define OPTIONS_STOP (-2)

/*
 * getopt_long() for the table of the verb; global options are taken here. Returns the id of an
 * option of the verb (optarg is its value), -1 after the last one, or OPTIONS_STOP: return
 * cli->status.
 */
int options_next(struct cli *cli, int argc, char **argv);

/*
 * For verbs without arguments that have no options of their own, or just one without a value:
 * whether it was given. False: return cli->status.
 */
bool options_none(struct cli *cli, int argc, char **argv);
bool options_flag(struct cli *cli, int argc, char **argv, bool *ret);

/* Global options in front of the verb: index of the first word in argv, or OPTIONS_STOP. */
int options_before_verb(struct cli *cli, int argc, char **argv);

/* "2", "0.25": at most three decimals count. False unless it is from 0 to 10^6 seconds. */
bool options_seconds(const char *text, int64_t *ret_ms);

/* "4096", "64K", "1M", "2G"; false unless it is from 1 to max. */
bool options_size(const char *text, uint64_t max, uint64_t *ret);

/* Prints the error and where help is; returns EXIT_USAGE. */
int options_error(const struct cli *cli, const char *fmt, ...) printf_like(2, 3);

/* help.c: NULL is vactl itself. */
void help_print(const struct verb *verb);

/* agent.c */

/* Finds out which guest is meant: EXIT_OK with cli->target set, or an exit code. */
int agent_resolve(struct cli *cli);

/*
 * Connects to the agent that was asked for. EXIT_OK with *ret, or an exit code after printing why
 * not.
 */
int agent_open(struct cli *cli, int64_t deadline, struct qgac **ret);

/*
 * Says on stderr, in one line, what went wrong with `what` (may be NULL) and what to do; returns
 * the exit code.
 */
int agent_error(const struct cli *cli, const char *what, const struct qgac_err *err);
int agent_exit_code(const struct qgac_err *err);

/* Whether libvirt is between us and the guest: it holds the socket, and makes the handshake itself.
 */
bool agent_is_through_libvirt(const struct cli *cli);
#define ADVICE_LIBVIRT "does libvirt's daemon answer? try: virsh list"

/* What to do about a domain of libvirt that is paused; NULL for other errors. */
const char *agent_advice_on_hold(const struct qgac_err *err);

/* One line on stderr, escaped, for what is no error of the agent; returns EXIT_FAILED. */
int agent_complain(const char *fmt, ...) printf_like(1, 2);

/* The path behind the colon that marks it as the guest's, if there is one. */
const char *guest_path(const char *argument);

#endif
