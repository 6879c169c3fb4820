/* SPDX-License-Identifier: MIT */
/* generated from zoo/zoo.json, do not edit */
/* clang-format off */
/* Encoders of the results; out points to the struct of the command. */
#ifndef SCHEMA_ENCODE_H
#define SCHEMA_ENCODE_H

#include "json/writer.h"

void encode_zoo_all(const void *out, struct json_out *w);
void encode_zoo_int(const void *out, struct json_out *w);
void encode_zoo_shape(const void *out, struct json_out *w);
void encode_zoo_inline(const void *out, struct json_out *w);
void encode_zoo_text(const void *out, struct json_out *w);
void encode_zoo_number(const void *out, struct json_out *w);
void encode_zoo_mood(const void *out, struct json_out *w);
void encode_zoo_moods(const void *out, struct json_out *w);
void encode_zoo_choice(const void *out, struct json_out *w);
void encode_zoo_texts(const void *out, struct json_out *w);
void encode_zoo_sizes(const void *out, struct json_out *w);
void encode_zoo_report(const void *out, struct json_out *w);
void encode_zoo_empty(const void *out, struct json_out *w);
void encode_zoo_Old(const void *out, struct json_out *w);

#endif
