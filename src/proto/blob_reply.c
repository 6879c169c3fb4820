/* SPDX-License-Identifier: MIT */
#include "proto/blob_reply.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/b64.h"

static const char *truth(bool value)
{
	return value ? "true" : "false";
}

int blob_reply_data(struct stream *s, const char *data, size_t n, struct err *err)
{
	while (n > 0) {
		size_t take = n < BLOB_BLOCK ? n : BLOB_BLOCK;
		char  *room = stream_room(s, b64_encoded_len(take), err);

		if (!room || stream_commit(s, b64_encode(data, take, room), err) < 0)
			return -1;
		data += take;
		n -= take;
	}
	return 0;
}

int blob_reply_whole(struct stream *s, const char *name, const char *data, size_t n, bool eof,
		     struct err *err)
{
	char text[64];
	int  len = snprintf(text, sizeof(text), "{\"count\": %zu, \"%s\": \"", n, name);

	if (stream_put(s, text, (size_t)len, err) < 0)
		return -1;
	/* nothing can fail any more but the front itself, so it need not wait for the rest */
	for (; n > 2 * BLOB_BLOCK; data += BLOB_BLOCK, n -= BLOB_BLOCK)
		if (blob_reply_data(s, data, BLOB_BLOCK, err) < 0 || stream_show(s, err) < 0)
			return -1;
	if (blob_reply_data(s, data, n, err) < 0)
		return -1;
	len = snprintf(text, sizeof(text), "\", \"eof\": %s}", truth(eof));
	return stream_put(s, text, (size_t)len, err);
}

int blob_reply_begin(struct stream *s, const char *name, struct err *err)
{
	char text[32];
	int  len = snprintf(text, sizeof(text), "{\"%s\": \"", name);

	return stream_put(s, text, (size_t)len, err);
}

int blob_reply_end(struct stream *s, int64_t count, bool eof, struct err *err)
{
	char text[64];
	int  len = snprintf(text, sizeof(text), "\", \"count\": %" PRId64 ", \"eof\": %s}", count,
			    truth(eof));

	return stream_put(s, text, (size_t)len, err);
}
