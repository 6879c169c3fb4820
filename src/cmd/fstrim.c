/* SPDX-License-Identifier: MIT */
/* guest-fstrim */
#include <errno.h>
#include <string.h>

#include "config/options.h"
#include "proto/request.h"
#include "schema_handlers.h"
#include "sys/trim.h"

static const char *explain(const struct request *rq, const struct trim *t)
{
	switch (t->outcome) {
	case TRIM_NOT_OPENED:
		return arena_printf(rq->arena, "failed to open: %s", strerror(t->os));
	case TRIM_NOT_SUPPORTED:
		return "trim not supported";
	case TRIM_TIMED_OUT:
		return arena_printf(rq->arena, "failed to trim: no end after %lld s",
				    (long long)rq->options->fstrim_timeout);
	default:
		return arena_printf(rq->arena, "failed to trim: %s", strerror(t->os));
	}
}

static int answer(const struct request *rq, const struct trim *t,
		  struct guest_filesystem_trim_result *out, struct err *err)
{
	out->path = t->path;
	if (t->outcome == TRIM_DONE) {
		out->has_trimmed = out->has_minimum = true;
		out->trimmed = (int64_t)t->trimmed;
		out->minimum = (int64_t)t->minimum;
		return 0;
	}
	out->error = explain(rq, t);
	out->has_error = true;
	return out->error ? 0 : err_os(err, ENOMEM, "cannot answer for %s", t->path);
}

int cmd_guest_fstrim(struct request *rq, const struct guest_fstrim_in *in,
		     struct guest_fstrim_out *out, struct err *err)
{
	uint64_t           minimum = in->has_minimum ? (uint64_t)in->minimum : 0;
	struct mount_table table;
	struct trim       *trims;
	size_t             i;

	if (mounts_read(rq->root, rq->arena, &table, err) < 0 ||
	    trim_all(rq->root, &table, minimum, rq->options->fstrim_timeout, rq->arena, &trims,
		     &out->paths.n, err) < 0)
		return -1;
	out->paths.items = arena_array(rq->arena, out->paths.n, sizeof(*out->paths.items));
	if (!out->paths.items)
		return err_os(err, ENOMEM, "cannot answer");
	for (i = 0; i < out->paths.n; i++)
		if (answer(rq, &trims[i], &out->paths.items[i], err) < 0)
			return -1;
	return 0;
}
