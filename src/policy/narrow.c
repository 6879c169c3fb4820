/* SPDX-License-Identifier: MIT */
#include "policy/narrow.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "policy/rules.h"
#include "policy/settings.h"
#include "policy/store.h"

void policies_add_words(char *words, const char *fmt, ...)
{
	size_t  n = strlen(words), room = POLICY_WORDS_MAX - n;
	va_list ap;
	int     len;

	va_start(ap, fmt);
	len = vsnprintf(words + n, room, fmt, ap);
	va_end(ap);
	if (len < 0 || (size_t)len + 1 >= room)
		words[n] = '\0';
	else
		memcpy(words + n + len, "\n", 2);
}

/* What a channel has from [general] is told of that. */
static void tell(const struct policy *first, const struct policy *wanted, enum policy_setting s,
		 char *words)
{
	if (!*first->channel)
		policies_add_words(words, "%s", setting_key(s));
	else if (setting_is_own(first, s) || setting_is_own(wanted, s))
		policies_add_words(words, "[channel %s] %s", first->channel, setting_key(s));
}

/* --- commands --- */

static void tell_commands(const struct policy *first, const struct policy *wanted, char *words)
{
	bool   told[POLICY_SETTINGS] = {false};
	size_t i;

	for (i = 0; i < n_commands; i++) {
		enum policy_setting by = policy_verdict(first, &commands[i], false);

		if (by == POLICY_NOTHING || told[by] || !policy_allows(wanted, &commands[i], false))
			continue;
		told[by] = true;
		tell(first, wanted, by, words);
	}
}

static bool in_list(const struct policy *p, size_t i)
{
	return !p->has_allow_list || p->allowed[i];
}

static void narrow_commands(struct policy *p, const struct policy *first,
			    const struct policy *wanted)
{
	size_t i;

	p->profile = first->profile < wanted->profile ? first->profile : wanted->profile;
	p->has_allow_list = first->has_allow_list || wanted->has_allow_list;
	for (i = 0; i < POLICY_COMMANDS_MAX; i++) {
		p->allowed[i] = in_list(first, i) && in_list(wanted, i);
		p->blocked[i] = first->blocked[i] || wanted->blocked[i];
		p->blocked_here[i] = first->blocked_here[i] || wanted->blocked_here[i];
	}
}

/* --- rules --- */

static bool is_exception(const char *item)
{
	return *item == '!';
}

/* Whether one of p's items says at least as much. */
static bool is_covered(const struct policy *p, enum policy_setting rule, const char *item)
{
	const char *at = NULL;

	while ((at = rules_next(p, rule, at)))
		if (rules_covers(rule, at, item))
			return true;
	return false;
}

/* An exception that finds no room must not be forgotten: then nothing is allowed. */
static void add(struct policy *p, enum policy_setting rule, const char *item)
{
	if (rules_add(p, rule, item, strlen(item)) < 0 && is_exception(item))
		rules_begin(p, rule);
}

/* From one side what the other one has, too. All exceptions of both. */
static void add_common(struct policy *p, enum policy_setting rule, const struct policy *from,
		       const struct policy *other)
{
	const char *item = NULL;

	while ((item = rules_next(from, rule, item)))
		if (!is_exception(item) && is_covered(other, rule, item) &&
		    !is_covered(p, rule, item))
			add(p, rule, item);
}

static void add_exceptions(struct policy *p, enum policy_setting rule, const struct policy *from)
{
	const char *item = NULL;

	while ((item = rules_next(from, rule, item)))
		if (is_exception(item))
			add(p, rule, item);
}

/* Whether `wanted` has something that `first` has not, or leaves out an exception of it. */
static bool wants_more(enum policy_setting rule, const struct policy *first,
		       const struct policy *wanted)
{
	const char *item = NULL;

	while ((item = rules_next(wanted, rule, item)))
		if (!is_exception(item) && !is_covered(first, rule, item))
			return true;
	while ((item = rules_next(first, rule, item)))
		if (is_exception(item) && !is_covered(wanted, rule, item))
			return true;
	return false;
}

static void copy_rule(struct policy *p, enum policy_setting rule, const struct policy *from)
{
	const char *item = NULL;

	rules_begin(p, rule);
	while ((item = rules_next(from, rule, item)))
		add(p, rule, item);
}

static void narrow_rule(struct policy *p, enum policy_setting rule, const struct policy *first,
			const struct policy *wanted, char *words)
{
	bool had = rules_is_set(first, rule), wants = rules_is_set(wanted, rule);

	if (!had && !wants)
		return;
	if (had && (!wants || wants_more(rule, first, wanted)))
		tell(first, wanted, rule, words);
	if (!had || !wants) {
		copy_rule(p, rule, had ? first : wanted);
		return;
	}
	rules_begin(p, rule);
	add_common(p, rule, wanted, first);
	add_common(p, rule, first, wanted);
	add_exceptions(p, rule, first);
	add_exceptions(p, rule, wanted);
}

/* Another user is neither less nor more: the first one stays. */
static void narrow_exec_user(struct policy *p, const struct policy *first,
			     const struct policy *wanted, char *words)
{
	const char *had = rules_exec_user(first), *wants = rules_exec_user(wanted);

	if (had && (!wants || strcmp(had, wants) != 0))
		tell(first, wanted, POLICY_EXEC_USER, words);
	if (had || wants)
		copy_rule(p, POLICY_EXEC_USER, had ? first : wanted);
}

/* --- all --- */

static void narrow_one(struct policy *p, const struct policy *first, const struct policy *wanted,
		       char *words)
{
	enum policy_setting rule;

	policy_init(p);
	memcpy(p->channel, first->channel, sizeof(p->channel));
	p->own = first->own | wanted->own;
	tell_commands(first, wanted, words);
	narrow_commands(p, first, wanted);
	for (rule = POLICY_RULES_FIRST; rule < POLICY_SETTINGS; rule++)
		if (rule != POLICY_EXEC_USER)
			narrow_rule(p, rule, first, wanted, words);
	narrow_exec_user(p, first, wanted, words);
}

/* Groups of one name are one group. */
static const struct policy *find(const struct policies *p, const char *channel)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (!strcmp(p->of[i].channel, channel))
			return &p->of[i];
	return NULL;
}

void policies_narrow(struct policies *ret, const struct policies *first,
		     const struct policies *wanted, char *words)
{
	size_t i;

	ret->n = first->n;
	for (i = 0; i < first->n; i++) {
		const struct policy *w = find(wanted, first->of[i].channel);

		if (!w)
			policies_add_words(words, "[channel %s], which is not there any more",
					   first->of[i].channel);
		narrow_one(&ret->of[i], &first->of[i], w ? w : &wanted->of[0], words);
	}
	for (i = 0; i < wanted->n; i++)
		if (!find(first, wanted->of[i].channel))
			policies_add_words(words, "[channel %s], which is new",
					   wanted->of[i].channel);
	policies_link(ret);
}
