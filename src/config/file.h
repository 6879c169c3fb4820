/* SPDX-License-Identifier: MIT */
/*
 * The configuration file. Private to config/.
 */
#ifndef CONFIG_FILE_H
#define CONFIG_FILE_H

#include "config/options.h"

/* A larger file is no configuration. */
#define CONFIG_FILE_BYTES_MAX ((size_t)1 << 20)

/* Finds the file (o->config, $QGA_CONF, the built-in places), and applies it. 0, or -1 with err. */
int config_file_load(struct options *o, struct err *err);

/* Applies text[0..n), which is followed by a NUL and must live as long as o. For tests. */
int config_file_parse(struct options *o, const char *path, char *text, size_t n, struct err *err);

#endif
