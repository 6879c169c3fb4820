/* SPDX-License-Identifier: MIT */
/* guest-get-devices */
#include <errno.h>

#include "proto/request.h"
#include "schema_handlers.h"
#include "sys/uname.h"
#include "sys/virtio.h"

static void fill_device(const struct virtio_device *from, char *kernel,
			struct guest_device_info *to)
{
	to->driver_name = from->driver;
	to->driver_version = from->version ? from->version : kernel;
	to->has_driver_version = to->driver_version != NULL;
	to->has_id = true;
	to->id.type = GUEST_DEVICE_TYPE_PCI;
	to->id.u.pci.vendor_id = from->vendor;
	to->id.u.pci.device_id = from->device;
}

/* Drivers without a version of their own are part of the kernel; NULL: its release is not known. */
static char *kernel_release(struct request *rq)
{
	struct utsname names;
	int            os;

	return uname_read(rq->root, &names, &os) < 0 ? NULL
						     : arena_strdup(rq->arena, names.release);
}

int cmd_guest_get_devices(struct request *rq, const void *in, struct guest_get_devices_out *out,
			  struct err *err)
{
	struct virtio_list list;
	char              *kernel;
	size_t             i;
	int                os;

	(void)in;
	if (virtio_read(rq->root, rq->arena, &list, &os) < 0)
		return err_os(err, os, "cannot list the devices");
	kernel = kernel_release(rq);
	out->items = arena_array(rq->arena, list.n, sizeof(*out->items));
	if (!out->items)
		return err_os(err, ENOMEM, "cannot list the devices");
	out->n = list.n;
	for (i = 0; i < list.n; i++)
		fill_device(&list.items[i], kernel, &out->items[i]);
	return 0;
}
