/* SPDX-License-Identifier: MIT */
#include "sys/key_lines.h"

#include <string.h>

struct line {
	const char *text;
	size_t      n;
	size_t      place; /* among all lines */
	bool        dropped;
};

static int compare_text(const struct line *a, const struct line *b)
{
	size_t n = a->n < b->n ? a->n : b->n;
	int    order = n > 0 ? memcmp(a->text, b->text, n) : 0;

	if (order)
		return order;
	return a->n < b->n ? -1 : a->n > b->n;
}

static int by_text(const void *x, const void *y)
{
	const struct line *a = x, *b = y;
	int                order = compare_text(a, b);

	if (order)
		return order;
	return a->place < b->place ? -1 : a->place > b->place;
}

static int by_place(const void *x, const void *y)
{
	const struct line *a = x, *b = y;

	return a->place < b->place ? -1 : a->place > b->place;
}

/* A file that is empty or not there has no memory, and even adding 0 to NULL is undefined. */
static const char *text_of(const char *text)
{
	return text ? text : "";
}

/* An empty text has no lines; otherwise there is one more than line feeds. */
static size_t count_lines(const char *text, size_t n)
{
	size_t      lines = n > 0;
	const char *at = text, *end = text + n;

	while (at < end && (at = memchr(at, '\n', (size_t)(end - at)))) {
		lines++;
		at++;
	}
	return lines;
}

static void split(const char *text, size_t n, size_t lines, struct line *to)
{
	const char *end = text + n;
	size_t      i;

	for (i = 0; i < lines; i++) {
		const char *lf = i + 1 < lines ? memchr(text, '\n', (size_t)(end - text)) : end;

		to[i] = (struct line){.text = text, .n = (size_t)(lf - text), .place = i};
		text = lf + 1;
	}
}

static void take_keys(const struct key_list *keys, size_t first, struct line *to)
{
	size_t i;

	for (i = 0; i < keys->n; i++)
		to[i] = (struct line){
			.text = keys->items[i], .n = strlen(keys->items[i]), .place = first + i};
}

static int join(const struct line *lines, size_t n, struct buf *to)
{
	bool   first = true;
	size_t i;

	for (i = 0; i < n; i++) {
		if (lines[i].dropped)
			continue;
		if (!first)
			buf_add_char(to, '\n');
		buf_add(to, lines[i].text, lines[i].n);
		first = false;
	}
	return to->failed ? -1 : 0;
}

/* Of lines that are equal the new ones go, but for the first of them if none is old. */
static void drop_repeated(struct line *lines, size_t n, size_t n_old)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (lines[i].place >= n_old && compare_text(&lines[i - 1], &lines[i]) == 0)
			lines[i].dropped = true;
}

int key_lines_add(const char *old, size_t n, const struct key_list *keys, struct buf *to)
{
	const char            *text = text_of(old);
	size_t                 n_old = count_lines(text, n), all = n_old + keys->n;
	auto_free struct line *lines = calloc(all + 1, sizeof(*lines));

	if (!lines)
		return -1;
	split(text, n, n_old, lines);
	take_keys(keys, n_old, lines + n_old);
	qsort(lines, all, sizeof(*lines), by_text);
	drop_repeated(lines, all, n_old);
	qsort(lines, all, sizeof(*lines), by_place);
	return join(lines, all, to);
}

static int find_by_text(const void *x, const void *y)
{
	return compare_text(x, y);
}

int key_lines_remove(const char *old, size_t n, const struct key_list *keys, struct buf *to)
{
	const char            *text = text_of(old);
	size_t                 n_old = count_lines(text, n), i;
	auto_free struct line *lines = calloc(n_old + 1, sizeof(*lines));
	auto_free struct line *unwanted = calloc(keys->n + 1, sizeof(*unwanted));

	if (!lines || !unwanted)
		return -1;
	split(text, n, n_old, lines);
	take_keys(keys, 0, unwanted);
	qsort(unwanted, keys->n, sizeof(*unwanted), by_text);
	for (i = 0; i < n_old; i++)
		lines[i].dropped = bsearch(&lines[i], unwanted, keys->n, sizeof(*unwanted),
					   find_by_text) != NULL;
	return join(lines, n_old, to);
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

size_t key_lines_count(const char *text, size_t n)
{
	return count_lines(text_of(text), n);
}

size_t key_lines_list(char *text, size_t n, char **items)
{
	size_t found = 0;
	char  *end;

	if (n == 0)
		return 0;
	end = text + n;
	while (end > text) {
		char *start = memrchr(text, '\n', (size_t)(end - text));
		char *next = start ? start : text;

		start = start ? start + 1 : text;
		while (start < end && is_space(*start))
			start++;
		while (end > start && is_space(end[-1]))
			end--;
		*end = '\0';
		if (start < end && *start != '#')
			items[found++] = start;
		end = next;
	}
	return found;
}
