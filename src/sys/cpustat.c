/* SPDX-License-Identifier: MIT */
#include "sys/cpustat.h"

#include <errno.h>
#include <limits.h>

#include "base/num.h"
#include "sys/lines.h"

#define PATH "/proc/stat"

/* The columns of the first kernels. */
#define COLUMNS_MIN 4

int cpustat_parse(struct slice line, struct cpustat *ret)
{
	struct slice field;
	uint64_t     cpu;

	if (!slice_field(&line, &field) || field.n < 4 || memcmp(field.p, "cpu", 3) ||
	    !num_u64(field.p + 3, field.n - 3, &cpu) || cpu > INT_MAX)
		return 0;
	*ret = (struct cpustat){.cpu = (int)cpu};
	while (ret->n < CPUSTAT_COLUMNS && slice_field(&line, &field) &&
	       num_u64(field.p, field.n, &ret->ticks[ret->n]))
		ret->n++;
	return ret->n < COLUMNS_MIN ? -1 : 1;
}

/* 0; -1: no memory */
static int add(struct arena *a, struct cpustat_list *list, const struct cpustat *stat)
{
	struct cpustat *item = arena_push(a, &list->items, &list->n, sizeof(*item));

	if (!item)
		return -1;
	*item = *stat;
	return 0;
}

static int read_lines(struct lines *l, struct arena *a, struct cpustat_list *ret, struct err *err)
{
	struct cpustat stat;
	struct slice   line;
	int            more, os;

	while ((more = lines_next(l, &line, &os)) > 0) {
		int kind = cpustat_parse(line, &stat);

		if (kind < 0)
			return 0;
		if (kind > 0 && add(a, ret, &stat) < 0)
			return err_os(err, ENOMEM, "cannot list the CPUs");
	}
	return more < 0 ? err_os(err, os, "read(\"" PATH "\")") : 0;
}

int cpustat_read(const struct sys_root *r, struct arena *a, struct cpustat_list *ret,
		 struct err *err)
{
	struct lines l;
	int          rc, os;

	*ret = (struct cpustat_list){0};
	if (lines_open(&l, r, PATH, &os) < 0)
		return err_os(err, os, "open(\"" PATH "\")");
	rc = read_lines(&l, a, ret, err);
	lines_close(&l);
	return rc;
}

uint64_t cpustat_ms(uint64_t ticks)
{
	long hz = sysconf(_SC_CLK_TCK);

	return hz > 0 ? ticks * 1000 / (uint64_t)hz : ticks;
}
