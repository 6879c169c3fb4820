/* SPDX-License-Identifier: MIT */
/* Which filesystems a freeze takes: all, those of a list, not those that are excluded. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/buf.h"
#include "sys/freeze_plan.h"
#include "sys/hooks.h"
#include "sys/root.h"

static const char table[] = "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
			    "21 20 8:2 / /home rw - xfs /dev/sda2 rw\n"
			    "22 20 0:30 / /tmp rw - tmpfs t rw\n"
			    "23 20 8:1 /srv /exports rw - ext4 /dev/sda1 rw\n"
			    "24 20 253:0 / /data/one rw - xfs /dev/mapper/vg-one rw\n"
			    "25 20 8:2 / /again\\040here rw - xfs /dev/sda2 rw\n";

static char            top[64];
static struct sys_root root;

static void put(const char *path, const char *text, mode_t mode)
{
	char           whole[512];
	auto_close int fd = -1;

	(void)snprintf(whole, sizeof(whole), "mkdir -p $(dirname %s%s)", top, path);
	assert_int_equal(system(whole), 0);
	(void)snprintf(whole, sizeof(whole), "%s%s", top, path);
	fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
}

static int fresh(void **state)
{
	struct err err;

	(void)state;
	(void)snprintf(top, sizeof(top), "/tmp/virtagent-plan-XXXXXX");
	assert_non_null(mkdtemp(top));
	put("/proc/self/mountinfo", table, 0644);
	err_init(&err);
	return root_init(&root, top, top, &err);
}

static int drop(void **state)
{
	char command[128];

	(void)state;
	root_fini(&root);
	(void)snprintf(command, sizeof(command), "rm -rf %s", top);
	return system(command);
}

/* The names of the targets; the excluded ones in brackets. */
static void expect(const struct freeze_choice *choice, const char *names)
{
	struct freeze_plan plan;
	struct arena       arena;
	struct err         err;
	char               text[512] = "";
	size_t             i;

	arena_init(&arena, (size_t)1 << 20);
	err_init(&err);
	assert_int_equal(freeze_plan_read(&root, choice, &arena, &plan, &err), 0);
	for (i = 0; i < plan.n; i++) {
		const struct freeze_target *t = &plan.targets[i];
		size_t                      n = strlen(text);

		(void)snprintf(text + n, sizeof(text) - n, "%s%s%s%s", n ? "|" : "",
			       t->excluded ? "(" : "", t->point, t->excluded ? ")" : "");
	}
	assert_string_equal(text, names);
	arena_fini(&arena);
}

static void expect_list(const char *const *points, size_t n, const char *names)
{
	struct freeze_choice choice = {.points = points, .n_points = n};

	expect(&choice, names);
}

static void expect_excluding(const char *pattern, const char *names)
{
	struct freeze_choice choice = {.all = true, .excludes = &pattern, .n_excludes = 1};

	expect(&choice, names);
}

static void all(void **state)
{
	struct freeze_choice choice = {.all = true};

	(void)state;
	expect(&choice, "/data/one|/home|/");
}

static void lists(void **state)
{
	const char *none[] = {"/nowhere", "/tmp", "/home/", ""};
	const char *bound[] = {"/exports"};
	const char *several[] = {"/again here", "/nowhere", "/", "/exports", "/"};

	(void)state;
	expect_list(none, 4, "");
	expect_list(none, 0, "");
	expect_list(bound, 1, "/exports");
	/* by the first of its mounts that is in the list */
	expect_list(several, 5, "/again here|/");
}

static void excludes(void **state)
{
	(void)state;
	expect_excluding("/", "/data/one|/home|(/)");
	expect_excluding("/data/*", "(/data/one)|/home|/");
	expect_excluding("/*", "(/data/one)|(/home)|(/)");
	/* known by its first mount point only */
	expect_excluding("/exports", "/data/one|/home|/");
	expect_excluding("type:xfs", "(/data/one)|(/home)|/");
	expect_excluding("type:x*", "(/data/one)|(/home)|/");
	expect_excluding("type:ext", "/data/one|/home|/");
	expect_excluding("device:/dev/sd*", "/data/one|(/home)|(/)");
	expect_excluding("device:253:0", "(/data/one)|/home|/");
	expect_excluding("device:53:0", "/data/one|/home|/");
}

static void on_refused(void *ctx, const char *path, const char *why)
{
	char *text = ctx;

	assert_true(strlen(text) + strlen(path) + strlen(why) < 1000);
	(void)snprintf(text + strlen(text), 1024 - strlen(text), "%s: %s\n", strrchr(path, '/') + 1,
		       why);
}

static void list_hooks(const char *single, struct hooks *ret, struct arena *arena, char *refused)
{
	struct err err;

	err_init(&err);
	refused[0] = '\0';
	assert_int_equal(hooks_list(&root, single, on_refused, refused, arena, ret, &err), 0);
}

static void hooks_of_the_directory(void **state)
{
	struct arena arena;
	struct hooks hooks;
	char         refused[1024];

	(void)state;
	arena_init(&arena, (size_t)1 << 20);
	list_hooks(NULL, &hooks, &arena, refused);
	assert_int_equal(hooks.n, 0);
	put(HOOKS_DIRECTORY "/20-b", "", 0755);
	put(HOOKS_DIRECTORY "/10-a", "", 0700);
	put(HOOKS_DIRECTORY "/30-old~", "", 0755);
	put(HOOKS_DIRECTORY "/30-old.rpmsave", "", 0755);
	put(HOOKS_DIRECTORY "/.hidden", "", 0755);
	put(HOOKS_DIRECTORY "/40-text", "", 0644);
	put(HOOKS_DIRECTORY "/50-open", "", 0775);
	list_hooks(NULL, &hooks, &arena, refused);
	assert_int_equal(hooks.n, 2);
	assert_string_equal(hooks.paths[0], HOOKS_DIRECTORY "/10-a");
	assert_string_equal(hooks.paths[1], HOOKS_DIRECTORY "/20-b");
	assert_non_null(strstr(refused, "40-text: it is not executable\n"));
	assert_non_null(strstr(refused, "50-open: others than root can write it\n"));
	/* a single program stands for all of them, whether it exists or not */
	list_hooks("/no/such", &hooks, &arena, refused);
	assert_int_equal(hooks.n, 1);
	assert_string_equal(hooks.paths[0], "/no/such");
	arena_fini(&arena);
}

static void too_many_hooks(void **state)
{
	struct arena arena;
	struct hooks hooks;
	struct err   err;
	char         path[128], refused[1024] = "";
	size_t       i;

	(void)state;
	for (i = 0; i <= HOOKS_MAX; i++) {
		(void)snprintf(path, sizeof(path), HOOKS_DIRECTORY "/%zu", i);
		put(path, "", 0755);
	}
	arena_init(&arena, (size_t)1 << 20);
	err_init(&err);
	assert_int_equal(hooks_list(&root, NULL, on_refused, refused, &arena, &hooks, &err), -1);
	assert_string_equal(err.text,
			    "limit exceeded: 100 freeze hooks in /etc/virtagent/freeze.d");
	arena_fini(&arena);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fresh, drop)
	const struct CMUnitTest tests[] = {
		T(all), T(lists), T(excludes), T(hooks_of_the_directory), T(too_many_hooks),
	};
#undef T

	return cmocka_run_group_tests(tests, NULL, NULL);
}
