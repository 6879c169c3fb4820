/* SPDX-License-Identifier: MIT */
/*
 * Every decoder of the test schema. Input: a byte that chooses the command, a byte of flags, the arguments.
 */
#include <string.h>

#include "base/arena.h"
#include "json/reader.h"
#include "sample.h"
#include "schema_types.h"
#include "target.h"

/* The table names every handler; none is called here, so none needs to exist. */
#define int __attribute__((weak)) int
#include "schema_handlers.h"
#undef int
#include "schema_commands.c"

#define FLAG_UNCHECKED 1u /* decoders must be safe on bytes that json_check() refuses, too */
#define FLAG_LITTLE    2u /* little memory */
#define FLAG_ABSENT    4u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct command *c;
	struct arena          arena;
	struct sample         s;
	struct json           args;
	struct err            err;
	void                 *in;
	unsigned              flags;

	if (size < 2)
		return 0;
	c = &commands[data[0] % n_commands];
	flags = data[1];
	sample_open(&s, data + 2, size - 2);
	err_init(&err);
	if (json_check(&s.text, &err) < 0 && !(flags & FLAG_UNCHECKED)) {
		sample_close(&s);
		return 0;
	}
	args = json_root(&s.text);
	if (flags & FLAG_ABSENT)
		args.p = NULL;
	arena_init(&arena, flags & FLAG_LITTLE ? 256 : (size_t)64 << 20);
	in = sample_memory(c->in_size);
	memset(in, 0xA5, c->in_size);
	err_init(&err);
	MUST((c->decode(&args, &arena, in, &err) < 0) == err.set);
	free(in);
	arena_fini(&arena);
	sample_close(&s);
	return 0;
}
