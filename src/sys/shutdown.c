/* SPDX-License-Identifier: MIT */
/*
 * The first two ways are those of the protocol's agent; the others are for guests that have neither
 * program, or where it does not work. An absolute path in the chain is a program of the guest's
 * administrator; it gets the mode as its argument.
 *
 * The kernel's own way is in no chain unless somebody puts it there: it ends the guest without a
 * word to its services. It is not taken when a program before it was killed, since that is what
 * happens in a shutdown that has begun.
 */
#include "sys/shutdown.h"

#include <errno.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "sys/programs.h"
#include "sys/spawn.h"

#define ACTION "shutdown"
#define KERNEL "kernel"
#define MESSAGE "hypervisor initiated shutdown"
#define WORDS_MAX 6
#define LOOK_US 10000

static const char *const mode_names[SHUTDOWN_MODES] = {"powerdown", "halt", "reboot"};

static const struct way {
	const char *name;
	const char *needs; /* a path without which it makes no sense, NULL */
	const char *argv[SHUTDOWN_MODES][WORDS_MAX];
} ways[] = {
	{"program", NULL, {{"/sbin/poweroff"}, {"/sbin/halt"}, {"/sbin/reboot"}}},
	{"shutdown",
	 NULL,
	 {{"/sbin/shutdown", "-h", "-P", "+0", MESSAGE},
	  {"/sbin/shutdown", "-h", "-H", "+0", MESSAGE},
	  {"/sbin/shutdown", "-h", "-r", "+0", MESSAGE}}},
	{"systemd",
	 "/run/systemd/system",
	 {{"systemctl", "poweroff"}, {"systemctl", "halt"}, {"systemctl", "reboot"}}},
	{"openrc",
	 NULL,
	 {{"openrc-shutdown", "-p", "now"},
	  {"openrc-shutdown", "-H", "now"},
	  {"openrc-shutdown", "-r", "now"}}},
	{"runit", NULL, {{"runit-init", "0"}, {"runit-init", "0"}, {"runit-init", "6"}}},
	{"sysvinit", NULL, {{"telinit", "0"}, {"telinit", "0"}, {"telinit", "6"}}},
	{"busybox", NULL, {{"busybox", "poweroff"}, {"busybox", "halt"}, {"busybox", "reboot"}}},
};

const char *const shutdown_default_chain[] = {"program", "shutdown", "systemd", "openrc",
					      "runit",   "sysvinit", "busybox"};
const size_t      shutdown_default_count = ARRAY_SIZE(shutdown_default_chain);

enum outcome {
	OUTCOME_STARTED,
	OUTCOME_ABSENT,
	OUTCOME_FAILED,
	OUTCOME_KILLED,
};

static const struct way *find_way(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ways); i++)
		if (!strcmp(ways[i].name, name))
			return &ways[i];
	return NULL;
}

bool shutdown_is_way(const char *way)
{
	return way[0] == '/' || !strcmp(way, KERNEL) || find_way(way);
}

static enum outcome run(const struct sys_root *root, const char *const *words, struct err *err)
{
	char                path[ROOT_PATH_MAX];
	const char         *argv[WORDS_MAX + 1] = {path};
	struct spawn        s = {.argv = argv, .limit_ms = SHUTDOWN_PROGRAM_MS};
	struct spawn_result r = {.end = SPAWN_EXITED};
	size_t              i;

	if (!program_find(root, words[0], path, sizeof(path)))
		return OUTCOME_ABSENT;
	for (i = 1; i < WORDS_MAX && words[i]; i++)
		argv[i] = words[i];
	if (spawn_run(root, &s, ACTION, &r, err) == 0 && spawn_judge(&s, &r, ACTION, err) == 0)
		return OUTCOME_STARTED;
	return r.end == SPAWN_KILLED ? OUTCOME_KILLED : OUTCOME_FAILED;
}

/* What is in memory shall reach the disks, but one that hangs must not keep the guest up. */
static void sync_for_a_while(void)
{
	int64_t end = clock_monotonic_ns() + SHUTDOWN_SYNC_MS * NS_PER_MS;
	pid_t   pid = fork();

	if (pid == 0) {
		spawn_close_from(0); /* it may be there for long */
		sync();
		_exit(0);
	}
	while (pid > 0 && waitpid(pid, NULL, WNOHANG) == 0 && clock_monotonic_ns() < end)
		(void)usleep(LOOK_US);
}

static enum outcome ask_kernel(const struct sys_root *root, enum shutdown_mode mode,
			       struct err *err)
{
	static const int how[SHUTDOWN_MODES] = {RB_POWER_OFF, RB_HALT_SYSTEM, RB_AUTOBOOT};

	if (root_note(root, "sync and reboot(2) for %s", mode_names[mode]))
		return OUTCOME_STARTED;
	sync_for_a_while();
	if (reboot(how[mode]) == 0)
		return OUTCOME_STARTED;
	(void)err_os(err, errno, "reboot(2) has failed to " ACTION);
	return OUTCOME_FAILED;
}

static enum outcome take(const struct sys_root *root, const char *name, enum shutdown_mode mode,
			 struct err *err)
{
	const char       *own[] = {name, mode_names[mode], NULL};
	const struct way *way;
	struct stat       st;
	int               os;

	if (name[0] == '/')
		return run(root, own, err);
	if (!strcmp(name, KERNEL))
		return ask_kernel(root, mode, err);
	way = find_way(name);
	if (!way || (way->needs && root_stat(root, way->needs, &st, &os) < 0))
		return OUTCOME_ABSENT;
	return run(root, way->argv[mode], err);
}

int shutdown_try(const struct sys_root *root, enum shutdown_mode mode, const char *const *chain,
		 size_t n, struct err *err)
{
	bool   killed = false;
	size_t i;

	for (i = 0; i < n; i++) {
		struct err   failure;
		enum outcome outcome;

		if (killed && !strcmp(chain[i], KERNEL))
			continue;
		err_init(&failure);
		outcome = take(root, chain[i], mode, &failure);
		if (outcome == OUTCOME_STARTED) {
			err_init(err);
			return 0;
		}
		killed = killed || outcome == OUTCOME_KILLED;
		if (failure.set && !err->set)
			*err = failure;
	}
	if (!err->set)
		(void)err_set(err, "child process has failed to " ACTION
				   ": failed to exec '/sbin/shutdown': No such file or "
				   "directory\n");
	return -1;
}
