/* SPDX-License-Identifier: MIT */
/* The mark of a frozen guest: what is written is read again, in this boot only. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "sys/freeze_state.h"
#include "sys/root.h"

static char                top[64];
static struct sys_root     root;
static struct arena        arena;
static struct freeze_state state;
static struct err          err;

static int fresh(void **state_)
{
	(void)state_;
	(void)snprintf(top, sizeof(top), "/tmp/virtagent-mark-XXXXXX");
	assert_non_null(mkdtemp(top));
	arena_init(&arena, (size_t)1 << 20);
	err_init(&err);
	return root_init(&root, top, top, &err);
}

static int drop(void **state_)
{
	char command[128];

	(void)state_;
	root_fini(&root);
	arena_fini(&arena);
	(void)snprintf(command, sizeof(command), "rm -rf %s", top);
	return system(command);
}

static void put_boot_id(const char *text)
{
	char           path[256];
	auto_close int fd = -1;

	(void)snprintf(path, sizeof(path), "mkdir -p %s/proc/sys/kernel/random", top);
	assert_int_equal(system(path), 0);
	(void)snprintf(path, sizeof(path), "%s/proc/sys/kernel/random/boot_id", top);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void put_mark(const char *text)
{
	assert_int_equal(freeze_state_write(top, text, strlen(text)), 0);
}

static void look(enum freeze_mark mark)
{
	err_init(&err);
	assert_int_equal(freeze_state_read(&root, top, &arena, &state, &err), 0);
	assert_int_equal(state.mark, mark);
}

static void comes_back(void **state_)
{
	struct freeze_place places[] = {{8, 1, "/"}, {253, 7, "/a b\n\\c\t\303\244"}};
	const char         *hooks[] = {"/etc/one", "/etc/line\nfeed"};
	struct freeze_state s = {.mark = FREEZE_MARK_FROZEN,
				 .started_ns = 12,
				 .deadline_ns = INT64_MAX,
				 .pid = 4711,
				 .places = places,
				 .n_places = 2,
				 .hooks = hooks,
				 .n_hooks = 2};
	struct buf          text = BUF_INIT(4096);
	struct stat         st;
	char                path[128];

	(void)state_;
	put_boot_id("0123-4567\n");
	freeze_state_format(&root, &s, &text);
	assert_int_equal(freeze_state_write(top, text.data, text.len), 0);
	buf_fini(&text);
	(void)snprintf(path, sizeof(path), "%s/" FREEZE_STATE_FILE, top);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	look(FREEZE_MARK_FROZEN);
	assert_false(state.foreign);
	assert_int_equal(state.started_ns, 12);
	assert_int_equal(state.deadline_ns, INT64_MAX);
	assert_int_equal(state.pid, 4711);
	assert_int_equal(state.n_places, 2);
	assert_int_equal(state.places[1].major, 253);
	assert_int_equal(state.places[1].minor, 7);
	assert_string_equal(state.places[1].point, places[1].point);
	assert_int_equal(state.n_hooks, 2);
	assert_string_equal(state.hooks[1], hooks[1]);
	put_boot_id("another\n");
	look(FREEZE_MARK_NONE);
	assert_int_equal(state.n_places, 0);
}

static void thawed_by_itself(void **state_)
{
	struct freeze_state s = {.mark = FREEZE_MARK_THAWED, .after_s = 600, .reason = "deadline"};
	struct buf          text = BUF_INIT(4096);

	(void)state_;
	freeze_state_format(&root, &s, &text);
	assert_int_equal(freeze_state_write(top, text.data, text.len), 0);
	buf_fini(&text);
	look(FREEZE_MARK_THAWED);
	assert_int_equal(state.after_s, 600);
	assert_string_equal(state.reason, "deadline");
}

static void none_and_removal(void **state_)
{
	(void)state_;
	look(FREEZE_MARK_NONE);
	put_mark("boot=\nstate=frozen\n");
	look(FREEZE_MARK_FROZEN);
	assert_int_equal(freeze_state_remove(top), 0);
	assert_int_equal(freeze_state_remove(top), 0);
	look(FREEZE_MARK_NONE);
	assert_int_not_equal(freeze_state_remove("/nonexistent"), 0);
	assert_int_not_equal(freeze_state_write("/nonexistent", "", 0), 0);
}

static void of_another_agent(void **state_)
{
	char            path[128];
	struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};

	(void)state_;
	put_mark("");
	look(FREEZE_MARK_FROZEN);
	assert_true(state.foreign);
	/* it survived a reboot */
	(void)snprintf(path, sizeof(path), "%s/" FREEZE_STATE_FILE, top);
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	look(FREEZE_MARK_NONE);
}

static void damaged_lines_count_for_nothing(void **state_)
{
	(void)state_;
	put_mark("boot=\n\nnoise\nstate=frozen\ndeadline=x\nguard=\nfilesystem=8 /x\n"
		 "filesystem=8:x /y\nfilesystem=8:1\nfilesystem=99999999999:1 /z\nfilesystem=8:2 "
		 "/good");
	look(FREEZE_MARK_FROZEN);
	assert_int_equal(state.deadline_ns, 0);
	assert_int_equal(state.n_places, 1);
	assert_string_equal(state.places[0].point, "/good");
	put_mark("state=frozen\nfilesystem=8:2 /no boot\n");
	look(FREEZE_MARK_NONE);
}

static void cannot_be_read(void **state_)
{
	char path[128];

	(void)state_;
	(void)snprintf(path, sizeof(path), "%s/" FREEZE_STATE_FILE, top);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	err_init(&err);
	assert_int_equal(freeze_state_read(&root, top, &arena, &state, &err), -1);
	assert_true(err.set);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fresh, drop)
	const struct CMUnitTest tests[] = {
		T(comes_back),       T(thawed_by_itself), T(none_and_removal),
		T(of_another_agent), T(cannot_be_read),   T(damaged_lines_count_for_nothing),
	};
#undef T

	return cmocka_run_group_tests(tests, NULL, NULL);
}
