/* SPDX-License-Identifier: MIT */
#include "sys/probe_record.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "sys/probe.h"

/* The key is written before the pid, which makes the entry valid. */
struct entry {
	_Atomic(uint64_t) key;
	atomic_int        pid; /* of the probe, 0: the entry is free, -1: it is being written */
};

struct probe_record {
	struct entry entries[PROBE_OUT_MAX];
};

void *probe_share(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

struct probe_record *probe_record_new(void)
{
	return probe_share(sizeof(struct probe_record));
}

void probe_record_free(struct probe_record *r)
{
	(void)munmap(r, sizeof(*r));
}

/* A probe that was killed has not removed its entry. */
static bool is_out(struct entry *e)
{
	int pid = atomic_load(&e->pid);

	if (pid <= 0)
		return false;
	if (kill(pid, 0) == 0 || errno != ESRCH)
		return true;
	(void)atomic_compare_exchange_strong(&e->pid, &pid, 0);
	return false;
}

size_t probe_record_count(struct probe_record *r)
{
	size_t i, n = 0;

	for (i = 0; i < PROBE_OUT_MAX; i++)
		n += is_out(&r->entries[i]);
	return n;
}

bool probe_record_has(struct probe_record *r, uint64_t key)
{
	size_t i;

	for (i = 0; i < PROBE_OUT_MAX; i++)
		if (atomic_load(&r->entries[i].pid) > 0 && atomic_load(&r->entries[i].key) == key)
			return true;
	return false;
}

void probe_record_add(struct probe_record *r, uint64_t key, int pid)
{
	size_t i;

	for (i = 0; i < PROBE_OUT_MAX; i++) {
		int none = 0;

		if (!atomic_compare_exchange_strong(&r->entries[i].pid, &none, -1))
			continue;
		atomic_store(&r->entries[i].key, key);
		atomic_store(&r->entries[i].pid, pid);
		return;
	}
}

void probe_record_remove(struct probe_record *r, uint64_t key, int pid)
{
	size_t i;

	for (i = 0; i < PROBE_OUT_MAX; i++)
		if (atomic_load(&r->entries[i].pid) == pid &&
		    atomic_load(&r->entries[i].key) == key)
			atomic_store(&r->entries[i].pid, 0);
}
