/* SPDX-License-Identifier: MIT */
#include "sys/answer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

static int answer_path(char to[ROOT_PATH_MAX], const char *call, const char *path, int *ret_os)
{
	int n = snprintf(to, ROOT_PATH_MAX, "/.virtagent/%s%s%s", call, path ? path : "",
			 path ? "/=" : "");

	*ret_os = n < ROOT_PATH_MAX ? 0 : ENAMETOOLONG;
	return *ret_os ? -1 : 0;
}

ssize_t answer_read(const struct sys_root *r, const char *call, const char *path, struct buf *to,
		    int *ret_os)
{
	char    full[ROOT_PATH_MAX];
	ssize_t n;

	if (answer_path(full, call, path, ret_os) < 0)
		return -1;
	n = root_read(r, full, to, ret_os);
	if (n < 0 && (*ret_os == ENOENT || *ret_os == ENOTDIR))
		*ret_os = ENOSYS;
	return n;
}

int answer_read_text(const struct sys_root *r, const char *call, const char *path,
		     char to[ANSWER_TEXT_MAX], int *ret_os)
{
	char     full[ROOT_PATH_MAX];
	uint64_t os;

	if (answer_path(full, call, path, ret_os) < 0)
		return -1;
	if (root_read_attr(r, full, to, ANSWER_TEXT_MAX, ret_os) < 0) {
		if (*ret_os == ENOENT || *ret_os == ENOTDIR)
			*ret_os = ENOSYS;
		return -1;
	}
	if (!answer_u64(to, "error", &os))
		return 0;
	*ret_os = (int)os;
	return -1;
}

/* The value of a key, without an end: *ret_len. NULL when there is none. */
static const char *find_value(const char *text, const char *key, size_t *ret_len)
{
	size_t n = strlen(key);

	while (*text) {
		size_t len = strcspn(text, "\n");

		if (len > n && !memcmp(text, key, n) && text[n] == ' ') {
			*ret_len = len - n - 1;
			return text + n + 1;
		}
		text += len + (text[len] == '\n');
	}
	return NULL;
}

bool answer_str(const char *text, const char *key, char *to, size_t size)
{
	size_t      len;
	const char *value = find_value(text, key, &len);

	if (!value || len >= size)
		return false;
	memcpy(to, value, len);
	to[len] = '\0';
	return true;
}

bool answer_u64(const char *text, const char *key, uint64_t *ret)
{
	size_t      len;
	const char *value = find_value(text, key, &len);

	return value && num_u64(value, len, ret);
}
