/* SPDX-License-Identifier: MIT */
#include "proto/envelope.h"

#include <string.h>

/* Longer than any name of ours; a longer one cannot be found. */
#define NAME_MAX_LEN 96

static int check_member(const struct json *key, const struct json *value, struct envelope *ret, struct json *execute,
			struct err *err)
{
	char name[ERR_TEXT_MAX];

	if (json_str_is(key, "execute")) {
		*execute = *value;
		if (json_kind(value) != JSON_STRING)
			return err_set(err, "QMP input member 'execute' must be a string");
	} else if (json_str_is(key, "arguments")) {
		ret->arguments = *value;
		if (json_kind(value) != JSON_OBJECT)
			return err_set(err, "QMP input member 'arguments' must be an object");
	} else if (!json_str_is(key, "id")) {
		(void)json_str_copy(key, name, sizeof(name));
		return err_set(err, "QMP input member '%s' is unexpected", name);
	}
	return 0;
}

/* Found first, so that errors about the members before it carry it too. */
static void find_id(const struct json *root, struct envelope *ret)
{
	struct json_walk w;
	struct json      key, value;

	json_walk_start(&w, root);
	while (json_walk_member(&w, &key, &value))
		if (json_str_is(&key, "id"))
			ret->id = value;
}

static int find_command(const struct json *execute, struct envelope *ret, struct err *err)
{
	char name[ERR_TEXT_MAX];

	if (json_str_raw_len(execute) < sizeof(name)) {
		(void)json_str_copy(execute, name, NAME_MAX_LEN);
		if (json_str_is(execute, name))
			ret->command = command_find(name);
	}
	if (ret->command)
		return 0;
	(void)json_str_copy(execute, name, sizeof(name));
	return err_set_class(err, ERR_COMMAND_NOT_FOUND, "The command %s has not been found", name);
}

int envelope_parse(const struct json_text *text, struct envelope *ret, struct err *err)
{
	struct json      root = json_root(text), key, value;
	struct json      execute = {.p = NULL, .text = text};
	struct json_walk w;

	memset(ret, 0, sizeof(*ret));
	ret->arguments.text = ret->id.text = text;
	if (json_kind(&root) != JSON_OBJECT)
		return err_set(err, "QMP input must be a JSON object");
	find_id(&root, ret);
	json_walk_start(&w, &root);
	while (json_walk_member(&w, &key, &value))
		if (check_member(&key, &value, ret, &execute, err) < 0)
			return -1;
	if (!execute.p)
		return err_set(err, "QMP input lacks member 'execute'");
	return find_command(&execute, ret, err);
}
