/* SPDX-License-Identifier: MIT */
/*
 * The memory of large requests: memfds that a worker can map, and those of earlier requests, kept
 * warm for the next one. Making the pages anew costs more than anything else that happens to them.
 * Private to frame*.c; what others need of it is in frame.h.
 */
#ifndef PROTO_FRAME_MEMORY_H
#define PROTO_FRAME_MEMORY_H

#include "proto/frame.h"

/* Bytes of every mapping. */
#define FRAME_MAP_BYTES (FRAME_TOKEN_BYTES_MAX + FRAME_SPACE_MAX)

/* A new memfd with its mapping as the memory of `ret`, which is otherwise empty. -1: errno. */
int frame_map_new(struct frame_budget *budget, struct frame_msg *ret);

/* Takes the spare, its charge included; false when there is none. */
bool frame_spare_take(struct frame *f, struct frame_msg *ret);

void frame_spare_drop(struct frame *f);

#endif
