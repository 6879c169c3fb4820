/* SPDX-License-Identifier: MIT */
/*
 * Serial numbers that disks have told, so that the host is not asked again with every request. Each
 * belongs to a disk's sequence number, which the kernel gives out once for every disk that appears
 * (and every medium), so what is known of an unplugged disk is never taken for its successor's. In
 * memory that all workers share; entries that meet in one place replace one another.
 */
#ifndef SYS_SERIALS_H
#define SYS_SERIALS_H

#include <stdbool.h>
#include <stdint.h>

/* A number, with its end. */
#define SERIALS_TEXT_MAX 256

/* Disks whose numbers are known at the same time. */
#define SERIALS_MAX 64

struct serials;

/* For all processes that are forked from now on. NULL: no memory. */
struct serials *serials_new(void);
void            serials_free(struct serials *s);

/* Whether the number of this disk is known; "" is one, too. */
bool serials_find(struct serials *s, uint64_t diskseq, char to[SERIALS_TEXT_MAX]);

/* text is shorter than SERIALS_TEXT_MAX. */
void serials_keep(struct serials *s, uint64_t diskseq, const char *text);

#endif
