/* SPDX-License-Identifier: MIT */
/* guest-sync-delimited, guest-sync, guest-ping */
#include "schema_handlers.h"

int cmd_guest_sync_delimited(struct request *rq, const struct guest_sync_delimited_in *in,
			     struct guest_sync_delimited_out *out, struct err *err)
{
	(void)rq;
	(void)err;
	out->value = in->id;
	return 0;
}

int cmd_guest_sync(struct request *rq, const struct guest_sync_in *in, struct guest_sync_out *out,
		   struct err *err)
{
	(void)rq;
	(void)err;
	out->value = in->id;
	return 0;
}

int cmd_guest_ping(struct request *rq, const void *in, void *out, struct err *err)
{
	(void)rq;
	(void)in;
	(void)out;
	(void)err;
	return 0;
}
