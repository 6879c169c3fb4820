/* SPDX-License-Identifier: MIT */
#include "sys/diskstat.h"

#include <errno.h>

#include "base/num.h"
#include "sys/lines.h"

#define PATH "/proc/diskstats"

/* Numbers behind the name on the lines of each kind of kernel. */
#define NUMBERS_OLD_PARTITION 4 /* before 2.6.25 */
#define NUMBERS_BASIC 11
#define NUMBERS_DISCARD 15 /* since 4.18 */
#define NUMBERS_FLUSH 17   /* since 5.5 */

static void set(struct diskstat *s, enum diskstat_column c, uint64_t value)
{
	s->value[c] = value;
	s->known |= 1u << c;
}

/* What the numbers of a line mean depends on how many there are. */
static void assign(struct diskstat *s, const uint64_t *numbers, size_t n)
{
	static const enum diskstat_column old[NUMBERS_OLD_PARTITION] = {
		DISKSTAT_READ_IOS, DISKSTAT_READ_SECTORS, DISKSTAT_WRITE_IOS,
		DISKSTAT_WRITE_SECTORS};
	size_t i, known = 0;

	if (n >= NUMBERS_FLUSH)
		known = NUMBERS_FLUSH;
	else if (n >= NUMBERS_DISCARD)
		known = NUMBERS_DISCARD;
	else if (n >= NUMBERS_BASIC)
		known = NUMBERS_BASIC;
	for (i = 0; i < known; i++)
		set(s, (enum diskstat_column)i, numbers[i]);
	for (i = 0; n == NUMBERS_OLD_PARTITION && i < n; i++)
		set(s, old[i], numbers[i]);
}

bool diskstat_parse(struct slice line, struct diskstat *ret)
{
	uint64_t     numbers[DISKSTAT_COLUMNS];
	struct slice field;
	size_t       n = 0;

	*ret = (struct diskstat){0};
	if (!slice_field(&line, &field) || !num_u64(field.p, field.n, &ret->major) ||
	    !slice_field(&line, &field) || !num_u64(field.p, field.n, &ret->minor) ||
	    !slice_field(&line, &ret->name))
		return false;
	while (n < DISKSTAT_COLUMNS && slice_field(&line, &field) &&
	       num_u64(field.p, field.n, &numbers[n]))
		n++;
	assign(ret, numbers, n);
	return n >= NUMBERS_OLD_PARTITION;
}

struct reading {
	struct arena         *arena;
	struct diskstat_list *list;
};

static int take(struct slice line, void *data, struct err *err)
{
	struct reading *to = data;
	struct diskstat stat, *item;

	if (!diskstat_parse(line, &stat))
		return 1;
	stat.name.p = arena_strndup(to->arena, stat.name.p, stat.name.n);
	item = arena_push(to->arena, &to->list->items, &to->list->n, sizeof(*item));
	if (!item || !stat.name.p)
		return err_os(err, ENOMEM, "cannot list the disks");
	*item = stat;
	return 1;
}

int diskstat_read(const struct sys_root *r, struct arena *a, struct diskstat_list *ret,
		  struct err *err)
{
	struct reading to = {.arena = a, .list = ret};

	*ret = (struct diskstat_list){0};
	return lines_each(r, PATH, take, &to, err);
}
