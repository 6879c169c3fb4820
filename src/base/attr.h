/* SPDX-License-Identifier: MIT */
/*
 * Compiler attributes and the cleanup helpers used by every folder. Nothing here allocates or logs.
 */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#define printf_like(fmt, args) __attribute__((format(printf, fmt, args)))
#define must_check __attribute__((warn_unused_result))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static inline void attr_free_ptr(void *p)
{
	free(*(void **)p);
}

static inline void attr_close_fd(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* nothing can be done about a failing close of a local */
}

#define auto_free __attribute__((cleanup(attr_free_ptr)))
#define auto_close __attribute__((cleanup(attr_close_fd)))

/* Hands a descriptor over: the variable is empty (-1) afterwards. */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/* Hands a pointer over: the variable is NULL afterwards. */
static inline void *take_ptr_(void **p)
{
	void *taken = *p;

	*p = NULL;
	return taken;
}
#define take_ptr(p) take_ptr_((void **)(p))

#endif
