/* SPDX-License-Identifier: MIT */
/* guest-shutdown, guest-suspend-disk, guest-suspend-ram, guest-suspend-hybrid */
#include <errno.h>
#include <string.h>

#include "config/options.h"
#include "proto/request.h"
#include "schema_handlers.h"
#include "sys/shutdown.h"
#include "sys/suspend.h"

/* Elements of the chain; more are not looked at. */
#define CHAIN_MAX 32

static int decode_mode(const struct guest_shutdown_in *in, enum shutdown_mode *ret, struct err *err)
{
	static const char *const names[SHUTDOWN_MODES] = {
		[SHUTDOWN_POWERDOWN] = "powerdown",
		[SHUTDOWN_HALT] = "halt",
		[SHUTDOWN_REBOOT] = "reboot",
	};
	int i;

	*ret = SHUTDOWN_POWERDOWN;
	if (!in->has_mode)
		return 0;
	for (i = 0; i < SHUTDOWN_MODES; i++) {
		if (!strcmp(in->mode, names[i])) {
			*ret = (enum shutdown_mode)i;
			return 0;
		}
	}
	/* the missing bracket is the protocol's (decisions.md row 38) */
	return err_set(err, "mode is invalid (valid values are: halt|powerdown|reboot");
}

/* The chain of the configuration as strings; the built-in one if there is none. */
static int read_chain(const struct request *rq, const char **chain, size_t *ret_n, struct err *err)
{
	struct option_word w = {0};
	size_t             n = 0;

	while (n < CHAIN_MAX && option_list_next(&rq->options->shutdown_chain, &w)) {
		chain[n] = arena_strndup(rq->arena, w.start, w.len);
		if (!chain[n++])
			return err_os(err, ENOMEM, "cannot shut down");
	}
	if (n == 0) {
		n = shutdown_default_count;
		memcpy(chain, shutdown_default_chain, n * sizeof(*chain));
	}
	*ret_n = n;
	return 0;
}

int cmd_guest_shutdown(struct request *rq, const struct guest_shutdown_in *in, void *out,
		       struct err *err)
{
	const char        *chain[CHAIN_MAX];
	enum shutdown_mode mode;
	size_t             n = 0;

	(void)out;
	if (decode_mode(in, &mode, err) < 0 || read_chain(rq, chain, &n, err) < 0)
		return -1;
	return shutdown_try(rq->root, mode, chain, n, err);
}

int cmd_guest_suspend_disk(struct request *rq, const void *in, void *out, struct err *err)
{
	(void)in;
	(void)out;
	return suspend_guest(rq->root, SUSPEND_DISK, err);
}

int cmd_guest_suspend_ram(struct request *rq, const void *in, void *out, struct err *err)
{
	(void)in;
	(void)out;
	return suspend_guest(rq->root, SUSPEND_RAM, err);
}

int cmd_guest_suspend_hybrid(struct request *rq, const void *in, void *out, struct err *err)
{
	(void)in;
	(void)out;
	return suspend_guest(rq->root, SUSPEND_HYBRID, err);
}
