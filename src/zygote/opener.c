/* SPDX-License-Identifier: MIT */
#include "zygote/opener.h"

#include <string.h>
#include <sys/prctl.h>

#include "config/options.h"
#include "ipc/message.h"
#include "log/log.h"
#include "log/record.h"
#include "sys/runfile.h"
#include "transport/transport.h"
#include "zygote/reload.h"

static int open_channel(const struct options *o, uint32_t channel, int ret_fds[2], struct err *err)
{
	const struct option_channel *c = channel ? &o->channels[channel - 1] : NULL;
	const struct transport      *t;
	const char                  *path;

	if (channel > o->n_channels)
		return err_set(err, "a process of the agent sent a malformed message");
	t = transport_find(c ? c->method : o->method);
	path = c ? c->path : o->path;
	if (t && !path)
		path = t->default_path;
	if (!t || !path)
		return err_set(err, "this channel cannot be opened again");
	return t->open(path, &ret_fds[0], &ret_fds[1], err);
}

static int make_control(const struct options *o, struct err *err)
{
	struct sockaddr_un address;

	if (runfile_address(o->statedir, CONTROL_SOCKET, &address, err) < 0)
		return -1;
	return runfile_listen(&address, CONTROL_CLIENTS_MAX, err);
}

static int open_log(const struct options *o, struct err *err)
{
	int os, fd = o->logfile ? log_open_file(&os) : -1;

	return fd < 0 ? err_set(err, "the log cannot be opened") : fd;
}

/* What is not there any more needs no removal. */
static int remove_files(const struct options *o, const struct ipc_open *ask, struct err *err)
{
	struct sockaddr_un address;

	if (ask->control && runfile_address(o->statedir, CONTROL_SOCKET, &address, err) == 0)
		(void)unlink(address.sun_path);
	if (ask->pidfile && o->pidfile)
		(void)unlink(o->pidfile);
	return 0;
}

/* 0 or -1; descriptors in ret_fds, -1: none. */
static int run(const struct opener *w, const struct ipc_open *ask, int ret_fds[2], struct err *err)
{
	const struct options *o = w->options;

	switch (ask->errand) {
	case ERRAND_CHANNEL:
		return open_channel(o, ask->channel, ret_fds, err);
	case ERRAND_CONTROL:
		ret_fds[0] = make_control(o, err);
		break;
	case ERRAND_PIDFILE:
		ret_fds[0] = runfile_open_pid(o->pidfile, err);
		break;
	case ERRAND_LOG:
		ret_fds[0] = open_log(o, err);
		break;
	case ERRAND_POLICY:
		return reload_policy(o, w->root, w->policy, err);
	case ERRAND_REMOVE:
		return remove_files(o, ask, err);
	default:
		return err_set(err, "a process of the agent sent a malformed message");
	}
	return ret_fds[0] < 0 ? -1 : 0;
}

static int send_error(int fd, const struct err *failure)
{
	struct ipc_head head = {.type = IPC_ERROR, .error = {.os = failure->os}};
	struct err      err;

	err_init(&err);
	return ipc_send(fd, &head, failure->text, strlen(failure->text), NULL, 0, 0, &err);
}

int opener_main(int fd, const struct opener *with)
{
	struct ipc_head head;
	struct err      err;
	int             fds[IPC_FDS_MAX], opened[2] = {-1, -1}, n = 0;

	(void)prctl(PR_SET_NAME, "virtagent-open");
	err_init(&err);
	if (ipc_recv(fd, &head, NULL, 0, fds, 0, &err) <= 0 || head.type != IPC_OPEN)
		return 1;
	if (run(with, &head.open, opened, &err) < 0)
		return send_error(fd, &err) < 0;
	if (opened[0] >= 0)
		n = opened[1] < 0 || opened[0] == opened[1] ? 1 : 2;
	head.type = IPC_OPENED;
	return ipc_send(fd, &head, NULL, 0, opened, (size_t)n, 0, &err) < 0;
}
