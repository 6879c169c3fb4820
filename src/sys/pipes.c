/* SPDX-License-Identifier: MIT */
#include "sys/pipes.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/attr.h"
#include "sys/files.h"

enum pipe_result pipe_discard(int pipe)
{
	char   bytes[16384];
	size_t done = 0;

	while (done < PIPE_ROUND) {
		ssize_t n = read(pipe, bytes, sizeof(bytes));

		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			return PIPE_END;
		if (n < 0 && errno == EAGAIN)
			return PIPE_AGAIN;
		done += n > 0 ? (size_t)n : 0;
	}
	return PIPE_MORE;
}

/* Beyond the limit even one byte more means that something is missing. */
static enum pipe_result collect_beyond(int pipe, int mem)
{
	char    byte;
	ssize_t n;

	if (!pipe_memory_truncated(mem)) {
		do
			n = read(pipe, &byte, 1);
		while (n < 0 && errno == EINTR);
		if (n < 0 && errno == EAGAIN)
			return PIPE_AGAIN;
		if (n <= 0)
			return PIPE_END;
		(void)fcntl(mem, F_ADD_SEALS, F_SEAL_GROW);
	}
	return pipe_discard(pipe);
}

enum pipe_result pipe_collect(int pipe, int mem, size_t *n, size_t limit)
{
	size_t done = 0;

	while (done < PIPE_ROUND && *n < limit && !pipe_memory_truncated(mem)) {
		size_t  want = limit - *n < PIPE_ROUND ? limit - *n : PIPE_ROUND;
		ssize_t got = splice(pipe, NULL, mem, NULL, want, SPLICE_F_NONBLOCK);

		if (got == 0)
			return PIPE_END;
		if (got < 0 && errno == EAGAIN)
			return PIPE_AGAIN;
		if (got < 0 && errno != EINTR)
			return collect_beyond(pipe, mem); /* no memory: the rest is not kept */
		done += got > 0 ? (size_t)got : 0;
		*n += got > 0 ? (size_t)got : 0;
	}
	return done >= PIPE_ROUND ? PIPE_MORE : collect_beyond(pipe, mem);
}

enum pipe_result pipe_feed(int mem, int pipe)
{
	size_t done = 0;

	while (done < PIPE_ROUND) {
		ssize_t n = splice(mem, NULL, pipe, NULL, PIPE_ROUND, SPLICE_F_NONBLOCK);

		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			return PIPE_END; /* EPIPE: nobody reads any more */
		if (n < 0 && errno == EAGAIN)
			return PIPE_AGAIN;
		done += n > 0 ? (size_t)n : 0;
	}
	return PIPE_MORE;
}

int pipe_memory(const void *data, size_t n, int *ret_os)
{
	auto_close int mem = memfd_create("virtagent-pipe", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	*ret_os = mem < 0 ? errno : 0;
	if (mem >= 0 && n > 0) {
		*ret_os = sys_file_write(mem, data, n);
		(void)lseek(mem, 0, SEEK_SET);
	}
	return *ret_os ? -1 : take_fd(&mem);
}

bool pipe_memory_truncated(int mem)
{
	int seals = fcntl(mem, F_GET_SEALS);

	return seals >= 0 && (seals & F_SEAL_GROW);
}

size_t pipe_memory_size(int mem)
{
	struct stat st;

	return fstat(mem, &st) == 0 && st.st_size > 0 ? (size_t)st.st_size : 0;
}
