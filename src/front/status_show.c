/* SPDX-License-Identifier: MIT */
/*
 * The status as text: one line per member, the sessions and stuck commands indented below theirs.
 * Members that a later agent adds are shown like the others.
 */
#include <stdio.h>

#include "front/control_client.h"
#include "front/status.h"

#define TEXT_BYTES 256

static void show_object(const struct json *object, const char *between);

static void show_value(const struct json *value)
{
	char             text[TEXT_BYTES];
	struct json_walk w;
	struct json      item;

	switch (json_kind(value)) {
	case JSON_STRING:
		(void)json_str_copy(value, text, sizeof(text));
		(void)fputs(text, stdout);
		break;
	case JSON_BOOL:
		(void)fputs(json_is_true(value) ? "yes" : "no", stdout);
		break;
	case JSON_NUMBER:
		printf("%lld", (long long)json_num(value).i);
		break;
	case JSON_OBJECT:
		show_object(value, ", ");
		break;
	case JSON_ARRAY:
		json_walk_start(&w, value);
		if (!json_walk_item(&w, &item)) {
			(void)fputs(" none", stdout);
			break;
		}
		do {
			(void)fputs("\n  ", stdout);
			show_value(&item);
		} while (json_walk_item(&w, &item));
		break;
	default:
		break;
	}
}

static void show_object(const struct json *object, const char *between)
{
	struct json_walk w;
	struct json      key, value;
	char             name[TEXT_BYTES];
	bool             first = true;

	json_walk_start(&w, object);
	while (json_walk_member(&w, &key, &value)) {
		(void)json_str_copy(&key, name, sizeof(name));
		printf("%s%s:%s", first ? "" : between, name,
		       json_kind(&value) == JSON_ARRAY ? "" : " ");
		show_value(&value);
		first = false;
	}
}

int status_show(const struct options *o)
{
	struct control_answer answer;
	struct err            err;
	int                   rc;

	err_init(&err);
	rc = control_ask(o->statedir, "status", &answer, &err);
	if (rc < 0) {
		fprintf(stderr, "%s: %s\n", o->program, err.text);
	} else if (o->json) {
		(void)fwrite(answer.text.data, 1, answer.text.len, stdout);
	} else {
		show_object(&answer.value, "\n");
		(void)fputs("\n", stdout);
	}
	control_answer_fini(&answer);
	return rc < 0 || fflush(stdout) != 0;
}
