/* SPDX-License-Identifier: MIT */
/*
 * The lexical half of framing: consumes bytes of f->data from f->scan on. Private to frame.c.
 */
#ifndef PROTO_LEXER_H
#define PROTO_LEXER_H

#include "proto/frame.h"

/* What one step found. */
enum lexer_event {
	LEXER_MORE,  /* went on; call again while f->scan < f->len */
	LEXER_VALUE, /* [f->start, f->scan) is one complete value */
	LEXER_ERROR, /* err is filled; the message so far is void */
	LEXER_RESET, /* 0xFF, or the end of a message that was being skipped: nothing to report */
};

enum lexer_event lexer_step(struct frame *f, struct err *err);

/* From here on the message is skipped: its text is not kept, brackets and strings are still
 * followed. */
void lexer_skip_message(struct frame *f);

/* Whether a message has begun (or is being skipped). */
bool lexer_in_message(const struct frame *f);

void lexer_reset(struct frame *f);

#endif
