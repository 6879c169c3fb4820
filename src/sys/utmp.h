/* SPDX-License-Identifier: MIT */
/*
 * Records of utmp(5) as a guest with glibc writes them, whatever C library this is built with. That
 * of musl has records of another size, and nothing in musl writes them.
 */
#ifndef SYS_UTMP_H
#define SYS_UTMP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/*
 * The processor decides. Where a 64-bit system has to share the file with 32-bit programs, a
 * session and a time take as much room as they take those: on x86-64 and on most others. Where it
 * has not, a time is that of a 64-bit system.
 */
enum utmp_layout {
	UTMP_TIME32, /* records of 384 bytes */
	UTMP_TIME64, /* records of 400 bytes */
#if defined(__aarch64__) || defined(__s390x__) || defined(__loongarch_lp64)
	UTMP_NATIVE = UTMP_TIME64
#else
	UTMP_NATIVE = UTMP_TIME32
#endif
};

struct utmp_login {
	struct slice user; /* in the record */
	int64_t      time_us;
};

/* Takes records from data up to the next one of a user who is logged in. A piece of a record at the
 * end is ignored. false: there is none. */
bool utmp_next(struct slice *data, enum utmp_layout layout, struct utmp_login *ret);

#endif
