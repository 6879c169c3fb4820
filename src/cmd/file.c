/* SPDX-License-Identifier: MIT */
/* guest-file-open, -close, -read, -write, -seek, -flush */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/b64.h"
#include "base/err.h"
#include "config/options.h"
#include "policy/rules.h"
#include "proto/blob_reply.h"
#include "proto/request.h"
#include "schema_handlers.h"
#include "sys/confine.h"
#include "sys/files.h"
#include "sys/state.h"

#define READ_DEFAULT 4096
#define READ_MAX (INT64_C(48) << 20) /* protocol */

/* What is read before it is encoded: of a reply of up to this much all is known before its first
 * byte goes out. */
#define WHOLE_MAX ((size_t)1 << 20)

/* Base64 that is decoded and written in one piece: both fit into a processor's second cache. */
#define WRITE_TEXT ((size_t)256 << 10)

/* What the rules about paths are asked, and which of them refused. */
struct place {
	const struct policy *policy;
	bool                 read, write;
	enum policy_setting  by;
};

static bool allows_place(void *ctx, const char *real)
{
	struct place *p = ctx;

	if (p->read && !rules_allow_path(p->policy, POLICY_FILE_READ, real))
		p->by = POLICY_FILE_READ;
	else if (p->write && !rules_allow_path(p->policy, POLICY_FILE_WRITE, real))
		p->by = POLICY_FILE_WRITE;
	else
		return true;
	return false;
}

static bool is_ruled(const struct place *p)
{
	return (p->read && rules_is_set(p->policy, POLICY_FILE_READ)) ||
	       (p->write && rules_is_set(p->policy, POLICY_FILE_WRITE));
}

/* The file that was lent may have been opened on a channel that is allowed more, or before the
 * rules were changed. */
static int check_handle(struct request *rq, bool write, const char *what, struct err *err)
{
	struct place   place = {.policy = rq->policy, .read = !write, .write = write};
	struct confine confine = {.allows = allows_place, .ctx = &place};
	char           why[RULE_TEXT_MAX];

	if (!is_ruled(&place) || confine_allows_fd(&confine, rq->file.fd))
		return 0;
	rules_describe(rq->policy, write ? POLICY_FILE_WRITE : POLICY_FILE_READ, why);
	return err_set_class(err, ERR_REFUSED, "%s: %s", what, why);
}

static int find_handle(struct request *rq, int64_t handle, struct err *err)
{
	if (rq->file.busy)
		return err_set(err, "handle '%" PRId64 "' is busy", handle);
	if (rq->file.fd < 0)
		return err_set(err, "handle '%" PRId64 "' has not been found", handle);
	return 0;
}

static int open_file(const struct request *rq, const char *path, const char *mode, int flags,
		     struct err *err)
{
	struct place   place = {.policy = rq->policy,
				.read = (flags & O_ACCMODE) != O_WRONLY,
				.write = (flags & O_ACCMODE) != O_RDONLY,
				.by = POLICY_FILE_READ};
	struct confine confine = {.allows = allows_place, .ctx = &place};
	char           why[RULE_TEXT_MAX];
	int            os, fd;

	if (is_ruled(&place))
		fd = confine_open(&confine, path, flags, &os);
	else
		fd = sys_file_open(path, flags, &os);
	if (fd >= 0)
		return fd;
	if (os)
		return err_os(err, os, "failed to open file '%s' (mode: '%s')", path, mode);
	rules_describe(rq->policy, place.by, why);
	return err_set_class(err, ERR_REFUSED, "failed to open file '%s' (mode: '%s'): %s", path,
			     mode, why);
}

int cmd_guest_file_open(struct request *rq, const struct guest_file_open_in *in,
			struct guest_file_open_out *out, struct err *err)
{
	const char    *mode = in->has_mode ? in->mode : "r";
	int            flags = sys_file_mode(mode);
	auto_close int fd = -1;
	struct err     why;

	out->value = 0; /* the front puts the number in */
	if (flags < 0)
		return err_set(err, "invalid file open mode '%s'", mode);
	fd = open_file(rq, in->path, mode, flags, err);
	if (fd < 0)
		return -1;
	err_init(&why);
	if (rq->file.reserve > 0 && state_reserve_handles(rq->options->statedir, rq->file.reserve,
							  rq->file.next, &rq->file.first, &why) < 0)
		return err_set(err, "failed to commit persistent state to disk");
	rq->file.opened = take_fd(&fd);
	return 0;
}

int cmd_guest_file_close(struct request *rq, const struct guest_file_close_in *in, void *out,
			 struct err *err)
{
	(void)out;
	if (find_handle(rq, in->handle, err) < 0)
		return -1;
	/* the front has given its descriptor up: this is the last one, and the place where closing
	 * may wait */
	if (close(take_fd(&rq->file.fd)) < 0 && errno != EINTR)
		return err_os(err, errno, "failed to close handle");
	return 0;
}

/* Data that came before an error is not lost: it is the reply, unless there was none. */
static int read_whole(struct request *rq, const char *name, size_t count, struct err *err)
{
	static char block[WHOLE_MAX];
	bool        eof;
	int         os;
	size_t      n = sys_file_read(rq->file.fd, block, count, &eof, &os);

	if (os && (n == 0 || os != EAGAIN))
		return err_os(err, os, "failed to read file");
	return blob_reply_whole(rq->stream, name, block, n, eof, err);
}

/* Reads ahead of the peer by what the ring holds. An error in the middle is told by the next read.
 */
static int read_in_pieces(struct request *rq, const char *name, size_t count, struct err *err)
{
	static char block[BLOB_BLOCK];
	bool        eof = false;
	size_t      done = 0;
	int         os = 0;

	if (blob_reply_begin(rq->stream, name, err) < 0)
		return -1;
	while (done < count && !eof && !os) {
		size_t want = count - done < sizeof(block) ? count - done : sizeof(block);
		size_t n = sys_file_read(rq->file.fd, block, want, &eof, &os);

		if (os && os != EAGAIN && !stream_is_open(rq->stream))
			return err_os(err, os, "failed to read file");
		if (os == EAGAIN && done + n == 0)
			return err_os(err, os, "failed to read file");
		if (blob_reply_data(rq->stream, block, n, err) < 0)
			return -1;
		done += n;
	}
	rq->file.deferred = os == EAGAIN ? 0 : os;
	return blob_reply_end(rq->stream, (int64_t)done, eof, err);
}

int cmd_guest_file_read(struct request *rq, const struct guest_file_read_in *in,
			struct guest_file_read_out *out, struct err *err)
{
	int64_t     count = in->has_count ? in->count : READ_DEFAULT;
	const char *name = rq->old_names ? "buf" : "buf-b64";

	(void)out; /* streamed */
	if (find_handle(rq, in->handle, err) < 0 ||
	    check_handle(rq, false, "failed to read file", err) < 0)
		return -1;
	if (count < 0 || count > READ_MAX)
		return err_set(err, "value '%" PRId64 "' is invalid for argument count", count);
	if (rq->file.deferred) {
		int os = rq->file.deferred;

		rq->file.deferred = 0;
		return err_os(err, os, "failed to read file");
	}
	if ((size_t)count <= WHOLE_MAX)
		return read_whole(rq, name, (size_t)count, err);
	return read_in_pieces(rq, name, (size_t)count, err);
}

/*
 * What a write brings: text that is known to be base64, decoded piece by piece on its way to the
 * file, and behind it the rest, decoded beforehand. All of it is checked before the first byte is
 * written: what is not base64 must leave the file alone.
 */
struct content {
	const char *plain; /* not yet decoded */
	size_t      plain_len;
	const char *rest;
	size_t      rest_len;
};

static int content_open(const struct bytes *in, struct content *ret)
{
	size_t letters = in->letters / WRITE_TEXT * WRITE_TEXT;

	*ret = (struct content){
		.plain = in->data, .plain_len = letters / 4 * 3, .rest = in->data + letters};
	return b64_decode(ret->rest, in->len - letters, in->data + letters, &ret->rest_len);
}

/* errno, 0. Every piece is still in the cache when the kernel takes it. */
static int content_write(int fd, const struct content *c, size_t n)
{
	static char piece[WRITE_TEXT / 4 * 3];
	const char *text = c->plain;
	size_t      left = n < c->plain_len ? n : c->plain_len, decoded;
	int         os = 0;

	n -= left;
	for (; left > 0 && !os; text += WRITE_TEXT) {
		size_t take = left < sizeof(piece) ? left : sizeof(piece);

		if (b64_decode(text, WRITE_TEXT, piece, &decoded) < 0)
			return EILSEQ; /* cannot be: the framing has seen every letter */
		os = sys_file_write(fd, piece, take);
		left -= take;
	}
	return os ? os : sys_file_write(fd, c->rest, n);
}

int cmd_guest_file_write(struct request *rq, const struct guest_file_write_in *in,
			 struct guest_file_write_out *out, struct err *err)
{
	struct content c;
	int64_t        count;
	int            os;

	if (find_handle(rq, in->handle, err) < 0 ||
	    check_handle(rq, true, "failed to write to file", err) < 0)
		return -1;
	if (content_open(&in->buf_b64, &c) < 0)
		return err_set(err, "Base64 data contains invalid characters");
	count = in->has_count ? in->count : (int64_t)(c.plain_len + c.rest_len);
	if (count < 0 || (uint64_t)count > c.plain_len + c.rest_len)
		return err_set(err, "value '%" PRId64 "' is invalid for argument count", count);
	os = content_write(rq->file.fd, &c, (size_t)count);
	if (os)
		return err_os(err, os, "failed to write to file");
	out->count = count;
	out->eof = false;
	return 0;
}

static int decode_whence(const struct guest_file_whence *whence, int *ret, struct err *err)
{
	static const int codes[] = {SEEK_SET, SEEK_CUR, SEEK_END};
	int64_t          i = whence->kind == GUEST_FILE_WHENCE_KIND_NAME ? (int64_t)whence->u.name
									 : whence->u.value;

	if (i < 0 || i >= (int64_t)ARRAY_SIZE(codes))
		return err_set(err, "invalid whence code %" PRId64, i);
	*ret = codes[i];
	return 0;
}

int cmd_guest_file_seek(struct request *rq, const struct guest_file_seek_in *in,
			struct guest_file_seek_out *out, struct err *err)
{
	int   whence = SEEK_SET;
	off_t position;

	if (find_handle(rq, in->handle, err) < 0 || decode_whence(&in->whence, &whence, err) < 0)
		return -1;
	position = lseek(rq->file.fd, in->offset, whence);
	if (position < 0)
		return err_os(err, errno, "failed to seek file");
	rq->file.deferred = 0; /* it belonged to the place that was read */
	out->position = position;
	out->eof = false;
	return 0;
}

/* Writes have reached the kernel when they are answered: there is nothing to flush, and no error to
 * be told twice. */
int cmd_guest_file_flush(struct request *rq, const struct guest_file_flush_in *in, void *out,
			 struct err *err)
{
	(void)out;
	return find_handle(rq, in->handle, err);
}
