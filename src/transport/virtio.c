/* SPDX-License-Identifier: MIT */
/*
 * A virtio-serial port. udev makes /dev/virtio-ports/NAME; without udev the port is found by its
 * name in sysfs (attribute "name" of /sys/class/virtio-ports/vportNpM; kernel,
 * drivers/char/virtio_console.c) and opened as /dev/vportNpM. The port is always non-blocking: a
 * blocking one waits busily in the kernel while the host does not read. It is exclusive: a second
 * open gives EBUSY.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "transport/transport.h"

#define PORTS_DEV "/dev/virtio-ports/"
#define PORTS_SYSFS "/sys/class/virtio-ports"

/* Names of ports are at most this long in practice; a longer one does not match. */
#define PORT_NAME_MAX 128

static bool port_has_name(const char *port, const char *wanted)
{
	char           path[PATH_MAX], name[PORT_NAME_MAX + 2];
	auto_close int fd = -1;
	ssize_t        n;

	(void)snprintf(path, sizeof(path), PORTS_SYSFS "/%s/name", port);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, name, sizeof(name) - 1);
	if (n <= 0)
		return false;
	name[n] = '\0';
	name[strcspn(name, "\n")] = '\0';
	return !strcmp(name, wanted);
}

/* The device node of the port with this name: 1 found, 0 not. */
static int find_port_opt(const char *wanted, char *ret, size_t size)
{
	DIR           *dir = opendir(PORTS_SYSFS);
	struct dirent *e;
	int            found = 0;

	if (!dir)
		return 0;
	while (!found && (e = readdir(dir))) {
		if (e->d_name[0] == '.' || !port_has_name(e->d_name, wanted))
			continue;
		found = snprintf(ret, size, "/dev/%s", e->d_name) < (int)size;
	}
	(void)closedir(dir);
	return found;
}

static int open_port(const char *path)
{
	return open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static int virtio_open(const char *path, int *ret_in, int *ret_out, struct err *err)
{
	char node[PATH_MAX];
	int  fd = open_port(path), os = errno;

	if (fd < 0 && os == ENOENT && !strncmp(path, PORTS_DEV, strlen(PORTS_DEV)) &&
	    find_port_opt(path + strlen(PORTS_DEV), node, sizeof(node))) {
		fd = open_port(node);
		os = errno;
	}
	if (fd < 0)
		return err_os(err, os, "error opening channel '%s'", path);
	*ret_in = *ret_out = fd;
	return 0;
}

const struct transport transport_virtio_serial = {
	.name = "virtio-serial",
	.default_path = PORTS_DEV "org.qemu.guest_agent.0",
	.shared_line = true,
	.edges = true,
	.open = virtio_open,
};
