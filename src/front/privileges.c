/* SPDX-License-Identifier: MIT */
#include "front/privileges.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "log/log.h"
#include "sys/capabilities.h"
#include "sys/landlock.h"
#include "sys/seccomp.h"

void privileges_prepare(void)
{
	/* requests in its rings are no system calls; libuv does as well without */
	(void)setenv("UV_USE_IO_URING", "0", 1);
}

static int drop_capabilities(struct err *err)
{
	int os = capabilities_keep(0, false);

	if (os)
		return err_os(err, os, "cannot give up capabilities");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_os(err, errno, "cannot give up gaining privileges");
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0,
		    0); /* memory holds what clients send: passwords among it */
	return 0;
}

/* What is left is where the kernel speaks. */
static int confine_files(const struct sys_root *root)
{
	const char *folders[] = {"/proc", "/sys", NULL, NULL};
	int         os;

	if (root_is_captured(root))
		folders[2] = root->path[0] ? root->path : "/";
	return landlock_read_only(folders, &os) < 0 ? os : 0;
}

static int confine_calls(const struct sys_root *root)
{
	const struct seccomp_options o = {.how_is_known = root_is_captured(root)};

	return seccomp_install(SECCOMP_LOOP, &o);
}

/* An older kernel is no reason not to serve, unless somebody has asked for it. */
static int judge(const struct options *o, const char *what, int os, struct err *err)
{
	if (!os)
		return 0;
	if (o->confine == CONFINE_ON)
		return err_os(err, os, "confine: %s cannot be restricted", what);
	log_info("%s are not restricted: %s", what, strerror(os));
	return 0;
}

int privileges_drop(const struct options *o, const struct sys_root *root, struct confinement *ret,
		    struct err *err)
{
	*ret = (struct confinement){0};
	if (drop_capabilities(err) < 0)
		return -1;
	if (o->confine == CONFINE_OFF) {
		log_warning("confine=off: files and system calls are not restricted");
		return 0;
	}
	ret->files_os = confine_files(root);
	ret->calls_os = confine_calls(root); /* the last: it ends the call before, too */
	if (judge(o, "files", ret->files_os, err) < 0)
		return -1;
	return judge(o, "system calls", ret->calls_os, err);
}
