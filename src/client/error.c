/* SPDX-License-Identifier: MIT */
#include "client/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "build_config.h"

/* Leaves no half UTF-8 sequence at the end of a text that was cut. */
static void cut_at_character(char *text, size_t len)
{
	while (len > 0 && ((unsigned char)text[len - 1] & 0xC0) == 0x80)
		len--;
	if (len > 0 && (unsigned char)text[len - 1] >= 0xC0)
		len--;
	text[len] = '\0';
}

static void copy_text(char *dst, size_t size, const char *src)
{
	size_t n = strlen(src);

	if (n < size) {
		memcpy(dst, src, n + 1);
		return;
	}
	memcpy(dst, src, size - 1);
	cut_at_character(dst, size - 1);
}

static void printf_like(4, 0)
	format(struct qgac_err *err, enum qgac_code code, int os, const char *fmt, va_list ap)
{
	int n;

	error_clear(err);
	err->code = code;
	err->os = os;
	n = vsnprintf(err->text, sizeof(err->text), fmt, ap);
	if (n >= (int)sizeof(err->text))
		cut_at_character(err->text, sizeof(err->text) - 1);
}

void error_clear(struct qgac_err *err)
{
	if (!err)
		return;
	memset(err, 0, offsetof(struct qgac_err, text) + 1);
}

int error_set(struct qgac_err *err, enum qgac_code code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return -1;
	va_start(ap, fmt);
	format(err, code, 0, fmt, ap);
	va_end(ap);
	return -1;
}

int error_os(struct qgac_err *err, enum qgac_code code, int os, const char *fmt, ...)
{
	va_list ap;
	size_t  len;

	if (!err)
		return -1;
	va_start(ap, fmt);
	format(err, code, os, fmt, ap);
	va_end(ap);
	len = strlen(err->text);
	(void)snprintf(err->text + len, sizeof(err->text) - len, ": %s", strerror(os));
	return -1;
}

int error_memory(struct qgac_err *err)
{
	return error_set(err, QGAC_ERR_MEMORY, "not enough memory");
}

int error_refused(struct qgac_err *err, const char *class_name, const char *desc)
{
	if (!err)
		return -1;
	error_clear(err);
	err->code = QGAC_ERR_REFUSED;
	copy_text(err->agent_class, sizeof(err->agent_class), class_name);
	copy_text(err->text, sizeof(err->text), desc);
	return -1;
}

int error_stage(struct qgac_err *err, enum qgac_stage stage)
{
	if (err)
		err->stage = stage;
	return -1;
}

const char *qgac_code_text(int code)
{
	switch (code) {
	case QGAC_OK:
		return "success";
	case QGAC_ERR_USAGE:
		return "invalid argument";
	case QGAC_ERR_CONNECT:
		return "cannot connect";
	case QGAC_ERR_REFUSED:
		return "refused by the agent";
	case QGAC_ERR_TIMEOUT:
		return "timed out";
	case QGAC_ERR_PROTOCOL:
		return "not a valid reply";
	case QGAC_ERR_MEMORY:
		return "not enough memory";
	case QGAC_ERR_CLOSED:
		return "connection ended";
	case QGAC_ERR_CANCELLED:
		return "cancelled";
	default:
		return "unknown error";
	}
}

const char *qgac_version(void)
{
	return VIRTAGENT_VERSION;
}
