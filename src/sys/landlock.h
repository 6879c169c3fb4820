/* SPDX-License-Identifier: MIT */
/*
 * Files that a process gives up for good, and its children with it, by Landlock (Linux 5.13).
 * Descriptors that it has stay as they are.
 */
#ifndef SYS_LANDLOCK_H
#define SYS_LANDLOCK_H

/*
 * Nothing is written, created, removed, renamed or executed any more. With folders (a list with
 * NULL at its end) nothing is read either but beneath those that are there, no device is
 * controlled, no TCP port taken or reached. Where the kernel can, no process outside is signalled
 * or reached by an abstract socket. Needs no_new_privs. The version of Landlock, or -1 with
 * *ret_os: ENOSYS or EOPNOTSUPP without it.
 */
int landlock_read_only(const char *const *folders, int *ret_os);

#endif
