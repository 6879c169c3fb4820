/* SPDX-License-Identifier: MIT */
/*
 * From what the user calls a guest to what qgac_connect() takes, and which guests there are.
 */
#ifndef CLI_GUESTS_H
#define CLI_GUESTS_H

#include <stddef.h>

#include "cli/cli.h"

struct guest {
	char *name;   /* owned, as all */
	char *target; /* for qgac_connect() */
	char *socket; /* path of its unix socket, or NULL */
};

struct guests {
	struct guest *all;
	size_t        n;
	int status; /* EXIT_OK, or an exit code when some may be missing, which was said */
};

/*
 * Every guest of this host that can be seen: sockets that match the patterns of VACTL_SOCKETS (or
 * those of well-known managers), and running domains of libvirt with an agent channel. Sorted by
 * name. libvirt has half of --timeout to answer. False when memory is short.
 */
bool guests_find(const struct cli *cli, struct guests *ret);
void guests_free(struct guests *g);

/*
 * Sets cli->target and cli->socket from cli->guest, -s and the environment. EXIT_OK, or an exit
 * code after saying what is wrong.
 */
int guests_resolve(struct cli *cli);

#endif
