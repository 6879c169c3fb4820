/* SPDX-License-Identifier: MIT */
/*
 * Accounts of the guest, and acting as one of them. Both can wait: name services, a home on a dead
 * disk. They belong into workers.
 */
#ifndef SYS_ACCOUNT_H
#define SYS_ACCOUNT_H

#include <stddef.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "sys/root.h"

/* Groups of one user that count. */
#define ACCOUNT_GROUPS_MAX 4096

struct account {
	uid_t  uid;
	gid_t  gid;
	char  *name; /* as the account database spells it */
	char  *home; /* as the account database has it */
	gid_t *groups;
	size_t n_groups;
};

/* "failed to lookup user '<name>': …" when there is none. In a captured tree its /etc/passwd
 * counts. */
int account_find(const struct sys_root *root, const char *name, struct arena *a,
		 struct account *ret, struct err *err);

/*
 * Runs job in a child that has become the user, without a way back, and waits for it. `shared` is
 * memory that both see, `size` bytes from account_shared(): all that comes back. What is in it may
 * have been written by that user, if he can. Fails when the child was killed or took longer than
 * limit_ms; it is killed then.
 */
int account_run(const struct account *user, void (*job)(void *shared, void *ctx), void *shared,
		void *ctx, int limit_ms, struct err *err);

/* Makes the process the user, without a way back. 0, or an errno. */
int account_become(const struct account *user);

/* Zeroed; NULL: errno. */
void *account_shared(size_t size);
void  account_unshare(void *shared, size_t size);

#endif
