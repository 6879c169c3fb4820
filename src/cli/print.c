/* SPDX-License-Identifier: MIT */
/*
 * A guest must not be able to write to the terminal of the administrator who looks at it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "cli/cli.h"

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

static void print_code_point(FILE *out, int32_t cp)
{
	unsigned int u = (unsigned int)cp;

	if (u > 0xFFFF) {
		u -= 0x10000;
		(void)fprintf(out, "\\u%04X\\u%04X", 0xD800 + (u >> 10), 0xDC00 + (u & 0x3FF));
	} else {
		(void)fprintf(out, "\\u%04X", u);
	}
}

/* Errors of the stream are looked at once, in print_finish(). */
void print_escaped(FILE *out, const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s, *end = p + n;

	while (p < end) {
		const unsigned char *start = p;
		int32_t              cp = utf8_next(&p, end);

		if (cp == UTF8_INVALID) {
			for (; start < p; start++)
				(void)fprintf(out, "\\x%02X", *start);
		} else if (is_unsafe(cp)) {
			print_code_point(out, cp);
		} else {
			(void)fwrite(start, 1, (size_t)(p - start), out);
		}
	}
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

bool print_finish(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return true;
	(void)fprintf(stderr, "vactl: cannot write the output: %s\n", strerror(errno));
	return false;
}
