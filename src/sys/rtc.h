/* SPDX-License-Identifier: MIT */
/*
 * The real-time clock of the machine, which counts whole seconds. Both directions wait for the
 * right moment inside a second, as hwclock(8) does, so they take up to one.
 */
#ifndef SYS_RTC_H
#define SYS_RTC_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"
#include "sys/root.h"

/* How long is waited for its next second; it has stopped if none comes. */
#define RTC_TICK_MS 3000

struct rtc {
	int  fd;
	bool local; /* it runs in local time, says /etc/adjtime */
	bool half;  /* its next second begins half a second after it was set (rtc_cmos) */
};

/* 1, 0: the machine has none, -1. rtc_close() it in the first case. */
int  rtc_open_opt(const struct sys_root *root, struct rtc *ret, struct err *err);
void rtc_close(struct rtc *r);

/* Waits until a second begins and tells which, since the Epoch. */
int rtc_read(const struct rtc *r, int64_t *ret_seconds, struct err *err);

/* Sets it to the time of the kernel's clock. */
int rtc_write(const struct rtc *r, struct err *err);

/* Whether the text of /etc/adjtime says local time. */
bool rtc_adjtime_is_local(const char *text);

#endif
