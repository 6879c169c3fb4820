/* SPDX-License-Identifier: MIT */
#include "config/options.h"

#include <string.h>

#include "base/attr.h"
#include "config/cmdline.h"
#include "config/file.h"
#include "config/rows.h"

enum options_result options_load(int argc, char **argv, struct options *ret, struct err *err)
{
	const char *slash;

	options_set_defaults(ret);
	ret->argc = argc;
	ret->argv = argv;
	slash = strrchr(argv[0], '/');
	ret->program = slash ? slash + 1 : argv[0];
	ret->as_qemu_ga = !strcmp(ret->program, "qemu-ga");
	cmdline_find_config(argc, argv, ret);
	if (config_file_load(ret, err) < 0)
		return OPTIONS_EXIT_FAIL;
	return cmdline_parse(argc, argv, ret);
}

void options_fini(struct options *o)
{
	while (o->n_warnings > 0)
		free((void *)(uintptr_t)o->warnings[--o->n_warnings]);
	free(take_ptr(&o->config_text));
}
