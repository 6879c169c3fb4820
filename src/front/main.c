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

#include "base/clock.h"
#include "front/belongings.h"
#include "front/configure.h"
#include "front/endpoint.h"
#include "front/errand.h"
#include "front/explain.h"
#include "front/freeze_show.h"
#include "front/front.h"
#include "front/privileges.h"
#include "front/session.h"
#include "front/status.h"
#include "log/log.h"
#include "policy/choose.h"
#include "sys/root.h"
#include "zygote/zygote.h"

void front_stop_now(struct front *f, int exit_status)
{
	f->exit_status = exit_status;
	uv_stop(&f->loop);
}

void front_stop(struct front *f, int exit_status)
{
	f->exit_status = exit_status;
	if (freezer_may_end(&f->freezer, true))
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
	struct front *f = handle->data;

	if (signum == SIGHUP) {
		log_reopen();
		log_info("opening the log anew");
		belongings_renew_log(f);
		reload_start(f);
		return;
	}
	log_info("received signal %d, ending", signum);
	f->exit_status = 0;
	/* the host of a frozen guest gets a moment for its thaw; a second signal does not */
	if (freezer_may_end(&f->freezer, f->freezer.terminating))
		front_stop_now(f, 0);
}

static int watch_signals(struct front *f, struct err *err)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
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

static void on_map_gone(void *ctx, uint64_t map_id)
{
	struct front *f = ctx;

	pool_forget_map(&f->pool, map_id);
}

static void on_spares(uv_timer_t *timer)
{
	struct front *f = timer->data;

	if (!frame_spares_tick(&f->budget))
		uv_timer_stop(timer);
}

void front_watch_spares(struct front *f)
{
	if (f->budget.spares && !uv_is_active((uv_handle_t *)&f->spares))
		(void)uv_timer_start(&f->spares, on_spares, FRAME_SPARE_MS, FRAME_SPARE_MS);
}

static void on_reserve_closed(uv_handle_t *handle)
{
	free(handle);
}

/*
 * libuv ends the process when it cannot enlarge its table of descriptors. So it gets its size now,
 * by watching, for a moment, a descriptor with the highest number that there will be.
 */
static void reserve_watchers(struct front *f, int pollable)
{
	auto_close int fd = fcntl(pollable, F_DUPFD_CLOEXEC, DESCRIPTORS_MAX - 1);
	uv_poll_t     *poll = fd < 0 ? NULL : calloc(1, sizeof(*poll));

	if (!poll)
		return; /* a small limit of descriptors: then the table stays small, too */
	if (uv_poll_init(&f->loop, poll, fd) < 0) {
		free(poll);
		return;
	}
	(void)uv_poll_start(poll, UV_READABLE, NULL);
	uv_poll_stop(poll);
	uv_close((uv_handle_t *)poll, on_reserve_closed);
}

static int start_loop(struct front *f, int zygote, struct err *err)
{
	int rc;

	privileges_prepare();
	rc = uv_loop_init(&f->loop);
	if (rc == 0)
		rc = uv_idle_init(&f->loop, &f->ready_idle);
	if (rc == 0)
		rc = uv_timer_init(&f->loop, &f->spares);
	if (rc < 0)
		return err_os(err, -rc, "cannot start the event loop");
	reserve_watchers(f, zygote);
	f->ready_idle.data = f;
	f->ready_tail = &f->ready;
	f->spares.data = f;
	f->budget.max = FRAME_TOTAL_MAX;
	f->budget.on_map_gone = on_map_gone;
	f->budget.ctx = f;
	execs_init(&f->execs, f);
	f->control.fd = -1;
	children_init(&f->children, zygote);
	if (watch_signals(f, err) < 0 || logging_init(&f->logging, f, err) < 0)
		return -1;
	return pool_init(&f->pool, f, zygote, err);
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

/* Without it the agent serves its host all the same. */
static void open_control(struct front *f)
{
	struct err err;

	err_init(&err);
	if (control_open(&f->control, f, f->options->statedir, &err) < 0)
		log_warning("%s", err.text);
}

static int own_pidfile(struct front *f, struct err *err)
{
	if (!f->options->daemonize || f->pidfile.fd >= 0)
		return 0;
	return pidfile_take(&f->pidfile, f->options->pidfile, err);
}

/* For mlockall() around a freeze, when there are no capabilities any more. */
static void raise_lock_limit(void)
{
	struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};

	(void)setrlimit(RLIMIT_MEMLOCK, &limit); /* the lock fails then, and says so */
}

static int start(struct front *f, const struct activation *a, int zygote, struct err *err)
{
	policy_store_lock(&f->policy);
	raise_descriptor_limit();
	raise_lock_limit();
	/* behind the start of the zygote, which must not hold it; before anything that a running
	 * agent would notice */
	if (!log_is_held() && own_pidfile(f, err) < 0)
		return -1;
	if (start_loop(f, zygote, err) < 0)
		return -1;
	if (!root_is_captured(&f->root))
		execs_adopt(&f->execs, f->options->statedir);
	if (endpoints_open(f, a, err) < 0 || freezer_init(&f->freezer, err) < 0)
		return -1;
	status_register(f);
	f->control_waits = f->freezer.filters;
	if (!f->control_waits) {
		open_control(f);
		if (own_pidfile(f, err) < 0)
			return -1;
	}
	notify_init(&f->notify, &f->loop);
	belongings_keep_log(f);
	return privileges_drop(f->options, &f->root, &f->confinement, err);
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

/* The options that only print something, or -1: go on. */
static int answer_options(enum options_result result, struct options *o, struct activation *a,
			  struct err *err)
{
	if (result == OPTIONS_EXIT_FAIL && err->set)
		log_critical("%s", err->text);
	if (result == OPTIONS_EXIT_FAIL)
		return 1;
	if (result == OPTIONS_LIST)
		configure_list_commands();
	if (result != OPTIONS_RUN)
		return 0;
	if (activation_take(a, err) < 0) {
		log_critical("%s", err->text);
		return 1;
	}
	if (o->check_config)
		return configure_check(o);
	if (o->explain)
		return explain_command(o);
	if (o->status)
		return status_show(o);
	if (o->check_freeze)
		return freeze_show_plan(o);
	if (o->thaw)
		return freeze_show_thaw(o);
	return o->dump_conf ? configure_dump(o, a) : -1;
}

static int open_log(struct front *f, struct err *err)
{
	static struct log_config config;

	config = (struct log_config){
		.program = f->options->program,
		.file = f->options->logfile,
		.root = f->root.path,
		.verbose = f->options->verbose,
		.audit = (enum log_audit)f->options->audit,
		.audit_file = f->options->audit_file,
	};
	freezer_look(&f->freezer, f);
	if (log_open(&config, err) < 0)
		return -1;
	configure_tell_warnings(f->options);
	return 0;
}

static int be_daemon(struct front *f, struct options *o, struct err *err)
{
	f->pidfile.fd = -1;
	notify_take_environment(&f->notify);
	return daemonize_begin(&f->daemon, o, err);
}

/* Everything works: whoever waits for that may know. */
static void tell_ready(struct front *f)
{
	if (f->options->daemonize)
		children_detach(&f->children);
	log_begin();
	daemonize_finish(&f->daemon);
	notify_ready(&f->notify);
	notify_status(&f->notify, "Serving %zu channel%s", f->n_endpoints,
		      f->n_endpoints == 1 ? "" : "s");
}

static void run(struct front *f)
{
	tell_ready(f);
	(void)uv_run(&f->loop, UV_RUN_DEFAULT);
	notify_stopping(&f->notify);
	session_audit_all_abandoned(f);
	errand_last(f, f->control.fd >= 0, f->pidfile.fd >= 0);
	pidfile_leave(&f->pidfile);
	logging_finish(&f->logging);
}

static int load_policy(struct front *f, struct options *o, struct err *err)
{
	policy_choose_profile(o, &f->root);
	if (policy_store_init(&f->policy, 1 + o->n_channels, err) < 0)
		return -1;
	return policies_load(policy_store_begin(&f->policy), o, err);
}

/* What is frozen has to be thawed, whatever the policy says by now. */
static const struct needs *find_needs(struct front *f)
{
	needs_find(policy_store_first(&f->policy), &f->needs);
	if (f->freezer.phase != FREEZE_THAWED)
		needs_add_freezing(&f->needs);
	return &f->needs;
}

int main(int argc, char **argv)
{
	static struct front   front;
	static struct options options;
	struct activation     activation;
	struct err            err;
	pid_t                 zygote_pid;
	int                   zygote, status;

	if (!fill_standard_descriptors()) {
		(void)fputs("virtagent: cannot open /dev/null\n", stderr); /* if there is one */
		return 1;
	}
	err_init(&err);
	status = answer_options(options_load(argc, argv, &options, &err), &options, &activation,
				&err);
	if (status >= 0)
		return status;
	(void)signal(SIGPIPE, SIG_IGN);
	front.options = &options;
	front.started_ns = clock_monotonic_ns();
	configure_shutdown(&options);
	if (be_daemon(&front, &options, &err) < 0 ||
	    root_init(&front.root, options.root, options.statedir, &err) < 0 ||
	    load_policy(&front, &options, &err) < 0 || open_log(&front, &err) < 0 ||
	    zygote_start(&options, &front.policy, find_needs(&front), &front.root, &zygote,
			 &zygote_pid, &err) < 0 ||
	    start(&front, &activation, zygote, &err) < 0) {
		log_critical("%s", err.text);
		log_critical("error initializing guest agent");
		front.exit_status = 1;
	} else {
		run(&front);
	}
	pidfile_remove(&front.pidfile);
	return front.exit_status;
}
