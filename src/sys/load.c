/* SPDX-License-Identifier: MIT */
#include "sys/load.h"

#include <errno.h>

#include "base/num.h"

bool load_parse(struct slice text, struct load *ret)
{
	struct slice field;
	size_t       i;

	for (i = 0; i < ARRAY_SIZE(ret->average); i++)
		if (!slice_field(&text, &field) || !num_decimal(field.p, field.n, &ret->average[i]))
			return false;
	return true;
}

int load_read(const struct sys_root *r, struct load *ret, int *ret_os)
{
	char    text[128];
	ssize_t n = root_read_attr(r, "/proc/loadavg", text, sizeof(text), ret_os);

	if (n < 0)
		return -1;
	*ret_os = load_parse(slice_of(text, (size_t)n), ret) ? 0 : EINVAL;
	return *ret_os ? -1 : 0;
}
