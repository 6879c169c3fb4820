/* SPDX-License-Identifier: MIT */
/* guest-get-vcpus, guest-set-vcpus */
#include "sys/cpu.h"

#include <errno.h>

#include "proto/request.h"
#include "schema_handlers.h"

int cmd_guest_get_vcpus(struct request *rq, const void *in, struct guest_get_vcpus_out *out,
			struct err *err)
{
	struct cpu *cpus;
	size_t      n, i;

	(void)in;
	if (cpu_list(rq->root, rq->arena, &cpus, &n, err) < 0)
		return -1;
	out->items = arena_array(rq->arena, n, sizeof(*out->items));
	if (!out->items)
		return err_os(err, ENOMEM, "cannot list the processors");
	out->n = n;
	for (i = 0; i < n; i++)
		out->items[i] = (struct guest_logical_processor){
			.logical_id = (int64_t)cpus[i].id,
			.online = cpus[i].online,
			.has_can_offline = true,
			.can_offline = cpus[i].can_offline,
		};
	return 0;
}

/* The count tells where it stopped; why is told only if nothing was done. */
int cmd_guest_set_vcpus(struct request *rq, const struct guest_set_vcpus_in *in,
			struct guest_set_vcpus_out *out, struct err *err)
{
	size_t i;

	for (i = 0; i < in->vcpus.n; i++) {
		const struct guest_logical_processor *cpu = &in->vcpus.items[i];
		struct err                            failure;

		err_init(&failure);
		if (cpu_set_online(rq->root, cpu->logical_id, cpu->online, i ? &failure : err) < 0)
			break;
	}
	out->value = (int64_t)i;
	return err->set ? -1 : 0;
}
