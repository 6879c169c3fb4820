/* SPDX-License-Identifier: MIT */
#include "proto/envelope.h"

#include <string.h>

/* Longer than any name of ours, in raw bytes of the string; a longer spelling is not looked up. */
#define NAME_BYTES 512

static int bad_member(const struct json *key, struct err *err)
{
	char name[ERR_TEXT_MAX];

	(void)json_str_copy(key, name, sizeof(name));
	return err_set(err, "QMP input member '%s' is unexpected", name);
}

/* Sets err only once, so that the first wrong member of the request is the one that is named. */
static void take_member(const struct json *key, const struct json *value, struct envelope *ret,
			struct json *execute, struct err *err)
{
	if (json_str_is(key, "execute")) {
		*execute = *value;
		if (json_kind(value) != JSON_STRING)
			(void)err_set(err, "QMP input member 'execute' must be a string");
	} else if (json_str_is(key, "arguments")) {
		ret->arguments = *value;
		if (json_kind(value) != JSON_OBJECT)
			(void)err_set(err, "QMP input member 'arguments' must be an object");
	} else if (json_str_is(key, "id")) {
		/* even behind a wrong member: the error is answered with it */
		ret->id = *value;
	} else if (!err->set) {
		(void)bad_member(key, err);
	}
}

static int not_found(const struct json *execute, struct err *err)
{
	char name[ERR_TEXT_MAX];

	(void)json_str_copy(execute, name, sizeof(name));
	return err_set_class(err, ERR_COMMAND_NOT_FOUND, "The command %s has not been found", name);
}

static int find_command(const struct json *execute, struct envelope *ret, struct err *err)
{
	char   name[NAME_BYTES];
	size_t raw = json_str_raw_len(execute);

	if (raw >= sizeof(name))
		return not_found(execute, err);
	if (memchr(execute->p, '\\', raw + 1)) {
		(void)json_str_copy(execute, name, sizeof(name));
	} else {
		memcpy(name, execute->p + 1, raw);
		name[raw] = '\0';
	}
	ret->command = command_find(name);
	return ret->command ? 0 : not_found(execute, err);
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
	json_walk_start(&w, &root);
	while (json_walk_member(&w, &key, &value))
		take_member(&key, &value, ret, &execute, err);
	if (err->set)
		return -1;
	if (!execute.p)
		return err_set(err, "QMP input lacks member 'execute'");
	return find_command(&execute, ret, err);
}
