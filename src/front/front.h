/* SPDX-License-Identifier: MIT */
/*
 * The front's state: one event loop, the channels and their sessions, the pool of workers.
 */
#ifndef FRONT_FRONT_H
#define FRONT_FRONT_H

#include <uv.h>

#include "config/options.h"
#include "front/children.h"
#include "front/control.h"
#include "front/daemonize.h"
#include "front/execs.h"
#include "front/freeze.h"
#include "front/logging.h"
#include "front/notify.h"
#include "front/pidfile.h"
#include "front/pool.h"
#include "front/privileges.h"
#include "front/reload.h"
#include "policy/needs.h"
#include "policy/store.h"
#include "proto/frame.h"
#include "sys/root.h"

/* Sessions at once, connected or finishing what a peer left behind. */
#define SESSIONS_MAX 64

/* More than handles, sessions, workers and all else can have. */
#define DESCRIPTORS_MAX 2046

/* How often it is told that a command without effect is refused. */
#define AUDIT_REFUSALS_NS (60 * (int64_t)1000000000)

struct endpoint;
struct session;

/* Refusals of one command. */
struct refusals {
	int64_t  told_ns; /* when the last line said so, 0: never */
	uint32_t n;       /* since then */
};

struct front {
	uv_loop_t             loop;
	const struct options *options;
	struct sys_root       root;
	struct policy_store   policy;
	struct reload         reload;
	struct refusals       refusals[POLICY_COMMANDS_MAX];
	struct frame_budget   budget;
	struct pool           pool;
	struct children       children;
	struct logging        logging;
	struct control        control;
	bool                  control_waits; /* its socket cannot be made while frozen */
	int64_t               started_ns;    /* CLOCK_MONOTONIC */
	struct notify         notify;
	struct pidfile        pidfile;
	unsigned              pidfile_tries;
	struct daemonize      daemon;
	struct handles        handles;
	struct execs          execs;
	struct freezer        freezer;
	struct confinement    confinement;
	struct needs          needs;
	size_t                n_sessions;
	struct session       *sessions; /* all of them */
	struct session       *ready;    /* sessions that have more to do without an event */
	struct session      **ready_tail;
	uv_idle_t             ready_idle;
	uv_timer_t            spares; /* runs while memory of requests is kept */
	uv_signal_t           signals[3];
	struct endpoint      *endpoints; /* the default one, then those of the configuration */
	size_t                n_endpoints;
	int                   exit_status;
};

/* Lets the loop pump the ready sessions in its next round. */
void front_wake(struct front *f);

/* Memory may have been kept for the next large request: gives it back when none comes. */
void front_watch_spares(struct front *f);

/* Nothing is frozen any more: what had to wait for that is made up for. */
void front_thawed(struct front *f);

/* Ends the loop, after thawing what is frozen; the process exits with this status. */
void front_stop(struct front *f, int exit_status);

/* The same without thawing: the guard of the freeze does that if no other agent comes. */
void front_stop_now(struct front *f, int exit_status);

#endif
