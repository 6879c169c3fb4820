/* SPDX-License-Identifier: MIT */
/* guest-get-fsinfo, guest-get-disks */
#include <errno.h>
#include <stdio.h>

#include "base/err.h"
#include "proto/request.h"
#include "schema_handlers.h"
#include "sys/block.h"
#include "sys/disks.h"
#include "sys/filesystems.h"
#include "sys/nvme.h"

static int no_memory(struct err *err)
{
	return err_os(err, ENOMEM, "cannot answer");
}

static enum guest_disk_bus_type bus_type(enum block_bus bus)
{
	static const enum guest_disk_bus_type types[] = {
		[BLOCK_BUS_UNKNOWN] = GUEST_DISK_BUS_TYPE_UNKNOWN,
		[BLOCK_BUS_IDE] = GUEST_DISK_BUS_TYPE_IDE,
		[BLOCK_BUS_SCSI] = GUEST_DISK_BUS_TYPE_SCSI,
		[BLOCK_BUS_VIRTIO] = GUEST_DISK_BUS_TYPE_VIRTIO,
		[BLOCK_BUS_XEN] = GUEST_DISK_BUS_TYPE_XEN,
		[BLOCK_BUS_USB] = GUEST_DISK_BUS_TYPE_USB,
		[BLOCK_BUS_SATA] = GUEST_DISK_BUS_TYPE_SATA,
		[BLOCK_BUS_SD] = GUEST_DISK_BUS_TYPE_SD,
		[BLOCK_BUS_MMC] = GUEST_DISK_BUS_TYPE_MMC,
		[BLOCK_BUS_ISCSI] = GUEST_DISK_BUS_TYPE_ISCSI,
		[BLOCK_BUS_NVME] = GUEST_DISK_BUS_TYPE_NVME,
	};

	return types[bus];
}

static struct guest_disk_address address_of(const struct block_address *a)
{
	return (struct guest_disk_address){
		.pci_controller = {.domain = a->pci.domain,
				   .bus = a->pci.bus,
				   .slot = a->pci.slot,
				   .function = a->pci.function},
		.bus_type = bus_type(a->bus_type),
		.bus = a->bus,
		.target = a->target,
		.unit = a->unit,
		.has_serial = a->serial != NULL,
		.serial = a->serial,
		.has_dev = a->dev != NULL,
		.dev = a->dev,
		.has_ccw_address = a->has_ccw,
		.ccw_address = {.cssid = a->ccw.cssid,
				.ssid = a->ccw.ssid,
				.subchno = a->ccw.subchno,
				.devno = a->ccw.devno},
	};
}

/* --- filesystems --- */

/* The disks found last come first. */
static int fill_disks(struct request *rq, const struct block_list *found,
		      struct guest_filesystem_info *to, struct err *err)
{
	size_t i;

	to->disk.n = found->n;
	to->disk.items = arena_array(rq->arena, found->n, sizeof(*to->disk.items));
	if (!to->disk.items)
		return no_memory(err);
	for (i = 0; i < found->n; i++)
		to->disk.items[found->n - 1 - i] = address_of(&found->items[i]);
	return 0;
}

static int fill_filesystem(struct request *rq, const struct filesystem_info *fs,
			   struct guest_filesystem_info *to, struct err *err)
{
	to->name = fs->name;
	to->mountpoint = fs->mount->point;
	to->type = fs->mount->type;
	to->has_used_bytes = to->has_total_bytes = to->has_total_bytes_privileged = fs->space.known;
	to->used_bytes = fs->space.used;
	to->total_bytes = fs->space.total;
	to->total_bytes_privileged = fs->space.privileged;
	return fill_disks(rq, &fs->disks, to, err);
}

/* What was mounted last comes first: clients turn the list round to get the order of mounting. */
int cmd_guest_get_fsinfo(struct request *rq, const void *in, struct guest_get_fsinfo_out *out,
			 struct err *err)
{
	struct filesystem_list list;
	size_t                 i;

	(void)in;
	if (filesystems_read(rq->root, rq->arena, &list, err) < 0)
		return -1;
	out->n = list.n;
	out->items = arena_array(rq->arena, list.n, sizeof(*out->items));
	if (!out->items)
		return no_memory(err);
	for (i = 0; i < list.n; i++)
		if (fill_filesystem(rq, &list.items[i], &out->items[list.n - 1 - i], err) < 0)
			return -1;
	return 0;
}

/* --- disks --- */

static struct guest_nv_me_smart health_of(const struct nvme_health *h)
{
	return (struct guest_nv_me_smart){
		.critical_warning = h->critical_warning,
		.temperature = h->temperature,
		.available_spare = h->spare,
		.available_spare_threshold = h->spare_threshold,
		.percentage_used = h->used,
		.data_units_read_lo = h->units_read.lo,
		.data_units_read_hi = h->units_read.hi,
		.data_units_written_lo = h->units_written.lo,
		.data_units_written_hi = h->units_written.hi,
		.host_read_commands_lo = h->reads.lo,
		.host_read_commands_hi = h->reads.hi,
		.host_write_commands_lo = h->writes.lo,
		.host_write_commands_hi = h->writes.hi,
		.controller_busy_time_lo = h->busy_minutes.lo,
		.controller_busy_time_hi = h->busy_minutes.hi,
		.power_cycles_lo = h->power_cycles.lo,
		.power_cycles_hi = h->power_cycles.hi,
		.power_on_hours_lo = h->hours.lo,
		.power_on_hours_hi = h->hours.hi,
		.unsafe_shutdowns_lo = h->unsafe_shutdowns.lo,
		.unsafe_shutdowns_hi = h->unsafe_shutdowns.hi,
		.media_errors_lo = h->media_errors.lo,
		.media_errors_hi = h->media_errors.hi,
		.number_of_error_log_entries_lo = h->log_entries.lo,
		.number_of_error_log_entries_hi = h->log_entries.hi,
	};
}

static struct guest_disk_info info_of(const struct disk *d)
{
	struct guest_disk_info to = {
		.name = d->dev,
		.partition = d->partition,
		.has_dependencies = d->dependencies != NULL,
		/* a list of strings is const only in builds that have none as an argument */
		.dependencies = {.n = d->n_dependencies, .items = (void *)d->dependencies},
		.has_address = d->address != NULL,
		.has_alias = d->alias != NULL,
		.alias = d->alias,
	};

	if (d->address)
		to.address = address_of(d->address);
	return to;
}

static bool has_health(const struct disk *d)
{
	return d->address && d->address->bus_type == BLOCK_BUS_NVME;
}

/* Adds the health of all disks that have one; items are in reverse order of the list. */
static int add_health(struct request *rq, const struct disk_list *list,
		      struct guest_disk_info *items, struct err *err)
{
	struct nvme_disk *asked = arena_array(rq->arena, list->n, sizeof(*asked));
	size_t            n = 0, i;

	if (!asked)
		return no_memory(err);
	for (i = 0; i < list->n; i++)
		if (has_health(&list->items[i]))
			asked[n++] = (struct nvme_disk){.dev = list->items[i].dev,
							.major = list->items[i].major,
							.minor = list->items[i].minor};
	if (nvme_read_health(rq->root, asked, n, rq->arena, err) < 0)
		return -1;
	for (i = 0, n = 0; i < list->n; i++) {
		struct guest_disk_info *to = &items[list->n - 1 - i];

		if (!has_health(&list->items[i]))
			continue;
		to->has_smart = asked[n].health.known;
		to->smart.type = GUEST_DISK_BUS_TYPE_NVME;
		to->smart.u.nvme = health_of(&asked[n++].health);
	}
	return 0;
}

/* In reverse order of discovery, as the protocol has it: partitions come before their disk. */
int cmd_guest_get_disks(struct request *rq, const void *in, struct guest_get_disks_out *out,
			struct err *err)
{
	struct disk_list list;
	size_t           i;

	(void)in;
	if (disks_read(rq->root, rq->arena, &list, err) < 0)
		return -1;
	out->n = list.n;
	out->items = arena_array(rq->arena, list.n, sizeof(*out->items));
	if (!out->items)
		return no_memory(err);
	for (i = 0; i < list.n; i++)
		out->items[list.n - 1 - i] = info_of(&list.items[i]);
	return add_health(rq, &list, out->items, err);
}
