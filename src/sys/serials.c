/* SPDX-License-Identifier: MIT */
#include "sys/serials.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "sys/probe_record.h"

/* Odd turns: a worker writes, or has died while it did; then the place is lost. */
struct entry {
	atomic_uint turn;
	uint64_t    diskseq;
	char        text[SERIALS_TEXT_MAX];
};

struct serials {
	struct entry entries[SERIALS_MAX];
};

struct serials *serials_new(void)
{
	return probe_share(sizeof(struct serials));
}

void serials_free(struct serials *s)
{
	if (s)
		(void)munmap(s, sizeof(*s));
}

static struct entry *entry_of(struct serials *s, uint64_t diskseq)
{
	return &s->entries[diskseq % SERIALS_MAX];
}

bool serials_find(struct serials *s, uint64_t diskseq, char to[SERIALS_TEXT_MAX])
{
	struct entry *e = entry_of(s, diskseq);
	unsigned      turn = atomic_load_explicit(&e->turn, memory_order_acquire);
	uint64_t      whose = e->diskseq;

	if (turn % 2 || !diskseq || whose != diskseq)
		return false;
	memcpy(to, e->text, SERIALS_TEXT_MAX);
	atomic_thread_fence(memory_order_acquire);
	return atomic_load_explicit(&e->turn, memory_order_relaxed) == turn;
}

void serials_keep(struct serials *s, uint64_t diskseq, const char *text)
{
	struct entry *e = entry_of(s, diskseq);
	unsigned      turn = atomic_load(&e->turn);

	if (turn % 2 || !diskseq || !atomic_compare_exchange_strong(&e->turn, &turn, turn + 1))
		return;
	atomic_thread_fence(memory_order_release);
	e->diskseq = diskseq;
	(void)snprintf(e->text, sizeof(e->text), "%s", text);
	atomic_store_explicit(&e->turn, turn + 2, memory_order_release);
}
