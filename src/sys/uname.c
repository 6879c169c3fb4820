/* SPDX-License-Identifier: MIT */
#include "sys/uname.h"

#include <errno.h>
#include <string.h>

#include "sys/answer.h"

static void copy(const char *text, const char *key, char *to, size_t size)
{
	if (!answer_str(text, key, to, size))
		to[0] = '\0';
}

static int read_answer(const struct sys_root *r, struct utsname *ret, int *ret_os)
{
	char text[ANSWER_TEXT_MAX];

	if (answer_read_text(r, "uname", NULL, text, ret_os) < 0)
		return -1;
	copy(text, "sysname", ret->sysname, sizeof(ret->sysname));
	copy(text, "nodename", ret->nodename, sizeof(ret->nodename));
	copy(text, "release", ret->release, sizeof(ret->release));
	copy(text, "version", ret->version, sizeof(ret->version));
	copy(text, "machine", ret->machine, sizeof(ret->machine));
	return 0;
}

int uname_read(const struct sys_root *r, struct utsname *ret, int *ret_os)
{
	memset(ret, 0, sizeof(*ret));
	if (answer_wanted(r))
		return read_answer(r, ret, ret_os);
	*ret_os = uname(ret) < 0 ? errno : 0;
	return *ret_os ? -1 : 0;
}
