/* SPDX-License-Identifier: MIT */
#include "zygote/privileges.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>

#include "sys/capabilities.h"
#include "sys/landlock.h"
#include "sys/seccomp.h"

/* Sockets and devices of a channel, files of the agent in folders of others, ports below 1024. */
#define OPENER_CAPABILITIES                                                                        \
	(CAPABILITY(CAP_DAC_OVERRIDE) | CAPABILITY(CAP_DAC_READ_SEARCH) |                          \
	 CAPABILITY(CAP_NET_BIND_SERVICE))

/* The log in a folder of others. */
#define WRITER_CAPABILITIES CAPABILITY(CAP_DAC_OVERRIDE)

/* Programs that overstay; folders of users. */
#define HOOKS_CAPABILITIES (CAPABILITY(CAP_KILL) | CAPABILITY(CAP_DAC_READ_SEARCH))

/* Its children, whoever they have become; bounding those. */
#define ZYGOTE_CAPABILITIES (CAPABILITY(CAP_KILL) | CAPABILITY(CAP_SETPCAP))

static bool is_off(const struct options *o)
{
	return o->confine == CONFINE_OFF;
}

/* What is not built or not known to the kernel is done without. */
static void filter(enum seccomp_profile profile, bool captured)
{
	const struct seccomp_options o = {.how_is_known = captured};

	(void)seccomp_install(profile, &o);
}

static int give_up_gaining(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? errno : 0;
}

/* The capabilities that it keeps are in effect. */
static int keep(uint64_t set, bool programs)
{
	int os = capabilities_keep(set, programs);

	if (os)
		return os;
	capabilities_use(set);
	if (programs)
		return 0;
	os = give_up_gaining();
	if (!os)
		filter(SECCOMP_NO_PROGRAMS, false);
	return os;
}

static int read_only(uint64_t set, const struct sys_root *root)
{
	int os = capabilities_keep(set, false), ignored;

	if (!os)
		os = give_up_gaining();
	if (os)
		return os;
	(void)landlock_read_only(NULL, &ignored);
	filter(SECCOMP_READ_ONLY, root_is_captured(root));
	return 0;
}

/* In effect only while a command runs that needs them (worker/worker.c). */
static int act(const struct needs *n)
{
	int os = keep(n->acting, n->helpers);

	if (!os)
		capabilities_use(0);
	return os;
}

int privileges_keep_zygote(const struct options *o, const struct needs *n)
{
	/* programs get what the zygote has: if there may be some, it keeps all */
	if (is_off(o) || needs_programs(n))
		return 0;
	return keep(n->reading | n->acting | n->freezing | OPENER_CAPABILITIES |
			    WRITER_CAPABILITIES | ZYGOTE_CAPABILITIES,
		    false);
}

int privileges_keep_role(enum ipc_role role, const struct options *o, const struct needs *n,
			 const struct sys_root *root)
{
	if (is_off(o))
		return 0;
	switch (role) {
	case ROLE_READER:
		return read_only(n->reading, root);
	case ROLE_WORKER:
		return act(n);
	case ROLE_GUARD:
		return keep(n->freezing, n->freezes);
	case ROLE_HOOKS:
		return keep(HOOKS_CAPABILITIES, true);
	case ROLE_OPENER:
		return keep(OPENER_CAPABILITIES, false);
	case ROLE_LOG_WRITER:
		return keep(WRITER_CAPABILITIES, false);
	default:
		return EINVAL;
	}
}

int privileges_keep_keeper(const struct options *o)
{
	return is_off(o) ? 0 : keep(0, false);
}

bool privileges_allow_role(enum ipc_role role, const struct needs *n)
{
	if (role == ROLE_GUARD || role == ROLE_HOOKS)
		return n->freezes;
	return role < ROLES;
}
