/* SPDX-License-Identifier: MIT */
/*
 * The way to the agent, and its errors in the words of somebody who has to repair it.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "cli/guests.h"
#include "cli/holder.h"
#include "cli/lock.h"

int agent_exit_code(const struct qgac_err *err)
{
	switch (err->code) {
	case QGAC_OK:
		return EXIT_OK;
	case QGAC_ERR_USAGE:
		return EXIT_USAGE;
	case QGAC_ERR_CONNECT:
		return EXIT_CONNECT;
	case QGAC_ERR_TIMEOUT:
		return EXIT_TIMEOUT;
	case QGAC_ERR_CLOSED:
		/* without a handshake there never was an agent to talk to */
		return err->stage == QGAC_STAGE_SYNC ? EXIT_CONNECT : EXIT_FAILED;
	default:
		return EXIT_FAILED;
	}
}

static const char *hint_connect(const struct cli *cli, int os)
{
	struct stat st;

	switch (os) {
	case ENOENT:
	case ENOTDIR:
		return "is the guest running, and is this the socket of its agent channel?";
	case EACCES:
	case EPERM:
		return "use root, or the user that runs the guest";
	case ECONNREFUSED:
		if (cli->socket && stat(cli->socket, &st) == 0 && !S_ISSOCK(st.st_mode))
			return "this file is not a socket";
		return "nobody listens there; is the guest still running?";
	default:
		return NULL;
	}
}

/* Whoever is connected is served; everybody else waits. */
static const char *hint_unread(const struct cli *cli)
{
	static char   text[256];
	struct holder h;

	if (!cli->socket || !holder_find(cli->socket, &h))
		return "is the agent running in the guest? does another client hold this socket?";
	if (h.pid == 0)
		return "another client holds this socket; root can see which one";
	if (strncmp(h.name, "libvirt", 7) == 0 || strncmp(h.name, "virtqemud", 9) == 0)
		(void)snprintf(text, sizeof(text),
			       "%s (process %d) holds this socket; use the domain's name: vactl "
			       "DOMAIN %s",
			       h.name, (int)h.pid, cli->verb->name);
	else
		(void)snprintf(text, sizeof(text), "%s (process %d) holds this socket", h.name,
			       (int)h.pid);
	return text;
}

static const char *hint_timeout(const struct cli *cli, int stage)
{
	switch (stage) {
	case QGAC_STAGE_CONNECT:
	case QGAC_STAGE_UNREAD:
		return hint_unread(cli);
	case QGAC_STAGE_SYNC:
		return "is the agent running in the guest, or busy with an earlier command?";
	case QGAC_STAGE_SEND:
		return "it is stuck, or slow; -t gives it more time";
	default:
		return "the command may still be running in the guest; -t gives it more time";
	}
}

static const char *hint_refused(const struct qgac_err *err)
{
	if (strncmp(err->text, "handle '", 8) == 0)
		return strstr(err->text, "busy") ? "its last request is still running in the guest"
						 : "has the agent been restarted meanwhile?";
	/* it has got the end of a request whose beginning another one had got */
	if (strncmp(err->text, "QMP input must be", 17) == 0 ||
	    strncmp(err->text, "JSON parse error", 16) == 0)
		return "has the agent been restarted meanwhile?";
	if (strstr(err->text, "Is a directory"))
		return "only files can be read and written";
	if (strstr(err->text, "has been disabled"))
		return "blocked in the guest's agent configuration, or its filesystems are frozen";
	if (strstr(err->text, "has not been found"))
		return "this agent does not have the command; see the verb commands";
	return NULL;
}

const char *agent_advice_on_hold(const struct qgac_err *err)
{
	return strstr(err->text, "paused or suspended")
		       ? "virsh resume lets it go on, virsh dompmwakeup wakes it up"
		       : NULL;
}

bool agent_is_through_libvirt(const struct cli *cli)
{
	return cli->target && strncmp(cli->target, "libvirt:", 8) == 0;
}

/* There is no socket that somebody could hold. */
static const char *hint_libvirt(const struct qgac_err *err)
{
	if (err->code == QGAC_ERR_TIMEOUT || err->code == QGAC_ERR_CLOSED)
		return ADVICE_LIBVIRT;
	return NULL;
}

static const char *hint(const struct cli *cli, const struct qgac_err *err)
{
	const char *on_hold = agent_is_through_libvirt(cli) ? agent_advice_on_hold(err) : NULL;

	if (on_hold)
		return on_hold;
	if (agent_is_through_libvirt(cli) &&
	    (err->code == QGAC_ERR_CONNECT || err->stage <= QGAC_STAGE_SYNC))
		return hint_libvirt(err);
	switch (err->code) {
	case QGAC_ERR_CONNECT:
		return hint_connect(cli, err->os);
	case QGAC_ERR_TIMEOUT:
		return hint_timeout(cli, err->stage);
	case QGAC_ERR_REFUSED:
		return hint_refused(err);
	case QGAC_ERR_CLOSED:
		if (err->stage == QGAC_STAGE_SYNC)
			return "does another client (libvirt?) hold this socket?";
		return "has the agent or the guest stopped?";
	default:
		return NULL;
	}
}

int agent_error(const struct cli *cli, const char *what, const struct qgac_err *err)
{
	const char *advice = hint(cli, err);

	(void)fputs("vactl: ", stderr);
	if (what) { /* may be a name that the guest has given */
		print_message(stderr, what);
		(void)fputs(": ", stderr);
	}
	if (err->code == QGAC_ERR_REFUSED)
		(void)fputs("refused by the agent: ", stderr);
	print_message(stderr, err->text);
	if (advice)
		(void)fprintf(stderr, " (%s)", advice);
	(void)fputc('\n', stderr);
	return agent_exit_code(err);
}

const char *guest_path(const char *argument)
{
	return *argument == ':' ? argument + 1 : argument;
}

int agent_complain(const char *fmt, ...)
{
	auto_free char *text = NULL;
	va_list         ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL; /* what it points to is not said */
	va_end(ap);
	(void)fputs("vactl: ", stderr);
	print_message(stderr, text ? text : "not enough memory");
	(void)fputc('\n', stderr);
	return EXIT_FAILED;
}

static int take_lock(const struct cli *cli, int64_t deadline)
{
	int64_t holder = cli->socket ? lock_socket(cli->socket, deadline) : 0;

	if (holder == 0)
		return EXIT_OK;
	(void)fputs("vactl: another vactl", stderr);
	if (holder > 0)
		(void)fprintf(stderr, " (process %lld)", (long long)holder);
	(void)fprintf(stderr, " is using %s; one at a time is served\n", cli->socket);
	return EXIT_TIMEOUT;
}

int agent_resolve(struct cli *cli)
{
	return cli->target ? EXIT_OK : guests_resolve(cli);
}

int agent_open(struct cli *cli, int64_t deadline, struct qgac **ret)
{
	struct qgac_err err;
	int             status = agent_resolve(cli);

	if (status == EXIT_OK)
		status = take_lock(cli, deadline);
	if (status != EXIT_OK)
		return status;
	if (qgac_connect(cli->target, deadline, ret, &err) < 0)
		return agent_error(cli, NULL, &err);
	return EXIT_OK;
}
