/* SPDX-License-Identifier: MIT */
#include "front/notify.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <linux/vm_sockets.h>

#include "base/num.h"
#include "log/log.h"

#define MESSAGE_BYTES 512

/* A host that does not answer must not hold the start up for longer. */
#define VSOCK_CONNECT_US 500000

#define US_PER_MS 1000

/* A path, or '@' and a name without a file. */
static int connect_unix(const char *address)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	size_t             n = strlen(address);
	socklen_t          size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	auto_close int     fd = -1;

	if (n < 2 || n >= sizeof(addr.sun_path))
		return -1;
	memcpy(addr.sun_path, address, n);
	if (*address == '@')
		addr.sun_path[0] = '\0';
	else
		size++; /* with the NUL */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, size) < 0)
		return -1;
	return take_fd(&fd);
}

/* "<cid>:<port>" */
static int connect_vsock(const char *address)
{
	const struct timeval limit = {.tv_usec = VSOCK_CONNECT_US};
	struct sockaddr_vm   addr = {.svm_family = AF_VSOCK};
	const char          *colon = strchr(address, ':');
	auto_close int       fd = -1;
	uint64_t             cid, port;

	if (!colon || !num_u64(address, (size_t)(colon - address), &cid) || cid > UINT32_MAX ||
	    !num_u64(colon + 1, strlen(colon + 1), &port) || port > UINT32_MAX)
		return -1;
	addr.svm_cid = (unsigned)cid;
	addr.svm_port = (unsigned)port;
	fd = socket(AF_VSOCK, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	(void)setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_CONNECT_TIMEOUT_OLD, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return -1;
	return take_fd(&fd);
}

static int connect_manager(const char *address)
{
	static const char vsock[] = "vsock:", seqpacket[] = "vsock-seqpacket:";

	if (*address == '/' || *address == '@')
		return connect_unix(address);
	if (!strncmp(address, vsock, sizeof(vsock) - 1))
		return connect_vsock(address + sizeof(vsock) - 1);
	if (!strncmp(address, seqpacket, sizeof(seqpacket) - 1))
		return connect_vsock(address + sizeof(seqpacket) - 1);
	return -1;
}

static void tell(struct notify *n, const char *text)
{
	if (n->fd >= 0)
		(void)send(n->fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void on_watchdog(uv_timer_t *timer)
{
	tell(timer->data, "WATCHDOG=1");
}

/* Half the time that it waits; 0: it does not. */
static uint64_t watchdog_ms(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	int64_t     is_for;
	uint64_t    us;

	if (!usec || !num_u64(usec, strlen(usec), &us))
		return 0;
	if (pid && (!num_i64(pid, strlen(pid), &is_for) || is_for != getpid()))
		return 0;
	return us / 2 / US_PER_MS;
}

void notify_take_environment(struct notify *n)
{
	n->address = getenv("NOTIFY_SOCKET");
	n->watchdog_ms = watchdog_ms();
	(void)unsetenv("NOTIFY_SOCKET");
	(void)unsetenv("WATCHDOG_USEC");
	(void)unsetenv("WATCHDOG_PID");
}

void notify_init(struct notify *n, uv_loop_t *loop)
{
	n->fd = n->address ? connect_manager(n->address) : -1;
	if (n->address && n->fd < 0)
		log_warning("cannot reach the service manager at %s", n->address);
	(void)uv_timer_init(loop, &n->watchdog);
	n->watchdog.data = n;
	if (n->fd >= 0 && n->watchdog_ms > 0)
		(void)uv_timer_start(&n->watchdog, on_watchdog, n->watchdog_ms, n->watchdog_ms);
}

void notify_ready(struct notify *n)
{
	char text[MESSAGE_BYTES];

	(void)snprintf(text, sizeof(text), "READY=1\nMAINPID=%d", (int)getpid());
	tell(n, text);
}

void notify_stopping(struct notify *n)
{
	tell(n, "STOPPING=1");
}

void notify_status(struct notify *n, const char *fmt, ...)
{
	char    text[MESSAGE_BYTES] = "STATUS=";
	size_t  prefix = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text + prefix, sizeof(text) - prefix, fmt, ap);
	va_end(ap);
	tell(n, text);
}
