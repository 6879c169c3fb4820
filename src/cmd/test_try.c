/* SPDX-License-Identifier: MIT */
/*
 * Commands of the test build only: what a confined process must not be able to do, tried in a
 * child, which has the same confinement. Each attempt is harmless where it is allowed.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/err.h"
#include "proto/request.h"
#include "schema_handlers.h"

#define NR_LATER 999 /* a call of a C library to come */
#define NR_IO_URING_SETUP 425

static long try_exec(const char *path)
{
	char *const argv[] = {(char *)path, NULL};

	return execve(path, argv, argv + 1);
}

static long try_exec_open(const char *path)
{
	char *const argv[] = {(char *)path, NULL};
	int         fd = open(path, O_RDONLY | O_CLOEXEC);

	return syscall(SYS_execveat, fd, "", argv, argv + 1, AT_EMPTY_PATH);
}

static long try_read(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC);
}

static long try_write(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

static long try_append(const char *path)
{
	return open(path, O_RDWR | O_APPEND | O_CLOEXEC);
}

static long try_truncate(const char *path)
{
	return truncate(path, 0);
}

static long try_unlink(const char *path)
{
	return unlink(path);
}

static long try_mkdir(const char *path)
{
	return mkdir(path, 0700);
}

static long try_chmod(const char *path)
{
	return chmod(path, 0600);
}

static long try_unix(const char *path)
{
	(void)path;
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static long try_inet(const char *path)
{
	(void)path;
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static long try_ptrace(const char *path)
{
	(void)path;
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static long try_kill(const char *path)
{
	(void)path;
	return kill(getppid(), 0);
}

static long try_mount(const char *path)
{
	return mount(NULL, path, NULL, MS_PRIVATE, NULL);
}

static long try_unshare(const char *path)
{
	(void)path;
	return unshare(CLONE_NEWUTS);
}

static long try_hostname(const char *path)
{
	struct utsname name;

	(void)path;
	(void)uname(&name);
	return sethostname(name.nodename, strlen(name.nodename));
}

static long try_setuid(const char *path)
{
	(void)path;
	return setuid(getuid());
}

static long try_bpf(const char *path)
{
	(void)path;
	return syscall(SYS_bpf, -1, NULL, 0);
}

static long try_io_uring(const char *path)
{
	(void)path;
	return syscall(NR_IO_URING_SETUP, 0, NULL);
}

static long try_later(const char *path)
{
	(void)path;
	return syscall(NR_LATER);
}

#ifdef __x86_64__
static long try_x32(const char *path)
{
	(void)path;
	return syscall(0x40000000 | SYS_getpid);
}

static long try_i386(const char *path)
{
	long rc = 20; /* getpid() there */

	(void)path;
	__asm__ volatile("int $0x80" : "+a"(rc) : : "memory", "r8", "r9", "r10", "r11");
	errno = rc < 0 ? (int)-rc : 0;
	return rc < 0 ? -1 : rc;
}
#endif

static const struct attempt {
	const char *name;
	long (*run)(const char *path);
} attempts[] = {
	{"exec", try_exec},         {"exec-open", try_exec_open}, {"read", try_read},
	{"write", try_write},       {"append", try_append},       {"truncate", try_truncate},
	{"unlink", try_unlink},     {"mkdir", try_mkdir},         {"chmod", try_chmod},
	{"unix", try_unix},         {"inet", try_inet},           {"ptrace", try_ptrace},
	{"kill", try_kill},         {"mount", try_mount},         {"unshare", try_unshare},
	{"hostname", try_hostname}, {"setuid", try_setuid},       {"bpf", try_bpf},
	{"io_uring", try_io_uring}, {"later", try_later},
#ifdef __x86_64__
	{"x32", try_x32},           {"i386", try_i386},
#endif
};

static int64_t in_child(const struct attempt *a, const char *path)
{
	int   status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(a->run(path) < 0 ? errno : 0);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return errno;
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static int attempt(const char *what, const char *path, int64_t *ret, struct err *err)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(attempts); i++) {
		if (strcmp(attempts[i].name, what) != 0)
			continue;
		*ret = in_child(&attempts[i], path);
		return 0;
	}
	return err_set(err, "there is no attempt '%s'", what);
}

int cmd_virtagent_test_try(struct request *rq, const struct virtagent_test_try_in *in,
			   struct virtagent_test_try_out *out, struct err *err)
{
	(void)rq;
	return attempt(in->what, in->has_path ? in->path : "", &out->value, err);
}

int cmd_virtagent_test_try_front(struct request *rq, const struct virtagent_test_try_front_in *in,
				 struct virtagent_test_try_front_out *out, struct err *err)
{
	(void)rq;
	return attempt(in->what, in->has_path ? in->path : "", &out->value, err);
}

int cmd_virtagent_test_try_writing(struct request                             *rq,
				   const struct virtagent_test_try_writing_in *in,
				   struct virtagent_test_try_writing_out *out, struct err *err)
{
	(void)rq;
	return attempt(in->what, in->has_path ? in->path : "", &out->value, err);
}

int cmd_virtagent_test_privileged(struct request *rq, const void *in,
				  struct virtagent_test_privileged_out *out, struct err *err)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct   data[_LINUX_CAPABILITY_U32S_3];

	(void)rq;
	(void)in;
	if (syscall(SYS_capget, &head, data) < 0)
		return err_os(err, errno, "cannot tell");
	out->value = data[0].effective | (int64_t)data[1].effective << 32;
	return 0;
}
