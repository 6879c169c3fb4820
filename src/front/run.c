/* SPDX-License-Identifier: MIT */
#include "front/run.h"

#include <errno.h>

#include "front/front.h"
#include "json/writer.h"
#include "log/log.h"
#include "proto/reply.h"
#include "proto/request.h"
#include "schema_marks.h"

/* More of an argument is not shown. */
#define LOGGED_BYTES 512

static bool is_loggable(const struct command *cmd, const struct json *key)
{
	const char *const *name = command_marks[cmd - commands].loggable;

	while (*name && !json_str_is(key, *name))
		name++;
	return *name;
}

static void add_argument(struct buf *text, const struct json *key, const struct json *value)
{
	char name[LOGGED_BYTES], shown[LOGGED_BYTES];

	(void)json_str_copy(key, name, sizeof(name));
	switch (json_kind(value)) {
	case JSON_STRING:
		(void)json_str_copy(value, shown, sizeof(shown));
		buf_printf(text, ", %s: %s", name, shown);
		break;
	case JSON_NUMBER:
	case JSON_BOOL:
		buf_printf(text, ", %s: %.*s", name, (int)(json_value_end(value) - value->p),
			   value->p);
		break;
	default:
		break;
	}
}

void run_log(const struct command *cmd, const struct json *args)
{
	struct buf       text = BUF_INIT(LOG_LINE_MAX);
	struct json_walk w;
	struct json      key, value;

	if (!(cmd->flags & (CMD_WRITES | CMD_MACHINE)))
		return;
	if (args->p && json_kind(args) == JSON_OBJECT) {
		json_walk_start(&w, args);
		while (json_walk_member(&w, &key, &value))
			if (is_loggable(cmd, &key))
				add_argument(&text, &key, &value);
	}
	log_account("%s called%.*s", cmd->name, (int)text.len, text.data ? text.data : "");
	buf_fini(&text);
}

static int run(struct request *rq, const struct json *args, void **ret_out, struct err *err)
{
	const struct command *cmd = rq->command;
	void                 *in = arena_alloc(rq->arena, cmd->in_size);

	*ret_out = arena_alloc(rq->arena, cmd->out_size);
	if (!in || !*ret_out)
		return err_os(err, ENOMEM, "cannot run the command");
	if (cmd->decode(args, rq->arena, in, err) < 0)
		return -1;
	return cmd->run(rq, in, *ret_out, err);
}

int run_handler(struct request *rq, const struct json *args, struct err *err)
{
	void *out;

	return run(rq, args, &out, err);
}

static int run_and_encode(struct request *rq, const struct json *args, struct buf *to,
			  struct err *err)
{
	const struct command *cmd = rq->command;
	struct json_out       w;
	void                 *out;

	if (run(rq, args, &out, err) < 0)
		return -1;
	if (cmd->flags & CMD_NO_REPLY)
		return 0;
	reply_open(to, cmd);
	json_out_init(&w, to);
	cmd->encode(out, &w);
	return 0;
}

bool run_in_front(const struct command *cmd, const struct json *args, const struct front *front,
		  const struct policy *policy, const struct request_report *report,
		  const struct buf *id, struct outbox *out)
{
	size_t         mark = outbox_mark(out);
	struct arena   arena;
	struct request rq = {.arena = &arena,
			     .command = cmd,
			     .policy = policy,
			     .options = front->options,
			     .root = &front->root,
			     .frozen = front->freezer.filters};
	struct err     err;

	run_log(cmd, args);
	err_init(&err);
	arena_init(&arena, REQUEST_ARENA_MAX);
	if (report)
		rq.report = *report;
	if (run_and_encode(&rq, args, &out->buf, &err) < 0)
		outbox_error(out, id, &err);
	else if (!(cmd->flags & CMD_NO_REPLY))
		reply_close(&out->buf, id->data, id->len);
	outbox_seal(out, mark);
	arena_fini(&arena);
	return !err.set;
}
