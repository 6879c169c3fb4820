/* SPDX-License-Identifier: MIT */
/*
 * A file of the guest read or written from one end to the other. Every request has the whole time
 * limit for itself.
 */
#include <stdlib.h>
#include <string.h>

#include "client/conn.h"
#include "client/error.h"

#define CHUNK_DEFAULT ((size_t)1 << 20)
#define ABANDON_MS 2000

struct qgac_stream {
	struct qgac *agent;
	int64_t      timeout_ms;
	int64_t      handle;
	size_t       chunk;
	bool         is_open;
	bool         at_end;
};

static int64_t deadline(const struct qgac_stream *s)
{
	return qgac_deadline(s->timeout_ms);
}

int qgac_stream_open(struct qgac *agent, const char *path, const char *mode, int64_t timeout_ms,
		     struct qgac_stream **ret, struct qgac_err *err)
{
	struct qgac_stream *s = calloc(1, sizeof(*s));

	*ret = NULL;
	if (!s)
		return error_memory(err);
	s->agent = agent;
	s->timeout_ms = timeout_ms;
	s->chunk = CHUNK_DEFAULT;
	if (qgac_file_open(agent, path, mode, deadline(s), &s->handle, err) < 0) {
		free(s);
		return -1;
	}
	s->is_open = true;
	*ret = s;
	return 0;
}

void qgac_stream_set_chunk(struct qgac_stream *s, size_t bytes)
{
	if (bytes == 0)
		bytes = CHUNK_DEFAULT;
	s->chunk = bytes < QGAC_FILE_READ_MAX ? bytes : QGAC_FILE_READ_MAX;
}

int qgac_stream_size(struct qgac_stream *s, uint64_t *ret, struct qgac_err *err)
{
	struct qgac_err unwanted;
	int64_t         size;

	err = err ? err : &unwanted;
	*ret = 0;
	if (qgac_file_seek(s->agent, s->handle, 0, QGAC_SEEK_END, deadline(s), &size, err) < 0)
		return err->code == QGAC_ERR_REFUSED ? 0 : -1; /* a pipe; some files in /proc */
	if (size > 0)
		*ret = (uint64_t)size;
	return qgac_stream_seek(s, 0, err);
}

int qgac_stream_seek(struct qgac_stream *s, uint64_t position, struct qgac_err *err)
{
	s->at_end = false;
	if (position > INT64_MAX)
		return error_set(err, QGAC_ERR_USAGE, "no file is so large");
	return qgac_file_seek(s->agent, s->handle, (int64_t)position, QGAC_SEEK_SET, deadline(s),
			      NULL, err);
}

int qgac_stream_read(struct qgac_stream *s, const void **ret_data, size_t *ret_n,
		     struct qgac_err *err)
{
	*ret_data = NULL;
	*ret_n = 0;
	error_clear(err);
	if (s->at_end)
		return 0;
	if (qgac_file_read(s->agent, s->handle, s->chunk, deadline(s), ret_data, ret_n, &s->at_end,
			   err) < 0)
		return -1;
	if (*ret_n == 0)
		s->at_end = true;
	return 0;
}

int qgac_stream_write(struct qgac_stream *s, const void *data, size_t n, uint64_t *done,
		      struct qgac_err *err)
{
	const char *p = data;

	while (n > 0) {
		size_t most = s->chunk < QGAC_FILE_WRITE_MAX ? s->chunk : QGAC_FILE_WRITE_MAX;
		size_t some = n < most ? n : most;

		if (qgac_file_write(s->agent, s->handle, p, some, deadline(s), &some, err) < 0)
			return -1;
		if (some == 0)
			return error_set(err, QGAC_ERR_PROTOCOL,
					 "the agent takes nothing more and does not say why");
		p += some;
		n -= some;
		if (done)
			*done += some;
	}
	return 0;
}

int qgac_stream_close(struct qgac_stream *s, struct qgac_err *err)
{
	struct qgac_err unwanted;
	int             got = 0;

	err = err ? err : &unwanted;
	if (!s)
		return 0;
	/* a handle is gone after an error too, or was never usable; a lost reply says neither */
	if (s->is_open)
		got = qgac_file_close(s->agent, s->handle, deadline(s), err);
	if (got < 0 && (err->code == QGAC_ERR_TIMEOUT || err->code == QGAC_ERR_CANCELLED)) {
		qgac_stream_abandon(s);
		return -1;
	}
	free(s);
	return got;
}

void qgac_stream_abandon(struct qgac_stream *s)
{
	int64_t patience;
	int     cancel_fd;

	if (!s)
		return;
	patience = s->timeout_ms < ABANDON_MS ? s->timeout_ms : ABANDON_MS;
	cancel_fd = s->agent->cancel_fd;
	qgac_set_cancel_fd(s->agent, -1);
	/* what went wrong before is what the user is told */
	if (s->is_open)
		(void)qgac_file_close(s->agent, s->handle, qgac_deadline(patience), NULL);
	qgac_set_cancel_fd(s->agent, cancel_fd);
	free(s);
}
