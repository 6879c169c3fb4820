/* SPDX-License-Identifier: MIT */
#include "sys/timezone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sys/tzif.h"

#define ZONES "/usr/share/zoneinfo"

static bool read_zone(const struct sys_root *r, const char *path, int64_t when,
		      struct tz_local *ret)
{
	struct buf data = BUF_INIT(TIMEZONE_BYTES_MAX);
	bool       known;
	int        os;

	known = root_read(r, path, &data, &os) >= 0 &&
		tzif_at(slice_of(data.data, data.len), when, ret);
	buf_fini(&data);
	return known;
}

/* "Europe/Berlin", or an absolute path. */
static bool read_named_zone(const struct sys_root *r, const char *name, int64_t when,
			    struct tz_local *ret)
{
	const char *folder = getenv("TZDIR");
	char        path[ROOT_PATH_MAX];
	int         n;

	if (!*name)
		return false;
	if (*name == '/')
		return read_zone(r, name, when, ret);
	n = snprintf(path, sizeof(path), "%s/%s", folder && *folder ? folder : ZONES, name);
	return n < (int)sizeof(path) && read_zone(r, path, when, ret);
}

/* What POSIX and tzset(3) allow in $TZ: a rule, or [:]name. */
static bool read_variable(const struct sys_root *r, const char *value, int64_t when,
			  struct tz_local *ret)
{
	if (*value == ':')
		value++;
	else if (tzrule_at(slice_of(value, strlen(value)), when, ret))
		return true;
	return read_named_zone(r, value, when, ret);
}

static bool read_etc_timezone(const struct sys_root *r, int64_t when, struct tz_local *ret)
{
	char name[256];
	int  os;

	return root_read_attr(r, "/etc/timezone", name, sizeof(name), &os) > 0 &&
	       read_named_zone(r, name, when, ret);
}

void timezone_at(const struct sys_root *r, int64_t when, struct tz_local *ret)
{
	const char *value = getenv("TZ");
	bool        known;

	if (value)
		known = read_variable(r, value, when, ret);
	else
		known = read_zone(r, "/etc/localtime", when, ret) ||
			read_etc_timezone(r, when, ret);
	if (!known)
		*ret = (struct tz_local){.offset = 0, .name = "UTC"};
}
