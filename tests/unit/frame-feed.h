/* SPDX-License-Identifier: MIT */
/*
 * Feeds bytes to a frame in pieces and writes down what comes out, one line each: "R <text>" a
 * request, "E <text>" an error. Blanks outside strings are left out, since the frame may shorten
 * them. With `check` requests are checked as the front does it, so that the rule for shared lines
 * applies: "S <text>" is a syntax error that json_check() found.
 */
#ifndef TESTS_UNIT_FRAME_FEED_H
#define TESTS_UNIT_FRAME_FEED_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "proto/frame.h"

struct feed {
	struct frame_budget budget;
	struct frame        frame;
	struct buf          log;
	int64_t             now_ns;
	bool                check; /* syntax too */
};

static inline void feed_init(struct feed *f, bool shared_line)
{
	*f = (struct feed){.budget = {.max = FRAME_TOTAL_MAX}, .log = BUF_INIT((size_t)160 << 20)};
	frame_init(&f->frame, &f->budget, shared_line);
}

static inline void feed_fini(struct feed *f)
{
	frame_fini(&f->frame);
	buf_fini(&f->log);
	if (f->budget.used != 0)
		abort();
}

static inline void feed_note(struct feed *f, const struct json_text *text)
{
	char        quote = '\0';
	const char *p;

	buf_add(&f->log, "R ", 2);
	for (p = text->start; p < text->end; p++) {
		if (!quote && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
			continue;
		buf_add_char(&f->log, *p);
		if (quote && *p == '\\' && p + 1 < text->end)
			buf_add_char(&f->log, *++p);
		else if (*p == quote)
			quote = '\0';
		else if (!quote && (*p == '"' || *p == '\''))
			quote = *p;
	}
	buf_add_char(&f->log, '\n');
}

static inline void feed_request(struct feed *f)
{
	struct json_text text;
	struct err       err;

	frame_text(&f->frame, &text);
	err_init(&err);
	if (f->check && json_check(&text, &err) < 0) {
		if (frame_retry(&f->frame))
			return;
		buf_printf(&f->log, "S %s\n", err.text);
	} else {
		feed_note(f, &text);
	}
	frame_drop(&f->frame);
}

static inline void feed_events(struct feed *f)
{
	struct err err;

	for (;;) {
		err_init(&err);
		switch (frame_next(&f->frame, &err)) {
		case FRAME_MORE:
			return;
		case FRAME_REQUEST:
			feed_request(f);
			break;
		case FRAME_ERROR:
			if (f->check && frame_retry(&f->frame))
				break;
			buf_printf(&f->log, "E %s\n", err.text);
		}
	}
}

/* One read of n bytes; more than one when the frame gives less room. */
static inline void feed_read(struct feed *f, const void *bytes, size_t n)
{
	const char *from = bytes;
	struct err  err;
	char       *room;
	size_t      size;

	while (n > 0) {
		err_init(&err);
		if (frame_room(&f->frame, &room, &size, &err) < 0) {
			buf_printf(&f->log, "E %s\n", err.text);
			err_init(&err);
			if (frame_room(&f->frame, &room, &size, &err) < 0)
				abort();
		}
		size = size < n ? size : n;
		memcpy(room, from, size);
		frame_commit(&f->frame, size, f->now_ns);
		feed_events(f);
		from += size;
		n -= size;
	}
}

static inline void feed_text(struct feed *f, const char *text)
{
	feed_read(f, text, strlen(text));
}

/* What came out since the last call; valid until the next feed. */
static inline const char *feed_taken(struct feed *f)
{
	buf_add_char(&f->log, '\0');
	f->log.len = 0;
	return f->log.data;
}

#endif
