/* SPDX-License-Identifier: MIT */
#include "front/reload.h"

#include <string.h>

#include "front/errand.h"
#include "front/front.h"
#include "log/log.h"

/* One line of the log for each line. */
static void tell(const char *words)
{
	while (*words) {
		size_t n = strcspn(words, "\n");

		log_warning("%.*s: needs a restart", (int)n, words);
		words += n + (words[n] == '\n');
	}
}

static void on_read(void *ctx, int fds[2], const struct err *failure)
{
	struct front *f = ctx;

	(void)fds;
	f->reload.running = false;
	if (failure->set) {
		log_error("%s", failure->text);
		log_error("the policy stays as it was");
	} else {
		tell(policy_store_words(&f->policy));
		log_info("the policy was read again");
	}
	if (f->reload.again)
		reload_start(f);
}

void reload_start(struct front *f)
{
	const struct ipc_open ask = {.errand = ERRAND_POLICY};
	struct err            err;

	f->reload.again = f->reload.running;
	if (f->reload.running)
		return;
	err_init(&err);
	if (errand_start(f, &ask, on_read, f, &err) < 0)
		log_error("%s", err.text);
	else
		f->reload.running = true;
}
