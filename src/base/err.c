/* SPDX-License-Identifier: MIT */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *err_class_name(enum err_class class)
{
	return class == ERR_COMMAND_NOT_FOUND ? "CommandNotFound" : "GenericError";
}

/*
 * Cuts text[0..len), which may end inside a UTF-8 sequence: half of one must not stay, the client
 * would see a replacement character.
 */
static void cut_at_character(char *text, size_t len)
{
	size_t lead = len;

	while (lead > 0 && len - lead < 3 && ((unsigned char)text[lead - 1] & 0xC0) == 0x80)
		lead--;
	if (lead > 0 && (unsigned char)text[lead - 1] >= 0xC0) {
		unsigned char first = (unsigned char)text[lead - 1];
		size_t        whole = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;

		if (len - (lead - 1) < whole)
			len = lead - 1;
	}
	text[len] = '\0';
}

static void printf_like(4, 0)
	format(struct err *err, enum err_class class, int os, const char *fmt, va_list ap)
{
	int n;

	if (err->set)
		return;
	err->set = true;
	err->class = class;
	err->os = os;
	n = vsnprintf(err->text, sizeof(err->text), fmt, ap);
	if (n < 0)
		err->text[0] = '\0';
	else if ((size_t)n >= sizeof(err->text))
		cut_at_character(err->text, sizeof(err->text) - 1);
}

int err_set(struct err *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	format(err, ERR_GENERIC, 0, fmt, ap);
	va_end(ap);
	return -1;
}

int err_set_class(struct err *err, enum err_class class, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	format(err, class, 0, fmt, ap);
	va_end(ap);
	return -1;
}

int err_os(struct err *err, int os, const char *fmt, ...)
{
	bool    first = !err->set;
	va_list ap;
	size_t  len;

	va_start(ap, fmt);
	format(err, ERR_GENERIC, os, fmt, ap);
	va_end(ap);
	if (!first || os == 0)
		return -1;
	len = strlen(err->text);
	/* strerror() without a locale returns constant text for every known number */
	(void)snprintf(err->text + len, sizeof(err->text) - len, ": %s", strerror(os));
	return -1;
}

void err_prefix(struct err *err, const char *fmt, ...)
{
	char    prefix[512];
	va_list ap;
	size_t  add, old;

	if (!err->set)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(prefix, sizeof(prefix), fmt, ap);
	va_end(ap);
	add = strlen(prefix);
	old = strlen(err->text);
	if (old + add > ERR_TEXT_MAX) {
		cut_at_character(err->text, ERR_TEXT_MAX - add);
		old = strlen(err->text);
	}
	memmove(err->text + add, err->text, old);
	memcpy(err->text, prefix, add);
	err->text[add + old] = '\0';
}
