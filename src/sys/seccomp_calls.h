/* SPDX-License-Identifier: MIT */
/*
 * What each profile of sys/seccomp.h allows or refuses. Rows of one call stand together; the first
 * that matches decides. Calls that only old processors have are grouped under one of them.
 *
 * The numbers from 403 on are the same on all processors, so that what this build's headers do not
 * know yet can be named.
 */
#ifndef SYS_SECCOMP_CALLS_H
#define SYS_SECCOMP_CALLS_H

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#ifndef EM_RISCV
#define EM_RISCV 243
#endif

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif

/* Which clone() argument has the flags. */
#define CLONE_FLAGS_AT 0

#if defined(__x86_64__)
#define SECCOMP_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define SECCOMP_ARCH AUDIT_ARCH_AARCH64
#elif defined(__s390x__)
#define SECCOMP_ARCH AUDIT_ARCH_S390X
#undef CLONE_FLAGS_AT
#define CLONE_FLAGS_AT 1
#elif defined(__powerpc64__)
#define SECCOMP_ARCH (EM_PPC64 | __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE)
#elif defined(__riscv)
#define SECCOMP_ARCH (EM_RISCV | __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE)
#else
#error "no filters of system calls for this processor: build seccomp_none.c"
#endif

#define NR_IO_URING_SETUP 425
#define NR_IO_URING_ENTER 426
#define NR_IO_URING_REGISTER 427
#define NR_OPEN_TREE 428
#define NR_MOVE_MOUNT 429
#define NR_FSOPEN 430
#define NR_FSCONFIG 431
#define NR_FSMOUNT 432
#define NR_FSPICK 433
#define NR_CLOSE_RANGE 436
#define NR_OPENAT2 437
#define NR_PIDFD_GETFD 438
#define NR_EPOLL_PWAIT2 441
#define NR_MOUNT_SETATTR 442
#define NR_QUOTACTL_FD 443
#define NR_FCHMODAT2 452

/* The bits of open(2) with which a file could be changed. */
#define OPEN_TO_WRITE (O_ACCMODE | O_CREAT | O_TRUNC)

#define CLONE_NAMESPACES                                                                           \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |             \
	 CLONE_NEWPID | CLONE_NEWNET)

enum seccomp_condition {
	CONDITION_NONE,
	CONDITION_EQUAL,   /* (argument & mask) == value */
	CONDITION_UNEQUAL, /* the opposite */
	CONDITION_OPTION,  /* seccomp_options.how_is_known is value */
	CONDITION_SELF,    /* the argument is our own process id */
};

struct seccomp_rule {
	int16_t  nr;
	bool     allow; /* else EPERM */
	uint8_t  condition;
	uint8_t  arg;
	uint32_t mask, value;
};

#define YES(call)                                                                                  \
	{                                                                                          \
		__NR_##call, true, CONDITION_NONE, 0, 0, 0                                         \
	}
#define YES_IF(call, arg, mask, value)                                                             \
	{                                                                                          \
		__NR_##call, true, CONDITION_EQUAL, arg, mask, value                               \
	}
#define NO(call)                                                                                   \
	{                                                                                          \
		__NR_##call, false, CONDITION_NONE, 0, 0, 0                                        \
	}
#define NO_UNLESS(call, arg, mask, value)                                                          \
	{                                                                                          \
		__NR_##call, false, CONDITION_UNEQUAL, arg, mask, value                            \
	}
#define YES_NEW(nr)                                                                                \
	{                                                                                          \
		nr, true, CONDITION_NONE, 0, 0, 0                                                  \
	}
#define NO_NEW(nr)                                                                                 \
	{                                                                                          \
		nr, false, CONDITION_NONE, 0, 0, 0                                                 \
	}

/* --- an event loop --- */

static const struct seccomp_rule loop_rules[] = {
	/* what it waits for, and messages */
	YES(epoll_create1),
	YES(epoll_ctl),
	YES(epoll_pwait),
	YES_NEW(NR_EPOLL_PWAIT2),
	YES(ppoll),
	YES(read),
	YES(readv),
	YES(pread64),
	YES(write),
	YES(writev),
	YES(pwrite64),
	YES(recvfrom),
	YES(recvmsg),
	YES(sendto),
	YES(sendmsg),
	YES(accept4),
	YES(shutdown),
	YES(getsockname),
	YES(getpeername),
	YES(getsockopt),
	YES(setsockopt),
	YES_IF(socketpair, 0, ~0u, AF_UNIX),
	YES(splice),
	YES(tee),
	YES(pipe2),
	YES(eventfd2),
	YES(signalfd4),
	YES(timerfd_create),
	YES(timerfd_settime),
	YES(memfd_create),
	YES(ftruncate),
	YES(lseek),
	YES(close),
	YES_NEW(NR_CLOSE_RANGE),
	YES(dup),
	YES(dup3),
	YES(fcntl),
	YES_IF(ioctl, 1, ~0u, FIONBIO),
	YES_IF(ioctl, 1, ~0u, FIOCLEX),
	YES_IF(ioctl, 1, ~0u, FIONREAD),
	YES_IF(ioctl, 1, ~0u, TCGETS), /* isatty(3) */
	/* files, to be read */
	YES_IF(openat, 2, OPEN_TO_WRITE, O_RDONLY),
	{NR_OPENAT2, true, CONDITION_OPTION, 0, 0, true},
	YES(fstat),
	YES(newfstatat),
	YES(statx),
	YES(statfs),
	YES(fstatfs),
	YES(faccessat),
	YES(readlinkat),
	YES(getdents64),
	YES(getcwd),
	YES(umask),
	/* memory, time, itself */
	YES(mmap),
	YES(munmap),
	YES(mremap),
	YES(mprotect),
	YES(madvise),
	YES(brk),
	YES(mlockall),
	YES(munlockall),
	YES(membarrier),
	YES(futex),
	YES(set_robust_list),
	YES(set_tid_address),
	YES(rseq),
	YES(getrandom),
	YES(clock_gettime),
	YES(clock_getres),
	YES(clock_nanosleep),
	YES(nanosleep),
	YES(gettimeofday),
	YES(uname),
	YES(sysinfo),
	YES(getcpu),
	YES(sched_yield),
	YES(sched_getaffinity),
	YES(getpid),
	YES(gettid),
	YES(getppid),
	YES(getpgid),
	YES(getuid),
	YES(geteuid),
	YES(getgid),
	YES(getegid),
	YES(capget),
	YES_IF(prlimit64, 0, ~0u, 0),
	YES_IF(prctl, 0, ~0u, PR_SET_NAME),
	YES_IF(prctl, 0, ~0u, PR_SET_PDEATHSIG),
	YES_IF(prctl, 0, ~0u, PR_GET_DUMPABLE),
	YES_IF(prctl, 0, ~0u, PR_SET_DUMPABLE),
#ifdef SANITIZED
	YES_IF(prctl, 0, ~0u, PR_SET_PTRACER),
#endif
	YES(rt_sigaction),
	YES(rt_sigprocmask),
	YES(rt_sigpending),
	YES(rt_sigtimedwait),
	YES(rt_sigreturn),
	YES(sigaltstack),
	YES(restart_syscall),
	{__NR_tgkill, true, CONDITION_SELF, 0, 0, 0}, /* abort(3) */
	/* the last writer of the log, when the zygote is gone */
	YES_IF(clone, CLONE_FLAGS_AT, CLONE_NAMESPACES, 0),
	YES(wait4),
	YES(exit),
	YES(exit_group),
	/* refused with the word for it: not "what is that?" but "no" */
	NO(execve),
	NO(execveat),
#ifdef SANITIZED
	YES(ptrace), /* looking for leaks at the end: a thread that stops the others */
#else
	NO(ptrace),
#endif
	NO(kill),
	NO(tkill),
	NO(socket),
	NO(connect),
	NO(bind),
	NO(listen),
	NO(mount),
	NO(unlinkat),
	NO(bpf),
	NO_NEW(NR_IO_URING_SETUP),
#ifdef __NR_open
	YES_IF(open, 1, OPEN_TO_WRITE, O_RDONLY),
	YES(stat),
	YES(lstat),
	YES(access),
	YES(readlink),
	YES(getdents),
	YES(poll),
	YES(epoll_create),
	YES(epoll_wait),
	YES(pipe),
	YES(dup2),
	YES(getpgrp),
	YES(fork),
	NO(unlink),
#endif
#ifdef __NR_arch_prctl
	YES(arch_prctl),
	YES(time),
#endif
#ifdef __NR_recv
	YES(recv),
	YES(send),
#endif
#ifdef __NR_sigreturn
	YES(sigreturn),
#endif
#ifdef __s390x__
	YES(socketcall), /* the C library's way to all calls on sockets */
#endif
};

/* --- commands that only read --- */

static const struct seccomp_rule read_only_rules[] = {
	NO(execve),
	NO(execveat),
	NO_UNLESS(openat, 2, OPEN_TO_WRITE, O_RDONLY),
	{NR_OPENAT2, false, CONDITION_OPTION, 0, 0, false},
	NO(open_by_handle_at),
	NO(mkdirat),
	NO(mknodat),
	NO(linkat),
	NO(symlinkat),
	NO(unlinkat),
	NO(renameat2),
	NO(truncate),
	NO(fchmod),
	NO(fchmodat),
	NO_NEW(NR_FCHMODAT2),
	NO(fchown),
	NO(fchownat),
	NO(utimensat),
	NO(setxattr),
	NO(lsetxattr),
	NO(fsetxattr),
	NO(removexattr),
	NO(lremovexattr),
	NO(fremovexattr),
	NO(mount),
	NO(umount2),
	NO(pivot_root),
	NO(chroot),
	NO(unshare),
	NO(setns),
	NO_NEW(NR_OPEN_TREE),
	NO_NEW(NR_MOVE_MOUNT),
	NO_NEW(NR_FSOPEN),
	NO_NEW(NR_FSCONFIG),
	NO_NEW(NR_FSMOUNT),
	NO_NEW(NR_FSPICK),
	NO_NEW(NR_MOUNT_SETATTR),
	NO(swapon),
	NO(swapoff),
	NO(acct),
	NO(quotactl),
	NO_NEW(NR_QUOTACTL_FD),
	NO(settimeofday),
	NO(clock_settime),
	NO(clock_adjtime),
	NO(adjtimex),
	NO(sethostname),
	NO(setdomainname),
	NO(reboot),
	NO(kexec_load),
	NO(init_module),
	NO(finit_module),
	NO(delete_module),
	NO(bpf),
	NO(perf_event_open),
	NO(userfaultfd),
	NO(syslog),
	NO(add_key),
	NO(request_key),
	NO(keyctl),
	NO(ptrace),
	NO(process_vm_readv),
	NO(process_vm_writev),
	NO_NEW(NR_PIDFD_GETFD),
	NO(setuid),
	NO(setgid),
	NO(setreuid),
	NO(setregid),
	NO(setresuid),
	NO(setresgid),
	NO(setgroups),
	NO_NEW(NR_IO_URING_SETUP),
	NO_NEW(NR_IO_URING_ENTER),
	NO_NEW(NR_IO_URING_REGISTER),
#ifdef __NR_renameat
	NO(renameat),
#endif
#ifdef __NR_kexec_file_load
	NO(kexec_file_load),
#endif
#ifdef __NR_open
	NO_UNLESS(open, 1, OPEN_TO_WRITE, O_RDONLY),
	NO(creat),
	NO(mkdir),
	NO(rmdir),
	NO(mknod),
	NO(link),
	NO(symlink),
	NO(unlink),
	NO(rename),
	NO(chmod),
	NO(chown),
	NO(lchown),
	NO(utime),
	NO(utimes),
	NO(futimesat),
#endif
#ifdef __NR_iopl
	NO(iopl),
	NO(ioperm),
#endif
};

static const struct seccomp_rule no_program_rules[] = {
	NO(execve),
	NO(execveat),
};

#endif
