/* SPDX-License-Identifier: MIT */
/*
 * Framing, syntax check and envelope on a stream cut into pieces that the input chooses.
 *
 * Input: a byte of flags, a byte n, n % 16 sizes of pieces (used in turn), then the stream. In the
 * stream F7 n c stands for many times the byte c, so that a small input reaches the memfd: 256 * n
 * of letters and blanks, 8 * n of others, since each of those may be a message.
 */
#include <string.h>

#include "frame-feed.h"
#include "json/writer.h"
#include "proto/envelope.h"
#include "target.h"

#define FLAG_SHARED 1u  /* shared line, the clock jumps */
#define FLAG_BUDGET 2u  /* little memory for all requests */
#define FLAG_TAKE 4u    /* requests are taken out, not looked at where they are */
#define FLAG_RECYCLE 8u /* their memory is given back */

#define STREAM_MAX ((size_t)256 << 10)
#define REPEAT 0xF7

const struct command commands[] = {
	{.name = "guest-info"}, {.name = "guest-ping"}, {.name = "guest-sync"}};
const size_t n_commands = ARRAY_SIZE(commands);

struct input {
	unsigned       flags;
	const uint8_t *sizes;
	size_t         n_sizes;
	struct buf     stream;
};

static void expand(struct buf *b, const uint8_t *p, const uint8_t *end)
{
	buf_init(b, STREAM_MAX);
	while (p < end) {
		size_t n = 0;

		if (end - p >= 3 && *p == REPEAT) {
			n = p[1] * (p[2] == ' ' || p[2] == '\n' || (p[2] >= 'a' && p[2] <= 'z')
					    ? (size_t)256
					    : 8);
			if (n > 0 && buf_reserve(b, n) == 0) {
				memset(b->data + b->len, p[2], n);
				b->len += n;
			}
			p += 3;
		} else {
			buf_add_char(b, (char)*p++);
		}
	}
}

static void look(const struct json_text *text)
{
	struct buf      id = BUF_INIT((size_t)1 << 20);
	struct envelope env;
	struct json_out w;
	struct err      err;

	err_init(&err);
	MUST((envelope_parse(text, &env, &err) < 0) == err.set);
	MUST(err.set || env.command);
	if (env.id.p) {
		json_out_init(&w, &id);
		json_out_value(&w, &env.id);
	}
	buf_fini(&id);
}

static void request(struct feed *f, unsigned flags)
{
	struct json_text text;
	struct frame_msg msg;
	struct err       err;

	frame_text(&f->frame, &text);
	MUST(text.start < text.end);
	err_init(&err);
	if (json_check(&text, &err) < 0) {
		MUST(err.set);
		if (frame_retry(&f->frame))
			return;
		buf_printf(&f->log, "S %s\n", err.text);
		frame_drop(&f->frame);
		return;
	}
	look(&text);
	feed_note(f, &text);
	if (!(flags & FLAG_TAKE)) {
		frame_drop(&f->frame);
		return;
	}
	err_init(&err);
	if (frame_take(&f->frame, &msg, &err) < 0) {
		MUST(err.set);
		return;
	}
	text = (struct json_text){
		.start = msg.data, .end = msg.data + msg.len, .hints = &msg.hints};
	MUST(*text.end == '\0');
	MUST(json_check(&text, &err) == 0);
	look(&text);
	if (flags & FLAG_RECYCLE)
		frame_recycle(&f->frame, &msg);
	frame_msg_fini(&msg, &f->budget);
}

static void events(struct feed *f, unsigned flags)
{
	struct err err;

	for (;;) {
		err_init(&err);
		switch (frame_next(&f->frame, &err)) {
		case FRAME_MORE:
			MUST(!err.set);
			return;
		case FRAME_REQUEST:
			request(f, flags);
			break;
		case FRAME_ERROR:
			MUST(err.set);
			if (!frame_retry(&f->frame))
				buf_printf(&f->log, "E %s\n", err.text);
		}
	}
}

static void feed_piece(struct feed *f, unsigned flags, const char *from, size_t n)
{
	struct err err;
	char      *room;
	size_t     size;

	while (n > 0) {
		err_init(&err);
		if (frame_room(&f->frame, &room, &size, &err) < 0) {
			buf_printf(&f->log, "E %s\n", err.text);
			MUST(frame_room(&f->frame, &room, &size, &err) == 0);
		}
		MUST(size > 0);
		size = size < n ? size : n;
		memcpy(room, from, size);
		if (flags & FLAG_SHARED)
			f->now_ns += (int64_t)n * 7919 % (2 * (int64_t)FRAME_STALE_NS);
		frame_commit(&f->frame, size, f->now_ns);
		events(f, flags);
		MUST(f->frame.scan == f->frame.len);
		MUST(f->budget.used <= f->budget.max);
		from += size;
		n -= size;
	}
}

static void run(struct feed *f, const struct input *in, bool pieces)
{
	size_t at, n, i = 0;

	feed_init(f, in->flags & FLAG_SHARED);
	if (in->flags & FLAG_BUDGET)
		f->budget.max = 100000;
	for (at = 0; at < in->stream.len; at += n) {
		n = pieces && in->n_sizes ? (size_t)in->sizes[i++ % in->n_sizes] + 1
					  : in->stream.len - at;
		/* large streams in large pieces: it is the pieces around the edges that matter */
		if (in->stream.len > 20000)
			n *= 64;
		n = n < in->stream.len - at ? n : in->stream.len - at;
		feed_piece(f, in->flags, in->stream.data + at, n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed  whole, pieces;
	struct input in = {0};

	if (size < 2 || size < 2 + (size_t)(data[1] % 16))
		return 0;
	in.flags = data[0];
	in.n_sizes = data[1] % 16;
	in.sizes = data + 2;
	expand(&in.stream, data + 2 + in.n_sizes, data + size);
	run(&whole, &in, false);
	run(&pieces, &in, true);
	/* when a host has changed, and when memory ran out, depends on the pieces */
	if (!(in.flags & (FLAG_SHARED | FLAG_BUDGET)))
		MUST(whole.log.len == pieces.log.len &&
		     (whole.log.len == 0 ||
		      !memcmp(whole.log.data, pieces.log.data, whole.log.len)));
	frame_reset(&whole.frame);
	feed_fini(&whole);
	feed_fini(&pieces);
	buf_fini(&in.stream);
	return 0;
}
