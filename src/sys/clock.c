/* SPDX-License-Identifier: MIT */
#include "sys/clock.h"

#include "base/clock.h"
#include "sys/answer.h"

int64_t sys_clock_realtime_ns(const struct sys_root *r)
{
	char     text[ANSWER_TEXT_MAX];
	uint64_t ns;
	int      os;

	if (answer_wanted(r) && answer_read_text(r, "clock", NULL, text, &os) == 0 &&
	    answer_u64(text, "realtime", &ns))
		return (int64_t)ns;
	return clock_ns(CLOCK_REALTIME);
}
