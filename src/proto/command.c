/* SPDX-License-Identifier: MIT */
#include "proto/command.h"

#include <string.h>

const struct command *command_find(const char *name)
{
	size_t lo = 0, hi = n_commands;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int    cmp = strcmp(name, commands[mid].name);

		if (cmp == 0)
			return &commands[mid];
		if (cmp < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}
