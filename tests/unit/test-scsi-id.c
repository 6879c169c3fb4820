/* SPDX-License-Identifier: MIT */
/*
 * Identification pages. What scsi_id and ata_id of udev 252 say of disks with the same pages is
 * compared in the guest (tests/vm/cases/disks.py); here are their rules one by one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sys/scsi_id.h"

static const struct scsi_inquiry qemu = {"QEMU", "QEMU HARDDISK"};

struct page {
	uint8_t data[600];
	size_t  n;
};

static void start(struct page *p, uint8_t code)
{
	memset(p, 0, sizeof(*p));
	p->data[1] = code;
	p->n = 4;
}

static void designator(struct page *p, uint8_t code_set, uint8_t type, const char *data, size_t n)
{
	uint8_t *to = p->data + p->n;

	to[0] = code_set;
	to[1] = type;
	to[3] = (uint8_t)n;
	memcpy(to + 4, data, n);
	p->n += n + 4;
	p->data[2] = (uint8_t)((p->n - 4) >> 8);
	p->data[3] = (uint8_t)(p->n - 4);
}

static void prefers_registered_names(void **state)
{
	struct page p;
	char        id[SCSI_ID_MAX];

	(void)state;
	start(&p, 0x83);
	designator(&p, 2, 0, "abc", 3);
	assert_true(scsi_id_of_page83(p.data, p.n, &qemu, id));
	assert_string_equal(id, "0QEMU_QEMU_HARDDISK_abc");
	designator(&p, 2, 1, "ATA     a  model   s1", 21);
	assert_true(scsi_id_of_page83(p.data, p.n, &qemu, id));
	assert_string_equal(id, "1ATA_a_model_s1");
	designator(&p, 1, 2, "\x00\x11\x22\x33\x44\x55\x66\xff", 8);
	assert_true(scsi_id_of_page83(p.data, p.n, &qemu, id));
	assert_string_equal(id, "200112233445566ff");
	designator(&p, 1, 3, "\x20\x00\x00\x00\x00\x00\x00\x01", 8);
	assert_true(scsi_id_of_page83(p.data, p.n, &qemu, id));
	assert_string_equal(id, "32000000000000001");
	designator(&p, 1, 3, "\x50\x00\xc5\x00\x15\xea\x71\xac", 8);
	assert_true(scsi_id_of_page83(p.data, p.n, &qemu, id));
	assert_string_equal(id, "35000c50015ea71ac");
	designator(&p, 1, 3, "\x60\x01\x40\x50\x12\x34\x56\x78\x12\x34\x56\x78\x12\x34\x56\x78",
		   16);
	assert_true(scsi_id_of_page83(p.data, p.n, &qemu, id));
	assert_string_equal(id, "36001405012345678"
				"1234567812345678");
}

static void skips_what_names_no_unit(void **state)
{
	struct page p;
	char        id[SCSI_ID_MAX];

	(void)state;
	start(&p, 0x83);
	assert_false(scsi_id_of_page83(p.data, p.n, &qemu, id));
	designator(&p, 1, 0x13, "\x50\x00\xc5\x00\x15\xea\x71\xac", 8); /* of the port */
	designator(&p, 1, 4, "\x00\x00\x00\x01", 4);
	designator(&p, 1, 3, "", 0);
	assert_false(scsi_id_of_page83(p.data, p.n, &qemu, id));
	start(&p, 0x80);
	designator(&p, 2, 0, "abc", 3);
	assert_false(scsi_id_of_page83(p.data, p.n, &qemu, id));
}

static void bears_broken_pages(void **state)
{
	struct page p;
	char        id[SCSI_ID_MAX], big[255];
	size_t      n;

	(void)state;
	memset(big, 'x', sizeof(big));
	start(&p, 0x83);
	designator(&p, 2, 0, big, sizeof(big));
	assert_true(scsi_id_of_page83(p.data, p.n, &qemu, id));
	assert_int_equal(strlen(id), strlen("0QEMU_QEMU_HARDDISK___") - 2 + sizeof(big));
	for (n = 0; n < p.n; n++)
		assert_false(scsi_id_of_page83(p.data, n, &qemu, id));
	start(&p, 0x83);
	designator(&p, 1, 0, big, sizeof(big)); /* twice as long in hexadecimal */
	assert_true(scsi_id_of_page83(p.data, p.n, &qemu, id));
	assert_true(strlen(id) < SCSI_ID_MAX);
}

static void reads_serial_numbers(void **state)
{
	static const uint8_t page[] = {0, 0x80, 0, 6, ' ', 'S', ' ', 'N', '1', ' '};
	char                 id[SCSI_ID_MAX];

	(void)state;
	assert_true(scsi_id_of_page80(page, sizeof(page), &qemu, id));
	assert_string_equal(id, "SQEMU_QEMU_HARDDISK_S_N1");
	assert_false(scsi_id_of_page80(page, 4, &qemu, id));
	assert_false(scsi_id_of_page80(page, 3, &qemu, id));
}

static void reads_ata_names(void **state)
{
	static const char name[] =
		"ATA     QEMU HARDDISK                           QM00001             ";
	struct page p;
	char        id[SCSI_ID_MAX];

	(void)state;
	assert_int_equal(sizeof(name) - 1, 68);
	start(&p, 0x83);
	designator(&p, 2, 0, "QM00001             ", 20);
	assert_false(scsi_id_of_ata(p.data, p.n, id));
	designator(&p, 2, 1, name, 68);
	assert_true(scsi_id_of_ata(p.data, p.n, id));
	assert_string_equal(id, "QEMU_HARDDISK_QM00001");
	start(&p, 0x83);
	designator(&p, 2, 1,
		   "ATA     A                                       "
		   "                    ",
		   68);
	assert_true(scsi_id_of_ata(p.data, p.n, id));
	assert_string_equal(id, "A");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefers_registered_names),
		cmocka_unit_test(skips_what_names_no_unit),
		cmocka_unit_test(bears_broken_pages),
		cmocka_unit_test(reads_serial_numbers),
		cmocka_unit_test(reads_ata_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
