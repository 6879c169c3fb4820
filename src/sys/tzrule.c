/* SPDX-License-Identifier: MIT */
#include "sys/tzrule.h"

#include <string.h>

#define DAY 86400
#define NAME_MIN 3

/* Times of change may lie up to a week away (RFC 9636). */
#define CHANGE_HOURS_MAX 167
#define OFFSET_HOURS_MAX 24

/* United States since 2007: what a rule without dates means everywhere. */
static const char default_dates[] = ",M3.2.0,M11.1.0";

/* Moments outside are not asked for: about the years 881 and 36 800. */
#define WHEN_MIN (-((int64_t)1 << 35))
#define WHEN_MAX ((int64_t)1 << 40)

enum date_kind {
	DATE_MONTH_WEEK, /* Mm.w.d */
	DATE_JULIAN,     /* Jn: 1 to 365, February 29 does not count */
	DATE_YEARDAY,    /* n: 0 to 365 */
};

struct change {
	enum date_kind kind;
	int            month, week, day;
	int32_t        time; /* seconds after midnight, wall clock before the change */
};

struct rule {
	struct tz_local standard, summer;
	bool            has_summer;
	struct change   begin, end;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool skip(struct slice *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	s->p++;
	s->n--;
	return true;
}

static bool take_number(struct slice *s, int max, int *ret)
{
	int value = 0, digits = 0;

	for (; s->n && is_digit(*s->p); s->p++, s->n--, digits++) {
		value = value * 10 + (*s->p - '0');
		if (value > max)
			return false;
	}
	*ret = value;
	return digits > 0;
}

/* hh[:mm[:ss]] with an optional sign, as seconds. */
static bool take_time(struct slice *s, int hours_max, int32_t *ret)
{
	bool negative = skip(s, '-');
	int  h, m = 0, sec = 0;

	if (!negative)
		(void)skip(s, '+');
	if (!take_number(s, hours_max, &h) ||
	    (skip(s, ':') &&
	     (!take_number(s, 59, &m) || (skip(s, ':') && !take_number(s, 59, &sec)))))
		return false;
	*ret = h * 3600 + m * 60 + sec;
	if (negative)
		*ret = -*ret;
	return true;
}

/* Letters, or anything but > inside <>. */
static bool take_name(struct slice *s, char to[TZ_NAME_MAX])
{
	bool   quoted = skip(s, '<');
	size_t n = 0;

	while (n < s->n && (quoted ? s->p[n] != '>' : is_letter(s->p[n])))
		n++;
	if (n < NAME_MIN || n >= TZ_NAME_MAX)
		return false;
	memcpy(to, s->p, n);
	to[n] = '\0';
	s->p += n;
	s->n -= n;
	return !quoted || skip(s, '>');
}

static bool take_date(struct slice *s, struct change *ret)
{
	if (skip(s, 'M')) {
		ret->kind = DATE_MONTH_WEEK;
		return take_number(s, 12, &ret->month) && ret->month >= 1 && skip(s, '.') &&
		       take_number(s, 5, &ret->week) && ret->week >= 1 && skip(s, '.') &&
		       take_number(s, 6, &ret->day);
	}
	ret->kind = skip(s, 'J') ? DATE_JULIAN : DATE_YEARDAY;
	return take_number(s, 365, &ret->day) && (ret->kind == DATE_YEARDAY || ret->day >= 1);
}

static bool take_change(struct slice *s, struct change *ret)
{
	ret->time = 2 * 3600;
	return skip(s, ',') && take_date(s, ret) &&
	       (!skip(s, '/') || take_time(s, CHANGE_HOURS_MAX, &ret->time));
}

/* In a rule offsets count westwards. */
static bool take_offset(struct slice *s, struct tz_local *ret)
{
	int32_t west;

	if (!take_time(s, OFFSET_HOURS_MAX, &west))
		return false;
	ret->offset = -west;
	return true;
}

static bool take_rule(struct slice s, struct rule *ret)
{
	struct slice dates;

	if (!take_name(&s, ret->standard.name) || !take_offset(&s, &ret->standard))
		return false;
	ret->has_summer = s.n > 0;
	if (!ret->has_summer)
		return true;
	if (!take_name(&s, ret->summer.name))
		return false;
	ret->summer.offset = ret->standard.offset + 3600;
	if (s.n && *s.p != ',' && !take_offset(&s, &ret->summer))
		return false;
	dates = s.n ? s : slice_of(default_dates, sizeof(default_dates) - 1);
	return take_change(&dates, &ret->begin) && take_change(&dates, &ret->end) && dates.n == 0;
}

static bool is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days from the Epoch to January 1 of that year. */
static int64_t days_before_year(int64_t year)
{
	int64_t y = year - 1;

	return 365 * (year - 1970) + (y / 4 - 1969 / 4) - (y / 100 - 1969 / 100) +
	       (y / 400 - 1969 / 400);
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t year_of(int64_t day)
{
	int64_t year = 1970 + floor_div(day, 366);

	while (days_before_year(year + 1) <= day)
		year++;
	return year;
}

static int days_before_month(int64_t year, int month)
{
	static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

	return before[month - 1] + (month > 2 && is_leap(year));
}

/* Day of the year of the week-th such weekday of a month; week 5 is the last one. */
static int64_t day_of_month_week(const struct change *c, int64_t year)
{
	int     first = days_before_month(year, c->month);
	int     next = c->month == 12 ? 365 + is_leap(year) : days_before_month(year, c->month + 1);
	int64_t begin = days_before_year(year) + first + 4; /* the Epoch was a Thursday */
	int64_t weekday = begin - floor_div(begin, 7) * 7;
	int64_t day = first + (c->day - weekday + 7) % 7 + (c->week - 1) * 7;

	return day < next ? day : day - 7;
}

static int64_t day_of_year(const struct change *c, int64_t year)
{
	switch (c->kind) {
	case DATE_MONTH_WEEK:
		return day_of_month_week(c, year);
	case DATE_JULIAN:
		return c->day - 1 + (c->day >= 60 && is_leap(year));
	default:
		return c->day;
	}
}

/* The moment of a change in that year, when the clock showed `offset` before it. */
static int64_t moment(const struct change *c, int64_t year, int32_t offset)
{
	return (days_before_year(year) + day_of_year(c, year)) * DAY + c->time - offset;
}

static bool is_summer(const struct rule *r, int64_t when)
{
	int64_t year = year_of(floor_div(when + r->standard.offset, DAY));
	int64_t begin = moment(&r->begin, year, r->standard.offset);
	int64_t end = moment(&r->end, year, r->summer.offset);

	if (begin <= end)
		return when >= begin && when < end;
	return when >= begin || when < end; /* south of the equator */
}

bool tzrule_at(struct slice rule, int64_t when, struct tz_local *ret)
{
	struct rule r;

	if (!take_rule(rule, &r) || when < WHEN_MIN || when > WHEN_MAX)
		return false;
	*ret = r.has_summer && is_summer(&r, when) ? r.summer : r.standard;
	return true;
}
