/* SPDX-License-Identifier: MIT */
#include "proto/frame_memory.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

int frame_budget_error(const struct frame_budget *budget, struct err *err)
{
	return err_set(err,
		       "limit exceeded: requests being received or queued may hold %zu bytes in "
		       "all sessions together",
		       budget->max);
}

int frame_budget_take(struct frame_budget *budget, size_t n)
{
	/* what is only kept gives way to what arrives */
	while (n > budget->max - budget->used && budget->spares)
		frame_spare_drop(budget->spares);
	if (n > budget->max - budget->used)
		return -1;
	budget->used += n;
	return 0;
}

/* Memory for requests of up to the protocol's limit; pages appear as they are touched. */
int frame_map_new(struct frame_budget *budget, struct frame_msg *ret)
{
	auto_close int fd = memfd_create("virtagent-request", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	void          *base;

	if (fd < 0 || ftruncate(fd, (off_t)(FRAME_MAP_BYTES + 1)) < 0)
		return -1;
	base = mmap(NULL, FRAME_MAP_BYTES + 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (base == MAP_FAILED)
		return -1;
	*ret = (struct frame_msg){.memfd = take_fd(&fd),
				  .base = base,
				  .map_len = FRAME_MAP_BYTES + 1,
				  .map_id = ++budget->maps};
	return 0;
}

void frame_msg_fini(struct frame_msg *m, struct frame_budget *budget)
{
	uint64_t gone = m->memfd >= 0 ? m->map_id : 0;

	if (!m->base)
		return;
	if (gone) {
		(void)munmap(m->base, m->map_len);
		(void)close(m->memfd); /* the pages go with the last mapping */
	} else {
		free(m->base);
	}
	budget->used -= m->charged;
	*m = (struct frame_msg){.memfd = -1};
	if (gone && budget->on_map_gone)
		budget->on_map_gone(budget->ctx, gone);
}

static void unlink_spare(struct frame *f)
{
	struct frame **at = &f->budget->spares;

	while (*at != f)
		at = &(*at)->next_spare;
	*at = f->next_spare;
}

bool frame_spare_take(struct frame *f, struct frame_msg *ret)
{
	if (!f->spare.base)
		return false;
	unlink_spare(f);
	*ret = f->spare;
	f->spare = (struct frame_msg){.memfd = -1};
	return true;
}

void frame_spare_drop(struct frame *f)
{
	struct frame_msg m;

	if (frame_spare_take(f, &m))
		frame_msg_fini(&m, f->budget);
}

void frame_recycle(struct frame *f, struct frame_msg *m)
{
	size_t touched;

	if (m->memfd < 0 || f->spare.base)
		return;
	touched = (size_t)(m->data - m->base) + m->len;
	if (touched > f->spare_need)
		f->spare_need = touched;
	f->spare = *m;
	f->next_spare = f->budget->spares;
	f->budget->spares = f;
	*m = (struct frame_msg){.memfd = -1};
}

bool frame_spares_tick(struct frame_budget *budget)
{
	struct frame *f, *next;

	for (f = budget->spares; f; f = next) {
		next = f->next_spare;
		if (f->spare_need == 0 || f->spare.charged / 4 > f->spare_need)
			frame_spare_drop(f);
		f->spare_need = 0;
	}
	return budget->spares;
}
