/* SPDX-License-Identifier: MIT */
/* guest-exec, guest-exec-status */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/b64.h"
#include "base/err.h"
#include "policy/rules.h"
#include "proto/blob_reply.h"
#include "proto/request.h"
#include "schema_handlers.h"
#include "sys/root.h"

static enum guest_exec_capture_output_mode capture_mode(const struct guest_exec_in *in)
{
	const struct guest_exec_capture_output *given = &in->capture_output;

	if (!in->has_capture_output)
		return GUEST_EXEC_CAPTURE_OUTPUT_MODE_NONE;
	if (given->kind == GUEST_EXEC_CAPTURE_OUTPUT_KIND_MODE)
		return given->u.mode;
	return given->u.flag ? GUEST_EXEC_CAPTURE_OUTPUT_MODE_SEPARATED
			     : GUEST_EXEC_CAPTURE_OUTPUT_MODE_NONE;
}

static void describe_output(struct request_child *child, enum guest_exec_capture_output_mode mode)
{
	child->merged = mode == GUEST_EXEC_CAPTURE_OUTPUT_MODE_MERGED;
	child->keep_out = child->merged || mode == GUEST_EXEC_CAPTURE_OUTPUT_MODE_STDOUT ||
			  mode == GUEST_EXEC_CAPTURE_OUTPUT_MODE_SEPARATED;
	child->keep_err = mode == GUEST_EXEC_CAPTURE_OUTPUT_MODE_STDERR ||
			  mode == GUEST_EXEC_CAPTURE_OUTPUT_MODE_SEPARATED;
}

static int check_environment(const struct request *rq, const struct guest_exec_in *in,
			     struct err *err)
{
	char   why[RULE_TEXT_MAX];
	size_t i;

	if (!in->has_env)
		return 0;
	rules_describe(rq->policy, POLICY_EXEC_PROGRAMS, why);
	for (i = 0; i < in->env.n; i++)
		if (!rules_allow_variable(rq->policy, in->env.items[i]))
			return err_set_class(err, ERR_REFUSED, "variable '%.*s': %s",
					     (int)strcspn(in->env.items[i], "="), in->env.items[i],
					     why);
	return 0;
}

/* Says what to start; the front starts it and fills in the process id. */
int cmd_guest_exec(struct request *rq, const struct guest_exec_in *in, struct guest_exec_out *out,
		   struct err *err)
{
	struct request_child *child = &rq->child;

	(void)out;
	if (in->has_input_data && b64_decode(in->input_data.data, in->input_data.len,
					     in->input_data.data, &child->input_n) < 0)
		return err_set(err, "Base64 data contains invalid characters");
	if (check_environment(rq, in, err) < 0)
		return -1;
	if (root_note(rq->root, "exec %s", in->path))
		return err_set(err, "programs are not run with --root");
	child->path = in->path;
	child->arg = in->arg.items;
	child->n_arg = in->has_arg ? in->arg.n : 0;
	child->env = in->env.items;
	child->n_env = in->has_env ? in->env.n : 0;
	child->has_env = in->has_env;
	child->has_input = in->has_input_data;
	child->input = in->input_data.data;
	describe_output(child, capture_mode(in));
	return 0;
}

static void describe_end(const struct request_report *report, struct guest_exec_status_out *out)
{
	out->exited = report->ended;
	if (!report->ended)
		return;
	out->has_signal = WIFSIGNALED(report->status);
	out->signal = out->has_signal ? WTERMSIG(report->status) : 0;
	out->has_exitcode = WIFEXITED(report->status);
	out->exitcode = out->has_exitcode ? WEXITSTATUS(report->status) : 0;
	/* false is left out: deployed clients fail on it */
	out->has_out_truncated = out->out_truncated = report->out.truncated;
	out->has_err_truncated = out->err_truncated = report->err.truncated;
}

static int put_data(struct stream *s, const char *name, const struct request_output *from,
		    struct err *err)
{
	static char block[BLOB_BLOCK];
	char        text[32];
	uint64_t    done = 0;
	int         n = snprintf(text, sizeof(text), ", \"%s\": \"", name);

	if (from->n == 0)
		return 0;
	if (stream_put(s, text, (size_t)n, err) < 0)
		return -1;
	while (done < from->n) {
		uint64_t left = from->n - done;
		ssize_t  got = pread(from->fd, block, left < sizeof(block) ? left : sizeof(block),
				     (off_t)done);

		if (got <= 0)
			return err_set(err, "the output of the program is lost");
		if (blob_reply_data(s, block, (size_t)got, err) < 0)
			return -1;
		done += (uint64_t)got;
	}
	return stream_put(s, "\"", 1, err);
}

static int put_text(struct stream *s, bool wanted, const char *name, int64_t value, struct err *err)
{
	char text[64];
	int  n = snprintf(text, sizeof(text), ", \"%s\": %" PRId64, name, value);

	return wanted ? stream_put(s, text, (size_t)n, err) : 0;
}

static int put_truncated(struct stream *s, bool wanted, const char *text, struct err *err)
{
	return wanted ? stream_put(s, text, strlen(text), err) : 0;
}

/* In the order of the schema, straight from where it is kept. */
static int put_status(struct stream *s, const struct request_report *report,
		      const struct guest_exec_status_out *out, struct err *err)
{
	static const char begin[] = "{\"exited\": true";

	if (stream_put(s, begin, sizeof(begin) - 1, err) < 0 ||
	    put_text(s, out->has_exitcode, "exitcode", out->exitcode, err) < 0 ||
	    put_text(s, out->has_signal, "signal", out->signal, err) < 0 ||
	    put_data(s, "out-data", &report->out, err) < 0 ||
	    put_data(s, "err-data", &report->err, err) < 0 ||
	    put_truncated(s, out->out_truncated, ", \"out-truncated\": true", err) < 0 ||
	    put_truncated(s, out->err_truncated, ", \"err-truncated\": true", err) < 0)
		return -1;
	return stream_put(s, "}", 1, err);
}

int cmd_guest_exec_status(struct request *rq, const struct guest_exec_status_in *in,
			  struct guest_exec_status_out *out, struct err *err)
{
	const struct request_report *report = &rq->report;

	if (!report->found)
		return err_set(err, "PID %" PRId64 " does not exist", in->pid);
	describe_end(report, out);
	/* in the front there is nothing to stream, and no output to tell */
	return rq->stream ? put_status(rq->stream, report, out, err) : 0;
}
