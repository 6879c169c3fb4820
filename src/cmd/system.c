/* SPDX-License-Identifier: MIT */
/* guest-get-host-name, guest-get-load, guest-get-osinfo, guest-get-timezone, guest-get-users */
#include <errno.h>

#include "proto/request.h"
#include "schema_handlers.h"
#include "sys/clock.h"
#include "sys/load.h"
#include "sys/logins.h"
#include "sys/osrelease.h"
#include "sys/timezone.h"
#include "sys/uname.h"

int cmd_guest_get_host_name(struct request *rq, const void *in, struct guest_get_host_name_out *out,
			    struct err *err)
{
	struct utsname names;
	int            os;

	(void)in;
	if (uname_read(rq->root, &names, &os) < 0)
		return err_os(err, os, "cannot get hostname");
	out->host_name = arena_strdup(rq->arena, names.nodename);
	return out->host_name ? 0 : err_os(err, ENOMEM, "cannot answer");
}

int cmd_guest_get_load(struct request *rq, const void *in, struct guest_get_load_out *out,
		       struct err *err)
{
	struct load load;
	int         os;

	(void)in;
	if (load_read(rq->root, &load, &os) < 0)
		return err_os(err, os, "cannot query load average");
	out->load1m = load.average[0];
	out->load5m = load.average[1];
	out->load15m = load.average[2];
	return 0;
}

static void set_opt(bool *has, const char **to, const char *value)
{
	*has = value != NULL;
	*to = value;
}

static void fill_osrelease(const struct osrelease *from, struct guest_get_osinfo_out *to)
{
	char *const *v = from->value;

	set_opt(&to->has_id, &to->id, v[OSRELEASE_ID]);
	set_opt(&to->has_name, &to->name, v[OSRELEASE_NAME]);
	set_opt(&to->has_pretty_name, &to->pretty_name, v[OSRELEASE_PRETTY_NAME]);
	set_opt(&to->has_version, &to->version, v[OSRELEASE_VERSION]);
	set_opt(&to->has_version_id, &to->version_id, v[OSRELEASE_VERSION_ID]);
	set_opt(&to->has_variant, &to->variant, v[OSRELEASE_VARIANT]);
	set_opt(&to->has_variant_id, &to->variant_id, v[OSRELEASE_VARIANT_ID]);
}

int cmd_guest_get_osinfo(struct request *rq, const void *in, struct guest_get_osinfo_out *out,
			 struct err *err)
{
	struct osrelease release;
	struct utsname   names;
	int              os;

	(void)in;
	if (uname_read(rq->root, &names, &os) < 0)
		return err_os(err, os, "uname failed");
	set_opt(&out->has_kernel_release, &out->kernel_release,
		arena_strdup(rq->arena, names.release));
	set_opt(&out->has_kernel_version, &out->kernel_version,
		arena_strdup(rq->arena, names.version));
	set_opt(&out->has_machine, &out->machine, arena_strdup(rq->arena, names.machine));
	if (!out->kernel_release || !out->kernel_version || !out->machine ||
	    osrelease_read(rq->root, rq->arena, &release) < 0)
		return err_os(err, ENOMEM, "cannot answer");
	fill_osrelease(&release, out);
	return 0;
}

int cmd_guest_get_timezone(struct request *rq, const void *in, struct guest_get_timezone_out *out,
			   struct err *err)
{
	struct tz_local local;

	(void)in;
	timezone_at(rq->root, sys_clock_realtime_ns(rq->root) / 1000000000, &local);
	out->offset = local.offset;
	set_opt(&out->has_zone, &out->zone, arena_strdup(rq->arena, local.name));
	return out->zone ? 0 : err_os(err, ENOMEM, "cannot answer");
}

int cmd_guest_get_users(struct request *rq, const void *in, struct guest_get_users_out *out,
			struct err *err)
{
	struct login_list list;
	size_t            i;
	int               os;

	(void)in;
	if (logins_read(rq->root, rq->arena, &list, &os) < 0)
		return err_os(err, os, "cannot list the users");
	out->items = arena_array(rq->arena, list.n, sizeof(*out->items));
	if (!out->items)
		return err_os(err, ENOMEM, "cannot list the users");
	out->n = list.n;
	for (i = 0; i < list.n; i++) {
		out->items[i].user = list.items[i].user;
		out->items[i].login_time = (double)list.items[i].time_us / 1000000;
	}
	return 0;
}
