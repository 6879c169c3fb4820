/* SPDX-License-Identifier: MIT */
/*
 * The freeze commands. Freezing and thawing outlast any handler: what is wanted is handed to the
 * front, whose state machine answers when it is done (front/freeze.h).
 */
#include "proto/request.h"
#include "schema_handlers.h"

int cmd_guest_fsfreeze_status(struct request *rq, const void *in,
			      struct guest_fsfreeze_status_out *out, struct err *err)
{
	(void)in;
	(void)err;
	out->value = rq->frozen ? GUEST_FSFREEZE_STATUS_FROZEN : GUEST_FSFREEZE_STATUS_THAWED;
	return 0;
}

int cmd_guest_fsfreeze_freeze(struct request *rq, const void *in,
			      struct guest_fsfreeze_freeze_out *out, struct err *err)
{
	(void)out;
	(void)in;
	(void)err;
	rq->freeze = (struct request_freeze){.what = REQUEST_FREEZE};
	return 0;
}

int cmd_guest_fsfreeze_freeze_list(struct request                             *rq,
				   const struct guest_fsfreeze_freeze_list_in *in,
				   struct guest_fsfreeze_freeze_list_out *out, struct err *err)
{
	(void)out;
	(void)err;
	rq->freeze = (struct request_freeze){
		.what = in->has_mountpoints ? REQUEST_FREEZE_LIST : REQUEST_FREEZE,
		.points = in->mountpoints.items,
		.n = in->mountpoints.n,
	};
	return 0;
}

int cmd_guest_fsfreeze_thaw(struct request *rq, const void *in, struct guest_fsfreeze_thaw_out *out,
			    struct err *err)
{
	(void)out;
	(void)in;
	(void)err;
	rq->freeze = (struct request_freeze){.what = REQUEST_THAW};
	return 0;
}
