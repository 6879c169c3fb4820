/* SPDX-License-Identifier: MIT */
/* guest-get-host-name, guest-get-load */
#include <errno.h>

#include "proto/request.h"
#include "schema_handlers.h"
#include "sys/load.h"
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
