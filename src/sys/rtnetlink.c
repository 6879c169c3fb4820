/* SPDX-License-Identifier: MIT */
#include "sys/rtnetlink.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/attr.h"
#include "sys/answer.h"
#include "sys/netlink.h"

/* The kernel fills messages of up to this size when the receiver offers as much. */
#define RECEIVE_SIZE ((size_t)32 << 10)

/* Whether it is an error as the kernel tells them, negated. */
static bool is_errno(int error)
{
	return error < 0 && error > -4096;
}

static int kernel_error(const struct nlmsghdr *m)
{
	const struct nlmsgerr *e = netlink_payload(m);

	return netlink_payload_len(m) >= sizeof(e->error) && is_errno(e->error) ? -e->error
										: EBADMSG;
}

/* The end of a dump can carry the error that ended it. */
static int end_error(const struct nlmsghdr *m)
{
	const int *error = netlink_payload(m);

	return netlink_payload_len(m) >= sizeof(*error) && is_errno(*error) ? -*error : 0;
}

static void take(const struct nlmsghdr *m, rtnetlink_visit *visit, void *arg,
		 struct rtnetlink_walk *walk)
{
	walk->interrupted |= (m->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
	switch (m->nlmsg_type) {
	case NLMSG_NOOP:
		break;
	case NLMSG_ERROR:
		walk->os = kernel_error(m);
		break;
	case NLMSG_DONE:
		walk->done = true;
		walk->os = end_error(m);
		break;
	default:
		walk->os = visit(m, arg) ? 0 : ENOMEM;
	}
}

void rtnetlink_walk(const void *data, size_t len, rtnetlink_visit *visit, void *arg,
		    struct rtnetlink_walk *walk)
{
	const char *at = data;

	while (len > 0 && !walk->done && !walk->os) {
		const struct nlmsghdr *m = (const struct nlmsghdr *)at;
		size_t                 step;

		if (!netlink_is_whole(m, len)) {
			walk->os = EBADMSG;
			return;
		}
		take(m, visit, arg, walk);
		step = ((size_t)m->nlmsg_len + NLMSG_ALIGNTO - 1) & ~(size_t)(NLMSG_ALIGNTO - 1);
		if (step >= len)
			return;
		at += step;
		len -= step;
	}
}

static ssize_t ask_links(int s)
{
	struct {
		struct nlmsghdr  head;
		struct ifinfomsg info;
		struct nlattr    attr;
		uint32_t         mask;
	} m = {
		.head = {.nlmsg_len = sizeof(m),
			 .nlmsg_type = RTM_GETLINK,
			 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			 .nlmsg_seq = 1},
		.attr = {.nla_len = sizeof(m.attr) + sizeof(m.mask), .nla_type = IFLA_EXT_MASK},
		/* leaves out the counters of IPv6, which are longer than all the rest */
		.mask = RTEXT_FILTER_SKIP_STATS,
	};

	return send(s, &m, sizeof(m), 0);
}

static ssize_t ask_addresses(int s)
{
	struct {
		struct nlmsghdr  head;
		struct ifaddrmsg info;
	} m = {
		.head = {.nlmsg_len = sizeof(m),
			 .nlmsg_type = RTM_GETADDR,
			 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			 .nlmsg_seq = 1},
	};

	return send(s, &m, sizeof(m), 0);
}

/* One datagram, in whole or as much of it as fits; errno of what fails. */
static int receive_one(int s, void *buffer, size_t size, size_t *ret_len)
{
	struct sockaddr_nl from;
	struct iovec       iov = {buffer, size};
	struct msghdr      m = {
		     .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n;

	do
		n = recvmsg(s, &m, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno;
	/* cut, or from another program than the kernel */
	if (m.msg_flags & MSG_TRUNC)
		return ENOSPC;
	*ret_len = from.nl_pid == 0 ? (size_t)n : 0;
	return 0;
}

/* Receives until the end: errno, 0. */
static int receive(int s, rtnetlink_visit *visit, void *arg, struct rtnetlink_walk *walk)
{
	_Alignas(struct nlmsghdr) char buffer[RECEIVE_SIZE];

	while (!walk->done && !walk->os) {
		size_t n = 0;
		int    os = receive_one(s, buffer, sizeof(buffer), &n);

		if (os)
			return os;
		rtnetlink_walk(buffer, n, visit, arg, walk);
	}
	return walk->os;
}

static int dump_kernel(enum rtnetlink_table table, rtnetlink_visit *visit, void *arg,
		       struct rtnetlink_walk *walk)
{
	struct sockaddr_nl own = {.nl_family = AF_NETLINK};
	auto_close int     s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (s < 0 || bind(s, (struct sockaddr *)&own, sizeof(own)) < 0)
		return errno;
	if ((table == RTNETLINK_LINKS ? ask_links(s) : ask_addresses(s)) < 0)
		return errno;
	return receive(s, visit, arg, walk);
}

static int dump_captured(const struct sys_root *r, enum rtnetlink_table table,
			 rtnetlink_visit *visit, void *arg, struct rtnetlink_walk *walk)
{
	struct buf  all = BUF_INIT(ROOT_FILE_MAX);
	const char *name = table == RTNETLINK_LINKS ? "rtnetlink/links" : "rtnetlink/addresses";
	int         os;

	if (answer_read(r, name, NULL, &all, &os) >= 0) {
		rtnetlink_walk(all.data, all.len, visit, arg, walk);
		os = walk->os;
	}
	buf_fini(&all);
	return os;
}

int rtnetlink_dump(const struct sys_root *r, enum rtnetlink_table table, rtnetlink_visit *visit,
		   void *arg, int *ret_os)
{
	struct rtnetlink_walk walk = {0};

	*ret_os = answer_wanted(r) ? dump_captured(r, table, visit, arg, &walk)
				   : dump_kernel(table, visit, arg, &walk);
	if (*ret_os)
		return -1;
	return walk.interrupted;
}
