/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/mman.h>

#include "ipc/program.h"

static char        a[] = "/bin/x", b[] = "", c[] = "two words", e1[] = "A=1", e2[] = "no sign";
static char *const argv[] = {a, b, c};
static char *const env[] = {e1, e2};

static void pack_and_unpack(const struct program *in, struct program *out)
{
	struct err err;
	int        fd;

	err_init(&err);
	fd = program_pack(in, &err);
	assert_true(fd >= 0);
	assert_int_equal(program_unpack(fd, out), 0);
	(void)close(fd);
}

static void release(struct program *p)
{
	free((void *)(uintptr_t)p->argv);
	free((void *)(uintptr_t)p->env);
}

static void test_everything(void **state)
{
	struct program in = {.argv = argv, .argc = 3, .env = env, .n_env = 2, .has_env = true}, out;

	(void)state;
	pack_and_unpack(&in, &out);
	assert_int_equal(out.argc, 3);
	assert_string_equal(out.argv[0], a);
	assert_string_equal(out.argv[1], b);
	assert_string_equal(out.argv[2], c);
	assert_null(out.argv[3]);
	assert_string_equal(out.env[0], e1);
	assert_string_equal(out.env[1], e2);
	assert_null(out.env[2]);
	release(&out);
}

static void test_no_environment_is_not_an_empty_one(void **state)
{
	struct program in = {.argv = argv, .argc = 1}, out;

	(void)state;
	pack_and_unpack(&in, &out);
	assert_null(out.env);
	release(&out);
	in.has_env = true;
	pack_and_unpack(&in, &out);
	assert_non_null(out.env);
	assert_null(out.env[0]);
	release(&out);
}

static void test_damaged(void **state)
{
	struct program out;
	uint64_t       head[3] = {5, 0, 0};
	int            fd = memfd_create("test", MFD_CLOEXEC);

	(void)state;
	assert_int_equal(program_unpack(fd, &out), EINVAL);
	assert_int_equal(write(fd, head, sizeof(head)), sizeof(head));
	assert_int_equal(write(fd, "abc", 4), 4);
	assert_int_not_equal(program_unpack(fd, &out), 0);
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_no_environment_is_not_an_empty_one),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
