/* SPDX-License-Identifier: MIT */
/*
 * The verb, and one file into the guest or out of it. The guest's file is written in place, since
 * the protocol cannot rename.
 */
#include "cli/copy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sys/stat.h>

#include "base/clock.h"
#include "base/num.h"
#include "cli/guest_run.h"
#include "cli/interrupt.h"

/* What is read here at a time: it stays in the cache while it is summed and encoded. */
#define SLICE ((size_t)96 << 10)

static const char *guest_name(const struct copy *c)
{
	return c->is_upload ? c->destination : c->source;
}

static const char *local_path(const struct copy *c)
{
	return c->is_upload ? c->source : c->destination;
}

static const char *local_name(const struct copy *c)
{
	const char *name = local_path(c);

	if (strcmp(name, "-") != 0)
		return name;
	return c->is_upload ? "standard input" : "standard output";
}

/* What an error is about, and what state it leaves the guest's file in. */
static int describe(const struct copy *c, const char *name, char **ret)
{
	if (c->is_complete)
		return asprintf(ret, "%s was written, but reading it back failed", name);
	if (!c->is_touched)
		return asprintf(ret, "%s", name);
	if (name == guest_name(c))
		return asprintf(ret, "%s (incomplete, %llu bytes)", name,
				(unsigned long long)c->done);
	return asprintf(ret, "%s (%s is incomplete, %llu bytes)", name, guest_name(c),
			(unsigned long long)c->done);
}

/* Removes what can be removed before the agent is asked for anything more. */
static void give_up(struct copy *c)
{
	progress_end(&c->progress);
	local_fini(&c->local);
	if (interrupt_seen() && c->is_touched && !c->is_complete)
		(void)agent_complain("interrupted, %s is incomplete (%llu bytes)", guest_name(c),
				     (unsigned long long)c->done);
	qgac_stream_abandon(c->stream);
	c->stream = NULL;
}

static int fail_guest(struct copy *c, const struct qgac_err *err)
{
	auto_free char *what = NULL;

	give_up(c);
	if (interrupt_seen())
		return EXIT_FAILED;
	if (describe(c, guest_name(c), &what) < 0)
		what = NULL;
	return agent_error(c->cli, what, err);
}

static int fail_local(struct copy *c, const struct err *err)
{
	auto_free char *what = NULL;

	give_up(c);
	if (interrupt_seen())
		return EXIT_FAILED;
	if (describe(c, local_name(c), &what) < 0)
		what = NULL;
	return agent_complain("%s: %s", what ? what : local_name(c), err->text);
}

static int fail_sum(struct copy *c, const struct cksum *found)
{
	give_up(c);
	return agent_complain("%s differs from what was copied: cksum %u, %llu bytes; expected %u, "
			      "%llu bytes",
			      c->destination, cksum_value(found), (unsigned long long)found->bytes,
			      cksum_value(&c->sum), (unsigned long long)c->sum.bytes);
}

static int open_guest(struct copy *c, const char *name, const char *mode, struct qgac_err *err)
{
	if (qgac_stream_open(c->agent, guest_path(name), mode, c->cli->timeout_ms, &c->stream,
			     err) < 0)
		return -1;
	qgac_stream_set_chunk(c->stream, c->chunk);
	return 0;
}

static int close_guest(struct copy *c, struct qgac_err *err)
{
	struct qgac_stream *stream = c->stream;

	c->stream = NULL;
	return qgac_stream_close(stream, err);
}

/* Summing up takes time, and often nobody wants to know. */
static void add_to_sum(struct copy *c, const void *data, size_t n)
{
	if (c->is_summed)
		cksum_add(&c->sum, data, n);
	else
		c->sum.bytes += n;
}

/* into the guest */

/* How much of the file is there, for progress and messages. */
static void count_done(struct copy *c)
{
	c->done = c->start_at + qgac_stream_written(c->stream);
}

static int send_all(struct copy *c)
{
	char            data[SLICE];
	struct qgac_err gerr;
	struct err      err;
	ssize_t         n;
	int             got = 0;

	err_init(&err);
	while (got == 0) {
		n = local_read(&c->local, data, sizeof(data), &err);
		count_done(c);
		if (n < 0)
			return fail_local(c, &err);
		if (n == 0)
			break;
		add_to_sum(c, data, (size_t)n);
		got = qgac_stream_write(c->stream, data, (size_t)n, &gerr);
		progress_update(&c->progress, c->done);
	}
	if (got == 0)
		got = qgac_stream_flush(c->stream, &gerr);
	count_done(c);
	return got < 0 ? fail_guest(c, &gerr) : EXIT_OK;
}

/* Not further than what was sent: some devices give for ever. */
static int read_back_guest(struct copy *c, struct cksum *found)
{
	struct qgac_err err;
	const void     *data;
	size_t          n;

	if (open_guest(c, c->destination, "r", &err) < 0)
		return fail_guest(c, &err);
	do {
		if (qgac_stream_read(c->stream, &data, &n, &err) < 0)
			return fail_guest(c, &err);
		cksum_add(found, data, n);
		progress_update(&c->progress, found->bytes);
	} while (n > 0 && found->bytes <= c->sum.bytes);
	if (close_guest(c, &err) < 0)
		return fail_guest(c, &err);
	return EXIT_OK;
}

static bool is_same(const struct copy *c, const struct cksum *found)
{
	return found->bytes == c->sum.bytes && found->crc == c->sum.crc;
}

static int verify_guest(struct copy *c)
{
	struct cksum found = {0};
	int          status;

	progress_begin(&c->progress, c->has_progress, "verifying", c->sum.bytes);
	status = read_back_guest(c, &found);
	if (status == EXIT_OK && !is_same(c, &found))
		status = fail_sum(c, &found);
	return status;
}

/* How much of it the guest has already: 0 if that is unknown, or more than there is. */
static int find_start_in_guest(struct copy *c)
{
	struct qgac_err err;
	uint64_t        size = 0;

	if (open_guest(c, c->destination, "r", &err) < 0)
		return err.code == QGAC_ERR_REFUSED ? EXIT_OK : fail_guest(c, &err);
	if (qgac_stream_size(c->stream, &size, &err) < 0 || close_guest(c, &err) < 0)
		return fail_guest(c, &err);
	c->start_at = c->local.is_regular && size <= c->local.size ? size : 0;
	return EXIT_OK;
}

/* Reads up to where the copy goes on, for the checksum. */
static int skip_start(struct copy *c)
{
	uint64_t   left = c->start_at;
	char       data[SLICE];
	struct err err;

	err_init(&err);
	while (left > 0) {
		size_t  some = left < sizeof(data) ? (size_t)left : sizeof(data);
		ssize_t n = local_read(&c->local, data, some, &err);

		if (n <= 0)
			return n < 0 ? fail_local(c, &err)
				     : agent_complain("%s: has become shorter", local_name(c));
		add_to_sum(c, data, (size_t)n);
		left -= (uint64_t)n;
	}
	c->done = c->start_at;
	return EXIT_OK;
}

static int begin_upload(struct copy *c)
{
	struct qgac_err err;
	int             status = c->is_resumed ? find_start_in_guest(c) : EXIT_OK;

	if (status == EXIT_OK && c->start_at > 0)
		status = skip_start(c);
	if (status != EXIT_OK)
		return status;
	if (open_guest(c, c->destination, c->start_at > 0 ? "r+" : "w", &err) < 0 ||
	    (c->start_at > 0 && qgac_stream_seek(c->stream, c->start_at, &err) < 0))
		return fail_guest(c, &err);
	return EXIT_OK;
}

static int upload(struct copy *c)
{
	struct qgac_err err;
	int             status = begin_upload(c);

	if (status != EXIT_OK)
		return status;
	c->is_touched = true;
	progress_begin(&c->progress, c->has_progress, "copying", c->local.size);
	status = send_all(c);
	if (status != EXIT_OK)
		return status;
	if (close_guest(c, &err) < 0)
		return fail_guest(c, &err);
	c->is_complete = true;
	progress_end(&c->progress);
	if (c->keeps_mode && !c->is_recursive && c->local.is_regular &&
	    copy_mode(c, c->destination, c->local.mode) != EXIT_OK)
		return EXIT_FAILED;
	return c->is_verified ? verify_guest(c) : EXIT_OK;
}

/* out of the guest */

static int receive_all(struct copy *c)
{
	struct qgac_err gerr;
	struct err      err;
	const void     *data;
	size_t          n;

	err_init(&err);
	for (;;) {
		if (qgac_stream_read(c->stream, &data, &n, &gerr) < 0)
			return fail_guest(c, &gerr);
		if (n == 0)
			return EXIT_OK;
		add_to_sum(c, data, n);
		if (local_write(&c->local, data, n, &err) < 0)
			return fail_local(c, &err);
		c->done += n;
		progress_update(&c->progress, c->done);
	}
}

static int read_back_local(struct copy *c, struct cksum *found, struct err *err)
{
	char    data[SLICE];
	ssize_t n;

	if (local_rewind(&c->local, err) < 0)
		return -1;
	while ((n = local_read(&c->local, data, sizeof(data), err)) > 0)
		cksum_add(found, data, (size_t)n);
	return (int)n;
}

/*
 * What is here of a copy that went on was not compared with the guest's file when it came; cksum(1)
 * of the guest does that without sending it all again. Without, the copy is not verified.
 */
static int compare_with_guest(struct copy *c)
{
	struct buf      out = BUF_INIT(4096);
	struct qgac_err err;
	uint64_t        crc, size;
	size_t          n, m;
	bool            same = true;

	if (guest_run(c->agent, "cksum < \"$1\"", guest_path(c->source), NULL, &out, &err) < 0) {
		c->is_verified = false;
		buf_fini(&out);
		return EXIT_OK;
	}
	buf_add_char(&out, '\0');
	n = strspn(out.data, "0123456789");
	m = out.data[n] ? strspn(out.data + n + 1, "0123456789") : 0;
	same = num_u64(out.data, n, &crc) && num_u64(out.data + n + 1, m, &size) &&
	       crc == cksum_value(&c->sum) && size == c->sum.bytes;
	buf_fini(&out);
	if (same)
		return EXIT_OK;
	c->local.is_kept = false; /* it would never be right */
	give_up(c);
	return agent_complain(
		"%s is another file than the one that was begun with; it was removed, "
		"begin again",
		c->destination);
}

/* A file that was written beside its place; pipes and devices cannot be read back. */
static int finish_local(struct copy *c)
{
	struct cksum found = {0};
	struct err   err;

	err_init(&err);
	c->is_verified = c->is_verified && c->local.temporary;
	if (c->is_verified) {
		if (read_back_local(c, &found, &err) < 0)
			return fail_local(c, &err);
		if (!is_same(c, &found))
			return fail_sum(c, &found);
		if (c->start_at > 0 && compare_with_guest(c) != EXIT_OK)
			return EXIT_FAILED;
	}
	return local_commit(&c->local, &err) < 0 ? fail_local(c, &err) : EXIT_OK;
}

/* Goes to where the copy goes on; a file that is shorter than what is here begins again. */
static int begin_download(struct copy *c, uint64_t *total)
{
	struct qgac_err err;
	struct err      lerr;

	err_init(&lerr);
	if (open_guest(c, c->source, "r", &err) < 0 ||
	    ((c->has_progress || c->is_resumed) && qgac_stream_size(c->stream, total, &err) < 0))
		return fail_guest(c, &err);
	if (c->start_at > *total) {
		c->start_at = 0;
		if (local_truncate(&c->local, &lerr) < 0)
			return fail_local(c, &lerr);
	}
	if (c->start_at == 0)
		return EXIT_OK;
	if (skip_start(c) != EXIT_OK)
		return EXIT_FAILED;
	return qgac_stream_seek(c->stream, c->start_at, &err) < 0 ? fail_guest(c, &err) : EXIT_OK;
}

static int download(struct copy *c)
{
	struct qgac_err err;
	uint64_t        total = 0;
	int             status = begin_download(c, &total);

	if (status != EXIT_OK)
		return status;
	progress_begin(&c->progress, c->has_progress, "copying", total);
	status = receive_all(c);
	if (status != EXIT_OK)
		return status;
	if (close_guest(c, &err) < 0)
		return fail_guest(c, &err);
	return finish_local(c);
}

/* both */

static void report(const struct copy *c)
{
	bool  to_stdout = !c->is_upload && strcmp(c->destination, "-") == 0;
	FILE *out = to_stdout ? stderr : stdout;

	if (c->cli->json && c->is_recursive)
		(void)fprintf(out, "{\"files\": %llu, \"bytes\": %llu, \"seconds\": %.3f}\n",
			      (unsigned long long)c->total_files,
			      (unsigned long long)c->total_bytes,
			      (double)(clock_monotonic_ns() - c->start_ns) / (double)NS_PER_S);
	else if (c->is_recursive && c->is_verbose)
		(void)fprintf(out, "%llu files, %llu bytes\n", (unsigned long long)c->total_files,
			      (unsigned long long)c->total_bytes);
	else if (c->is_recursive)
		return;
	else if (c->cli->json)
		(void)fprintf(out,
			      "{\"bytes\": %llu, \"cksum\": %u, \"verified\": %s, "
			      "\"seconds\": %.3f}\n",
			      (unsigned long long)c->sum.bytes, cksum_value(&c->sum),
			      c->is_verified ? "true" : "false",
			      (double)(clock_monotonic_ns() - c->start_ns) / (double)NS_PER_S);
	else if (c->is_verbose)
		(void)fprintf(out, "%u %llu %s\n", cksum_value(&c->sum),
			      (unsigned long long)c->sum.bytes, c->destination);
}

/* Connecting has sent nothing yet: when the local file cannot be had, nothing is. */
static int open_local(struct copy *c)
{
	struct err err;
	int        got;

	err_init(&err);
	if (c->is_upload)
		got = local_open(&c->local, c->source, &err);
	else if (c->is_resumed)
		got = local_continue(&c->local, c->destination, &c->start_at, &err);
	else
		got = local_create(&c->local, c->destination, &err);
	if (got == 0)
		return EXIT_OK;
	give_up(c);
	return interrupt_seen() ? EXIT_FAILED : agent_complain("%s", err.text);
}

int copy_mode(struct copy *c, const char *path, unsigned int mode)
{
	struct qgac_err err;
	char            script[64];

	(void)snprintf(script, sizeof(script), "chmod %o -- \"$1\"", mode & 07777);
	if (guest_run(c->agent, script, guest_path(path), NULL, NULL, &err) == 0)
		return EXIT_OK;
	return agent_error(c->cli, "the mode could not be set", &err);
}

int copy_file(struct copy *c)
{
	int status;

	c->sum = (struct cksum){0};
	c->done = c->start_at = 0;
	c->is_touched = c->is_complete = false;
	c->local = (struct local)LOCAL_INIT;
	status = open_local(c);
	if (status == EXIT_OK)
		status = c->is_upload ? upload(c) : download(c);
	progress_end(&c->progress);
	local_fini(&c->local);
	return status;
}

/* Until the connection is made nothing would be left behind, so an interrupt may end the program.
 */
static int run(struct copy *c)
{
	int status = agent_open(c->cli, qgac_deadline(c->cli->timeout_ms), &c->agent);

	if (status != EXIT_OK)
		return status;
	qgac_set_cancel_fd(c->agent, interrupt_watch());
	status = c->is_recursive ? copy_tree(c) : copy_file(c);
	qgac_free(c->agent);
	if (status == EXIT_OK) {
		report(c);
		status = print_finish() ? EXIT_OK : EXIT_FAILED;
	}
	return interrupt_end(status);
}

enum { OPT_CHUNK = OPT_OF_VERB, OPT_NO_VERIFY, OPT_RESUME };

static int take_option(struct copy *c, int option)
{
	uint64_t size;

	switch (option) {
	case OPT_CHUNK:
		if (!options_size(optarg, QGAC_FILE_READ_MAX, &size))
			return options_error(c->cli, "'%s' is not a size from 1 to 48M", optarg);
		c->chunk = (size_t)size;
		break;
	case OPT_NO_VERIFY:
		c->is_verified = false;
		break;
	case OPT_RESUME:
		c->is_resumed = true;
		break;
	case 'r':
		c->is_recursive = true;
		break;
	case 'p':
		c->keeps_mode = true;
		break;
	default:
		c->is_verbose = true;
		break;
	}
	return EXIT_OK;
}

/* What a path ends with, without slashes behind it; NULL for one that names no file. */
static char *last_name(const char *path)
{
	size_t end = strlen(path), start, n;

	while (end > 0 && path[end - 1] == '/')
		end--;
	for (start = end; start > 0 && path[start - 1] != '/'; start--)
		;
	n = end - start;
	if (n == 0 || (n <= 2 && strspn(path + start, ".") >= n))
		return NULL;
	return strndup(path + start, n);
}

/*
 * A file goes into a directory under its own name: one that is here, or one in the guest that is
 * written with a slash, since the protocol cannot ask. The destination stays what it is where that
 * cannot be.
 */
static void name_destination(struct copy *c, char **ret_owned)
{
	const char     *from = c->is_upload ? c->source : guest_path(c->source);
	const char     *to = c->destination;
	size_t          n = strlen(to);
	bool            has_slash = n > 0 && to[n - 1] == '/';
	struct stat     st;
	auto_free char *name = NULL;

	if (c->is_recursive || strcmp(from, "-") == 0)
		return;
	if (c->is_upload ? !has_slash : stat(to, &st) < 0 || !S_ISDIR(st.st_mode))
		return;
	name = last_name(from);
	if (name && asprintf(ret_owned, "%s%s%s", to, has_slash ? "" : "/", name) >= 0)
		c->destination = *ret_owned;
	else
		*ret_owned = NULL;
}

static int take_paths(struct copy *c, int n, char **paths)
{
	bool from_guest, to_guest;

	if (n != 2)
		return options_error(c->cli, "cp takes a source and a destination");
	c->source = paths[0];
	c->destination = paths[1];
	from_guest = *c->source == ':';
	to_guest = *c->destination == ':';
	if (from_guest == to_guest)
		return options_error(c->cli, from_guest
						     ? "one of them is to be a file here, without "
						       "a colon"
						     : "which is the guest's file? write it as "
						       ":PATH");
	c->is_upload = to_guest;
	if (*guest_path(guest_name(c)) == '\0' || *local_name(c) == '\0')
		return options_error(c->cli, "a path is empty");
	if ((c->is_resumed || c->is_recursive) && strcmp(local_name(c), local_path(c)) != 0)
		return options_error(c->cli, "a pipe can neither be resumed nor be a directory");
	if (c->is_resumed && c->is_recursive)
		return options_error(c->cli, "--resume is for one file");
	if (c->cli->json && strcmp(c->destination, "-") == 0)
		return options_error(c->cli, "JSON and the file cannot both go to standard output");
	return EXIT_OK;
}

int verb_cp(struct cli *cli, int argc, char **argv)
{
	struct copy copy = {
		.cli = cli,
		.is_verified = true,
		.local = LOCAL_INIT,
		.start_ns = clock_monotonic_ns(),
	};
	auto_free char *destination = NULL;
	int             c;

	while ((c = options_next(cli, argc, argv)) != -1) {
		if (c == OPTIONS_STOP)
			return cli->status;
		if (take_option(&copy, c) != EXIT_OK)
			return EXIT_USAGE;
	}
	if (take_paths(&copy, argc - optind, argv + optind) != EXIT_OK)
		return EXIT_USAGE;
	name_destination(&copy, &destination);
	copy.is_summed = copy.is_verified || copy.is_verbose || cli->json;
	copy.has_progress = progress_is_possible(
		cli->quiet ||
		(!copy.is_upload && strcmp(copy.destination, "-") == 0 && isatty(STDOUT_FILENO)));
	return run(&copy);
}
