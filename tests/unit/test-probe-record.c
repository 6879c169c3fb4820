/* SPDX-License-Identifier: MIT */
/* The record of probes that are out: by key and process, full, with entries of the dead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys/probe.h"
#include "sys/probe_record.h"

static void holds_entries_by_key_and_process(void **state)
{
	struct probe_record *r = probe_record_new();
	int                  me = getpid();

	(void)state;
	assert_non_null(r);
	assert_int_equal(probe_record_count(r), 0);
	probe_record_add(r, 5, me);
	probe_record_add(r, 6, me);
	assert_int_equal(probe_record_count(r), 2);
	assert_true(probe_record_has(r, 5) && probe_record_has(r, 6));
	assert_false(probe_record_has(r, 7));
	probe_record_remove(r, 5, me + 1);
	assert_true(probe_record_has(r, 5));
	probe_record_remove(r, 5, me);
	assert_false(probe_record_has(r, 5));
	assert_int_equal(probe_record_count(r), 1);
	probe_record_free(r);
}

static void forgets_the_dead(void **state)
{
	struct probe_record *r = probe_record_new();
	pid_t                child = fork();
	int                  status;

	(void)state;
	if (child == 0)
		_exit(0);
	probe_record_add(r, 1, child);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(probe_record_count(r), 0);
	assert_false(probe_record_has(r, 1));
	probe_record_free(r);
}

static void is_bounded(void **state)
{
	struct probe_record *r = probe_record_new();
	uint64_t             key;

	(void)state;
	for (key = 1; key <= PROBE_OUT_MAX + 5; key++)
		probe_record_add(r, key, getpid());
	assert_int_equal(probe_record_count(r), PROBE_OUT_MAX);
	assert_true(probe_record_has(r, PROBE_OUT_MAX));
	assert_false(probe_record_has(r, PROBE_OUT_MAX + 1));
	probe_record_remove(r, 3, getpid());
	probe_record_add(r, 1000, getpid());
	assert_true(probe_record_has(r, 1000));
	probe_record_free(r);
}

static void is_shared_with_children(void **state)
{
	struct probe_record *r = probe_record_new();
	pid_t                child;
	int                  status;

	(void)state;
	probe_record_add(r, 9, getpid());
	child = fork();
	if (child == 0) {
		probe_record_remove(r, 9, getppid());
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_false(probe_record_has(r, 9));
	probe_record_free(r);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_entries_by_key_and_process),
		cmocka_unit_test(forgets_the_dead),
		cmocka_unit_test(is_bounded),
		cmocka_unit_test(is_shared_with_children),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
