/* SPDX-License-Identifier: MIT */
/* The real tree and a captured one: links that point out of it, what is missing, effects. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/attr.h"
#include "sys/root.h"

static char            top[] = "/tmp/virtagent-root-XXXXXX";
static char            tree[64], state[64];
static struct sys_root root;

static void write_file(const char *name, const char *text)
{
	char           path[256];
	auto_close int fd = -1;

	(void)snprintf(path, sizeof(path), "%s%s", tree, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void make_link(const char *text, const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s%s", tree, name);
	assert_int_equal(symlink(text, path), 0);
}

static int setup(void **state_)
{
	struct err err;
	char       path[256];

	(void)state_;
	assert_non_null(mkdtemp(top));
	(void)snprintf(tree, sizeof(tree), "%s/tree", top);
	(void)snprintf(state, sizeof(state), "%s/state", top);
	assert_int_equal(mkdir(tree, 0755) | mkdir(state, 0755), 0);
	(void)snprintf(path, sizeof(path), "%s/etc", tree);
	assert_int_equal(mkdir(path, 0755), 0);
	write_file("/etc/hostname", "captured \n\n");
	make_link("/etc/hostname", "/etc/absolute");
	make_link("../../../../etc/hostname", "/etc/climbing");
	make_link("nowhere", "/etc/dangling");
	err_init(&err);
	return root_init(&root, tree, state, &err);
}

static int teardown(void **state_)
{
	char command[128];

	(void)state_;
	root_fini(&root);
	(void)snprintf(command, sizeof(command), "rm -rf %s", top);
	return system(command);
}

static void reads_attributes(void **state_)
{
	char text[32];
	int  os;

	(void)state_;
	assert_int_equal(root_read_attr(&root, "/etc/hostname", text, sizeof(text), &os), 8);
	assert_string_equal(text, "captured");
	assert_int_equal(root_read_attr(&root, "/etc/hostname", text, 5, &os), 4);
	assert_string_equal(text, "capt");
	assert_int_equal(root_read_attr(&root, "/etc/missing", text, sizeof(text), &os), -1);
	assert_int_equal(os, ENOENT);
	assert_int_equal(root_read_attr(&root, "/etc", text, sizeof(text), &os), -1);
	assert_int_equal(os, EISDIR);
}

static void links_stay_inside(void **state_)
{
	char text[ROOT_PATH_MAX];
	int  os;

	(void)state_;
	assert_int_equal(root_read_attr(&root, "/etc/absolute", text, sizeof(text), &os), 8);
	assert_int_equal(root_read_attr(&root, "/etc/climbing", text, sizeof(text), &os), 8);
	assert_int_equal(root_resolve(&root, "/etc/climbing", text, sizeof(text), &os), 13);
	assert_string_equal(text, "/etc/hostname");
	assert_int_equal(root_resolve(&root, "/", text, sizeof(text), &os), 1);
	assert_string_equal(text, "/");
	assert_int_equal(root_resolve(&root, "/etc/dangling", text, sizeof(text), &os), -1);
	assert_int_equal(os, ENOENT);
	assert_int_equal(root_resolve(&root, "/etc/hostname", text, 5, &os), -1);
	assert_int_equal(os, ENAMETOOLONG);
}

static void reads_link_texts(void **state_)
{
	char text[32];
	int  os;

	(void)state_;
	assert_int_equal(root_readlink(&root, "/etc/absolute", text, sizeof(text), &os), 13);
	assert_string_equal(text, "/etc/hostname");
	assert_int_equal(root_readlink(&root, "/etc/absolute", text, 13, &os), -1);
	assert_int_equal(os, ENAMETOOLONG);
	assert_int_equal(root_readlink(&root, "/etc/hostname", text, sizeof(text), &os), -1);
	assert_int_equal(os, EINVAL);
	assert_int_equal(root_readlink(&root, "/etc/missing", text, sizeof(text), &os), -1);
	assert_int_equal(os, ENOENT);
}

static void reads_whole_files(void **state_)
{
	struct buf b = BUF_INIT(100000), small = BUF_INIT(4);
	int        os;

	(void)state_;
	assert_int_equal(root_read(&root, "/etc/hostname", &b, &os), 11);
	assert_string_equal(b.data, "captured \n\n");
	assert_int_equal(root_read(&root, "/etc/hostname", &b, &os), 11);
	assert_int_equal(b.len, 22);
	assert_int_equal(root_read(&root, "/etc/hostname", &small, &os), -1);
	assert_int_equal(os, ENOMEM);
	assert_int_equal(root_read(&root, "/etc/missing", &b, &os), -1);
	assert_int_equal(os, ENOENT);
	buf_fini(&b);
	buf_fini(&small);
}

static void lists_and_stats(void **state_)
{
	struct stat st;
	DIR        *dir;
	int         os;

	(void)state_;
	dir = root_opendir(&root, "/etc", &os);
	assert_non_null(dir);
	(void)closedir(dir);
	assert_null(root_opendir(&root, "/etc/hostname", &os));
	assert_int_equal(os, ENOTDIR);
	assert_int_equal(root_stat(&root, "/etc/absolute", &st, &os), 0);
	assert_int_equal(st.st_size, 11);
	assert_int_equal(root_stat(&root, "/etc/dangling", &st, &os), -1);
	assert_int_equal(os, ENOENT);
}

static void effects_are_noted(void **state_)
{
	struct sys_root real;
	struct err      err;
	char            path[256], text[64];
	int             os;

	(void)state_;
	err_init(&err);
	assert_int_equal(root_init(&real, NULL, state, &err), 0);
	assert_false(root_note(&real, "nothing"));
	assert_true(root_note(&root, "offline cpu%d", 3));
	assert_true(root_note(&root, "halt"));
	(void)snprintf(path, sizeof(path), "%s/virtagent.effects", state);
	assert_true(root_read_attr(&real, path, text, sizeof(text), &os) > 0);
	assert_string_equal(text, "offline cpu3\nhalt");
	root_fini(&real);
}

static void a_missing_root_is_an_error(void **state_)
{
	struct sys_root r;
	struct err      err;

	(void)state_;
	err_init(&err);
	assert_int_equal(root_init(&r, "/nonexistent", state, &err), -1);
	assert_string_equal(
		err.text, "cannot use the root directory /nonexistent: No such file or directory");
	err_init(&err);
	assert_int_equal(root_init(&r, "/", state, &err), 0);
	assert_true(root_is_captured(&r));
	assert_string_equal(r.path, "");
	root_fini(&r);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_attributes),
		cmocka_unit_test(links_stay_inside),
		cmocka_unit_test(reads_link_texts),
		cmocka_unit_test(reads_whole_files),
		cmocka_unit_test(lists_and_stats),
		cmocka_unit_test(effects_are_noted),
		cmocka_unit_test(a_missing_root_is_an_error),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
