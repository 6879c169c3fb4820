/* SPDX-License-Identifier: MIT */
/*
 * Calls whose arguments and results are C structs, described by tables that the caller was compiled
 * with (see scripts/genschema/emit_client.py). What an agent sends is taken with forbearance:
 * members that nobody knows are skipped, lists that are missing are empty, values of enumerations
 * that came later are -1.
 */
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "client/call.h"
#include "client/error.h"

#define RESULT_BYTES_MAX ((size_t)512 << 20)
#define DEPTH_MAX 32 /* of types; the schema has a handful */

/* In front of every result. */
struct result {
	struct arena arena;
	_Alignas(max_align_t) char data[];
};

/* How a list lies in a struct. */
struct list {
	size_t n;
	void  *items;
};

struct place {
	const char      *command;
	struct arena    *arena;
	struct qgac_err *err;
};

static size_t size_of(const struct qgac_field *f)
{
	switch (f->kind) {
	case QGAC_FIELD_BOOL:
		return sizeof(bool);
	case QGAC_FIELD_ENUM:
		return sizeof(int);
	case QGAC_FIELD_STRUCT:
	case QGAC_FIELD_ALTERNATE:
		return f->type->size;
	case QGAC_FIELD_STRING:
		return sizeof(char *);
	default:
		return sizeof(int64_t);
	}
}

/* from C to JSON */

static int put_struct(struct json_out *w, const struct qgac_type *type, const char *at,
		      struct qgac_err *err);

static int put_string(struct json_out *w, const struct qgac_field *f, const char *text,
		      struct qgac_err *err)
{
	if (!text || !utf8_is_text(text))
		return error_set(err, QGAC_ERR_USAGE, "'%s' is %s", f->name,
				 text ? "not valid UTF-8" : "missing");
	json_out_str(w, text);
	return 0;
}

static int put_enum(struct json_out *w, const struct qgac_field *f, int value, struct qgac_err *err)
{
	int n = 0;

	while (f->names[n])
		n++;
	if (value < 0 || value >= n)
		return error_set(err, QGAC_ERR_USAGE, "'%s' has no value %d", f->name, value);
	json_out_str(w, f->names[value]);
	return 0;
}

static int put_value(struct json_out *w, const struct qgac_field *f, const char *at,
		     struct qgac_err *err)
{
	const struct qgac_field *branch;
	int                      n;

	switch (f->kind) {
	case QGAC_FIELD_BOOL:
		json_out_bool(w, *(const bool *)at);
		return 0;
	case QGAC_FIELD_INT:
		json_out_int(w, *(const int64_t *)at);
		return 0;
	case QGAC_FIELD_UINT:
		json_out_uint(w, *(const uint64_t *)at);
		return 0;
	case QGAC_FIELD_DOUBLE:
		json_out_double(w, *(const double *)at);
		return 0;
	case QGAC_FIELD_STRING:
		return put_string(w, f, *(const char *const *)at, err);
	case QGAC_FIELD_ENUM:
		return put_enum(w, f, *(const int *)at, err);
	case QGAC_FIELD_ALTERNATE:
		n = *(const int *)at;
		if (n < 0 || (size_t)n >= f->type->n)
			return error_set(err, QGAC_ERR_USAGE, "'%s' has no kind %d", f->name, n);
		branch = &f->type->fields[n];
		return put_value(w, branch, at + branch->offset, err);
	default:
		return put_struct(w, f->type, at, err);
	}
}

static int put_list(struct json_out *w, const struct qgac_field *f, const char *at,
		    struct qgac_err *err)
{
	const struct list *list = (const struct list *)(const void *)at;
	size_t             i, size = size_of(f);

	json_out_array_begin(w);
	for (i = 0; i < list->n; i++)
		if (put_value(w, f, (const char *)list->items + i * size, err) < 0)
			return -1;
	json_out_array_end(w);
	return 0;
}

static int put_struct(struct json_out *w, const struct qgac_type *type, const char *at,
		      struct qgac_err *err)
{
	size_t i;

	json_out_object_begin(w);
	for (i = 0; i < type->n; i++) {
		const struct qgac_field *f = &type->fields[i];
		int                      got;

		/* no command takes a union */
		if (f->flags & QGAC_FIELD_BRANCH ||
		    (f->flags & QGAC_FIELD_OPTIONAL && !*(const bool *)(at + f->has)))
			continue;
		json_out_key(w, f->name);
		got = f->flags & QGAC_FIELD_LIST ? put_list(w, f, at + f->offset, err)
						 : put_value(w, f, at + f->offset, err);
		if (got < 0)
			return -1;
	}
	json_out_object_end(w);
	return 0;
}

/* from JSON to C */

static int take_struct(const struct place *p, const struct qgac_type *type, struct qgac_value value,
		       char *at, int depth);

static int wrong(const struct place *p, const struct qgac_field *f)
{
	return error_set(p->err, QGAC_ERR_PROTOCOL, "the reply is not one to %s: %s%s", p->command,
			 *f->name ? "member " : "value", f->name);
}

static int take_string(const struct place *p, const struct qgac_field *f, struct qgac_value value,
		       char *at)
{
	struct json j = value_json(value);
	char       *text;
	size_t      size;

	if (qgac_value_kind(value) != QGAC_STRING)
		return wrong(p, f);
	size = json_str_raw_len(&j) + 1;
	text = arena_alloc(p->arena, size);
	if (!text)
		return error_memory(p->err);
	(void)json_str_copy(&j, text, size); /* all of it: no decoded text is longer */
	*(const char **)(void *)at = text;
	return 0;
}

static int take_enum(const struct place *p, const struct qgac_field *f, struct qgac_value value,
		     char *at)
{
	int *ret = (int *)(void *)at, i;

	if (qgac_value_kind(value) != QGAC_STRING)
		return wrong(p, f);
	*ret = -1;
	for (i = 0; f->names[i]; i++)
		if (qgac_value_is(value, f->names[i]))
			*ret = i;
	return 0;
}

static int take_value(const struct place *p, const struct qgac_field *f, struct qgac_value value,
		      char *at, int depth)
{
	int got = 0;

	switch (f->kind) {
	case QGAC_FIELD_BOOL:
		got = qgac_value_bool(value, (bool *)at);
		break;
	case QGAC_FIELD_INT:
		got = qgac_value_int64(value, (int64_t *)(void *)at);
		break;
	case QGAC_FIELD_UINT:
		got = qgac_value_uint64(value, (uint64_t *)(void *)at);
		break;
	case QGAC_FIELD_DOUBLE:
		got = qgac_value_double(value, (double *)(void *)at);
		break;
	case QGAC_FIELD_STRING:
		return take_string(p, f, value, at);
	case QGAC_FIELD_ENUM:
		return take_enum(p, f, value, at);
	case QGAC_FIELD_STRUCT:
		if (qgac_value_kind(value) == QGAC_OBJECT)
			return take_struct(p, f->type, value, at, depth + 1);
		got = -1;
		break;
	default: /* alternates are in no result */
		got = -1;
		break;
	}
	return got < 0 ? wrong(p, f) : 0;
}

static int take_list(const struct place *p, const struct qgac_field *f, struct qgac_value value,
		     char *at, int depth)
{
	struct list      *list = (struct list *)(void *)at;
	struct qgac_iter  it = qgac_iter_start(value);
	struct qgac_value item;
	size_t            n = 0, size = size_of(f);

	if (qgac_value_kind(value) != QGAC_ARRAY)
		return wrong(p, f);
	while (qgac_iter_next(&it, NULL, &item))
		n++;
	list->items = arena_array(p->arena, n + 1, size);
	if (!list->items)
		return error_memory(p->err);
	it = qgac_iter_start(value);
	while (list->n < n && qgac_iter_next(&it, NULL, &item))
		if (take_value(p, f, item, (char *)list->items + list->n++ * size, depth) < 0)
			return -1;
	return 0;
}

/* "type=nvme": the members of the branch stand in the same object. */
static int take_branch(const struct place *p, const struct qgac_field *f, struct qgac_value object,
		       char *at, int depth)
{
	const char *equals = strchr(f->name, '=');
	char        tag[64];

	if (!equals || (size_t)(equals - f->name) >= sizeof(tag))
		return 0;
	memcpy(tag, f->name, (size_t)(equals - f->name));
	tag[equals - f->name] = '\0';
	if (!qgac_value_is(qgac_value_member(object, tag), equals + 1))
		return 0;
	*(bool *)(at + f->has) = true;
	return take_struct(p, f->type, object, at + f->offset, depth + 1);
}

static int take_field(const struct place *p, const struct qgac_field *f, struct qgac_value object,
		      char *at, int depth)
{
	struct qgac_value value;

	if (f->flags & QGAC_FIELD_BRANCH)
		return take_branch(p, f, object, at, depth);
	value = *f->name ? qgac_value_member(object, f->name) : object;
	if (qgac_value_kind(value) == QGAC_ABSENT)
		return f->flags & (QGAC_FIELD_OPTIONAL | QGAC_FIELD_LIST) ? 0 : wrong(p, f);
	if (f->flags & QGAC_FIELD_OPTIONAL)
		*(bool *)(at + f->has) = true;
	return f->flags & QGAC_FIELD_LIST ? take_list(p, f, value, at + f->offset, depth)
					  : take_value(p, f, value, at + f->offset, depth);
}

static int take_struct(const struct place *p, const struct qgac_type *type, struct qgac_value value,
		       char *at, int depth)
{
	size_t i;

	if (depth > DEPTH_MAX)
		return error_set(p->err, QGAC_ERR_USAGE, "the types are nested too deeply");
	for (i = 0; i < type->n; i++)
		if (take_field(p, &type->fields[i], value, at, depth) < 0)
			return -1;
	return 0;
}

/* calls */

static int take_result(const struct qgac_call_type *call, const struct qgac_reply *reply,
		       void **ret, struct qgac_err *err)
{
	struct result    *r = calloc(1, sizeof(*r) + call->out->size);
	struct qgac_value value = qgac_reply_return(reply);
	struct place      p;

	if (!r)
		return error_memory(err);
	arena_init(&r->arena, RESULT_BYTES_MAX);
	p = (struct place){.command = call->name, .arena = &r->arena, .err = err};
	*ret = r->data;
	if (!(call->flags & QGAC_CALL_BARE) && qgac_value_kind(value) != QGAC_OBJECT)
		(void)error_set(err, QGAC_ERR_PROTOCOL, "the reply is not one to %s", call->name);
	else if (take_struct(&p, call->out, value, r->data, 0) == 0)
		return 0;
	qgac_result_free(*ret);
	*ret = NULL;
	return -1;
}

int qgac_typed_call(struct qgac *agent, const struct qgac_call_type *call, const void *in,
		    int64_t deadline, void **ret, struct qgac_err *err)
{
	struct buf         arguments = BUF_INIT(SIZE_MAX / 2);
	struct qgac_reply *reply = NULL;
	struct json_out    w;
	int                got = 0;

	if (ret)
		*ret = NULL;
	error_clear(err);
	json_out_init(&w, &arguments);
	if (call->in && in)
		got = put_struct(&w, call->in, in, err);
	buf_add_char(&arguments, '\0');
	if (got == 0 && arguments.failed)
		got = error_memory(err);
	if (got == 0)
		got = qgac_call(agent, call->name, call->in && in ? arguments.data : NULL,
				call->flags & QGAC_CALL_SILENT ? QGAC_NO_REPLY : 0, deadline,
				&reply, err);
	buf_fini(&arguments);
	if (got == 0 && call->out && ret)
		got = take_result(call, reply, ret, err);
	qgac_reply_free(reply);
	return got;
}

void qgac_result_free(void *data)
{
	struct result *r;

	if (!data)
		return;
	r = (struct result *)(void *)((char *)data - offsetof(struct result, data));
	arena_fini(&r->arena);
	free(r);
}
