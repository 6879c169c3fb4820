/* SPDX-License-Identifier: MIT */
/*
 * The command line. It is read twice: first for the name of the configuration file, then, over what
 * the file says, for everything. Private to config/.
 */
#ifndef CONFIG_CMDLINE_H
#define CONFIG_CMDLINE_H

#include "config/options.h"

/* Sets o->config and o->check_config, and skips over everything else silently. */
void cmdline_find_config(int argc, char **argv, struct options *o);

/* Messages about options go to standard error and, as scripts know it, standard output. */
enum options_result cmdline_parse(int argc, char **argv, struct options *o);

#endif
