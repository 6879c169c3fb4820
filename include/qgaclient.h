/* SPDX-License-Identifier: MIT */
/*
 * libqgaclient: talk to a QEMU guest agent: any release of qemu-ga, virtagent, or another agent of
 * that protocol.
 *
 *	struct qgac_err err;
 *	struct qgac *agent;
 *	int64_t deadline = qgac_deadline(5000);
 *
 *	if (qgac_connect("/run/vm1/qga.sock", deadline, &agent, &err) < 0 ||
 *	    qgac_ping(agent, deadline, &err) < 0)
 *		fprintf(stderr, "%s\n", err.text);
 *
 * Rules that hold for every function:
 *
 * - Functions that can fail return 0, or -1 with *err filled. err may be NULL where only the result
 *   matters. A pointer that is to be set is set to NULL on failure, a number is left alone, unless
 *   said otherwise.
 * - Every call that talks to the agent takes a deadline and has returned soon after it, whatever
 *   the peer does. One deadline can span several calls. A signal handler that returns does not end
 *   a call early.
 * - Nothing prints, aborts, raises SIGPIPE, starts threads or touches state outside the objects
 *   given. Functions that return an object have a matching …_free(), which takes NULL. Pointers
 *   into an object live as long as it does.
 * - A connection and what came from it may be used by one thread at a time; different connections
 *   by different threads.
 * - Text is UTF-8. Text that came from the agent is NOT safe to print on a terminal as it is.
 */
#ifndef QGACLIENT_H
#define QGACLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- errors ---- */

enum qgac_code {
	QGAC_OK,
	QGAC_ERR_USAGE,    /* an argument makes no sense; nothing was sent */
	QGAC_ERR_CONNECT,  /* no connection could be made; os says why */
	QGAC_ERR_REFUSED,  /* the agent's error reply: agent_class, and its own words in text */
	QGAC_ERR_TIMEOUT,  /* the deadline passed, stage says where; the command may still run */
	QGAC_ERR_PROTOCOL, /* what came back is no reply, or is larger than allowed */
	QGAC_ERR_MEMORY,
	QGAC_ERR_CLOSED,    /* the connection ended for good; the command may have run */
	QGAC_ERR_CANCELLED, /* see qgac_set_cancel_fd(); the command may still run */
};

/* How far a call came. */
enum qgac_stage {
	QGAC_STAGE_NONE,    /* before anything was sent */
	QGAC_STAGE_CONNECT, /* waiting for the listener to accept */
	QGAC_STAGE_UNREAD,  /* connected, but the other side does not read what we send */
	QGAC_STAGE_SYNC,    /* waiting for the answer to the handshake */
	QGAC_STAGE_SEND,    /* in sync, but the agent does not read all of the request */
	QGAC_STAGE_REPLY,   /* in sync; waiting for the reply to the command */
};

/*
 * Lives on the caller's stack and needs no initialisation. Its size is part of the ABI and will not
 * change.
 */
struct qgac_err {
	int code;  /* enum qgac_code; later releases may add some */
	int stage; /* enum qgac_stage */
	int os;    /* errno of the cause, 0 if none */
	int reserved[5];
	char agent_class[64]; /* QGAC_ERR_REFUSED: "GenericError", "CommandNotFound"…; else empty */
	char text[928];       /* for people; cut at a character when longer. Empty on success */
};

/* What a code means, in a few words; static storage. Unknown codes have a text too. */
const char *qgac_code_text(int code);

/* Version of the library, "1.2.3"; static storage. */
const char *qgac_version(void);

/* ---- deadlines ---- */

/*
 * The point in time (CLOCK_MONOTONIC, ns) `timeout_ms` from now; a huge timeout gives the far
 * future.
 */
int64_t qgac_deadline(int64_t timeout_ms);

/* ---- connections ---- */

/* A connection to one agent. */
struct qgac;

/*
 * Connects to `target`, one of
 * - a path with a slash in it, or unix:PATH: a unix stream socket;
 * - vsock:CID:PORT;
 * - vsock-mux:PATH:PORT: a port behind the unix socket of Firecracker or Cloud Hypervisor;
 * - tcp:ADDRESS:PORT: numeric addresses only, not encrypted;
 * - libvirt:NAME or libvirt:URI#NAME: a domain, through libvirt's own agent call. Starts a program
 *   that leaves its parent at once: SIGCHLD may be raised once. Replies are bounded to 4 MiB,
 * requests to 128 KiB.
 *
 * Sends nothing to the agent: the handshake is made by the first call. Free *ret with qgac_free().
 * Errors: USAGE (no such kind of target, or a way to it is not installed), CONNECT, TIMEOUT (the
 * socket's queue is full: another client is served), PROTOCOL, MEMORY.
 */
int qgac_connect(const char *target, int64_t deadline, struct qgac **ret, struct qgac_err *err);

/*
 * The same with a descriptor that is connected already: a stream socket or a character device, open
 * for reading and writing. It belongs to the connection on success and stays the caller's on
 * failure. A descriptor that is not a socket is switched to O_NONBLOCK. Errors: USAGE, MEMORY.
 */
int qgac_open_fd(int fd, struct qgac **ret, struct qgac_err *err);

/* Closes the connection. Replies taken from it stay valid. */
void qgac_free(struct qgac *agent);

/* The largest reply line accepted in bytes: 128 MiB unless set, at least 4 KiB, at most 2 GiB. */
void qgac_set_reply_max(struct qgac *agent, size_t bytes);

/*
 * While `fd` is readable, calls that would have to wait for the agent end with
 * QGAC_ERR_CANCELLED: an eventfd that a signal handler or another thread writes to, a pipe, a
 * signalfd. The library neither reads nor closes it. -1, as in the beginning: none.
 */
void qgac_set_cancel_fd(struct qgac *agent, int fd);

/*
 * Makes the handshake now, if the connection is not in sync: everything the agent still had to say
 * to earlier clients or calls is discarded. Every call does this by itself: on a new connection,
 * and after a timeout or a broken reply. Note that an agent may give up a command that is still
 * running when it sees the handshake. Errors: REFUSED (the agent knows or allows neither form of
 * it), TIMEOUT, CLOSED, PROTOCOL (this is a QMP monitor), MEMORY.
 */
int qgac_sync(struct qgac *agent, int64_t deadline, struct qgac_err *err);

/* ---- calls ---- */

/* One reply of the agent. */
struct qgac_reply;

/*
 * Flag for commands that do not answer when they succeed (guest-shutdown, guest-suspend-…; see
 * qgac_command.success_response): silence until the deadline and the end of the connection are
 * success then, with *ret NULL. An error reply and a request that nobody reads are failures as
 * ever. Choose a deadline of a few seconds.
 */
#define QGAC_NO_REPLY 1u

/*
 * Runs one command. `arguments` is a JSON object as text, or NULL for none. *ret (ret may be NULL)
 * receives the reply, to be freed with qgac_reply_free(); it is also set with QGAC_ERR_REFUSED,
 * where it holds the agent's error in full. So: free *ret in any case. Errors: USAGE (arguments are
 * not a JSON object: the text says where; unknown flag), all of qgac_sync(), REFUSED, TIMEOUT,
 * PROTOCOL, CLOSED, MEMORY. After a timeout, the reply that comes too late is discarded by the next
 * call.
 */
int qgac_call(struct qgac *agent, const char *command, const char *arguments, unsigned int flags,
	      int64_t deadline, struct qgac_reply **ret, struct qgac_err *err);

/*
 * Sends the `len` bytes at `request`, a JSON object, as they are; it may carry an id. An error
 * reply is a reply: the call returns 0, see qgac_reply_is_error(). All else as in qgac_call().
 */
int qgac_call_raw(struct qgac *agent, const char *request, size_t len, unsigned int flags,
		  int64_t deadline, struct qgac_reply **ret, struct qgac_err *err);

/*
 * What qgac_call_raw() checks before it sends: 0, or -1 with USAGE and a text that says where it is
 * wrong; MEMORY.
 */
int qgac_check_request(const char *request, size_t len, struct qgac_err *err);

void qgac_reply_free(struct qgac_reply *reply);

/*
 * The bytes of the line as the agent sent them, without line feed and what stands in front of the
 * object: white space, 0xFF. NUL-terminated. ret_len may be NULL.
 */
const char *qgac_reply_line(const struct qgac_reply *reply, size_t *ret_len);

/*
 * Whether the agent answered with an error. Class and description are decoded; NULL when it is no
 * error.
 */
bool        qgac_reply_is_error(const struct qgac_reply *reply);
const char *qgac_reply_error_class(const struct qgac_reply *reply);
const char *qgac_reply_error_desc(const struct qgac_reply *reply);

/* ---- calls in a loop of one's own ---- */

/*
 * Begins a call and returns at once; the handshake is made on the way if it is needed. Wait until
 * qgac_fd() is ready for qgac_events() (POLLIN, POLLOUT of poll(2), also those of EPOLL…) and call
 * qgac_process(), again and again, until it returns something else than 0. Time limits are the
 * caller's: qgac_abandon() drops the call, whose reply is then discarded by the next one, and so
 * does any other call on the connection. Errors: USAGE, CLOSED, MEMORY.
 */
int qgac_start(struct qgac *agent, const char *command, const char *arguments, unsigned int flags,
	       struct qgac_err *err);

/*
 * Goes on without waiting: 1 when the reply is there (*ret as in qgac_call(); NULL after
 * QGAC_NO_REPLY and the end of the connection), 0 when it has to be called again, -1 when the call
 * has failed; *ret is set with REFUSED then.
 */
int   qgac_process(struct qgac *agent, struct qgac_reply **ret, struct qgac_err *err);
int   qgac_fd(const struct qgac *agent);
short qgac_events(const struct qgac *agent);
void  qgac_abandon(struct qgac *agent);

/* ---- values in a reply ---- */

enum qgac_kind {
	QGAC_ABSENT, /* there is no such value */
	QGAC_NULL,
	QGAC_BOOL,
	QGAC_NUMBER,
	QGAC_STRING,
	QGAC_ARRAY,
	QGAC_OBJECT,
};

/*
 * A place in a reply, passed by value; valid as long as the reply, nothing to free. The members are
 * private. Looking for something in an absent value gives an absent value, so a path of members
 * needs one check at its end.
 */
struct qgac_value {
	const struct qgac_reply *reply_;
	const char              *at_;
};

/* The whole reply object, and its "return" member (absent in an error). */
struct qgac_value qgac_reply_root(const struct qgac_reply *reply);
struct qgac_value qgac_reply_return(const struct qgac_reply *reply);

enum qgac_kind qgac_value_kind(struct qgac_value value);

/* Member of an object; absent if there is none of that name or value is no object. */
struct qgac_value qgac_value_member(struct qgac_value value, const char *name);

/*
 * Steps through an array or object:
 *
 *	struct qgac_iter it = qgac_iter_start(list);
 *	struct qgac_value item;
 *
 *	while (qgac_iter_next(&it, NULL, &item))
 *		…
 *
 * ret_key (may be NULL) receives the name of a member as a string value, absent in arrays.
 * Anything that is neither array nor object has no items.
 */
struct qgac_iter {
	struct qgac_value at_;
	int               state_;
};
struct qgac_iter qgac_iter_start(struct qgac_value container);
bool qgac_iter_next(struct qgac_iter *it, struct qgac_value *ret_key, struct qgac_value *ret);

/*
 * The value as a C type: 0, or -1 if it is of another kind or does not fit (*ret is left alone).
 * Integers must be written as such; a double takes any number.
 */
int qgac_value_bool(struct qgac_value value, bool *ret);
int qgac_value_int64(struct qgac_value value, int64_t *ret);
int qgac_value_uint64(struct qgac_value value, uint64_t *ret);
int qgac_value_double(struct qgac_value value, double *ret);

/* Whether the value is a string equal to text. */
bool qgac_value_is(struct qgac_value value, const char *text);

/*
 * A decoded copy of a string, NUL-terminated, to be freed with free(); *ret_len (may be NULL) is
 * its length. U+0000 inside it becomes the two bytes C0 80. -1 if the value is no string or memory
 * is short.
 */
int qgac_value_string(struct qgac_value value, char **ret, size_t *ret_len);

/*
 * The bytes that a string of base64 stands for, NUL-terminated, to be freed with free(). -1 if the
 * value is none or memory is short.
 */
int qgac_value_base64(struct qgac_value value, void **ret, size_t *ret_n);

/*
 * The JSON text of the value inside the reply: *ret_len bytes, not NUL-terminated. NULL and 0 if
 * absent.
 */
const char *qgac_value_text(struct qgac_value value, size_t *ret_len);

/* ---- typed calls ---- */

/* guest-ping. */
int qgac_ping(struct qgac *agent, int64_t deadline, struct qgac_err *err);

/* One command as guest-info lists it. Read only; later releases may add members at the end. */
struct qgac_command {
	const char *name;
	bool        enabled; /* false: blocked by the guest's administrator, or not now (frozen) */
	bool        success_response; /* false: see QGAC_NO_REPLY */
};

/* What guest-info says. */
struct qgac_info;

/* Calls guest-info; or decodes a reply to it that is at hand (PROTOCOL when it is not one). */
int  qgac_info(struct qgac *agent, int64_t deadline, struct qgac_info **ret, struct qgac_err *err);
int  qgac_info_decode(const struct qgac_reply *reply, struct qgac_info **ret, struct qgac_err *err);
void qgac_info_free(struct qgac_info *info);

/* Protocol release the agent claims, such as "10.2.2". */
const char *qgac_info_version(const struct qgac_info *info);

/* The version of virtagent itself; NULL when the agent is another. */
const char *qgac_info_virtagent_version(const struct qgac_info *info);

/*
 * The commands in the agent's order; none with agents before 1.1. NULL beyond the end, or when
 * there is none.
 */
size_t                     qgac_info_command_count(const struct qgac_info *info);
const struct qgac_command *qgac_info_command(const struct qgac_info *info, size_t index);
const struct qgac_command *qgac_info_find_command(const struct qgac_info *info, const char *name);

/*
 * Every command of the protocol has a function in qgaclient_calls.h, such as
 *
 *	struct qgac_guest_get_osinfo_out *os;
 *
 *	if (qgac_guest_get_osinfo(agent, deadline, &os, &err) == 0 && os->has_pretty_name)
 *		puts(os->pretty_name);
 *	qgac_result_free(os);
 *
 * What follows is for that header: its types and the tables that describe them are compiled into
 *the program, and the library knows the form of the tables only. So the ABI does not depend on the
 * protocol. Errors: all of qgac_call(); USAGE (an argument is missing, not UTF-8, or out of its
 * enumeration), PROTOCOL (a member is missing or of another type).
 */
enum qgac_field_kind {
	QGAC_FIELD_BOOL,
	QGAC_FIELD_INT,
	QGAC_FIELD_UINT,
	QGAC_FIELD_DOUBLE,
	QGAC_FIELD_STRING,
	QGAC_FIELD_ENUM,
	QGAC_FIELD_STRUCT,
	QGAC_FIELD_ALTERNATE,
};

#define QGAC_FIELD_OPTIONAL 1u
#define QGAC_FIELD_LIST 2u
#define QGAC_FIELD_BRANCH 4u
#define QGAC_CALL_BARE 1u   /* the result is one value or list, no object */
#define QGAC_CALL_SILENT 2u /* there is no reply on success */

#if defined(__GNUC__)
#define QGAC_UNUSED __attribute__((unused))
#else
#define QGAC_UNUSED
#endif

struct qgac_type;

struct qgac_field {
	const char             *name;
	int                     kind;
	unsigned int            flags;
	size_t                  offset;
	size_t                  has; /* offset of the bool that tells whether it is there */
	const struct qgac_type *type;
	const char *const      *names; /* of an enumeration, ended by NULL */
};

struct qgac_type {
	size_t                   size;
	const struct qgac_field *fields;
	size_t                   n;
};

struct qgac_call_type {
	const char             *name;
	unsigned int            flags;
	const struct qgac_type *in, *out; /* NULL: there is none */
};

int qgac_typed_call(struct qgac *agent, const struct qgac_call_type *call, const void *in,
		    int64_t deadline, void **ret, struct qgac_err *err);

/* Frees what a function of qgaclient_calls.h returned; takes NULL. */
void qgac_result_free(void *result);

/* ---- files in the guest ---- */

/* Bounds of qemu-ga: what one call may ask for, and what fits one request. */
#define QGAC_FILE_READ_MAX ((size_t)48 << 20)
#define QGAC_FILE_WRITE_MAX (((size_t)48 << 20) - 65536)

/*
 * guest-file-open: `mode` is one of fopen(), such as "r", "w", "a+"; the agent judges it.
 * *ret_handle is the agent's, not the connection's: it stays open until qgac_file_close() or the
 * end of the agent, so one whose reply was lost (TIMEOUT, CANCELLED) cannot be closed. All
 * functions here: errors of qgac_sync(), and REFUSED, TIMEOUT, PROTOCOL, CLOSED, CANCELLED, MEMORY;
 * USAGE where said. USAGE: path or mode is not UTF-8.
 */
int qgac_file_open(struct qgac *agent, const char *path, const char *mode, int64_t deadline,
		   int64_t *ret_handle, struct qgac_err *err);

/*
 * guest-file-close. Agents may buffer what is written, so an error here can mean that the file is
 * not complete. Also releases the memory that reads and writes have made the connection keep.
 */
int qgac_file_close(struct qgac *agent, int64_t handle, int64_t deadline, struct qgac_err *err);

/*
 * guest-file-read: at most `count` bytes. *ret_data points into the connection and is valid until
 * its next call. Fewer bytes than asked for are no sign of the end: *ret_eof is, and so are 0
 * bytes, because an agent may find out only in the next call; which costs one call more than
 * trusting eof, and only where eof was false. USAGE: count is 0 or over QGAC_FILE_READ_MAX, or the
 * reply would be larger than qgac_set_reply_max() allows.
 */
int qgac_file_read(struct qgac *agent, int64_t handle, size_t count, int64_t deadline,
		   const void **ret_data, size_t *ret_n, bool *ret_eof, struct qgac_err *err);

/*
 * guest-file-write: *ret_n of the `n` bytes were taken; agents that do not take all are rare, but
 * allowed. After an error nobody knows how many were. USAGE: n is over QGAC_FILE_WRITE_MAX.
 */
int qgac_file_write(struct qgac *agent, int64_t handle, const void *data, size_t n,
		    int64_t deadline, size_t *ret_n, struct qgac_err *err);

/* Where an offset counts from. */
enum qgac_whence {
	QGAC_SEEK_SET,
	QGAC_SEEK_CUR,
	QGAC_SEEK_END,
};

/* guest-file-seek; ret_position may be NULL. */
int qgac_file_seek(struct qgac *agent, int64_t handle, int64_t offset, enum qgac_whence whence,
		   int64_t deadline, int64_t *ret_position, struct qgac_err *err);

/* guest-file-flush: to the guest's kernel, not to its disk. */
int qgac_file_flush(struct qgac *agent, int64_t handle, int64_t deadline, struct qgac_err *err);

/*
 * A file read or written from one end to the other; each request has `timeout_ms` for itself.
 * Reads are asked for ahead and writes gathered, so that neither side waits for the other. Free it
 * with qgac_stream_close() or qgac_stream_abandon(), before the connection. Other calls on the
 * connection may come in between: a stream that was being read finds its place again, if the file
 * can seek; one that was being written has to be flushed before them, else it fails.
 */
struct qgac_stream;

int qgac_stream_open(struct qgac *agent, const char *path, const char *mode, int64_t timeout_ms,
		     struct qgac_stream **ret, struct qgac_err *err);

/* Bytes in one request. 0, as in the beginning: as many as the channel carries in a short time. */
void qgac_stream_set_chunk(struct qgac_stream *s, size_t bytes);

/* The file's size as far as it has one, else 0. Goes to the beginning of the file. */
int qgac_stream_size(struct qgac_stream *s, uint64_t *ret, struct qgac_err *err);
int qgac_stream_seek(struct qgac_stream *s, uint64_t position, struct qgac_err *err);

/* The next bytes, valid until the next call on the connection; none at the end. */
int qgac_stream_read(struct qgac_stream *s, const void **ret_data, size_t *ret_n,
		     struct qgac_err *err);

/*
 * Takes all of it; what is gathered goes out when it is enough for a request. An error can be that
 * of an earlier piece; after one there is nothing to do but to close. qgac_stream_flush() sends
 * everything and waits until it is answered.
 */
int qgac_stream_write(struct qgac_stream *s, const void *data, size_t n, struct qgac_err *err);
int qgac_stream_flush(struct qgac_stream *s, struct qgac_err *err);

/* Bytes that the agent is known to have taken, also after an error. */
uint64_t qgac_stream_written(const struct qgac_stream *s);

/*
 * Flushes, closes the file and frees the stream. An error can mean that what was written is
 * incomplete.
 */
int qgac_stream_close(struct qgac_stream *s, struct qgac_err *err);

/* The same after something went wrong: quick, silent, and not to be cancelled. */
void qgac_stream_abandon(struct qgac_stream *s);

/* ---- programs in the guest ---- */

/*
 * A program that is to be run by guest-exec. `path` without a slash is searched for in the agent's
 * PATH. NULL: not enough memory. Functions that add return -1 when memory is short.
 */
struct qgac_exec;

struct qgac_exec *qgac_exec_new(const char *path);

/* Before the connection is freed. A program that runs goes on. */
void qgac_exec_free(struct qgac_exec *e);

int qgac_exec_arg(struct qgac_exec *e, const char *argument);

/*
 * "NAME=value". The first call replaces the agent's environment; with NULL by an empty one.
 */
int qgac_exec_env(struct qgac_exec *e, const char *assignment);

/* What the program reads, at most 46 MiB; it is copied. Without, there is nothing to read. */
int qgac_exec_input(struct qgac_exec *e, const void *data, size_t n);

/* Whether the agent keeps the output: true unless set. Agents keep 16 MiB of each stream. */
void qgac_exec_capture(struct qgac_exec *e, bool captures);

/* How long qgac_exec_run() and qgac_exec_wait() wait for one answer of the agent: until their
 * deadline unless set. */
void qgac_exec_set_patience(struct qgac_exec *e, int64_t timeout_ms);

/*
 * Is called with output as it becomes known: at the end of the program, with agents of today.
 * `stream` is 1 or 2. Something else than 0 ends the call with CANCELLED.
 */
typedef int qgac_exec_output(void *data, int stream, const void *bytes, size_t n);
void        qgac_exec_on_output(struct qgac_exec *e, qgac_exec_output *output, void *data);

/*
 * Starts the program and waits for its end. After TIMEOUT and CANCELLED it goes on;
 * qgac_exec_wait() waits for it again. Errors: REFUSED (also: no such program), USAGE (not UTF-8),
 * all of qgac_call().
 */
int qgac_exec_run(struct qgac_exec *e, struct qgac *agent, int64_t deadline, struct qgac_err *err);
int qgac_exec_wait(struct qgac_exec *e, int64_t deadline, struct qgac_err *err);

/*
 * The same in a loop of one's own: qgac_exec_process() is to be called when qgac_fd() is ready for
 * qgac_events(), and at the time qgac_exec_when() (as qgac_deadline(); INT64_MAX: none). It returns
 * 1 when the program has ended, 0 when it has to be called again, -1 with an error.
 */
int     qgac_exec_start(struct qgac_exec *e, struct qgac *agent, struct qgac_err *err);
int     qgac_exec_process(struct qgac_exec *e, struct qgac_err *err);
int64_t qgac_exec_when(const struct qgac_exec *e);

/* The process in the guest, 0 while it is not known. */
int64_t qgac_exec_pid(const struct qgac_exec *e);

/* How it ended: one of them, the other is -1. */
int qgac_exec_exitcode(const struct qgac_exec *e);
int qgac_exec_signal(const struct qgac_exec *e);

/* Whether the agent has kept only the beginning of stream 1 or 2. */
bool qgac_exec_truncated(const struct qgac_exec *e, int stream);

/* Runs kill(1) in the guest. The program is still to be waited for. */
int qgac_exec_kill(struct qgac_exec *e, int signo, struct qgac_err *err);

#ifdef __cplusplus
}
#endif

#endif
