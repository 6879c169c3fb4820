/* SPDX-License-Identifier: MIT */
/*
 * The decoder runtime, through the generated decoder of __org.virtagent_test-types where that has
 * the type, directly where it has not. Texts are those of behaviour.md section 2 and decisions.md
 * row 6.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/err.h"
#include "json/reader.h"
#include "proto/decode.h"
#include "schema_decode.h"
#include "schema_names.h"
#include "schema_types.h"

#define ARENA_CAP ((size_t)64 << 20)

/* One decoded text and all it points into. */
struct run {
	char                          *bytes;
	struct json_text               text;
	struct json                    args;
	struct arena                   arena;
	struct err                     err;
	struct virtagent_test_types_in in;
	int                            rc;
};

static void run_open(struct run *r, const char *bytes, size_t len, size_t cap)
{
	r->bytes = malloc(len + 1);
	assert_non_null(r->bytes);
	memcpy(r->bytes, bytes, len);
	r->bytes[len] = '\0';
	r->text = (struct json_text){.start = r->bytes, .end = r->bytes + len};
	r->args = json_root(&r->text);
	arena_init(&r->arena, cap);
	err_init(&r->err);
	memset(&r->in, 0xA5, sizeof(r->in));
}

static void run_close(struct run *r)
{
	arena_fini(&r->arena);
	free(r->bytes);
}

/* A text that json_check() accepts, decoded as arguments of test-types. */
static void decode_types(struct run *r, const char *text, size_t cap)
{
	run_open(r, text, strlen(text), cap);
	if (json_check(&r->text, &r->err) < 0)
		fail_msg("%s: %s", text, r->err.text);
	r->rc = decode_virtagent_test_types(&r->args, &r->arena, &r->in, &r->err);
}

static void accepted(struct run *r, const char *text)
{
	decode_types(r, text, ARENA_CAP);
	if (r->rc < 0)
		fail_msg("%s: %s", text, r->err.text);
	assert_false(r->err.set);
}

static void refused(const char *text, const char *want)
{
	struct run r;

	decode_types(&r, text, ARENA_CAP);
	if (r.rc == 0)
		fail_msg("%s: accepted", text);
	assert_true(r.err.set);
	assert_int_equal(r.err.class, ERR_GENERIC);
	if (strcmp(r.err.text, want) != 0)
		fail_msg("%s: '%s', expected '%s'", text, r.err.text, want);
	run_close(&r);
}

static void test_all_members(void **state)
{
	struct run r;

	(void)state;
	accepted(&r, "{\"s\": \"x\\u00e9\", \"i\": -5, \"u64\": 18446744073709551615, \"b\": true, "
		     "\"n\": 1.5, "
		     "\"l\": [\"a\", 'b\\'', \"\"], \"o\": {\"y\": [{\"z\": \"p\"}, {\"z\": "
		     "\"q\\n\"}], \"x\": 7}, "
		     "\"e\": \"two\", \"w\": \"end\"}");
	assert_string_equal(r.in.s, "x\xc3\xa9");
	assert_int_equal(r.in.i, -5);
	assert_true(r.in.has_u64 && r.in.u64 == UINT64_MAX);
	assert_true(r.in.has_b && r.in.b);
	assert_true(r.in.has_n && r.in.n == 1.5);
	assert_true(r.in.has_l);
	assert_int_equal(r.in.l.n, 3);
	assert_string_equal(r.in.l.items[0], "a");
	assert_string_equal(r.in.l.items[1], "b'");
	assert_string_equal(r.in.l.items[2], "");
	assert_true(r.in.has_o && r.in.o.has_y);
	assert_int_equal(r.in.o.x, 7);
	assert_int_equal(r.in.o.y.n, 2);
	assert_string_equal(r.in.o.y.items[0].z, "p");
	assert_string_equal(r.in.o.y.items[1].z, "q\n");
	assert_true(r.in.has_e);
	assert_int_equal(r.in.e, TEST_ENUM_TWO);
	assert_true(r.in.has_w);
	assert_int_equal(r.in.w.kind, TEST_WHENCE_KIND_NAME);
	assert_int_equal(r.in.w.u.name, TEST_WHENCE_NAME_END);
	run_close(&r);
}

static void test_absent_members(void **state)
{
	struct run r;

	(void)state;
	accepted(&r, "{'i': 0, 's': ''}");
	assert_string_equal(r.in.s, "");
	assert_false(r.in.has_u64 || r.in.has_b || r.in.has_n || r.in.has_l || r.in.has_o ||
		     r.in.has_e || r.in.has_w);
	run_close(&r);

	accepted(&r, "{'s': 'x', 'i': 1, 'l': [], 'o': {'x': 1, 'y': []}}");
	assert_true(r.in.has_l && r.in.l.n == 0 && r.in.o.has_y && r.in.o.y.n == 0);
	run_close(&r);

	accepted(&r, "{'s': 'x', 'i': 1, 'o': {'x': 1}}");
	assert_true(r.in.has_o);
	assert_false(r.in.o.has_y);
	run_close(&r);
}

static void test_keys_are_decoded(void **state)
{
	struct run r;

	(void)state;
	accepted(&r, "{\"\\u0073\": \"x\", '\\u0069': 3}");
	assert_string_equal(r.in.s, "x");
	assert_int_equal(r.in.i, 3);
	run_close(&r);
}

static void test_missing(void **state)
{
	(void)state;
	refused("{}", "Parameter 's' is missing");
	refused("{'i': 1}", "Parameter 's' is missing");
	refused("{'s': ''}", "Parameter 'i' is missing");
	refused("{'s': '', 'i': 1, 'o': {}}", "Parameter 'o.x' is missing");
	refused("{'s': '', 'i': 1, 'o': {'x': 1, 'y': [{'z': ''}, {}]}}",
		"Parameter 'o.y[1].z' is missing");
	/* declared order, not that of the text; missing comes before unexpected */
	refused("{'i': 'x', 'zz': 1}", "Parameter 's' is missing");
}

static void test_arguments_absent(void **state)
{
	static const struct json absent;
	struct run               r;
	struct guest_sync_in     in;

	(void)state;
	run_open(&r, "", 0, ARENA_CAP);
	assert_int_equal(decode_guest_sync(&absent, &r.arena, &in, &r.err), -1);
	assert_string_equal(r.err.text, "Parameter 'id' is missing");
	run_close(&r);

	run_open(&r, "", 0, ARENA_CAP);
	assert_int_equal(decode_nothing(&absent, &r.arena, NULL, &r.err), 0);
	run_close(&r);
}

static void test_no_arguments(void **state)
{
	struct run r;

	(void)state;
	run_open(&r, " {} ", 4, ARENA_CAP);
	assert_int_equal(decode_nothing(&r.args, &r.arena, NULL, &r.err), 0);
	run_close(&r);

	run_open(&r, "{'a': 1, 'b': 2}", 16, ARENA_CAP);
	assert_int_equal(decode_nothing(&r.args, &r.arena, NULL, &r.err), -1);
	assert_string_equal(r.err.text, "Parameter 'a' is unexpected");
	run_close(&r);

	run_open(&r, "[]", 2, ARENA_CAP);
	assert_int_equal(decode_nothing(&r.args, &r.arena, NULL, &r.err), -1);
	assert_string_equal(r.err.text, "QMP input member 'arguments' must be an object");
	run_close(&r);
}

static void test_unexpected(void **state)
{
	(void)state;
	refused("{'s': '', 'i': 1, 'y': 3}", "Parameter 'y' is unexpected");
	refused("{'q': 1, 's': '', 'p': 2, 'i': 1}", "Parameter 'q' is unexpected");
	refused("{'S': 1, 's': '', 'i': 1}", "Parameter 'S' is unexpected");
	refused("{'s': '', 'i': 1, '': 3}", "Parameter '' is unexpected");
	refused("{'s': '', 'i': 1, 's ': 3}", "Parameter 's ' is unexpected");
	refused("{'s': '', 'i': 1, '\\u00e9\\n': 3}", "Parameter '\xc3\xa9\n' is unexpected");
	refused("{'s': '', 'i': 1, '\\u0000': 3}", "Parameter '\xc0\x80' is unexpected");
	refused("{'s': '', 'i': 1, 'o': {'x': 1, 'q': 2}}", "Parameter 'o.q' is unexpected");
	refused("{'s': '', 'i': 1, 'o': {'x': 1, '': 2}}", "Parameter 'o.' is unexpected");
	refused("{'s': '', 'i': 1, 'o': {'x': 1, '[0]': 2}}", "Parameter 'o.[0]' is unexpected");
	refused("{'s': '', 'i': 1, 'o': {'x': 1, 'y': [{'a': 1, 'z': 'b'}]}}",
		"Parameter 'o.y[0].a' is unexpected");
	/* only after all declared members were fine */
	refused("{'q': 1, 's': '', 'i': 1, 'w': true}",
		"Invalid parameter type for 'w', expected: TestWhence");
}

static void test_unexpected_long_name(void **state)
{
	char       key[20000];
	char       text[sizeof(key) + 64];
	struct run r;

	(void)state;
	memset(key, 'k', sizeof(key) - 1);
	key[sizeof(key) - 1] = '\0';
	(void)snprintf(text, sizeof(text), "{'s': '', 'i': 1, '%s': 1}", key);
	decode_types(&r, text, ARENA_CAP);
	assert_int_equal(r.rc, -1);
	assert_int_equal(strlen(r.err.text), ERR_TEXT_MAX);
	assert_memory_equal(r.err.text, "Parameter 'kkkk", 15);
	run_close(&r);
}

static void test_string(void **state)
{
	(void)state;
	refused("{'s': 1, 'i': 1}", "Invalid parameter type for 's', expected: string");
	refused("{'s': null, 'i': 1}", "Invalid parameter type for 's', expected: string");
	refused("{'s': ['a'], 'i': 1}", "Invalid parameter type for 's', expected: string");
	refused("{'s': {}, 'i': 1}", "Invalid parameter type for 's', expected: string");
	refused("{'s': true, 'i': 1}", "Invalid parameter type for 's', expected: string");
	refused("{'s': '', 'i': 1, 'l': ['a', 2]}",
		"Invalid parameter type for 'l[1]', expected: string");
	refused("{'s': '', 'i': 1, 'o': {'x': 1, 'y': [{'z': 'a'}, {'z': false}]}}",
		"Invalid parameter type for 'o.y[1].z', expected: string");
}

static void test_string_with_nul(void **state)
{
	(void)state;
	refused("{'s': 'a\\u0000b', 'i': 1}", "Parameter 's' contains a NUL character");
	refused("{'s': 'a\xc0\x80', 'i': 1}", "Parameter 's' contains a NUL character");
	refused("{'s': '', 'i': 1, 'l': ['a', '\\u0000']}",
		"Parameter 'l[1]' contains a NUL character");
	refused("{'s': '', 'i': 1, 'o': {'x': 1, 'y': [{'z': '\\u0000'}]}}",
		"Parameter 'o.y[0].z' contains a NUL character");
}

static void test_int(void **state)
{
	static const char *const bad[] = {"'1'",
					  "1.0",
					  "1e3",
					  "null",
					  "true",
					  "[]",
					  "9223372036854775808",
					  "18446744073709551615",
					  "-9223372036854775809",
					  "1e400"};
	char                     text[100];
	struct run               r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad) - 1; i++) {
		(void)snprintf(text, sizeof(text), "{'s': '', 'i': %s}", bad[i]);
		refused(text, "Invalid parameter type for 'i', expected: integer");
	}
	accepted(&r, "{'s': '', 'i': 9223372036854775807}");
	assert_true(r.in.i == INT64_MAX);
	run_close(&r);
	accepted(&r, "{'s': '', 'i': -9223372036854775808}");
	assert_true(r.in.i == INT64_MIN);
	run_close(&r);
	accepted(&r, "{'s': '', 'i': -0}");
	assert_int_equal(r.in.i, 0);
	run_close(&r);
}

static void test_uint64(void **state)
{
	static const char *const bad[] = {"'1'",
					  "1.0",
					  "1e3",
					  "null",
					  "true",
					  "[]",
					  "{}",
					  "18446744073709551616",
					  "-9223372036854775809"};
	char                     text[100];
	struct run               r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		(void)snprintf(text, sizeof(text), "{'s': '', 'i': 1, 'u64': %s}", bad[i]);
		refused(text, "Parameter 'u64' expects uint64");
	}
	accepted(&r, "{'s': '', 'i': 1, 'u64': -1}");
	assert_true(r.in.u64 == UINT64_MAX);
	run_close(&r);
	accepted(&r, "{'s': '', 'i': 1, 'u64': 9223372036854775808}");
	assert_true(r.in.u64 == (uint64_t)INT64_MAX + 1);
	run_close(&r);
}

static void test_bool_and_number(void **state)
{
	struct run r;

	(void)state;
	refused("{'s': '', 'i': 1, 'b': 1}", "Invalid parameter type for 'b', expected: boolean");
	refused("{'s': '', 'i': 1, 'b': 'true'}",
		"Invalid parameter type for 'b', expected: boolean");
	refused("{'s': '', 'i': 1, 'b': null}",
		"Invalid parameter type for 'b', expected: boolean");
	refused("{'s': '', 'i': 1, 'n': '1'}", "Invalid parameter type for 'n', expected: number");
	refused("{'s': '', 'i': 1, 'n': false}",
		"Invalid parameter type for 'n', expected: number");
	accepted(&r, "{'s': '', 'i': 1, 'b': false, 'n': -3}");
	assert_true(r.in.has_b && !r.in.b && r.in.n == -3.0);
	run_close(&r);
	accepted(&r, "{'s': '', 'i': 1, 'n': 18446744073709551615}");
	assert_true(r.in.n == 18446744073709551615.0);
	run_close(&r);
	accepted(&r, "{'s': '', 'i': 1, 'n': 25e-1}");
	assert_true(r.in.n == 2.5);
	run_close(&r);
}

static void test_containers(void **state)
{
	(void)state;
	refused("{'s': '', 'i': 1, 'l': 'x'}", "Invalid parameter type for 'l', expected: array");
	refused("{'s': '', 'i': 1, 'l': {}}", "Invalid parameter type for 'l', expected: array");
	refused("{'s': '', 'i': 1, 'l': null}", "Invalid parameter type for 'l', expected: array");
	refused("{'s': '', 'i': 1, 'o': []}", "Invalid parameter type for 'o', expected: object");
	refused("{'s': '', 'i': 1, 'o': null}", "Invalid parameter type for 'o', expected: object");
	refused("{'s': '', 'i': 1, 'o': {'x': 1, 'y': [{'z': ''}, 4]}}",
		"Invalid parameter type for 'o.y[1]', expected: object");
	refused("{'s': '', 'i': 1, 'o': {'x': 1, 'y': 4}}",
		"Invalid parameter type for 'o.y', expected: array");
}

static void test_enum(void **state)
{
	(void)state;
	refused("{'s': '', 'i': 1, 'e': 'four'}", "Parameter 'e' does not accept value 'four'");
	refused("{'s': '', 'i': 1, 'e': 'ONE'}", "Parameter 'e' does not accept value 'ONE'");
	refused("{'s': '', 'i': 1, 'e': 'on'}", "Parameter 'e' does not accept value 'on'");
	refused("{'s': '', 'i': 1, 'e': 'ones'}", "Parameter 'e' does not accept value 'ones'");
	refused("{'s': '', 'i': 1, 'e': ''}", "Parameter 'e' does not accept value ''");
	refused("{'s': '', 'i': 1, 'e': 'one\\u0000'}",
		"Parameter 'e' does not accept value 'one\xc0\x80'");
	refused("{'s': '', 'i': 1, 'e': 0}", "Invalid parameter type for 'e', expected: string");
	refused("{'s': '', 'i': 1, 'e': null}", "Invalid parameter type for 'e', expected: string");
}

static void test_enum_names_last_part_only(void **state)
{
	struct run       r;
	struct decode    d;
	struct decode_at root, outer, list, item, member;

	(void)state;
	run_open(&r, "'x'", 3, ARENA_CAP);
	d = (struct decode){.arena = &r.arena, .err = &r.err};
	root = (struct decode_at){.d = &d};
	outer = (struct decode_at){.d = &d, .up = &root, .name = "outer"};
	list = (struct decode_at){.d = &d, .up = &outer, .name = "list"};
	item = (struct decode_at){.d = &d, .up = &list, .index = 3, .value = r.args};
	member = (struct decode_at){.d = &d, .up = &item, .name = "member", .value = r.args};
	assert_int_equal(decode_enum(&member, test_enum_names, TEST_ENUM_COUNT), -1);
	assert_string_equal(r.err.text, "Parameter 'member' does not accept value 'x'");
	err_init(&r.err);
	assert_int_equal(decode_enum(&item, test_enum_names, TEST_ENUM_COUNT), -1);
	assert_string_equal(r.err.text, "Parameter 'list[3]' does not accept value 'x'");
	err_init(&r.err);
	assert_int_equal(decode_mismatch(&member, "y"), -1);
	assert_string_equal(r.err.text,
			    "Invalid parameter type for 'outer.list[3].member', expected: y");
	run_close(&r);
}

static void test_alternate(void **state)
{
	struct run r;

	(void)state;
	refused("{'s': '', 'i': 1, 'w': true}",
		"Invalid parameter type for 'w', expected: TestWhence");
	refused("{'s': '', 'i': 1, 'w': null}",
		"Invalid parameter type for 'w', expected: TestWhence");
	refused("{'s': '', 'i': 1, 'w': []}",
		"Invalid parameter type for 'w', expected: TestWhence");
	refused("{'s': '', 'i': 1, 'w': 1.5}", "Invalid parameter type for 'w', expected: integer");
	refused("{'s': '', 'i': 1, 'w': 'SET'}", "Parameter 'w' does not accept value 'SET'");
	accepted(&r, "{'s': '', 'i': 1, 'w': 2}");
	assert_int_equal(r.in.w.kind, TEST_WHENCE_KIND_VALUE);
	assert_int_equal(r.in.w.u.value, 2);
	run_close(&r);
}

/* Puts one value at member x and calls a primitive of the runtime. */
#define NARROW(fn, type, literal, ok, want, error)                                                 \
	do {                                                                                       \
		struct run       r_;                                                               \
		struct decode    d_;                                                               \
		struct decode_at root_, at_;                                                       \
		type             value_ = 0;                                                       \
		int              rc_;                                                              \
                                                                                                   \
		run_open(&r_, literal, strlen(literal), ARENA_CAP);                                \
		d_ = (struct decode){.arena = &r_.arena, .err = &r_.err};                          \
		root_ = (struct decode_at){.d = &d_};                                              \
		at_ = (struct decode_at){.d = &d_, .up = &root_, .name = "x", .value = r_.args};   \
		rc_ = fn(&at_, &value_);                                                           \
		assert_int_equal(rc_, (ok) ? 0 : -1);                                              \
		assert_string_equal(r_.err.text, error);                                           \
		assert_true(!(ok) || value_ == (want));                                            \
		run_close(&r_);                                                                    \
	} while (0)

static void test_narrow_integers(void **state)
{
	(void)state;
	NARROW(decode_int8, int8_t, "-128", true, INT8_MIN, "");
	NARROW(decode_int8, int8_t, "128", false, 0, "Parameter 'x' expects int8_t");
	NARROW(decode_int8, int8_t, "1.0", false, 0,
	       "Invalid parameter type for 'x', expected: integer");
	NARROW(decode_int16, int16_t, "32767", true, INT16_MAX, "");
	NARROW(decode_int16, int16_t, "-32769", false, 0, "Parameter 'x' expects int16_t");
	NARROW(decode_int32, int32_t, "-2147483648", true, INT32_MIN, "");
	NARROW(decode_int32, int32_t, "2147483648", false, 0, "Parameter 'x' expects int32_t");
	NARROW(decode_int64, int64_t, "-9223372036854775808", true, INT64_MIN, "");
	NARROW(decode_uint8, uint8_t, "255", true, UINT8_MAX, "");
	NARROW(decode_uint8, uint8_t, "256", false, 0, "Parameter 'x' expects uint8_t");
	NARROW(decode_uint8, uint8_t, "-1", false, 0, "Parameter 'x' expects uint8_t");
	NARROW(decode_uint16, uint16_t, "65536", false, 0, "Parameter 'x' expects uint16_t");
	NARROW(decode_uint16, uint16_t, "65535", true, UINT16_MAX, "");
	NARROW(decode_uint32, uint32_t, "4294967295", true, UINT32_MAX, "");
	NARROW(decode_uint32, uint32_t, "'1'", false, 0, "Parameter 'x' expects uint64");
	NARROW(decode_size, uint64_t, "18446744073709551615", true, UINT64_MAX, "");
}

static void test_bytes_may_hold_nul(void **state)
{
	struct run       r;
	struct decode    d;
	struct decode_at root, at;
	struct bytes     bytes;

	(void)state;
	run_open(&r, "'YWJj\\n\\u0000'", 14, ARENA_CAP);
	d = (struct decode){.arena = &r.arena, .err = &r.err};
	root = (struct decode_at){.d = &d};
	at = (struct decode_at){.d = &d, .up = &root, .name = "x", .value = r.args};
	assert_int_equal(decode_bytes(&at, &bytes), 0);
	assert_int_equal(bytes.len, 7);
	assert_memory_equal(bytes.data, "YWJj\n\xc0\x80", 8);
	at.value.p = NULL;
	assert_int_equal(decode_bytes(&at, &bytes), -1);
	assert_string_equal(r.err.text, "Parameter 'x' is missing");
	run_close(&r);
}

#define MANY 300000

/* {'s': '', 'i': 1, 'l': ['a', 'a', …]} */
static char *many_strings(void)
{
	static const char head[] = "{'s': '', 'i': 1, 'l': ['a'";
	char             *text = malloc(sizeof(head) + MANY * 4 + 3);
	char             *p = text;

	assert_non_null(text);
	p = stpcpy(p, head);
	for (int i = 1; i < MANY; i++)
		p = stpcpy(p, ",'a'");
	(void)strcpy(p, "]}"); /* there is room */
	return text;
}

static void test_long_list(void **state)
{
	char      *text = many_strings();
	struct run r;

	(void)state;
	accepted(&r, text);
	assert_int_equal(r.in.l.n, MANY);
	assert_string_equal(r.in.l.items[MANY - 1], "a");
	run_close(&r);
	free(text);
}

static void test_no_memory(void **state)
{
	char      *text = many_strings();
	struct run r;

	(void)state;
	decode_types(&r, text, 100000);
	assert_int_equal(r.rc, -1);
	assert_string_equal(r.err.text, "not enough memory for the arguments (limit 100000 bytes)");
	run_close(&r);
	free(text);
}

/* Unchecked bytes may give nonsense, never a wild access: this test is for the sanitizers. */
static void test_unchecked_text(void **state)
{
	static const char good[] = "{\"s\": \"x\\u00e9\", 'i': -5, \"u64\": 18446744073709551615, "
				   "\"b\": true, \"n\": 1.5,"
				   "\"l\": [\"a\", 'b\\'', \"\"], \"o\": {\"y\": [{\"z\": \"p\"}, "
				   "{\"z\": \"q\"}], \"x\": 7}, "
				   "\"e\": \"two\", \"w\": \"end\"}";
	static const char spoil[] = "{}[]:,\"'\\u0 \xc0\xff\n-";

	(void)state;
	for (size_t cut = 0; cut < sizeof(good); cut++) {
		for (size_t s = 0; s < sizeof(spoil); s++) {
			char       bytes[sizeof(good)];
			struct run r;

			memcpy(bytes, good, sizeof(good));
			bytes[cut ? cut - 1 : 0] = spoil[s];
			run_open(&r, bytes, s ? sizeof(good) - 1 : cut, ARENA_CAP);
			(void)decode_virtagent_test_types(&r.args, &r.arena, &r.in, &r.err);
			run_close(&r);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_members),
		cmocka_unit_test(test_absent_members),
		cmocka_unit_test(test_keys_are_decoded),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_arguments_absent),
		cmocka_unit_test(test_no_arguments),
		cmocka_unit_test(test_unexpected),
		cmocka_unit_test(test_unexpected_long_name),
		cmocka_unit_test(test_string),
		cmocka_unit_test(test_string_with_nul),
		cmocka_unit_test(test_int),
		cmocka_unit_test(test_uint64),
		cmocka_unit_test(test_bool_and_number),
		cmocka_unit_test(test_containers),
		cmocka_unit_test(test_enum),
		cmocka_unit_test(test_enum_names_last_part_only),
		cmocka_unit_test(test_alternate),
		cmocka_unit_test(test_narrow_integers),
		cmocka_unit_test(test_bytes_may_hold_nul),
		cmocka_unit_test(test_long_list),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_unchecked_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
