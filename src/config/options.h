/* SPDX-License-Identifier: MIT */
/*
 * What the daemon is told at its start: built-in values, then the configuration file, then the
 * command line. One row of the table makes the member, the option, the key of the file, the help
 * text, the line of --dump-conf; a test holds the manual pages to it.
 *
 * To add one: a row in OPTIONS_OWN. Kinds:
 *
 *   FLAG     bool; in files true, false, 1 or 0, on the command line present
 *   STRING   const char *, NULL possible
 *   HOOK     the same; on the command line its value is optional and attached
 *   LIST     struct option_list of names of commands; accumulates, "help" lists the commands
 *   WORDS    the same of any words
 *   NUMBER   int64_t, 0 to the limit; MS and SECONDS are the same with their unit in error texts
 *   CHOICE   int, place of the word in the row's "a|b|c"
 *
 * A key that may also stand in a [channel NAME] group has a row in OPTIONS_CHANNEL besides.
 */
#ifndef CONFIG_OPTIONS_H
#define CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

/* Where the configuration is when nobody says: fixed, since a block list that is not found blocks
 * nothing. */
#define OPTIONS_FILE "/etc/virtagent/virtagent.conf"
#define OPTIONS_FILE_QEMU_GA "/etc/qemu/qemu-ga.conf"

/* What -F stands for without a value. */
#define OPTIONS_HOOK_DEFAULT "/etc/qemu/fsfreeze-hook"

/* Largest value of most options with milliseconds. */
#define OPTION_MS_MAX 3600000

/* Largest value of counting options without a limit of their own. */
#define OPTION_COUNT_MAX 1000000
/* Largest value of freeze-timeout. */
#define OPTION_FREEZE_S_MAX 86400

/* How often a list option may be given. */
#define OPTION_LISTS_MAX 16

/* [channel NAME] groups, and bytes of a NAME. */
#define OPTION_CHANNELS_MAX 16
#define OPTION_CHANNEL_NAME_MAX 64

/* Warnings kept until there is a log; later ones are dropped. */
#define OPTION_WARNINGS_MAX 32

/*
 * kind, member, letter (0: none), long option, key in files (NULL: none), built-in value, limit of
 * numbers, value in the help (NULL: takes none), help text.
 *
 * The protocol's agent has these, too, and --dump-conf prints them in this order.
 */
#define OPTIONS_PROTOCOL(X)                                                                        \
	X(FLAG, daemonize, 'd', "daemonize", "daemon", 0, 0, NULL,                                 \
	  "become a daemon, with a pid file")                                                      \
	X(STRING, method, 'm', "method", "method", "virtio-serial", 0, "METHOD",                   \
	  "transport: virtio-serial, isa-serial, unix-listen, vsock-listen, or stdio")             \
	X(STRING, path, 'p', "path", "path", NULL, 0, "PATH", "device or socket of the transport") \
	X(STRING, logfile, 'l', "logfile", "logfile", NULL, 0, "PATH",                             \
	  "write the log to this file instead of standard error")                                  \
	X(STRING, pidfile, 'f', "pidfile", "pidfile", "/var/run/qemu-ga.pid", 0, "PATH",           \
	  "pid file of --daemonize")                                                               \
	X(HOOK, fsfreeze_hook, 'F', "fsfreeze-hook", "fsfreeze-hook", NULL, 0, "PATH",             \
	  "program to call around a freeze [" OPTIONS_HOOK_DEFAULT "]")                            \
	X(STRING, statedir, 't', "statedir", "statedir", "/var/run", 0, "DIR",                     \
	  "directory for state that survives a restart")                                           \
	X(FLAG, verbose, 'v', "verbose", "verbose", 0, 0, NULL,                                    \
	  "log everything, not only warnings and errors")                                          \
	X(FLAG, retry_path, 'r', "retry-path", "retry-path", 0, 0, NULL,                           \
	  "keep trying to open the channel")                                                       \
	X(LIST, block_rpcs, 'b', "block-rpcs", "block-rpcs", {0}, 0, "LIST",                       \
	  "commands to refuse, separated by commas; 'help' lists them all")                        \
	X(LIST, allow_rpcs, 'a', "allow-rpcs", "allow-rpcs", {0}, 0, "LIST",                       \
	  "the only commands to allow; 'help' lists them all")

/* Values of `profile` (policy/policy.h). */
#define OPTION_PROFILES "info|backup|manage|full"
#define OPTION_PROFILE_FULL 3

/* Ours; --dump-conf prints those that differ from the built-in value. */
#define OPTIONS_OWN(X)                                                                             \
	X(CHOICE, profile, 0, "profile", "profile", OPTION_PROFILE_FULL, 0, OPTION_PROFILES,       \
	  "commands that the host may call at most")                                               \
	X(WORDS, file_read, 0, "file-read", "file-read", {0}, 0, "LIST",                           \
	  "the only files and directories that may be read")                                       \
	X(WORDS, file_write, 0, "file-write", "file-write", {0}, 0, "LIST",                        \
	  "the only files and directories that may be written")                                    \
	X(WORDS, exec_programs, 0, "exec-programs", "exec-programs", {0}, 0, "LIST",               \
	  "the only programs, and directories of programs, that may be run")                       \
	X(STRING, exec_user, 0, "exec-user", "exec-user", NULL, 0, "USER",                         \
	  "the user as whom programs are run")                                                     \
	X(WORDS, password_users, 0, "password-users", "password-users", {0}, 0, "LIST",            \
	  "patterns of the only users whose passwords may be set; !PATTERN: not these")            \
	X(WORDS, ssh_users, 0, "ssh-users", "ssh-users", {0}, 0, "LIST",                           \
	  "patterns of the only users whose SSH keys may be read and changed")                     \
	X(SECONDS, freeze_timeout, 0, "freeze-timeout", "freeze-timeout", 600,                     \
	  OPTION_FREEZE_S_MAX, "SECONDS",                                                          \
	  "time after which a frozen guest is thawed whatever happens, 0: never")                  \
	X(CHOICE, freeze_policy, 0, "freeze-policy", "freeze-policy", 0, 0, "strict|best-effort",  \
	  "whether a filesystem that cannot be frozen fails the freeze or stays out of it")        \
	X(WORDS, freeze_exclude, 0, "freeze-exclude", "freeze-exclude", {0}, 0, "LIST",            \
	  "filesystems to leave alone: mount points, type:NAME, device:NAME, with wild cards")     \
	X(MS, sync_grace, 0, "sync-grace", "sync-grace", 500, OPTION_MS_MAX, "MS",                 \
	  "time a running command gets when a sync waits behind it")                               \
	X(MS, worker_idle, 0, "worker-idle", "worker-idle", 10000, OPTION_MS_MAX, "MS",            \
	  "time after which an unused worker process ends")                                        \
	X(MS, orphan_grace, 0, "orphan-grace", "orphan-grace", 10000, OPTION_MS_MAX, "MS",         \
	  "time after which a command whose client has gone counts as stuck")                      \
	X(CHOICE, audit, 0, "audit", "audit", 0, 0, "auto|off|journal|syslog|file",                \
	  "where a line goes for each command with an effect; auto: journal, else syslog")         \
	X(STRING, audit_file, 0, "audit-file", "audit-file", "/var/log/virtagent-audit.log", 0,    \
	  "PATH", "the file of --audit=file")                                                      \
	X(WORDS, shutdown_chain, 0, "shutdown-chain", "shutdown-chain", {0}, 0, "LIST",            \
	  "ways to shut down, in the order in which they are tried")                               \
	X(SECONDS, fstrim_timeout, 0, "fstrim-timeout", "fstrim-timeout", 7200, 604800, "SECONDS", \
	  "time a filesystem gets for being trimmed (0: no limit)")                                \
	X(WORDS, vsock_peers, 0, "vsock-peers", "vsock-peers", {0}, 0, "LIST",                     \
	  "who may connect over vsock besides the host: context ids, or 'any'")                    \
	X(WORDS, hide_interfaces, 0, "hide-interfaces", "hide-interfaces", {0}, 0, "LIST",         \
	  "patterns of network interfaces that are not shown")                                     \
	X(NUMBER, max_interfaces, 0, "max-interfaces", "max-interfaces", 0, OPTION_COUNT_MAX, "N", \
	  "how many network interfaces are shown at most, 0: all")                                 \
	X(CHOICE, confine, 0, "confine", "confine", 0, 0, "auto|on|off",                           \
	  "whether the agent gives up what it does not need: as the kernel can, or all, or not")

/* Only on the command line. */
#define OPTIONS_COMMAND_LINE(X)                                                                    \
	X(STRING, config, 'c', "config", NULL, NULL, 0, "PATH",                                    \
	  "configuration file [" OPTIONS_FILE ", else " OPTIONS_FILE_QEMU_GA "]")                  \
	X(STRING, root, 0, "root", NULL, NULL, 0, "DIR",                                           \
	  "read the guest from DIR, and only note in the state directory what would change it")    \
	X(FLAG, dump_conf, 'D', "dump-conf", NULL, 0, 0, NULL,                                     \
	  "print the configuration in effect and exit")                                            \
	X(FLAG, check_config, 0, "check-config", NULL, 0, 0, NULL,                                 \
	  "say what is wrong with the configuration and exit")                                     \
	X(STRING, explain, 0, "explain", NULL, NULL, 0, "COMMAND",                                 \
	  "say whether a command is allowed, and what says so, and exit")                          \
	X(STRING, channel, 0, "channel", NULL, NULL, 0, "NAME",                                    \
	  "with --explain: on which channel")                                                      \
	X(FLAG, status, 0, "status", NULL, 0, 0, NULL, "say what the running agent does and exit") \
	X(FLAG, json, 0, "json", NULL, 0, 0, NULL, "with --status: as JSON")                       \
	X(FLAG, check_freeze, 0, "check-freeze", NULL, 0, 0, NULL,                                 \
	  "say what a freeze would freeze, in which order, and exit")                              \
	X(FLAG, thaw, 0, "thaw", NULL, 0, 0, NULL, "thaw all filesystems and exit")                \
	X(STRING, ignored, 's', NULL, NULL, NULL, 0, NULL, NULL)

#define OPTIONS_TABLE(X) OPTIONS_PROTOCOL(X) OPTIONS_OWN(X) OPTIONS_COMMAND_LINE(X)

/* What the group of a channel may say: the keys of [general] with these members. Those that rule
 * what a peer may do count for that channel only. */
#define OPTIONS_CHANNEL(X)                                                                         \
	X(STRING, method)                                                                          \
	X(STRING, path)                                                                            \
	X(CHOICE, profile)                                                                         \
	X(LIST, block_rpcs)                                                                        \
	X(LIST, allow_rpcs)                                                                        \
	X(WORDS, file_read)                                                                        \
	X(WORDS, file_write)                                                                       \
	X(WORDS, exec_programs)                                                                    \
	X(STRING, exec_user)                                                                       \
	X(WORDS, password_users)                                                                   \
	X(WORDS, ssh_users)

/* Names of the rows. */
enum option_id {
#define X(kind, member, letter, name, key, value, limit, arg, help) OPTION_ID_##member,
	OPTIONS_TABLE(X)
#undef X
		OPTION_IDS
};

/* Where a value comes from: a line of the file, or this; 0: it is the built-in one. */
#define OPTION_COMMAND_LINE (~0u)

/* Of the option confine. */
enum confine_mode {
	CONFINE_AUTO, /* by what the kernel has */
	CONFINE_ON,   /* all of it, or no agent */
	CONFINE_OFF,
};

struct option_list {
	size_t      n;
	const char *items[OPTION_LISTS_MAX]; /* each as it was given */
	unsigned    lines[OPTION_LISTS_MAX]; /* where it stands, as in set_at */
};

#define OPTION_TYPE_FLAG bool
#define OPTION_TYPE_STRING const char *
#define OPTION_TYPE_HOOK const char *
#define OPTION_TYPE_LIST struct option_list
#define OPTION_TYPE_WORDS struct option_list
#define OPTION_TYPE_NUMBER int64_t
#define OPTION_TYPE_MS int64_t
#define OPTION_TYPE_SECONDS int64_t
#define OPTION_TYPE_CHOICE int

/* A channel besides the one of --method and --path. */
struct option_channel {
	const char *name;
	unsigned    line; /* of the file */
#define X(kind, member) OPTION_TYPE_##kind member;
	OPTIONS_CHANNEL(X)
#undef X
	unsigned set_at[OPTION_IDS]; /* 0: the group does not say it */
};

struct options {
#define X(kind, member, letter, name, key, value, limit, arg, help) OPTION_TYPE_##kind member;
	OPTIONS_TABLE(X)
#undef X
	unsigned    set_at[OPTION_IDS]; /* where each value comes from; by option_id */
	size_t      n_keys;             /* that the file sets */
	const char *confidential;       /* why profile is what it is, though nobody has said so:
					   the kind of confidential VM; NULL */
	int                   argc;
	char                **argv;
	const char           *folder;  /* from where we were started, if it is left; NULL */
	const char           *program; /* the name we were started by, without folders */
	bool                  as_qemu_ga;
	bool                  strict; /* what is unknown in the file is an error, not a warning */
	const char           *config_file; /* that was read, NULL */
	char                 *config_text; /* of it; strings point into it */
	size_t                n_channels;
	struct option_channel channels[OPTION_CHANNELS_MAX];
	size_t                n_warnings;
	const char           *warnings[OPTION_WARNINGS_MAX]; /* for the log, once there is one */
	size_t                n_problems; /* --check-config: that many were printed */
};

enum options_result {
	OPTIONS_RUN,       /* go on; dump_conf and check_config are the caller's to look at */
	OPTIONS_EXIT_OK,   /* help or version was printed */
	OPTIONS_LIST,      /* the names of all commands are wanted */
	OPTIONS_EXIT_FAIL, /* a message was printed, or err says what is wrong */
};

/* Everything in its order. Strings are argv's, the environment's, or the options' own. To be freed
 * whatever it returns. */
enum options_result options_load(int argc, char **argv, struct options *ret, struct err *err);
void                options_fini(struct options *o);

/* As a configuration file that gives the same again, in the protocol agent's form. */
void options_dump(const struct options *o, FILE *to);

/* A position in the words of a list: all zero at the start. */
struct option_word {
	size_t      item;
	const char *rest; /* of the item */
	const char *start;
	size_t      len;
};

/* The next word; commas, semicolons and blanks separate (decisions.md row 9). False: no more. */
bool option_list_next(const struct option_list *list, struct option_word *w);

/*
 * Calls differs() for each key of the file whose value is another one in b, but for those of
 * channels' policies and of [general]'s (policy/narrow.h compares what they mean):
 * "sync-grace", "[channel vsock] path".
 */
void options_compare(const struct options *a, const struct options       *b,
		     void (*differs)(const char *where, void *ctx), void *ctx);

/* Adds a warning; for config/ and for what is checked before there is a log. */
void options_warn(struct options *o, const char *fmt, ...) printf_like(2, 3);

#endif
