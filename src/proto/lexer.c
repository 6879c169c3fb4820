/* SPDX-License-Identifier: MIT */
/*
 * Tokens of behaviour.md 1.2 as a state machine that can stop after any byte. Only brackets are
 * followed; whether the tokens make sense is json_check()'s business once the message is complete.
 */
#include "proto/lexer.h"

#include <string.h>

#include "base/b64.h"
#include "json/scan.h"

enum state {
	BETWEEN,
	STRING,
	STRING_ESCAPE,
	WORD,
	NUM_MINUS,
	NUM_ZERO,
	NUM_INT,
	NUM_DOT,
	NUM_FRACTION,
	NUM_E,
	NUM_E_SIGN,
	NUM_EXPONENT,
	RECOVERY, /* after a lexical error: discarding up to a byte that can begin something */
};

#define BYTE_RESET 0xFF

/* A string of which less is there is not worth a look at the alphabet. */
#define LETTERS_MIN 64

void lexer_reset(struct frame *f)
{
	/* kinds need no clearing: bits above depth are never read */
	f->lex.state = BETWEEN;
	f->lex.skipping = false;
	f->lex.mismatch = false;
	f->lex.depth = 0;
	f->lex.tokens = 0;
	f->lex.token_bytes = 0;
	f->hints.n = 0;
}

bool lexer_in_message(const struct frame *f)
{
	return f->lex.state != BETWEEN || f->lex.depth > 0 || f->lex.skipping;
}

void lexer_skip_message(struct frame *f)
{
	f->lex.skipping = true;
}

static bool is_space(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static bool is_structural(unsigned char c)
{
	return c == '{' || c == '}' || c == '[' || c == ']' || c == ':' || c == ',';
}

/* 0xFF: whatever was pending is dropped without a word (decisions.md row 1). */
static enum lexer_event reset_byte(struct frame *f)
{
	f->scan++;
	lexer_reset(f);
	return LEXER_RESET;
}

/* The offending byte is at f->scan; it is consumed and shown. */
static enum lexer_event stray(struct frame *f, struct err *err)
{
	static const char before[] = "stray '";
	size_t            room = FRAME_ERROR_TEXT_MAX - (sizeof(before) - 1);
	const char       *text = f->data + f->lex.token_start;
	size_t            n, shown;

	f->scan++;
	n = strnlen(text, f->scan - f->lex.token_start);
	shown = n < room ? n : room;
	lexer_reset(f);
	f->lex.state = RECOVERY;
	(void)err_set(err, "JSON parse error, %s%.*s%s", before, (int)shown, text,
		      n < room ? "'" : "");
	return LEXER_ERROR;
}

static enum lexer_event limit(struct frame *f, struct err *err, const char *what, bool complete)
{
	(void)err_set(err, "JSON %s limit exceeded", what);
	if (complete)
		lexer_reset(f);
	else
		lexer_skip_message(f);
	return LEXER_ERROR;
}

/* A token ends before f->scan. */
static enum lexer_event token_done(struct frame *f, struct err *err)
{
	struct frame_lexer *l = &f->lex;
	bool                complete = l->depth == 0 || l->mismatch;

	l->state = BETWEEN;
	l->token_bytes += f->scan - l->token_start;
	if (l->token_bytes >= FRAME_TOKEN_BYTES_MAX)
		return limit(f, err, "token size", complete);
	if (++l->tokens > FRAME_TOKENS_MAX)
		return limit(f, err, "token count", complete);
	return complete ? LEXER_VALUE : LEXER_MORE;
}

/* The bytes end inside a token. */
static enum lexer_event token_continues(struct frame *f, struct err *err)
{
	struct frame_lexer *l = &f->lex;

	if (l->token_bytes + (f->scan - l->token_start) >= FRAME_TOKEN_BYTES_MAX)
		return limit(f, err, "token size", false);
	return LEXER_MORE;
}

/* Beyond the limit only the depth is counted; the message is being skipped then. */
static void push_bracket(struct frame_lexer *l, bool object)
{
	uint8_t bit = (uint8_t)(1u << (l->depth % 8));

	if (l->depth < JSON_DEPTH_MAX) {
		if (object)
			l->kinds[l->depth / 8] |= bit;
		else
			l->kinds[l->depth / 8] &= (uint8_t)~bit;
	}
	l->depth++;
}

static void pop_bracket(struct frame_lexer *l, bool object)
{
	if (l->depth == 0)
		return;
	l->depth--;
	if (l->depth < JSON_DEPTH_MAX && !!(l->kinds[l->depth / 8] >> (l->depth % 8) & 1) != object)
		l->mismatch = true;
}

static enum lexer_event open_bracket(struct frame *f, struct err *err, bool object)
{
	f->scan++;
	push_bracket(&f->lex, object);
	if (f->lex.depth > JSON_DEPTH_MAX)
		return limit(f, err, "nesting depth", false);
	return token_done(f, err);
}

static enum lexer_event close_bracket(struct frame *f, struct err *err, bool object)
{
	f->scan++;
	pop_bracket(&f->lex, object);
	return token_done(f, err);
}

static enum lexer_event begin_token(struct frame *f, struct err *err, unsigned char c)
{
	struct frame_lexer *l = &f->lex;

	l->token_start = f->scan;
	switch (c) {
	case '{':
	case '[':
		return open_bracket(f, err, c == '{');
	case '}':
	case ']':
		return close_bracket(f, err, c == '}');
	case ':':
	case ',':
		f->scan++;
		return token_done(f, err);
	case '"':
	case '\'':
		l->quote = c;
		l->plain = true;
		l->letters = 0;
		l->only_letters = true;
		l->state = STRING;
		break;
	case '-':
		l->state = NUM_MINUS;
		break;
	case '0':
		l->state = NUM_ZERO;
		break;
	default:
		if (is_digit(c))
			l->state = NUM_INT;
		else if (c >= 'a' && c <= 'z')
			l->state = WORD;
		else
			return stray(f, err);
	}
	f->scan++;
	return LEXER_MORE;
}

static enum lexer_event step_between(struct frame *f, struct err *err)
{
	while (f->scan < f->len && is_space((unsigned char)f->data[f->scan]))
		f->scan++;
	if (!lexer_in_message(f))
		f->start = f->scan;
	if (f->scan == f->len)
		return LEXER_MORE;
	if ((unsigned char)f->data[f->scan] == BYTE_RESET)
		return reset_byte(f);
	return begin_token(f, err, (unsigned char)f->data[f->scan]);
}

static void add_hint(struct frame *f)
{
	struct json_hints *h = &f->hints;

	if (!f->lex.plain || f->scan - f->lex.token_start < JSON_HINT_MIN || h->n == JSON_HINTS_MAX)
		return;
	h->at[h->n].start = (uint32_t)(f->lex.token_start - f->start);
	h->at[h->n].end = (uint32_t)(f->scan - f->start);
	h->at[h->n].letters = (uint32_t)f->lex.letters;
	h->n++;
}

/*
 * File contents: where the text is base64 so far, the pass that follows it to its end looks at the
 * alphabet, so that whoever decodes it need not make one more to learn that all of it is good.
 */
static void skip_letters(struct frame *f)
{
	struct frame_lexer *l = &f->lex;
	size_t              n;

	if (f->scan == l->token_start + 1 && f->len - f->scan < LETTERS_MIN)
		l->only_letters = false;
	if (!l->only_letters)
		return;
	n = b64_letters(f->data + f->scan, f->len - f->scan);
	f->scan += n;
	l->letters += n;
	l->only_letters = f->scan == f->len;
}

static enum lexer_event step_string(struct frame *f, struct err *err)
{
	const unsigned char *data = (const unsigned char *)f->data;
	struct frame_lexer  *l = &f->lex;
	unsigned char        c;

	skip_letters(f);
	f->scan = (size_t)(json_scan_string(data + f->scan, data + f->len, l->quote) - data);
	if (f->scan == f->len)
		return token_continues(f, err);
	c = data[f->scan];
	if (c == l->quote) {
		f->scan++;
		add_hint(f);
		return token_done(f, err);
	}
	if (c == BYTE_RESET)
		return reset_byte(f);
	if (c < 0x20 || c == 0xFE) {
		enum lexer_event limited = token_continues(f, err);

		return limited == LEXER_MORE ? stray(f, err) : limited;
	}
	l->plain = false;
	if (c == '\\')
		l->state = STRING_ESCAPE;
	f->scan++;
	while (c >= 0x80 && f->scan < f->len && data[f->scan] >= 0x80 && data[f->scan] < 0xFE)
		f->scan++;
	return LEXER_MORE;
}

static enum lexer_event step_escape(struct frame *f, struct err *err, unsigned char c)
{
	if (c < 0x20 || c >= 0xFE)
		return stray(f, err);
	f->scan++;
	f->lex.state = STRING;
	return LEXER_MORE;
}

static enum lexer_event step_word(struct frame *f, struct err *err)
{
	while (f->scan < f->len && f->data[f->scan] >= 'a' && f->data[f->scan] <= 'z')
		f->scan++;
	if (f->scan == f->len)
		return token_continues(f, err);
	return (unsigned char)f->data[f->scan] == BYTE_RESET ? reset_byte(f) : token_done(f, err);
}

/* The state behind byte c, or -1: c ends the number, or -2: c is an error. */
static int next_number_state(int state, unsigned char c)
{
	switch (state) {
	case NUM_MINUS:
		return c == '0' ? NUM_ZERO : is_digit(c) ? NUM_INT : -2;
	case NUM_ZERO:
		return c == '.' ? NUM_DOT : (c | 0x20) == 'e' ? NUM_E : is_digit(c) ? -2 : -1;
	case NUM_INT:
		return c == '.' ? NUM_DOT : (c | 0x20) == 'e' ? NUM_E : is_digit(c) ? NUM_INT : -1;
	case NUM_DOT:
		return is_digit(c) ? NUM_FRACTION : -2;
	case NUM_FRACTION:
		return (c | 0x20) == 'e' ? NUM_E : is_digit(c) ? NUM_FRACTION : -1;
	case NUM_E:
		return c == '+' || c == '-' ? NUM_E_SIGN : is_digit(c) ? NUM_EXPONENT : -2;
	case NUM_E_SIGN:
		return is_digit(c) ? NUM_EXPONENT : -2;
	default:
		return is_digit(c) ? NUM_EXPONENT : -1;
	}
}

static enum lexer_event step_number(struct frame *f, struct err *err)
{
	while (f->scan < f->len) {
		unsigned char c = (unsigned char)f->data[f->scan];
		int           next = next_number_state(f->lex.state, c);

		if (c == BYTE_RESET)
			return reset_byte(f);
		if (next == -2)
			return stray(f, err);
		if (next == -1)
			return token_done(f, err);
		f->lex.state = (uint8_t)next;
		f->scan++;
	}
	return token_continues(f, err);
}

static enum lexer_event step_recovery(struct frame *f)
{
	while (f->scan < f->len) {
		unsigned char c = (unsigned char)f->data[f->scan];

		if ((c < 0x20 && c != '\t') || c >= 0xFE || is_structural(c)) {
			f->lex.state = BETWEEN;
			break;
		}
		f->scan++;
	}
	f->start = f->scan;
	return LEXER_MORE;
}

/* The end of a message that is being skipped, or its continuation. */
static enum lexer_event skipped(struct frame *f)
{
	if (f->lex.depth > 0 && !f->lex.mismatch)
		return LEXER_MORE;
	lexer_reset(f);
	return LEXER_RESET;
}

/* Only strings and brackets count here (decisions.md row 8): what else is wrong with the message
 * has been paid for. */
static enum lexer_event step_skipping(struct frame *f, unsigned char c)
{
	struct frame_lexer *l = &f->lex;

	f->scan++;
	if (l->state == STRING_ESCAPE) {
		l->state = STRING;
		return LEXER_MORE;
	}
	if (l->state == STRING) {
		if (c == '\\')
			l->state = STRING_ESCAPE;
		if (c != l->quote)
			return LEXER_MORE;
		l->state = BETWEEN;
		return skipped(f);
	}
	l->state = BETWEEN;
	if (c == '"' || c == '\'') {
		l->quote = c;
		l->state = STRING;
	} else if (c == '{' || c == '[') {
		push_bracket(l, c == '{');
	} else if (c == '}' || c == ']') {
		pop_bracket(l, c == '}');
		return skipped(f);
	} else if (l->depth == 0) {
		/* a number or word of more than the limit at top level: it ends like any other */
		return is_space(c) || is_structural(c) ? skipped(f) : LEXER_MORE;
	}
	return LEXER_MORE;
}

enum lexer_event lexer_step(struct frame *f, struct err *err)
{
	unsigned char c = (unsigned char)f->data[f->scan];

	if (c == BYTE_RESET)
		return reset_byte(f);
	if (f->lex.skipping)
		return step_skipping(f, c);
	switch (f->lex.state) {
	case BETWEEN:
		return step_between(f, err);
	case STRING:
		return step_string(f, err);
	case STRING_ESCAPE:
		return step_escape(f, err, c);
	case WORD:
		return step_word(f, err);
	case RECOVERY:
		return step_recovery(f);
	default:
		return step_number(f, err);
	}
}
