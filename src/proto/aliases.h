/* SPDX-License-Identifier: MIT */
/*
 * Names of the protocol's first draft (July 2011), still accepted: filepath, filehandle, data_b64,
 * and buf in the reply of a read.
 */
#ifndef PROTO_ALIASES_H
#define PROTO_ALIASES_H

#include "base/err.h"
#include "json/reader.h"

/* Whether the command has arguments that may be spelt in the old way. */
bool aliases_apply(const char *command);

/*
 * For a command to which they apply: rewrites old member names of an arguments object in place.
 * *ret_old_handle tells whether filehandle was used. -1 with err when both spellings of one
 * argument are there.
 */
int aliases_rewrite(const char *command, const struct json *args, bool *ret_old_handle,
		    struct err *err);

/* Whether the command takes a member with this key for the argument `name`, in either spelling. */
bool aliases_key_is(const char *command, const struct json *key, const char *name);

/* Whether this member of the arguments is the handle, in either spelling. */
bool aliases_is_handle(const struct json *key);

#endif
