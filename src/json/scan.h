/* SPDX-License-Identifier: MIT */
/*
 * The inner loop of framing: how far the inside of a string goes on plainly. File contents arrive
 * as strings of megabytes, so this runs 16 bytes at a time where the processor can (scan_sse2.c)
 * and 8 elsewhere (scan_word.c).
 */
#ifndef JSON_SCAN_H
#define JSON_SCAN_H

/*
 * First byte in [p, end) that is the quote, a backslash, below 0x20 or at least 0x80; end if there
 * is none.
 */
const unsigned char *json_scan_string(const unsigned char *p, const unsigned char *end,
				      unsigned char quote);

#endif
