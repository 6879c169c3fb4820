/* SPDX-License-Identifier: MIT */
/*
 * TCP, for serial ports that a hypervisor offers on the network. There is no encryption: for a
 * trusted network or a tunnel.
 */
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "client/error.h"
#include "client/transport.h"

#define HOST_MAX 256

/* "[::1]" and "::1" are the same. */
static bool copy_host(char *host, const char *address, unsigned int n)
{
	if (n > 2 && address[0] == '[' && address[n - 1] == ']') {
		address++;
		n -= 2;
	}
	if (n == 0 || n >= HOST_MAX)
		return false;
	memcpy(host, address, n);
	host[n] = '\0';
	if (strcmp(host, "localhost") == 0)
		memcpy(host, "127.0.0.1", sizeof("127.0.0.1"));
	return true;
}

int transport_tcp_open(const char *address, int64_t deadline, struct qgac_err *err)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
	};
	struct addrinfo *found;
	char             host[HOST_MAX], service[16], what[HOST_MAX + 32];
	unsigned int     n;
	uint64_t         port;
	int              fd, one = 1;

	if (!socket_split_port(address, UINT16_MAX, &n, &port) || !copy_host(host, address, n))
		return error_set(err, QGAC_ERR_USAGE, "'tcp:%s' is not tcp:ADDRESS:PORT", address);
	(void)snprintf(service, sizeof(service), "%u", (unsigned int)port);
	if (getaddrinfo(host, service, &hints, &found) != 0)
		return error_set(err, QGAC_ERR_USAGE,
				 "'%s' is not a numeric address; names are not looked up", host);
	(void)snprintf(what, sizeof(what), "tcp:%.*s:%s", (int)n, address, service);
	fd = socket_connect(found->ai_addr, found->ai_addrlen, what, deadline, err);
	freeaddrinfo(found);
	if (fd >= 0) /* without it small requests wait for the peer's acknowledgement */
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}
