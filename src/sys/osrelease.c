/* SPDX-License-Identifier: MIT */
#include "sys/osrelease.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[OSRELEASE_KEYS] = {
	[OSRELEASE_ID] = "ID",
	[OSRELEASE_NAME] = "NAME",
	[OSRELEASE_PRETTY_NAME] = "PRETTY_NAME",
	[OSRELEASE_VERSION] = "VERSION",
	[OSRELEASE_VERSION_ID] = "VERSION_ID",
	[OSRELEASE_VARIANT] = "VARIANT",
	[OSRELEASE_VARIANT_ID] = "VARIANT_ID",
};

static int key_of(struct slice name)
{
	int i;

	for (i = 0; i < OSRELEASE_KEYS; i++)
		if (slice_is(name, names[i]))
			return i;
	return -1;
}

/* What a backslash in double quotes takes away the meaning of; in front of others it stays. */
static bool is_escapable(char c)
{
	return c != '\0' && strchr("$'\"\\`", c);
}

static size_t unquote_double(struct slice from, char *to)
{
	size_t i, n = 0;

	for (i = 0; i < from.n && from.p[i] != '"'; i++) {
		if (from.p[i] == '\\' && i + 1 < from.n && is_escapable(from.p[i + 1]))
			i++;
		to[n++] = from.p[i];
	}
	return n;
}

static size_t unquote_single(struct slice from, char *to)
{
	size_t n;

	for (n = 0; n < from.n && from.p[n] != '\''; n++)
		to[n] = from.p[n];
	return n;
}

static size_t unquote_bare(struct slice from, char *to)
{
	size_t i, n = 0;

	for (i = 0; i < from.n && !strchr(" \t;", from.p[i]); i++) {
		if (from.p[i] == '\\' && i + 1 < from.n)
			i++;
		to[n++] = from.p[i];
	}
	return n;
}

/* The value never gets longer: `to` has room for all of `from`. Bytes. */
static size_t unquote(struct slice from, char *to)
{
	struct slice inside = slice_of(from.p + 1, from.n ? from.n - 1 : 0);

	if (from.n && from.p[0] == '"')
		return unquote_double(inside, to);
	if (from.n && from.p[0] == '\'')
		return unquote_single(inside, to);
	return unquote_bare(from, to);
}

static int parse_line(struct slice line, struct arena *a, struct osrelease *ret)
{
	const char *equals;
	int         key;

	line = slice_trim(line);
	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	equals = line.n && line.p[0] != '#' ? memchr(line.p, '=', line.n) : NULL;
	if (!equals)
		return 0;
	key = key_of(slice_trim(slice_of(line.p, (size_t)(equals - line.p))));
	if (key < 0)
		return 0;
	line.n -= (size_t)(equals + 1 - line.p);
	line.p = equals + 1;
	line = slice_trim(line);
	ret->value[key] = arena_alloc(a, line.n + 1);
	if (!ret->value[key])
		return -1;
	ret->value[key][unquote(line, ret->value[key])] = '\0';
	return 0;
}

int osrelease_parse(struct slice text, struct arena *a, struct osrelease *ret)
{
	struct slice line;

	*ret = (struct osrelease){0};
	while (slice_line(&text, &line))
		if (parse_line(line, a, ret) < 0)
			return -1;
	return 0;
}

static bool read_file(const struct sys_root *r, struct buf *to)
{
	const char *set = getenv("QGA_OS_RELEASE");
	int         os;

	if (set)
		return root_read(r, set, to, &os) >= 0;
	return root_read(r, "/etc/os-release", to, &os) >= 0 ||
	       root_read(r, "/usr/lib/os-release", to, &os) >= 0;
}

int osrelease_read(const struct sys_root *r, struct arena *a, struct osrelease *ret)
{
	struct buf text = BUF_INIT(OSRELEASE_BYTES_MAX);
	int        rc = 0;

	*ret = (struct osrelease){0};
	if (read_file(r, &text))
		rc = osrelease_parse(slice_of(text.data, text.len), a, ret);
	buf_fini(&text);
	return rc;
}
