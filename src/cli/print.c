/* SPDX-License-Identifier: MIT */
#include "cli/print.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"

#define PIECE_BYTES ((size_t)65536)

static bool has_color;

struct range {
	int32_t first, last;
};

/* Sorted. */
static const struct range unsafe[] = {
	{0x0000, 0x001F}, {0x007F, 0x009F},   /* C0, DEL, C1 */
	{0x00AD, 0x00AD}, {0x061C, 0x061C},   /* soft hyphen, Arabic letter mark */
	{0x200B, 0x200F}, {0x2028, 0x202E},   /* invisible, line separators, direction */
	{0x2060, 0x206F}, {0xFEFF, 0xFEFF},   /* invisible, direction isolates, byte-order mark */
	{0xFFF9, 0xFFFB}, {0xE0000, 0xE007F}, /* interlinear marks, tags */
};

static bool is_unsafe(int32_t cp)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(unsafe) && cp >= unsafe[i].first; i++)
		if (cp <= unsafe[i].last)
			return true;
	return false;
}

static size_t add_code_point(struct buf *out, int32_t cp)
{
	unsigned int u = (unsigned int)cp;

	if (u > 0xFFFF) {
		u -= 0x10000;
		buf_printf(out, "\\u%04X\\u%04X", 0xD800 + (u >> 10), 0xDC00 + (u & 0x3FF));
		return 12;
	}
	buf_printf(out, "\\u%04X", u);
	return 6;
}

size_t print_escape(struct buf *out, const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s, *end = p + n;
	size_t               width = 0;

	while (p < end) {
		const unsigned char *start = p;
		int32_t              cp = utf8_next(&p, end);

		if (cp == UTF8_INVALID) {
			for (; start < p; start++, width += 4)
				buf_printf(out, "\\x%02X", *start);
		} else if (is_unsafe(cp)) {
			width += add_code_point(out, cp);
		} else {
			buf_add(out, start, (size_t)(p - start));
			width++;
		}
	}
	return width;
}

/* Errors of the stream are looked at once, in print_finish(). In pieces, so that memory is bounded.
 */
void print_escaped(FILE *out, const char *s, size_t n)
{
	struct buf piece = BUF_INIT(SIZE_MAX / 2);

	while (n > 0) {
		size_t some = n;

		if (some > PIECE_BYTES) /* cut in front of a character */
			for (some = PIECE_BYTES;
			     some > 0 && ((unsigned char)s[some] & 0xC0) == 0x80;)
				some--;
		some = some > 0 ? some : PIECE_BYTES;
		buf_reset(&piece, SIZE_MAX);
		(void)print_escape(&piece, s, some);
		(void)fwrite(piece.data, 1, piece.len, out);
		s += some;
		n -= some;
	}
	buf_fini(&piece);
}

void print_text(FILE *out, const char *s, size_t n)
{
	const char *end = s + n;

	while (s < end) {
		const char *stop = s;

		while (stop < end && *stop != '\n' && *stop != '\t')
			stop++;
		print_escaped(out, s, (size_t)(stop - s));
		if (stop < end)
			(void)putc(*stop++, out);
		s = stop;
	}
}

void print_message(FILE *out, const char *text)
{
	while (*(text += strspn(text, "\n"))) {
		size_t n = strcspn(text, "\n");

		print_escaped(out, text, n);
		text += n;
		if (text[strspn(text, "\n")])
			(void)putc(' ', out);
	}
}

void print_reply(const struct qgac_reply *reply)
{
	size_t      n;
	const char *line = qgac_reply_line(reply, &n);

	if (isatty(STDOUT_FILENO))
		print_escaped(stdout, line, n);
	else
		(void)fwrite(line, 1, n, stdout);
	(void)putchar('\n');
}

void print_set_color(enum print_color when)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	has_color = when == COLOR_ALWAYS;
	if (when == COLOR_AUTO)
		has_color = isatty(STDOUT_FILENO) && !(no && *no) && term && *term &&
			    strcmp(term, "dumb") != 0;
}

const char *print_style_on(enum print_style style)
{
	static const char *const on[] = {
		[STYLE_NONE] = "",         [STYLE_HEAD] = "\033[1m", [STYLE_GOOD] = "\033[32m",
		[STYLE_WARN] = "\033[33m", [STYLE_BAD] = "\033[31m",
	};

	return has_color ? on[style] : "";
}

const char *print_style_off(enum print_style style)
{
	return has_color && style != STYLE_NONE ? "\033[0m" : "";
}

void print_bytes(char *text, size_t size, double bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	size_t                   i = 0;

	while (bytes >= 1000 && i + 1 < ARRAY_SIZE(units)) {
		bytes /= 1024;
		i++;
	}
	(void)snprintf(text, size, i > 0 && bytes < 99.95 ? "%.1f %s" : "%.0f %s", bytes, units[i]);
}

bool print_finish(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return true;
	(void)fprintf(stderr, "vactl: cannot write the output: %s\n", strerror(errno));
	return false;
}
