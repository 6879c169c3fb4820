/* SPDX-License-Identifier: MIT */
#include "sys/netlink.h"

#define ALIGNED(n) (((n) + 3) & ~(size_t)3)

bool netlink_is_whole(const struct nlmsghdr *m, size_t left)
{
	return left >= sizeof(*m) && m->nlmsg_len >= sizeof(*m) && m->nlmsg_len <= left;
}

const void *netlink_payload(const struct nlmsghdr *m)
{
	return m + 1;
}

size_t netlink_payload_len(const struct nlmsghdr *m)
{
	return m->nlmsg_len - sizeof(*m);
}

struct netlink_attrs netlink_attrs(const struct nlmsghdr *m, size_t header)
{
	struct netlink_attrs attrs = {netlink_payload(m), netlink_payload_len(m)};
	size_t               skip = ALIGNED(header) < attrs.left ? ALIGNED(header) : attrs.left;

	attrs.at += skip;
	attrs.left -= skip;
	return attrs;
}

bool netlink_next(struct netlink_attrs *attrs, struct netlink_attr *ret)
{
	const struct nlattr *a = (const void *)attrs->at;
	size_t               step;

	if (attrs->left < sizeof(*a) || a->nla_len < sizeof(*a) || a->nla_len > attrs->left)
		return false;
	*ret = (struct netlink_attr){
		.type = a->nla_type & NLA_TYPE_MASK,
		.data = attrs->at + sizeof(*a),
		.len = a->nla_len - sizeof(*a),
	};
	/* the last one need not be filled up */
	step = ALIGNED((size_t)a->nla_len) < attrs->left ? ALIGNED((size_t)a->nla_len)
							 : attrs->left;
	attrs->at += step;
	attrs->left -= step;
	return true;
}
