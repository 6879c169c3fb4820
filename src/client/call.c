/* SPDX-License-Identifier: MIT */
/*
 * One request, one reply. No id is added: after the handshake the next line is the answer, and
 * releases before 3.0 refuse requests with an id.
 */
#include "client/call.h"

#include <string.h>

#include "base/b64.h"
#include "client/conn.h"
#include "client/error.h"
#include "client/position.h"
#include "client/reply.h"
#include "client/start.h"
#include "client/sync.h"
#include "json/writer.h"

#define RESET_BYTE '\xff'

/* What is in front of file contents is shorter than this. */
#define ENVELOPE_MAX ((size_t)128)

/* A line longer than this keeps the receive buffer instead of being copied out of it. */
#define COPY_MAX 65536

/*
 * Blank space and the 0xFF before an answer to guest-sync-delimited that was asked for as a raw
 * request.
 */
static size_t count_blanks(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n &&
	       (p[i] == ' ' || p[i] == '\t' || p[i] == '\r' || p[i] == '\n' || p[i] == RESET_BYTE))
		i++;
	return i;
}

/*
 * Large lines keep the buffer they were received in. n bytes are in use and a line feed follows
 * them.
 */
static char *take_buffer(struct buf *in, size_t n)
{
	char *line = in->data;
	char *shrunk;

	buf_init(in, in->limit);
	shrunk = realloc(line, n + 1);
	return shrunk ? shrunk : line;
}

/*
 * The first n bytes of agent->in as a string of its own; what follows them is gone. NULL: no
 * memory.
 */
static char *detach_line(struct qgac *agent, size_t n)
{
	struct buf *in = &agent->in;
	char       *line;

	if (n < COPY_MAX) {
		line = malloc(n + 1);
		if (!line)
			return NULL;
		memcpy(line, in->data, n);
		buf_reset(in, COPY_MAX);
	} else {
		line = take_buffer(in, n);
	}
	line[n] = '\0';
	return line;
}

/* After the line of n bytes, nothing but blanks may have come for one request. */
static void check_rest(struct qgac *agent, size_t n)
{
	size_t rest = agent->in.len - n;

	if (count_blanks(agent->in.data + n, rest) < rest)
		agent->synced = false;
}

static int take_line(struct qgac *agent, size_t n, struct qgac_reply **ret, struct qgac_err *err)
{
	char *line;

	check_rest(agent, n);
	line = detach_line(agent, n);
	if (!line)
		return error_memory(err);
	if (reply_new(line, n, ret, err) < 0) {
		agent->synced = false;
		return -1;
	}
	return 1;
}

/* Behind the last quote of what stands in front of file contents, if they are there; else 0. */
static size_t contents_start(const struct buf *in)
{
	size_t      n = in->len < ENVELOPE_MAX ? in->len : ENVELOPE_MAX;
	const char *quote = memchr(in->data, '\n', n) ? NULL : memrchr(in->data, '"', n);

	return quote ? (size_t)(quote - in->data) + 1 : 0;
}

/*
 * File contents are looked at once, as they come and are in the processor's cache: no line ends in
 * them, and later it is known that no string does. Returns where to look for more.
 */
static size_t pass_letters(struct qgac *agent, size_t from)
{
	struct span *l = &agent->letters;

	if (from < ENVELOPE_MAX)
		l->start = l->end = from = contents_start(&agent->in);
	else if (from != l->end)
		l->start = from;
	l->end = from + b64_letters(agent->in.data + from, agent->in.len - from);
	return l->end;
}

/* 1 with the length of the line that has come, 0 more is needed, -1 an error. */
static int find_line(struct qgac *agent, size_t fresh, size_t *ret_n, struct qgac_err *err)
{
	struct buf *in = &agent->in;
	size_t      blanks = count_blanks(in->data, in->len);
	size_t      old = in->len - fresh;
	size_t      from = old > blanks ? old - blanks : 0;
	size_t      n;
	char       *lf;

	buf_consume(in, blanks);
	from = pass_letters(agent, from);
	lf = memchr(in->data + from, '\n', in->len - from);
	n = lf ? (size_t)(lf - in->data) : in->len;
	if (n > agent->reply_max) {
		agent->synced = false;
		return error_set(err, QGAC_ERR_PROTOCOL, "the reply is larger than %zu bytes",
				 agent->reply_max);
	}
	*ret_n = n;
	return lf ? 1 : 0;
}

int call_feed(struct qgac *agent, size_t fresh, void *state, struct qgac_err *err)
{
	size_t n;
	int    found = find_line(agent, fresh, &n, err);

	return found > 0 ? take_line(agent, n, state, err) : found;
}

/* For replies that stay in the buffer; state is a struct qgac_reply *. */
static int feed_borrowed(struct qgac *agent, size_t fresh, void *state, struct qgac_err *err)
{
	size_t n;
	int    found = find_line(agent, fresh, &n, err);

	if (found <= 0)
		return found;
	if (agent->owed <= 1)
		check_rest(agent, n);
	agent->in.data[n] = '\0'; /* the line feed */
	agent->in_used = n + 1;
	if (reply_init(state, agent->in.data, n, &agent->letters, err) < 0) {
		agent->synced = false;
		return -1;
	}
	return 1;
}

/*
 * Some errors mean that the rest of the request will be read as requests of its own, each with its
 * own error.
 */
static bool is_flood(const struct qgac_reply *reply)
{
	return qgac_reply_is_error(reply) && strncmp(reply->error_desc, "JSON ", 5) == 0;
}

void call_judge(struct qgac *agent, const struct qgac_reply *reply)
{
	if (is_flood(reply) || agent->out_done < agent->out.len)
		agent->synced = false;
}

/* Silence is what a command with QGAC_NO_REPLY answers, if the request was taken. */
static bool is_success(const struct qgac *agent, unsigned int flags, const struct qgac_err *err)
{
	if (!(flags & QGAC_NO_REPLY) || err->stage != QGAC_STAGE_REPLY)
		return false;
	return err->code == QGAC_ERR_TIMEOUT ||
	       (err->code == QGAC_ERR_CLOSED && agent->out_done == agent->out.len);
}

static int refuse_json(const char *what, const char *text, size_t len, const char *why,
		       struct qgac_err *err)
{
	static const char prefix[] = "JSON parse error, ";
	struct position   at;

	if (position_find(text, len, &at))
		return error_set(err, QGAC_ERR_USAGE,
				 "%s: not valid JSON at line %zu, column %zu: %s", what, at.line,
				 at.column, at.why);
	if (strncmp(why, prefix, strlen(prefix)) == 0)
		why += strlen(prefix);
	return error_set(err, QGAC_ERR_USAGE, "%s: not valid JSON: %s", what, why);
}

/* Appends a JSON object that comes from the caller, once it is known to be one. */
static int add_object(struct buf *request, const char *object, size_t len, const char *what,
		      struct qgac_err *err)
{
	struct json_text text;
	struct json      root;
	struct err       why;

	buf_add(request, object, len);
	buf_add_char(request, '\0'); /* the reader wants one behind the text */
	if (request->failed)
		return error_memory(err);
	request->len--;
	text.start = request->data + request->len - len;
	text.end = request->data + request->len;
	text.hints = NULL;
	err_init(&why);
	if (json_check(&text, &why) < 0)
		return refuse_json(what, text.start, len, why.text, err);
	root = json_root(&text);
	if (json_kind(&root) != JSON_OBJECT)
		return error_set(err, QGAC_ERR_USAGE, "%s: not a JSON object", what);
	return 0;
}

int call_write(struct buf *request, const char *command, const char *arguments,
	       struct qgac_err *err)
{
	struct json_out w;

	json_out_init(&w, request);
	json_out_object_begin(&w);
	json_out_key(&w, "execute");
	json_out_str(&w, command);
	if (arguments) {
		json_out_key(&w, "arguments");
		if (add_object(request, arguments, strlen(arguments), "arguments", err) < 0)
			return -1;
	}
	json_out_object_end(&w);
	return 0;
}

/* For a bridge a request is one line; line feeds in JSON are blank space. */
static int queue_line(struct qgac *agent, const struct buf *request, int64_t deadline,
		      struct qgac_err *err)
{
	size_t i, start;

	if (request->len > BRIDGE_REQUEST_MAX)
		return error_set(err, QGAC_ERR_USAGE,
				 "libvirt does not carry requests of more than %zu KiB; use the "
				 "agent's socket, or cp",
				 BRIDGE_REQUEST_MAX >> 10);
	conn_announce(agent, deadline);
	start = agent->out.len;
	buf_add(&agent->out, request->data, request->len);
	if (agent->out.failed)
		return error_memory(err);
	for (i = start; i + 1 < agent->out.len; i++)
		if (agent->out.data[i] == '\n')
			agent->out.data[i] = ' ';
	return 0;
}

/* Handshakes use the same queue before. */
int call_queue(struct qgac *agent, struct buf *request, int64_t deadline, struct qgac_err *err)
{
	struct buf spare;

	buf_add_char(request, '\n');
	if (request->failed)
		return error_memory(err);
	conn_reset(agent);
	if (agent->is_bridge)
		return queue_line(agent, request, deadline, err);
	spare = agent->out;
	agent->out = *request;
	*request = spare;
	return 0;
}

/*
 * Handshake if needed, request, reply. *ret stays NULL when there is no reply to a request that
 * needs none.
 */
static int transact(struct qgac *agent, struct buf *request, unsigned int flags, int64_t deadline,
		    struct qgac_reply **ret, struct qgac_err *err)
{
	start_forget(agent);
	if (sync_ensure(agent, deadline, err) < 0 || call_queue(agent, request, deadline, err) < 0)
		return -1;
	if (conn_exchange(agent, call_feed, ret, QGAC_STAGE_REPLY, deadline, err) < 0) {
		if (!is_success(agent, flags, err))
			return -1;
		error_clear(err);
		return 0;
	}
	call_settle(agent, flags, ret);
	return 0;
}

static bool is_class(const struct qgac_reply *reply, const char *one, const char *other)
{
	return strcmp(reply->error_class, one) == 0 || strcmp(reply->error_class, other) == 0;
}

/* The bridge waits no longer than we do, and may be the first to tell that nothing came. */
static bool is_silence(const struct qgac_reply *reply, unsigned int flags)
{
	return (flags & QGAC_NO_REPLY) && qgac_reply_is_error(reply) &&
	       is_class(reply, "__libvirt_no_reply", "__libvirt_ended");
}

void call_settle(struct qgac *agent, unsigned int flags, struct qgac_reply **reply)
{
	call_judge(agent, *reply);
	if (!is_silence(*reply, flags))
		return;
	qgac_reply_free(*reply);
	*reply = NULL;
}

int call_refused(const struct qgac_reply *reply, struct qgac_err *err)
{
	if (is_class(reply, "__libvirt_timeout", "__libvirt_no_reply"))
		(void)error_set(err, QGAC_ERR_TIMEOUT, "%s", reply->error_desc);
	else if (is_class(reply, "__libvirt_closed", "__libvirt_ended"))
		(void)error_set(err, QGAC_ERR_CLOSED, "%s", reply->error_desc);
	else
		(void)error_refused(err, reply->error_class, reply->error_desc);
	return error_stage(err, QGAC_STAGE_REPLY);
}

void call_word(struct buf *request, const char *command, struct json_out *w)
{
	json_out_init(w, request);
	json_out_object_begin(w);
	json_out_key(w, "execute");
	json_out_str(w, command);
	json_out_key(w, "arguments");
	json_out_object_begin(w);
}

int call_begin_next(struct qgac *agent, const char *command, struct json_out *w, int64_t deadline,
		    struct qgac_err *err)
{
	error_clear(err);
	if (agent->owed > 0) {
		conn_next(agent);
	} else {
		if (sync_ensure(agent, deadline, err) < 0)
			return -1;
		conn_reset(agent);
		conn_announce(agent, deadline);
	}
	call_word(&agent->out, command, w);
	return 0;
}

int call_begin(struct qgac *agent, const char *command, struct json_out *w, int64_t deadline,
	       struct qgac_err *err)
{
	start_forget(agent);
	return call_begin_next(agent, command, w, deadline, err);
}

int call_finish(struct qgac *agent, struct json_out *w, struct qgac_err *err)
{
	json_out_object_end(w);
	json_out_object_end(w);
	buf_add_char(&agent->out, '\n');
	return agent->out.failed ? error_memory(err) : 0;
}

/* Nothing of what is still to come can be told apart from what comes after. */
static int lose_step(struct qgac *agent)
{
	if (agent->owed > 1)
		agent->synced = false;
	agent->owed = 0;
	return -1;
}

int call_send(struct qgac *agent, int64_t deadline, struct qgac_err *err)
{
	agent->owed++;
	if (conn_send(agent, QGAC_STAGE_REPLY, deadline, err) == 0)
		return 0;
	agent->synced = false;
	return lose_step(agent);
}

/* 0 with a reply in the buffer. It may have come with the one before. */
static int next_reply(struct qgac *agent, int64_t deadline, struct qgac_reply *ret,
		      struct qgac_err *err)
{
	int done = 0;

	buf_consume(&agent->in, agent->in_used);
	agent->in_used = 0;
	if (agent->in.len > 0)
		done = feed_borrowed(agent, agent->in.len, ret, err);
	if (done < 0)
		return error_stage(err, QGAC_STAGE_REPLY);
	if (done > 0)
		return 0;
	return conn_exchange(agent, feed_borrowed, ret, QGAC_STAGE_REPLY, deadline, err);
}

int call_receive(struct qgac *agent, int64_t deadline, struct qgac_reply *ret, struct qgac_err *err)
{
	if (next_reply(agent, deadline, ret, err) < 0)
		return lose_step(agent);
	agent->owed--;
	call_judge(agent, ret);
	if (!qgac_reply_is_error(ret))
		return 0;
	(void)call_refused(ret, err); /* -1, as below */
	reply_fini(ret);
	return -1;
}

int call_end(struct qgac *agent, struct json_out *w, int64_t deadline, struct qgac_reply *ret,
	     struct qgac_err *err)
{
	if (call_finish(agent, w, err) < 0)
		return -1;
	agent->owed = 1;
	return call_receive(agent, deadline, ret, err);
}

int call_check_flags(unsigned int flags, struct qgac_err *err)
{
	if (flags & ~QGAC_NO_REPLY)
		return error_set(err, QGAC_ERR_USAGE, "unknown flags %#x", flags);
	return 0;
}

/* Hands the reply to a caller that wants it. */
static int finish(int got, struct qgac_reply *reply, struct qgac_reply **ret)
{
	if (ret)
		*ret = reply;
	else
		qgac_reply_free(reply);
	return got;
}

int qgac_call(struct qgac *agent, const char *command, const char *arguments, unsigned int flags,
	      int64_t deadline, struct qgac_reply **ret, struct qgac_err *err)
{
	struct buf         request = BUF_INIT(SIZE_MAX / 2);
	struct qgac_reply *reply = NULL;
	struct qgac_err    unwanted;
	int                got = -1;

	err = err ? err : &unwanted;
	error_clear(err);
	if (call_check_flags(flags, err) == 0 && call_write(&request, command, arguments, err) == 0)
		got = transact(agent, &request, flags, deadline, &reply, err);
	buf_fini(&request);
	if (got == 0 && reply && qgac_reply_is_error(reply))
		got = call_refused(reply, err);
	return finish(got, reply, ret);
}

int qgac_check_request(const char *request, size_t len, struct qgac_err *err)
{
	struct buf copy = BUF_INIT(SIZE_MAX / 2);
	int        got;

	error_clear(err);
	got = add_object(&copy, request, len, "request", err);
	buf_fini(&copy);
	return got;
}

int qgac_call_raw(struct qgac *agent, const char *request, size_t len, unsigned int flags,
		  int64_t deadline, struct qgac_reply **ret, struct qgac_err *err)
{
	struct buf         copy = BUF_INIT(SIZE_MAX / 2);
	struct qgac_reply *reply = NULL;
	struct qgac_err    unwanted;
	int                got = -1;

	err = err ? err : &unwanted;
	error_clear(err);
	if (call_check_flags(flags, err) == 0 &&
	    add_object(&copy, request, len, "request", err) == 0)
		got = transact(agent, &copy, flags, deadline, &reply, err);
	buf_fini(&copy);
	return finish(got, reply, ret);
}
