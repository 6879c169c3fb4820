/* SPDX-License-Identifier: MIT */
/*
 * The outer object of a request (behaviour.md 1.8): execute, arguments, id.
 */
#ifndef PROTO_ENVELOPE_H
#define PROTO_ENVELOPE_H

#include "json/reader.h"
#include "proto/command.h"

struct envelope {
	const struct command *command;
	struct json           arguments; /* p NULL when absent */
	struct json           id;        /* p NULL when absent */
};

/*
 * Steps 1 to 4 of behaviour.md 1.8 on a text that json_check() has accepted; the text is not
 * changed. On -1 ret->id is valid all the same, so that the error can be answered with it.
 */
int envelope_parse(const struct json_text *text, struct envelope *ret, struct err *err);

#endif
