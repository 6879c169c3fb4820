/* SPDX-License-Identifier: MIT */
#include "proto/decode.h"

#include <stdio.h>
#include <string.h>

/* The longest name that fits an error text; longer ones lose their front. */
struct path {
	char text[ERR_TEXT_MAX + 1];
};

/* Writes s before *start, as much of its end as fits. */
static void put_before(const struct path *path, char **start, const char *s)
{
	size_t room = (size_t)(*start - path->text);
	size_t len = strlen(s);
	size_t n = len < room ? len : room;

	*start -= n;
	memcpy(*start, s + len - n, n);
}

/* From the innermost part outwards, because that is the way the chain is linked; the result starts
 * inside *path. */
static const char *path_of(const struct decode_at *at, struct path *path)
{
	char *start = path->text + ERR_TEXT_MAX;
	bool  needs_dot = false;

	*start = '\0';
	for (; at->up; at = at->up) {
		char        index[32];
		const char *part = at->name;

		if (!part) {
			(void)snprintf(index, sizeof(index), "[%zu]", at->index); /* fits */
			part = index;
		}
		if (needs_dot)
			put_before(path, &start, ".");
		put_before(path, &start, part);
		needs_dot = at->name;
	}
	return start;
}

static int missing(const struct decode_at *at)
{
	struct path path;

	return err_set(at->d->err, "Parameter '%s' is missing", path_of(at, &path));
}

static int wrong_number(const struct decode_at *at, const char *type)
{
	struct path path;

	if (!at->value.p)
		return missing(at);
	return err_set(at->d->err, "Parameter '%s' expects %s", path_of(at, &path), type);
}

static int unexpected(const struct decode_at *object, const char *key)
{
	struct decode_at member = {.d = object->d, .up = object, .name = key};
	struct path      path;

	return err_set(object->d->err, "Parameter '%s' is unexpected", path_of(&member, &path));
}

int decode_mismatch(const struct decode_at *at, const char *expected)
{
	struct path path;

	if (!at->value.p)
		return missing(at);
	if (!at->up)
		return err_set(at->d->err, "QMP input member 'arguments' must be an object");
	return err_set(at->d->err, "Invalid parameter type for '%s', expected: %s",
		       path_of(at, &path), expected);
}

struct decode_at decode_root(struct decode *d, const struct json *args)
{
	return (struct decode_at){.d = d, .value = *args};
}

bool decode_present(const struct decode_at *at)
{
	return at->value.p;
}

enum json_kind decode_kind(const struct decode_at *at)
{
	return at->value.p ? json_kind(&at->value) : JSON_INVALID;
}

static struct json *slot_of(const struct decode_object *o, const struct json *key)
{
	for (size_t i = 0; i < o->n; i++)
		if (json_str_is(key, o->names[i]))
			return &o->slots[i];
	return NULL;
}

int decode_object_begin(struct decode_object *o, const struct decode_at *at,
			const char *const *names, struct json *slots, size_t n)
{
	struct json_walk walk;
	struct json      key, value;

	*o = (struct decode_object){.at = at, .names = names, .slots = slots, .n = n};
	for (size_t i = 0; i < n; i++)
		slots[i] = (struct json){0};
	if (!at->value.p && !at->up)
		return 0;
	if (decode_kind(at) != JSON_OBJECT)
		return decode_mismatch(at, "object");
	json_walk_start(&walk, &at->value);
	while (json_walk_member(&walk, &key, &value)) {
		struct json *slot = slot_of(o, &key);

		if (slot)
			*slot = value;
		else if (!o->unknown.p)
			o->unknown = key;
	}
	return 0;
}

struct decode_at decode_member(struct decode_object *o, size_t i)
{
	struct decode_at ret = {
		.d = o->at->d, .up = o->at, .name = o->names[i], .value = o->slots[i]};

	o->slots[i].p = NULL;
	return ret;
}

int decode_object_end(struct decode_object *o)
{
	const char *first = o->unknown.p;
	const char *name = NULL;
	char        key[ERR_TEXT_MAX + 1];

	/* a slot still filled belongs to a branch of the union that was not chosen */
	for (size_t i = 0; i < o->n; i++) {
		if (o->slots[i].p && (!first || o->slots[i].p < first)) {
			first = o->slots[i].p;
			name = o->names[i];
		}
	}
	if (!first)
		return 0;
	if (!name) {
		(void)json_str_copy(&o->unknown, key,
				    sizeof(key)); /* the length is of no interest */
		name = key;
	}
	return unexpected(o->at, name);
}

void *decode_list_begin(struct decode_list *list, const struct decode_at *at, size_t item_size)
{
	struct json item;
	void       *items;

	*list = (struct decode_list){.at = at};
	if (decode_kind(at) != JSON_ARRAY) {
		(void)decode_mismatch(at, "array"); /* NULL says it */
		return NULL;
	}
	json_walk_start(&list->walk, &at->value);
	while (json_walk_item(&list->walk, &item))
		list->n++;
	items = arena_array(at->d->arena, list->n, item_size);
	if (!items) {
		(void)err_set(at->d->err, "not enough memory for the arguments (limit %zu bytes)",
			      at->d->arena->cap);
		return NULL;
	}
	json_walk_start(&list->walk, &at->value);
	if (!json_walk_item(&list->walk, &list->next))
		list->n = 0;
	return items;
}

bool decode_list_next(struct decode_list *list, struct decode_at *ret)
{
	if (list->index >= list->n)
		return false;
	*ret = (struct decode_at){
		.d = list->at->d, .up = list->at, .index = list->index, .value = list->next};
	/* the caller may decode this item in place, after which the way to the next one is gone */
	if (!json_walk_item(&list->walk, &list->next))
		list->n = list->index + 1;
	list->index++;
	return true;
}

static int decode_text(const struct decode_at *at, char **ret, size_t *ret_len, bool *ret_has_nul)
{
	if (decode_kind(at) != JSON_STRING)
		return decode_mismatch(at, "string");
	return json_str_decode(&at->value, ret, ret_len, ret_has_nul);
}

int decode_str(const struct decode_at *at, char **ret)
{
	struct path path;
	size_t      len;
	bool        has_nul;

	if (decode_text(at, ret, &len, &has_nul) < 0)
		return -1;
	if (has_nul)
		return err_set(at->d->err, "Parameter '%s' contains a NUL character",
			       path_of(at, &path));
	return 0;
}

int decode_bytes(const struct decode_at *at, struct bytes *ret)
{
	ret->letters = decode_kind(at) == JSON_STRING ? json_str_letters(&at->value) : 0;
	return decode_text(at, &ret->data, &ret->len, NULL);
}

int decode_bool(const struct decode_at *at, bool *ret)
{
	if (decode_kind(at) != JSON_BOOL)
		return decode_mismatch(at, "boolean");
	*ret = json_is_true(&at->value);
	return 0;
}

int decode_number(const struct decode_at *at, double *ret)
{
	struct json_num num;

	if (decode_kind(at) != JSON_NUMBER)
		return decode_mismatch(at, "number");
	num = json_num(&at->value);
	if (num.kind == JSON_NUM_INT)
		*ret = (double)num.i;
	else
		*ret = num.kind == JSON_NUM_UINT ? (double)num.u : num.d;
	return 0;
}

int decode_int(const struct decode_at *at, int64_t *ret)
{
	struct json_num num;

	if (decode_kind(at) != JSON_NUMBER)
		return decode_mismatch(at, "integer");
	num = json_num(&at->value);
	if (num.kind != JSON_NUM_INT)
		return decode_mismatch(at, "integer");
	*ret = num.i;
	return 0;
}

static int decode_range(const struct decode_at *at, int64_t min, int64_t max, const char *type,
			int64_t *ret)
{
	if (decode_int(at, ret) < 0)
		return -1;
	return *ret < min || *ret > max ? wrong_number(at, type) : 0;
}

int decode_int8(const struct decode_at *at, int8_t *ret)
{
	int64_t value;

	if (decode_range(at, INT8_MIN, INT8_MAX, "int8_t", &value) < 0)
		return -1;
	*ret = (int8_t)value;
	return 0;
}

int decode_int16(const struct decode_at *at, int16_t *ret)
{
	int64_t value;

	if (decode_range(at, INT16_MIN, INT16_MAX, "int16_t", &value) < 0)
		return -1;
	*ret = (int16_t)value;
	return 0;
}

int decode_int32(const struct decode_at *at, int32_t *ret)
{
	int64_t value;

	if (decode_range(at, INT32_MIN, INT32_MAX, "int32_t", &value) < 0)
		return -1;
	*ret = (int32_t)value;
	return 0;
}

int decode_int64(const struct decode_at *at, int64_t *ret)
{
	return decode_int(at, ret);
}

int decode_uint64(const struct decode_at *at, uint64_t *ret)
{
	struct json_num num;

	if (decode_kind(at) != JSON_NUMBER)
		return wrong_number(at, "uint64");
	num = json_num(&at->value);
	if (num.kind == JSON_NUM_DOUBLE)
		return wrong_number(at, "uint64");
	*ret = num.kind == JSON_NUM_INT ? (uint64_t)num.i : num.u;
	return 0;
}

static int decode_urange(const struct decode_at *at, uint64_t max, const char *type, uint64_t *ret)
{
	if (decode_uint64(at, ret) < 0)
		return -1;
	return *ret > max ? wrong_number(at, type) : 0;
}

int decode_uint8(const struct decode_at *at, uint8_t *ret)
{
	uint64_t value;

	if (decode_urange(at, UINT8_MAX, "uint8_t", &value) < 0)
		return -1;
	*ret = (uint8_t)value;
	return 0;
}

int decode_uint16(const struct decode_at *at, uint16_t *ret)
{
	uint64_t value;

	if (decode_urange(at, UINT16_MAX, "uint16_t", &value) < 0)
		return -1;
	*ret = (uint16_t)value;
	return 0;
}

int decode_uint32(const struct decode_at *at, uint32_t *ret)
{
	uint64_t value;

	if (decode_urange(at, UINT32_MAX, "uint32_t", &value) < 0)
		return -1;
	*ret = (uint32_t)value;
	return 0;
}

int decode_size(const struct decode_at *at, uint64_t *ret)
{
	return decode_uint64(at, ret);
}

/* The protocol names only the last part here. */
static int not_in_enum(const struct decode_at *at)
{
	char        value[ERR_TEXT_MAX + 1];
	struct path path;
	const char *name = at->name;

	if (!name) {
		struct decode_at list = *at->up;
		struct decode_at root = {.d = at->d};
		struct decode_at item = *at;

		list.up = &root;
		item.up = &list;
		name = path_of(&item, &path);
	}
	(void)json_str_copy(&at->value, value, sizeof(value)); /* the length is of no interest */
	return err_set(at->d->err, "Parameter '%s' does not accept value '%s'", name, value);
}

int decode_enum(const struct decode_at *at, const char *const *names, int n)
{
	if (decode_kind(at) != JSON_STRING)
		return decode_mismatch(at, "string");
	for (int i = 0; i < n; i++)
		if (json_str_is(&at->value, names[i]))
			return i;
	return not_in_enum(at);
}

int decode_nothing(const struct json *args, struct arena *a, void *in, struct err *err)
{
	struct decode        d = {.arena = a, .err = err};
	struct decode_at     at = decode_root(&d, args);
	struct decode_object o;

	(void)in; /* there is no struct */
	if (decode_object_begin(&o, &at, NULL, NULL, 0) < 0)
		return -1;
	return decode_object_end(&o);
}
