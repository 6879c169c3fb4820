/* SPDX-License-Identifier: MIT */
#include "zygote/reload.h"

#include <errno.h>
#include <unistd.h>

#include "config/options.h"
#include "log/log.h"
#include "policy/choose.h"
#include "policy/narrow.h"
#include "policy/policies.h"
#include "policy/store.h"

static int load(const struct options *started, const struct sys_root *root, struct options *ret,
		struct policies *policies, struct err *err)
{
	/* where paths on the command line begin */
	if (started->folder && chdir(started->folder) < 0)
		return err_os(err, errno, "%s", started->folder);
	if (options_load(started->argc, started->argv, ret, err) != OPTIONS_RUN)
		return err->set ? -1 : err_set(err, "the command line is not understood any more");
	policy_choose_profile(ret, root);
	return policies_load(policies, ret, err);
}

static void add_key(const char *where, void *ctx)
{
	policies_add_words(ctx, "%s", where);
}

int reload_policy(const struct options *started, const struct sys_root *root,
		  struct policy_store *store, struct err *err)
{
	static struct options  fresh;
	static struct policies wanted;
	struct policies       *next;
	char                  *words;
	size_t                 i;

	if (load(started, root, &fresh, &wanted, err) < 0)
		return -1;
	for (i = 0; i < fresh.n_warnings; i++)
		log_warning("%s", fresh.warnings[i]);
	next = policy_store_next(store, &words);
	policies_narrow(next, policy_store_first(store), &wanted, words);
	options_compare(started, &fresh, add_key, words);
	policy_store_turn(store);
	return 0;
}
