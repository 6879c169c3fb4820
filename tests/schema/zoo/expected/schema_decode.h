/* SPDX-License-Identifier: MIT */
/* generated from zoo/zoo.json, do not edit */
/* clang-format off */
/* Decoders of the arguments; in points to the struct of the command. */
#ifndef SCHEMA_DECODE_H
#define SCHEMA_DECODE_H

#include "base/arena.h"
#include "base/err.h"
#include "json/reader.h"

int decode_zoo_all(const struct json *args, struct arena *a, void *in, struct err *err);
int decode_zoo_shape(const struct json *args, struct arena *a, void *in, struct err *err);
int decode_zoo_inline(const struct json *args, struct arena *a, void *in, struct err *err);
int decode_zoo_text(const struct json *args, struct arena *a, void *in, struct err *err);
int decode_zoo_number(const struct json *args, struct arena *a, void *in, struct err *err);
int decode_zoo_mood(const struct json *args, struct arena *a, void *in, struct err *err);
int decode_zoo_moods(const struct json *args, struct arena *a, void *in, struct err *err);
int decode_zoo_choice(const struct json *args, struct arena *a, void *in, struct err *err);
int decode_zoo_Old(const struct json *args, struct arena *a, void *in, struct err *err);
int decode_virtagent_zoo_own(const struct json *args, struct arena *a, void *in, struct err *err);
int decode_zoo_sometimes(const struct json *args, struct arena *a, void *in, struct err *err);

#endif
