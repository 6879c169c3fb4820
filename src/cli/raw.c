/* SPDX-License-Identifier: MIT */
/*
 * Any request, for what has no verb of its own. It is checked before anything is connected.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "cli/cli.h"

#define REQUEST_MAX ((size_t)256 << 20) /* four times what any agent accepts */
#define READ_CHUNK 65536

/* Standard input to its end: EXIT_OK, or an exit code after saying why not. */
static int read_request(struct buf *request)
{
	ssize_t n;

	do {
		if (buf_reserve(request, READ_CHUNK) < 0) {
			(void)fputs("vactl: the request is too large\n", stderr);
			return EXIT_USAGE;
		}
		n = read(STDIN_FILENO, request->data + request->len, request->cap - request->len);
		if (n < 0 && errno != EINTR) {
			(void)fprintf(stderr, "vactl: cannot read standard input: %s\n",
				      strerror(errno));
			return EXIT_FAILED;
		}
		request->len += n > 0 ? (size_t)n : 0;
	} while (n != 0);
	return EXIT_OK;
}

static int send_request(struct cli *cli, const char *request, size_t len, unsigned int flags)
{
	int64_t            deadline = qgac_deadline(cli->timeout_ms);
	struct qgac_reply *reply;
	struct qgac_err    err;
	struct qgac       *agent;
	int                status;

	if (qgac_check_request(request, len, &err) < 0)
		return agent_error(cli, NULL, &err);
	status = agent_open(cli, deadline, &agent);
	if (status != EXIT_OK)
		return status;
	if (qgac_call_raw(agent, request, len, flags, deadline, &reply, &err) < 0) {
		status = agent_error(cli, NULL, &err);
	} else if (reply) {
		if (!cli->quiet || qgac_reply_is_error(reply))
			print_reply(reply);
		status = qgac_reply_is_error(reply) ? EXIT_FAILED : EXIT_OK;
	}
	qgac_reply_free(reply);
	qgac_free(agent);
	return status;
}

static int run(struct cli *cli, const char *argument, unsigned int flags)
{
	struct buf request = BUF_INIT(REQUEST_MAX);
	int        status = EXIT_OK;

	if (strcmp(argument, "-") == 0)
		status = read_request(&request);
	else
		buf_add_str(&request, argument);
	if (status == EXIT_OK)
		status = send_request(cli, request.data ? request.data : "", request.len, flags);
	buf_fini(&request);
	return print_finish() || status != EXIT_OK ? status : EXIT_FAILED;
}

int verb_raw(struct cli *cli, int argc, char **argv)
{
	unsigned int flags = 0;
	int          c;

	while ((c = options_next(cli, argc, argv)) != -1) {
		if (c == OPTIONS_STOP)
			return cli->status;
		flags |= QGAC_NO_REPLY;
	}
	if (optind + 1 != argc)
		return options_error(cli, "raw takes one request%s",
				     argc > optind ? " (quote it for the shell)" : "");
	if (strncmp(argv[optind], "guest-", 6) == 0)
		return options_error(cli, "a request is JSON: '{\"execute\": \"%s\"}'",
				     argv[optind]);
	return run(cli, argv[optind], flags);
}
