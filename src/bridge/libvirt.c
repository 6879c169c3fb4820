/* SPDX-License-Identifier: MIT */
/*
 * qgac-libvirt URI NAME: the agent of a domain, through libvirt's own call, on standard input and
 * output; started by libqgaclient and of no use by hand. qgac-libvirt --list URI prints the names
 *of the running domains, one line each, behind the same first line.
 *
 * First comes a line "ok", or an error text. Then each request line is answered by one line:
 *	S<id>             what guest-sync-delimited answers; libvirt makes its own handshake
 *	<seconds> <json>  the request, for at most so long
 * Errors of libvirt itself get classes of their own (__libvirt_…), which the library knows.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libvirt/libvirt-qemu.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/num.h"
#include "json/writer.h"

#define REPLY_BYTES_MAX ((size_t)32 << 20)
/* Not in the headers of older releases. */
#define ERR_AGENT_COMMAND_TIMEOUT 112

static void quiet(void *data, virErrorPtr error)
{
	(void)data;
	(void)error;
}

/*
 * While libvirt waits for the agent nobody else would notice that the other end is gone. What is
 * pending in libvirt then times out there.
 */
static void *watch_peer(void *unused)
{
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLRDHUP};

	(void)unused;
	for (;;)
		if (poll(&p, 1, -1) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR)))
			_exit(0);
}

static const char *last_message(void)
{
	const char *message = virGetLastErrorMessage();

	return message ? message : "unknown error";
}

/* Whether the agent has been given the request makes a difference for commands without a reply. */
static const char *class_of(int code, const char *message)
{
	if (code == ERR_AGENT_COMMAND_TIMEOUT)
		return "__libvirt_no_reply";
	if (code == VIR_ERR_OPERATION_TIMEOUT)
		return "__libvirt_timeout";
	if (code == VIR_ERR_AGENT_UNRESPONSIVE && strstr(message, "disappeared while"))
		return "__libvirt_ended";
	if (code == VIR_ERR_AGENT_UNRESPONSIVE)
		return strstr(message, "not connected") ? "__libvirt_closed" : "__libvirt_timeout";
	if (code == VIR_ERR_OPERATION_INVALID || code == VIR_ERR_ARGUMENT_UNSUPPORTED ||
	    code == VIR_ERR_CONFIG_UNSUPPORTED || code == VIR_ERR_NO_DOMAIN)
		return "__libvirt_closed";
	if (strstr(message, "has not been found") || strstr(message, "has been disabled"))
		return "CommandNotFound";
	return "GenericError";
}

/* What the agent said stands behind "unable to execute QEMU agent command '…': ". */
static const char *description_of(const char *message)
{
	const char *p = strstr(message, "QEMU agent command '");
	const char *said = p ? strstr(p, "': ") : NULL;

	return said ? said + 3 : message;
}

static void add_error(struct buf *out, const char *class_name, const char *text)
{
	struct json_out w;

	json_out_init(&w, out);
	json_out_object_begin(&w);
	json_out_key(&w, "error");
	json_out_object_begin(&w);
	json_out_key(&w, "class");
	json_out_str(&w, class_name);
	json_out_key(&w, "desc");
	json_out_str(&w, text);
	json_out_object_end(&w);
	json_out_object_end(&w);
}

/* libvirt calls a domain not running that is only paused, and whose agent will answer later. */
static bool is_on_hold(virDomainPtr domain)
{
	int state;

	return virDomainGetState(domain, &state, NULL, 0) == 0 &&
	       (state == VIR_DOMAIN_PAUSED || state == VIR_DOMAIN_PMSUSPENDED);
}

static void add_last_error(struct buf *out, virDomainPtr domain)
{
	const char *message = last_message();
	int         code = virGetLastErrorCode();

	if (code == VIR_ERR_OPERATION_INVALID && is_on_hold(domain))
		add_error(out, "__libvirt_timeout", "the domain is paused or suspended");
	else
		add_error(out, class_of(code, message), description_of(message));
}

static void add_reply(struct buf *out, virDomainPtr domain, const char *request, int seconds)
{
	char *reply = virDomainQemuAgentCommand(domain, request, seconds, 0);

	if (!reply) {
		add_last_error(out, domain);
		return;
	}
	buf_add_str(out, reply);
	free(reply);
}

static int write_all(const struct buf *out)
{
	size_t done = 0;

	while (done < out->len) {
		ssize_t n = write(STDOUT_FILENO, out->data + done, out->len - done);

		if (n < 0 && errno != EINTR)
			return -1;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int answer(virDomainPtr domain, const char *line)
{
	struct buf  out = BUF_INIT(REPLY_BYTES_MAX);
	const char *blank = strchr(line, ' ');
	uint64_t    seconds;
	int         got;

	if (line[0] == 'S')
		buf_printf(&out, "\xff{\"return\": %s}", line + 1);
	else if (blank && num_u64(line, (size_t)(blank - line), &seconds))
		add_reply(&out, domain, blank + 1, seconds > INT32_MAX ? INT32_MAX : (int)seconds);
	buf_add_char(&out, '\n');
	got = out.failed ? -1 : write_all(&out);
	buf_fini(&out);
	return got;
}

static int serve(virDomainPtr domain)
{
	auto_free char *line = NULL;
	size_t          size = 0;
	ssize_t         n;

	(void)puts("ok");
	if (fflush(stdout) != 0)
		return 1;
	while ((n = getline(&line, &size, stdin)) > 0) {
		line[n - 1] = '\0';
		if (answer(domain, line) < 0)
			return 1;
	}
	return 0;
}

static int refuse(void)
{
	auto_free char *text = strdup(last_message());
	char           *p;

	for (p = text; p && *p; p++)
		if (*p == '\n')
			*p = ' ';
	(void)puts(text ? text : "not enough memory");
	return 1;
}

static virConnectPtr connect_to(const char *uri)
{
	virSetErrorFunc(NULL, quiet); /* else libvirt prints every error */
	return virConnectOpenAuth(*uri ? uri : NULL, virConnectAuthPtrDefault, 0);
}

static int list(const char *uri)
{
	virConnectPtr connection = connect_to(uri);
	virDomainPtr *domains;
	int           i, n;

	if (!connection)
		return refuse();
	n = virConnectListAllDomains(connection, &domains, VIR_CONNECT_LIST_DOMAINS_ACTIVE);
	if (n < 0)
		return refuse();
	(void)puts("ok");
	for (i = 0; i < n; i++) {
		(void)puts(virDomainGetName(domains[i]));
		(void)virDomainFree(domains[i]); /* only fails for what is no domain */
	}
	free(domains);
	(void)virConnectClose(connection); /* it was only read */
	return 0;
}

static int run(const char *uri, const char *name)
{
	virConnectPtr connection = connect_to(uri);
	virDomainPtr  domain;
	pthread_t     watcher;

	if (!connection)
		return refuse();
	domain = virDomainLookupByName(connection, name);
	if (!domain)
		return refuse();
	if (virDomainIsActive(domain) == 0) {
		(void)puts("it is not running");
		return 1;
	}
	if (pthread_create(&watcher, NULL, watch_peer, NULL) != 0)
		return 1;
	return serve(domain);
}

/* Away from the parent, its terminal and its signals: what it does last may be a thaw. */
static bool leave_parent(void)
{
	pid_t pid = fork();

	if (pid != 0)
		_exit(pid < 0);
	return setsid() > 0;
}

int main(int argc, char **argv)
{
	(void)signal(SIGPIPE, SIG_IGN); /* a write that fails ends the program as well */
	if (argc == 3 && strcmp(argv[1], "--list") == 0)
		return list(argv[2]);
	if (argc != 3) {
		(void)fputs("qgac-libvirt is started by libqgaclient\n", stderr);
		return 2;
	}
	return leave_parent() ? run(argv[1], argv[2]) : 1;
}
