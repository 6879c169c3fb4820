/* SPDX-License-Identifier: MIT */
#include "log/audit_text.h"

#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "log/audit_field.h"

/* What finds all audit lines in a journal: journalctl MESSAGE_ID=… (virtagent(8)). */
#define MESSAGE_ID "0d063b54fb8b49cea87f63b3dab8171b"

/* Facility authpriv, severities notice and info. */
#define FACILITY 10
#define SEVERITY_NOTICE 5
#define SEVERITY_INFO 6

/* --- a buffer that says when it is too small --- */

struct text {
	char  *to;
	size_t n, size;
	bool   full;
};

static bool put(struct text *t, const char *data, size_t n)
{
	if (t->full || t->size - t->n < n) {
		t->full = true;
		return false;
	}
	memcpy(t->to + t->n, data, n);
	t->n += n;
	return true;
}

static void put_str(struct text *t, const char *s)
{
	(void)put(t, s, strlen(s));
}

static int severity(const struct audit_source *s)
{
	return s->notable || !s->data ? SEVERITY_NOTICE : SEVERITY_INFO;
}

/* --- the line --- */

/* Code points that a terminal or an editor shows other than as a letter in its place: C1 controls,
 * marks of direction, separators of lines, the byte order mark. */
static bool is_treacherous(int32_t c)
{
	return (c >= 0x80 && c < 0xA0) || c == 0x061C || (c >= 0x200B && c <= 0x200F) ||
	       (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

static size_t escape_byte(unsigned char c, char *to)
{
	static const char hex[] = "0123456789abcdef";

	to[0] = '\\';
	switch (c) {
	case '"':
	case '\\':
		to[1] = (char)c;
		return 2;
	case '\n':
	case '\t':
	case '\r':
		to[1] = c == '\n' ? 'n' : c == '\t' ? 't' : 'r';
		return 2;
	}
	to[1] = 'x';
	to[2] = hex[c >> 4];
	to[3] = hex[c & 15];
	return 4;
}

/* The character at *at as it stands between quotes: its length. */
static size_t escape_one(const unsigned char **at, const unsigned char *end, char *to)
{
	const unsigned char *start = *at;
	int32_t              c = utf8_next(at, end);
	size_t               n = 0;

	if (c >= 0x20 && c != 0x7F && c != '"' && c != '\\' && !is_treacherous(c)) {
		memcpy(to, start, (size_t)(*at - start));
		return (size_t)(*at - start);
	}
	while (start < *at)
		n += escape_byte(*start++, to + n);
	return n;
}

static void put_quoted(struct text *t, const char *value, size_t n)
{
	const unsigned char *at = (const unsigned char *)value, *end = at + n;
	char                 one[32];

	put_str(t, "\"");
	/* the closing quote always has its place */
	t->size--;
	while (at < end && put(t, one, escape_one(&at, end, one)))
		continue;
	t->size++;
	if (t->n < t->size)
		t->to[t->n++] = '"';
}

/* What should be plain has come through the queue, to which all our processes write. */
static bool is_plain(const struct audit_field *f)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-",
			    f->value[i]) ||
		    !f->value[i])
			return false;
	return f->n > 0;
}

static void put_field(struct text *t, const struct audit_field *f)
{
	const struct audit_key_row *row = &audit_keys[f->key];
	size_t                      n = row->name ? strlen(row->name) : f->name_n;

	if (t->full || t->size - t->n < n + 4) {
		t->full = true;
		return;
	}
	put_str(t, t->n ? " " : "");
	(void)put(t, row->name ? row->name : f->name, n);
	put_str(t, "=");
	if (row->plain && is_plain(f))
		(void)put(t, f->value, f->n);
	else
		put_quoted(t, f->value, f->n);
}

static void put_fields(struct text *t, const struct audit_source *s, enum audit_key key)
{
	const char        *at = s->data, *end = s->data + s->n;
	struct audit_field f;

	while (audit_next(&at, end, &f))
		if (f.key == key)
			put_field(t, &f);
}

static void put_line(struct text *t, const struct audit_source *s, bool truncated)
{
	const struct audit_field mark = {.key = AUDIT_TRUNCATED, .value = "yes", .n = 3};
	int                      key;

	for (key = 0; key < AUDIT_KEYS; key++) {
		if (key == AUDIT_TRUNCATED && truncated)
			put_field(t, &mark);
		else
			put_fields(t, s, key);
	}
}

size_t audit_format_line(const struct audit_source *s, char *to, size_t size)
{
	struct text t = {.to = to, .size = size};
	int         n;

	if (!s->data) {
		n = snprintf(to, size, "lost=%u", s->lost);
		return (size_t)n < size ? (size_t)n : size - 1;
	}
	put_line(&t, s, s->truncated);
	if (t.full && !s->truncated) {
		t = (struct text){.to = to, .size = size};
		put_line(&t, s, true);
	}
	return t.n;
}

size_t audit_format_time(int64_t ns, char *to, size_t size)
{
	time_t    seconds = (time_t)(ns / NS_PER_S);
	struct tm tm = {0};
	char      text[64];
	int       n;

	(void)gmtime_r(&seconds, &tm);
	(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	n = snprintf(to, size, "time=%s.%06" PRId64 "Z ", text, ns % NS_PER_S / 1000);
	return (size_t)n < size ? (size_t)n : size - 1;
}

/* --- syslog --- */

size_t audit_format_syslog(const struct audit_source *s, const char *program, char *to, size_t size)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t            seconds = (time_t)(s->ns / NS_PER_S);
	struct tm         tm = {0};
	int               n;

	(void)localtime_r(&seconds, &tm);
	n = snprintf(to, size,
		     "<%d>%.3s %2d %02d:%02d:%02d %s: audit: ", FACILITY * 8 + severity(s),
		     months + 3 * (tm.tm_mon % 12), tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
		     program);
	return (size_t)n < size ? (size_t)n : size - 1;
}

/* --- the journal --- */

/* A value with a line feed is preceded by its length, others end with one. */
static void put_journal(struct text *t, const char *name, size_t name_n, const char *value,
			size_t n)
{
	uint64_t len = htole64(n);

	if (t->size - t->n < name_n + n + sizeof(len) + 2) {
		t->full = true;
		return;
	}
	(void)put(t, name, name_n);
	if (memchr(value, '\n', n)) {
		put_str(t, "\n");
		(void)put(t, (const char *)&len, sizeof(len));
	} else {
		put_str(t, "=");
	}
	(void)put(t, value, n);
	put_str(t, "\n");
}

/* VIRTAGENT_ARG_RESET for the argument "reset". */
static size_t journal_name(const struct audit_field *f, char *to, size_t size)
{
	size_t i, n = (size_t)snprintf(to, size, "%s", audit_keys[f->key].journal);

	for (i = 0; i < f->name_n && n < size; i++) {
		char c = f->name[i];

		to[n++] = c >= 'a' && c <= 'z'   ? (char)(c - 'a' + 'A')
			  : c >= '0' && c <= '9' ? c
						 : '_';
	}
	return n;
}

static void put_journal_fields(struct text *t, const struct audit_source *s)
{
	const char        *at = s->data, *end = s->data + s->n;
	struct audit_field f;
	char               name[64]; /* the journal takes no longer ones */

	while (audit_next(&at, end, &f))
		put_journal(t, name, journal_name(&f, name, sizeof(name)), f.value, f.n);
	if (s->truncated)
		put_str(t, "VIRTAGENT_TRUNCATED=yes\n");
}

static void put_journal_number(struct text *t, const char *name, int64_t value)
{
	char text[96];
	int  n = snprintf(text, sizeof(text), "%s=%" PRId64 "\n", name, value);

	(void)put(t, text, (size_t)n);
}

size_t audit_format_journal(const struct audit_source *s, const char *program, char *to)
{
	struct text t = {.to = to, .size = AUDIT_JOURNAL_MAX};

	put_str(&t, "MESSAGE_ID=" MESSAGE_ID "\nSYSLOG_IDENTIFIER=");
	put_str(&t, program);
	put_str(&t, "\nMESSAGE=audit: ");
	t.n += audit_format_line(s, to + t.n, AUDIT_LINE_MAX);
	put_str(&t, "\n");
	put_journal_number(&t, "PRIORITY", severity(s));
	put_journal_number(&t, "SYSLOG_FACILITY", FACILITY);
	put_journal_number(&t, "VIRTAGENT_TIME_USEC", s->ns / 1000);
	if (s->data)
		put_journal_fields(&t, s);
	else
		put_journal_number(&t, "VIRTAGENT_LOST", s->lost);
	return t.n;
}
