/* SPDX-License-Identifier: MIT */
/*
 * Who is logged in: utmp(5), or where no program keeps that file any more, the sessions of
 * systemd-logind.
 */
#ifndef SYS_LOGINS_H
#define SYS_LOGINS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"
#include "sys/root.h"

/* Larger files are not read: a utmp of 20 000 records, a session of systemd. */
#define LOGINS_UTMP_MAX ((size_t)8 << 20)
#define LOGINS_SESSION_MAX 4096

struct login {
	char   *user; /* in the arena */
	int64_t time_us;
	size_t  order; /* of first appearance */
};

struct login_list {
	size_t        n;
	struct login *items;
};

/* Adds the logins of users in a utmp file. A piece of a record at its end is ignored. 0; -1: no
 * memory. */
int logins_parse_utmp(struct slice data, struct arena *a, struct login_list *list);

/* A session file of systemd-logind: false if it is not one of a user who is still there. *ret_uid
 * is set to the user's number as text. */
bool logins_parse_session(struct slice text, struct slice *ret_user, struct slice *ret_uid,
			  int64_t *ret_time_us);

/* One entry per user, with the earliest login, in the order in which users appear. */
void logins_merge(struct login_list *list);

/* All of it; an empty utmp counts as none. Without any of the files nobody is there. 0, -1. */
int logins_read(const struct sys_root *r, struct arena *a, struct login_list *ret, int *ret_os);

#endif
