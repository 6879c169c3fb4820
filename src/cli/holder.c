/* SPDX-License-Identifier: MIT */
/*
 * The listener's accepted sockets have its name, and each has a peer whose inode shows among the
 * descriptors of the client.
 */
#include "cli/holder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>

#include "base/attr.h"
#include "base/num.h"

#define REPLY_BYTES 16384
#define PEERS_MAX 64
#define LINK_MAX_BYTES 64

struct peers {
	const char *path;
	struct stat st; /* of what path leads to: the socket may have another name */
	uint32_t    inodes[PEERS_MAX];
	size_t      n;
};

static bool send_dump(int fd)
{
	struct {
		struct nlmsghdr      header;
		struct unix_diag_req body;
	} request = {
		.header =
			{
				.nlmsg_len = sizeof(request),
				.nlmsg_type = SOCK_DIAG_BY_FAMILY,
				.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			},
		.body =
			{
				.sdiag_family = AF_UNIX,
				.udiag_states = UINT32_MAX,
				.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_VFS | UDIAG_SHOW_PEER,
			},
	};

	return send(fd, &request, sizeof(request), 0) == (ssize_t)sizeof(request);
}

static bool is_name(const struct rtattr *a, const char *path)
{
	size_t n = RTA_PAYLOAD(a), len = strlen(path);

	return n >= len && memcmp(RTA_DATA(a), path, len) == 0 &&
	       (n == len || ((const char *)RTA_DATA(a))[len] == '\0');
}

/* The kernel's own form of a device number. */
static bool is_file(const struct rtattr *a, const struct stat *st)
{
	struct unix_diag_vfs vfs;

	if (RTA_PAYLOAD(a) < sizeof(vfs))
		return false;
	memcpy(&vfs, RTA_DATA(a), sizeof(vfs));
	return vfs.udiag_vfs_ino == (uint32_t)st->st_ino &&
	       vfs.udiag_vfs_dev >> 20 == major(st->st_dev) &&
	       (vfs.udiag_vfs_dev & 0xfffff) == minor(st->st_dev);
}

static void take_socket(struct peers *p, struct nlmsghdr *h)
{
	struct unix_diag_msg *m = NLMSG_DATA(h);
	struct rtattr        *a = (struct rtattr *)(m + 1);
	int                   left = (int)(h->nlmsg_len - NLMSG_LENGTH(sizeof(*m)));
	uint32_t              peer = 0;
	bool                  named = false;

	for (; RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if (a->rta_type == UNIX_DIAG_NAME)
			named = named || is_name(a, p->path);
		if (a->rta_type == UNIX_DIAG_VFS)
			named = named || is_file(a, &p->st);
		if (a->rta_type == UNIX_DIAG_PEER && RTA_PAYLOAD(a) >= sizeof(peer))
			memcpy(&peer, RTA_DATA(a), sizeof(peer));
	}
	if (named && peer && p->n < PEERS_MAX)
		p->inodes[p->n++] = peer;
}

static void find_peers(struct peers *p)
{
	auto_close int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	_Alignas(struct nlmsghdr) char data[REPLY_BYTES];

	if (fd < 0 || !send_dump(fd))
		return;
	for (;;) {
		ssize_t          got = recv(fd, data, sizeof(data), 0);
		struct nlmsghdr *h = (struct nlmsghdr *)data;
		unsigned int     n = got > 0 ? (unsigned int)got : 0;

		if (!NLMSG_OK(h, n))
			return;
		for (; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
			if (h->nlmsg_type != SOCK_DIAG_BY_FAMILY)
				return; /* the end, or an error */
			take_socket(p, h);
		}
	}
}

static bool is_peer(const struct peers *p, const char *link)
{
	static const char prefix[] = "socket:[";
	const char       *digits = link + sizeof(prefix) - 1;
	uint64_t          inode;
	size_t            i;

	if (strncmp(link, prefix, sizeof(prefix) - 1) != 0 ||
	    !num_u64(digits, strcspn(digits, "]"), &inode))
		return false;
	for (i = 0; i < p->n; i++)
		if (p->inodes[i] == inode)
			return true;
	return false;
}

static bool has_peer(const struct peers *p, const char *pid)
{
	char           path[64], link[LINK_MAX_BYTES];
	struct dirent *e;
	bool           found = false;
	DIR           *d;

	(void)snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	d = opendir(path);
	while (d && !found && (e = readdir(d))) {
		ssize_t n = readlinkat(dirfd(d), e->d_name, link, sizeof(link) - 1);

		if (n > 0) {
			link[n] = '\0';
			found = is_peer(p, link);
		}
	}
	if (d)
		(void)closedir(d); /* it was only read */
	return found;
}

static void read_name(struct holder *h)
{
	char           path[64];
	auto_close int fd = -1;
	ssize_t        n;

	(void)snprintf(path, sizeof(path), "/proc/%d/comm", (int)h->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, h->name, sizeof(h->name) - 1);
	h->name[n > 0 ? n - 1 : 0] = '\0';
}

static void find_process(const struct peers *p, struct holder *ret)
{
	DIR           *proc = opendir("/proc");
	struct dirent *e;
	uint64_t       pid;

	while (proc && ret->pid == 0 && (e = readdir(proc)))
		if (num_u64(e->d_name, strlen(e->d_name), &pid) && (pid_t)pid != getpid() &&
		    has_peer(p, e->d_name))
			ret->pid = (pid_t)pid;
	if (proc)
		(void)closedir(proc); /* it was only read */
	if (ret->pid)
		read_name(ret);
}

/* How many of the peers are sockets of this process. */
static size_t count_own(const struct peers *p)
{
	struct peers one = {.n = 1};
	size_t       i, n = 0;

	for (i = 0; i < p->n; i++) {
		one.inodes[0] = p->inodes[i];
		n += has_peer(&one, "self");
	}
	return n;
}

/* The kernel's list comes in parts, and passes over some when others go meanwhile. */
#define TRIES 3

bool holder_find(const char *path, struct holder *ret)
{
	struct peers p = {.path = path};
	int          i;

	*ret = (struct holder){.pid = 0};
	if (stat(path, &p.st) < 0)
		return false;
	for (i = 0; i < TRIES && p.n <= count_own(&p); i++) {
		p.n = 0;
		find_peers(&p);
	}
	if (p.n <= count_own(&p))
		return false;
	find_process(&p, ret);
	return true;
}
