/* SPDX-License-Identifier: MIT */
/*
 * A file of the guest read or written from one end to the other, so that agent and caller work at
 * the same time: reads are asked for while those before them are being used, and a write is
 * gathered and encoded while the agent works on the one before. Further reads are out only once one
 * has given all it was asked for (what gives less is a terminal or a pipe), and not through
 * libvirt, which carries one request at a time. Two writes are never out: nothing could be put
 * right if the agent took only a part of the first. Every request has the whole time limit for
 * itself.
 */
#include <stdlib.h>
#include <string.h>

#include "base/b64.h"
#include "base/clock.h"
#include "client/error.h"
#include "client/file.h"
#include "client/start.h"
#include "client/sync.h"

/*
 * Requests that nobody has set the size of grow to what was measured to be fastest. Over a serial
 * line they stay small enough for their time limit.
 */
#define CHUNK_FIRST ((size_t)32 << 10)
#define READ_BEST ((size_t)1 << 20)
#define WRITE_BEST ((size_t)2 << 20)
#define QUICK_NS (NS_PER_S / 4) /* what took less may be followed by more */
#define SLOW_NS (2 * NS_PER_S)  /* what took more by half */

#define SLICE ((size_t)256 << 10) /* characters that are decoded at a time */
#define ABANDON_MS 2000
#define READS_MAX 4 /* that are out: one is made, others are on their way */
#define GROUP 3     /* bytes that become four characters */

/* Behind the contents of a write. */
static const char ending[] = "\"}}";

struct qgac_stream {
	struct qgac    *agent;
	int64_t         timeout_ms;
	int64_t         handle;
	size_t          chunk;
	bool            grows; /* chunk is ours to choose */
	int64_t         since; /* when the request was sent whose reply is next, or the last came */
	bool            is_open;
	bool            is_broken; /* a write has failed */
	bool            is_lost;   /* the agent's position is not ours */
	bool            asks_ahead;
	bool            at_end;
	uint64_t        position; /* of what the caller has got */
	uint64_t        written;
	size_t          asked[READS_MAX]; /* reads that are out, the oldest first */
	size_t          n_asked;
	struct contents got; /* of a read that has come, what the caller has not */
	bool            got_eof;
	size_t          sent;       /* bytes in the write that is out; 0: none is */
	struct buf      next;       /* the write that is gathered, without its ending */
	size_t          n_next;     /* bytes in it, with */
	char            odd[GROUP]; /* those that are no group yet */
	size_t          n_odd;
};

static int64_t deadline(const struct qgac_stream *s)
{
	return qgac_deadline(s->timeout_ms);
}

static void stream_free(struct qgac_stream *s)
{
	if (s->agent->ahead == s)
		start_forget(s->agent);
	buf_fini(&s->next);
	free(s);
}

void qgac_stream_set_chunk(struct qgac_stream *s, size_t bytes)
{
	s->grows = bytes == 0;
	if (bytes == 0)
		bytes = CHUNK_FIRST;
	s->chunk = bytes < QGAC_FILE_READ_MAX ? bytes : QGAC_FILE_READ_MAX;
}

int qgac_stream_open(struct qgac *agent, const char *path, const char *mode, int64_t timeout_ms,
		     struct qgac_stream **ret, struct qgac_err *err)
{
	struct qgac_stream *s = calloc(1, sizeof(*s));

	*ret = NULL;
	if (!s)
		return error_memory(err);
	s->agent = agent;
	s->timeout_ms = timeout_ms;
	buf_init(&s->next, SIZE_MAX / 2);
	qgac_stream_set_chunk(s, 0);
	if (qgac_file_open(agent, path, mode, deadline(s), &s->handle, err) < 0) {
		free(s);
		return -1;
	}
	s->is_open = true;
	*ret = s;
	return 0;
}

/* The connection is ours alone as long as something of ours is out. */
static void take_over(struct qgac_stream *s)
{
	if (s->agent->ahead != s)
		start_forget(s->agent);
}

/* After a whole piece of `n` bytes. */
static void adapt(struct qgac_stream *s, size_t n, size_t best)
{
	int64_t now = clock_monotonic_ns(), took = now - s->since;

	s->since = now;
	if (!s->grows)
		return;
	if (took > SLOW_NS && n > CHUNK_FIRST)
		s->chunk = n / 2;
	else if (took < QUICK_NS && n == s->chunk && n < best)
		s->chunk = (took < QUICK_NS / 8 ? 4 : 2) * n;
	if (s->chunk > best)
		s->chunk = best;
}

static void begin_waiting(struct qgac_stream *s)
{
	if (s->agent->ahead != s)
		s->since = clock_monotonic_ns();
	s->agent->ahead = s;
}

static int receive(struct qgac_stream *s, struct qgac_reply *reply, struct qgac_err *err)
{
	int got = call_receive(s->agent, deadline(s), reply, err);

	if (s->agent->owed == 0)
		s->agent->ahead = NULL;
	return got;
}

/* reading */

static int seek_to(struct qgac_stream *s, uint64_t position, struct qgac_err *err)
{
	if (position > INT64_MAX)
		return error_set(err, QGAC_ERR_USAGE, "no file is so large");
	s->n_asked = s->got.len = 0;
	if (qgac_file_seek(s->agent, s->handle, (int64_t)position, QGAC_SEEK_SET, deadline(s), NULL,
			   err) < 0)
		return -1;
	s->is_lost = s->at_end = false;
	s->position = position;
	return 0;
}

/* What was asked ahead is of no use: after an error, another call on the connection, a write. */
static int find_back(struct qgac_stream *s, struct qgac_err *err)
{
	bool has_none = s->n_asked == 0 && s->got.len == 0;

	if (!s->is_lost && (has_none || s->agent->ahead == s))
		return 0;
	return seek_to(s, s->position, err);
}

static int ask(struct qgac_stream *s, struct qgac_err *err)
{
	size_t          most = s->asks_ahead && !s->agent->is_bridge ? READS_MAX : 1;
	struct json_out w;

	while (s->n_asked < most) {
		take_over(s);
		if (file_ask_read(s->agent, s->handle, s->chunk, deadline(s), &w, err) < 0 ||
		    call_finish(s->agent, &w, err) < 0 || call_send(s->agent, deadline(s), err) < 0)
			return -1;
		s->asked[s->n_asked++] = s->chunk;
		begin_waiting(s);
	}
	return 0;
}

static int take(struct qgac_stream *s, struct qgac_err *err)
{
	size_t            wanted = s->asked[0];
	struct qgac_reply reply;

	if (receive(s, &reply, err) < 0)
		return -1;
	s->n_asked--;
	memmove(s->asked, s->asked + 1, s->n_asked * sizeof(s->asked[0]));
	if (file_take_read(s->agent, &reply, wanted, &s->got, &s->got_eof, err) < 0)
		return -1;
	adapt(s, s->got.bytes, READ_BEST);
	s->asks_ahead = s->got.bytes == wanted && !s->got_eof;
	return 0;
}

/* As long as something of a reply is left, its buffer is ours. */
static int hand_out(struct qgac_stream *s, const void **ret_data, size_t *ret_n,
		    struct qgac_err *err)
{
	if (file_decode(s->agent, &s->got, SLICE, ret_data, ret_n, err) < 0)
		return -1;
	if (s->got.len > 0)
		s->agent->ahead = s;
	else if (s->agent->owed == 0)
		s->agent->ahead = NULL;
	s->position += *ret_n;
	s->at_end = s->got.len == 0 && (s->got_eof || *ret_n == 0);
	return 0;
}

static int finish_writing(struct qgac_stream *s, struct qgac_err *err);

int qgac_stream_read(struct qgac_stream *s, const void **ret_data, size_t *ret_n,
		     struct qgac_err *err)
{
	*ret_data = NULL;
	*ret_n = 0;
	error_clear(err);
	if (finish_writing(s, err) < 0)
		return -1;
	if (s->at_end)
		return 0;
	if (find_back(s, err) < 0)
		return -1;
	if ((s->got.len > 0 || (ask(s, err) == 0 && take(s, err) == 0)) &&
	    hand_out(s, ret_data, ret_n, err) == 0)
		return 0;
	start_forget(s->agent);
	s->got.len = 0;
	s->is_lost = true;
	return -1;
}

/* Behind what the caller has got, whatever was asked ahead. */
static int stop_reading(struct qgac_stream *s, struct qgac_err *err)
{
	if (s->n_asked > 0 || s->got.len > 0) {
		start_forget(s->agent);
		s->is_lost = true;
	}
	return find_back(s, err);
}

/* What was asked beyond the end is answered at once; anything else is left to the handshake. */
static void finish_reading(struct qgac_stream *s)
{
	struct qgac_reply reply;
	struct qgac_err   unwanted;

	while (s->at_end && s->n_asked > 0 && s->agent->ahead == s) {
		s->n_asked--;
		if (receive(s, &reply, &unwanted) < 0)
			return;
	}
}

/* writing */

static int fail_writes(struct qgac_stream *s)
{
	s->is_broken = true;
	s->sent = s->n_next = 0;
	if (s->agent->ahead == s)
		start_forget(s->agent);
	return -1;
}

/* Counts what was taken; nothing at all is no way to say that there is no room. */
static int count_taken(struct qgac_stream *s, size_t taken, struct qgac_err *err)
{
	s->written += taken;
	if (taken > 0)
		return 0;
	return error_set(err, QGAC_ERR_PROTOCOL,
			 "the agent takes nothing more and does not say why");
}

/*
 * What the agent has not taken at once, which is rare, but allowed. The caller's buffer may be
 * gone: it is at hand as it was sent.
 */
static int send_rest(struct qgac_stream *s, size_t n, size_t taken, struct qgac_err *err)
{
	struct buf request = s->agent->out;
	char      *text = request.data + request.len - sizeof(ending) - b64_encoded_len(n);
	size_t     some;
	int        got = b64_decode(text, b64_encoded_len(n), text, &some);

	buf_init(&s->agent->out, request.limit);
	while (got == 0 && taken < n) {
		got = qgac_file_write(s->agent, s->handle, text + taken, n - taken, deadline(s),
				      &some, err);
		if (got == 0)
			got = count_taken(s, some, err);
		taken += got == 0 ? some : 0;
	}
	buf_fini(&request);
	return got;
}

static int take_write(struct qgac_stream *s, struct qgac_err *err)
{
	struct qgac_reply reply;
	size_t            taken, n = s->sent;

	s->sent = 0;
	if (s->agent->ahead != s)
		return error_set(err, QGAC_ERR_USAGE,
				 "another call was made while the agent was writing: it is not "
				 "known how much it has written");
	if (receive(s, &reply, err) < 0 || file_take_write(s->agent, &reply, n, &taken, err) < 0 ||
	    count_taken(s, taken, err) < 0)
		return -1;
	adapt(s, taken, WRITE_BEST);
	return taken < n ? send_rest(s, n, taken, err) : 0;
}

/* The request begins, once the first byte for it is there. */
static void begin_next(struct qgac_stream *s)
{
	struct json_out w;

	buf_reset(&s->next, s->agent->keep);
	call_word(&s->next, "guest-file-write", &w);
	json_out_key(&w, "handle");
	json_out_int(&w, s->handle);
	json_out_key(&w, "buf-b64");
	buf_add_char(&s->next, '"');
}

static void encode(struct qgac_stream *s, const char *data, size_t n)
{
	struct buf *b = &s->next;

	if (buf_reserve(b, b64_encoded_len(n)) == 0)
		b->len += b64_encode(data, n, b->data + b->len);
}

static void gather(struct qgac_stream *s, const char *data, size_t n)
{
	size_t whole;

	if (s->n_next == 0)
		begin_next(s);
	s->n_next += n;
	while (n > 0 && s->n_odd > 0 && s->n_odd < GROUP) {
		s->odd[s->n_odd++] = *data++;
		n--;
	}
	if (s->n_odd == GROUP) {
		encode(s, s->odd, GROUP);
		s->n_odd = 0;
	}
	whole = n / GROUP * GROUP;
	encode(s, data, whole);
	for (; whole < n; whole++)
		s->odd[s->n_odd++] = data[whole];
}

/*
 * Waits for the reply to the write before this one. All of it is sent before the next is gathered:
 * the agent can do nothing with a part.
 */
static int send_next(struct qgac_stream *s, struct qgac_err *err)
{
	struct qgac *agent = s->agent;
	size_t       n = s->n_next;

	if (s->sent > 0 && take_write(s, err) < 0)
		return -1;
	take_over(s);
	encode(s, s->odd, s->n_odd);
	buf_add_str(&s->next, ending);
	s->n_next = s->n_odd = 0;
	if (sync_ensure(agent, deadline(s), err) < 0 ||
	    call_queue(agent, &s->next, deadline(s), err) < 0)
		return -1;
	if (agent->keep < agent->out.cap)
		agent->keep = agent->out.cap;
	begin_waiting(s);
	s->sent = n;
	return call_send(agent, deadline(s), err);
}

static int finish_writing(struct qgac_stream *s, struct qgac_err *err)
{
	if ((s->n_next == 0 || send_next(s, err) == 0) && (s->sent == 0 || take_write(s, err) == 0))
		return 0;
	return fail_writes(s);
}

static int check_whole(const struct qgac_stream *s, struct qgac_err *err)
{
	error_clear(err);
	if (s->is_broken)
		return error_set(err, QGAC_ERR_USAGE, "an earlier write has failed");
	return 0;
}

/* Bytes that still go into the request that is gathered. */
static size_t room(const struct qgac_stream *s)
{
	size_t most = file_write_max(s->agent);

	most = s->chunk < most ? s->chunk : most;
	return s->n_next < most ? most - s->n_next : 0;
}

int qgac_stream_write(struct qgac_stream *s, const void *data, size_t n, struct qgac_err *err)
{
	const char     *p = data;
	struct qgac_err unwanted;

	err = err ? err : &unwanted;
	if (check_whole(s, err) < 0 || stop_reading(s, err) < 0)
		return -1;
	while (n > 0) {
		size_t some = n < room(s) ? n : room(s);

		gather(s, p, some);
		p += some;
		n -= some;
		if (room(s) == 0 && send_next(s, err) < 0)
			return fail_writes(s);
	}
	return 0;
}

int qgac_stream_flush(struct qgac_stream *s, struct qgac_err *err)
{
	return check_whole(s, err) < 0 ? -1 : finish_writing(s, err);
}

uint64_t qgac_stream_written(const struct qgac_stream *s)
{
	return s->written;
}

/* both */

int qgac_stream_size(struct qgac_stream *s, uint64_t *ret, struct qgac_err *err)
{
	struct qgac_err unwanted;
	int64_t         size;

	err = err ? err : &unwanted;
	*ret = 0;
	if (qgac_stream_flush(s, err) < 0)
		return -1;
	if (qgac_file_seek(s->agent, s->handle, 0, QGAC_SEEK_END, deadline(s), &size, err) < 0)
		return err->code == QGAC_ERR_REFUSED ? 0 : -1; /* a pipe; some files in /proc */
	if (size > 0)
		*ret = (uint64_t)size;
	return seek_to(s, 0, err);
}

int qgac_stream_seek(struct qgac_stream *s, uint64_t position, struct qgac_err *err)
{
	return qgac_stream_flush(s, err) < 0 ? -1 : seek_to(s, position, err);
}

int qgac_stream_close(struct qgac_stream *s, struct qgac_err *err)
{
	struct qgac_err unwanted;
	int             got = 0;

	err = err ? err : &unwanted;
	if (!s)
		return 0;
	finish_reading(s);
	if (!s->is_broken)
		got = finish_writing(s, err);
	/* a handle is gone after an error too, or was never usable; a lost reply says neither */
	if (s->is_open && got == 0) {
		got = qgac_file_close(s->agent, s->handle, deadline(s), err);
		s->is_open = got < 0 &&
			     (err->code == QGAC_ERR_TIMEOUT || err->code == QGAC_ERR_CANCELLED);
	}
	qgac_stream_abandon(s);
	return got;
}

void qgac_stream_abandon(struct qgac_stream *s)
{
	int64_t patience;
	int     cancel_fd;

	if (!s)
		return;
	patience = s->timeout_ms < ABANDON_MS ? s->timeout_ms : ABANDON_MS;
	cancel_fd = s->agent->cancel_fd;
	qgac_set_cancel_fd(s->agent, -1);
	/* what went wrong before is what the user is told */
	if (s->is_open)
		(void)qgac_file_close(s->agent, s->handle, qgac_deadline(patience), NULL);
	qgac_set_cancel_fd(s->agent, cancel_fd);
	stream_free(s);
}
