/* SPDX-License-Identifier: MIT */
#include "proto/reply.h"

#include "json/writer.h"

#define BYTE_DELIMITER '\xFF'

void reply_open(struct buf *out, const struct command *command)
{
	if (command->flags & CMD_DELIMITED)
		buf_add_char(out, BYTE_DELIMITER);
	buf_add_str(out, "{\"return\": ");
}

void reply_close(struct buf *out, const char *id, size_t id_len)
{
	if (id_len > 0) {
		buf_add_str(out, ", \"id\": ");
		buf_add(out, id, id_len);
	}
	buf_add(out, "}\n", 2);
}

void reply_error(struct buf *out, const char *id, size_t id_len, const struct err *err)
{
	struct json_out w;

	buf_add_char(out, '{');
	if (id_len > 0) {
		buf_add_str(out, "\"id\": ");
		buf_add(out, id, id_len);
		buf_add_str(out, ", ");
	}
	buf_add_str(out, "\"error\": ");
	json_out_init(&w, out);
	json_out_object_begin(&w);
	json_out_key(&w, "class");
	json_out_str(&w, err_class_name(err->class));
	json_out_key(&w, "desc");
	json_out_str(&w, err->text);
	json_out_object_end(&w);
	buf_add(out, "}\n", 2);
}
