/* SPDX-License-Identifier: MIT */
/*
 * Waiting awake for what another process of ours is about to say ("busy polling", as sockets have
 * it with SO_BUSY_POLL). In a guest it takes 10 to 50 us to wake a process whose processor sleeps,
 * since the hypervisor has to wake the processor first: longer than most commands take. So one that
 * did not have to wait for long the last time stays awake for AWAKE_NS the next time, then sleeps.
 */
#ifndef IPC_AWAKE_H
#define IPC_AWAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "ipc/message.h"

#define AWAKE_NS (100 * INT64_C(1000))

/*
 * Whether waiting awake since since_ns (CLOCK_MONOTONIC) would have paid for this message, which
 * has just come: it came in time, and not from the processor that we are on, on which nobody else
 * gets on while we are awake. What is not known does not pay.
 */
bool awake_pays(const struct ipc_head *head, int64_t since_ns);

/* Comes back when fd has something to receive, or its end, or AWAKE_NS after since_ns. */
void awake_wait(int fd, int64_t since_ns);

#endif
