/* SPDX-License-Identifier: MIT */
/*
 * One file into the guest or out of it. What was written is read back and compared by its checksum,
 * on whichever side it was written: the protocol has no checksums, and a full disk or a broken
 * agent shows nowhere else. The guest's file is written in place, since the protocol cannot rename.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "cli/cksum.h"
#include "cli/cli.h"
#include "cli/guest_file.h"
#include "cli/interrupt.h"
#include "cli/local.h"
#include "cli/progress.h"

struct copy {
	struct cli       *cli;
	const char       *source, *destination; /* as the user gave them */
	bool              is_upload;
	bool              is_verified;
	bool              is_verbose;
	size_t            chunk;
	struct guest_file guest;
	struct local      local;
	struct progress   progress;
	bool              has_progress;
	struct cksum      sum;         /* of what was read from the source */
	uint64_t          done;        /* bytes that the destination has taken */
	bool              is_touched;  /* the guest's file is not what it was */
	bool              is_complete; /* … but what it should be */
	int64_t           start_ns;
};

static const char *guest_name(const struct copy *c)
{
	return c->is_upload ? c->destination : c->source;
}

static const char *local_name(const struct copy *c)
{
	const char *name = c->is_upload ? c->source : c->destination;

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
		(void)fprintf(stderr, "vactl: interrupted, %s is incomplete (%llu bytes)\n",
			      guest_name(c), (unsigned long long)c->done);
	guest_abandon(&c->guest);
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
	(void)fprintf(stderr, "vactl: %s: %s\n", what ? what : local_name(c), err->text);
	return EXIT_FAILED;
}

static int fail_sum(struct copy *c, const struct cksum *found)
{
	give_up(c);
	(void)fprintf(stderr,
		      "vactl: %s differs from what was copied: cksum %u, %llu bytes; expected %u, "
		      "%llu bytes\n",
		      c->destination, cksum_value(found), (unsigned long long)found->bytes,
		      cksum_value(&c->sum), (unsigned long long)c->sum.bytes);
	return EXIT_FAILED;
}

/* into the guest */

static int send_all(struct copy *c, void *buffer)
{
	struct qgac_err gerr;
	struct err      err;
	ssize_t         n;

	err_init(&err);
	for (;;) {
		n = local_read(&c->local, buffer, c->chunk, &err);
		if (n < 0)
			return fail_local(c, &err);
		if (n == 0)
			return EXIT_OK;
		cksum_add(&c->sum, buffer, (size_t)n);
		if (guest_write(&c->guest, buffer, (size_t)n, &c->done, &gerr) < 0)
			return fail_guest(c, &gerr);
		progress_update(&c->progress, c->done);
	}
}

/* Not further than what was sent: some devices give for ever. */
static int read_back_guest(struct copy *c, struct cksum *found)
{
	struct qgac_err err;
	const void     *data;
	size_t          n;

	if (guest_open(&c->guest, guest_path(c->destination), "r", &err) < 0)
		return fail_guest(c, &err);
	do {
		if (guest_read(&c->guest, c->chunk, &data, &n, &err) < 0)
			return fail_guest(c, &err);
		cksum_add(found, data, n);
		progress_update(&c->progress, found->bytes);
	} while (n > 0 && found->bytes <= c->sum.bytes);
	if (guest_close(&c->guest, &err) < 0)
		return fail_guest(c, &err);
	return EXIT_OK;
}

static bool is_same(const struct copy *c, const struct cksum *found)
{
	return found->bytes == c->sum.bytes && found->crc == c->sum.crc;
}

static int verify_guest(struct copy *c)
{
	struct cksum found;
	int          status;

	cksum_init(&found);
	progress_begin(&c->progress, c->has_progress, "verifying", c->sum.bytes);
	status = read_back_guest(c, &found);
	if (status == EXIT_OK && !is_same(c, &found))
		status = fail_sum(c, &found);
	return status;
}

static int upload_with(struct copy *c, void *buffer)
{
	struct qgac_err err;
	int             status;

	if (guest_open(&c->guest, guest_path(c->destination), "w", &err) < 0)
		return fail_guest(c, &err);
	c->is_touched = true;
	progress_begin(&c->progress, c->has_progress, "copying", c->local.size);
	status = send_all(c, buffer);
	if (status != EXIT_OK)
		return status;
	if (guest_close(&c->guest, &err) < 0)
		return fail_guest(c, &err);
	c->is_complete = true;
	progress_end(&c->progress);
	return c->is_verified ? verify_guest(c) : EXIT_OK;
}

static int upload(struct copy *c)
{
	auto_free void *buffer = malloc(c->chunk);
	struct err      err;

	err_init(&err);
	if (!buffer) {
		(void)err_set(&err, "not enough memory");
		return fail_local(c, &err);
	}
	return upload_with(c, buffer);
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
		if (guest_read(&c->guest, c->chunk, &data, &n, &gerr) < 0)
			return fail_guest(c, &gerr);
		if (n == 0)
			return EXIT_OK;
		cksum_add(&c->sum, data, n);
		if (local_write(&c->local, data, n, &err) < 0)
			return fail_local(c, &err);
		c->done += n;
		progress_update(&c->progress, c->done);
	}
}

static int read_back_local(struct copy *c, struct cksum *found, struct err *err)
{
	char    data[65536];
	ssize_t n;

	if (local_rewind(&c->local, err) < 0)
		return -1;
	while ((n = local_read(&c->local, data, sizeof(data), err)) > 0)
		cksum_add(found, data, (size_t)n);
	return (int)n;
}

/* A file that was written beside its place; pipes and devices cannot be read back. */
static int finish_local(struct copy *c)
{
	struct cksum found;
	struct err   err;

	err_init(&err);
	cksum_init(&found);
	c->is_verified = c->is_verified && c->local.temporary;
	if (c->is_verified) {
		if (read_back_local(c, &found, &err) < 0)
			return fail_local(c, &err);
		if (!is_same(c, &found))
			return fail_sum(c, &found);
	}
	return local_commit(&c->local, &err) < 0 ? fail_local(c, &err) : EXIT_OK;
}

static int download(struct copy *c)
{
	struct qgac_err err;
	uint64_t        total = 0;
	int             status;

	if (guest_open(&c->guest, guest_path(c->source), "r", &err) < 0 ||
	    (c->has_progress && guest_size(&c->guest, &total, &err) < 0))
		return fail_guest(c, &err);
	progress_begin(&c->progress, c->has_progress, "copying", total);
	status = receive_all(c);
	if (status != EXIT_OK)
		return status;
	if (guest_close(&c->guest, &err) < 0)
		return fail_guest(c, &err);
	return finish_local(c);
}

/* both */

static void report(const struct copy *c)
{
	bool  to_stdout = !c->is_upload && strcmp(c->destination, "-") == 0;
	FILE *out = to_stdout ? stderr : stdout;

	if (c->cli->json)
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
	got = c->is_upload ? local_open(&c->local, c->source, &err)
			   : local_create(&c->local, c->destination, &err);
	if (got == 0)
		return EXIT_OK;
	give_up(c);
	if (!interrupt_seen())
		(void)fprintf(stderr, "vactl: %s\n", err.text);
	return EXIT_FAILED;
}

/* Until the connection is made nothing would be left behind, so an interrupt may end the program.
 */
static int run(struct copy *c)
{
	int status = agent_open(c->cli, qgac_deadline(c->cli->timeout_ms), &c->guest.agent);

	if (status != EXIT_OK)
		return status;
	qgac_set_cancel_fd(c->guest.agent, interrupt_watch());
	status = open_local(c);
	if (status == EXIT_OK)
		status = c->is_upload ? upload(c) : download(c);
	progress_end(&c->progress);
	local_fini(&c->local);
	qgac_free(c->guest.agent);
	if (status == EXIT_OK) {
		report(c);
		status = print_finish() ? EXIT_OK : EXIT_FAILED;
	}
	return interrupt_end(status);
}

enum { OPT_CHUNK = OPT_OF_VERB, OPT_NO_VERIFY };

static int take_option(struct copy *c, int option)
{
	uint64_t size;

	switch (option) {
	case OPT_CHUNK:
		if (!options_size(optarg, GUEST_CHUNK_MAX, &size))
			return options_error(c->cli, "'%s' is not a size from 1 to 48M", optarg);
		c->chunk = (size_t)size;
		break;
	case OPT_NO_VERIFY:
		c->is_verified = false;
		break;
	default:
		c->is_verbose = true;
		break;
	}
	return EXIT_OK;
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
		return options_error(c->cli, "%s is the guest's file? write it as :PATH",
				     from_guest ? "only one" : "which");
	c->is_upload = to_guest;
	if (*guest_path(guest_name(c)) == '\0' || *local_name(c) == '\0')
		return options_error(c->cli, "a path is empty");
	if (c->cli->json && strcmp(c->destination, "-") == 0)
		return options_error(c->cli, "JSON and the file cannot both go to standard output");
	return EXIT_OK;
}

int verb_cp(struct cli *cli, int argc, char **argv)
{
	struct copy copy = {
		.cli = cli,
		.is_verified = true,
		.chunk = GUEST_CHUNK_DEFAULT,
		.local = LOCAL_INIT,
		.start_ns = clock_monotonic_ns(),
	};
	int c;

	while ((c = options_next(cli, argc, argv)) != -1) {
		if (c == OPTIONS_STOP)
			return cli->status;
		if (take_option(&copy, c) != EXIT_OK)
			return EXIT_USAGE;
	}
	if (take_paths(&copy, argc - optind, argv + optind) != EXIT_OK)
		return EXIT_USAGE;
	copy.guest.timeout_ms = cli->timeout_ms;
	copy.has_progress = progress_is_possible(
		cli->quiet ||
		(!copy.is_upload && strcmp(copy.destination, "-") == 0 && isatty(STDOUT_FILENO)));
	cksum_init(&copy.sum);
	return run(&copy);
}
