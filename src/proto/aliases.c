/* SPDX-License-Identifier: MIT */
#include "proto/aliases.h"

#include <string.h>

#define PREFIX "guest-file-"

static const struct alias {
	const char *commands; /* behind the prefix, one blank before and behind each */
	const char *old_name;
	const char *name; /* never longer */
} aliases[] = {
	{" close read write seek flush ", "filehandle", "handle"},
	{" open ", "filepath", "path"},
	{" write ", "data_b64", "buf-b64"},
};

bool aliases_apply(const char *command)
{
	return !strncmp(command, PREFIX, strlen(PREFIX));
}

static bool belongs_to(const struct alias *a, const char *verb)
{
	size_t      n = strlen(verb);
	const char *at = strstr(a->commands, verb);

	return n > 0 && at && at[-1] == ' ' && at[n] == ' ';
}

static const struct alias *find(const char *command, const struct json *key)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(aliases); i++)
		if (json_str_is(key, aliases[i].old_name) &&
		    belongs_to(&aliases[i], command + strlen(PREFIX)))
			return &aliases[i];
	return NULL;
}

static bool has_member(const struct json *args, const char *name)
{
	struct json_walk w;
	struct json      key, value;

	json_walk_start(&w, args);
	while (json_walk_member(&w, &key, &value))
		if (json_str_is(&key, name))
			return true;
	return false;
}

/* The name is spelt without escapes or longer than it needs: there is room, and blanks may stand
 * behind it. */
static void rename_key(const struct json *key, const char *name)
{
	size_t room = json_str_raw_len(key), n = strlen(name);

	memcpy(key->p + 1, name, n);
	key->p[1 + n] = *key->p;
	memset(key->p + 2 + n, ' ', room - n);
}

int aliases_rewrite(const char *command, const struct json *args, bool *ret_old_handle,
		    struct err *err)
{
	struct json_walk w;
	struct json      key, value;

	*ret_old_handle = false;
	if (json_kind(args) != JSON_OBJECT)
		return 0;
	json_walk_start(&w, args);
	while (json_walk_member(&w, &key, &value)) {
		const struct alias *a = find(command, &key);

		if (!a)
			continue;
		if (has_member(args, a->name))
			return err_set(
				err, "Parameter '%s' is given twice, also under its old name '%s'",
				a->name, a->old_name);
		*ret_old_handle |= a == &aliases[0];
		rename_key(&key, a->name);
	}
	return 0;
}

bool aliases_key_is(const char *command, const struct json *key, const char *name)
{
	const struct alias *a = aliases_apply(command) ? find(command, key) : NULL;

	return a ? !strcmp(a->name, name) : json_str_is(key, name);
}

bool aliases_is_handle(const struct json *key)
{
	return json_str_is(key, "handle") || json_str_is(key, "filehandle");
}
