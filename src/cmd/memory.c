/* SPDX-License-Identifier: MIT */
/* guest-get-memory-blocks, guest-set-memory-blocks, guest-get-memory-block-info */
#include "sys/memory.h"

#include <errno.h>

#include "proto/request.h"
#include "schema_handlers.h"

int cmd_guest_get_memory_blocks(struct request *rq, const void *in,
				struct guest_get_memory_blocks_out *out, struct err *err)
{
	struct memory_block *blocks = NULL;
	size_t               n, i;

	(void)in;
	if (memory_list(rq->root, rq->arena, &blocks, &n, err) < 0)
		return -1;
	out->items = arena_array(rq->arena, n, sizeof(*out->items));
	if (!out->items)
		return err_os(err, ENOMEM, "cannot list the memory blocks");
	out->n = n;
	for (i = 0; i < n; i++)
		out->items[i] = (struct guest_memory_block){
			.phys_index = blocks[i].index,
			.online = blocks[i].online,
			.has_can_offline = true,
			.can_offline = blocks[i].can_offline,
		};
	return 0;
}

static struct guest_memory_block_response set_block(const struct sys_root           *root,
						    const struct guest_memory_block *block)
{
	static const enum guest_memory_block_response_type types[] = {
		[MEMORY_SUCCESS] = GUEST_MEMORY_BLOCK_RESPONSE_TYPE_SUCCESS,
		[MEMORY_NOT_FOUND] = GUEST_MEMORY_BLOCK_RESPONSE_TYPE_NOT_FOUND,
		[MEMORY_NOT_SUPPORTED] = GUEST_MEMORY_BLOCK_RESPONSE_TYPE_OPERATION_NOT_SUPPORTED,
		[MEMORY_FAILED] = GUEST_MEMORY_BLOCK_RESPONSE_TYPE_OPERATION_FAILED,
	};
	int                 os;
	enum memory_outcome outcome =
		memory_set_online(root, block->phys_index, block->online, &os);

	return (struct guest_memory_block_response){
		.phys_index = block->phys_index,
		.response = types[outcome],
		.has_error_code = os != 0,
		.error_code = os,
	};
}

int cmd_guest_set_memory_blocks(struct request *rq, const struct guest_set_memory_blocks_in *in,
				struct guest_set_memory_blocks_out *out, struct err *err)
{
	size_t i;

	out->items = arena_array(rq->arena, in->mem_blks.n, sizeof(*out->items));
	if (!out->items)
		return err_os(err, ENOMEM, "cannot answer for %zu blocks", in->mem_blks.n);
	out->n = in->mem_blks.n;
	for (i = 0; i < out->n; i++)
		out->items[i] = set_block(rq->root, &in->mem_blks.items[i]);
	return 0;
}

int cmd_guest_get_memory_block_info(struct request *rq, const void *in,
				    struct guest_get_memory_block_info_out *out, struct err *err)
{
	(void)in;
	return memory_block_bytes(rq->root, &out->size, err);
}
