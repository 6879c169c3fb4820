/* SPDX-License-Identifier: MIT */
/*
 * Base64 with the standard alphabet and padding (RFC 4648 section 4). File contents travel in it,
 * so the processor's vector instructions are used where it has them. Input may be broken into
 * lines, as Proxmox sends it; apart from that decoding is strict (decisions.md row 11).
 */
#ifndef BASE_B64_H
#define BASE_B64_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

/* Characters that n bytes become, padding included. */
static inline size_t b64_encoded_len(size_t n)
{
	return n / 3 * 4 + (n % 3 ? 4 : 0);
}

/* The most bytes that n characters become. */
static inline size_t b64_decoded_max(size_t n)
{
	return n / 4 * 3;
}

/*
 * Writes exactly b64_encoded_len(n) characters, no NUL, and returns their number. src and dst must
 * not overlap. A stream needs no state: pieces of a multiple of 3 bytes, encoded one by one, make
 * the same text as the whole.
 */
size_t b64_encode(const void *src, size_t n, char *dst);

/*
 * Returns 0 with the number of bytes in *ret_n, or -1 when src is not base64. LF and CR are ignored
 * wherever they are, between and after padding too; groups must be complete, so "YQ" and "YQ=" are
 * errors, and nothing may follow padding. Bits that no byte is made of need not be zero ("YR==" is
 * "a"), as in the reference.
 *
 * dst has room for b64_decoded_max(n) bytes; all of it may be written, whatever the result. dst may
 * be equal to src, otherwise they must not overlap.
 */
must_check int b64_decode(const char *src, size_t n, void *dst, size_t *ret_n);

/*
 * How many of the first characters are letters of the alphabet, no padding, no line breaks. 0 where
 * the processor has no vectors for it: it is an offer to save a later pass, not an answer.
 */
size_t b64_letters(const char *src, size_t n);

/*
 * What differs between processors: whole blocks of the plain alphabet. All functions may take less
 * than there is, even nothing, and leave the rest to the portable code.
 */
struct b64_implementation {
	const char *name;
	bool (*is_supported)(void);
	/* Writes 4 characters for each 3 bytes and returns how many bytes it took. */
	size_t (*encode_blocks)(const unsigned char *src, size_t n, char *dst);
	/*
	 * Writes 3 bytes for each 4 characters and returns how many characters it took: none from
	 * the first on that is not in the alphabet. Behind those bytes it may write whatever it
	 * likes, but stays within b64_decoded_max(n), and when dst is at src or before it does not
	 * touch the characters that it has not taken.
	 */
	size_t (*decode_blocks)(const unsigned char *src, size_t n, unsigned char *dst);
	/* How many characters in whole blocks are in the alphabet. */
	size_t (*letter_blocks)(const unsigned char *src, size_t n);
};

extern const struct b64_implementation b64_scalar;
extern const struct b64_implementation b64_ssse3; /* x86 only, as the next */
extern const struct b64_implementation b64_avx2;

/* Those of this architecture, the best first; the last is b64_scalar and supported everywhere. */
extern const struct b64_implementation *const b64_implementations[];

/* For tests and benchmarks: as above, with an implementation that this processor supports. */
size_t b64_encode_with(const struct b64_implementation *with, const void *src, size_t n, char *dst);
must_check int b64_decode_with(const struct b64_implementation *with, const char *src, size_t n,
			       void *dst, size_t *ret_n);
size_t         b64_letters_with(const struct b64_implementation *with, const char *src, size_t n);

#endif
