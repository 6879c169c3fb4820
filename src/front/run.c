/* SPDX-License-Identifier: MIT */
#include "front/run.h"

#include <errno.h>

#include "front/front.h"
#include "json/writer.h"
#include "proto/reply.h"
#include "proto/request.h"

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
