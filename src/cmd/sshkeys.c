/* SPDX-License-Identifier: MIT */
/* guest-ssh-get-authorized-keys, -add-authorized-keys, -remove-authorized-keys */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "cmd/users.h"
#include "proto/request.h"
#include "schema_handlers.h"
#include "sys/account.h"
#include "sys/authorized_keys.h"
#include "sys/root.h"

/* A home on a dead disk, or a user who stops the process that acts for him. */
#define ACT_MS 20000

/* What the child that acts as the user leaves for us. Its texts are not trusted. */
struct outcome {
	bool   failed;
	bool   finished;
	char   text[1024];
	size_t n;
	char   data[AUTHORIZED_KEYS_MAX];
};

struct change {
	const char                 *home;
	enum authorized_keys_change what;
	struct key_list             keys;
};

static void leave_error(struct outcome *to, const struct err *err)
{
	to->failed = true;
	(void)snprintf(to->text, sizeof(to->text), "%.1000s", err->text);
}

static void read_job(void *shared, void *ctx)
{
	struct outcome *to = shared;
	struct buf      data = BUF_INIT(AUTHORIZED_KEYS_MAX + 131072);
	struct err      err;

	err_init(&err);
	if (authorized_keys_read(ctx, &data, &err) < 0) {
		leave_error(to, &err);
	} else {
		to->n = data.len;
		if (data.len > 0)
			memcpy(to->data, data.data, data.len);
	}
	to->finished = true;
}

static void change_job(void *shared, void *ctx)
{
	struct outcome *to = shared;
	struct change  *change = ctx;
	struct err      err;

	err_init(&err);
	if (authorized_keys_change(change->home, change->what, &change->keys, &err) < 0)
		leave_error(to, &err);
	to->finished = true;
}

static int judge(struct outcome *from, struct err *err)
{
	from->text[sizeof(from->text) - 1] = '\0';
	if (from->failed)
		return err_set(err, "%s", from->text);
	return from->finished ? 0 : err_set(err, "acting as the user came to no end");
}

/* Not only for the reference's sake: a line feed would make two lines of one. */
static int check_keys(const struct str_list *keys, struct err *err)
{
	size_t i;

	for (i = 0; i < keys->n; i++)
		if (keys->items[i][0] == '#' || strchr(keys->items[i], '\n'))
			return err_set(err, "invalid OpenSSH public key: '%s'", keys->items[i]);
	return 0;
}

static int change_keys(struct request *rq, const char *name, enum authorized_keys_change what,
		       const struct str_list *keys, struct err *err)
{
	struct change   change = {.what = what, .keys = {.n = keys->n, .items = keys->items}};
	struct account  user;
	struct outcome *outcome;
	int             rc;

	if (users_check(rq, POLICY_SSH_USERS, name, err) < 0 || check_keys(keys, err) < 0 ||
	    account_find(rq->root, name, rq->arena, &user, err) < 0)
		return -1;
	if (root_note(rq->root, "change authorized_keys in %s: %d, %zu keys", user.home, (int)what,
		      keys->n))
		return 0;
	change.home = user.home;
	outcome = account_shared(sizeof(*outcome));
	if (!outcome)
		return err_os(err, errno, "cannot act as the user");
	rc = account_run(&user, change_job, outcome, &change, ACT_MS, err);
	if (rc == 0)
		rc = judge(outcome, err);
	account_unshare(outcome, sizeof(*outcome));
	return rc;
}

int cmd_guest_ssh_add_authorized_keys(struct request                                *rq,
				      const struct guest_ssh_add_authorized_keys_in *in, void *out,
				      struct err *err)
{
	bool reset = in->has_reset && in->reset;

	(void)out;
	return change_keys(rq, in->username, reset ? AUTHORIZED_KEYS_RESET : AUTHORIZED_KEYS_ADD,
			   &in->keys, err);
}

int cmd_guest_ssh_remove_authorized_keys(struct request                                   *rq,
					 const struct guest_ssh_remove_authorized_keys_in *in,
					 void *out, struct err *err)
{
	(void)out;
	return change_keys(rq, in->username, AUTHORIZED_KEYS_REMOVE, &in->keys, err);
}

/* n comes from a process of that user. */
static int take_lines(struct request *rq, const char *data, size_t n,
		      struct guest_ssh_get_authorized_keys_out *out, struct err *err)
{
	char *text;

	if (n > AUTHORIZED_KEYS_MAX)
		return err_set(err, "acting as the user came to no end");
	n = strnlen(data, n); /* what is behind a NUL is no text */
	text = arena_strndup(rq->arena, data, n);
	out->keys.items = arena_array(rq->arena, key_lines_count(data, n) + 1, sizeof(char *));
	if (!text || !out->keys.items)
		return err_os(err, ENOMEM, "cannot read the keys");
	out->keys.n = key_lines_list(text, n, (char **)out->keys.items);
	return 0;
}

/* A captured tree has no users to become. */
static int get_captured(struct request *rq, const struct account *user,
			struct guest_ssh_get_authorized_keys_out *out, struct err *err)
{
	struct buf data = BUF_INIT(AUTHORIZED_KEYS_MAX);
	char      *path = arena_printf(rq->arena, "%s/.ssh/authorized_keys", user->home);
	int        os = ENOMEM, rc;

	if (!path || root_read(rq->root, path, &data, &os) < 0)
		rc = err_set(err, "failed to read '%s': Failed to open file \u201c%s\u201d: %s",
			     path ? path : "", path ? path : "", strerror(os));
	else
		rc = take_lines(rq, data.data ? data.data : "", data.len, out, err);
	buf_fini(&data);
	return rc;
}

int cmd_guest_ssh_get_authorized_keys(struct request                                *rq,
				      const struct guest_ssh_get_authorized_keys_in *in,
				      struct guest_ssh_get_authorized_keys_out      *out,
				      struct err                                    *err)
{
	struct account  user;
	struct outcome *outcome;
	int             rc;

	if (users_check(rq, POLICY_SSH_USERS, in->username, err) < 0 ||
	    account_find(rq->root, in->username, rq->arena, &user, err) < 0)
		return -1;
	if (root_is_captured(rq->root))
		return get_captured(rq, &user, out, err);
	outcome = account_shared(sizeof(*outcome));
	if (!outcome)
		return err_os(err, errno, "cannot act as the user");
	rc = account_run(&user, read_job, outcome, user.home, ACT_MS, err);
	if (rc == 0)
		rc = judge(outcome, err);
	if (rc == 0)
		rc = take_lines(rq, outcome->data, outcome->n, out, err);
	account_unshare(outcome, sizeof(*outcome));
	return rc;
}
