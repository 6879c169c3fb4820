/* SPDX-License-Identifier: MIT */
/*
 * The public cursors: a thin layer over the JSON reader that keeps its types out of the ABI.
 */
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/b64.h"
#include "client/reply.h"

static const struct qgac_value absent;

struct json value_json(struct qgac_value value)
{
	/* the reader has no const cursors; walking changes nothing */
	return (struct json){
		.p = (char *)value.at_,
		.text = value.reply_ ? &value.reply_->text : NULL,
	};
}

static struct qgac_value from_json(struct qgac_value owner, const struct json *j)
{
	return (struct qgac_value){.reply_ = owner.reply_, .at_ = j->p};
}

enum qgac_kind qgac_value_kind(struct qgac_value value)
{
	static const enum qgac_kind kinds[] = {
		[JSON_INVALID] = QGAC_ABSENT, [JSON_NULL] = QGAC_NULL,
		[JSON_BOOL] = QGAC_BOOL,      [JSON_NUMBER] = QGAC_NUMBER,
		[JSON_STRING] = QGAC_STRING,  [JSON_ARRAY] = QGAC_ARRAY,
		[JSON_OBJECT] = QGAC_OBJECT,
	};
	struct json j = value_json(value);

	return j.p ? kinds[json_kind(&j)] : QGAC_ABSENT;
}

struct qgac_value qgac_value_member(struct qgac_value value, const char *name)
{
	struct json      j = value_json(value), key, found;
	struct json_walk w;

	if (qgac_value_kind(value) != QGAC_OBJECT)
		return absent;
	json_walk_start(&w, &j);
	while (json_walk_member(&w, &key, &found))
		if (json_str_is(&key, name))
			return from_json(value, &found);
	return absent;
}

enum { ITER_DONE, ITER_FIRST_ITEM, ITER_ITEM, ITER_FIRST_MEMBER, ITER_MEMBER };

struct qgac_iter qgac_iter_start(struct qgac_value container)
{
	enum qgac_kind   kind = qgac_value_kind(container);
	struct json      j = value_json(container);
	struct json_walk w;

	if (kind != QGAC_ARRAY && kind != QGAC_OBJECT)
		return (struct qgac_iter){.at_ = absent, .state_ = ITER_DONE};
	json_walk_start(&w, &j);
	return (struct qgac_iter){
		.at_ = from_json(container, &w.at),
		.state_ = kind == QGAC_ARRAY ? ITER_FIRST_ITEM : ITER_FIRST_MEMBER,
	};
}

bool qgac_iter_next(struct qgac_iter *it, struct qgac_value *ret_key, struct qgac_value *ret)
{
	bool             members = it->state_ >= ITER_FIRST_MEMBER;
	struct json_walk w = {
		.at = value_json(it->at_),
		.first = it->state_ == ITER_FIRST_ITEM || it->state_ == ITER_FIRST_MEMBER,
	};
	struct json key = {.p = NULL}, found;
	bool        more = false;

	if (it->state_ != ITER_DONE)
		more = members ? json_walk_member(&w, &key, &found) : json_walk_item(&w, &found);
	if (!more) {
		it->state_ = ITER_DONE;
		return false;
	}
	if (ret_key)
		*ret_key = members ? from_json(it->at_, &key) : absent;
	*ret = from_json(it->at_, &found);
	it->at_ = from_json(it->at_, &w.at);
	it->state_ = members ? ITER_MEMBER : ITER_ITEM;
	return true;
}

int qgac_value_bool(struct qgac_value value, bool *ret)
{
	struct json j = value_json(value);

	if (qgac_value_kind(value) != QGAC_BOOL)
		return -1;
	*ret = json_is_true(&j);
	return 0;
}

int qgac_value_int64(struct qgac_value value, int64_t *ret)
{
	struct json     j = value_json(value);
	struct json_num num;

	if (qgac_value_kind(value) != QGAC_NUMBER)
		return -1;
	num = json_num(&j);
	if (num.kind != JSON_NUM_INT)
		return -1;
	*ret = num.i;
	return 0;
}

int qgac_value_uint64(struct qgac_value value, uint64_t *ret)
{
	struct json     j = value_json(value);
	struct json_num num;

	if (qgac_value_kind(value) != QGAC_NUMBER)
		return -1;
	num = json_num(&j);
	if (num.kind == JSON_NUM_DOUBLE || (num.kind == JSON_NUM_INT && num.i < 0))
		return -1;
	*ret = num.kind == JSON_NUM_UINT ? num.u : (uint64_t)num.i;
	return 0;
}

int qgac_value_double(struct qgac_value value, double *ret)
{
	locale_t c_locale;

	if (qgac_value_kind(value) != QGAC_NUMBER)
		return -1;
	/* a program that uses this library may have set a locale with a decimal comma */
	c_locale = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
	if (!c_locale)
		return -1;
	*ret = strtod_l(value.at_, NULL, c_locale); /* the line ends with a NUL byte */
	freelocale(c_locale);
	return 0;
}

bool qgac_value_is(struct qgac_value value, const char *text)
{
	struct json j = value_json(value);

	return qgac_value_kind(value) == QGAC_STRING && json_str_is(&j, text);
}

int qgac_value_string(struct qgac_value value, char **ret, size_t *ret_len)
{
	struct json j = value_json(value);
	size_t      size, n;
	char       *copy;

	*ret = NULL;
	if (qgac_value_kind(value) != QGAC_STRING)
		return -1;
	size = json_str_raw_len(&j) + 1; /* no decoded text is longer than its escapes */
	copy = malloc(size);
	if (!copy)
		return -1;
	n = json_str_copy(&j, copy, size);
	if (ret_len)
		*ret_len = n;
	*ret = copy;
	return 0;
}

int qgac_value_base64(struct qgac_value value, void **ret, size_t *ret_n)
{
	char  *text;
	size_t len;

	*ret = NULL;
	if (qgac_value_string(value, &text, &len) < 0)
		return -1;
	if (b64_decode(text, len, text, ret_n) < 0) {
		free(text);
		return -1;
	}
	text[*ret_n] = '\0';
	*ret = text;
	return 0;
}

const char *qgac_value_text(struct qgac_value value, size_t *ret_len)
{
	struct json j = value_json(value);

	if (qgac_value_kind(value) == QGAC_ABSENT) {
		*ret_len = 0;
		return NULL;
	}
	*ret_len = (size_t)(json_value_end(&j) - j.p);
	return j.p;
}
