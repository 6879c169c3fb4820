/* SPDX-License-Identifier: MIT */
/*
 * Options of the daemon. One row of OPTIONS_TABLE makes the structure, the parser and the help
 * text.
 */
#ifndef CONFIG_OPTIONS_H
#define CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Largest value of the millisecond options. */
#define OPTION_MS_MAX 3600000

/* kind, member, letter (0: none), long name, default, argument in the help, help text */
#define OPTIONS_TABLE(X)                                                                           \
	X(STRING, method, 'm', "method", "virtio-serial", "METHOD",                                \
	  "transport: virtio-serial, unix-listen, or stdio")                                       \
	X(STRING, path, 'p', "path", NULL, "PATH", "device or socket of the transport")            \
	X(STRING, root, 0, "root", NULL, "DIR",                                                    \
	  "read the guest from DIR, and only note in the state directory what would change it")    \
	X(STRING, statedir, 't', "statedir", "/var/run", "DIR",                                    \
	  "directory for state that survives a restart")                                           \
	X(LIST, block_rpcs, 'b', "block-rpcs", {0}, "LIST",                                        \
	  "commands to refuse, separated by commas; 'help' lists them all")                        \
	X(LIST, allow_rpcs, 'a', "allow-rpcs", {0}, "LIST",                                        \
	  "the only commands to allow; 'help' lists them all")                                     \
	X(FLAG, verbose, 'v', "verbose", 0, NULL, "log everything, not only errors")               \
	X(MS, sync_grace, 0, "sync-grace", 500, "MS",                                              \
	  "time a running command gets when a sync waits behind it")                               \
	X(MS, worker_idle, 0, "worker-idle", 10000, "MS",                                          \
	  "time after which an unused worker process ends")                                        \
	X(MS, orphan_grace, 0, "orphan-grace", 10000, "MS",                                        \
	  "time after which a command whose client has gone counts as stuck")

/* How often a list option may be given. */
#define OPTION_LISTS_MAX 16

struct option_list {
	size_t      n;
	const char *items[OPTION_LISTS_MAX]; /* each as it was given */
};

struct options {
#define OPTION_TYPE_STRING const char *
#define OPTION_TYPE_FLAG bool
#define OPTION_TYPE_LIST struct option_list
#define OPTION_TYPE_MS int64_t
#define X(kind, member, letter, name, value, arg, help) OPTION_TYPE_##kind member;
	OPTIONS_TABLE(X)
#undef X
};

enum options_result {
	OPTIONS_RUN,       /* go on */
	OPTIONS_EXIT_OK,   /* help or version was printed */
	OPTIONS_LIST,      /* the names of all commands are wanted */
	OPTIONS_EXIT_FAIL, /* a message was printed */
};

/* Strings point into argv. */
enum options_result options_parse(int argc, char **argv, struct options *ret);

#endif
