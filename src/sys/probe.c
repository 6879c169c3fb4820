/* SPDX-License-Identifier: MIT */
#include "sys/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "sys/probe_record.h"
#include "sys/spawn.h"

/* How often a batch looks at its children. */
#define STEP_MS 25

/* The shared memory is made this large at least, so that the next batch finds room in it. */
#define AREA_MIN ((size_t)64 << 10)

/* Descriptor of a child's socket. */
#define CHILD_FD 3

#define NO_ITEM SIZE_MAX

enum state { WAITING, RUNNING, ANSWERED, OUT, LEFT_OUT };

/* A call as its child sees it. Offsets count from the start of the area. */
struct item {
	probe_call  *call;
	uint64_t     key;
	size_t       subject, answer, answer_size;
	atomic_uchar state;
};

/* What a batch shares with its children. */
struct area {
	size_t        n;
	atomic_size_t next;                   /* the first call that nobody has begun */
	atomic_size_t at[PROBE_CHILDREN_MAX]; /* what each child is at */
	struct item   items[];
};

struct child {
	pid_t   pid; /* 0: none */
	int     fd;  /* a byte there: through; its end: the child has ended */
	size_t  item;
	int64_t since_ns; /* when it was first seen at that item */
};

struct probe_pool {
	struct probe_record *record;
	struct area         *area; /* kept from batch to batch, with the child that knows it */
	size_t               area_size;
	struct child         idle;
};

struct run {
	struct probe_pool *pool;
	struct child       children[PROBE_CHILDREN_MAX];
};

/* --- the area --- */

static size_t align(size_t n)
{
	return (n + 15) & ~(size_t)15;
}

static void *at_offset(struct area *a, size_t offset)
{
	return (char *)a + offset;
}

/* The bytes of all of it. */
static size_t size_of(const struct probe *probes, size_t n)
{
	size_t size = align(sizeof(struct area) + n * sizeof(struct item)), i;

	for (i = 0; i < n; i++)
		size += align(probes[i].answer_size) + align(strlen(probes[i].subject) + 1);
	return size;
}

static void leave_child(struct child *c)
{
	if (c->pid)
		(void)close(c->fd);
	c->pid = 0;
}

/* Whoever still works there keeps his own mapping of it. */
static void drop_area(struct probe_pool *p)
{
	leave_child(&p->idle);
	if (p->area)
		(void)munmap(p->area, p->area_size);
	p->area = NULL;
}

static int make_room(struct probe_pool *p, size_t size)
{
	if (p->area && p->area_size < size)
		drop_area(p);
	if (p->area)
		return 0;
	p->area_size = size < AREA_MIN ? AREA_MIN : size;
	p->area = probe_share(p->area_size);
	return p->area ? 0 : -1;
}

static int fill_area(struct probe_pool *p, const struct probe *probes, size_t n)
{
	size_t       end = align(sizeof(struct area) + n * sizeof(struct item)), i;
	struct area *a;

	if (make_room(p, size_of(probes, n)) < 0)
		return -1;
	a = p->area;
	a->n = n;
	atomic_store(&a->next, 0);
	for (i = 0; i < n; i++) {
		struct item *item = &a->items[i];
		size_t       len = strlen(probes[i].subject) + 1;

		item->call = probes[i].call;
		item->key = probes[i].key;
		item->answer_size = probes[i].answer_size;
		item->answer = end;
		item->subject = end + align(item->answer_size);
		atomic_store(&item->state, WAITING);
		memcpy(at_offset(a, item->subject), probes[i].subject, len);
		end = item->subject + align(len);
	}
	return 0;
}

/* Calls that are out already, or all when too many are. */
static void leave_out(struct probe_pool *p)
{
	size_t out = probe_out(p), i;

	for (i = 0; out > 0 && i < p->area->n; i++)
		if (out == PROBE_OUT_MAX || probe_record_has(p->record, p->area->items[i].key))
			atomic_store(&p->area->items[i].state, LEFT_OUT);
}

/* --- the child --- */

/* False: it came too late, others have gone on. */
static bool make_call(struct probe_pool *p, struct item *item)
{
	void         *answer = at_offset(p->area, item->answer);
	unsigned char waiting = WAITING, running = RUNNING;

	if (!atomic_compare_exchange_strong(&item->state, &waiting, RUNNING))
		return true;
	memset(answer, 0, item->answer_size);
	item->call(at_offset(p->area, item->subject), answer);
	if (atomic_compare_exchange_strong(&item->state, &running, ANSWERED))
		return true;
	probe_record_remove(p->record, item->key, getpid());
	return false;
}

/* The channel to the front is not ours to keep open. */
static void keep_only(int fd)
{
	if (fd != CHILD_FD)
		(void)dup2(fd, CHILD_FD);
	spawn_close_from(CHILD_FD + 1);
}

/* The byte that starts a batch is the child's place in it. */
static void child_main(struct probe_pool *p, int fd)
{
	unsigned char place;

	keep_only(fd);
	(void)prctl(PR_SET_NAME, "virtagent-probe");
	/* the parent is the worker's: what is out when the agent ends, ends too if it can */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(CHILD_FD, &place, 1) == 1) {
		size_t i;

		while ((i = atomic_fetch_add(&p->area->next, 1)) < p->area->n) {
			atomic_store(&p->area->at[place], i);
			if (!make_call(p, &p->area->items[i]))
				_exit(0);
		}
		if (write(CHILD_FD, &place, 1) != 1)
			break;
	}
	_exit(0);
}

/* The child's parent is ours: workers come and go, and a call that is out stays. */
static pid_t clone_sibling(void)
{
#ifdef __s390x__
	return (pid_t)syscall(SYS_clone, NULL, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL);
#else
	return (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);
#endif
}

static bool clone_child(struct probe_pool *p, struct child *c)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return false;
	c->pid = clone_sibling();
	if (c->pid == 0)
		child_main(p, fds[1]);
	(void)close(fds[1]);
	c->fd = fds[0];
	if (c->pid > 0)
		return true;
	c->pid = 0;
	(void)close(fds[0]);
	return false;
}

static bool wake_child(struct child *c, size_t place)
{
	unsigned char byte = (unsigned char)place;

	if (send(c->fd, &byte, 1, MSG_NOSIGNAL) == 1)
		return true;
	leave_child(c);
	return false;
}

/* --- the batch --- */

static bool work_left(const struct run *run)
{
	return atomic_load(&run->pool->area->next) < run->pool->area->n;
}

static bool start_child(struct run *run, size_t place)
{
	struct child *c = &run->children[place];

	atomic_store(&run->pool->area->at[place], NO_ITEM);
	*c = run->pool->idle;
	run->pool->idle.pid = 0;
	if ((!c->pid || !wake_child(c, place)) &&
	    (!clone_child(run->pool, c) || !wake_child(c, place)))
		return false;
	c->item = NO_ITEM;
	c->since_ns = clock_monotonic_ns();
	return true;
}

static bool start_another(struct run *run)
{
	size_t i;

	for (i = 0; i < PROBE_CHILDREN_MAX; i++)
		if (!run->children[i].pid)
			return start_child(run, i);
	return false;
}

/* A child that is through waits for the next batch, one of them. */
static void child_spoke(struct run *run, struct child *c)
{
	unsigned char byte;

	if (read(c->fd, &byte, 1) != 1 || run->pool->idle.pid) {
		leave_child(c);
		return;
	}
	run->pool->idle = *c;
	c->pid = 0;
}

/* Waits until a child is through, at most for a step. Returns how many are not. */
static size_t wait_for_children(struct run *run)
{
	struct pollfd fds[PROBE_CHILDREN_MAX];
	size_t        i, left = 0;

	for (i = 0; i < PROBE_CHILDREN_MAX; i++)
		fds[i] = (struct pollfd){.fd = run->children[i].pid ? run->children[i].fd : -1,
					 .events = POLLIN};
	(void)poll(fds, PROBE_CHILDREN_MAX, STEP_MS);
	for (i = 0; i < PROBE_CHILDREN_MAX; i++) {
		if (run->children[i].pid && fds[i].revents)
			child_spoke(run, &run->children[i]);
		left += run->children[i].pid != 0;
	}
	return left;
}

/* The call at which a child is will be answered too late, if at all. False: it has just ended, or
 * has not begun. */
static bool mark_out(struct run *run, const struct child *c, size_t at)
{
	struct item  *item = at == NO_ITEM ? NULL : &run->pool->area->items[at];
	unsigned char running = RUNNING;

	if (!item || atomic_load(&item->state) != RUNNING)
		return false;
	/* noted first: its child clears the entry when it finds that it came too late */
	probe_record_add(run->pool->record, item->key, c->pid);
	if (atomic_compare_exchange_strong(&item->state, &running, OUT))
		return true;
	probe_record_remove(run->pool->record, item->key, c->pid);
	return false;
}

/* Leaves children alone whose call is over its time. Returns whether one is getting on. */
static bool judge(struct run *run, int64_t now, bool *ret_left_one)
{
	bool   getting_on = false;
	size_t i;

	for (i = 0; i < PROBE_CHILDREN_MAX; i++) {
		struct child *c = &run->children[i];
		size_t        item = atomic_load(&run->pool->area->at[i]);

		if (!c->pid)
			continue;
		if (item != c->item) {
			c->item = item;
			c->since_ns = now;
		}
		if (now - c->since_ns < PROBE_STALL_MS * NS_PER_MS) {
			getting_on = true;
		} else if (now - c->since_ns >= PROBE_LIMIT_MS * NS_PER_MS &&
			   mark_out(run, c, item)) {
			leave_child(c);
			*ret_left_one = true;
		}
	}
	return getting_on;
}

/* No call begins from here on. */
static void end_early(struct run *run)
{
	struct area *a = run->pool->area;
	size_t       i;

	for (i = 0; i < a->n; i++) {
		unsigned char waiting = WAITING;

		(void)atomic_compare_exchange_strong(&a->items[i].state, &waiting, LEFT_OUT);
	}
	for (i = 0; i < PROBE_CHILDREN_MAX; i++) {
		if (!run->children[i].pid)
			continue;
		(void)mark_out(run, &run->children[i], atomic_load(&a->at[i]));
		leave_child(&run->children[i]);
	}
}

/* True: all children are through, none has been left behind. */
static bool run_batch(struct run *run)
{
	int64_t begun = clock_monotonic_ns(), now;
	bool    left_one = false;

	for (;;) {
		bool left = wait_for_children(run) > 0;

		if (!left && !work_left(run))
			return !left_one;
		now = clock_monotonic_ns();
		if (now - begun >= PROBE_BATCH_MS * NS_PER_MS)
			break;
		if (!judge(run, now, &left_one) && work_left(run) && !start_another(run) && !left)
			return false; /* no more processes can be had */
	}
	end_early(run);
	return false;
}

static void take_answers(struct area *a, struct probe *probes)
{
	size_t i;

	for (i = 0; i < a->n; i++) {
		struct item *item = &a->items[i];

		probes[i].answered = atomic_load(&item->state) == ANSWERED;
		if (probes[i].answered)
			memcpy(probes[i].answer, at_offset(a, item->answer), probes[i].answer_size);
	}
}

int probe_run(struct probe_pool *p, struct probe *probes, size_t n, struct err *err)
{
	struct run run = {.pool = p};
	bool       clean;

	if (n == 0)
		return 0;
	if (fill_area(p, probes, n) < 0)
		return err_os(err, ENOMEM, "cannot ask %zu devices", n);
	leave_out(p);
	clean = start_child(&run, 0) && run_batch(&run);
	take_answers(p->area, probes);
	/* a child that was left behind may still write there */
	if (!clean)
		drop_area(p);
	return 0;
}

/* --- the pool --- */

size_t probe_out(struct probe_pool *p)
{
	return probe_record_count(p->record);
}

struct probe_pool *probe_pool_new(void)
{
	struct probe_pool *p = calloc(1, sizeof(*p));

	if (p)
		p->record = probe_record_new();
	if (p && p->record)
		return p;
	free(p);
	return NULL;
}

void probe_pool_free(struct probe_pool *p)
{
	if (!p)
		return;
	drop_area(p);
	probe_record_free(p->record);
	free(p);
}
