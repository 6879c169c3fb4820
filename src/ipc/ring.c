/* SPDX-License-Identifier: MIT */
#include "ipc/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* Twice the same memory, one behind the other. */
static char *map_twice(int fd, int protection)
{
	char *base = mmap(NULL, 2 * RING_BYTES, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (base == MAP_FAILED)
		return NULL;
	if (mmap(base, RING_BYTES, protection, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED ||
	    mmap(base + RING_BYTES, RING_BYTES, protection, MAP_SHARED | MAP_FIXED, fd, 0) ==
		    MAP_FAILED) {
		(void)munmap(base, 2 * RING_BYTES);
		return NULL;
	}
	return base;
}

int ring_create(struct ring *r, int *ret_fd, struct err *err)
{
	auto_close int fd = memfd_create("virtagent-reply", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	char          *base;

	if (fd < 0 || ftruncate(fd, (off_t)RING_BYTES) < 0)
		return err_os(err, errno, "cannot create the memory for a reply");
	/* the front must never fault on a shrunk mapping */
	(void)fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	base = map_twice(fd, PROT_READ | PROT_WRITE);
	if (!base)
		return err_os(err, errno, "cannot map the memory for a reply");
	*r = (struct ring){.base = base};
	*ret_fd = take_fd(&fd);
	return 0;
}

int ring_attach(struct ring *r, int fd, struct err *err)
{
	int         seals = fcntl(fd, F_GET_SEALS);
	struct stat st;
	char       *base;

	if (r->base)
		return err_set(err, "a worker sent a second reply ring");
	if (seals < 0 || !(seals & F_SEAL_SHRINK))
		return err_set(err, "a worker sent an unsealed reply ring");
	if (fstat(fd, &st) < 0 || st.st_size < (off_t)RING_BYTES)
		return err_set(err, "a worker sent a reply ring that is too short");
	base = map_twice(fd, PROT_READ);
	if (!base)
		return err_os(err, errno, "cannot map the memory for a reply");
	*r = (struct ring){.base = base};
	return 0;
}

void ring_fini(struct ring *r)
{
	if (r->base)
		(void)munmap(r->base, 2 * RING_BYTES);
	*r = (struct ring){0};
}

size_t ring_room(const struct ring *r, char **ret)
{
	*ret = r->base + r->pos;
	return RING_BYTES - r->used;
}

void ring_produce(struct ring *r, size_t n)
{
	r->pos = (r->pos + n) % RING_BYTES;
	r->used += n;
}

void ring_unproduce(struct ring *r, size_t n)
{
	r->pos = (r->pos + RING_BYTES - n) % RING_BYTES;
	r->used -= n;
}

void ring_acked(struct ring *r, size_t n)
{
	r->used -= n < r->used ? n : r->used;
}

bool ring_announce(struct ring *r, size_t n)
{
	if (!r->base || n > RING_BYTES - r->used)
		return false;
	r->used += n;
	return true;
}

size_t ring_peek(const struct ring *r, const char **ret)
{
	*ret = r->base + r->pos;
	return r->used;
}

void ring_consume(struct ring *r, size_t n)
{
	r->pos = (r->pos + n) % RING_BYTES;
	r->used -= n;
}
