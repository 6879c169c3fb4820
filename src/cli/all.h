/* SPDX-License-Identifier: MIT */
/*
 * One verb for every guest that can be found, several at a time.
 */
#ifndef CLI_ALL_H
#define CLI_ALL_H

#include "cli/cli.h"

/*
 * Runs cli->verb in a process of its own for each guest. Its output comes in whole, each line with
 * the guest's name in front; with --json one line for each guest. Returns the highest exit code.
 */
int all_run(struct cli *cli, int argc, char **argv);

#endif
