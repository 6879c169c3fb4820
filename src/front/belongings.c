/* SPDX-License-Identifier: MIT */
#include "front/belongings.h"

#include "base/attr.h"
#include "front/errand.h"
#include "front/front.h"
#include "log/log.h"
#include "log/record.h"

/* Somebody who removes the pid file again and again is a mistake, not a race. */
#define PIDFILE_TRIES_MAX 100

static void start(struct front *f, enum ipc_errand what, errand_done *done)
{
	const struct ipc_open ask = {.errand = what};
	struct err            err;

	err_init(&err);
	if (errand_start(f, &ask, done, f, &err) < 0)
		log_error("%s", err.text);
}

/* --- the log --- */

static void on_log(void *ctx, int fds[2], const struct err *failure)
{
	(void)ctx;
	if (!failure->set && fds[0] >= 0)
		log_keep_file(take_fd(&fds[0]));
}

void belongings_renew_log(struct front *f)
{
	if (f->options->logfile && !log_is_held())
		start(f, ERRAND_LOG, on_log);
}

void belongings_keep_log(struct front *f)
{
	int os;

	if (f->options->logfile && !log_is_held())
		log_keep_file(log_open_file(&os));
}

/* --- after a start while frozen --- */

static void on_control(void *ctx, int fds[2], const struct err *failure)
{
	struct front *f = ctx;
	struct err    err = *failure;

	if (!err.set && fds[0] >= 0)
		(void)control_adopt(&f->control, f, take_fd(&fds[0]), &err);
	if (err.set)
		log_warning("%s", err.text);
}

static void on_pidfile(void *ctx, int fds[2], const struct err *failure)
{
	struct front *f = ctx;
	struct err    err = *failure;
	int           rc = -1;

	if (!err.set && fds[0] >= 0)
		rc = pidfile_adopt(&f->pidfile, f->options->pidfile, take_fd(&fds[0]), &err);
	if (rc == 0 && f->pidfile_tries++ < PIDFILE_TRIES_MAX)
		start(f, ERRAND_PIDFILE, on_pidfile);
	else if (err.set)
		log_error("%s", err.text);
}

void front_thawed(struct front *f)
{
	if (!f->control_waits)
		return;
	f->control_waits = false;
	start(f, ERRAND_CONTROL, on_control);
	if (f->options->daemonize && f->pidfile.fd < 0)
		start(f, ERRAND_PIDFILE, on_pidfile);
	belongings_renew_log(f);
}
