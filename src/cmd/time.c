/* SPDX-License-Identifier: MIT */
/* guest-get-time */
#include "proto/request.h"
#include "schema_handlers.h"
#include "sys/clock.h"

int cmd_guest_get_time(struct request *rq, const void *in, struct guest_get_time_out *out,
		       struct err *err)
{
	(void)in;
	(void)err;
	out->value = sys_clock_realtime_ns(rq->root);
	return 0;
}
