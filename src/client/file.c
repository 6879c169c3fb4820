/* SPDX-License-Identifier: MIT */
/*
 * The guest-file commands. Contents are encoded straight into the request and decoded where the
 * reply was received; both buffers are kept from call to call until the file is closed.
 */
#include "client/file.h"

#include <string.h>

#include "base/b64.h"
#include "base/utf8.h"
#include "client/error.h"
#include "client/start.h"

/* Of a message, everything but contents; and what the receive loop wants to have free. */
#define ENVELOPE_BYTES ((size_t)1024)
#define RECEIVE_BYTES ((size_t)1 << 17)

static int bad_reply(struct qgac *agent, const char *command, struct qgac_err *err)
{
	agent->synced = false;
	return error_set(err, QGAC_ERR_PROTOCOL, "the reply is not one to %s", command);
}

/* The agent would be asked for another file than the one that was named. */
static int check_utf8(const char *text, const char *what, struct qgac_err *err)
{
	if (utf8_is_text(text))
		return 0;
	return error_set(err, QGAC_ERR_USAGE, "the %s is not valid UTF-8", what);
}

/*
 * Room for a message with so many bytes of contents, not to be given back before the file is
 * closed. b->limit is large enough.
 */
static int make_room(struct qgac *agent, struct buf *b, size_t bytes, struct qgac_err *err)
{
	if (buf_reserve(b, bytes) < 0)
		return error_memory(err);
	if (agent->keep < b->cap)
		agent->keep = b->cap;
	return 0;
}

static int next_with_handle(struct qgac *agent, const char *command, int64_t handle,
			    struct json_out *w, int64_t deadline, struct qgac_err *err)
{
	if (call_begin_next(agent, command, w, deadline, err) < 0)
		return -1;
	json_out_key(w, "handle");
	json_out_int(w, handle);
	return 0;
}

static int begin_with_handle(struct qgac *agent, const char *command, int64_t handle,
			     struct json_out *w, int64_t deadline, struct qgac_err *err)
{
	start_forget(agent);
	return next_with_handle(agent, command, handle, w, deadline, err);
}

int qgac_file_open(struct qgac *agent, const char *path, const char *mode, int64_t deadline,
		   int64_t *ret_handle, struct qgac_err *err)
{
	static const char command[] = "guest-file-open";
	struct qgac_reply reply;
	struct json_out   w;

	error_clear(err);
	if (check_utf8(path, "path", err) < 0 || check_utf8(mode, "mode", err) < 0 ||
	    call_begin(agent, command, &w, deadline, err) < 0)
		return -1;
	json_out_key(&w, "path");
	json_out_str(&w, path);
	json_out_key(&w, "mode");
	json_out_str(&w, mode);
	if (call_end(agent, &w, deadline, &reply, err) < 0)
		return -1;
	if (qgac_value_int64(qgac_reply_return(&reply), ret_handle) < 0)
		return bad_reply(agent, command, err);
	return 0;
}

int qgac_file_close(struct qgac *agent, int64_t handle, int64_t deadline, struct qgac_err *err)
{
	struct qgac_reply reply;
	struct json_out   w;
	int got = begin_with_handle(agent, "guest-file-close", handle, &w, deadline, err);

	if (got == 0)
		got = call_end(agent, &w, deadline, &reply, err);
	agent->keep = CONN_KEEP_BYTES;
	conn_reset(agent);
	return got;
}

int qgac_file_flush(struct qgac *agent, int64_t handle, int64_t deadline, struct qgac_err *err)
{
	struct qgac_reply reply;
	struct json_out   w;

	if (begin_with_handle(agent, "guest-file-flush", handle, &w, deadline, err) < 0)
		return -1;
	return call_end(agent, &w, deadline, &reply, err);
}

int file_take_read(struct qgac *agent, const struct qgac_reply *reply, size_t wanted,
		   struct contents *ret, bool *ret_eof, struct qgac_err *err)
{
	struct qgac_value result = qgac_reply_return(reply);
	struct json       j = value_json(qgac_value_member(result, "buf-b64"));
	struct contents   c;
	uint64_t          count;

	if (qgac_value_uint64(qgac_value_member(result, "count"), &count) < 0 ||
	    qgac_value_bool(qgac_value_member(result, "eof"), ret_eof) < 0 || !j.p ||
	    json_kind(&j) != JSON_STRING || json_str_decode(&j, &c.text, &c.len, NULL) < 0)
		return bad_reply(agent, "guest-file-read", err);
	if (count > wanted)
		return error_set(err, QGAC_ERR_PROTOCOL,
				 "the agent was asked for %zu bytes and sends %llu", wanted,
				 (unsigned long long)count);
	c.bytes = (size_t)count;
	c.is_broken = c.len > b64_encoded_len(c.bytes);
	*ret = c;
	return 0;
}

int file_decode(struct qgac *agent, struct contents *c, size_t len, const void **ret_data,
		size_t *ret_n, struct qgac_err *err)
{
	char  *text = c->text;
	size_t n = 0;

	len = len < c->len && !c->is_broken ? len / 4 * 4 : c->len;
	if (b64_decode(text, len, text, &n) < 0)
		return bad_reply(agent, "guest-file-read", err);
	c->text += len;
	c->len -= len;
	if (n > c->bytes || (c->len == 0 && n < c->bytes))
		return error_set(err, QGAC_ERR_PROTOCOL,
				 "the agent says how many bytes it sends, and sends %s of them",
				 n > c->bytes ? "more" : "fewer");
	c->bytes -= n;
	*ret_data = text;
	*ret_n = n;
	return 0;
}

static int check_read(const struct qgac *agent, size_t count, struct qgac_err *err)
{
	if (count == 0 || count > QGAC_FILE_READ_MAX)
		return error_set(err, QGAC_ERR_USAGE, "cannot read %zu bytes in one call", count);
	if (b64_encoded_len(count) + ENVELOPE_BYTES > agent->reply_max)
		return error_set(err, QGAC_ERR_USAGE,
				 "the reply with %zu bytes could be larger than %zu bytes", count,
				 agent->reply_max);
	return 0;
}

int file_ask_read(struct qgac *agent, int64_t handle, size_t count, int64_t deadline,
		  struct json_out *w, struct qgac_err *err)
{
	if (agent->is_bridge && count > BRIDGE_READ_MAX)
		count = BRIDGE_READ_MAX;
	if (check_read(agent, count, err) < 0 ||
	    next_with_handle(agent, "guest-file-read", handle, w, deadline, err) < 0)
		return -1;
	json_out_key(w, "count");
	json_out_uint(w, count);
	return make_room(agent, &agent->in, b64_encoded_len(count) + ENVELOPE_BYTES + RECEIVE_BYTES,
			 err);
}

int qgac_file_read(struct qgac *agent, int64_t handle, size_t count, int64_t deadline,
		   const void **ret_data, size_t *ret_n, bool *ret_eof, struct qgac_err *err)
{
	struct qgac_reply reply;
	struct contents   contents;
	struct json_out   w;

	error_clear(err);
	*ret_data = NULL;
	start_forget(agent);
	if (file_ask_read(agent, handle, count, deadline, &w, err) < 0 ||
	    call_end(agent, &w, deadline, &reply, err) < 0 ||
	    file_take_read(agent, &reply, count, &contents, ret_eof, err) < 0)
		return -1;
	return file_decode(agent, &contents, contents.len, ret_data, ret_n, err);
}

static void add_contents(struct json_out *w, const void *data, size_t n)
{
	struct buf *out = w->buf;

	json_out_key(w, "buf-b64");
	buf_add_char(out, '"');
	if (buf_reserve(out, b64_encoded_len(n)) == 0)
		out->len += b64_encode(data, n, out->data + out->len);
	buf_add_char(out, '"');
	w->comma = true;
}

size_t file_write_max(const struct qgac *agent)
{
	return agent->is_bridge ? BRIDGE_WRITE_MAX : QGAC_FILE_WRITE_MAX;
}

int file_ask_write(struct qgac *agent, int64_t handle, const void *data, size_t n, int64_t deadline,
		   struct json_out *w, struct qgac_err *err)
{
	if (next_with_handle(agent, "guest-file-write", handle, w, deadline, err) < 0 ||
	    make_room(agent, &agent->out, b64_encoded_len(n) + ENVELOPE_BYTES, err) < 0)
		return -1;
	add_contents(w, data, n);
	return 0;
}

int file_take_write(struct qgac *agent, const struct qgac_reply *reply, size_t n, size_t *ret_n,
		    struct qgac_err *err)
{
	struct qgac_value result = qgac_reply_return(reply);
	uint64_t          count;

	if (qgac_value_uint64(qgac_value_member(result, "count"), &count) < 0)
		return bad_reply(agent, "guest-file-write", err);
	if (count > n)
		return error_set(err, QGAC_ERR_PROTOCOL,
				 "the agent was sent %zu bytes and says that it wrote %llu", n,
				 (unsigned long long)count);
	*ret_n = (size_t)count;
	return 0;
}

int qgac_file_write(struct qgac *agent, int64_t handle, const void *data, size_t n,
		    int64_t deadline, size_t *ret_n, struct qgac_err *err)
{
	struct qgac_reply reply;
	struct json_out   w;

	error_clear(err);
	if (n > QGAC_FILE_WRITE_MAX)
		return error_set(err, QGAC_ERR_USAGE, "cannot write %zu bytes in one call", n);
	if (n > file_write_max(agent))
		n = file_write_max(agent);
	start_forget(agent);
	if (file_ask_write(agent, handle, data, n, deadline, &w, err) < 0 ||
	    call_end(agent, &w, deadline, &reply, err) < 0)
		return -1;
	return file_take_write(agent, &reply, n, ret_n, err);
}

int qgac_file_seek(struct qgac *agent, int64_t handle, int64_t offset, enum qgac_whence whence,
		   int64_t deadline, int64_t *ret_position, struct qgac_err *err)
{
	static const char command[] = "guest-file-seek";
	struct qgac_reply reply;
	struct json_out   w;
	int64_t           position;

	if (begin_with_handle(agent, command, handle, &w, deadline, err) < 0)
		return -1;
	json_out_key(&w, "offset");
	json_out_int(&w, offset);
	json_out_key(&w, "whence");
	json_out_int(&w, whence); /* agents before 2.5 know only the numbers */
	if (call_end(agent, &w, deadline, &reply, err) < 0)
		return -1;
	if (qgac_value_int64(qgac_value_member(qgac_reply_return(&reply), "position"), &position) <
	    0)
		return bad_reply(agent, command, err);
	if (ret_position)
		*ret_position = position;
	return 0;
}
