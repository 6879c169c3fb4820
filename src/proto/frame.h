/* SPDX-License-Identifier: MIT */
/*
 * Framing: finds where one JSON value ends in a stream of bytes (behaviour.md 1.1 to 1.3, 1.6;
 * decisions.md rows 1, 2, 4, 7a, 8), whatever the pieces in which it arrives. Knows nothing of
 * commands.
 *
 * The buffer is heap memory while a request is small and a memfd from FRAME_HEAP_MAX on, so that a
 * large one can be handed to a worker without copying. Use: frame_room(), read into it,
 * frame_commit(), then frame_next() until FRAME_MORE; after FRAME_REQUEST either frame_take() or
 * frame_drop().
 */
#ifndef PROTO_FRAME_H
#define PROTO_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "json/reader.h"

#define FRAME_TOKEN_BYTES_MAX                                                                      \
	((size_t)64 << 20)        /* sum of token lengths of one request stays below (protocol) */
#define FRAME_TOKENS_MAX 2097152u /* tokens in one request (protocol) */
#define FRAME_SPACE_MAX                                                                            \
	((size_t)16 << 20) /* white space between the tokens of one request that we keep */
#define FRAME_TOTAL_MAX                                                                            \
	((size_t)256 << 20) /* requests of all sessions together, arriving or queued */
#define FRAME_HEAP_MAX ((size_t)64 << 10) /* larger requests live in a memfd */
#define FRAME_READ_MAX ((size_t)1 << 20)  /* one read asks for at most this much */
#define FRAME_ERROR_TEXT_MAX 1023         /* bytes of a message text behind its prefix */
/* Smaller requests are not counted: sessions and queues bound them, and a full budget must not keep
 * a thaw out. */
#define FRAME_FREE_MAX ((size_t)4 << 10)
/* Memory of a large request is kept for the next one, as long as one comes in each such time. */
#define FRAME_SPARE_MS 1000
#define FRAME_STALE_NS                                                                             \
	1000000000 /* age from which a half request yields to a new '{' (shared lines) */

struct frame;

/* Memory that requests hold; one for all sessions. */
struct frame_budget {
	size_t        used;   /* bytes */
	size_t        max;    /* FRAME_TOTAL_MAX outside tests */
	uint64_t      maps;   /* memfds made so far */
	struct frame *spares; /* those that keep the memory of an earlier request */
	void (*on_map_gone)(void *ctx, uint64_t map_id); /* others should unmap this memfd; NULL */
	void *ctx;
};

/* Counts n bytes as used, at the expense of memory that is only kept; -1 when there is no room. */
int frame_budget_take(struct frame_budget *budget, size_t n) must_check;

/* Fills err with the text for an exhausted budget; -1. */
int frame_budget_error(const struct frame_budget *budget, struct err *err);

enum frame_event {
	FRAME_MORE,    /* nothing complete: read on */
	FRAME_REQUEST, /* frame_text() is one complete value, syntax unchecked */
	FRAME_ERROR,   /* err says what to answer; reading can go on */
};

/* One request taken out of the frame: owned bytes, NUL behind the last one. */
struct frame_msg {
	char             *data; /* the value; inside base */
	size_t            len;
	int               memfd; /* >= 0: base is a shared mapping of it; -1: base is heap memory */
	char             *base;  /* start of the memory */
	size_t            map_len; /* bytes mapped */
	uint64_t          map_id;  /* of the memfd: no other has had it */
	size_t            charged; /* bytes of the budget */
	struct json_hints hints;
};

struct frame_lexer {
	uint8_t  state; /* enum in lexer.c; 0 = between tokens */
	uint8_t  quote;
	bool     plain;    /* the string so far is ASCII without escapes */
	bool     skipping; /* a limit was hit: this message is counted no more and dropped */
	bool     mismatch; /* a closing bracket did not match: the message ends here */
	uint32_t depth;
	uint32_t tokens;
	size_t   token_start;  /* offset in the buffer */
	size_t   token_bytes;  /* of complete tokens */
	size_t   letters;      /* bytes at the start of this string that are in base64's alphabet */
	bool     only_letters; /* all of it so far */
	uint8_t  kinds[JSON_DEPTH_MAX / 8]; /* bit set: the open bracket of this depth is '{' */
};

struct frame {
	struct frame_budget *budget;
	size_t               charged;
	char                *data;
	size_t               cap;   /* bytes usable, one more is allocated */
	int                  memfd; /* -1: heap */
	uint64_t             map_id;
	struct frame_msg
		spare; /* a memfd of an earlier request, its pages still there; base NULL: none */
	struct frame *next_spare;  /* in the budget's list, if there is one */
	size_t        spare_need;  /* bytes of the largest request in it since the last tick */
	size_t        start;       /* first byte of the message being collected */
	size_t        scan;        /* next byte to look at */
	size_t        len;         /* bytes in data */
	size_t        last_read;   /* where the last read began */
	int64_t       last_ns;     /* when */
	bool          shared_line; /* the peer can change unnoticed (virtio-serial, isa-serial) */
	bool          reported;    /* [start, scan) was reported and goes away with the next step */
	struct frame_lexer lex;
	struct json_hints  hints;
};

void frame_init(struct frame *f, struct frame_budget *budget, bool shared_line);
void frame_fini(struct frame *f);

/*
 * Room for at least one byte: 0, or -1 with err to be answered: memory, the budget or a limit is
 * exhausted. The message is skipped from there on; asking again gives room, unless even the
 * smallest buffer cannot be had (-1 again).
 */
int frame_room(struct frame *f, char **ret, size_t *ret_n, struct err *err);

/* n bytes were read into the room at now_ns (monotonic). */
void frame_commit(struct frame *f, size_t n, int64_t now_ns);

enum frame_event frame_next(struct frame *f, struct err *err);

/* The complete value, valid until the next call; its hints are in f->hints. */
void frame_text(struct frame *f, struct json_text *ret);

/*
 * Shared lines: a bad message that began in an earlier read may be the rest of another host's
 * request. True: the message was dropped and the last read is looked at again from its start; do
 * not answer the error.
 */
bool frame_retry(struct frame *f);

/* Forgets the message that frame_next() reported. */
void frame_drop(struct frame *f);

/* Moves it out; 0, or -1 with err (memory) and the message dropped. */
int frame_take(struct frame *f, struct frame_msg *ret, struct err *err);

/* Gives a message's memory back to the frame it came from, for the next large request. */
void frame_recycle(struct frame *f, struct frame_msg *m);

/*
 * To be called every FRAME_SPARE_MS: gives memory back that was not used since the last call, or
 * hardly any of it. Whether there is more to look after; frame_recycle() makes more.
 */
bool frame_spares_tick(struct frame_budget *budget);
void frame_msg_fini(struct frame_msg *m, struct frame_budget *budget);

/* Forgets everything, as at the end of a session. */
void frame_reset(struct frame *f);

#endif
