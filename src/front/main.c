/* SPDX-License-Identifier: MIT */
/*
 * Start-up in its fixed order: options, zygote (while there is one thread and nothing open), loop,
 * channel, privileges.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <uv.h>

#include "front/channel.h"
#include "front/front.h"
#include "front/listener.h"
#include "front/log.h"
#include "front/privileges.h"
#include "front/session.h"
#include "sys/root.h"
#include "transport/transport.h"
#include "zygote/zygote.h"

void front_stop(struct front *f, int exit_status)
{
	f->exit_status = exit_status;
	uv_stop(&f->loop);
}

static void on_idle(uv_idle_t *idle)
{
	struct front *f = idle->data;

	session_pump_scheduled(f);
	if (!f->ready)
		uv_idle_stop(idle);
}

void front_wake(struct front *f)
{
	(void)uv_idle_start(&f->ready_idle, on_idle);
}

static void on_signal(uv_signal_t *handle, int signum)
{
	log_info("received signal %d, ending", signum);
	front_stop(handle->data, 0);
}

static int watch_signals(struct front *f, struct err *err)
{
	static const int numbers[] = {SIGTERM, SIGINT};
	size_t           i;
	int              rc = 0;

	for (i = 0; i < ARRAY_SIZE(numbers) && rc == 0; i++) {
		rc = uv_signal_init(&f->loop, &f->signals[i]);
		f->signals[i].data = f;
		if (rc == 0)
			rc = uv_signal_start(&f->signals[i], on_signal, numbers[i]);
	}
	return rc < 0 ? err_os(err, -rc, "cannot watch signals") : 0;
}

static int start_loop(struct front *f, int zygote, struct err *err)
{
	int rc = uv_loop_init(&f->loop);

	if (rc == 0)
		rc = uv_idle_init(&f->loop, &f->ready_idle);
	if (rc < 0)
		return err_os(err, -rc, "cannot start the event loop");
	f->ready_idle.data = f;
	f->ready_tail = &f->ready;
	f->budget.max = FRAME_TOTAL_MAX;
	f->listener = -1;
	if (watch_signals(f, err) < 0)
		return -1;
	return pool_init(&f->pool, f, zygote, err);
}

static int open_channel(struct front *f, struct err *err)
{
	const struct transport *t = transport_find(f->options->method);
	const char             *path = f->options->path;
	int                     in, out;

	if (!t)
		return err_set(err, "unsupported channel method/type: %s", f->options->method);
	if (!path)
		path = t->default_path;
	if (!path && t->listens)
		return err_set(err, "must specify a path for this channel");
	f->transport = t;
	if (t->open(path, &in, &out, err) < 0)
		return -1;
	if (t->listens)
		return listener_start(f, in, err);
	f->channel = channel_new(f, t, in, out, err);
	return f->channel ? 0 : -1;
}

/* Handles and sessions need descriptors. Children of the zygote keep the limit they were given. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit); /* the soft limit stays then, and errors name it */
}

static int start(struct front *f, int zygote, struct err *err)
{
	raise_descriptor_limit();
	if (start_loop(f, zygote, err) < 0 || open_channel(f, err) < 0)
		return -1;
	return privileges_drop(err);
}

/* In order of registration, as the protocol's agent prints them. */
static void list_commands(void)
{
	size_t order, i;

	for (order = 0; order < n_commands; order++)
		for (i = 0; i < n_commands; i++)
			if (commands[i].order == order)
				(void)puts(commands[i].name);
}

static void warn_unknown(const char *name, void *option)
{
	/* a misspelt name blocks nothing: that must not go unnoticed */
	log_error("%s: there is no command %s", (const char *)option, name);
}

static void load_policy(struct front *f)
{
	static char               allow[] = "allow-rpcs", block[] = "block-rpcs";
	const struct option_list *allows = &f->options->allow_rpcs,
				 *blocks = &f->options->block_rpcs;
	size_t i;

	policy_init(&f->policy);
	for (i = 0; i < allows->n; i++)
		policy_allow(&f->policy, allows->items[i], warn_unknown, allow);
	for (i = 0; i < blocks->n; i++)
		policy_block(&f->policy, blocks->items[i], warn_unknown, block);
}

/* Descriptors of ours must not take the places of missing standard ones: something would write its
 * errors there. */
static bool fill_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		(void)close(fd);
	return fd >= 0;
}

int main(int argc, char **argv)
{
	static struct front   front;
	static struct options options;
	struct err            err;
	pid_t                 zygote_pid;
	int                   zygote;

	switch (options_parse(argc, argv, &options)) {
	case OPTIONS_EXIT_OK:
		return 0;
	case OPTIONS_EXIT_FAIL:
		return 1;
	case OPTIONS_LIST:
		list_commands();
		return 0;
	case OPTIONS_RUN:
		break;
	}
	if (!fill_standard_descriptors())
		return 1;
	log_init(options.verbose);
	(void)signal(SIGPIPE, SIG_IGN);
	err_init(&err);
	front.options = &options;
	load_policy(&front);
	if (root_init(&front.root, options.root, options.statedir, &err) < 0 ||
	    zygote_start(&options, &front.root, &zygote, &zygote_pid, &err) < 0 ||
	    start(&front, zygote, &err) < 0) {
		log_critical("%s", err.text);
		log_critical("error initializing guest agent");
		return 1;
	}
	(void)uv_run(&front.loop, UV_RUN_DEFAULT);
	return front.exit_status;
}
