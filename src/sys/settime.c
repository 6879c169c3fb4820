/* SPDX-License-Identifier: MIT */
#include "sys/settime.h"

#include <errno.h>
#include <inttypes.h>
#include <time.h>

#include "base/clock.h"
#include "sys/rtc.h"

/* struct tm counts from here. */
#define YEAR_ZERO 1900
#define YEAR_MIN 1970
#define YEAR_MAX 2069

/* The protocol's agent runs hwclock for this; its text stays. */
#define HELPER "child process has failed to set hardware clock to system time: "

bool settime_may_be(int64_t seconds)
{
	time_t    t = (time_t)seconds;
	struct tm tm;

	tzset(); /* the zone may have changed since we were started */
	return localtime_r(&t, &tm) && tm.tm_year + YEAR_ZERO >= YEAR_MIN &&
	       tm.tm_year + YEAR_ZERO <= YEAR_MAX;
}

static int set_realtime(int64_t seconds, int64_t ns, struct err *err)
{
	struct timespec ts = {.tv_sec = (time_t)seconds, .tv_nsec = (long)ns};

	if (clock_settime(CLOCK_REALTIME, &ts) < 0)
		return err_os(err, errno, "Failed to set time to guest");
	return 0;
}

static int write_rtc(const struct rtc *rtc, struct err *err)
{
	if (rtc_write(rtc, err) == 0)
		return 0;
	err_prefix(err, HELPER);
	return -1;
}

int settime_both(const struct sys_root *root, int64_t ns, struct err *err)
{
	struct rtc rtc;
	int        has_rtc, rc;

	if (root_note(root, "set the clocks to %" PRId64 " ns", ns))
		return 0;
	has_rtc = rtc_open_opt(root, &rtc, err);
	if (has_rtc < 0) {
		err_prefix(err, HELPER);
		return -1;
	}
	rc = set_realtime(ns / NS_PER_S, ns % NS_PER_S, err);
	if (rc == 0 && has_rtc)
		rc = write_rtc(&rtc, err);
	if (has_rtc)
		rtc_close(&rtc);
	return rc;
}

static int read_rtc(const struct sys_root *root, int64_t *ret_seconds, struct err *err)
{
	struct rtc rtc;
	int        rc = rtc_open_opt(root, &rtc, err);

	if (rc == 0)
		return err_set(err, "there is no real-time clock");
	if (rc < 0)
		return -1;
	rc = rtc_read(&rtc, ret_seconds, err);
	rtc_close(&rtc);
	return rc;
}

int settime_from_rtc(const struct sys_root *root, struct err *err)
{
	int64_t seconds;

	if (root_note(root, "set the clock by the real-time clock"))
		return 0;
	if (read_rtc(root, &seconds, err) == 0)
		return set_realtime(seconds, 0, err);
	err_prefix(err, HELPER);
	return -1;
}
