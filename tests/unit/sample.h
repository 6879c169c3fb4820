/* SPDX-License-Identifier: MIT */
/*
 * A JSON text on the heap, exactly as long as it is and one NUL behind it, as frames give it: so
 * the sanitizer sees every byte that is read too far.
 */
#ifndef TESTS_UNIT_SAMPLE_H
#define TESTS_UNIT_SAMPLE_H

#include <stdlib.h>
#include <string.h>

#include "json/reader.h"

struct sample {
	char            *bytes;
	struct json_text text;
};

/* Never NULL: a test has nothing to do without memory. */
static inline char *sample_memory(size_t n)
{
	char *p = malloc(n ? n : 1);

	if (!p)
		abort();
	return p;
}

static inline void sample_open(struct sample *s, const void *bytes, size_t n)
{
	s->bytes = sample_memory(n + 1);
	if (n > 0)
		memcpy(s->bytes, bytes, n);
	s->bytes[n] = '\0';
	s->text = (struct json_text){.start = s->bytes, .end = s->bytes + n};
}

static inline struct json sample_str(struct sample *s, const char *text)
{
	sample_open(s, text, strlen(text));
	return json_root(&s->text);
}

static inline void sample_close(struct sample *s)
{
	free(s->bytes);
}

#endif
