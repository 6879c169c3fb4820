/* SPDX-License-Identifier: MIT */
/* guest-get-cpustats, guest-get-diskstats */
#include <errno.h>

#include "proto/request.h"
#include "schema_handlers.h"
#include "sys/cpustat.h"
#include "sys/diskstat.h"

static void fill_cpu(struct guest_linux_cpu_stats *to, const struct cpustat *from)
{
	to->cpu = from->cpu;
	to->user = cpustat_ms(from->ticks[CPUSTAT_USER]);
	to->nice = cpustat_ms(from->ticks[CPUSTAT_NICE]);
	to->system = cpustat_ms(from->ticks[CPUSTAT_SYSTEM]);
	to->idle = cpustat_ms(from->ticks[CPUSTAT_IDLE]);
	to->has_iowait = from->n > CPUSTAT_IOWAIT;
	to->iowait = cpustat_ms(from->ticks[CPUSTAT_IOWAIT]);
	to->has_irq = from->n > CPUSTAT_IRQ;
	to->irq = cpustat_ms(from->ticks[CPUSTAT_IRQ]);
	to->has_softirq = to->has_irq; /* they came together */
	to->softirq = cpustat_ms(from->ticks[CPUSTAT_SOFTIRQ]);
	to->has_steal = from->n > CPUSTAT_STEAL;
	to->steal = cpustat_ms(from->ticks[CPUSTAT_STEAL]);
	to->has_guest = from->n > CPUSTAT_GUEST;
	to->guest = cpustat_ms(from->ticks[CPUSTAT_GUEST]);
	to->has_guestnice = from->n > CPUSTAT_GUEST_NICE;
	to->guestnice = cpustat_ms(from->ticks[CPUSTAT_GUEST_NICE]);
}

int cmd_guest_get_cpustats(struct request *rq, const void *in, struct guest_get_cpustats_out *out,
			   struct err *err)
{
	struct cpustat_list list;
	size_t              i;

	(void)in;
	if (cpustat_read(rq->root, rq->arena, &list, err) < 0)
		return -1;
	out->n = list.n;
	out->items = arena_array(rq->arena, list.n, sizeof(*out->items));
	if (!out->items)
		return err_os(err, ENOMEM, "cannot list the CPUs");
	for (i = 0; i < list.n; i++) {
		out->items[i].type = GUEST_CPU_STATS_TYPE_LINUX;
		fill_cpu(&out->items[i].u.linux_, &list.items[i]);
	}
	return 0;
}

static void fill_disk(struct guest_disk_stats *to, const struct diskstat *from)
{
#define TAKE(member, column)                                                                       \
	do {                                                                                       \
		to->has_##member = diskstat_has(from, DISKSTAT_##column);                          \
		to->member = from->value[DISKSTAT_##column];                                       \
	} while (0)
	TAKE(read_ios, READ_IOS);
	TAKE(read_merges, READ_MERGES);
	TAKE(read_sectors, READ_SECTORS);
	TAKE(read_ticks, READ_TICKS);
	TAKE(write_ios, WRITE_IOS);
	TAKE(write_merges, WRITE_MERGES);
	TAKE(write_sectors, WRITE_SECTORS);
	TAKE(write_ticks, WRITE_TICKS);
	TAKE(ios_pgr, IOS_PGR);
	TAKE(total_ticks, TOTAL_TICKS);
	TAKE(weight_ticks, WEIGHT_TICKS);
	TAKE(discard_ios, DISCARD_IOS);
	TAKE(discard_merges, DISCARD_MERGES);
	TAKE(discard_sectors, DISCARD_SECTORS);
	TAKE(discard_ticks, DISCARD_TICKS);
	TAKE(flush_ios, FLUSH_IOS);
	TAKE(flush_ticks, FLUSH_TICKS);
#undef TAKE
}

int cmd_guest_get_diskstats(struct request *rq, const void *in, struct guest_get_diskstats_out *out,
			    struct err *err)
{
	struct diskstat_list list;
	size_t               i;

	(void)in;
	if (diskstat_read(rq->root, rq->arena, &list, err) < 0)
		return -1;
	out->n = list.n;
	out->items = arena_array(rq->arena, list.n, sizeof(*out->items));
	if (!out->items)
		return err_os(err, ENOMEM, "cannot list the disks");
	for (i = 0; i < list.n; i++) {
		const struct diskstat *from = &list.items[i];

		out->items[i].name = (char *)from->name.p; /* in the arena, with an end */
		out->items[i].major = from->major;
		out->items[i].minor = from->minor;
		fill_disk(&out->items[i].stats, from);
	}
	return 0;
}
