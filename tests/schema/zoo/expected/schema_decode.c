/* SPDX-License-Identifier: MIT */
/* generated from zoo/zoo.json, do not edit */
/* clang-format off */
/* Decoders of the arguments: members in declared order, the first problem wins. */
#include "schema_decode.h"

#include "proto/decode.h"
#include "schema_names.h"
#include "schema_types.h"

static int get_base_list(const struct decode_at *at, struct base_list *ret);
static int get_bool_list(const struct decode_at *at, struct bool_list *ret);
static int get_choice_list(const struct decode_at *at, struct choice_list *ret);
static int get_mood_list(const struct decode_at *at, struct mood_list *ret);
static int get_number_list(const struct decode_at *at, struct number_list *ret);
static int get_shape_list(const struct decode_at *at, struct shape_list *ret);
static int get_str_list(const struct decode_at *at, struct str_list *ret);
static int get_tree_list(const struct decode_at *at, struct tree_list *ret);
static int get_uint64_list(const struct decode_at *at, struct uint64_list *ret);

static int get_mood(const struct decode_at *at, enum mood *ret)
{
	int value = decode_enum(at, mood_names, FEEL_COUNT);

	if (value < 0)
		return -1;
	*ret = (enum mood)value;
	return 0;
}

static int get_colour(const struct decode_at *at, enum colour *ret)
{
	int value = decode_enum(at, colour_names, COLOUR_COUNT);

	if (value < 0)
		return -1;
	*ret = (enum colour)value;
	return 0;
}

static int get_shape_kind(const struct decode_at *at, enum shape_kind *ret)
{
	int value = decode_enum(at, shape_kind_names, SHAPE_KIND_COUNT);

	if (value < 0)
		return -1;
	*ret = (enum shape_kind)value;
	return 0;
}

static int get_echo(const struct decode_at *at, struct echo *ret)
{
	static const char *const names[] = {"name", "text"};
	struct json          slots[ARRAY_SIZE(names)];
	struct decode_object o;
	struct decode_at     m;

	if (decode_object_begin(&o, at, names, slots, ARRAY_SIZE(names)) < 0)
		return -1;
	m = decode_member(&o, 0);
	if (decode_str(&m, &ret->name) < 0)
		return -1;
	m = decode_member(&o, 1);
	ret->has_text = decode_present(&m);
	if (ret->has_text && decode_str(&m, &ret->text) < 0)
		return -1;
	return decode_object_end(&o);
}

static int get_empty(const struct decode_at *at, struct empty *ret)
{
	struct decode_object o;

	(void)ret; /* has no members */
	if (decode_object_begin(&o, at, NULL, NULL, 0) < 0)
		return -1;
	return decode_object_end(&o);
}

static int get_base(const struct decode_at *at, struct base *ret)
{
	static const char *const names[] = {"first", "second"};
	struct json          slots[ARRAY_SIZE(names)];
	struct decode_object o;
	struct decode_at     m;

	if (decode_object_begin(&o, at, names, slots, ARRAY_SIZE(names)) < 0)
		return -1;
	m = decode_member(&o, 0);
	if (decode_int(&m, &ret->first) < 0)
		return -1;
	m = decode_member(&o, 1);
	ret->has_second = decode_present(&m);
	if (ret->has_second && decode_str(&m, &ret->second) < 0)
		return -1;
	return decode_object_end(&o);
}

static int get_derived(const struct decode_at *at, struct derived *ret)
{
	static const char *const names[] = {"first", "second", "third", "fourth"};
	struct json          slots[ARRAY_SIZE(names)];
	struct decode_object o;
	struct decode_at     m;

	if (decode_object_begin(&o, at, names, slots, ARRAY_SIZE(names)) < 0)
		return -1;
	m = decode_member(&o, 0);
	if (decode_int(&m, &ret->first) < 0)
		return -1;
	m = decode_member(&o, 1);
	ret->has_second = decode_present(&m);
	if (ret->has_second && decode_str(&m, &ret->second) < 0)
		return -1;
	m = decode_member(&o, 2);
	ret->has_third = decode_present(&m);
	if (ret->has_third && decode_bool(&m, &ret->third) < 0)
		return -1;
	m = decode_member(&o, 3);
	if (get_base_list(&m, &ret->fourth) < 0)
		return -1;
	return decode_object_end(&o);
}

static int get_tree(const struct decode_at *at, struct tree *ret)
{
	static const char *const names[] = {"name", "children"};
	struct json          slots[ARRAY_SIZE(names)];
	struct decode_object o;
	struct decode_at     m;

	if (decode_object_begin(&o, at, names, slots, ARRAY_SIZE(names)) < 0)
		return -1;
	m = decode_member(&o, 0);
	if (decode_str(&m, &ret->name) < 0)
		return -1;
	m = decode_member(&o, 1);
	ret->has_children = decode_present(&m);
	if (ret->has_children && get_tree_list(&m, &ret->children) < 0)
		return -1;
	return decode_object_end(&o);
}

static int get_choice(const struct decode_at *at, struct choice *ret)
{
	switch (decode_kind(at)) {
	case JSON_BOOL:
		ret->kind = CHOICE_KIND_FLAG;
		return decode_bool(at, &ret->u.flag);
	case JSON_NUMBER:
		ret->kind = CHOICE_KIND_COUNT;
		return decode_int(at, &ret->u.count);
	case JSON_STRING:
		ret->kind = CHOICE_KIND_MOOD;
		return get_colour(at, &ret->u.mood);
	case JSON_OBJECT:
		ret->kind = CHOICE_KIND_ECHO;
		return get_echo(at, &ret->u.echo);
	default:
		return decode_mismatch(at, "Choice");
	}
}

static int get_shape(const struct decode_at *at, struct shape *ret)
{
	static const char *const names[] = {"name", "kind", "radius", "label", "width"};
	struct json          slots[ARRAY_SIZE(names)];
	struct decode_object o;
	struct decode_at     m;

	if (decode_object_begin(&o, at, names, slots, ARRAY_SIZE(names)) < 0)
		return -1;
	m = decode_member(&o, 0);
	ret->has_name = decode_present(&m);
	if (ret->has_name && decode_str(&m, &ret->name) < 0)
		return -1;
	m = decode_member(&o, 1);
	if (get_shape_kind(&m, &ret->kind) < 0)
		return -1;
	switch (ret->kind) {
	case SHAPE_KIND_CIRCLE:
		m = decode_member(&o, 2);
		if (decode_int(&m, &ret->u.circle.radius) < 0)
			return -1;
		m = decode_member(&o, 3);
		ret->u.circle.has_label = decode_present(&m);
		if (ret->u.circle.has_label && decode_str(&m, &ret->u.circle.label) < 0)
			return -1;
		break;
	case SHAPE_KIND_BOX:
		m = decode_member(&o, 4);
		if (decode_uint8(&m, &ret->u.box.width) < 0)
			return -1;
		m = decode_member(&o, 3);
		ret->u.box.has_label = decode_present(&m);
		if (ret->u.box.has_label && decode_str(&m, &ret->u.box.label) < 0)
			return -1;
		break;
	default:
		break;
	}
	return decode_object_end(&o);
}

static int get_base_list(const struct decode_at *at, struct base_list *ret)
{
	struct decode_list list;
	struct decode_at   item;

	ret->items = decode_list_begin(&list, at, sizeof(*ret->items));
	if (!ret->items)
		return -1;
	while (decode_list_next(&list, &item))
		if (get_base(&item, &ret->items[ret->n++]) < 0)
			return -1;
	return 0;
}

static int get_bool_list(const struct decode_at *at, struct bool_list *ret)
{
	struct decode_list list;
	struct decode_at   item;

	ret->items = decode_list_begin(&list, at, sizeof(*ret->items));
	if (!ret->items)
		return -1;
	while (decode_list_next(&list, &item))
		if (decode_bool(&item, &ret->items[ret->n++]) < 0)
			return -1;
	return 0;
}

static int get_choice_list(const struct decode_at *at, struct choice_list *ret)
{
	struct decode_list list;
	struct decode_at   item;

	ret->items = decode_list_begin(&list, at, sizeof(*ret->items));
	if (!ret->items)
		return -1;
	while (decode_list_next(&list, &item))
		if (get_choice(&item, &ret->items[ret->n++]) < 0)
			return -1;
	return 0;
}

static int get_mood_list(const struct decode_at *at, struct mood_list *ret)
{
	struct decode_list list;
	struct decode_at   item;

	ret->items = decode_list_begin(&list, at, sizeof(*ret->items));
	if (!ret->items)
		return -1;
	while (decode_list_next(&list, &item))
		if (get_mood(&item, &ret->items[ret->n++]) < 0)
			return -1;
	return 0;
}

static int get_number_list(const struct decode_at *at, struct number_list *ret)
{
	struct decode_list list;
	struct decode_at   item;

	ret->items = decode_list_begin(&list, at, sizeof(*ret->items));
	if (!ret->items)
		return -1;
	while (decode_list_next(&list, &item))
		if (decode_number(&item, &ret->items[ret->n++]) < 0)
			return -1;
	return 0;
}

static int get_shape_list(const struct decode_at *at, struct shape_list *ret)
{
	struct decode_list list;
	struct decode_at   item;

	ret->items = decode_list_begin(&list, at, sizeof(*ret->items));
	if (!ret->items)
		return -1;
	while (decode_list_next(&list, &item))
		if (get_shape(&item, &ret->items[ret->n++]) < 0)
			return -1;
	return 0;
}

static int get_str_list(const struct decode_at *at, struct str_list *ret)
{
	struct decode_list list;
	struct decode_at   item;

	ret->items = decode_list_begin(&list, at, sizeof(*ret->items));
	if (!ret->items)
		return -1;
	while (decode_list_next(&list, &item))
		if (decode_str(&item, &ret->items[ret->n++]) < 0)
			return -1;
	return 0;
}

static int get_tree_list(const struct decode_at *at, struct tree_list *ret)
{
	struct decode_list list;
	struct decode_at   item;

	ret->items = decode_list_begin(&list, at, sizeof(*ret->items));
	if (!ret->items)
		return -1;
	while (decode_list_next(&list, &item))
		if (get_tree(&item, &ret->items[ret->n++]) < 0)
			return -1;
	return 0;
}

static int get_uint64_list(const struct decode_at *at, struct uint64_list *ret)
{
	struct decode_list list;
	struct decode_at   item;

	ret->items = decode_list_begin(&list, at, sizeof(*ret->items));
	if (!ret->items)
		return -1;
	while (decode_list_next(&list, &item))
		if (decode_uint64(&item, &ret->items[ret->n++]) < 0)
			return -1;
	return 0;
}

static int get_zoo_all_in(const struct decode_at *at, struct zoo_all_in *ret)
{
	static const char *const names[] = {"str", "bool", "number", "int", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "size", "mood", "choice", "shape", "derived", "tree", "strs", "bools", "numbers", "uint64s", "moods", "choices", "shapes", "empty", "data"};
	struct json          slots[ARRAY_SIZE(names)];
	struct decode_object o;
	struct decode_at     m;

	if (decode_object_begin(&o, at, names, slots, ARRAY_SIZE(names)) < 0)
		return -1;
	m = decode_member(&o, 0);
	ret->has_str = decode_present(&m);
	if (ret->has_str && decode_str(&m, &ret->str) < 0)
		return -1;
	m = decode_member(&o, 1);
	ret->has_bool = decode_present(&m);
	if (ret->has_bool && decode_bool(&m, &ret->bool_) < 0)
		return -1;
	m = decode_member(&o, 2);
	ret->has_number = decode_present(&m);
	if (ret->has_number && decode_number(&m, &ret->number) < 0)
		return -1;
	m = decode_member(&o, 3);
	ret->has_int = decode_present(&m);
	if (ret->has_int && decode_int(&m, &ret->int_) < 0)
		return -1;
	m = decode_member(&o, 4);
	ret->has_int8 = decode_present(&m);
	if (ret->has_int8 && decode_int8(&m, &ret->int8) < 0)
		return -1;
	m = decode_member(&o, 5);
	ret->has_int16 = decode_present(&m);
	if (ret->has_int16 && decode_int16(&m, &ret->int16) < 0)
		return -1;
	m = decode_member(&o, 6);
	ret->has_int32 = decode_present(&m);
	if (ret->has_int32 && decode_int32(&m, &ret->int32) < 0)
		return -1;
	m = decode_member(&o, 7);
	ret->has_int64 = decode_present(&m);
	if (ret->has_int64 && decode_int64(&m, &ret->int64) < 0)
		return -1;
	m = decode_member(&o, 8);
	ret->has_uint8 = decode_present(&m);
	if (ret->has_uint8 && decode_uint8(&m, &ret->uint8) < 0)
		return -1;
	m = decode_member(&o, 9);
	ret->has_uint16 = decode_present(&m);
	if (ret->has_uint16 && decode_uint16(&m, &ret->uint16) < 0)
		return -1;
	m = decode_member(&o, 10);
	ret->has_uint32 = decode_present(&m);
	if (ret->has_uint32 && decode_uint32(&m, &ret->uint32) < 0)
		return -1;
	m = decode_member(&o, 11);
	ret->has_uint64 = decode_present(&m);
	if (ret->has_uint64 && decode_uint64(&m, &ret->uint64) < 0)
		return -1;
	m = decode_member(&o, 12);
	ret->has_size = decode_present(&m);
	if (ret->has_size && decode_size(&m, &ret->size) < 0)
		return -1;
	m = decode_member(&o, 13);
	ret->has_mood = decode_present(&m);
	if (ret->has_mood && get_mood(&m, &ret->mood) < 0)
		return -1;
	m = decode_member(&o, 14);
	ret->has_choice = decode_present(&m);
	if (ret->has_choice && get_choice(&m, &ret->choice) < 0)
		return -1;
	m = decode_member(&o, 15);
	ret->has_shape = decode_present(&m);
	if (ret->has_shape && get_shape(&m, &ret->shape) < 0)
		return -1;
	m = decode_member(&o, 16);
	ret->has_derived = decode_present(&m);
	if (ret->has_derived && get_derived(&m, &ret->derived) < 0)
		return -1;
	m = decode_member(&o, 17);
	ret->has_tree = decode_present(&m);
	if (ret->has_tree && get_tree(&m, &ret->tree) < 0)
		return -1;
	m = decode_member(&o, 18);
	ret->has_strs = decode_present(&m);
	if (ret->has_strs && get_str_list(&m, &ret->strs) < 0)
		return -1;
	m = decode_member(&o, 19);
	ret->has_bools = decode_present(&m);
	if (ret->has_bools && get_bool_list(&m, &ret->bools) < 0)
		return -1;
	m = decode_member(&o, 20);
	ret->has_numbers = decode_present(&m);
	if (ret->has_numbers && get_number_list(&m, &ret->numbers) < 0)
		return -1;
	m = decode_member(&o, 21);
	ret->has_uint64s = decode_present(&m);
	if (ret->has_uint64s && get_uint64_list(&m, &ret->uint64s) < 0)
		return -1;
	m = decode_member(&o, 22);
	ret->has_moods = decode_present(&m);
	if (ret->has_moods && get_mood_list(&m, &ret->moods) < 0)
		return -1;
	m = decode_member(&o, 23);
	ret->has_choices = decode_present(&m);
	if (ret->has_choices && get_choice_list(&m, &ret->choices) < 0)
		return -1;
	m = decode_member(&o, 24);
	ret->has_shapes = decode_present(&m);
	if (ret->has_shapes && get_shape_list(&m, &ret->shapes) < 0)
		return -1;
	m = decode_member(&o, 25);
	ret->has_empty = decode_present(&m);
	if (ret->has_empty && get_empty(&m, &ret->empty) < 0)
		return -1;
	m = decode_member(&o, 26);
	ret->has_data = decode_present(&m);
	if (ret->has_data && decode_bytes(&m, &ret->data) < 0)
		return -1;
	return decode_object_end(&o);
}

int decode_zoo_all(const struct json *args, struct arena *a, void *in, struct err *err)
{
	struct decode    d = {.arena = a, .err = err};
	struct decode_at at = decode_root(&d, args);

	*(struct zoo_all_in *)in = (struct zoo_all_in){0};
	return get_zoo_all_in(&at, in);
}

static int get_zoo_shape_in(const struct decode_at *at, struct zoo_shape_in *ret)
{
	static const char *const names[] = {"name", "kind", "radius", "label", "width"};
	struct json          slots[ARRAY_SIZE(names)];
	struct decode_object o;
	struct decode_at     m;

	if (decode_object_begin(&o, at, names, slots, ARRAY_SIZE(names)) < 0)
		return -1;
	m = decode_member(&o, 0);
	ret->has_name = decode_present(&m);
	if (ret->has_name && decode_str(&m, &ret->name) < 0)
		return -1;
	m = decode_member(&o, 1);
	if (get_shape_kind(&m, &ret->kind) < 0)
		return -1;
	switch (ret->kind) {
	case SHAPE_KIND_CIRCLE:
		m = decode_member(&o, 2);
		if (decode_int(&m, &ret->u.circle.radius) < 0)
			return -1;
		m = decode_member(&o, 3);
		ret->u.circle.has_label = decode_present(&m);
		if (ret->u.circle.has_label && decode_str(&m, &ret->u.circle.label) < 0)
			return -1;
		break;
	case SHAPE_KIND_BOX:
		m = decode_member(&o, 4);
		if (decode_uint8(&m, &ret->u.box.width) < 0)
			return -1;
		m = decode_member(&o, 3);
		ret->u.box.has_label = decode_present(&m);
		if (ret->u.box.has_label && decode_str(&m, &ret->u.box.label) < 0)
			return -1;
		break;
	default:
		break;
	}
	return decode_object_end(&o);
}

int decode_zoo_shape(const struct json *args, struct arena *a, void *in, struct err *err)
{
	struct decode    d = {.arena = a, .err = err};
	struct decode_at at = decode_root(&d, args);

	*(struct zoo_shape_in *)in = (struct zoo_shape_in){0};
	return get_zoo_shape_in(&at, in);
}

static int get_zoo_inline_in(const struct decode_at *at, struct zoo_inline_in *ret)
{
	static const char *const names[] = {"secret", "public", "blob", "default", "old"};
	struct json          slots[ARRAY_SIZE(names)];
	struct decode_object o;
	struct decode_at     m;

	if (decode_object_begin(&o, at, names, slots, ARRAY_SIZE(names)) < 0)
		return -1;
	m = decode_member(&o, 0);
	if (decode_str(&m, &ret->secret) < 0)
		return -1;
	m = decode_member(&o, 1);
	ret->has_public = decode_present(&m);
	if (ret->has_public && get_str_list(&m, &ret->public) < 0)
		return -1;
	m = decode_member(&o, 2);
	ret->has_blob = decode_present(&m);
	if (ret->has_blob && decode_bytes(&m, &ret->blob) < 0)
		return -1;
	m = decode_member(&o, 3);
	ret->has_default = decode_present(&m);
	if (ret->has_default && get_mood(&m, &ret->default_) < 0)
		return -1;
	m = decode_member(&o, 4);
	ret->has_old = decode_present(&m);
	if (ret->has_old && decode_bool(&m, &ret->old) < 0)
		return -1;
	return decode_object_end(&o);
}

int decode_zoo_inline(const struct json *args, struct arena *a, void *in, struct err *err)
{
	struct decode    d = {.arena = a, .err = err};
	struct decode_at at = decode_root(&d, args);

	*(struct zoo_inline_in *)in = (struct zoo_inline_in){0};
	return get_zoo_inline_in(&at, in);
}

static int get_zoo_text_in(const struct decode_at *at, struct zoo_text_in *ret)
{
	static const char *const names[] = {"text"};
	struct json          slots[ARRAY_SIZE(names)];
	struct decode_object o;
	struct decode_at     m;

	if (decode_object_begin(&o, at, names, slots, ARRAY_SIZE(names)) < 0)
		return -1;
	m = decode_member(&o, 0);
	if (decode_str(&m, &ret->text) < 0)
		return -1;
	return decode_object_end(&o);
}

int decode_zoo_text(const struct json *args, struct arena *a, void *in, struct err *err)
{
	struct decode    d = {.arena = a, .err = err};
	struct decode_at at = decode_root(&d, args);

	*(struct zoo_text_in *)in = (struct zoo_text_in){0};
	return get_zoo_text_in(&at, in);
}

static int get_zoo_number_in(const struct decode_at *at, struct zoo_number_in *ret)
{
	static const char *const names[] = {"n"};
	struct json          slots[ARRAY_SIZE(names)];
	struct decode_object o;
	struct decode_at     m;

	if (decode_object_begin(&o, at, names, slots, ARRAY_SIZE(names)) < 0)
		return -1;
	m = decode_member(&o, 0);
	ret->has_n = decode_present(&m);
	if (ret->has_n && decode_number(&m, &ret->n) < 0)
		return -1;
	return decode_object_end(&o);
}

int decode_zoo_number(const struct json *args, struct arena *a, void *in, struct err *err)
{
	struct decode    d = {.arena = a, .err = err};
	struct decode_at at = decode_root(&d, args);

	*(struct zoo_number_in *)in = (struct zoo_number_in){0};
	return get_zoo_number_in(&at, in);
}

static int get_zoo_mood_in(const struct decode_at *at, struct zoo_mood_in *ret)
{
	static const char *const names[] = {"mood"};
	struct json          slots[ARRAY_SIZE(names)];
	struct decode_object o;
	struct decode_at     m;

	if (decode_object_begin(&o, at, names, slots, ARRAY_SIZE(names)) < 0)
		return -1;
	m = decode_member(&o, 0);
	if (get_mood(&m, &ret->mood) < 0)
		return -1;
	return decode_object_end(&o);
}

int decode_zoo_mood(const struct json *args, struct arena *a, void *in, struct err *err)
{
	struct decode    d = {.arena = a, .err = err};
	struct decode_at at = decode_root(&d, args);

	*(struct zoo_mood_in *)in = (struct zoo_mood_in){0};
	return get_zoo_mood_in(&at, in);
}

static int get_zoo_moods_in(const struct decode_at *at, struct zoo_moods_in *ret)
{
	static const char *const names[] = {"moods"};
	struct json          slots[ARRAY_SIZE(names)];
	struct decode_object o;
	struct decode_at     m;

	if (decode_object_begin(&o, at, names, slots, ARRAY_SIZE(names)) < 0)
		return -1;
	m = decode_member(&o, 0);
	if (get_mood_list(&m, &ret->moods) < 0)
		return -1;
	return decode_object_end(&o);
}

int decode_zoo_moods(const struct json *args, struct arena *a, void *in, struct err *err)
{
	struct decode    d = {.arena = a, .err = err};
	struct decode_at at = decode_root(&d, args);

	*(struct zoo_moods_in *)in = (struct zoo_moods_in){0};
	return get_zoo_moods_in(&at, in);
}

static int get_zoo_choice_in(const struct decode_at *at, struct zoo_choice_in *ret)
{
	static const char *const names[] = {"choice"};
	struct json          slots[ARRAY_SIZE(names)];
	struct decode_object o;
	struct decode_at     m;

	if (decode_object_begin(&o, at, names, slots, ARRAY_SIZE(names)) < 0)
		return -1;
	m = decode_member(&o, 0);
	if (get_choice(&m, &ret->choice) < 0)
		return -1;
	return decode_object_end(&o);
}

int decode_zoo_choice(const struct json *args, struct arena *a, void *in, struct err *err)
{
	struct decode    d = {.arena = a, .err = err};
	struct decode_at at = decode_root(&d, args);

	*(struct zoo_choice_in *)in = (struct zoo_choice_in){0};
	return get_zoo_choice_in(&at, in);
}

static int get_zoo_Old_in(const struct decode_at *at, struct zoo_Old_in *ret)
{
	static const char *const names[] = {"int", "linux", "under_score", "Upper"};
	struct json          slots[ARRAY_SIZE(names)];
	struct decode_object o;
	struct decode_at     m;

	if (decode_object_begin(&o, at, names, slots, ARRAY_SIZE(names)) < 0)
		return -1;
	m = decode_member(&o, 0);
	ret->has_int = decode_present(&m);
	if (ret->has_int && decode_int(&m, &ret->int_) < 0)
		return -1;
	m = decode_member(&o, 1);
	ret->has_linux = decode_present(&m);
	if (ret->has_linux && decode_bool(&m, &ret->linux_) < 0)
		return -1;
	m = decode_member(&o, 2);
	ret->has_under_score = decode_present(&m);
	if (ret->has_under_score && decode_str(&m, &ret->under_score) < 0)
		return -1;
	m = decode_member(&o, 3);
	ret->has_Upper = decode_present(&m);
	if (ret->has_Upper && decode_str(&m, &ret->Upper) < 0)
		return -1;
	return decode_object_end(&o);
}

int decode_zoo_Old(const struct json *args, struct arena *a, void *in, struct err *err)
{
	struct decode    d = {.arena = a, .err = err};
	struct decode_at at = decode_root(&d, args);

	*(struct zoo_Old_in *)in = (struct zoo_Old_in){0};
	return get_zoo_Old_in(&at, in);
}

static int get_virtagent_zoo_own_in(const struct decode_at *at, struct virtagent_zoo_own_in *ret)
{
	static const char *const names[] = {"__org.virtagent_x"};
	struct json          slots[ARRAY_SIZE(names)];
	struct decode_object o;
	struct decode_at     m;

	if (decode_object_begin(&o, at, names, slots, ARRAY_SIZE(names)) < 0)
		return -1;
	m = decode_member(&o, 0);
	ret->has_virtagent_x = decode_present(&m);
	if (ret->has_virtagent_x && decode_int(&m, &ret->virtagent_x) < 0)
		return -1;
	return decode_object_end(&o);
}

int decode_virtagent_zoo_own(const struct json *args, struct arena *a, void *in, struct err *err)
{
	struct decode    d = {.arena = a, .err = err};
	struct decode_at at = decode_root(&d, args);

	*(struct virtagent_zoo_own_in *)in = (struct virtagent_zoo_own_in){0};
	return get_virtagent_zoo_own_in(&at, in);
}

static int get_zoo_sometimes_in(const struct decode_at *at, struct zoo_sometimes_in *ret)
{
	static const char *const names[] = {"any", "not", "mood"};
	struct json          slots[ARRAY_SIZE(names)];
	struct decode_object o;
	struct decode_at     m;

	if (decode_object_begin(&o, at, names, slots, ARRAY_SIZE(names)) < 0)
		return -1;
	m = decode_member(&o, 0);
	ret->has_any = decode_present(&m);
	if (ret->has_any && get_tree(&m, &ret->any) < 0)
		return -1;
	m = decode_member(&o, 1);
	ret->has_not = decode_present(&m);
	if (ret->has_not && decode_bool(&m, &ret->not) < 0)
		return -1;
	m = decode_member(&o, 2);
	ret->has_mood = decode_present(&m);
	if (ret->has_mood && get_mood(&m, &ret->mood) < 0)
		return -1;
	return decode_object_end(&o);
}

int decode_zoo_sometimes(const struct json *args, struct arena *a, void *in, struct err *err)
{
	struct decode    d = {.arena = a, .err = err};
	struct decode_at at = decode_root(&d, args);

	*(struct zoo_sometimes_in *)in = (struct zoo_sometimes_in){0};
	return get_zoo_sometimes_in(&at, in);
}
