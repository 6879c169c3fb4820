/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "config/rows.h"

#define WHERE_BYTES 256

/* What else a channel has is its policy. */
static bool is_of_policy(const struct option_row *r)
{
	static const struct option_channel any;

	return option_channel_member(r, &any) && r->id != OPTION_ID_method &&
	       r->id != OPTION_ID_path;
}

static bool is_path(const struct option_row *r)
{
	return r->kind == OPTION_STRING || r->kind == OPTION_HOOK;
}

/* A daemon has made its paths absolute since. */
static bool is_compared(const struct option_row *r, const struct options *a)
{
	return r->key && !is_of_policy(r) && !(a->folder && is_path(r));
}

static const struct option_channel *find(const struct options *o, const char *name)
{
	size_t i;

	for (i = 0; i < o->n_channels; i++)
		if (!strcmp(o->channels[i].name, name))
			return &o->channels[i];
	return NULL;
}

static void compare_channel(const struct option_row *r, const struct option_channel *a,
			    const struct option_channel *b,
			    void (*differs)(const char *where, void *ctx), void *ctx)
{
	char where[WHERE_BYTES];

	if (!b || option_same(r, option_channel_member(r, a), option_channel_member(r, b)))
		return;
	(void)snprintf(where, sizeof(where), "[channel %s] %s", a->name, r->key);
	differs(where, ctx);
}

void options_compare(const struct options *a, const struct options       *b,
		     void (*differs)(const char *where, void *ctx), void *ctx)
{
	size_t i, k;

	for (i = 0; i < n_option_rows; i++) {
		const struct option_row *r = &option_rows[i];

		if (!is_compared(r, a))
			continue;
		if (!option_same(r, option_member(r, a), option_member(r, b)))
			differs(r->key, ctx);
		if (r->id != OPTION_ID_method && r->id != OPTION_ID_path)
			continue;
		for (k = 0; k < a->n_channels; k++)
			compare_channel(r, &a->channels[k], find(b, a->channels[k].name), differs,
					ctx);
	}
}
