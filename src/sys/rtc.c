/* SPDX-License-Identifier: MIT */
#include "sys/rtc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/rtc.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/clock.h"

#define ADJTIME "/etc/adjtime"
#define ADJTIME_BYTES_MAX 256
#define LOOK_US 1000

/* udev's link leads to the one from which the kernel set its clock; the last is of devfs days. */
static const char *const devices[] = {"/dev/rtc", "/dev/rtc0", "/dev/misc/rtc"};

bool rtc_adjtime_is_local(const char *text)
{
	int line;

	for (line = 1; line < 3; line++) {
		text = strchr(text, '\n');
		if (!text)
			return false;
		text++;
	}
	return !strncmp(text, "LOCAL", strlen("LOCAL"));
}

static bool runs_in_local_time(const struct sys_root *root)
{
	char text[ADJTIME_BYTES_MAX];
	int  os;

	return root_read_attr(root, ADJTIME, text, sizeof(text), &os) > 0 &&
	       rtc_adjtime_is_local(text);
}

/* The PC's, which QEMU has too. */
static bool is_cmos(const struct sys_root *root)
{
	char text[32];
	int  os;

	return root_read_attr(root, "/sys/class/rtc/rtc0/name", text, sizeof(text), &os) > 0 &&
	       !strncmp(text, "rtc_cmos", strlen("rtc_cmos"));
}

static bool means_none(int os)
{
	return os == ENOENT || os == ENODEV || os == ENXIO || os == ENOTDIR;
}

void rtc_close(struct rtc *r)
{
	if (r->fd >= 0)
		(void)close(take_fd(&r->fd)); /* nothing is written through it */
}

/* The first device there is: its descriptor, -1 with or without an error. */
static int open_device(const struct sys_root *root, struct err *err)
{
	size_t i;
	int    os, fd;

	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		fd = root_open(root, devices[i], O_RDONLY, &os);
		if (fd >= 0)
			return fd;
		if (!means_none(os))
			return err_os(err, os, "cannot open %s", devices[i]);
	}
	return -1;
}

int rtc_open_opt(const struct sys_root *root, struct rtc *ret, struct err *err)
{
	struct rtc_time now;

	ret->fd = open_device(root, err);
	if (ret->fd < 0)
		return err->set ? -1 : 0;
	/* EINVAL: it shows nonsense, as after its battery has died, and wants to be set */
	if (ioctl(ret->fd, RTC_RD_TIME, &now) < 0 && errno != EINVAL) {
		(void)err_os(err, errno, "cannot read the real-time clock");
		rtc_close(ret);
		return -1;
	}
	ret->local = runs_in_local_time(root);
	ret->half = is_cmos(root);
	return 1;
}

/* struct rtc_time begins like struct tm, but is not one. */
static int64_t to_seconds(const struct rtc_time *t, bool local)
{
	struct tm tm = {
		.tm_sec = t->tm_sec,
		.tm_min = t->tm_min,
		.tm_hour = t->tm_hour,
		.tm_mday = t->tm_mday,
		.tm_mon = t->tm_mon,
		.tm_year = t->tm_year,
		.tm_isdst = -1,
	};

	return local ? mktime(&tm) : timegm(&tm);
}

static void from_seconds(time_t seconds, bool local, struct rtc_time *ret)
{
	struct tm tm = {0};

	(void)(local ? localtime_r(&seconds, &tm) : gmtime_r(&seconds, &tm));
	*ret = (struct rtc_time){
		.tm_sec = tm.tm_sec,
		.tm_min = tm.tm_min,
		.tm_hour = tm.tm_hour,
		.tm_mday = tm.tm_mday,
		.tm_mon = tm.tm_mon,
		.tm_year = tm.tm_year,
	};
}

int rtc_read(const struct rtc *r, int64_t *ret_seconds, struct err *err)
{
	int64_t         now, end = clock_monotonic_ns() + RTC_TICK_MS * NS_PER_MS;
	struct rtc_time first, t;

	if (ioctl(r->fd, RTC_RD_TIME, &first) < 0)
		return err_os(err, errno, "cannot read the real-time clock");
	do {
		(void)usleep(LOOK_US);
		/* before the look: behind it we may be kept from running */
		now = clock_monotonic_ns();
		if (ioctl(r->fd, RTC_RD_TIME, &t) < 0)
			return err_os(err, errno, "cannot read the real-time clock");
	} while (t.tm_sec == first.tm_sec && now < end);
	if (t.tm_sec == first.tm_sec)
		return err_set(err, "the real-time clock has stopped");
	tzset();
	*ret_seconds = to_seconds(&t, r->local);
	return 0;
}

/* Sleeps until the kernel's clock is this far into a second. */
static time_t wait_for_fraction(int64_t ns)
{
	int64_t         now = clock_ns(CLOCK_REALTIME), at = now - now % NS_PER_S + ns;
	struct timespec until;

	if (at < now)
		at += NS_PER_S;
	until = (struct timespec){.tv_sec = at / NS_PER_S, .tv_nsec = at % NS_PER_S};
	while (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL) == EINTR)
		continue;
	return until.tv_sec;
}

int rtc_write(const struct rtc *r, struct err *err)
{
	struct rtc_time t;

	tzset();
	from_seconds(wait_for_fraction(r->half ? NS_PER_S / 2 : 0), r->local, &t);
	if (ioctl(r->fd, RTC_SET_TIME, &t) < 0)
		return err_os(err, errno, "cannot set the real-time clock");
	return 0;
}
