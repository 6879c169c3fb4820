/* SPDX-License-Identifier: MIT */
/*
 * The process that empties the queue of the log into the file or standard error, and into syslog.
 * It may wait for a dead disk as long as it likes: nobody waits for it.
 */
#ifndef LOG_WRITER_H
#define LOG_WRITER_H

#include <sys/types.h>

/*
 * Writes until the process `parent`, which has forked this one, is gone and the queue is empty. To
 * be called with no signals blocked.
 */
int log_writer_main(int queue, pid_t parent);

#endif
