/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into an agent: makes one chosen call of one chosen process fail. Which one, the runner
 * writes into memory that it shares with all processes of the agent (VIRTAGENT_FAULTS names the
 * file), so that one agent lives through thousands of faults and must not lose anything in them.
 *
 * Preloading rather than a seccomp listener, because allocations are to fail as well, because it
 * knows in which process it is, and because it needs nothing from the kernel. Calls that libc makes
 * inside itself are not seen, except for its allocations.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

enum role {
	ROLE_FRONT,
	ROLE_ZYGOTE,
	ROLE_WORKER,
	ROLE_OTHER, /* just forked, or without a name that we know */
	ROLES,
};

/* The name on the wire of faults.py, and what the call fails with unless told otherwise. */
#define CALLS(X)                                                                                   \
	X(alloc, ENOMEM)                                                                           \
	X(read, EIO)                                                                               \
	X(write, ENOSPC)                                                                           \
	X(send, ENOBUFS)                                                                           \
	X(sendmsg, ENOBUFS)                                                                        \
	X(recvmsg, ENOMEM)                                                                         \
	X(mmap, ENOMEM)                                                                            \
	X(memfd_create, EMFILE)                                                                    \
	X(ftruncate, ENOSPC)                                                                       \
	X(fork, EAGAIN)                                                                            \
	X(open, EMFILE)                                                                            \
	X(fsync, EIO)                                                                              \
	X(rename, EROFS)                                                                           \
	X(close, EIO)                                                                              \
	X(fcntl, EINVAL)                                                                           \
	X(fstat, EIO)                                                                              \
	X(lseek, EINVAL)                                                                           \
	X(flock, ENOLCK)                                                                           \
	X(socket, EMFILE)                                                                          \
	X(socketpair, EMFILE)                                                                      \
	X(accept, EMFILE)                                                                          \
	X(epoll_create, EMFILE)                                                                    \
	X(epoll_ctl, ENOMEM)                                                                       \
	X(signalfd, EMFILE)                                                                        \
	X(poll, ENOMEM)                                                                            \
	X(opendir, EMFILE)                                                                         \
	X(readlink, EIO)                                                                           \
	X(statvfs, EIO)                                                                            \
	X(getrandom, EAGAIN)

enum call {
#define AS_ENUM(name, os) CALL_##name,
	CALLS(AS_ENUM) N_CALLS
};

/* Shared with the runner: see faults.py. */
struct control {
	uint32_t role, call; /* what is to fail; N_CALLS: any */
	uint32_t nth;        /* the first that does, counted from 1; 0: none */
	uint32_t times;      /* so many in a row */
	uint32_t count;      /* calls since nth was set */
	uint32_t hits;       /* that failed */
	uint32_t kills;      /* instead of failing, the call is the last that its process makes */
	uint32_t unused;
	uint64_t site; /* where the first of them was made, from the start of the program; 0:
			  in a library */
	uint64_t seen[ROLES][32];
};

_Static_assert(N_CALLS <= 32, "places in the shared memory");

static struct control *control;
static enum role       role;

static const int failures[] = {
#define AS_ERRNO(name, os) os,
	CALLS(AS_ERRNO)};

/* --- what is replaced --- */

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);

static void *next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

#define REAL(name)                                                                                 \
	static __typeof__(&name) real;                                                             \
	if (!real)                                                                                 \
	real = (__typeof__(&name))next(#name)

static uintptr_t program_base, program_end; /* of the agent itself */

static bool is_ours(const void *site)
{
	return (uintptr_t)site >= program_base && (uintptr_t)site < program_end;
}

static int find_program(struct dl_phdr_info *info, size_t size, void *ctx)
{
	size_t i;

	(void)size, (void)ctx;
	program_base = info->dlpi_addr;
	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type == PT_LOAD)
			program_end = program_base + p->p_vaddr + p->p_memsz;
	}
	return 1; /* the first is the program */
}

/* libuv ends the process when these fail on its own pipes and events, where no kernel lets them. */
static bool is_libuvs(enum call call, const void *site)
{
	return (call == CALL_read || call == CALL_write || call == CALL_epoll_ctl) &&
	       !is_ours(site);
}

static bool fails(enum call call, const void *site)
{
	uint32_t n;

	if (!control || is_libuvs(call, site))
		return false;
	(void)__atomic_fetch_add(&control->seen[role][call], 1, __ATOMIC_RELAXED);
	if (!control->nth || control->role != role ||
	    (control->call != call && control->call != N_CALLS))
		return false;
	n = __atomic_add_fetch(&control->count, 1, __ATOMIC_RELAXED);
	if (n < control->nth || n - control->nth >= control->times)
		return false;
	if (__atomic_fetch_add(&control->hits, 1, __ATOMIC_RELAXED) == 0)
		control->site = is_ours(site) ? (uintptr_t)site - program_base : 0;
	if (control->kills)
		(void)raise(SIGKILL);
	errno = failures[call];
	return true;
}

#define FAILS(call) fails(CALL_##call, __builtin_return_address(0))

void *malloc(size_t n)
{
	return FAILS(alloc) ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	return FAILS(alloc) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	return FAILS(alloc) ? NULL : __libc_realloc(p, n);
}

ssize_t read(int fd, void *to, size_t n)
{
	REAL(read);
	return FAILS(read) ? -1 : real(fd, to, n);
}

ssize_t write(int fd, const void *from, size_t n)
{
	REAL(write);
	return FAILS(write) ? -1 : real(fd, from, n);
}

ssize_t send(int fd, const void *from, size_t n, int flags)
{
	REAL(send);
	return FAILS(send) ? -1 : real(fd, from, n, flags);
}

ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
	REAL(sendmsg);
	return FAILS(sendmsg) ? -1 : real(fd, m, flags);
}

ssize_t recvmsg(int fd, struct msghdr *m, int flags)
{
	REAL(recvmsg);
	return FAILS(recvmsg) ? -1 : real(fd, m, flags);
}

void *mmap64(void *at, size_t n, int protection, int flags, int fd, off64_t offset)
{
	REAL(mmap64);
	return FAILS(mmap) ? MAP_FAILED : real(at, n, protection, flags, fd, offset);
}

int memfd_create(const char *name, unsigned flags)
{
	REAL(memfd_create);
	return FAILS(memfd_create) ? -1 : real(name, flags);
}

int ftruncate64(int fd, off64_t n)
{
	REAL(ftruncate64);
	return FAILS(ftruncate) ? -1 : real(fd, n);
}

pid_t fork(void)
{
	REAL(fork);
	pid_t pid = FAILS(fork) ? -1 : real();

	if (pid == 0)
		role = ROLE_OTHER;
	return pid;
}

static mode_t mode_of(int flags, va_list list)
{
	return flags & (O_CREAT | __O_TMPFILE) ? va_arg(list, mode_t) : 0;
}

int open64(const char *path, int flags, ...)
{
	REAL(open64);
	va_list list;
	mode_t  mode;

	va_start(list, flags);
	mode = mode_of(flags, list);
	va_end(list);
	return FAILS(open) ? -1 : real(path, flags, mode);
}

int openat64(int at, const char *path, int flags, ...)
{
	REAL(openat64);
	va_list list;
	mode_t  mode;

	va_start(list, flags);
	mode = mode_of(flags, list);
	va_end(list);
	return FAILS(open) ? -1 : real(at, path, flags, mode);
}

int fsync(int fd)
{
	REAL(fsync);
	return FAILS(fsync) ? -1 : real(fd);
}

int renameat(int from_at, const char *from, int to_at, const char *to)
{
	REAL(renameat);
	return FAILS(rename) ? -1 : real(from_at, from, to_at, to);
}

/* A close that fails has closed. */
int close(int fd)
{
	REAL(close);
	bool bad = FAILS(close);
	int  rc = real(fd);

	if (bad)
		errno = failures[CALL_close];
	return bad ? -1 : rc;
}

int fcntl64(int fd, int what, ...)
{
	REAL(fcntl64);
	va_list list;
	void   *argument;

	va_start(list, what);
	argument = va_arg(list, void *);
	va_end(list);
	return FAILS(fcntl) ? -1 : real(fd, what, argument);
}

int fstat64(int fd, struct stat64 *st)
{
	REAL(fstat64);
	return FAILS(fstat) ? -1 : real(fd, st);
}

off64_t lseek64(int fd, off64_t offset, int whence)
{
	REAL(lseek64);
	return FAILS(lseek) ? -1 : real(fd, offset, whence);
}

int flock(int fd, int how)
{
	REAL(flock);
	return FAILS(flock) ? -1 : real(fd, how);
}

int socket(int family, int type, int protocol)
{
	REAL(socket);
	return FAILS(socket) ? -1 : real(family, type, protocol);
}

int socketpair(int family, int type, int protocol, int fds[2])
{
	REAL(socketpair);
	return FAILS(socketpair) ? -1 : real(family, type, protocol, fds);
}

int accept4(int fd, struct sockaddr *addr, socklen_t *n, int flags)
{
	REAL(accept4);
	return FAILS(accept) ? -1 : real(fd, addr, n, flags);
}

int epoll_create1(int flags)
{
	REAL(epoll_create1);
	return FAILS(epoll_create) ? -1 : real(flags);
}

int epoll_ctl(int at, int what, int fd, struct epoll_event *e)
{
	REAL(epoll_ctl);
	return FAILS(epoll_ctl) ? -1 : real(at, what, fd, e);
}

int signalfd(int fd, const sigset_t *set, int flags)
{
	REAL(signalfd);
	return FAILS(signalfd) ? -1 : real(fd, set, flags);
}

int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	REAL(poll);
	return FAILS(poll) ? -1 : real(fds, n, timeout);
}

DIR *opendir(const char *path)
{
	REAL(opendir);
	return FAILS(opendir) ? NULL : real(path);
}

DIR *fdopendir(int fd)
{
	REAL(fdopendir);
	return FAILS(opendir) ? NULL : real(fd);
}

ssize_t readlinkat(int at, const char *path, char *to, size_t n)
{
	REAL(readlinkat);
	return FAILS(readlink) ? -1 : real(at, path, to, n);
}

int statvfs64(const char *path, struct statvfs64 *st)
{
	REAL(statvfs64);
	return FAILS(statvfs) ? -1 : real(path, st);
}

ssize_t getrandom(void *to, size_t n, unsigned flags)
{
	REAL(getrandom);
	return FAILS(getrandom) ? -1 : real(to, n, flags);
}

/* Our processes give themselves names. */
int prctl(int what, ...)
{
	REAL(prctl);
	va_list       list;
	unsigned long a[4];
	size_t        i;

	va_start(list, what);
	for (i = 0; i < 4; i++)
		a[i] = va_arg(list, unsigned long);
	va_end(list);
	if (what == PR_SET_NAME) {
		const char *name = (const char *)a[0];

		role = !strcmp(name, "virtagent-zyg")    ? ROLE_ZYGOTE
		       : !strcmp(name, "virtagent-work") ? ROLE_WORKER
							 : ROLE_OTHER;
	}
	return real(what, a[0], a[1], a[2], a[3]);
}

__attribute__((constructor)) static void attach(void)
{
	const char *path = getenv("VIRTAGENT_FAULTS");
	int         fd = path ? open64(path, O_RDWR | O_CLOEXEC) : -1;
	void       *p;

	if (fd < 0)
		return;
	(void)dl_iterate_phdr(find_program, NULL);
	p = mmap64(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)close(fd);
	if (p != MAP_FAILED)
		control = p;
}
