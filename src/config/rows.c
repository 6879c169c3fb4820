/* SPDX-License-Identifier: MIT */
#include "config/rows.h"

#include <stdarg.h>
#include <string.h>

#include "base/attr.h"
#include "base/num.h"

#define OPTION_WARNING_BYTES 1024

static const char separators[] = ",; \t\r\n";

/* Where channels have the member, plus 1; 0: nowhere. */
static const size_t channel_offsets[OPTION_IDS] = {
#define X(kind, member) [OPTION_ID_##member] = offsetof(struct option_channel, member) + 1,
	OPTIONS_CHANNEL(X)
#undef X
};

const struct option_row option_rows[] = {
#define ROW(group, kind, member, letter, name, key, limit, arg, help)                              \
	{OPTION_ID_##member,                                                                       \
	 OPTION_##kind,                                                                            \
	 OPTIONS_OF_##group,                                                                       \
	 letter,                                                                                   \
	 name,                                                                                     \
	 key,                                                                                      \
	 offsetof(struct options, member),                                                         \
	 limit,                                                                                    \
	 arg,                                                                                      \
	 help},
#define X(kind, member, letter, name, key, value, limit, arg, help)                                \
	ROW(PROTOCOL, kind, member, letter, name, key, limit, arg, help)
	OPTIONS_PROTOCOL(X)
#undef X
#define X(kind, member, letter, name, key, value, limit, arg, help)                                \
	ROW(OURS, kind, member, letter, name, key, limit, arg, help)
		OPTIONS_OWN(X)
#undef X
#define X(kind, member, letter, name, key, value, limit, arg, help)                                \
	ROW(COMMAND_LINE, kind, member, letter, name, key, limit, arg, help)
			OPTIONS_COMMAND_LINE(X)
#undef X
};

const size_t n_option_rows = ARRAY_SIZE(option_rows);

static const struct options defaults = {
#define X(kind, member, letter, name, key, value, limit, arg, help) .member = value,
	OPTIONS_TABLE(X)
#undef X
};

void options_set_defaults(struct options *o)
{
	*o = defaults;
}

const struct option_row *option_row_of_key(const char *key)
{
	size_t i;

	for (i = 0; i < n_option_rows; i++)
		if (option_rows[i].key && !strcmp(option_rows[i].key, key))
			return &option_rows[i];
	return NULL;
}

static int set_flag(bool *member, const char *text, struct err *err)
{
	bool on = !strcmp(text, "true") || !strcmp(text, "1");

	if (!on && strcmp(text, "false") != 0 && strcmp(text, "0") != 0)
		return err_set(err, "'%s' is neither true nor false", text);
	*member = on;
	return 0;
}

static int add_item(struct option_list *list, const char *text, unsigned at, struct err *err)
{
	if (list->n == OPTION_LISTS_MAX)
		return err_set(err, "given more than %d times", OPTION_LISTS_MAX);
	list->lines[list->n] = at;
	list->items[list->n++] = text;
	return 0;
}

static int set_number(const struct option_row *r, int64_t *member, const char *text,
		      struct err *err)
{
	const char *unit = r->kind == OPTION_MS        ? " of milliseconds"
			   : r->kind == OPTION_SECONDS ? " of seconds"
						       : "";

	if (num_i64_range(text, 0, r->limit, member))
		return 0;
	return err_set(err, "'%s' is not a number%s from 0 to %lld", text, unit,
		       (long long)r->limit);
}

static int set_choice(const struct option_row *r, int *member, const char *text, struct err *err)
{
	const char *at = r->arg;
	int         i;

	for (i = 0; *at; i++) {
		size_t n = strcspn(at, "|");

		if (strlen(text) == n && !memcmp(text, at, n)) {
			*member = i;
			return 0;
		}
		at += n + (at[n] == '|');
	}
	return err_set(err, "'%s' is none of %s", text, r->arg);
}

static int set_member(const struct option_row *r, void *member, const char *text, unsigned at,
		      struct err *err)
{
	switch (r->kind) {
	case OPTION_FLAG:
		return set_flag(member, text, err);
	case OPTION_STRING:
	case OPTION_HOOK:
		*(const char **)member = text;
		return 0;
	case OPTION_LIST:
	case OPTION_WORDS:
		return add_item(member, text, at, err);
	case OPTION_CHOICE:
		return set_choice(r, member, text, err);
	default:
		return set_number(r, member, text, err);
	}
}

void *option_member(const struct option_row *r, const struct options *o)
{
	return (char *)(uintptr_t)o + r->offset;
}

void *option_channel_member(const struct option_row *r, const struct option_channel *c)
{
	size_t at = channel_offsets[r->id];

	return at ? (char *)(uintptr_t)c + at - 1 : NULL;
}

int option_set(const struct option_row *r, struct options *o, const char *text, unsigned at,
	       struct err *err)
{
	o->set_at[r->id] = at;
	return set_member(r, option_member(r, o), text, at, err);
}

int option_set_channel(const struct option_row *r, struct option_channel *c, const char *text,
		       unsigned at, struct err *err)
{
	c->set_at[r->id] = at;
	return set_member(r, option_channel_member(r, c), text, at, err);
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool same_list(const struct option_list *a, const struct option_list *b)
{
	size_t i;

	for (i = 0; i < a->n && i < b->n; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return a->n == b->n;
}

bool option_same(const struct option_row *r, const void *a, const void *b)
{
	switch (r->kind) {
	case OPTION_FLAG:
		return *(const bool *)a == *(const bool *)b;
	case OPTION_STRING:
	case OPTION_HOOK:
		return same_text(*(const char *const *)a, *(const char *const *)b);
	case OPTION_LIST:
	case OPTION_WORDS:
		return same_list(a, b);
	case OPTION_CHOICE:
		return *(const int *)a == *(const int *)b;
	default:
		return *(const int64_t *)a == *(const int64_t *)b;
	}
}

bool option_is_default(const struct option_row *r, const struct options *o)
{
	return option_same(r, option_member(r, o), option_member(r, &defaults));
}

bool option_list_next(const struct option_list *list, struct option_word *w)
{
	for (; w->item < list->n; w->item++, w->rest = NULL) {
		if (!w->rest)
			w->rest = list->items[w->item];
		w->start = w->rest + strspn(w->rest, separators);
		w->len = strcspn(w->start, separators);
		w->rest = w->start + w->len;
		if (w->len > 0)
			return true;
	}
	return false;
}

void options_warn(struct options *o, const char *fmt, ...)
{
	char    text[OPTION_WARNING_BYTES];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (o->check_config) {
		fprintf(stderr, "%s\n", text);
		o->n_problems++;
	} else if (o->n_warnings < OPTION_WARNINGS_MAX) {
		o->warnings[o->n_warnings] = strdup(text);
		o->n_warnings += o->warnings[o->n_warnings] != NULL;
	}
}
