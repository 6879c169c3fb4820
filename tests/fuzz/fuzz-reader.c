/* SPDX-License-Identifier: MIT */
/*
 * The reader on any bytes: what json_check() refuses must still be safe to walk; what it accepts is
 * walked to its end, written, and read again.
 */
#include <string.h>

#include "json/reader.h"
#include "json/writer.h"
#include "sample.h"
#include "target.h"

#define WALK_DEPTH_MAX 64

static void walk(const struct json *j, unsigned depth)
{
	struct json_walk w;
	struct json      key, value;
	char             copy[32];

	MUST(json_value_end(j) <= j->text->end);
	switch (json_kind(j)) {
	case JSON_OBJECT:
		json_walk_start(&w, j);
		while (json_walk_member(&w, &key, &value)) {
			MUST(json_kind(&key) == JSON_STRING);
			walk(&key, depth + 1);
			if (depth < WALK_DEPTH_MAX)
				walk(&value, depth + 1);
		}
		break;
	case JSON_ARRAY:
		json_walk_start(&w, j);
		while (json_walk_item(&w, &value))
			if (depth < WALK_DEPTH_MAX)
				walk(&value, depth + 1);
		break;
	case JSON_STRING:
		MUST(json_str_copy(j, copy, sizeof(copy)) < sizeof(copy));
		(void)json_str_is(j, "execute");
		MUST(j->p + json_str_raw_len(j) < j->text->end);
		break;
	case JSON_NUMBER:
		(void)json_num(j);
		break;
	default:
		(void)json_is_true(j);
	}
}

/* Decodes every string of arrays once, the next one found before. Of unchecked bytes some may be
 * NUL. */
static void decode(const struct json *j, unsigned depth, bool checked)
{
	struct json_walk w;
	struct json      item, next;
	char            *text;
	size_t           len;
	bool             has_nul, more;

	if (json_kind(j) == JSON_STRING) {
		MUST(json_str_decode(j, &text, &len, &has_nul) == 0);
		MUST(!checked || strlen(text) == len);
		return;
	}
	if (json_kind(j) != JSON_ARRAY || depth > WALK_DEPTH_MAX)
		return;
	json_walk_start(&w, j);
	for (more = json_walk_item(&w, &next); more;) {
		item = next;
		more = json_walk_item(&w, &next);
		decode(&item, depth + 1, checked);
	}
}

static void write_value(struct buf *b, const struct json *j)
{
	struct json_out w;

	buf_init(b, (size_t)16 << 20);
	json_out_init(&w, b);
	json_out_value(&w, j);
	MUST(!b->failed);
}

static void check_accepted(const struct json *j)
{
	struct buf    text[3];
	struct sample s;
	struct json   again;
	struct err    err;
	size_t        i, k;

	write_value(&text[0], j);
	for (i = 0; i < 2; i++) {
		for (k = 0; k < text[i].len; k++)
			MUST(text[i].data[k] >= 0x20 && text[i].data[k] < 0x7F);
		sample_open(&s, text[i].data, text[i].len);
		again = json_root(&s.text);
		err_init(&err);
		MUST(json_check(&s.text, &err) == 0);
		write_value(&text[i + 1], &again);
		sample_close(&s);
	}
	/* -0.0 becomes -0, and that becomes 0: from then on nothing changes */
	MUST(text[1].len == text[2].len && !memcmp(text[1].data, text[2].data, text[1].len));
	for (i = 0; i < 3; i++)
		buf_fini(&text[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sample s;
	struct json   j;
	struct err    err;
	int           rc;

	sample_open(&s, data, size);
	err_init(&err);
	rc = json_check(&s.text, &err);
	MUST((rc < 0) == err.set);
	j = json_root(&s.text);
	walk(&j, 0);
	if (rc == 0)
		check_accepted(&j);
	decode(&j, 0, rc == 0);
	sample_close(&s);
	return 0;
}
