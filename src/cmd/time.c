/* SPDX-License-Identifier: MIT */
/* guest-get-time, guest-set-time */
#include <inttypes.h>
#include <time.h>

#include "base/clock.h"
#include "proto/request.h"
#include "schema_handlers.h"
#include "sys/clock.h"
#include "sys/settime.h"

int cmd_guest_get_time(struct request *rq, const void *in, struct guest_get_time_out *out,
		       struct err *err)
{
	(void)in;
	(void)err;
	out->value = sys_clock_realtime_ns(rq->root);
	return 0;
}

int cmd_guest_set_time(struct request *rq, const struct guest_set_time_in *in, void *out,
		       struct err *err)
{
	int64_t seconds = in->time / NS_PER_S;

	(void)out;
	if (!in->has_time)
		return settime_from_rtc(rq->root, err);
	if ((time_t)seconds != seconds)
		return err_set(err, "Time %" PRId64 " is too large", in->time);
	if (!settime_may_be(seconds))
		return err_set(err, "Invalid time");
	return settime_both(rq->root, in->time, err);
}
