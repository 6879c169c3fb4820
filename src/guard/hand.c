/* SPDX-License-Identifier: MIT */
#include "guard/hand.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>

static void signal_event(int fd)
{
	uint64_t one = 1;

	(void)!write(fd, &one, sizeof(one)); /* cannot fail: nobody lets the counter overflow */
}

static void *hand_main(void *arg)
{
	struct hand *h = arg;
	uint64_t     n;

	for (;;) {
		if (read(h->wake, &n, sizeof(n)) != sizeof(n))
			continue;
		if (!h->work)
			return NULL;
		h->work(h->ctx);
		atomic_store_explicit(&h->busy, false, memory_order_release);
		signal_event(h->done);
	}
}

static size_t stack_bytes(void)
{
	long least = sysconf(_SC_THREAD_STACK_MIN);

	/* what a processor with large registers needs for signal frames comes on top */
	return HAND_STACK_BYTES + (least > 16384 ? (size_t)least - 16384 : 0);
}

int hand_start(struct hand *h, int done, struct err *err)
{
	pthread_attr_t attr;
	int            os = pthread_attr_init(&attr);

	*h = (struct hand){.done = done, .wake = eventfd(0, EFD_CLOEXEC)};
	if (h->wake < 0)
		os = errno;
	if (!os)
		os = pthread_attr_setstacksize(&attr, stack_bytes());
	if (!os)
		os = pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	if (!os)
		os = pthread_create(&h->thread, &attr, hand_main, h);
	(void)pthread_attr_destroy(&attr);
	if (!os)
		return 0;
	if (h->wake >= 0)
		(void)close(h->wake);
	return err_os(err, os, "cannot start a thread for a filesystem");
}

void hand_give(struct hand *h, void (*work)(void *ctx), void *ctx)
{
	h->work = work;
	h->ctx = ctx;
	atomic_store_explicit(&h->busy, true, memory_order_release);
	signal_event(h->wake);
}
