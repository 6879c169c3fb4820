/* SPDX-License-Identifier: MIT */
/*
 * Every decoder of the test schema. Input: the name of a command (anything else chooses one, too),
 * a line feed, a byte of flags, the arguments.
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
#define FLAG_LITTLE 2u    /* little memory */
#define FLAG_ABSENT 4u

static const struct command *choose(const uint8_t *name, size_t n)
{
	size_t i, sum = 0;

	for (i = 0; i < n_commands; i++)
		if (strlen(commands[i].name) == n && !memcmp(commands[i].name, name, n))
			return &commands[i];
	for (i = 0; i < n; i++)
		sum += name[i];
	return &commands[sum % n_commands];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct command *c;
	struct arena          arena;
	struct sample         s;
	struct json           args;
	struct err            err;
	void                 *in;
	const uint8_t        *line = size == 0 ? NULL : memchr(data, '\n', size);
	unsigned              flags;

	if (!line || line + 1 == data + size)
		return 0;
	c = choose(data, (size_t)(line - data));
	flags = line[1];
	sample_open(&s, line + 2, (size_t)(data + size - line) - 2);
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
