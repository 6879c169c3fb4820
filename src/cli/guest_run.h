/* SPDX-License-Identifier: MIT */
/*
 * Small programs of the guest that do for us what the protocol cannot.
 */
#ifndef CLI_GUEST_RUN_H
#define CLI_GUEST_RUN_H

#include "base/buf.h"
#include "cli/cli.h"

/* No program that a copy needs may take longer. */
#define GUEST_RUN_MS 120000

/*
 * Runs `script` with the guest's shell; `word` is its $1. `input` (may be NULL) is what it reads;
 * its standard output is added to `out` (may be NULL). 0, or -1 with err: also when its status is
 * not 0 (REFUSED, with what it wrote to standard error), or its output is not complete.
 */
int guest_run(struct qgac *agent, const char *script, const char *word, const struct buf *input,
	      struct buf *out, struct qgac_err *err);

#endif
