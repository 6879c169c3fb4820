/* SPDX-License-Identifier: MIT */
/*
 * What a handler gets besides its arguments.
 */
#ifndef PROTO_REQUEST_H
#define PROTO_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "proto/command.h"

/* Decoded arguments and the result of one request together. */
#define REQUEST_ARENA_MAX ((size_t)160 << 20)

struct policy;

struct request {
	struct arena         *arena; /* freed when the reply has been written */
	const struct command *command;
	const struct policy  *policy; /* for guest-info; NULL in workers: the front has judged */
	bool                  frozen;
};

#endif
