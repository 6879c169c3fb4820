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

struct reading {
	struct arena        *arena;
	struct cpustat_list *list;
};

static int take(struct slice line, void *data, struct err *err)
{
	struct reading *to = data;
	struct cpustat  stat, *item;
	int             kind = cpustat_parse(line, &stat);

	if (kind <= 0)
		return kind == 0;
	item = arena_push(to->arena, &to->list->items, &to->list->n, sizeof(*item));
	if (!item)
		return err_os(err, ENOMEM, "cannot list the CPUs");
	*item = stat;
	return 1;
}

int cpustat_read(const struct sys_root *r, struct arena *a, struct cpustat_list *ret,
		 struct err *err)
{
	struct reading to = {.arena = a, .list = ret};

	*ret = (struct cpustat_list){0};
	return lines_each(r, PATH, take, &to, err);
}

uint64_t cpustat_ms(uint64_t ticks)
{
	long hz = sysconf(_SC_CLK_TCK);

	return hz > 0 ? ticks * 1000 / (uint64_t)hz : ticks;
}
