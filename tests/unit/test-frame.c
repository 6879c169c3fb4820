/* SPDX-License-Identifier: MIT */
/*
 * Framing: behaviour.md 1.1 to 1.3, 1.6 and the lexical rows of 1.10; decisions.md rows 1, 4,
 * 7a, 8. Every stream gives the same whole, bytewise and in random pieces.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/b64.h"
#include "frame-feed.h"
#include "random.h"
#include "sample.h"

#define P "E JSON parse error, stray '"
#define MB ((size_t)1 << 20)

static uint64_t seed;

struct row {
	const char *bytes;
	const char *want;
};

/* No reply, replies, and what follows an error. A row ends where its bytes end: nothing more is
 * sent. */
static const struct row rows[] = {
	{"", ""},
	{"\n", ""},
	{" \t\r\n ", ""},
	{"{}", "R {}\n"},
	{"{}\n", "R {}\n"},
	{"\r\n{}\r\n[]", "R {}\nR []\n"},
	{"{}{}[]{\"a\":1}", "R {}\nR {}\nR []\nR {\"a\":1}\n"},
	{"{\"execute\":\"guest-ping\"}", "R {\"execute\":\"guest-ping\"}\n"},
	{" { \"a\" : [ 1 , { } ] } ", "R {\"a\":[1,{}]}\n"},
	{"{\"a\":\"}\"}", "R {\"a\":\"}\"}\n"},
	{"{'a':'\\'}\"'}", "R {'a':'\\'}\"'}\n"},
	{"\"abc\"", "R \"abc\"\n"},
	{"'a\"b'\"a'b\"", "R 'a\"b'\nR \"a'b\"\n"},
	{"\"a\\\\\"\"\\\"\"", "R \"a\\\\\"\nR \"\\\"\"\n"},
	/* numbers and words need a byte behind them */
	{"null", ""},
	{"null\n", "R null\n"},
	{"1", ""},
	{"1 ", "R 1\n"},
	{"-0\n", "R -0\n"},
	{"1.5e+10,", "R 1.5e+10\nR ,\n"},
	{"abc{}", "R abc\nR {}\n"},
	{"abc\"d\"", "R abc\nR \"d\"\n"},
	{"1a2 ", "R 1\nR a\nR 2\n"},
	{"0x10\n", "R 0\nR x\nR 10\n"},
	{"0e1 0E+2 -0e-1 ", "R 0e1\nR 0E+2\nR -0e-1\n"},
	/* stray closers and separators are messages of one token */
	{"}", "R }\n"},
	{"]", "R ]\n"},
	{",:", "R ,\nR :\n"},
	/* a closer of the wrong kind ends the message (decisions.md row 4) */
	{"[1}{}", "R [1}\nR {}\n"},
	{"{\"a\":[1,2}{}", "R {\"a\":[1,2}\nR {}\n"},
	{"{]", "R {]\n"},
	{"[[[}[]", "R [[[}\nR []\n"},
	{"{\"a\":{\"b\":]", "R {\"a\":{\"b\":]\n"},
	/* lexical errors */
	{"\xFE", P "\xFE'\n"},
	{"\x80", P "\x80'\n"},
	{"\xC3\xA9", P "\xC3'\n"},
	{"\xEF\xBB\xBF{}", P "\xEF'\nR {}\n"},
	{"\x01", P "\x01'\n"},
	{"\x0C", P "\x0C'\n"},
	{"\x1B", P "\x1B'\n"},
	{"\x7F", P "\x7F'\n"},
	{"NULL\n", P "N'\n"},
	{"@ {}", P "@'\nR {}\n"},
	{"//c\n{}", P "/'\nR {}\n"},
	{"01", P "01'\n"},
	{"-\n", P "-\n'\n"},
	{"-{}", P "-{'\nR }\n"},
	{"12.e", P "12.e'\n"},
	{"1.x ", P "1.x'\n"},
	{"1e+}", P "1e+}'\n"},
	{"1ex ", P "1ex'\n"},
	{"+1\n{}", P "+'\nR {}\n"},
	{".5\n", P ".'\n"},
	{"1_000\n", "R 1\n" P "_'\n"},
	{"foo\xFE", "R foo\n" P "\xFE'\n"},
	{"foo\x01", "R foo\n" P "\x01'\n"},
	{"{\"a\":True}", P "T'\nR }\n"},
	{"{\"a\tb\":1}", P "\"a\t'\nR :\nR 1\nR }\n"},
	{"{\"execute\":\"guest-\tping\"}", P "\"guest-\t'\nR }\n"},
	{"\"a\nb\"\n{}", P "\"a\n'\nR {}\n"},
	{"\"a\xFE\"\n", P "\"a\xFE'\n"},
	{"\"\\\n\"\n", P "\"\\\n'\n"},
	{"\"\\\xFE\"\n", P "\"\\\xFE'\n"},
	{"{\"execute\":\"guest-pi\xFEng\"}", P "\"guest-pi\xFE'\nR }\n"},
	{"{\"a\":1\x02\x03}", P "\x02'\n" P "\x03'\nR }\n"},
	/* recovery: TAB, blanks and plain bytes go, LF ends it, brackets begin a message */
	{"@ \t x\"y'z{}", P "@'\nR {}\n"},
	{"@abc\r{}", P "@'\nR {}\n"},
	{"@[1]", P "@'\nR [1]\n"},
	{"@:1 ", P "@'\nR :\nR 1\n"},
	{"@@@@\n@", P "@'\n" P "@'\n"},
	{"@\x01", P "@'\n" P "\x01'\n"},
	/* 0xFF is silent in every state (decisions.md row 1) */
	{"\xFF", ""},
	{"\xFF\xFF\xFF", ""},
	{"\n\xFF{}", "R {}\n"},
	{" \xFF{}", "R {}\n"},
	{"\xFF{}\n\xFF[]", "R {}\nR []\n"},
	{"{\"execute\":\"guest-ping\"\xFF", ""},
	{"{\"execute\":\"guest-ping\"\xFF}\n", "R }\n"},
	{"{\"execute\":\"guest-ping\", \xFF{}", "R {}\n"},
	{"{\"execute\":\"guest-pi\xFFng\"}", "R ng\n"},
	{"{\"a\\\xFF{}", "R {}\n"},
	{"foo\xFF{}", "R {}\n"},
	{"12\xFF{}", "R {}\n"},
	{"12.\xFF{}", "R {}\n"},
	{"1e+\xFF{}", "R {}\n"},
	{"-\xFF{}", "R {}\n"},
	{"@abc\xFF{}", P "@'\nR {}\n"},
	{"@ \"\xFF{}", P "@'\nR {}\n"},
};

/* Given the whole stream in one read. */
static void run_whole(struct feed *f, const char *bytes, size_t n)
{
	feed_read(f, bytes, n);
}

static void run_bytewise(struct feed *f, const char *bytes, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		feed_read(f, bytes + i, 1);
}

static void run_random(struct feed *f, const char *bytes, size_t n, struct random *r)
{
	size_t piece;

	for (; n > 0; bytes += piece, n -= piece) {
		piece = 1 + random_below(r, n < 9 ? n : 9);
		feed_read(f, bytes, piece);
	}
}

/* All three ways; want NULL: the same as whole. */
static void expect_stream(const char *bytes, size_t n, const char *want, struct random *r)
{
	struct feed whole, pieces;
	const char *log;
	int         i;

	feed_init(&whole, false);
	run_whole(&whole, bytes, n);
	log = feed_taken(&whole);
	if (want && strcmp(log, want) != 0)
		fail_msg("%.*s: whole: \"%s\", expected \"%s\"", (int)n, bytes, log, want);
	for (i = 0; i < 4; i++) {
		const char *other;

		feed_init(&pieces, false);
		if (i == 0)
			run_bytewise(&pieces, bytes, n);
		else
			run_random(&pieces, bytes, n, r);
		other = feed_taken(&pieces);
		if (strcmp(log, other) != 0)
			fail_msg("seed %llu: %.*s: %s: \"%s\", whole \"%s\"",
				 (unsigned long long)r->seed, (int)n, bytes,
				 i == 0 ? "bytewise" : "in pieces", other, log);
		feed_fini(&pieces);
	}
	feed_fini(&whole);
}

static void test_rows(void **state)
{
	struct random r;
	size_t        i;

	(void)state;
	random_init(&r, seed);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		expect_stream(rows[i].bytes, strlen(rows[i].bytes), rows[i].want, &r);
}

static void test_nul_byte(void **state)
{
	struct random r;

	(void)state;
	random_init(&r, seed);
	expect_stream("\0", 1, P "'\n", &r);
	expect_stream("{\"execute\":\"guest-ping\"\0}", 25, P "'\nR }\n", &r);
	expect_stream("\"ab\0cd\"\n", 8, P "\"ab'\n", &r);
	expect_stream("1\0", 2, "R 1\n" P "'\n", &r);
}

static size_t random_stream(struct random *r, char *bytes, size_t max)
{
	static const char *const pieces[] = {"{\"execute\":\"guest-ping\"}",
					     "{}",
					     "[1,2]",
					     "{\"a\":",
					     "\"str",
					     "\"str\"",
					     "'",
					     "\"",
					     "\\",
					     "\\u00",
					     "[",
					     "]",
					     "}",
					     "{",
					     ",",
					     ":",
					     "1",
					     "-",
					     "0",
					     "1.5e",
					     "null",
					     "tru",
					     "\n",
					     " ",
					     "\t",
					     "\xFF",
					     "\xFE",
					     "\x01",
					     "@",
					     "\xC3\xA9",
					     "\x80",
					     "E+",
					     "x"};
	size_t                   n = 0;

	while (n < max - 32 && random_below(r, 14) != 0) {
		const char *piece = pieces[random_below(r, ARRAY_SIZE(pieces))];

		memcpy(bytes + n, piece, strlen(piece));
		n += strlen(piece);
	}
	return n;
}

static void test_random_streams(void **state)
{
	struct random r;
	char          bytes[400];
	int           i;

	(void)state;
	random_init(&r, seed);
	for (i = 0; i < 20000; i++)
		expect_stream(bytes, random_stream(&r, bytes, sizeof(bytes)), NULL, &r);
}

/* --- 0xFF --- */

/*
 * 0xFF after any prefix of a stream: what the prefix alone gives, then what the rest gives to a
 * fresh reader.
 */
static void sweep(const char *bytes, size_t n, struct random *r)
{
	char  *cut = sample_memory(n + 1);
	size_t at;

	for (at = 0; at <= n; at++) {
		struct feed before, after;
		struct buf  want = BUF_INIT(MB);

		feed_init(&before, false);
		run_whole(&before, bytes, at);
		buf_add_str(&want, feed_taken(&before));
		feed_fini(&before);
		feed_init(&after, false);
		run_whole(&after, bytes + at, n - at);
		buf_add_str(&want, feed_taken(&after));
		feed_fini(&after);
		buf_add_char(&want, '\0');

		memcpy(cut, bytes, at);
		cut[at] = '\xFF';
		memcpy(cut + at + 1, bytes + at, n - at);
		expect_stream(cut, n + 1, want.data, r);
		buf_fini(&want);
	}
	free(cut);
}

static void test_ff_at_every_offset(void **state)
{
	static const char *const streams[] = {
		"{\"execute\":\"guest-ping\",\"id\":[1,-2.5e+3,true,null,'a\\u0041\\\\\\\"']} {}\n",
		"\r\n {\"a\" : \"\xC3\xA9\xF0\x9F\x98\x80\" }\n\n12 null -0.0e-1 'x'\n",
		"@garbage\t{\"a\":1}[1}01\"a\nb\"\n{}",
		"{\"a\":[1,2}{\"b\":{}}",
	};
	struct random r;
	size_t        i;

	(void)state;
	random_init(&r, seed);
	for (i = 0; i < ARRAY_SIZE(streams); i++)
		sweep(streams[i], strlen(streams[i]), &r);
}

static void test_ff_in_random_streams(void **state)
{
	struct random r;
	char          bytes[100];
	int           i;

	(void)state;
	random_init(&r, seed);
	for (i = 0; i < 300; i++)
		sweep(bytes, random_stream(&r, bytes, sizeof(bytes)), &r);
}

/* --- limits --- */

static void feed_repeat(struct feed *f, char c, size_t n)
{
	static char block[1 << 16];

	memset(block, c, sizeof(block));
	for (; n > sizeof(block); n -= sizeof(block))
		feed_read(f, block, sizeof(block));
	feed_read(f, block, n);
}

static void test_depth(void **state)
{
	struct feed f;
	char        closers[JSON_DEPTH_MAX + 2];

	(void)state;
	memset(closers, ']', sizeof(closers));
	feed_init(&f, false);
	feed_repeat(&f, '[', JSON_DEPTH_MAX);
	assert_string_equal(feed_taken(&f), "");
	feed_read(&f, closers, JSON_DEPTH_MAX);
	assert_memory_equal(feed_taken(&f), "R [[[[", 6);

	/* one error, the rest of the message goes unseen, strings and brackets still followed
	 * (decisions.md row 8) */
	feed_repeat(&f, '[', JSON_DEPTH_MAX + 1);
	assert_string_equal(feed_taken(&f), "E JSON nesting depth limit exceeded\n");
	feed_text(&f, "[[\"]]]]]]\\\"]]\",{\"a\":']'}]]");
	feed_read(&f, closers, JSON_DEPTH_MAX);
	assert_string_equal(feed_taken(&f), "");
	feed_text(&f, "] {}");
	assert_string_equal(feed_taken(&f), "R {}\n");
	feed_fini(&f);
}

static void test_skipping_ends_with_ff_or_a_wrong_closer(void **state)
{
	struct feed f;

	(void)state;
	feed_init(&f, false);
	feed_repeat(&f, '[', JSON_DEPTH_MAX + 1);
	feed_text(&f, "[[[ \"\xFF{}");
	assert_string_equal(feed_taken(&f), "E JSON nesting depth limit exceeded\nR {}\n");
	feed_repeat(&f, '[', JSON_DEPTH_MAX + 1);
	feed_text(&f, "]}{}");
	assert_string_equal(feed_taken(&f), "E JSON nesting depth limit exceeded\nR {}\n");
	/* nothing else of a skipped message is reported: bad tokens, control bytes, also in strings
	 */
	feed_repeat(&f, '[', JSON_DEPTH_MAX + 1);
	feed_text(&f, "@\n01 \"\n\x01\xFE]\\\"]\" True {}");
	assert_string_equal(feed_taken(&f), "E JSON nesting depth limit exceeded\n");
	feed_text(&f, "]}{}");
	assert_string_equal(feed_taken(&f), "R {}\n");
	feed_fini(&f);
}

static void test_token_count(void **state)
{
	struct feed f;
	size_t      i;

	(void)state;
	feed_init(&f, false);
	/* [1,1,…,1]: 2 brackets, n numbers and n - 1 commas */
	feed_text(&f, "[[],1");
	for (i = 0; i < (FRAME_TOKENS_MAX - 6) / 2; i++)
		feed_read(&f, ",1", 2);
	feed_text(&f, "]");
	assert_memory_equal(feed_taken(&f), "R [[],1", 7);

	feed_text(&f, "[1");
	for (i = 0; i < FRAME_TOKENS_MAX / 2 + 10; i++)
		feed_read(&f, ",1", 2);
	assert_string_equal(feed_taken(&f), "E JSON token count limit exceeded\n");
	feed_text(&f, "],2,\"]\"]{}");
	assert_string_equal(feed_taken(&f), "R ,\nR 2\nR ,\nR \"]\"\nR ]\nR {}\n");
	feed_fini(&f);
}

/* The sum of the token lengths, quotes and brackets counted, stays below the limit. */
static void test_token_size(void **state)
{
	struct feed f;

	(void)state;
	feed_init(&f, false);
	feed_text(&f, "{\"a\":\"");
	feed_repeat(&f, 'x', FRAME_TOKEN_BYTES_MAX - 1 - strlen("{\"a\":\"\"}"));
	assert_string_equal(feed_taken(&f), "");
	feed_read(&f, "\"}", 2);
	assert_memory_equal(feed_taken(&f), "R {\"a\":\"xx", 10);

	feed_text(&f, "{\"a\":\"");
	feed_repeat(&f, 'x', FRAME_TOKEN_BYTES_MAX - strlen("{\"a\":\"\"}"));
	feed_text(&f, "\"}");
	assert_string_equal(feed_taken(&f), "E JSON token size limit exceeded\n");
	feed_text(&f, "{\"c\":3}");
	assert_string_equal(feed_taken(&f), "R {\"c\":3}\n");

	feed_text(&f, "{\"a\":\"");
	feed_repeat(&f, 'x', FRAME_TOKEN_BYTES_MAX + MB);
	assert_string_equal(feed_taken(&f), "E JSON token size limit exceeded\n");
	feed_repeat(&f, 'y', 3 * MB);
	feed_text(&f, "\\\"}\"}{\"b\":2}");
	assert_string_equal(feed_taken(&f), "R {\"b\":2}\n");
	assert_in_range(f.budget.used, 0, 0);
	feed_fini(&f);
}

static void test_long_bad_token_is_cut(void **state)
{
	struct feed f;
	const char *log;

	(void)state;
	feed_init(&f, false);
	feed_text(&f, "\"");
	feed_repeat(&f, 'x', 2000);
	feed_text(&f, "\x01\n");
	log = feed_taken(&f);
	assert_int_equal(strlen(log), strlen("E JSON parse error, \n") + FRAME_ERROR_TEXT_MAX);
	assert_memory_equal(log, P "\"xxx", strlen(P) + 4);
	feed_fini(&f);
}

/* --- memory --- */

/* 80 MB of white space inside a request cost nothing (behaviour.md 1.6). */
static void test_trailing_space_is_bounded(void **state)
{
	struct feed f;
	size_t      i;

	(void)state;
	feed_init(&f, false);
	feed_text(&f, "{\"execute\"");
	for (i = 0; i < 80 * 16; i++) {
		feed_repeat(&f, "\n \t\r"[i % 4], 1 << 16);
		assert_in_range(f.frame.len, 0, 200);
		assert_in_range(f.frame.cap, 0, FRAME_HEAP_MAX);
	}
	feed_text(&f, ":\"x\"}");
	assert_string_equal(feed_taken(&f), "R {\"execute\":\"x\"}\n");
	feed_repeat(&f, ' ', MB);
	assert_in_range(f.frame.cap, 0, FRAME_HEAP_MAX);
	assert_int_equal(f.budget.used, 0);
	feed_fini(&f);
}

static void test_space_between_tokens_is_limited(void **state)
{
	struct feed f;
	char       *gap = sample_memory(MB);
	size_t      i;

	(void)state;
	memset(gap, ' ', MB);
	for (i = 999; i < MB; i += 1000)
		memcpy(gap + i - 1, "1,", 2);
	memcpy(gap + MB - 2, "1,", 2);
	feed_init(&f, false);
	feed_text(&f, "[1,");
	for (i = 0; i < 90 && f.log.len == 0; i++)
		feed_read(&f, gap, MB);
	assert_in_range(i, FRAME_SPACE_MAX / MB, 81);
	assert_string_equal(feed_taken(&f), "E JSON token size limit exceeded\n");
	feed_text(&f, "1]{}");
	assert_string_equal(feed_taken(&f), "R {}\n");
	feed_fini(&f);
	free(gap);
}

static void test_idle_frame_gives_memory_back(void **state)
{
	struct feed f;

	(void)state;
	feed_init(&f, false);
	feed_text(&f, "\"");
	feed_repeat(&f, 'x', 4 * MB);
	assert_in_range(f.budget.used, 4 * MB, 7 * MB);
	feed_text(&f, "\"");
	(void)feed_taken(&f);
	feed_text(&f, " ");
	assert_int_equal(f.budget.used, 0);
	assert_in_range(f.frame.cap, 1, FRAME_HEAP_MAX);
	feed_fini(&f);
}

static void test_budget(void **state)
{
	struct frame_budget budget = {.max = 6 * MB};
	struct frame        f[2];
	struct err          err;
	char               *room;
	size_t              n, i;

	(void)state;
	frame_init(&f[0], &budget, false);
	frame_init(&f[1], &budget, false);
	for (i = 0;; i++) {
		err_init(&err);
		if (frame_room(&f[0], &room, &n, &err) < 0)
			break;
		memset(room, 'x', n);
		if (i == 0)
			room[0] = '"';
		frame_commit(&f[0], n, 0);
		assert_int_equal(frame_next(&f[0], &err), FRAME_MORE);
		assert_in_range(budget.used, 0, budget.max);
	}
	assert_string_equal(err.text, "limit exceeded: requests being received or queued may hold "
				      "6291456 bytes in all sessions together");
	assert_in_range(i, 4, 80);

	/* skipped from there on, the memory is free again, and the frame finds its way back */
	err_init(&err);
	assert_int_equal(frame_room(&f[0], &room, &n, &err), 0);
	assert_int_equal(budget.used, 0);
	memcpy(room, "xx\"{}", 5);
	frame_commit(&f[0], 5, 0);
	assert_int_equal(frame_next(&f[0], &err), FRAME_REQUEST);
	frame_drop(&f[0]);

	/* a full budget does not keep small requests of others out */
	budget.used = budget.max;
	assert_int_equal(frame_room(&f[1], &room, &n, &err), 0);
	memcpy(room, "{}", 2);
	frame_commit(&f[1], 2, 0);
	assert_int_equal(frame_next(&f[1], &err), FRAME_REQUEST);
	frame_drop(&f[1]);
	budget.used = 0;
	frame_fini(&f[0]);
	frame_fini(&f[1]);
	assert_int_equal(budget.used, 0);
}

static void test_reset_forgets(void **state)
{
	struct feed f;

	(void)state;
	feed_init(&f, false);
	feed_text(&f, "{\"execute\":\"guest-p");
	frame_reset(&f.frame);
	feed_text(&f, "{}");
	assert_string_equal(feed_taken(&f), "R {}\n");
	feed_repeat(&f, '[', JSON_DEPTH_MAX + 1);
	(void)feed_taken(&f);
	frame_reset(&f.frame);
	feed_text(&f, "{}");
	assert_string_equal(feed_taken(&f), "R {}\n");
	feed_text(&f, "@@@");
	(void)feed_taken(&f);
	frame_reset(&f.frame);
	feed_text(&f, "12 ");
	assert_string_equal(feed_taken(&f), "R 12\n");
	feed_text(&f, "\"");
	feed_repeat(&f, 'x', MB);
	frame_reset(&f.frame);
	assert_int_equal(f.budget.used, 0);
	feed_fini(&f);
}

/* --- taking requests out --- */

/* Reads until a request is there. */
static void read_request(struct feed *f, const char *bytes, size_t n)
{
	struct err err;
	char      *room;
	size_t     size;

	for (; n > 0; bytes += size, n -= size) {
		err_init(&err);
		assert_int_equal(frame_room(&f->frame, &room, &size, &err), 0);
		size = size < n ? size : n;
		memcpy(room, bytes, size);
		frame_commit(&f->frame, size, 5);
		if (n > size)
			assert_int_equal(frame_next(&f->frame, &err), FRAME_MORE);
	}
	assert_int_equal(frame_next(&f->frame, &err), FRAME_REQUEST);
}

static void expect_msg(const struct frame_msg *m, const char *text, size_t n)
{
	assert_int_equal(m->len, n);
	assert_memory_equal(m->data, text, n);
	if (m->data[n] != '\0')
		fail_msg("the byte behind a request of %zu bytes is %02X, not NUL", n,
			 (unsigned char)m->data[n]);
}

static void take(struct feed *f, struct frame_msg *m)
{
	struct err err;

	err_init(&err);
	if (frame_take(&f->frame, m, &err) < 0)
		fail_msg("frame_take: %s", err.text);
}

static void test_take_small(void **state)
{
	struct frame_msg m, second;
	struct feed      f;
	struct err       err;

	(void)state;
	feed_init(&f, false);
	read_request(&f, " {\"a\":1}[2]", 11);
	take(&f, &m);
	expect_msg(&m, "{\"a\":1}", 7);
	assert_int_equal(m.memfd, -1);
	assert_int_equal(f.budget.used, 0);
	err_init(&err);
	assert_int_equal(frame_next(&f.frame, &err), FRAME_REQUEST);
	take(&f, &second);
	expect_msg(&second, "[2]", 3);
	frame_msg_fini(&m, &f.budget);
	frame_msg_fini(&m, &f.budget);
	frame_msg_fini(&second, &f.budget);
	assert_int_equal(frame_next(&f.frame, &err), FRAME_MORE);
	feed_fini(&f);
}

/* Requests of up to FRAME_FREE_MAX with their NUL cost nothing, so that a full budget does not keep
 * a thaw out; one byte more is counted, and refused when there is no budget. */
static void test_take_without_budget(void **state)
{
	char            *text = sample_memory(FRAME_FREE_MAX + 2);
	struct frame_msg m;
	struct feed      f;
	struct err       err;

	(void)state;
	memset(text, 'x', FRAME_FREE_MAX);
	text[0] = text[FRAME_FREE_MAX - 2] = '"';
	feed_init(&f, false);
	f.budget.used = f.budget.max;
	read_request(&f, text, FRAME_FREE_MAX - 1);
	take(&f, &m);
	expect_msg(&m, text, FRAME_FREE_MAX - 1);
	assert_int_equal(f.budget.used, f.budget.max);
	frame_msg_fini(&m, &f.budget);
	assert_int_equal(f.budget.used, f.budget.max);

	text[FRAME_FREE_MAX - 2] = 'x';
	memcpy(text + FRAME_FREE_MAX - 1, "\"{}", 3);
	f.budget.used = 0;
	read_request(&f, text, FRAME_FREE_MAX);
	take(&f, &m);
	assert_int_equal(f.budget.used, FRAME_FREE_MAX + 1);
	frame_msg_fini(&m, &f.budget);
	assert_int_equal(f.budget.used, 0);

	f.budget.used = f.budget.max;
	read_request(&f, text, FRAME_FREE_MAX + 2);
	err_init(&err);
	assert_int_equal(frame_take(&f.frame, &m, &err), -1);
	assert_string_equal(err.text, "limit exceeded: requests being received or queued may hold "
				      "268435456 bytes in all sessions together");
	/* the message is gone, the one behind it is not */
	err_init(&err);
	assert_int_equal(frame_next(&f.frame, &err), FRAME_REQUEST);
	take(&f, &m);
	expect_msg(&m, "{}", 2);
	frame_msg_fini(&m, &f.budget);
	f.budget.used = 0;
	feed_fini(&f);
	free(text);
}

/* A request in a memfd, with `behind` bytes of others after it. */
static char *large_request(size_t n, const char *behind, size_t behind_n)
{
	char *text = sample_memory(n + behind_n);

	memset(text, 'x', n);
	memcpy(text, "{\"a\":\"", 6);
	memcpy(text + n - 2, "\"}", 2);
	memcpy(text + n, behind, behind_n);
	return text;
}

static void take_large(size_t n, const char *behind, size_t behind_n, const char *want)
{
	char            *text = large_request(n, behind, behind_n);
	struct frame_msg m;
	struct feed      f;
	struct stat      st;

	feed_init(&f, false);
	read_request(&f, text, n + behind_n);
	take(&f, &m);
	assert_in_range(m.memfd, 0, 10000);
	expect_msg(&m, text, n);
	assert_int_equal(fstat(m.memfd, &st), 0);
	assert_in_range(st.st_size, n + 1, m.map_len);
	assert_int_equal(fcntl(m.memfd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_in_range((uintptr_t)m.data, (uintptr_t)m.base,
			(uintptr_t)m.base + m.map_len - n - 1);
	assert_int_equal(m.hints.n, 1);
	assert_int_equal(m.hints.at[0].start, 5);
	assert_int_equal(m.hints.at[0].end, n - 1);
	assert_in_range(f.budget.used, n, n + behind_n + 8 * MB);
	/* what stood behind it goes on as if nothing had happened */
	feed_events(&f);
	assert_string_equal(feed_taken(&f), want);
	frame_msg_fini(&m, &f.budget);
	feed_fini(&f);
	free(text);
}

static void test_take_large(void **state)
{
	(void)state;
	take_large(100000, "", 0, "");
	take_large(100000, "\n", 1, "");
	take_large(100000, "{\"b\":2}[3] @", 12, "R {\"b\":2}\nR [3]\n" P "@'\n");
	take_large(100000, "12 ", 3, "R 12\n");
	take_large(5 * MB, "{}\n", 3, "R {}\n");
}

/* More than fits the first buffer stands behind the request, whole and half requests. */
static void test_take_large_with_much_behind(void **state)
{
	struct buf       behind = BUF_INIT(4 * MB), want = BUF_INIT(4 * MB);
	size_t           i;
	struct feed      f;
	char            *text;
	struct frame_msg m;

	(void)state;
	for (i = 0; i < 30000; i++) {
		buf_printf(&behind, "{\"n\":%zu}\n", i);
		buf_printf(&want, "R {\"n\":%zu}\n", i);
	}
	buf_add_str(&behind, "{\"half\":");
	buf_add_char(&want, '\0');
	text = large_request(500000, behind.data, behind.len);
	feed_init(&f, false);
	read_request(&f, text, 500000 + behind.len);
	take(&f, &m);
	expect_msg(&m, text, 500000);
	feed_events(&f);
	assert_string_equal(feed_taken(&f), want.data);
	feed_text(&f, "1}");
	assert_string_equal(feed_taken(&f), "R {\"half\":1}\n");
	frame_msg_fini(&m, &f.budget);
	feed_fini(&f);
	buf_fini(&behind);
	buf_fini(&want);
	free(text);
}

static void test_small_after_large_is_copied(void **state)
{
	struct frame_msg m;
	struct feed      f;
	char            *text = large_request(200000, "{\"b\":1}", 7);

	(void)state;
	feed_init(&f, false);
	read_request(&f, text, 200007);
	frame_drop(&f.frame);
	assert_int_equal(frame_next(&f.frame, &(struct err){.set = false}), FRAME_REQUEST);
	take(&f, &m);
	expect_msg(&m, "{\"b\":1}", 7);
	assert_int_equal(m.memfd, -1);
	frame_msg_fini(&m, &f.budget);
	feed_fini(&f);
	free(text);
}

/* --- memory that is used again --- */

static void read_large(struct feed *f, size_t n, char fill, struct frame_msg *ret)
{
	char *text = large_request(n, "", 0);

	memset(text + 6, fill, n - 8);
	read_request(f, text, n);
	take(f, ret);
	expect_msg(ret, text, n);
	free(text);
}

static void test_recycled_memfd(void **state)
{
	struct frame_msg m, second;
	struct feed      f;
	uint64_t         id;

	(void)state;
	feed_init(&f, false);
	read_large(&f, 400000, 'a', &m);
	id = m.map_id;
	frame_recycle(&f.frame, &m);
	assert_null(m.base);
	frame_msg_fini(&m, &f.budget);

	/* the same memory, and nothing of what was in it */
	read_large(&f, 100000, 'b', &m);
	assert_int_equal(m.map_id, id);
	/* there is only one: the next request gets memory that nobody has had */
	read_large(&f, 100000, 'c', &second);
	assert_int_not_equal(second.map_id, id);
	assert_int_equal(f.budget.maps, 2);
	frame_recycle(&f.frame, &m);
	frame_recycle(&f.frame, &second);
	assert_null(m.base);
	assert_non_null(second.base);
	frame_msg_fini(&second, &f.budget);

	/* a peer that leaves takes it along */
	frame_reset(&f.frame);
	assert_int_equal(f.budget.used, 0);
	feed_fini(&f);
}

static void test_not_recycled(void **state)
{
	struct frame_msg m;
	struct feed      f;

	(void)state;
	feed_init(&f, false);
	/* small requests have no memfd */
	read_request(&f, "{}", 2);
	take(&f, &m);
	frame_recycle(&f.frame, &m);
	assert_non_null(m.base);
	assert_null(f.budget.spares);
	frame_msg_fini(&m, &f.budget);
	feed_fini(&f);
}

static void recycle_large(struct feed *f, size_t n)
{
	struct frame_msg m;

	read_large(f, n, 'a', &m);
	frame_recycle(&f->frame, &m);
	assert_null(m.base);
}

static void note_gone(void *ctx, uint64_t map_id)
{
	*(uint64_t *)ctx = map_id;
}

static void test_kept_memory_ages(void **state)
{
	struct feed f;
	uint64_t    gone = 0, id;

	(void)state;
	feed_init(&f, false);
	f.budget.on_map_gone = note_gone;
	f.budget.ctx = &gone;
	recycle_large(&f, 8 * MB);
	id = f.frame.spare.map_id;
	/* used since the last tick, then not any more */
	assert_true(frame_spares_tick(&f.budget));
	assert_int_equal(gone, 0);
	assert_false(frame_spares_tick(&f.budget));
	assert_int_equal(gone, id);
	assert_int_equal(f.budget.used, 0);
	/* hardly any of it is used */
	recycle_large(&f, 8 * MB);
	assert_true(frame_spares_tick(&f.budget));
	recycle_large(&f, 100000);
	assert_int_not_equal(f.frame.spare.map_id, id);
	assert_false(frame_spares_tick(&f.budget));
	assert_int_equal(f.budget.used, 0);
	feed_fini(&f);
}

/* A small request does not take it away from its keeper for ever. */
static void test_kept_memory_ages_behind_small_requests(void **state)
{
	struct feed f;
	struct err  err;

	(void)state;
	feed_init(&f, false);
	recycle_large(&f, 8 * MB);
	read_request(&f, "{}", 2);
	frame_drop(&f.frame);
	err_init(&err);
	assert_int_equal(frame_next(&f.frame, &err), FRAME_MORE);
	assert_ptr_equal(f.budget.spares, &f.frame);
	assert_true(frame_spares_tick(&f.budget));
	read_request(&f, "{}", 2);
	frame_drop(&f.frame);
	assert_int_equal(frame_next(&f.frame, &err), FRAME_MORE);
	assert_int_equal(f.budget.used, 0);
	feed_fini(&f);
}

static void test_kept_memory_gives_way(void **state)
{
	struct frame_msg m;
	struct feed      f;
	struct frame     other;

	(void)state;
	feed_init(&f, false);
	frame_init(&other, &f.budget, false);
	recycle_large(&f, 8 * MB);
	read_large(&f, 8 * MB, 'b', &m);
	frame_recycle(&other, &m);
	recycle_large(&f, 8 * MB);
	assert_ptr_equal(f.budget.spares, &f.frame);
	assert_ptr_equal(f.frame.next_spare, &other);
	/* what is kept is not in the way of what arrives */
	assert_int_equal(frame_budget_take(&f.budget, f.budget.max - f.budget.used), 0);
	assert_non_null(f.frame.spare.base);
	assert_int_equal(frame_budget_take(&f.budget, 1), 0);
	assert_null(f.frame.spare.base);
	assert_non_null(other.spare.base);
	assert_int_equal(frame_budget_take(&f.budget, 10 * MB), 0);
	assert_null(f.budget.spares);
	assert_int_equal(frame_budget_take(&f.budget, f.budget.max), -1);
	f.budget.used = 0;
	frame_fini(&other);
	feed_fini(&f);
}

/* --- hints --- */

static size_t letters_of(const char *string, size_t piece)
{
	struct frame_msg m;
	struct feed      f;
	size_t           i, n = strlen(string), letters;

	feed_init(&f, false);
	for (i = 0; n - i > piece; i += piece)
		feed_read(&f, string + i, piece);
	read_request(&f, string + i, n - i);
	take(&f, &m);
	assert_int_equal(m.hints.n, 1);
	letters = m.hints.at[0].letters;
	frame_msg_fini(&m, &f.budget);
	feed_fini(&f);
	return letters;
}

/* How much of a string is base64 is known whatever the pieces, unless it begins with a small one.
 */
static void test_letters(void **state)
{
	static char  string[6000 + 8];
	const size_t pieces[] = {sizeof(string), 1000, 333, 66};
	size_t       i, vectors = b64_letters("AAAA", 4) > 0;

	(void)state;
	memset(string, 'k', sizeof(string) - 1);
	string[0] = string[6000] = '"';
	string[6001] = '\0';
	string[5999] = '=';
	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		assert_int_equal(letters_of(string, pieces[i]), vectors * 5998);
		string[3000] = '*';
		assert_int_equal(letters_of(string, pieces[i]), vectors * 2999);
		string[3000] = 'k';
	}
	assert_int_equal(letters_of(string, 64), 0);
	string[1] = '-';
	assert_int_equal(letters_of(string, sizeof(string)), 0);
}

static void test_hints(void **state)
{
	struct frame_msg m;
	struct feed      f;
	struct buf       text = BUF_INIT(MB);
	size_t           i, start[JSON_HINTS_MAX + 2];

	(void)state;
	buf_add_str(&text, "[\"short\"");
	for (i = 0; i < JSON_HINTS_MAX + 2; i++) {
		buf_add_str(&text, ",");
		start[i] = text.len;
		buf_printf(&text, "\"%0*d\"", JSON_HINT_MIN, 7);
	}
	buf_printf(&text, ",\"%0*d\\n\",\"\xC3\xA9%0*d\"]", JSON_HINT_MIN, 7, JSON_HINT_MIN, 7);
	feed_init(&f, false);
	/* in front of it: hints count from the start of the request */
	feed_text(&f, "  \n");
	for (i = 0; i + 1 < text.len; i += 1000)
		feed_read(&f, text.data + i, text.len - 1 - i < 1000 ? text.len - 1 - i : 1000);
	read_request(&f, "]", 1);
	take(&f, &m);
	expect_msg(&m, text.data, text.len);
	assert_int_equal(m.hints.n, JSON_HINTS_MAX);
	for (i = 0; i < JSON_HINTS_MAX; i++) {
		assert_int_equal(m.hints.at[i].start, start[i]);
		assert_int_equal(m.hints.at[i].end, start[i] + JSON_HINT_MIN + 2);
	}
	frame_msg_fini(&m, &f.budget);
	feed_fini(&f);
	buf_fini(&text);
}

static void test_no_hint_for_escapes_or_bytes_above_ascii(void **state)
{
	struct frame_msg m;
	struct feed      f;
	struct buf       text = BUF_INIT(MB);
	size_t           i;

	(void)state;
	buf_printf(&text, "[\"%0*d\\n\",\"\xC3\xA9%0*d\",\"%0*d\"]", JSON_HINT_MIN, 7,
		   JSON_HINT_MIN, 7, JSON_HINT_MIN - 3, 7);
	feed_init(&f, false);
	for (i = 0; i + 1 < text.len; i++)
		feed_read(&f, text.data + i, 1);
	read_request(&f, "]", 1);
	take(&f, &m);
	assert_int_equal(m.hints.n, 0);
	frame_msg_fini(&m, &f.budget);
	feed_fini(&f);
	buf_fini(&text);
}

/* --- shared lines --- */

#define HALF "{\"execute\":\"guest-p"
#define PING "{\"execute\":\"guest-ping\"}"

static const char *const whole_requests[] = {
	PING,
	"{\"execute\":\"guest-sync\",\"arguments\":{\"id\":123}}",
	"{\"id\":{\"id\":[{\"a\":1},{\"b\":'x'}]},\"execute\":\"guest-ping\",\"arguments\":{}}",
	"{'arguments':{'path':'/x','arg':['a','b']},'execute':'guest-exec'}",
};

/* A host that went away left part of a request, another begins in the next read: its request is
 * answered at once. */
static void test_new_host_after_every_prefix(void **state)
{
	size_t i, n, next;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(whole_requests); i++) {
		for (n = 1; n < strlen(whole_requests[i]); n++) {
			for (next = 0; next < ARRAY_SIZE(whole_requests); next++) {
				struct feed f;
				char        want[200];
				const char *log;

				if (next == 2)
					continue; /* a request that begins with its id cannot be
						     told from arguments */
				(void)snprintf(want, sizeof(want), "R %s\n", whole_requests[next]);
				feed_init(&f, true);
				f.check = true;
				feed_read(&f, whole_requests[i], n);
				feed_text(&f, whole_requests[next]);
				feed_text(&f, "\n");
				log = feed_taken(&f);
				if (strcmp(log, want) != 0)
					fail_msg("after '%.*s': \"%s\", expected \"%s\"", (int)n,
						 whole_requests[i], log, want);
				feed_fini(&f);
			}
		}
	}
}

/* One host whose request comes in two reads, wherever it is cut, is never taken for two. */
static void test_one_host_cut_anywhere(void **state)
{
	size_t i, n;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(whole_requests); i++) {
		for (n = 1; n < strlen(whole_requests[i]); n++) {
			struct feed f;
			char        want[200];
			const char *log;

			(void)snprintf(want, sizeof(want), "R %s\n", whole_requests[i]);
			feed_init(&f, true);
			f.check = true;
			feed_read(&f, whole_requests[i], n);
			feed_text(&f, whole_requests[i] + n);
			log = feed_taken(&f);
			if (strcmp(log, want) != 0)
				fail_msg("cut before '%s': \"%s\", expected \"%s\"",
					 whole_requests[i] + n, log, want);
			feed_fini(&f);
		}
	}
}

/* A bad message of two hosts: what the second one's read brought is looked at again from its start.
 */
static void test_retry(void **state)
{
	static const char *const halves[] = {HALF, "{\"a\":\"x\\\\", "{\"a\":-", "{\"a\":1."};
	struct feed              f;
	size_t                   i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(halves); i++) {
		feed_init(&f, true);
		f.check = true;
		feed_text(&f, halves[i]);
		assert_string_equal(feed_taken(&f), "");
		/* begins like nothing that frame_commit() knows; outside quotes the X is an error
		 */
		feed_text(&f, "{\"X\":1}");
		assert_string_equal(feed_taken(&f), "R {\"X\":1}\n");
		feed_fini(&f);
	}
	/* a syntax error, too */
	feed_init(&f, true);
	f.check = true;
	feed_text(&f, "{\"a\"");
	feed_text(&f, "{\"X\":1}}");
	assert_string_equal(feed_taken(&f), "R {\"X\":1}\nS JSON parse error, expecting value\n");
	feed_fini(&f);
}

static void test_no_retry(void **state)
{
	struct feed f;

	(void)state;
	/* lines that are not shared: the error is the client's own */
	feed_init(&f, false);
	f.check = true;
	feed_text(&f, "{\"a\":1");
	feed_text(&f, "{}");
	assert_int_equal(frame_retry(&f.frame), false);
	feed_fini(&f);

	/* the bad message is all in the last read */
	feed_init(&f, true);
	f.check = true;
	feed_text(&f, "{\"a\" 1}{}");
	assert_string_equal(feed_taken(&f), "S JSON parse error, missing : in object pair\nR {}\n");
	feed_fini(&f);

	/* the last read does not begin with a brace */
	feed_init(&f, true);
	f.check = true;
	feed_text(&f, "{\"a\" 1");
	feed_text(&f, " }{}");
	assert_string_equal(feed_taken(&f), "S JSON parse error, missing : in object pair\nR {}\n");
	feed_fini(&f);

	/* once per read: the retried bytes are bad themselves */
	feed_init(&f, true);
	f.check = true;
	feed_text(&f, "{\"a\":");
	feed_text(&f, "{1:2}}{}");
	assert_string_equal(feed_taken(&f), "S JSON parse error, key is not a string in object\n"
					    "S JSON parse error, expecting value\nR {}\n");
	feed_fini(&f);
}

/* A good request that arrives in two reads, the second beginning with a brace, is left alone. */
static void test_good_request_in_two_reads(void **state)
{
	struct feed f;

	(void)state;
	feed_init(&f, true);
	f.check = true;
	feed_text(&f, "{\"execute\":\"guest-ping\",\"arguments\":");
	f.now_ns = FRAME_STALE_NS - 1;
	feed_text(&f, "{}}");
	assert_string_equal(feed_taken(&f), "R {\"execute\":\"guest-ping\",\"arguments\":{}}\n");
	feed_fini(&f);
}

/* From a second on a half request yields to a new brace. */
static void test_stale(void **state)
{
	struct feed f;

	(void)state;
	feed_init(&f, true);
	f.check = true;
	f.now_ns = 100;
	feed_text(&f, "{\"execute\":\"guest-ping\",\"arguments\":");
	f.now_ns = 100 + FRAME_STALE_NS;
	feed_text(&f, PING);
	assert_string_equal(feed_taken(&f), "R " PING "\n");
	assert_int_equal(f.frame.lex.depth, 0);

	/* the age counts from the last read, and only a brace takes over */
	feed_text(&f, "{\"a\":");
	f.now_ns += FRAME_STALE_NS;
	feed_text(&f, " ");
	f.now_ns += FRAME_STALE_NS - 1;
	feed_text(&f, "{}}");
	assert_string_equal(feed_taken(&f), "R {\"a\":{}}\n");
	feed_text(&f, "{\"a\":");
	f.now_ns += 10 * (int64_t)FRAME_STALE_NS;
	feed_text(&f, "1}");
	assert_string_equal(feed_taken(&f), "R {\"a\":1}\n");
	feed_fini(&f);

	/* inside a skipped message, too */
	feed_init(&f, true);
	feed_repeat(&f, '[', JSON_DEPTH_MAX + 1);
	(void)feed_taken(&f);
	f.now_ns += FRAME_STALE_NS;
	feed_text(&f, "{}");
	assert_string_equal(feed_taken(&f), "R {}\n");
	feed_fini(&f);

	/* not on lines of one's own */
	feed_init(&f, false);
	feed_text(&f, "{\"a\":");
	f.now_ns = 10 * (int64_t)FRAME_STALE_NS;
	feed_text(&f, "{}}");
	assert_string_equal(feed_taken(&f), "R {\"a\":{}}\n");
	feed_fini(&f);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_nul_byte),
		cmocka_unit_test(test_random_streams),
		cmocka_unit_test(test_ff_at_every_offset),
		cmocka_unit_test(test_ff_in_random_streams),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_skipping_ends_with_ff_or_a_wrong_closer),
		cmocka_unit_test(test_token_count),
		cmocka_unit_test(test_token_size),
		cmocka_unit_test(test_long_bad_token_is_cut),
		cmocka_unit_test(test_trailing_space_is_bounded),
		cmocka_unit_test(test_space_between_tokens_is_limited),
		cmocka_unit_test(test_idle_frame_gives_memory_back),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_reset_forgets),
		cmocka_unit_test(test_take_small),
		cmocka_unit_test(test_take_without_budget),
		cmocka_unit_test(test_take_large),
		cmocka_unit_test(test_take_large_with_much_behind),
		cmocka_unit_test(test_small_after_large_is_copied),
		cmocka_unit_test(test_recycled_memfd),
		cmocka_unit_test(test_not_recycled),
		cmocka_unit_test(test_kept_memory_ages),
		cmocka_unit_test(test_kept_memory_ages_behind_small_requests),
		cmocka_unit_test(test_kept_memory_gives_way),
		cmocka_unit_test(test_hints),
		cmocka_unit_test(test_letters),
		cmocka_unit_test(test_no_hint_for_escapes_or_bytes_above_ascii),
		cmocka_unit_test(test_new_host_after_every_prefix),
		cmocka_unit_test(test_one_host_cut_anywhere),
		cmocka_unit_test(test_retry),
		cmocka_unit_test(test_no_retry),
		cmocka_unit_test(test_good_request_in_two_reads),
		cmocka_unit_test(test_stale),
	};

	seed = random_seed_of(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
