/* SPDX-License-Identifier: MIT */
/*
 * What counts as a reply: a JSON object with exactly one of "return" and "error", the latter with
 * class and desc.
 */
#include "client/reply.h"

#include <string.h>

#include "base/attr.h"
#include "client/error.h"
#include "json/scan.h"

static int check_syntax(const struct qgac_reply *reply, struct qgac_err *err)
{
	struct err why;

	err_init(&why);
	if (json_check(&reply->text, &why) == 0)
		return 0;
	return error_set(err, QGAC_ERR_PROTOCOL, "the reply is not valid: %s", why.text);
}

/* 0, or -1 when there is no such string. */
static int take_error_string(struct qgac_value error, const char *name, char **ret,
			     struct qgac_err *err)
{
	struct qgac_value value = qgac_value_member(error, name);

	if (qgac_value_kind(value) != QGAC_STRING)
		return error_set(err, QGAC_ERR_PROTOCOL, "the reply is an error without '%s'",
				 name);
	return qgac_value_string(value, ret, NULL) < 0 ? error_memory(err) : 0;
}

static int take_contents(struct qgac_reply *reply, struct qgac_err *err)
{
	struct qgac_value root = qgac_reply_root(reply);
	struct qgac_value error = qgac_value_member(root, "error");
	bool              returned = qgac_value_kind(qgac_reply_return(reply)) != QGAC_ABSENT;
	bool              failed = qgac_value_kind(error) != QGAC_ABSENT;

	if (qgac_value_kind(root) != QGAC_OBJECT)
		return error_set(err, QGAC_ERR_PROTOCOL, "the reply is not a JSON object");
	if (returned && failed)
		return error_set(err, QGAC_ERR_PROTOCOL, "the reply has both 'return' and 'error'");
	if (!returned && !failed)
		return error_set(err, QGAC_ERR_PROTOCOL,
				 "the reply has neither 'return' nor 'error'");
	if (returned)
		return 0;
	if (take_error_string(error, "class", &reply->error_class, err) < 0)
		return -1;
	return take_error_string(error, "desc", &reply->error_desc, err);
}

static const char *scan(const char *p, const char *end, char quote)
{
	return (const char *)json_scan_string((const unsigned char *)p, (const unsigned char *)end,
					      (unsigned char)quote);
}

/* The byte after the string at p if it is long and plain, NULL otherwise. */
static const char *plain_end(const struct json_text *text, const struct span *letters,
			     const char *p)
{
	const char *end = text->end, *known = text->start + letters->start;
	bool        is_known = known > p && letters->end > letters->start;
	const char *stop = scan(p + 1, is_known ? known : end, *p);

	if (is_known && stop == known)
		stop = scan(text->start + letters->end, end, *p);
	return stop < end && *stop == *p && stop - p >= JSON_HINT_MIN ? stop + 1 : NULL;
}

/*
 * Spares the checks byte by byte of what is known to be plain. A hint is true of the bytes at its
 * place whatever stands around them, so this may run before the syntax check.
 */
static void find_hints(struct qgac_reply *reply, const struct span *letters)
{
	struct json_hints *h = &reply->hints;
	struct json        at = {.p = reply->text.start, .text = &reply->text};
	char              *start = reply->text.start, *end = reply->text.end;
	const char        *stop;

	while (at.p < end && h->n < JSON_HINTS_MAX) {
		if (*at.p != '"' && *at.p != '\'') {
			at.p++;
			continue;
		}
		stop = plain_end(&reply->text, letters, at.p);
		if (stop)
			h->at[h->n++] = (struct json_hint){.start = (uint32_t)(at.p - start),
							   .end = (uint32_t)(stop - start)};
		at.p = stop ? start + (stop - start) : json_value_end(&at);
	}
}

int reply_init(struct qgac_reply *reply, char *line, size_t len, const struct span *letters,
	       struct qgac_err *err)
{
	*reply = (struct qgac_reply){.line = line, .len = len};
	reply->text = (struct json_text){.start = line, .end = line + len};
	if (len >= JSON_HINT_MIN)
		find_hints(reply, letters);
	reply->text.hints = &reply->hints;
	if (check_syntax(reply, err) == 0 && take_contents(reply, err) == 0)
		return 0;
	reply_fini(reply);
	return -1;
}

void reply_fini(struct qgac_reply *reply)
{
	free(reply->error_class);
	free(reply->error_desc);
	reply->error_class = reply->error_desc = NULL;
}

int reply_new(char *line, size_t len, struct qgac_reply **ret, struct qgac_err *err)
{
	static const struct span no_letters;
	struct qgac_reply       *reply = malloc(sizeof(*reply));

	if (!reply || reply_init(reply, line, len, &no_letters, err) < 0) {
		int got = reply ? -1 : error_memory(err);

		free(reply);
		free(line);
		return got;
	}
	*ret = reply;
	return 0;
}

void qgac_reply_free(struct qgac_reply *reply)
{
	if (!reply)
		return;
	reply_fini(reply);
	free(reply->line);
	free(reply);
}

const char *qgac_reply_line(const struct qgac_reply *reply, size_t *ret_len)
{
	if (ret_len)
		*ret_len = reply->len;
	return reply->line;
}

bool qgac_reply_is_error(const struct qgac_reply *reply)
{
	return reply->error_desc != NULL;
}

const char *qgac_reply_error_class(const struct qgac_reply *reply)
{
	return reply->error_class;
}

const char *qgac_reply_error_desc(const struct qgac_reply *reply)
{
	return reply->error_desc;
}

struct qgac_value qgac_reply_root(const struct qgac_reply *reply)
{
	return (struct qgac_value){.reply_ = reply, .at_ = json_root(&reply->text).p};
}

struct qgac_value qgac_reply_return(const struct qgac_reply *reply)
{
	return qgac_value_member(qgac_reply_root(reply), "return");
}
