/* SPDX-License-Identifier: MIT */
/* guest-set-user-password */
#include <errno.h>
#include <string.h>

#include "base/b64.h"
#include "base/err.h"
#include "base/utf8.h"
#include "cmd/users.h"
#include "proto/request.h"
#include "schema_handlers.h"
#include "sys/root.h"
#include "sys/spawn.h"

/* Long enough for a directory service, short enough for a host that waits. */
#define CHPASSWD_MS 60000

/* One line of text: a NUL would cut it, what is not UTF-8 would be another password at a login. */
static bool is_password(const char *text, size_t n)
{
	const unsigned char *at = (const unsigned char *)text, *end = at + n;

	if (memchr(text, '\n', n) || memchr(text, '\0', n))
		return false;
	while (at < end)
		if (utf8_next(&at, end) <= 0) /* zero: U+0000 as two bytes, which is not UTF-8 */
			return false;
	return true;
}

static int set_password(struct request *rq, const char *name, const char *password, size_t n,
			bool crypted, struct err *err)
{
	const char *const plain[] = {"chpasswd", NULL}, *const hash[] = {"chpasswd", "-e", NULL};
	size_t       name_n = strlen(name), len = name_n + n + 2;
	char        *line = arena_alloc(rq->arena, len);
	struct spawn run = {
		.argv = crypted ? hash : plain,
		.input = line,
		.input_len = len,
		.limit_ms = CHPASSWD_MS,
	};
	int rc;

	if (!line)
		return err_os(err, ENOMEM, "cannot set the password");
	memcpy(line, name, name_n);
	line[name_n] = ':';
	memcpy(line + name_n + 1, password, n);
	line[len - 1] = '\n';
	rc = spawn_helper(rq->root, &run, "set user password", err);
	explicit_bzero(line, len);
	return rc;
}

static int decode_and_set(struct request *rq, const struct guest_set_user_password_in *in,
			  struct err *err)
{
	size_t n;

	if (b64_decode(in->password.data, in->password.len, in->password.data, &n) < 0)
		return err_set(err, "Base64 data contains invalid characters");
	if (!is_password(in->password.data, n))
		return err_set(err, "forbidden characters in raw password");
	if (strpbrk(in->username, "\n:"))
		return err_set(err, "forbidden characters in username");
	if (root_note(rq->root, "set password of %s%s", in->username,
		      in->crypted ? ", crypted" : ""))
		return 0;
	return set_password(rq, in->username, in->password.data, n, in->crypted, err);
}

/* The request's memory is wiped by whoever owns it. */
int cmd_guest_set_user_password(struct request *rq, const struct guest_set_user_password_in *in,
				void *out, struct err *err)
{
	(void)out;
	if (users_check(rq, POLICY_PASSWORD_USERS, in->username, err) < 0)
		return -1;
	return decode_and_set(rq, in, err);
}
