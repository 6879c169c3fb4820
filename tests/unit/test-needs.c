/* SPDX-License-Identifier: MIT */
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "policy/needs.h"
#include "proto/command.h"
#include "schema_types.h"

/* The table names every handler; none is called here, so none needs to exist. */
#define int __attribute__((weak)) int
#include "schema_handlers.h"
#undef int
#include "schema_commands.c"

#define CAP(n) (UINT64_C(1) << (n))

static struct needs needs_of(const char *allowed, size_t channel)
{
	struct policies p = {.n = 2};
	struct needs    n;

	policy_init(&p.of[0]);
	policy_init(&p.of[1]);
	policy_allow(&p.of[0], "guest-ping", NULL, NULL);
	policy_allow(&p.of[1], "guest-ping", NULL, NULL);
	policy_allow(&p.of[channel], allowed, NULL, NULL);
	needs_find(&p, &n);
	return n;
}

static void check(const char *allowed, const struct needs *wanted)
{
	size_t channel;

	for (channel = 0; channel < 2; channel++) {
		struct needs n = needs_of(allowed, channel);

		assert_int_equal(n.reading, wanted->reading);
		assert_int_equal(n.acting, wanted->acting);
		assert_int_equal(n.freezing, wanted->freezing);
		assert_int_equal(n.helpers, wanted->helpers);
		assert_int_equal(n.freezes, wanted->freezes);
		assert_int_equal(n.execs, wanted->execs);
	}
}

static void test_each(void **state)
{
	static const uint64_t freezing = CAP(CAP_SYS_ADMIN) | CAP(CAP_DAC_READ_SEARCH) |
					 CAP(CAP_IPC_LOCK) | CAP(CAP_SYS_RESOURCE);

	(void)state;
	check("guest-ping", &(struct needs){0});
	check("guest-get-fsinfo, guest-get-users",
	      &(struct needs){.reading = CAP(CAP_DAC_READ_SEARCH)});
	check("guest-get-disks, guest-set-vcpus", &(struct needs){.acting = CAP(CAP_SYS_ADMIN)});
	check("guest-set-time", &(struct needs){.acting = CAP(CAP_SYS_TIME)});
	check("guest-exec", &(struct needs){.execs = true});
	check("guest-suspend-ram", &(struct needs){.acting = CAP(CAP_KILL), .helpers = true});
	check("guest-file-write", &(struct needs){.acting = UINT64_MAX});
	check("guest-fsfreeze-freeze", &(struct needs){.freezing = freezing, .freezes = true});
}

static void test_frozen(void **state)
{
	struct needs n = needs_of("guest-ping", 0);

	(void)state;
	assert_false(needs_programs(&n));
	needs_add_freezing(&n);
	assert_true(n.freezes && needs_programs(&n));
	assert_true(n.freezing & CAP(CAP_SYS_ADMIN));
}

/* A command that may change something must not be given to a process that cannot. */
static void test_what_reads(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < n_commands; i++) {
		const struct command *c = &commands[i];
		uint32_t acts = CMD_WRITES | CMD_MACHINE | CMD_RUNS_PROGRAMS | CMD_OPENS_HANDLE |
				CMD_USES_HANDLE | CMD_CLOSES_HANDLE;

		if (c->flags & CMD_READS_ONLY) {
			assert_false(c->flags & acts);
			assert_false(c->capabilities & ~CAP(CAP_DAC_READ_SEARCH));
		} else if (!(c->flags & (acts | CMD_IN_FRONT))) {
			assert_true(c->capabilities);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each),
		cmocka_unit_test(test_frozen),
		cmocka_unit_test(test_what_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
