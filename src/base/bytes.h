/* SPDX-License-Identifier: MIT */
/* A string of known length that may hold anything. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stddef.h>

struct bytes {
	char  *data;
	size_t len;
	size_t letters; /* so many at its start are known to be of base64's alphabet */
};

#endif
