/* SPDX-License-Identifier: MIT */
#include "sys/logins.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "sys/utmp.h"

#define SESSIONS "/run/systemd/sessions"
#define USERS "/run/systemd/users"

static int add(struct login_list *list, struct arena *a, struct slice user, int64_t time_us)
{
	struct login *item = arena_push(a, &list->items, &list->n, sizeof(*item));

	if (!item)
		return -1;
	item->user = arena_strndup(a, user.p, user.n);
	item->time_us = time_us;
	item->order = list->n - 1;
	return item->user ? 0 : -1;
}

int logins_parse_utmp(struct slice data, struct arena *a, struct login_list *list)
{
	struct utmp_login login;

	while (utmp_next(&data, UTMP_NATIVE, &login))
		if (add(list, a, login.user, login.time_us) < 0)
			return -1;
	return 0;
}

/* The value of KEY=value. */
static bool find_key(struct slice text, const char *key, struct slice *ret)
{
	size_t       n = strlen(key);
	struct slice line;

	while (slice_line(&text, &line))
		if (line.n > n && !memcmp(line.p, key, n) && line.p[n] == '=') {
			*ret = slice_of(line.p + n + 1, line.n - n - 1);
			return true;
		}
	return false;
}

bool logins_parse_session(struct slice text, struct slice *ret_user, struct slice *ret_uid,
			  int64_t *ret_time_us)
{
	struct slice value;

	/* not the greeter, a lock screen, a manager or a background job */
	if (find_key(text, "CLASS", &value) && (value.n < 4 || memcmp(value.p, "user", 4) != 0))
		return false;
	/* logged out, but something of it still runs */
	if (find_key(text, "STATE", &value) && slice_is(value, "closing"))
		return false;
	if (!find_key(text, "REALTIME", &value) || !num_i64(value.p, value.n, ret_time_us))
		return false;
	*ret_user = *ret_uid = slice_of("", 0);
	(void)find_key(text, "USER", ret_user);
	(void)find_key(text, "UID", ret_uid);
	return ret_user->n > 0 || ret_uid->n > 0;
}

/* A session without a name has at least a number, whose file has the name. */
static bool name_of_uid(const struct sys_root *r, struct slice uid, char buffer[LOGINS_SESSION_MAX],
			struct slice *ret)
{
	char     path[sizeof(USERS) + 24];
	uint64_t number;
	ssize_t  n;
	int      os;

	if (!num_u64(uid.p, uid.n, &number))
		return false;
	(void)snprintf(path, sizeof(path), USERS "/%llu", (unsigned long long)number);
	n = root_read_attr(r, path, buffer, LOGINS_SESSION_MAX, &os);
	return n > 0 && find_key(slice_of(buffer, (size_t)n), "NAME", ret) && ret->n > 0;
}

static int read_session(const struct sys_root *r, int dir, const char *name, struct arena *a,
			struct login_list *list)
{
	char         text[LOGINS_SESSION_MAX], user_text[LOGINS_SESSION_MAX];
	struct slice user, uid;
	int64_t      time_us;
	int          os;
	ssize_t      n = root_read_attr_at(dir, name, text, sizeof(text), &os);

	/* one that ends while we read is as good as gone */
	if (n <= 0 || !logins_parse_session(slice_of(text, (size_t)n), &user, &uid, &time_us))
		return 0;
	if (!user.n && !name_of_uid(r, uid, user_text, &user))
		return 0;
	return add(list, a, user, time_us);
}

/* Sessions as they began: the order of a directory means nothing. */
static int by_time(const void *a, const void *b)
{
	const struct login *x = a, *y = b;

	if (x->time_us != y->time_us)
		return x->time_us < y->time_us ? -1 : 1;
	return strcmp(x->user, y->user);
}

static int read_sessions(const struct sys_root *r, struct arena *a, struct login_list *list,
			 int *ret_os)
{
	DIR           *dir = root_opendir(r, SESSIONS, ret_os);
	struct dirent *e;
	size_t         i;
	int            rc = 0;

	if (!dir)
		return *ret_os == ENOENT ? 0 : -1;
	while (rc == 0 && (e = readdir(dir)))
		if (!strchr(e->d_name, '.')) /* 3.ref is a FIFO */
			rc = read_session(r, dirfd(dir), e->d_name, a, list);
	(void)closedir(dir);
	*ret_os = rc < 0 ? ENOMEM : 0;
	if (list->n)
		qsort(list->items, list->n, sizeof(*list->items), by_time);
	for (i = 0; i < list->n; i++)
		list->items[i].order = i;
	return rc;
}

static int by_user(const void *a, const void *b)
{
	const struct login *x = a, *y = b;
	int                 rc = strcmp(x->user, y->user);

	return rc ? rc : x->order < y->order ? -1 : 1;
}

static int by_order(const void *a, const void *b)
{
	const struct login *x = a, *y = b;

	return x->order < y->order ? -1 : x->order > y->order;
}

void logins_merge(struct login_list *list)
{
	size_t i, n = 0;

	if (!list->n)
		return;
	qsort(list->items, list->n, sizeof(*list->items), by_user);
	for (i = 0; i < list->n; i++) {
		struct login *last = n ? &list->items[n - 1] : NULL, *one = &list->items[i];

		if (!last || strcmp(last->user, one->user) != 0)
			list->items[n++] = *one;
		else if (one->time_us < last->time_us)
			last->time_us = one->time_us;
	}
	list->n = n;
	qsort(list->items, n, sizeof(*list->items), by_order);
}

/* 1: the file is kept; 0: there is none, or an empty one, which whoever keeps it would not leave
 * without a record of the boot; -1. */
static int read_utmp(const struct sys_root *r, struct arena *a, struct login_list *list,
		     int *ret_os)
{
	struct buf data = BUF_INIT(LOGINS_UTMP_MAX);
	int        rc = 1;
	ssize_t    n = root_read(r, "/var/run/utmp", &data, ret_os);

	if (n == 0) {
		rc = 0;
	} else if (n < 0) {
		rc = *ret_os == ENOENT ? 0 : -1;
	} else if (logins_parse_utmp(slice_of(data.data, data.len), a, list) < 0) {
		*ret_os = ENOMEM;
		rc = -1;
	}
	buf_fini(&data);
	return rc;
}

int logins_read(const struct sys_root *r, struct arena *a, struct login_list *ret, int *ret_os)
{
	int rc;

	*ret = (struct login_list){0};
	rc = read_utmp(r, a, ret, ret_os);
	if (rc == 0)
		rc = read_sessions(r, a, ret, ret_os);
	if (rc < 0)
		return -1;
	logins_merge(ret);
	return 0;
}
