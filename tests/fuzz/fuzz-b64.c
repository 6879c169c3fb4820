/* SPDX-License-Identifier: MIT */
/*
 * Base64: every implementation of this processor says the same of any bytes, in place and into
 * other memory, and what was encoded comes back. Input: a byte that skews the alignment, then data.
 */
#include <string.h>

#include "base/attr.h"
#include "base/b64.h"
#include "sample.h"
#include "target.h"

/* Memory of exactly n bytes behind `skew` others. */
struct exact {
	char *memory, *bytes;
};

static struct exact exact(const void *from, size_t n, size_t skew)
{
	char        *memory = sample_memory(n + skew);
	struct exact e = {memory, memory + skew};

	if (from && n > 0)
		memcpy(e.bytes, from, n);
	return e;
}

struct outcome {
	int    result;
	size_t n;
};

static void decode(const struct b64_implementation *with, const char *text, size_t n, size_t skew,
		   const struct outcome *want, const char *want_bytes)
{
	struct exact   src = exact(text, n, skew), dst = exact(NULL, b64_decoded_max(n), skew / 3);
	struct outcome got = {0};

	got.result = b64_decode_with(with, src.bytes, n, dst.bytes, &got.n);
	MUST(got.result == want->result);
	MUST(got.result < 0 || (got.n == want->n && !memcmp(dst.bytes, want_bytes, got.n)));
	got.result = b64_decode_with(with, src.bytes, n, src.bytes, &got.n);
	MUST(got.result == want->result);
	MUST(got.result < 0 || (got.n == want->n && !memcmp(src.bytes, want_bytes, got.n)));
	free(src.memory);
	free(dst.memory);
}

/* What is said to be letters must decode, in whole groups, whatever stands behind. */
static void letters(const struct b64_implementation *with, const char *text, size_t n, size_t skew)
{
	struct exact src = exact(text, n, skew), dst = exact(NULL, b64_decoded_max(n), 0);
	size_t       got = b64_letters_with(with, src.bytes, n), decoded;

	MUST(got <= n);
	MUST(b64_decode_with(&b64_scalar, src.bytes, got / 4 * 4, dst.bytes, &decoded) == 0);
	MUST(decoded == got / 4 * 3);
	free(src.memory);
	free(dst.memory);
}

static void round_trip(const struct b64_implementation *with, const char *data, size_t n,
		       size_t skew)
{
	struct exact   src = exact(data, n, skew), text = exact(NULL, b64_encoded_len(n), skew / 5);
	struct outcome same = {.n = n};

	MUST(b64_encode_with(with, src.bytes, n, text.bytes) == b64_encoded_len(n));
	decode(with, text.bytes, b64_encoded_len(n), skew, &same, data);
	letters(with, text.bytes, b64_encoded_len(n), skew);
	free(src.memory);
	free(text.memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct b64_implementation *const *at = b64_implementations;
	const char                             *text = (const char *)data + 1;
	struct outcome                          want = {0};
	size_t                                  n, skew;
	char                                   *bytes;

	if (size < 1)
		return 0;
	n = size - 1;
	skew = data[0] % 64;
	bytes = sample_memory(b64_decoded_max(n));
	want.result = b64_decode_with(&b64_scalar, text, n, bytes, &want.n);
	for (;; at++) {
		if ((*at)->is_supported()) {
			decode(*at, text, n, skew, &want, bytes);
			letters(*at, text, n, skew);
			round_trip(*at, text, n, skew);
		}
		if (*at == &b64_scalar)
			break;
	}
	free(bytes);
	return 0;
}
