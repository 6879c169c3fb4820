/* SPDX-License-Identifier: MIT */
/*
 * behaviour.md 1.8, with a command table of our own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/envelope.h"
#include "sample.h"

const struct command commands[] = {
	{.name = "guest-info"},
	{.name = "guest-ping"},
};
const size_t n_commands = ARRAY_SIZE(commands);

struct parsed {
	struct sample   s;
	struct envelope env;
	struct err      err;
	int             rc;
};

static void parse(struct parsed *p, const char *text)
{
	(void)sample_str(&p->s, text);
	err_init(&p->err);
	if (json_check(&p->s.text, &p->err) < 0)
		fail_msg("%s: %s", text, p->err.text);
	memset(&p->env, 0xA5, sizeof(p->env));
	p->rc = envelope_parse(&p->s.text, &p->env, &p->err);
	assert_string_equal(p->s.bytes, text);
}

/* Raw text of a member, "" when absent. */
static const char *raw(const struct json *j)
{
	static char text[256];

	text[0] = '\0';
	if (j->p)
		(void)snprintf(text, sizeof(text), "%.*s", (int)(json_value_end(j) - j->p), j->p);
	return text;
}

static void accepted(const char *text, const char *name, const char *arguments, const char *id)
{
	struct parsed p;

	parse(&p, text);
	if (p.rc < 0)
		fail_msg("%s: %s", text, p.err.text);
	assert_int_equal(p.err.set, false);
	assert_string_equal(p.env.command->name, name);
	assert_string_equal(raw(&p.env.arguments), arguments);
	assert_string_equal(raw(&p.env.id), id);
	sample_close(&p.s);
}

static void refused(const char *text, enum err_class class, const char *want, const char *id)
{
	struct parsed p;

	parse(&p, text);
	if (p.rc == 0)
		fail_msg("%s: accepted", text);
	assert_string_equal(p.err.text, want);
	assert_int_equal(p.err.class, class);
	assert_string_equal(raw(&p.env.id), id);
	sample_close(&p.s);
}

static void test_accepted(void **state)
{
	(void)state;
	accepted("{\"execute\":\"guest-ping\"}", "guest-ping", "", "");
	accepted(" { 'execute' : 'guest-info' , 'id' : null } ", "guest-info", "", "null");
	accepted("{\"arguments\":{\"a\":[1]},\"id\":{\"x\":[]},\"execute\":\"guest-ping\"}",
		 "guest-ping", "{\"a\":[1]}", "{\"x\":[]}");
	accepted("{\"\\u0065xecute\":\"guest\\u002dping\",\"\\u0069d\":\"\\u0041\"}", "guest-ping",
		 "", "\"\\u0041\"");
	accepted("{\"execute\":\"guest-ping\",\"arguments\":{}}", "guest-ping", "{}", "");
}

static void test_not_an_object(void **state)
{
	static const char *const texts[] = {
		"[]", "1", "null", "\"abc\"", "[{\"execute\":\"guest-ping\"}]", "true"};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		refused(texts[i], ERR_GENERIC, "QMP input must be a JSON object", "");
}

static void test_members(void **state)
{
	(void)state;
	refused("{}", ERR_GENERIC, "QMP input lacks member 'execute'", "");
	refused("{\"id\":5}", ERR_GENERIC, "QMP input lacks member 'execute'", "5");
	refused("{\"arguments\":{},\"id\":[]}", ERR_GENERIC, "QMP input lacks member 'execute'",
		"[]");
	refused("{\"execute\":1}", ERR_GENERIC, "QMP input member 'execute' must be a string", "");
	refused("{\"execute\":null,\"id\":1}", ERR_GENERIC,
		"QMP input member 'execute' must be a string", "1");
	refused("{\"execute\":\"guest-ping\",\"arguments\":[]}", ERR_GENERIC,
		"QMP input member 'arguments' must be an object", "");
	refused("{\"execute\":\"guest-ping\",\"arguments\":null}", ERR_GENERIC,
		"QMP input member 'arguments' must be an object", "");
	refused("{\"execute\":\"guest-ping\",\"foo\":1}", ERR_GENERIC,
		"QMP input member 'foo' is unexpected", "");
	refused("{\"exec-oob\":\"guest-ping\"}", ERR_GENERIC,
		"QMP input member 'exec-oob' is unexpected", "");
	refused("{\"Execute\":\"guest-ping\"}", ERR_GENERIC,
		"QMP input member 'Execute' is unexpected", "");
	refused("{\"execute\":\"guest-ping\",\"f\\u00e9\\n\":1}", ERR_GENERIC,
		"QMP input member 'f\xC3\xA9\n' is unexpected", "");
	refused("{\"\":1}", ERR_GENERIC, "QMP input member '' is unexpected", "");
}

/* A wrong member comes before an unknown command; the id is found wherever it stands. */
static void test_order(void **state)
{
	(void)state;
	refused("{\"execute\":\"no-such\",\"arguments\":1,\"id\":7}", ERR_GENERIC,
		"QMP input member 'arguments' must be an object", "7");
	refused("{\"execute\":\"no-such\",\"foo\":1,\"id\":7}", ERR_GENERIC,
		"QMP input member 'foo' is unexpected", "7");
	refused("{\"foo\":1,\"bar\":2,\"id\":7}", ERR_GENERIC,
		"QMP input member 'foo' is unexpected", "7");
	refused("{\"execute\":1,\"arguments\":1,\"id\":7}", ERR_GENERIC,
		"QMP input member 'execute' must be a string", "7");
	refused("{\"arguments\":1,\"execute\":1,\"id\":7}", ERR_GENERIC,
		"QMP input member 'arguments' must be an object", "7");
}

static void test_unknown_command(void **state)
{
	static const struct {
		const char *execute;
		const char *shown;
	} rows[] = {
		{"no-such", "no-such"},
		{"", ""},
		{"guest-pin", "guest-pin"},
		{"guest-pingx", "guest-pingx"},
		{"Guest-ping", "Guest-ping"},
		{"guest-ping\\u0000", "guest-ping\xC0\x80"},
		{"guest-ping\xC0\x80", "guest-ping\xC0\x80"},
		{"\\u00e9", "\xC3\xA9"},
		{"guest-ping\\u0001", "guest-ping\x01"},
	};
	char   text[200], want[200];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		(void)snprintf(text, sizeof(text), "{\"execute\":\"%s\",\"id\":1}",
			       rows[i].execute);
		(void)snprintf(want, sizeof(want), "The command %s has not been found",
			       rows[i].shown);
		refused(text, ERR_COMMAND_NOT_FOUND, want, "1");
	}
}

/* Long names: found nowhere, shown as far as the error text goes. */
static void test_long_names(void **state)
{
	static const size_t lengths[] = {90, 94, 95, 96, 97, 200, 8000, 9000, 20000};
	size_t              i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		char         *text = sample_memory(lengths[i] + 100);
		size_t        n = (size_t)sprintf(text, "{\"execute\":\"");
		struct parsed p;

		memset(text + n, 'x', lengths[i]);
		strcpy(text + n + lengths[i], "\"}");
		parse(&p, text);
		assert_int_equal(p.rc, -1);
		assert_int_equal(p.err.class, ERR_COMMAND_NOT_FOUND);
		assert_memory_equal(p.err.text, "The command xxx", 15);
		if (lengths[i] < 8900)
			assert_int_equal(strlen(p.err.text),
					 lengths[i] + strlen("The command  has not been found"));
		sample_close(&p.s);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),        cmocka_unit_test(test_not_an_object),
		cmocka_unit_test(test_members),         cmocka_unit_test(test_order),
		cmocka_unit_test(test_unknown_command), cmocka_unit_test(test_long_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
