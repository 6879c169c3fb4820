/* SPDX-License-Identifier: MIT */
/*
 * The least that an answer about the network can cost: a server on a unix socket that for every
 * line it gets takes what the kernel has to say, looks at none of it, and answers with a line.
 *
 * - kernelfloor SOCKET dumps: RTM_GETLINK and RTM_GETADDR
 *
 * - kernelfloor SOCKET routes: /proc/net/route and /proc/net/ipv6_route
 *
 * - kernelfloor SOCKET FILE: that file
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static _Alignas(struct nlmsghdr) char bytes[64 << 10];

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int is_end(ssize_t n)
{
	const struct nlmsghdr *m = (const struct nlmsghdr *)bytes;

	for (; NLMSG_OK(m, n); m = NLMSG_NEXT(m, n))
		if (m->nlmsg_type == NLMSG_DONE || m->nlmsg_type == NLMSG_ERROR)
			return 1;
	return 0;
}

static void dump(int type)
{
	struct {
		struct nlmsghdr  head;
		struct ifinfomsg info;
	} request = {
		.head = {.nlmsg_len = sizeof(request),
			 .nlmsg_type = (unsigned short)type,
			 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
	};
	int     fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	ssize_t n;

	if (fd < 0 || send(fd, &request, sizeof(request), 0) != sizeof(request))
		fail("netlink");
	do {
		n = recv(fd, bytes, 32 << 10, 0);
		if (n <= 0)
			fail("recv");
	} while (!is_end(n));
	(void)close(fd);
}

static void take_file(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0 && errno == ENOENT)
		return;
	if (fd < 0)
		fail(path);
	while (read(fd, bytes, sizeof(bytes)) > 0)
		;
	(void)close(fd);
}

static void answer(const char *what)
{
	if (!strcmp(what, "dumps")) {
		dump(RTM_GETLINK);
		dump(RTM_GETADDR);
	} else if (!strcmp(what, "routes")) {
		take_file("/proc/net/route");
		take_file("/proc/net/ipv6_route");
	} else {
		take_file(what);
	}
}

static void serve(int fd, const char *what)
{
	char    line[256];
	ssize_t n;

	while ((n = read(fd, line, sizeof(line))) > 0) {
		if (line[n - 1] != '\n')
			continue;
		/* a ping, so that this and the others are found ready in the same way */
		if (!memmem(line, (size_t)n, "guest-ping", 10))
			answer(what);
		if (write(fd, "{\"return\": []}\n", 15) != 15)
			return;
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int                fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (argc != 3 || strlen(argv[1]) >= sizeof(addr.sun_path))
		return 2;
	memcpy(addr.sun_path, argv[1], strlen(argv[1]));
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(fd, 8) < 0)
		fail(argv[1]);
	for (;;) {
		int peer = accept(fd, NULL, NULL);

		if (peer < 0)
			fail("accept");
		serve(peer, argv[2]);
		(void)close(peer);
	}
}
