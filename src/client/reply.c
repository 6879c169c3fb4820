/* SPDX-License-Identifier: MIT */
/*
 * What counts as a reply: a JSON object with exactly one of "return" and "error", the latter with
 * class and desc.
 */
#include "client/reply.h"

#include <string.h>

#include "base/attr.h"
#include "client/error.h"

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

int reply_new(char *line, size_t len, struct qgac_reply **ret, struct qgac_err *err)
{
	struct qgac_reply *reply = calloc(1, sizeof(*reply));

	if (!reply) {
		free(line);
		return error_memory(err);
	}
	reply->line = line;
	reply->len = len;
	reply->text = (struct json_text){.start = line, .end = line + len};
	if (check_syntax(reply, err) < 0 || take_contents(reply, err) < 0) {
		qgac_reply_free(reply);
		return -1;
	}
	*ret = reply;
	return 0;
}

void qgac_reply_free(struct qgac_reply *reply)
{
	if (!reply)
		return;
	free(reply->line);
	free(reply->error_class);
	free(reply->error_desc);
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
