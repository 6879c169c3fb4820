/* SPDX-License-Identifier: MIT */
#include "front/run.h"

#include <errno.h>

#include "front/front.h"
#include "json/writer.h"
#include "log/log.h"
#include "proto/reply.h"
#include "proto/request.h"

void run_log(const struct command *cmd)
{
	if (cmd->flags & CMD_WRITES)
		log_info("%s called", cmd->name);
	else
		log_debug("%s called", cmd->name);
}

static int run(const struct command *cmd, const struct json *args, const struct front *front,
	       struct arena *arena, struct buf *out, struct err *err)
{
	struct request rq = {.arena = arena,
			     .command = cmd,
			     .policy = &front->policy,
			     .options = front->options,
			     .root = &front->root};
	void *in = arena_alloc(arena, cmd->in_size), *result = arena_alloc(arena, cmd->out_size);
	struct json_out w;

	if (!in || !result)
		return err_os(err, ENOMEM, "cannot run the command");
	if (cmd->decode(args, arena, in, err) < 0 || cmd->run(&rq, in, result, err) < 0)
		return -1;
	if (cmd->flags & CMD_NO_REPLY)
		return 0;
	reply_open(out, cmd);
	json_out_init(&w, out);
	cmd->encode(result, &w);
	return 0;
}

void run_in_front(const struct command *cmd, const struct json *args, const struct front *front,
		  const struct buf *id, struct outbox *out)
{
	size_t       mark = outbox_mark(out);
	struct arena arena;
	struct err   err;

	run_log(cmd);
	err_init(&err);
	arena_init(&arena, REQUEST_ARENA_MAX);
	if (run(cmd, args, front, &arena, &out->buf, &err) < 0)
		outbox_error(out, id, &err);
	else if (!(cmd->flags & CMD_NO_REPLY))
		reply_close(&out->buf, id->data, id->len);
	outbox_seal(out, mark);
	arena_fini(&arena);
}
