/* SPDX-License-Identifier: MIT */
#include "transport/transport.h"

#include <string.h>

const struct transport *transport_find(const char *name)
{
	static const struct transport *const all[] = {
		&transport_virtio_serial, &transport_isa_serial, &transport_unix_listen,
		&transport_vsock_listen,  &transport_stdio,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all); i++)
		if (!strcmp(all[i]->name, name))
			return all[i];
	return NULL;
}
