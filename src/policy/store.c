/* SPDX-License-Identifier: MIT */
#include "policy/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/attr.h"

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

/* Behind it the policies: the first ones, and two places. */
struct policy_shared {
	_Atomic uint32_t turn; /* its lowest bit is the place that counts */
	char             words[2][POLICY_WORDS_MAX];
	char             policies[] __attribute__((aligned(64)));
};

/* Of the policies of so many channels, which are less than a whole struct. */
static size_t bytes_of(size_t n)
{
	return (offsetof(struct policies, of) + n * sizeof(struct policy) + 63) & ~(size_t)63;
}

/* which: 0 and 1 the places, 2 the first ones. */
static struct policies *at(const struct policy_store *s, const struct policy_shared *base,
			   uint32_t which)
{
	return (struct policies *)(uintptr_t)(base->policies + which * bytes_of(s->n));
}

#define FIRST 2

/*
 * A mapping for writing, then a seal against any other one (since Linux 5.1), then one for reading:
 * whoever has only that cannot make it writable.
 */
static int map_both(struct policy_store *s, int fd, struct err *err)
{
	void *shared, *view;

	if (ftruncate(fd, (off_t)s->size) < 0)
		return err_os(err, errno, "cannot keep the policy");
	shared = mmap(NULL, s->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW);
	view = mmap(NULL, s->size, PROT_READ, MAP_SHARED, fd, 0);
	if (shared == MAP_FAILED || view == MAP_FAILED)
		return err_os(err, errno, "cannot keep the policy");
	s->shared = shared;
	s->view = view;
	return 0;
}

int policy_store_init(struct policy_store *s, size_t n, struct err *err)
{
	auto_close int fd = memfd_create("virtagent-policy", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return err_os(err, errno, "cannot keep the policy");
	s->n = n;
	s->size = sizeof(struct policy_shared) + 3 * bytes_of(n);
	return map_both(s, fd, err);
}

void policy_store_lock(struct policy_store *s)
{
	if (s->shared)
		(void)munmap(s->shared, s->size);
	s->shared = NULL;
}

void policy_store_fini(struct policy_store *s)
{
	policy_store_lock(s);
	if (s->view)
		(void)munmap((void *)(uintptr_t)s->view, s->size);
	s->view = NULL;
}

struct policies *policy_store_begin(struct policy_store *s)
{
	return at(s, s->shared, FIRST);
}

const struct policies *policy_store_first(const struct policy_store *s)
{
	return at(s, s->view, FIRST);
}

/* Before the first change there is nothing in the places. */
static const struct policies *policies_at(const struct policy_store *s, uint32_t turn)
{
	return at(s, s->view, turn == 0 ? FIRST : turn & 1);
}

static uint32_t turn_of(const struct policy_store *s)
{
	return atomic_load_explicit(&s->view->turn, memory_order_acquire);
}

const struct policies *policy_store_now(const struct policy_store *s)
{
	return policies_at(s, turn_of(s));
}

void policy_store_copy(const struct policy_store *s, size_t channel, struct policy *ret)
{
	uint32_t turn;

	do {
		const struct policy *from;

		turn = turn_of(s);
		from = policies_of(policies_at(s, turn), channel);
		memcpy(ret, from, offsetof(struct policy, text));
		/* what is torn is thrown away below, but must not be believed before */
		if (ret->text_n > POLICY_TEXT_MAX)
			ret->text_n = 0;
		memcpy(ret->text, from->text, ret->text_n);
		atomic_thread_fence(memory_order_acquire);
	} while (turn != turn_of(s));
}

/* Not 0, which stands for the first policies. */
static uint32_t after(uint32_t turn)
{
	return turn + 1 == 0 ? 2 : turn + 1;
}

struct policies *policy_store_next(struct policy_store *s, char **ret_words)
{
	uint32_t         place = after(turn_of(s)) & 1;
	struct policies *p = at(s, s->shared, place);

	*ret_words = s->shared->words[place];
	**ret_words = '\0';
	p->n = 0;
	return p;
}

void policy_store_turn(struct policy_store *s)
{
	atomic_store_explicit(&s->shared->turn, after(turn_of(s)), memory_order_release);
}

const char *policy_store_words(const struct policy_store *s)
{
	uint32_t turn = turn_of(s);

	return turn == 0 ? "" : s->view->words[turn & 1];
}
