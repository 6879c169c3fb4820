/* SPDX-License-Identifier: MIT */
/*
 * The policies in memory that all processes of the agent share, so that a change counts for all of
 * them at the same time. Only what descends from the zygote can write there, and only the opener
 * does; the front has no more than a view.
 *
 * There are two places in turn: a change is made in the one that nobody looks at, and takes effect
 * with one number. Whoever may be overtaken by two changes makes a copy (policy_store_copy()).
 */
#ifndef POLICY_STORE_H
#define POLICY_STORE_H

#include "policy/policies.h"

/* Of the words about a change. */
#define POLICY_WORDS_MAX 4096

struct policy_store {
	size_t                      n; /* channels */
	size_t                      size;
	struct policy_shared       *shared; /* for who may write, NULL */
	const struct policy_shared *view;   /* NULL: finished with */
};

/* For n channels, the default one among them. 0, or -1 with err. */
int policy_store_init(struct policy_store *s, size_t n, struct err *err);

/* Only a view is left. */
void policy_store_lock(struct policy_store *s);

/* Nothing is left. */
void policy_store_fini(struct policy_store *s);

/* What the agent was started with: more is not possible without a restart. Filled in once, before
 * there is a second process. */
struct policies       *policy_store_begin(struct policy_store *s);
const struct policies *policy_store_first(const struct policy_store *s);

/* What counts now. It stays as it is until the caller has started the next change. */
const struct policies *policy_store_now(const struct policy_store *s);

/* The policy of a channel, as it is now, also while it is changed. */
void policy_store_copy(const struct policy_store *s, size_t channel, struct policy *ret);

/* A change: where to make it, with the words about it, empty so far; and its taking effect. */
struct policies *policy_store_next(struct policy_store *s, char **ret_words);
void             policy_store_turn(struct policy_store *s);

/* The words about the last change, one line each: what needs a restart. "": nothing does. */
const char *policy_store_words(const struct policy_store *s);

#endif
