/* SPDX-License-Identifier: MIT */
#ifndef CLI_NETWORK_H
#define CLI_NETWORK_H

#include "cli/ask.h"

/* Whether one of the interfaces has an address that is more than link-local. */
bool network_has_address(struct ask *a, struct qgac_value interfaces);

#endif
