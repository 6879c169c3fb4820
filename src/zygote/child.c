/* SPDX-License-Identifier: MIT */
#include "zygote/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "ipc/message.h"
#include "ipc/program.h"
#include "policy/rules.h"
#include "sys/account.h"
#include "sys/confine.h"
#include "sys/spawn.h"

/* When neither the request nor the agent has one. */
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

#define CHILD_UMASK 022

/* Of the user as whom a program is run, with its groups. */
#define ACCOUNT_ARENA_MAX ((size_t)2 << 20)

/* Where the descriptor for the status has its place. */
#define STATUS_FD 3

/* --- finding the program --- */

static const char *path_of(char *const *env)
{
	size_t i;

	for (i = 0; env && env[i]; i++)
		if (strncmp(env[i], "PATH=", 5) == 0)
			return env[i] + 5;
	return NULL;
}

static const char *search_path(char *const *env)
{
	const char *path = path_of(env);

	if (!path)
		path = getenv("PATH");
	return path ? path : DEFAULT_PATH;
}

/* A file without a known format is a shell script, as ever. */
static int exec_script(const char *file, char *const *argv, char *const *env)
{
	size_t argc = 0;
	char **script;

	while (argv[argc])
		argc++;
	script = calloc(argc + 2, sizeof(*script));
	if (!script)
		return ENOMEM;
	script[0] = (char *)(uintptr_t) "/bin/sh";
	script[1] = (char *)(uintptr_t)file;
	if (argc > 1)
		memcpy(script + 2, argv + 1, (argc - 1) * sizeof(*argv));
	(void)execve("/bin/sh", script, env);
	return errno;
}

/*
 * By the path without links that the rule has allowed. Whoever can exchange what is there in
 * between can as well put his program there.
 */
static int exec_file(const char *file, char *const *argv, char *const *env,
		     const struct confine *confine)
{
	char real[PATH_MAX];
	int  os;

	if (confine && confine_resolve(confine, file, real, &os) < 0)
		return os ? os : CHILD_REFUSED;
	if (confine)
		file = real;
	(void)execve(file, argv, env);
	return errno == ENOEXEC ? exec_script(file, argv, env) : errno;
}

/* Whether the search goes on after this. */
static bool is_elsewhere(int os)
{
	return os == ENOENT || os == ENOTDIR || os == EACCES || os == ESTALE || os == ENODEV ||
	       os == ETIMEDOUT || os == ENAMETOOLONG;
}

/* "dir/name" in memory of its own; an empty dir is the working directory. */
static char *join(const char *dir, size_t n, const char *name)
{
	char *path = malloc(n + strlen(name) + 2);

	if (!path)
		return NULL;
	memcpy(path, dir, n);
	if (n > 0)
		path[n++] = '/';
	memcpy(path + n, name, strlen(name) + 1);
	return path;
}

/* What is not there is not refused: the search goes on. */
static int exec_found(const char *file, char *const *argv, char *const *env,
		      const struct confine *confine)
{
	if (confine && access(file, F_OK) < 0)
		return errno;
	return exec_file(file, argv, env, confine);
}

int child_search_and_exec(char *const *argv, char *const *env, const struct confine *confine)
{
	char *const *give = env ? env : environ;
	const char  *dir, *end;
	int          os, worst = ENOENT;

	if (strchr(argv[0], '/'))
		return exec_file(argv[0], argv, give, confine);
	if (!*argv[0])
		return ENOENT;
	for (dir = search_path(env);; dir = end + 1) {
		char *file;

		end = strchrnul(dir, ':');
		file = join(dir, (size_t)(end - dir), argv[0]);
		os = file ? exec_found(file, argv, give, confine) : ENOMEM;
		free(file);
		if (!is_elsewhere(os))
			return os;
		if (os == EACCES)
			worst = EACCES; /* one was there: say so if no other can be run */
		if (!*end)
			return worst;
	}
}

/* --- what the program finds --- */

/* Gives fd, or /dev/null, the place of a standard descriptor. 0, or an errno. */
static int place(int fd, int at, int null_flags)
{
	int source = fd >= 0 ? fd : open("/dev/null", null_flags | O_CLOEXEC);

	return source >= 0 && dup2(source, at) >= 0 ? 0 : errno;
}

/* The sources are above the standard descriptors, which a zygote has all open. */
static int place_descriptors(const struct child *fds)
{
	int os = place(fds->in, STDIN_FILENO, O_RDONLY);

	if (!os)
		os = place(fds->out, STDOUT_FILENO, O_WRONLY);
	if (!os)
		os = place(fds->merged ? STDOUT_FILENO : fds->err, STDERR_FILENO, O_WRONLY);
	return os;
}

static int keep_status(int fd)
{
	if (fd == STATUS_FD)
		return STATUS_FD;
	return dup3(fd, STATUS_FD, O_CLOEXEC);
}

/* --- what it may be --- */

static bool allows_program(void *ctx, const char *real)
{
	return rules_allow_path(ctx, POLICY_EXEC_PROGRAMS, real);
}

/* Whoever asks for a program without saying its environment gets that of the user. */
static int describe_user(const char *name, const struct account *user)
{
	if (setenv("USER", name, 1) < 0 || setenv("LOGNAME", name, 1) < 0 ||
	    setenv("HOME", user->home, 1) < 0)
		return errno;
	return 0;
}

/* 0, an errno, or CHILD_NO_USER. */
static int become_user(const struct child *c)
{
	const char    *name = rules_exec_user(c->policy);
	struct account user;
	struct arena   arena;
	struct err     err;
	int            os;

	if (!name)
		return 0;
	err_init(&err);
	arena_init(&arena, ACCOUNT_ARENA_MAX); /* goes with the exec */
	if (account_find(c->root, name, &arena, &user, &err) < 0)
		return CHILD_NO_USER;
	os = account_become(&user);
	return os ? os : describe_user(name, &user);
}

/* The front has judged, before; this is for one that somebody has taken over. */
static bool may_run(const struct policy *p, char *const *env)
{
	const struct command *command = command_find("guest-exec");

	while (env && *env)
		if (!rules_allow_variable(p, *env++))
			return false;
	return command && policy_allows(p, command, false);
}

static int run(const struct child *c, const struct program *program)
{
	struct confine confine = {.allows = allows_program, .ctx = (void *)(uintptr_t)c->policy};
	int            os = may_run(c->policy, program->env) ? become_user(c) : EPERM;
	bool           ruled = rules_is_set(c->policy, POLICY_EXEC_PROGRAMS);

	if (os)
		return os;
	spawn_default_signals();
	return child_search_and_exec(program->argv, program->env, ruled ? &confine : NULL);
}

static int become(const struct child *c, int *status)
{
	struct program program;
	int            os = program_unpack(c->args, &program);

	if (!os)
		os = place_descriptors(c);
	if (os)
		return os;
	if (keep_status(*status) < 0)
		return errno;
	*status = STATUS_FD;
	spawn_close_from(STATUS_FD + 1);
	if (setsid() < 0 || chdir("/") < 0)
		return errno;
	(void)umask(CHILD_UMASK);
	return run(c, &program);
}

noreturn void child_become(const struct child *c)
{
	int status = c->status;
	int os = become(c, &status);

	(void)!write(status, &os, sizeof(os)); /* nobody to tell it to */
	_exit(127);
}
