/* SPDX-License-Identifier: MIT */
/*
 * The few things the generated encoders (schema_encode.c) need beyond json/writer.h.
 */
#ifndef PROTO_ENCODE_H
#define PROTO_ENCODE_H

#include <assert.h>

#include "json/writer.h"

/* A handler that left a string out meant the empty one. */
static inline void encode_str(struct json_out *w, const char *s)
{
	json_out_str(w, s ? s : "");
}

static inline void encode_enum(struct json_out *w, const char *const *names, unsigned n,
			       unsigned value)
{
	assert(value < n);
	json_out_str(w, value < n ? names[value] : "");
}

/* For commands without a result. */
static inline void encode_nothing(const void *out, struct json_out *w)
{
	(void)out; /* there is no struct */
	json_out_object_begin(w);
	json_out_object_end(w);
}

#endif
