/* SPDX-License-Identifier: MIT */
#include "config/keyfile.h"

#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static char *skip_blanks(char *p)
{
	while (is_blank(*p))
		p++;
	return p;
}

/* Cuts the blanks before end off; the text from start is NUL-terminated then. */
static void cut_blanks(char *start, char *end)
{
	while (end > start && is_blank(end[-1]))
		end--;
	*end = '\0';
}

void keyfile_start(struct keyfile *k, char *text, size_t n)
{
	*k = (struct keyfile){.next = text, .end = text + n, .has_nul = memchr(text, '\0', n)};
}

/* The next line, NUL-terminated; NULL at the end. */
static char *next_line(struct keyfile *k)
{
	char *line = k->next, *newline;

	if (line >= k->end)
		return NULL;
	newline = memchr(line, '\n', (size_t)(k->end - line));
	k->next = newline ? newline + 1 : k->end;
	if (newline)
		*newline = '\0';
	k->line++;
	return line;
}

static int wrong(const struct keyfile *k, struct err *err, const char *what)
{
	return err_set(err, "line %u: %s", k->line, what);
}

static int parse_group(struct keyfile *k, char *line, struct err *err)
{
	size_t n = strcspn(line + 1, "[]");

	if (line[1 + n] != ']' || n == 0 || *skip_blanks(line + n + 2))
		return wrong(k, err, "not a [group]");
	line[1 + n] = '\0';
	k->group = line + 1;
	k->key = NULL;
	k->value = NULL;
	return 1;
}

static bool is_utf8(const char *s)
{
	const unsigned char *p = (const unsigned char *)s, *end = p + strlen(s);

	while (p < end)
		if (utf8_next(&p, end) == UTF8_INVALID)
			return false;
	return true;
}

/* What the letter behind a backslash stands for, 0. */
static char escaped(char letter)
{
	static const char letters[] = "sntr\\", means[] = " \n\t\r\\";
	const char       *at = letter ? strchr(letters, letter) : NULL;

	return at ? means[at - letters] : 0;
}

static int unescape(const struct keyfile *k, char *value, struct err *err)
{
	char *from = value, *to = value;

	while (*from) {
		char c = *from++;

		if (c == '\\') {
			c = escaped(*from++);
			if (!c)
				return wrong(k, err,
					     "a backslash that is followed by none of s n t r \\");
		}
		*to++ = c;
	}
	*to = '\0';
	return 0;
}

static int parse_entry(struct keyfile *k, char *line, struct err *err)
{
	char *equals = strchr(line, '=');

	if (!equals)
		return wrong(k, err, "not a [group], a key=value, or a comment");
	if (equals == line)
		return wrong(k, err, "no key before '='");
	if (!k->group)
		return wrong(k, err, "a key before the first [group]");
	k->key = line;
	k->value = skip_blanks(equals + 1);
	cut_blanks(line, equals);
	cut_blanks(k->value, k->value + strlen(k->value));
	if (!is_utf8(k->key) || !is_utf8(k->value))
		return wrong(k, err, "not UTF-8");
	return unescape(k, k->value, err) < 0 ? -1 : 1;
}

int keyfile_next(struct keyfile *k, struct err *err)
{
	char *line;

	if (k->has_nul)
		return err_set(err, "a NUL character");
	while ((line = next_line(k))) {
		line = skip_blanks(line);
		if (*line == '[')
			return parse_group(k, line, err);
		if (*line && *line != '#')
			return parse_entry(k, line, err);
	}
	return 0;
}

/* The letter that stands for c behind a backslash, 0: c stands for itself. */
static char escape_of(char c, bool at_edge)
{
	switch (c) {
	case ' ':
		return at_edge ? 's' : 0;
	case '\t':
		return at_edge ? 't' : 0;
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\\':
		return '\\';
	default:
		return 0;
	}
}

static void put(char *to, size_t size, size_t *n, char c)
{
	if (*n + 1 < size)
		to[*n] = c;
	++*n;
}

size_t keyfile_escape(const char *value, char *to, size_t size)
{
	const char *last = value + strlen(value), *first = value + strspn(value, " \t"), *p;
	size_t      n = 0;

	while (last > value && is_blank(last[-1]))
		last--;
	for (p = value; *p; p++) {
		char letter = escape_of(*p, p < first || p >= last);

		if (letter)
			put(to, size, &n, '\\');
		put(to, size, &n, letter ? letter : *p);
	}
	if (size > 0)
		to[n < size ? n : size - 1] = '\0';
	return n;
}
