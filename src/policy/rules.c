/* SPDX-License-Identifier: MIT */
#include "policy/rules.h"

#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "policy/settings.h"

/* Of a user, and of a pattern of users. */
#define USER_BYTES_MAX 256

static struct policy_rule *rule_of(struct policy *p, enum policy_setting rule)
{
	return &p->rules[rule - POLICY_RULES_FIRST];
}

static const struct policy_rule *look_up(const struct policy *p, enum policy_setting rule)
{
	return &p->rules[rule - POLICY_RULES_FIRST];
}

static bool is_about_paths(enum policy_setting rule)
{
	return rule == POLICY_FILE_READ || rule == POLICY_FILE_WRITE ||
	       rule == POLICY_EXEC_PROGRAMS;
}

bool rules_is_set(const struct policy *p, enum policy_setting rule)
{
	return look_up(p, rule)->set;
}

/* --- making --- */

void rules_begin(struct policy *p, enum policy_setting rule)
{
	*rule_of(p, rule) = (struct policy_rule){.set = true, .at = p->text_n};
}

/* "." or ".." or nothing between slashes. */
static bool has_odd_component(const char *path, size_t n)
{
	size_t i, len;

	for (i = 1; n > 1 && i <= n; i += len + 1) {
		for (len = 0; i + len < n && path[i + len] != '/'; len++)
			continue;
		if (len == 0 || (len == 1 && path[i] == '.') ||
		    (len == 2 && path[i] == '.' && path[i + 1] == '.'))
			return true;
	}
	return false;
}

/* "/a/" is meant as "/a". */
static size_t without_slash(const char *path, size_t n)
{
	return n > 1 && path[n - 1] == '/' ? n - 1 : n;
}

const char *rules_complaint(enum policy_setting rule, const char *item, size_t n)
{
	if (!is_about_paths(rule))
		return n <= USER_BYTES_MAX ? NULL : "too long for a user";
	if (*item != '/')
		return "not an absolute path";
	if (n >= PATH_MAX)
		return "too long for a path";
	if (has_odd_component(item, without_slash(item, n)))
		return "a path with '.', '..' or '//' never matches";
	return NULL;
}

int rules_add(struct policy *p, enum policy_setting rule, const char *item, size_t n)
{
	struct policy_rule *r = rule_of(p, rule);

	if (is_about_paths(rule))
		n = without_slash(item, n);
	if (r->n == POLICY_ITEMS_MAX || n >= POLICY_TEXT_MAX - p->text_n)
		return -1;
	memcpy(p->text + p->text_n, item, n);
	p->text[p->text_n + n] = '\0';
	p->text_n += (uint32_t)n + 1;
	r->len += (uint32_t)n + 1;
	r->n++;
	return 0;
}

/* --- asking --- */

const char *rules_next(const struct policy *p, enum policy_setting rule, const char *at)
{
	const struct policy_rule *r = look_up(p, rule);
	const char               *begin = p->text + r->at;
	const char               *item = at ? at + strlen(at) + 1 : begin;

	return item < begin + r->len ? item : NULL;
}

/* The place itself, or something below it. */
static bool is_below(const char *place, const char *dir)
{
	size_t n = strlen(dir);

	if (n == 1)
		return true;
	return !strncmp(place, dir, n) && (place[n] == '/' || place[n] == '\0');
}

bool rules_allow_path(const struct policy *p, enum policy_setting rule, const char *place)
{
	const char *item = NULL;

	if (!rules_is_set(p, rule))
		return true;
	while ((item = rules_next(p, rule, item)))
		if (is_below(place, item))
			return true;
	return false;
}

bool rules_allow_user(const struct policy *p, enum policy_setting rule, const char *name)
{
	const char *item = NULL;
	bool        allowed = false;

	if (!rules_is_set(p, rule))
		return true;
	while ((item = rules_next(p, rule, item))) {
		if (*item == '!' && fnmatch(item + 1, name, 0) == 0)
			return false;
		if (*item != '!' && fnmatch(item, name, 0) == 0)
			allowed = true;
	}
	return allowed;
}

bool rules_allow_variable(const struct policy *p, const char *variable)
{
	static const char *const names[] = {"LANG",    "LANGUAGE", "LC_*", "TZ",
					    "COLUMNS", "LINES",    "TERM", "NO_COLOR"};
	char                     name[32];
	size_t                   i, n = strcspn(variable, "=");

	if (!rules_is_set(p, POLICY_EXEC_PROGRAMS))
		return true;
	if (n >= sizeof(name))
		return false;
	memcpy(name, variable, n);
	name[n] = '\0';
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (fnmatch(names[i], name, 0) == 0)
			return true;
	return false;
}

const char *rules_exec_user(const struct policy *p)
{
	return rules_next(p, POLICY_EXEC_USER, NULL);
}

/* --- comparing and telling --- */

bool rules_covers(enum policy_setting rule, const char *outer, const char *inner)
{
	if (is_about_paths(rule))
		return is_below(inner, outer);
	if (rule == POLICY_EXEC_USER || *outer == '!' || *inner == '!' || !strcmp(outer, inner))
		return !strcmp(outer, inner);
	/* a pattern inside a pattern is not looked into, except for the one of everything */
	return !strcmp(outer, "*") || (!strpbrk(inner, "*?[\\") && fnmatch(outer, inner, 0) == 0);
}

void rules_describe(const struct policy *p, enum policy_setting rule, char to[RULE_TEXT_MAX])
{
	char setting[SETTING_TEXT_MAX];

	setting_describe(p, rule, setting);
	(void)snprintf(to, RULE_TEXT_MAX, "not allowed by %.130s", setting);
}
