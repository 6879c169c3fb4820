/* SPDX-License-Identifier: MIT */
/*
 * Writers on filesystems, watched from outside: writers DIRECTORY FILE...
 *
 * One process per file writes numbered blocks without end. How far the n-th one is stands in
 * DIRECTORY/n, which is to be on a tmpfs: four 64-bit numbers, see struct progress. A block holds
 * its number and one derived from it, so that a copy of the disk can be checked.
 *
 * writers -d FILE writes with O_DIRECT, as databases do.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define BLOCK 4096
#define BLOCKS 256

struct progress {
	uint64_t count;
	uint64_t longest_ns; /* of one write; reset by writing 0 */
	uint64_t since_ns;   /* start of the write under way, CLOCK_MONOTONIC */
	uint64_t errors;
};

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void write_on(int fd, struct progress *p)
{
	uint64_t *block = aligned_alloc(BLOCK, BLOCK), n;
	size_t    i;

	for (n = 1;; n++) {
		uint64_t spent;

		for (i = 0; i < BLOCK / sizeof(*block); i += 2) {
			block[i] = n;
			block[i + 1] = ~n * 0x9E3779B97F4A7C15u;
		}
		p->since_ns = now();
		if (pwrite(fd, block, BLOCK, (off_t)(n % BLOCKS * BLOCK)) != BLOCK)
			p->errors++;
		spent = now() - p->since_ns;
		if (spent > p->longest_ns)
			p->longest_ns = spent;
		p->count = n;
		usleep(500);
	}
}

static struct progress *open_progress(const char *directory, int n)
{
	char  path[256];
	int   fd;
	void *p;

	snprintf(path, sizeof(path), "%s/%d", directory, n);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
	if (fd < 0 || ftruncate(fd, BLOCK) < 0)
		exit(1);
	p = mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return p == MAP_FAILED ? NULL : p;
}

int main(int argc, char **argv)
{
	int         direct = argc > 1 && !strcmp(argv[1], "-d"), i;
	const char *directory = argv[1 + direct];

	for (i = 2 + direct; i < argc; i++) {
		struct progress *p = open_progress(directory, i - 2 - direct);
		int fd = open(argv[i], O_RDWR | O_CREAT | (direct ? O_DIRECT : 0), 0644);

		if (!p || fd < 0)
			return 1;
		if (fork() == 0)
			write_on(fd, p);
		close(fd);
	}
	pause();
	return 0;
}
