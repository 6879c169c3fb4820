/* SPDX-License-Identifier: MIT */
#include "sys/account.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/buf.h"
#include "base/clock.h"

/* Of the texts of one entry. */
#define ENTRY_BYTES_MAX ((size_t)1 << 20)

#define PASSWD_BYTES_MAX ((size_t)16 << 20)

/* --- finding --- */

static int no_such_user(const char *name, int os, struct err *err)
{
	/* without an errno the reference's text is what strerror(0) says */
	return err_set(err, "failed to lookup user '%s': %s", name, strerror(os));
}

static int take_entry(const struct passwd *pw, struct arena *a, struct account *ret,
		      struct err *err)
{
	ret->uid = pw->pw_uid;
	ret->gid = pw->pw_gid;
	ret->name = arena_strdup(a, pw->pw_name);
	ret->home = arena_strdup(a, pw->pw_dir ? pw->pw_dir : "");
	return ret->name && ret->home ? 0 : err_os(err, ENOMEM, "cannot look up the user");
}

static int find_groups(const char *name, struct arena *a, struct account *ret, struct err *err)
{
	int n = ACCOUNT_GROUPS_MAX;

	ret->groups = arena_array(a, ACCOUNT_GROUPS_MAX, sizeof(*ret->groups));
	if (!ret->groups)
		return err_os(err, ENOMEM, "cannot look up the groups of the user");
	/* more than fit: those that do */
	if (getgrouplist(name, ret->gid, ret->groups, &n) < 0)
		n = ACCOUNT_GROUPS_MAX;
	ret->n_groups = (size_t)n;
	return 0;
}

static int find_real(const char *name, struct arena *a, struct account *ret, struct err *err)
{
	size_t        size = 4096;
	struct passwd pw, *found = NULL;
	int           os = ERANGE;
	char         *texts;

	while (os == ERANGE && size <= ENTRY_BYTES_MAX) {
		texts = arena_alloc(a, size);
		if (!texts)
			return err_os(err, ENOMEM, "cannot look up the user");
		os = getpwnam_r(name, &pw, texts, size, &found);
		size *= 4;
	}
	if (os || !found)
		return no_such_user(name, os == ENOENT || os == ESRCH ? 0 : os, err);
	if (take_entry(&pw, a, ret, err) < 0)
		return -1;
	return find_groups(name, a, ret, err);
}

static int find_captured(const struct sys_root *root, const char *name, struct arena *a,
			 struct account *ret, struct err *err)
{
	struct buf     text = BUF_INIT(PASSWD_BYTES_MAX);
	struct passwd *pw = NULL;
	FILE          *file = NULL;
	int            os, rc;

	if (root_read(root, "/etc/passwd", &text, &os) > 0)
		file = fmemopen(text.data, text.len, "r");
	while (file && (pw = fgetpwent(file)) && strcmp(pw->pw_name, name) != 0)
		continue;
	rc = pw ? take_entry(pw, a, ret, err) : no_such_user(name, 0, err);
	if (file)
		(void)fclose(file);
	buf_fini(&text);
	return rc;
}

int account_find(const struct sys_root *root, const char *name, struct arena *a,
		 struct account *ret, struct err *err)
{
	memset(ret, 0, sizeof(*ret));
	if (root_is_captured(root))
		return find_captured(root, name, a, ret, err);
	return find_real(name, a, ret, err);
}

/* --- acting --- */

/* All three ids, so that nothing is left to go back to. */
int account_become(const struct account *user)
{
	uid_t real, effective, saved;

	/* an agent without rights can only be the user already */
	if (geteuid() == 0 && setgroups(user->n_groups, user->groups) < 0)
		return errno;
	if (setresgid(user->gid, user->gid, user->gid) < 0 ||
	    setresuid(user->uid, user->uid, user->uid) < 0)
		return errno;
	if (getresuid(&real, &effective, &saved) < 0)
		return errno;
	if (real != user->uid || effective != user->uid || saved != user->uid)
		return EPERM;
	if (user->uid != 0 && setuid(0) == 0)
		return EPERM;
	return 0;
}

static _Noreturn void child(const struct account *user, void (*job)(void *shared, void *ctx),
			    void *shared, void *ctx)
{
	int os = account_become(user);

	if (os)
		_exit(os & 0x7F);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* the user must not look into us */
	(void)umask(077);
	job(shared, ctx);
	_exit(0);
}

/* 0 when it has ended in time. */
static int wait_for(pid_t pid, int gone, int limit_ms, int *ret_status)
{
	struct pollfd p = {.fd = gone};
	int64_t       end = clock_monotonic_ns() + limit_ms * NS_PER_MS, left;
	int           rc;

	do {
		left = (end - clock_monotonic_ns()) / NS_PER_MS;
		rc = poll(&p, 1, left > 0 ? (int)left : 0);
	} while (rc < 0 && errno == EINTR);
	if (rc == 0) {
		(void)kill(pid, SIGKILL);
		/* one that does not even go then is left to the zygote */
		if (poll(&p, 1, 1000) > 0)
			(void)waitpid(pid, ret_status, 0);
		return -1;
	}
	while (waitpid(pid, ret_status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return 0;
}

int account_run(const struct account *user, void (*job)(void *shared, void *ctx), void *shared,
		void *ctx, int limit_ms, struct err *err)
{
	int   gone[2], status = 0, rc;
	pid_t pid;

	/* closed by the child's end, whatever kernel this is */
	if (pipe2(gone, O_CLOEXEC) < 0)
		return err_os(err, errno, "cannot act as the user");
	pid = fork();
	if (pid == 0)
		child(user, job, shared, ctx);
	rc = pid < 0 ? err_os(err, errno, "failed to create child process") : 0;
	(void)close(gone[1]);
	if (rc == 0 && wait_for(pid, gone[0], limit_ms, &status) < 0)
		rc = err_set(err, "acting as the user took longer than %d ms", limit_ms);
	(void)close(gone[0]);
	if (rc == 0 && WIFSIGNALED(status))
		rc = err_set(err, "acting as the user was ended by signal %d", WTERMSIG(status));
	if (rc == 0 && WEXITSTATUS(status))
		rc = err_os(err, WEXITSTATUS(status), "cannot act as the user");
	return rc;
}

void *account_shared(size_t size)
{
	void *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return shared == MAP_FAILED ? NULL : shared;
}

void account_unshare(void *shared, size_t size)
{
	(void)munmap(shared, size);
}
