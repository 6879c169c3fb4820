/* SPDX-License-Identifier: MIT */
/*
 * Files of the guest on standard output. Nothing is known of a file but what reading it gives: most
 * files in /proc say that they are empty.
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/local.h"

#define CHARACTER_MAX 4 /* bytes of UTF-8 */

struct catenation {
	struct cli         *cli;
	struct qgac        *agent;
	struct qgac_stream *stream; /* NULL while none is open */
	struct local        out;
	bool                is_terminal;
	bool                goes_on; /* false: further files make no sense */
	struct buf          pending; /* for the terminal: what is not printed yet */
};

static int fail_guest(struct catenation *c, const char *path, const struct qgac_err *err)
{
	qgac_stream_abandon(c->stream);
	c->stream = NULL;
	c->goes_on = err->code == QGAC_ERR_REFUSED || err->code == QGAC_ERR_USAGE;
	return interrupt_seen() ? EXIT_FAILED : agent_error(c->cli, path, err);
}

static int fail_local(struct catenation *c, const struct err *err)
{
	qgac_stream_abandon(c->stream);
	c->stream = NULL;
	c->goes_on = false;
	if (!interrupt_seen())
		(void)fprintf(stderr, "vactl: standard output: %s\n", err->text);
	return EXIT_FAILED;
}

/* Bytes at the end that may be the beginning of a character. */
static size_t cut_character(const char *data, size_t n)
{
	size_t i;

	for (i = 1; i < CHARACTER_MAX && i <= n; i++) {
		unsigned char b = (unsigned char)data[n - i];

		if (b >= 0xC0)
			return i;
		if (b < 0x80)
			return 0;
	}
	return 0;
}

/* A character that two pieces of a file share must not be taken for invalid bytes. */
static int print_piece(struct buf *pending, const void *data, size_t n)
{
	size_t whole;

	buf_add(pending, data, n);
	whole = pending->len - (n > 0 ? cut_character(pending->data, pending->len) : 0);
	print_text(stdout, pending->data, whole);
	buf_consume(pending, whole);
	return pending->failed || fflush(stdout) != 0 ? -1 : 0;
}

/* 0 bytes end a file. */
static int write_out(struct catenation *c, const void *data, size_t n, struct err *err)
{
	if (!c->is_terminal)
		return local_write(&c->out, data, n, err);
	return print_piece(&c->pending, data, n) < 0 ? err_set(err, "cannot write") : 0;
}

static int cat_one(struct catenation *c, const char *path)
{
	struct qgac_stream *stream;
	struct qgac_err     gerr;
	struct err          err;
	const void         *data;
	size_t              n;

	err_init(&err);
	if (qgac_stream_open(c->agent, path, "r", c->cli->timeout_ms, &c->stream, &gerr) < 0)
		return fail_guest(c, path, &gerr);
	do {
		if (qgac_stream_read(c->stream, &data, &n, &gerr) < 0)
			return fail_guest(c, path, &gerr);
		if (write_out(c, data, n, &err) < 0)
			return fail_local(c, &err);
	} while (n > 0);
	stream = c->stream;
	c->stream = NULL;
	return qgac_stream_close(stream, &gerr) < 0 ? fail_guest(c, path, &gerr) : EXIT_OK;
}

/* The first failure decides; a file that cannot be read does not keep the others from being read.
 */
static int cat_all(struct catenation *c, char **paths)
{
	int status = EXIT_OK;

	c->goes_on = true;
	for (; *paths && c->goes_on; paths++) {
		int one = cat_one(c, guest_path(*paths));

		if (status == EXIT_OK)
			status = one;
	}
	return status;
}

static int run(struct cli *cli, char **paths)
{
	struct catenation c = {
		.cli = cli,
		.out = LOCAL_INIT,
		.pending = BUF_INIT(SIZE_MAX / 2),
		.is_terminal = isatty(STDOUT_FILENO),
	};
	int status = agent_open(cli, qgac_deadline(cli->timeout_ms), &c.agent);

	if (status != EXIT_OK)
		return status;
	local_standard_output(&c.out);
	qgac_set_cancel_fd(c.agent, interrupt_watch());
	status = cat_all(&c, paths);
	qgac_free(c.agent);
	buf_fini(&c.pending);
	return interrupt_end(status);
}

int verb_cat(struct cli *cli, int argc, char **argv)
{
	int c;

	while ((c = options_next(cli, argc, argv)) != -1)
		if (c == OPTIONS_STOP)
			return cli->status;
	if (optind == argc)
		return options_error(cli, "which file of the guest?");
	if (cli->json)
		return options_error(cli, "cat prints files as they are, not JSON");
	return run(cli, argv + optind);
}
