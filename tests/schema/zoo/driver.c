/* SPDX-License-Identifier: MIT */
/*
 * Plays the generated code of the zoo. Every line of standard input is a command name, optionally a
 * blank and its arguments; every line of output is the value it returned, or "! " and the error
 * text. Handlers give back what they got where the schema lets them.
 */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "json/reader.h"
#include "json/writer.h"
#include "proto/command.h"
#include "schema_handlers.h"
#include "schema_marks.h"

#define ARENA_CAP ((size_t)1 << 20)
#define REPLY_MAX ((size_t)1 << 20)

struct request {
	struct arena *arena;
};

#define ECHO(name)                                                                                 \
	int cmd_##name(struct request *rq, const struct name##_in *in, struct name##_out *out,     \
		       struct err *err)                                                            \
	{                                                                                          \
		(void)rq;                                                                          \
		(void)err;                                                                         \
		_Static_assert(sizeof(*in) == sizeof(*out), "one type both ways");                 \
		memcpy(out, in, sizeof(*out));                                                     \
		return 0;                                                                          \
	}

ECHO(zoo_all)
ECHO(zoo_shape)
ECHO(zoo_mood)
ECHO(zoo_moods)
ECHO(zoo_choice)
ECHO(zoo_text)
ECHO(zoo_Old)

int cmd_zoo_inline(struct request *rq, const struct zoo_inline_in *in, struct zoo_inline_out *out,
		   struct err *err)
{
	out->items = arena_array(rq->arena, 2, sizeof(*out->items));
	if (!out->items)
		return err_set(err, "no memory");
	out->n = 2;
	out->items[0].name = "secret";
	out->items[0].has_text = true;
	out->items[0].text = in->secret;
	out->items[1].name = "blob";
	out->items[1].has_text = in->has_blob;
	if (in->has_blob)
		out->items[1].text = arena_printf(rq->arena, "%zu %s", in->blob.len, in->blob.data);
	return 0;
}

int cmd_zoo_int(struct request *rq, const void *in, struct zoo_int_out *out, struct err *err)
{
	(void)rq;
	(void)err;
	out->value = in ? -1 : 42;
	return 0;
}

int cmd_zoo_number(struct request *rq, const struct zoo_number_in *in, struct zoo_number_out *out,
		   struct err *err)
{
	(void)rq;
	if (in->has_n && in->n < 0)
		return err_set(err, "too small");
	out->value = in->has_n ? in->n : 0.5;
	return 0;
}

int cmd_zoo_texts(struct request *rq, const void *in, struct zoo_texts_out *out, struct err *err)
{
	static char *texts[] = {"a", NULL, "c"};

	(void)rq;
	(void)in;
	(void)err;
	out->n = 3;
	out->items = texts;
	return 0;
}

int cmd_zoo_sizes(struct request *rq, const void *in, struct zoo_sizes_out *out, struct err *err)
{
	static uint64_t sizes[] = {0, UINT64_MAX};

	(void)rq;
	(void)in;
	(void)err;
	out->n = 2;
	out->items = sizes;
	return 0;
}

int cmd_zoo_report(struct request *rq, const void *in, struct zoo_report_out *out, struct err *err)
{
	(void)rq;
	(void)in;
	(void)err;
	out->colour = COLOUR_BLUE;
	out->u.blue.first = 1;
	out->u.blue.has_second = true;
	out->u.blue.second = "two";
	return 0;
}

int cmd_zoo_nothing(struct request *rq, const void *in, void *out, struct err *err)
{
	(void)rq;
	return in || out ? err_set(err, "pointers to nothing") : 0;
}

int cmd_zoo_empty(struct request *rq, const void *in, struct zoo_empty_out *out, struct err *err)
{
	(void)rq;
	(void)in;
	(void)out;
	(void)err;
	return 0;
}

int cmd_zoo_silent(struct request *rq, const void *in, void *out, struct err *err)
{
	(void)rq;
	(void)in;
	(void)out;
	(void)err;
	return 0;
}

int cmd_virtagent_zoo_own(struct request *rq, const struct virtagent_zoo_own_in *in, void *out,
			  struct err *err)
{
	(void)rq;
	(void)out;
	return in->has_virtagent_x ? err_set(err, "x is %lld", (long long)in->virtagent_x) : 0;
}

static void print_names(const char *mark, const char *const *names)
{
	for (; *names; names++)
		printf(" %s=%s", mark, *names);
}

static void print_table(void)
{
	for (size_t i = 0; i < n_commands; i++) {
		const struct command *c = &commands[i];

		if (command_find(c->name) != c)
			printf("! not found: ");
		printf("%s order=%u flags=%x in=%d out=%d", c->name, c->order, c->flags,
		       c->in_size > 0, c->out_size > 0);
		if (command_marks[i].subject)
			printf(" subject=%s", command_marks[i].subject);
		print_names("secret", command_marks[i].secret);
		print_names("loggable", command_marks[i].loggable);
		printf("\n");
	}
}

static int call(const struct command *c, const struct json *args, struct request *rq,
		struct buf *reply, struct err *err)
{
	struct json_out w;
	void           *in = c->in_size ? arena_alloc(rq->arena, c->in_size) : NULL;
	void           *out = c->out_size ? arena_alloc(rq->arena, c->out_size) : NULL;

	if (c->decode(args, rq->arena, in, err) < 0)
		return -1;
	if (c->run(rq, in, out, err) < 0)
		return -1;
	json_out_init(&w, reply);
	c->encode(out, &w);
	return 0;
}

static void play(char *line)
{
	char                 *space = strchr(line, ' ');
	struct json_text      text = {0};
	struct json           args = {0};
	struct arena          arena;
	struct request        rq = {.arena = &arena};
	struct buf            reply = BUF_INIT(REPLY_MAX);
	struct err            err;
	const struct command *c;

	arena_init(&arena, ARENA_CAP);
	err_init(&err);
	if (space) {
		*space = '\0';
		text.start = space + 1;
		text.end = text.start + strlen(text.start);
		if (json_check(&text, &err) == 0)
			args = json_root(&text);
	}
	c = command_find(line);
	if (!c)
		printf("! no command %s\n", line);
	else if (err.set || call(c, &args, &rq, &reply, &err) < 0)
		printf("! %s\n", err.text);
	else
		printf("%.*s\n", (int)reply.len, reply.data);
	buf_fini(&reply);
	arena_fini(&arena);
}

int main(void)
{
	static char line[1 << 20];

	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (strcmp(line, "table") == 0)
			print_table();
		else
			play(line);
	}
	return 0;
}
