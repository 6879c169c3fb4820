/* SPDX-License-Identifier: MIT */
/*
 * Which probes are out: in memory that all workers and their probes share. An entry is made by a
 * worker and removed by the probe itself, whenever that returns.
 */
#ifndef SYS_PROBE_RECORD_H
#define SYS_PROBE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct probe_record;

/* Memory that processes forked from now on share; munmap() by the caller. NULL: there is none. */
void *probe_share(size_t size);

struct probe_record *probe_record_new(void);
void                 probe_record_free(struct probe_record *r);

/* How many are out. */
size_t probe_record_count(struct probe_record *r);

bool probe_record_has(struct probe_record *r, uint64_t key);

/* Past PROBE_OUT_MAX nothing is added. */
void probe_record_add(struct probe_record *r, uint64_t key, int pid);
void probe_record_remove(struct probe_record *r, uint64_t key, int pid);

#endif
