/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/attr.h"
#include "config/keyfile.h"
#include "config/rows.h"

/* More words than that are left where they are and not turned round. */
#define WORDS_MAX 1024

static void dump_text(const char *value, FILE *to)
{
	size_t          n = keyfile_escape(value, NULL, 0) + 1;
	auto_free char *escaped = malloc(n);

	if (!escaped)
		return;
	(void)keyfile_escape(value, escaped, n);
	(void)fputs(escaped, to);
}

static void dump_word(const struct option_word *w, FILE *to)
{
	auto_free char *copy = strndup(w->start, w->len);

	if (copy)
		dump_text(copy, to);
}

/* Each option's own words the other way round, as the protocol's agent has them: scripts compare.
 */
static void dump_list(const struct option_list *list, FILE *to)
{
	struct option_word words[WORDS_MAX], w = {0};
	size_t             n = 0, first = 0, i;
	bool               comma = false;

	while (n < WORDS_MAX && option_list_next(list, &w))
		words[n++] = w;
	while (first < n) {
		size_t end = first;

		while (end < n && words[end].item == words[first].item)
			end++;
		for (i = end; i-- > first; comma = true) {
			(void)fputs(comma ? "," : "", to);
			dump_word(&words[i], to);
		}
		first = end;
	}
}

static void dump_choice(const char *words, int which, FILE *to)
{
	for (; which > 0; which--)
		words += strcspn(words, "|") + 1;
	fprintf(to, "%.*s", (int)strcspn(words, "|"), words);
}

static void dump_value(const struct option_row *r, const void *member, FILE *to)
{
	switch (r->kind) {
	case OPTION_FLAG:
		(void)fputs(*(const bool *)member ? "true" : "false", to);
		break;
	case OPTION_STRING:
	case OPTION_HOOK:
		dump_text(*(const char *const *)member, to);
		break;
	case OPTION_LIST:
	case OPTION_WORDS:
		dump_list(member, to);
		break;
	case OPTION_CHOICE:
		dump_choice(r->arg, *(const int *)member, to);
		break;
	default:
		fprintf(to, "%lld", (long long)*(const int64_t *)member);
	}
}

static bool is_text(const struct option_row *r)
{
	return r->kind == OPTION_STRING || r->kind == OPTION_HOOK;
}

static bool is_shown(const struct option_row *r, const struct options *o)
{
	if (is_text(r) && !*(const char *const *)option_member(r, o))
		return false;
	/* a profile that is said is more than one that nobody has chosen (policy/load.h) */
	if (r->id == OPTION_ID_profile && o->set_at[r->id])
		return true;
	return r->group == OPTIONS_OF_PROTOCOL ||
	       (r->group == OPTIONS_OF_OURS && !option_is_default(r, o));
}

static void dump_entry(const struct option_row *r, const void *member, FILE *to)
{
	fprintf(to, "%s=", r->key);
	dump_value(r, member, to);
	(void)fputs("\n", to);
}

static void dump_channel(const struct option_channel *c, FILE *to)
{
	size_t i;

	fprintf(to, "\n[channel %s]\n", c->name);
	for (i = 0; i < n_option_rows; i++) {
		const struct option_row *r = &option_rows[i];

		if (r->id == OPTION_ID_method || c->set_at[r->id])
			dump_entry(r, option_channel_member(r, c), to);
	}
}

void options_dump(const struct options *o, FILE *to)
{
	size_t i;

	(void)fputs("[general]\n", to);
	for (i = 0; i < n_option_rows; i++)
		if (is_shown(&option_rows[i], o))
			dump_entry(&option_rows[i], option_member(&option_rows[i], o), to);
	for (i = 0; i < o->n_channels; i++)
		dump_channel(&o->channels[i], to);
}
