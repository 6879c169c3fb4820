/* SPDX-License-Identifier: MIT */
/* generated from zoo/zoo.json, do not edit */
/* clang-format off */
/* Encoders of the results: members in the order of the schema. */
#include "schema_encode.h"

#include "proto/encode.h"
#include "schema_names.h"
#include "schema_types.h"

static void put_base_list(struct json_out *w, size_t n, const struct base *items);
static void put_bool_list(struct json_out *w, size_t n, const bool *items);
static void put_choice_list(struct json_out *w, size_t n, const struct choice *items);
static void put_echo_list(struct json_out *w, size_t n, const struct echo *items);
static void put_mood_list(struct json_out *w, size_t n, const enum mood *items);
static void put_number_list(struct json_out *w, size_t n, const double *items);
static void put_shape_list(struct json_out *w, size_t n, const struct shape *items);
static void put_size_list(struct json_out *w, size_t n, const uint64_t *items);
static void put_str_list(struct json_out *w, size_t n, char *const *items);
static void put_tree_list(struct json_out *w, size_t n, const struct tree *items);
static void put_uint64_list(struct json_out *w, size_t n, const uint64_t *items);

static void put_mood(struct json_out *w, enum mood value)
{
	encode_enum(w, mood_names, FEEL_COUNT, value);
}

static void put_colour(struct json_out *w, enum colour value)
{
	encode_enum(w, colour_names, COLOUR_COUNT, value);
}

static void put_shape_kind(struct json_out *w, enum shape_kind value)
{
	encode_enum(w, shape_kind_names, SHAPE_KIND_COUNT, value);
}

static void put_echo(struct json_out *w, const struct echo *v)
{
	json_out_object_begin(w);
	json_out_key(w, "name");
	encode_str(w, v->name);
	if (v->has_text) {
		json_out_key(w, "text");
		encode_str(w, v->text);
	}
	json_out_object_end(w);
}

static void put_empty(struct json_out *w, const struct empty *v)
{
	json_out_object_begin(w);
	(void)v; /* has no members */
	json_out_object_end(w);
}

static void put_base(struct json_out *w, const struct base *v)
{
	json_out_object_begin(w);
	json_out_key(w, "first");
	json_out_int(w, v->first);
	if (v->has_second) {
		json_out_key(w, "second");
		encode_str(w, v->second);
	}
	json_out_object_end(w);
}

static void put_derived(struct json_out *w, const struct derived *v)
{
	json_out_object_begin(w);
	json_out_key(w, "first");
	json_out_int(w, v->first);
	if (v->has_second) {
		json_out_key(w, "second");
		encode_str(w, v->second);
	}
	if (v->has_third) {
		json_out_key(w, "third");
		json_out_bool(w, v->third);
	}
	json_out_key(w, "fourth");
	put_base_list(w, v->fourth.n, v->fourth.items);
	json_out_object_end(w);
}

static void put_tree(struct json_out *w, const struct tree *v)
{
	json_out_object_begin(w);
	json_out_key(w, "name");
	encode_str(w, v->name);
	if (v->has_children) {
		json_out_key(w, "children");
		put_tree_list(w, v->children.n, v->children.items);
	}
	json_out_object_end(w);
}

static void put_choice(struct json_out *w, const struct choice *v)
{
	switch (v->kind) {
	case CHOICE_KIND_FLAG:
		json_out_bool(w, v->u.flag);
		break;
	case CHOICE_KIND_COUNT:
		json_out_int(w, v->u.count);
		break;
	case CHOICE_KIND_MOOD:
		put_colour(w, v->u.mood);
		break;
	case CHOICE_KIND_ECHO:
		put_echo(w, &v->u.echo);
		break;
	}
}

static void put_shape(struct json_out *w, const struct shape *v)
{
	json_out_object_begin(w);
	if (v->has_name) {
		json_out_key(w, "name");
		encode_str(w, v->name);
	}
	json_out_key(w, "kind");
	put_shape_kind(w, v->kind);
	switch (v->kind) {
	case SHAPE_KIND_CIRCLE:
		json_out_key(w, "radius");
		json_out_int(w, v->u.circle.radius);
		if (v->u.circle.has_label) {
			json_out_key(w, "label");
			encode_str(w, v->u.circle.label);
		}
		break;
	case SHAPE_KIND_BOX:
		json_out_key(w, "width");
		json_out_uint(w, v->u.box.width);
		if (v->u.box.has_label) {
			json_out_key(w, "label");
			encode_str(w, v->u.box.label);
		}
		break;
	default:
		break;
	}
	json_out_object_end(w);
}

static void put_base_list(struct json_out *w, size_t n, const struct base *items)
{
	json_out_array_begin(w);
	for (size_t i = 0; i < n; i++)
		put_base(w, &items[i]);
	json_out_array_end(w);
}

static void put_bool_list(struct json_out *w, size_t n, const bool *items)
{
	json_out_array_begin(w);
	for (size_t i = 0; i < n; i++)
		json_out_bool(w, items[i]);
	json_out_array_end(w);
}

static void put_choice_list(struct json_out *w, size_t n, const struct choice *items)
{
	json_out_array_begin(w);
	for (size_t i = 0; i < n; i++)
		put_choice(w, &items[i]);
	json_out_array_end(w);
}

static void put_echo_list(struct json_out *w, size_t n, const struct echo *items)
{
	json_out_array_begin(w);
	for (size_t i = 0; i < n; i++)
		put_echo(w, &items[i]);
	json_out_array_end(w);
}

static void put_mood_list(struct json_out *w, size_t n, const enum mood *items)
{
	json_out_array_begin(w);
	for (size_t i = 0; i < n; i++)
		put_mood(w, items[i]);
	json_out_array_end(w);
}

static void put_number_list(struct json_out *w, size_t n, const double *items)
{
	json_out_array_begin(w);
	for (size_t i = 0; i < n; i++)
		json_out_double(w, items[i]);
	json_out_array_end(w);
}

static void put_shape_list(struct json_out *w, size_t n, const struct shape *items)
{
	json_out_array_begin(w);
	for (size_t i = 0; i < n; i++)
		put_shape(w, &items[i]);
	json_out_array_end(w);
}

static void put_size_list(struct json_out *w, size_t n, const uint64_t *items)
{
	json_out_array_begin(w);
	for (size_t i = 0; i < n; i++)
		json_out_uint(w, items[i]);
	json_out_array_end(w);
}

static void put_str_list(struct json_out *w, size_t n, char *const *items)
{
	json_out_array_begin(w);
	for (size_t i = 0; i < n; i++)
		encode_str(w, items[i]);
	json_out_array_end(w);
}

static void put_tree_list(struct json_out *w, size_t n, const struct tree *items)
{
	json_out_array_begin(w);
	for (size_t i = 0; i < n; i++)
		put_tree(w, &items[i]);
	json_out_array_end(w);
}

static void put_uint64_list(struct json_out *w, size_t n, const uint64_t *items)
{
	json_out_array_begin(w);
	for (size_t i = 0; i < n; i++)
		json_out_uint(w, items[i]);
	json_out_array_end(w);
}

static void put_zoo_all_out(struct json_out *w, const struct zoo_all_out *v)
{
	json_out_object_begin(w);
	if (v->has_str) {
		json_out_key(w, "str");
		encode_str(w, v->str);
	}
	if (v->has_bool) {
		json_out_key(w, "bool");
		json_out_bool(w, v->bool_);
	}
	if (v->has_number) {
		json_out_key(w, "number");
		json_out_double(w, v->number);
	}
	if (v->has_int) {
		json_out_key(w, "int");
		json_out_int(w, v->int_);
	}
	if (v->has_int8) {
		json_out_key(w, "int8");
		json_out_int(w, v->int8);
	}
	if (v->has_int16) {
		json_out_key(w, "int16");
		json_out_int(w, v->int16);
	}
	if (v->has_int32) {
		json_out_key(w, "int32");
		json_out_int(w, v->int32);
	}
	if (v->has_int64) {
		json_out_key(w, "int64");
		json_out_int(w, v->int64);
	}
	if (v->has_uint8) {
		json_out_key(w, "uint8");
		json_out_uint(w, v->uint8);
	}
	if (v->has_uint16) {
		json_out_key(w, "uint16");
		json_out_uint(w, v->uint16);
	}
	if (v->has_uint32) {
		json_out_key(w, "uint32");
		json_out_uint(w, v->uint32);
	}
	if (v->has_uint64) {
		json_out_key(w, "uint64");
		json_out_uint(w, v->uint64);
	}
	if (v->has_size) {
		json_out_key(w, "size");
		json_out_uint(w, v->size);
	}
	if (v->has_mood) {
		json_out_key(w, "mood");
		put_mood(w, v->mood);
	}
	if (v->has_choice) {
		json_out_key(w, "choice");
		put_choice(w, &v->choice);
	}
	if (v->has_shape) {
		json_out_key(w, "shape");
		put_shape(w, &v->shape);
	}
	if (v->has_derived) {
		json_out_key(w, "derived");
		put_derived(w, &v->derived);
	}
	if (v->has_tree) {
		json_out_key(w, "tree");
		put_tree(w, &v->tree);
	}
	if (v->has_strs) {
		json_out_key(w, "strs");
		put_str_list(w, v->strs.n, v->strs.items);
	}
	if (v->has_bools) {
		json_out_key(w, "bools");
		put_bool_list(w, v->bools.n, v->bools.items);
	}
	if (v->has_numbers) {
		json_out_key(w, "numbers");
		put_number_list(w, v->numbers.n, v->numbers.items);
	}
	if (v->has_uint64s) {
		json_out_key(w, "uint64s");
		put_uint64_list(w, v->uint64s.n, v->uint64s.items);
	}
	if (v->has_moods) {
		json_out_key(w, "moods");
		put_mood_list(w, v->moods.n, v->moods.items);
	}
	if (v->has_choices) {
		json_out_key(w, "choices");
		put_choice_list(w, v->choices.n, v->choices.items);
	}
	if (v->has_shapes) {
		json_out_key(w, "shapes");
		put_shape_list(w, v->shapes.n, v->shapes.items);
	}
	if (v->has_empty) {
		json_out_key(w, "empty");
		put_empty(w, &v->empty);
	}
	if (v->has_data) {
		json_out_key(w, "data");
		json_out_strn(w, v->data.data, v->data.len);
	}
	json_out_object_end(w);
}

void encode_zoo_all(const void *out, struct json_out *w)
{
	put_zoo_all_out(w, out);
}

void encode_zoo_int(const void *out, struct json_out *w)
{
	const struct zoo_int_out *v = out;

	json_out_int(w, v->value);
}

static void put_zoo_shape_out(struct json_out *w, const struct zoo_shape_out *v)
{
	json_out_object_begin(w);
	if (v->has_name) {
		json_out_key(w, "name");
		encode_str(w, v->name);
	}
	json_out_key(w, "kind");
	put_shape_kind(w, v->kind);
	switch (v->kind) {
	case SHAPE_KIND_CIRCLE:
		json_out_key(w, "radius");
		json_out_int(w, v->u.circle.radius);
		if (v->u.circle.has_label) {
			json_out_key(w, "label");
			encode_str(w, v->u.circle.label);
		}
		break;
	case SHAPE_KIND_BOX:
		json_out_key(w, "width");
		json_out_uint(w, v->u.box.width);
		if (v->u.box.has_label) {
			json_out_key(w, "label");
			encode_str(w, v->u.box.label);
		}
		break;
	default:
		break;
	}
	json_out_object_end(w);
}

void encode_zoo_shape(const void *out, struct json_out *w)
{
	put_zoo_shape_out(w, out);
}

void encode_zoo_inline(const void *out, struct json_out *w)
{
	const struct zoo_inline_out *v = out;

	put_echo_list(w, v->n, v->items);
}

void encode_zoo_text(const void *out, struct json_out *w)
{
	const struct zoo_text_out *v = out;

	encode_str(w, v->value);
}

void encode_zoo_number(const void *out, struct json_out *w)
{
	const struct zoo_number_out *v = out;

	json_out_double(w, v->value);
}

void encode_zoo_mood(const void *out, struct json_out *w)
{
	const struct zoo_mood_out *v = out;

	put_mood(w, v->value);
}

void encode_zoo_moods(const void *out, struct json_out *w)
{
	const struct zoo_moods_out *v = out;

	put_mood_list(w, v->n, v->items);
}

void encode_zoo_choice(const void *out, struct json_out *w)
{
	const struct zoo_choice_out *v = out;

	put_choice(w, &v->value);
}

void encode_zoo_texts(const void *out, struct json_out *w)
{
	const struct zoo_texts_out *v = out;

	put_str_list(w, v->n, v->items);
}

void encode_zoo_sizes(const void *out, struct json_out *w)
{
	const struct zoo_sizes_out *v = out;

	put_size_list(w, v->n, v->items);
}

static void put_zoo_report_out(struct json_out *w, const struct zoo_report_out *v)
{
	json_out_object_begin(w);
	json_out_key(w, "colour");
	put_colour(w, v->colour);
	switch (v->colour) {
	case COLOUR_RED:
		json_out_key(w, "name");
		encode_str(w, v->u.red.name);
		if (v->u.red.has_children) {
			json_out_key(w, "children");
			put_tree_list(w, v->u.red.children.n, v->u.red.children.items);
		}
		break;
	case COLOUR_BLUE:
		json_out_key(w, "first");
		json_out_int(w, v->u.blue.first);
		if (v->u.blue.has_second) {
			json_out_key(w, "second");
			encode_str(w, v->u.blue.second);
		}
		break;
	default:
		break;
	}
	json_out_object_end(w);
}

void encode_zoo_report(const void *out, struct json_out *w)
{
	put_zoo_report_out(w, out);
}

static void put_zoo_empty_out(struct json_out *w, const struct zoo_empty_out *v)
{
	json_out_object_begin(w);
	(void)v; /* has no members */
	json_out_object_end(w);
}

void encode_zoo_empty(const void *out, struct json_out *w)
{
	put_zoo_empty_out(w, out);
}

static void put_zoo_Old_out(struct json_out *w, const struct zoo_Old_out *v)
{
	json_out_object_begin(w);
	if (v->has_int) {
		json_out_key(w, "int");
		json_out_int(w, v->int_);
	}
	if (v->has_linux) {
		json_out_key(w, "linux");
		json_out_bool(w, v->linux_);
	}
	if (v->has_under_score) {
		json_out_key(w, "under_score");
		encode_str(w, v->under_score);
	}
	if (v->has_Upper) {
		json_out_key(w, "Upper");
		encode_str(w, v->Upper);
	}
	json_out_object_end(w);
}

void encode_zoo_Old(const void *out, struct json_out *w)
{
	put_zoo_Old_out(w, out);
}
