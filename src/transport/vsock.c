/* SPDX-License-Identifier: MIT */
/*
 * A listening vsock socket, "<cid>:<port>"; 4294967295 is any context. Who may connect is the
 * front's business.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/vm_sockets.h>

#include "base/num.h"
#include "transport/transport.h"

#define BACKLOG 64

static bool parse_u32(const char *s, size_t n, uint32_t *ret)
{
	uint64_t value;

	if (!num_u64(s, n, &value) || value > UINT32_MAX)
		return false;
	*ret = (uint32_t)value;
	return true;
}

static int parse_address(const char *path, struct sockaddr_vm *ret, struct err *err)
{
	const char *colon = strchr(path, ':');

	if (!colon)
		return err_set(err, "error parsing address '%s'", path);
	if (!parse_u32(path, (size_t)(colon - path), &ret->svm_cid))
		return err_set(err, "Failed to parse cid '%.*s'", (int)(colon - path), path);
	if (!parse_u32(colon + 1, strlen(colon + 1), &ret->svm_port))
		return err_set(err, "Failed to parse port '%s'", colon + 1);
	return 0;
}

static int vsock_open(const char *path, int *ret_in, int *ret_out, struct err *err)
{
	struct sockaddr_vm addr = {.svm_family = AF_VSOCK};
	auto_close int     fd = -1;

	if (parse_address(path, &addr, err) < 0)
		return -1;
	fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    listen(fd, BACKLOG) < 0)
		return err_os(err, errno, "error opening channel '%s'", path);
	*ret_in = *ret_out = take_fd(&fd);
	return 0;
}

const struct transport transport_vsock_listen = {
	.name = "vsock-listen",
	.listens = true,
	.open = vsock_open,
};
