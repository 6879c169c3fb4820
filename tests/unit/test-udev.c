/* SPDX-License-Identifier: MIT */
/* udev's records, its way with identifiers, and the uevent files of block devices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "captured.h"
#include "sys/block_node.h"
#include "sys/udev.h"

static void finds_properties(void **state)
{
	static const char record[] = "S:disk/by-id/x\nE:ID_SERIAL_SHORT=short\nE:ID_SERIAL=a b=c\n"
				     "E:EMPTY=\nXE:LATE=1\nE:LAST=z";
	struct slice      value;

	(void)state;
	assert_true(udev_find(record, strlen(record), "ID_SERIAL", &value));
	assert_true(slice_is(value, "a b=c"));
	assert_true(udev_find(record, strlen(record), "LAST", &value));
	assert_true(slice_is(value, "z"));
	assert_false(udev_find(record, strlen(record) - 1, "LAST", &value));
	assert_false(udev_find(record, strlen(record), "EMPTY", &value));
	assert_false(udev_find(record, strlen(record), "LATE", &value));
	assert_false(udev_find(record, strlen(record), "ID_SERIAL_", &value));
	assert_false(udev_find("", 0, "X", &value));
}

static void reads_the_database(void **state)
{
	static char     record[2 * UDEV_RECORD_MAX] = "E:LATE=1";
	struct captured c;
	struct arena    a;

	(void)state;
	captured_open(&c);
	captured_file(&c, "/run/udev/data/b8:17", "E:DM_NAME=vg-root\n");
	arena_init(&a, 4096);
	assert_string_equal(udev_block_property(&c.root, 8, 17, "DM_NAME", &a), "vg-root");
	assert_null(udev_block_property(&c.root, 8, 17, "ID_SERIAL", &a));
	assert_null(udev_block_property(&c.root, 8, 1, "DM_NAME", &a));
	memset(record + 8, '\n', sizeof(record) - 8); /* longer than records get: not looked at */
	captured_bytes(&c, "/run/udev/data/b8:17", record, sizeof(record));
	assert_null(udev_block_property(&c.root, 8, 17, "LATE", &a));
	arena_fini(&a);
	captured_close(&c);
}

static void tidies_identifiers(void **state)
{
	static const struct {
		const char *from, *joined, *replaced;
	} cases[] = {
		{"", "", ""},
		{"  ", "", "__"},
		{" a  b\tc ", "a_b_c", "_a__b_c_"},
		{"0QEMU    QEMU HARDDISK   abc", "0QEMU_QEMU_HARDDISK_abc",
		 "0QEMU____QEMU_HARDDISK___abc"},
		{"#+-.:=@_azAZ09", "#+-.:=@_azAZ09", "#+-.:=@_azAZ09"},
		{"a/b\\c\\x2f!", "a/b\\c\\x2f!", "a_b_c\\x2f_"},
		{"\xc3\xa9\xff\xc3", "\xc3\xa9\xff\xc3", "\xc3\xa9__"},
	};
	char   text[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		strcpy(text, cases[i].from);
		udev_join_words(text);
		assert_string_equal(text, cases[i].joined);
		strcpy(text, cases[i].from);
		udev_replace_chars(text);
		assert_string_equal(text, cases[i].replaced);
	}
}

static void parses_uevents(void **state)
{
	static const char part[] = "MAJOR=8\nMINOR=1\nDEVNAME=cciss/c0d0p1\nDEVTYPE=partition\n"
				   "PARTN=1\n";
	char              longest[BLOCK_NODE_MAX + 16];
	struct block_node node;

	(void)state;
	block_node_parse(part, strlen(part), &node);
	assert_string_equal(node.dev, "/dev/cciss/c0d0p1");
	assert_true(node.partition && node.has_numbers);
	assert_int_equal(node.major, 8);
	assert_int_equal(node.minor, 1);
	block_node_parse("DEVTYPE=disk\nDISKSEQ=3", 22, &node);
	assert_string_equal(node.dev, "");
	assert_false(node.partition || node.has_numbers);
	assert_int_equal(node.diskseq, 3);
	block_node_parse("DISKSEQ=x", 9, &node);
	assert_int_equal(node.diskseq, 0);
	block_node_parse("MAJOR=4294967296\nMINOR=1", 24, &node);
	assert_false(node.has_numbers);
	(void)snprintf(longest, sizeof(longest), "DEVNAME=%0*d", BLOCK_NODE_MAX - 6, 0);
	block_node_parse(longest, strlen(longest), &node);
	assert_int_equal(strlen(node.dev), BLOCK_NODE_MAX - 1);
	(void)snprintf(longest, sizeof(longest), "DEVNAME=%0*d", BLOCK_NODE_MAX - 5, 0);
	block_node_parse(longest, strlen(longest), &node);
	assert_string_equal(node.dev, "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_properties),
		cmocka_unit_test(reads_the_database),
		cmocka_unit_test(tidies_identifiers),
		cmocka_unit_test(parses_uevents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
