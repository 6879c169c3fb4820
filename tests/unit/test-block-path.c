/* SPDX-License-Identifier: MIT */
/* Paths below /sys/devices: PCI functions, SCSI and channel subsystem numbers, near misses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sys/block_path.h"

static void finds_functions(void **state)
{
	static const char *const wrong[] = {"",
					    "0000:00:1f",
					    "0000:00:1f.2x/a",
					    "0000:00.1f.2",
					    "0000:00:1f:2",
					    "g000:00:1f.2",
					    ":00:1f.2",
					    "0000:00:1f./ata1",
					    "pci0000:00"};
	struct block_pci         pci;
	size_t                   i;

	(void)state;
	assert_string_equal(block_path_function("0000:00:1f.2/ata1", &pci), "/ata1");
	assert_int_equal(pci.domain, 0);
	assert_int_equal(pci.slot, 0x1f);
	assert_int_equal(pci.function, 2);
	assert_string_equal(block_path_function("10000:e1:00.7", &pci), "");
	assert_int_equal(pci.domain, 0x10000);
	assert_int_equal(pci.bus, 0xe1);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_null(block_path_function(wrong[i], &pci));
}

static void finds_roots(void **state)
{
	(void)state;
	assert_string_equal(block_path_pci_root("pci0000:00/0000:00:01.0"), "/0000:00:01.0");
	assert_null(block_path_pci_root("pci0000:00.1"));
	assert_null(block_path_pci_root("pcix000:00"));
	assert_string_equal(block_path_first_function("/sys/devices/pci0000:00/0000:00:01.0/x"),
			    "0000:00:01.0/x");
	assert_null(block_path_first_function("/sys/devices/pci0000:00"));
	assert_null(block_path_first_function("/sys/devices/xpci0000:00/0000:00:01.0"));
	assert_null(block_path_first_function(""));
}

static void finds_numbered_components(void **state)
{
	static const char path[] = "/sys/devices/a/host10/hostx/ata3/host2";
	int64_t           n = -1;

	(void)state;
	assert_ptr_equal(block_path_numbered(path, "host", &n), path + 15);
	assert_int_equal(n, 10);
	assert_non_null(block_path_numbered(path, "ata", &n));
	assert_int_equal(n, 3);
	assert_null(block_path_numbered(path, "hos", &n));
	assert_null(block_path_numbered("/a/host", "host", &n));
	assert_null(block_path_numbered("/a/host99999999999999999999", "host", &n));
	assert_true(block_path_has(path, "hostx"));
	assert_true(block_path_has(path, "host2"));
	assert_false(block_path_has(path, "host1"));
	assert_false(block_path_has(path, "ost2"));
}

static void finds_scsi_numbers(void **state)
{
	static const char *const wrong[] = {
		"/target2:0:1",       "/target2:0:1/2:0:2:7/x", "/target2:0:1/x/2:0:1:7",
		"/target2:0/2:0:1:7", "/target2:0:1/2:0:1:7:1", "/target2:0:1/2:0:1:",
	};
	struct block_scsi scsi;
	size_t            i;

	(void)state;
	assert_true(block_path_scsi("/a/target2:0:1/2:0:1:7/block/sda", &scsi));
	assert_int_equal(scsi.channel, 0);
	assert_int_equal(scsi.target, 1);
	assert_int_equal(scsi.lun, 7);
	assert_true(block_path_scsi("/targets/target12:3:255/12:3:255:16640", &scsi));
	assert_int_equal(scsi.channel, 3);
	assert_int_equal(scsi.lun, 16640);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(block_path_scsi(wrong[i], &scsi));
}

static void finds_channel_addresses(void **state)
{
	struct block_ccw ccw;

	(void)state;
	assert_true(block_path_ccw("/sys/devices/css0/0.1.00a1/0.1.1f04/virtio3/block/vda", &ccw));
	assert_int_equal(ccw.cssid, 0);
	assert_int_equal(ccw.ssid, 1);
	assert_int_equal(ccw.subchno, 0xa1);
	assert_int_equal(ccw.devno, 0x1f04);
	assert_false(block_path_ccw("/sys/devices/css0/0.1.00a1", &ccw));
	assert_false(block_path_ccw("/sys/devices/css0/0.1.00a1/virtio3", &ccw));
	assert_false(block_path_ccw("/sys/devices/cssx/0.1.00a1/0.1.1f04", &ccw));
	assert_false(block_path_ccw("/sys/devices/css0", &ccw));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_functions),           cmocka_unit_test(finds_roots),
		cmocka_unit_test(finds_numbered_components), cmocka_unit_test(finds_scsi_numbers),
		cmocka_unit_test(finds_channel_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
