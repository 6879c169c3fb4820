/* SPDX-License-Identifier: MIT */
#include "sys/rtnetlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>

#include "sys/answer.h"

/* The kernel fills messages of up to this size when the receiver offers as much. */
#define RECEIVE_SIZE ((size_t)32 << 10)

/* Whether it is an error as the kernel tells them, negated. */
static bool is_errno(int error)
{
	return error < 0 && error > -4096;
}

static int kernel_error(const struct nlmsghdr *m)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(m);

	return mnl_nlmsg_get_payload_len(m) >= sizeof(e->error) && is_errno(e->error) ? -e->error
										      : EBADMSG;
}

/* The end of a dump can carry the error that ended it. */
static int end_error(const struct nlmsghdr *m)
{
	const int *error = mnl_nlmsg_get_payload(m);

	return mnl_nlmsg_get_payload_len(m) >= sizeof(*error) && is_errno(*error) ? -*error : 0;
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

/* Not mnl_nlmsg_ok(), which takes lengths from 2 GiB on for negative ones, and for good. */
static bool is_whole(const struct nlmsghdr *m, size_t left)
{
	return left >= sizeof(*m) && m->nlmsg_len >= sizeof(*m) && m->nlmsg_len <= left;
}

void rtnetlink_walk(const void *data, size_t len, rtnetlink_visit *visit, void *arg,
		    struct rtnetlink_walk *walk)
{
	const char *at = data;

	while (len > 0 && !walk->done && !walk->os) {
		const struct nlmsghdr *m = (const struct nlmsghdr *)at;
		size_t                 step;

		if (!is_whole(m, len)) {
			walk->os = EBADMSG;
			return;
		}
		take(m, visit, arg, walk);
		step = MNL_ALIGN((size_t)m->nlmsg_len);
		if (step >= len)
			return;
		at += step;
		len -= step;
	}
}

static int send_request(struct mnl_socket *s, enum rtnetlink_table table)
{
	char             buffer[128];
	struct nlmsghdr *m = mnl_nlmsg_put_header(buffer);

	m->nlmsg_type = table == RTNETLINK_LINKS ? RTM_GETLINK : RTM_GETADDR;
	m->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	m->nlmsg_seq = 1;
	if (table == RTNETLINK_LINKS) {
		(void)mnl_nlmsg_put_extra_header(m, sizeof(struct ifinfomsg));
		/* leaves out the counters of IPv6, which are longer than all the rest */
		mnl_attr_put_u32(m, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	} else {
		(void)mnl_nlmsg_put_extra_header(m, sizeof(struct ifaddrmsg));
	}
	return mnl_socket_sendto(s, m, m->nlmsg_len) < 0 ? errno : 0;
}

/* Receives until the end: errno, 0. */
static int receive(struct mnl_socket *s, rtnetlink_visit *visit, void *arg,
		   struct rtnetlink_walk *walk)
{
	_Alignas(struct nlmsghdr) char buffer[RECEIVE_SIZE];

	while (!walk->done && !walk->os) {
		ssize_t n = mnl_socket_recvfrom(s, buffer, sizeof(buffer));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		rtnetlink_walk(buffer, (size_t)n, visit, arg, walk);
	}
	return walk->os;
}

static int dump_kernel(enum rtnetlink_table table, rtnetlink_visit *visit, void *arg,
		       struct rtnetlink_walk *walk)
{
	struct mnl_socket *s = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	int                os;

	if (!s)
		return errno;
	os = mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) < 0 ? errno : 0;
	if (!os)
		os = send_request(s, table);
	if (!os)
		os = receive(s, visit, arg, walk);
	(void)mnl_socket_close(s);
	return os;
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
