/* SPDX-License-Identifier: MIT */
#include "sys/utmp.h"

#include <stddef.h>
#include <string.h>
#include <utmpx.h>

/* ut_type of a user's login. */
#define LOGIN_OF_USER 7

/* The same in both layouts. */
struct head {
	int16_t  type;
	int32_t  pid;
	char     line[32];
	char     id[4];
	char     user[32];
	char     host[256];
	uint32_t exit_status;
};

struct record32 {
	struct head head;
	int32_t     session;
	uint32_t    seconds; /* which goes on after 2038 that way */
	int32_t     micro;
	uint32_t    address[4];
	char        unused[20];
};

struct record64 {
	struct head head;
	int64_t     session;
	int64_t     seconds;
	int64_t     micro;
	uint32_t    address[4];
	char        unused[24];
};

#if defined(__GLIBC__) && defined(__LP64__)
#define SAME(ours, glibcs)                                                                         \
	_Static_assert(UTMP_NATIVE == UTMP_TIME32                                                  \
			       ? offsetof(struct record32, ours) == offsetof(struct utmpx, glibcs) \
			       : offsetof(struct record64, ours) ==                                \
					 offsetof(struct utmpx, glibcs),                           \
		       "utmp has another layout on this processor")
SAME(head.type, ut_type);
SAME(head.user, ut_user);
SAME(head.host, ut_host);
SAME(seconds, ut_tv.tv_sec);
SAME(micro, ut_tv.tv_usec);
_Static_assert(sizeof(struct utmpx) == (UTMP_NATIVE == UTMP_TIME32 ? 384 : 400), "utmp");
_Static_assert(USER_PROCESS == LOGIN_OF_USER, "utmp");
#endif
_Static_assert(sizeof(struct record32) == 384 && sizeof(struct record64) == 400, "padding");

/* Whatever the file says: 0 for what is no time. */
static int64_t time_us(int64_t seconds, int64_t micro)
{
	const int64_t end = INT64_MAX / 1000000;

	if (seconds <= -end || seconds >= end)
		return 0;
	return seconds * 1000000 + (micro >= 0 && micro < 1000000 ? micro : 0);
}

static int64_t time_of(const char *record, enum utmp_layout layout)
{
	struct record32 narrow;
	struct record64 wide;

	if (layout == UTMP_TIME32) {
		memcpy(&narrow, record, sizeof(narrow));
		return time_us(narrow.seconds, narrow.micro);
	}
	memcpy(&wide, record, sizeof(wide));
	return time_us(wide.seconds, wide.micro);
}

bool utmp_next(struct slice *data, enum utmp_layout layout, struct utmp_login *ret)
{
	size_t size = layout == UTMP_TIME32 ? sizeof(struct record32) : sizeof(struct record64);

	while (data->n >= size) {
		const char *record = data->p;
		const char *user = record + offsetof(struct head, user);
		int16_t     type;

		data->p += size;
		data->n -= size;
		memcpy(&type, record + offsetof(struct head, type), sizeof(type));
		if (type != LOGIN_OF_USER)
			continue;
		/* a name of 32 letters has no end */
		ret->user = slice_of(user, strnlen(user, sizeof(((struct head *)0)->user)));
		ret->time_us = time_of(record, layout);
		return true;
	}
	return false;
}
