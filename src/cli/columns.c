/* SPDX-License-Identifier: MIT */
#include "cli/columns.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define FLEXIBLE_LEAST 8
#define HEADS_BYTES 256
#define GAP 2

struct columns_cell {
	char            *text; /* owned, escaped */
	size_t           width;
	enum print_style style;
};

static const char *skip_marks(const char *head)
{
	return head + strspn(head, ">~");
}

static void add_head(struct columns *c, const char *head, size_t n)
{
	size_t marks = (size_t)(skip_marks(head) - head);

	c->right[c->n] = memchr(head, '>', marks) != NULL;
	if (memchr(head, '~', marks))
		c->flexible = (int)c->n;
	c->heads[c->n] = head + marks;
	c->width[c->n++] = n - marks;
}

void columns_init(struct columns *c, const char *heads)
{
	*c = (struct columns){.flexible = -1};
	while (c->n < COLUMNS_MAX) {
		size_t n = strcspn(heads, "|");

		add_head(c, heads, n);
		if (heads[n] == '\0')
			break;
		heads += n + 1;
	}
}

static struct columns_cell *new_cell(struct columns *c)
{
	if (c->n_cells == c->room) {
		size_t               room = c->room ? 2 * c->room : 64;
		struct columns_cell *grown = realloc(c->cells, room * sizeof(*grown));

		if (!grown) {
			c->failed = true;
			return NULL;
		}
		c->cells = grown;
		c->room = room;
	}
	return &c->cells[c->n_cells];
}

void columns_add(struct columns *c, const char *text)
{
	struct buf           b = BUF_INIT(SIZE_MAX / 2);
	struct columns_cell *cell = new_cell(c);
	size_t               column = c->n_cells % c->n;

	if (!cell)
		return;
	text = text && *text ? text : "-";
	*cell = (struct columns_cell){.width = print_escape(&b, text, strlen(text))};
	buf_add_char(&b, '\0');
	if (b.failed) {
		buf_fini(&b);
		c->failed = true;
		return;
	}
	cell->text = b.data;
	if (cell->width > c->width[column])
		c->width[column] = cell->width;
	c->n_cells++;
}

void columns_printf(struct columns *c, const char *fmt, ...)
{
	char    text[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	columns_add(c, text);
}

void columns_style(struct columns *c, enum print_style style)
{
	if (c->n_cells > 0 && !c->failed)
		c->cells[c->n_cells - 1].style = style;
}

/* Only a terminal has a width to keep to; programs get everything. */
static void fit(struct columns *c)
{
	struct winsize size;
	size_t         total = 0, i, *w;

	if (c->flexible < 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return;
	for (i = 0; i < c->n; i++)
		total += c->width[i] + (i > 0 ? GAP : 0);
	if (total <= size.ws_col)
		return;
	w = &c->width[c->flexible];
	*w = *w > total - size.ws_col + FLEXIBLE_LEAST ? *w - (total - size.ws_col)
						       : FLEXIBLE_LEAST;
}

/* Bytes of the first n characters. */
static size_t bytes_of(const char *text, size_t n)
{
	const char *p = text;

	for (; *p; p++)
		if (((unsigned char)*p & 0xC0) != 0x80 && n-- == 0)
			break;
	return (size_t)(p - text);
}

static void print_cell(const struct columns *c, size_t column, const char *text, size_t width,
		       enum print_style style)
{
	size_t room = c->width[column], shown = width < room ? width : room;
	bool   cut = width > room;
	int    pad = (int)(room - shown);

	if (column > 0)
		(void)printf("%*s", GAP, "");
	if (c->right[column])
		(void)printf("%*s", pad, "");
	(void)printf("%s%.*s%s%s", print_style_on(style),
		     (int)bytes_of(text, cut ? shown - 1 : shown), text, cut ? "\xe2\x80\xa6" : "",
		     print_style_off(style));
	if (!c->right[column] && column + 1 < c->n) /* nothing at the end of a line */
		(void)printf("%*s", pad, "");
}

static void print_heads(const struct columns *c)
{
	size_t i;
	char   head[HEADS_BYTES];

	for (i = 0; i < c->n; i++) {
		size_t n = strcspn(c->heads[i], "|");

		(void)snprintf(head, sizeof(head), "%.*s", (int)n, c->heads[i]);
		print_cell(c, i, head, n, STYLE_HEAD);
	}
	(void)putchar('\n');
}

bool columns_print(struct columns *c)
{
	size_t i;

	fit(c);
	if (!c->failed)
		print_heads(c);
	for (i = 0; i < c->n_cells; i++) {
		struct columns_cell *cell = &c->cells[i];

		if (!c->failed) {
			print_cell(c, i % c->n, cell->text, cell->width, cell->style);
			if (i % c->n == c->n - 1)
				(void)putchar('\n');
		}
		free(cell->text);
	}
	free(c->cells);
	return !c->failed;
}
