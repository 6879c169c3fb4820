/* SPDX-License-Identifier: MIT */
#include "cli/guest_file.h"

#include <string.h>

#define ABANDON_MS 2000

static int64_t deadline(const struct guest_file *f)
{
	return qgac_deadline(f->timeout_ms);
}

int guest_open(struct guest_file *f, const char *path, const char *mode, struct qgac_err *err)
{
	f->at_end = false;
	if (qgac_file_open(f->agent, path, mode, deadline(f), &f->handle, err) < 0)
		return -1;
	f->is_open = true;
	return 0;
}

int guest_seek(struct guest_file *f, uint64_t position, struct qgac_err *err)
{
	f->at_end = false;
	return qgac_file_seek(f->agent, f->handle, (int64_t)position, QGAC_SEEK_SET, deadline(f),
			      NULL, err);
}

int guest_size(struct guest_file *f, uint64_t *ret, struct qgac_err *err)
{
	int64_t size;

	*ret = 0;
	if (qgac_file_seek(f->agent, f->handle, 0, QGAC_SEEK_END, deadline(f), &size, err) < 0)
		return err->code == QGAC_ERR_REFUSED ? 0 : -1; /* a pipe; some files in /proc */
	if (size > 0)
		*ret = (uint64_t)size;
	return qgac_file_seek(f->agent, f->handle, 0, QGAC_SEEK_SET, deadline(f), NULL, err);
}

int guest_read(struct guest_file *f, size_t count, const void **ret_data, size_t *ret_n,
	       struct qgac_err *err)
{
	*ret_n = 0;
	if (f->at_end)
		return 0;
	return qgac_file_read(f->agent, f->handle, count, deadline(f), ret_data, ret_n, &f->at_end,
			      err);
}

static int took_nothing(struct qgac_err *err)
{
	static const char text[] = "the agent takes nothing more and does not say why";

	err->code = QGAC_ERR_PROTOCOL;
	memcpy(err->text, text, sizeof(text));
	return -1;
}

int guest_write(struct guest_file *f, const void *data, size_t n, uint64_t *done,
		struct qgac_err *err)
{
	const char *p = data;

	while (n > 0) {
		size_t some = n < QGAC_FILE_WRITE_MAX ? n : QGAC_FILE_WRITE_MAX;

		if (qgac_file_write(f->agent, f->handle, p, some, deadline(f), &some, err) < 0)
			return -1;
		if (some == 0)
			return took_nothing(err);
		p += some;
		n -= some;
		*done += some;
	}
	return 0;
}

int guest_close(struct guest_file *f, struct qgac_err *err)
{
	if (!f->is_open)
		return 0;
	/* a handle is gone after an error too, or was never usable; a lost reply says neither */
	if (qgac_file_close(f->agent, f->handle, deadline(f), err) < 0) {
		f->is_open = err->code == QGAC_ERR_TIMEOUT || err->code == QGAC_ERR_CANCELLED;
		return -1;
	}
	f->is_open = false;
	return 0;
}

void guest_abandon(struct guest_file *f)
{
	int64_t patience = f->timeout_ms < ABANDON_MS ? f->timeout_ms : ABANDON_MS;

	if (!f->is_open)
		return;
	qgac_set_cancel_fd(f->agent, -1);
	/* what went wrong before is what the user is told */
	(void)qgac_file_close(f->agent, f->handle, qgac_deadline(patience), NULL);
	f->is_open = false;
}
