/* SPDX-License-Identifier: MIT */
/* virtio devices in sysfs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "captured.h"
#include "sys/virtio.h"

static struct captured c;
static struct arena    arena;

static int setup(void **state)
{
	(void)state;
	captured_open(&c);
	arena_init(&arena, 1 << 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	captured_close(&c);
	return 0;
}

/* driver NULL: none has taken it; child NULL: it has not even been found to be virtio. */
static void put(const char *address, const char *vendor, const char *device, const char *child,
		const char *driver)
{
	char path[200], target[200];

	(void)snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vendor", address);
	captured_file(&c, path, vendor);
	(void)snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/device", address);
	captured_file(&c, path, device);
	if (!child)
		return;
	(void)snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s/status", address, child);
	captured_file(&c, path, "0xf\n");
	if (!driver)
		return;
	(void)snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s/driver", address, child);
	(void)snprintf(target, sizeof(target), "/sys/bus/virtio/drivers/%s", driver);
	captured_link(&c, path, target);
}

static void devices_in_order(void **state)
{
	struct virtio_list list;
	int                os;

	(void)state;
	assert_int_equal(virtio_read(&c.root, &arena, &list, &os), 0);
	assert_int_equal(list.n, 0);
	put("10000:00:01.0", "0x1af4\n", "0x1045\n", "virtio9", "virtio_balloon");
	put("0000:00:1f.0", "0x1af4\n", "0x1041\n", "virtio0", "virtio_net");
	put("0000:00:02.0", "0x1af4\n", "0x1001\n", "virtio1", "virtio_blk");
	put("0000:00:03.0", "0x1af4\n", "0x1043\n", "virtio2", NULL);
	put("0000:00:04.0", "0x1af4\n", "0x1044\n", NULL, NULL);
	put("0000:00:05.0", "0x8086\n", "0x1041\n", "virtio3", "virtio_net");
	put("0000:00:06.0", "0x1af4\n", "0x1110\n", "virtio4", "ivshmem");
	put("0000:00:07.0", "1af4\n", "0x1041\n", "virtio5", "virtio_net");
	captured_link(&c, "/sys/bus/virtio/drivers/virtio_net/module", "/sys/module/virtio_net");
	captured_link(&c, "/sys/bus/virtio/drivers/virtio_blk/module", "/sys/module/virtio_blk");
	captured_file(&c, "/sys/module/virtio_net/version", "1.2.3\n");
	captured_file(&c, "/sys/module/virtio_blk/initstate", "live\n");
	assert_int_equal(virtio_read(&c.root, &arena, &list, &os), 0);
	assert_int_equal(list.n, 3);
	assert_string_equal(list.items[0].driver, "virtio_blk");
	assert_int_equal(list.items[0].device, 0x1001);
	assert_null(list.items[0].version);
	assert_string_equal(list.items[1].driver, "virtio_net");
	assert_string_equal(list.items[1].version, "1.2.3");
	assert_string_equal(list.items[2].driver, "virtio_balloon");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_in_order),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
