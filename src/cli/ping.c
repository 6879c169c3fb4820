/* SPDX-License-Identifier: MIT */
/*
 * Round trips like ping(8). The handshake is made before the clock starts, so the first one is not
 * slower than the others; it happens again by itself after a ping that was not answered.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "cli/cli.h"

struct pinger {
	struct cli  *cli;
	struct qgac *agent;
	int64_t      count; /* 0: until interrupted */
	int64_t      interval_ms;
	int64_t      sent, answered;
	int64_t      min_ns, max_ns, sum_ns;
	int          status; /* exit code of the first failure */
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signo)
{
	(void)signo;
	interrupted = 1;
}

/* The first interrupt ends the series with its summary; a second one ends the program. */
static void catch_interrupt(void)
{
	struct sigaction sa = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};

	(void)sigaction(SIGINT, &sa, NULL); /* cannot fail for SIGINT */
}

static double ms(int64_t ns)
{
	return (double)ns / (double)NS_PER_MS;
}

static bool is_series(const struct pinger *p)
{
	return p->count != 1;
}

static void print_answer(const struct pinger *p, int64_t ns)
{
	if (p->cli->quiet || p->cli->json)
		return;
	(void)printf("reply from %s: ", p->cli->guest);
	if (is_series(p))
		(void)printf("seq=%lld ", (long long)p->sent);
	(void)printf("time=%.3f ms\n", ms(ns));
	(void)fflush(stdout); /* looked at by print_finish() */
}

static void record(struct pinger *p, int64_t ns)
{
	if (p->answered == 0 || ns < p->min_ns)
		p->min_ns = ns;
	if (ns > p->max_ns)
		p->max_ns = ns;
	p->sum_ns += ns;
	p->answered++;
}

/* False if no further ping makes sense. */
static bool ping_once(struct pinger *p, int64_t deadline)
{
	struct qgac_err err;
	int64_t         start, ns;

	p->sent++;
	if (qgac_sync(p->agent, deadline, &err) == 0) {
		start = clock_monotonic_ns();
		if (qgac_ping(p->agent, deadline, &err) == 0) {
			ns = clock_monotonic_ns() - start;
			record(p, ns);
			print_answer(p, ns);
			return true;
		}
	}
	(void)fflush(stdout);
	if (p->status == EXIT_OK)
		p->status = agent_exit_code(&err);
	(void)agent_error(p->cli, "ping", &err); /* the first failure decides */
	return err.code == QGAC_ERR_TIMEOUT;
}

static void wait_until(int64_t when)
{
	int64_t left = when - clock_monotonic_ns();

	while (left > 0 && !interrupted) {
		struct timespec ts = {.tv_sec = left / NS_PER_S, .tv_nsec = left % NS_PER_S};

		(void)ppoll(NULL, 0, &ts, NULL); /* an interrupt is seen by the loop */
		left = when - clock_monotonic_ns();
	}
}

static bool wants_more(const struct pinger *p)
{
	return !interrupted && (p->count == 0 || p->sent < p->count);
}

static void run_series(struct pinger *p, int64_t deadline)
{
	int64_t next = clock_monotonic_ns();

	while (ping_once(p, deadline) && wants_more(p)) {
		next += p->interval_ms * NS_PER_MS;
		if (next < clock_monotonic_ns())
			next = clock_monotonic_ns();
		wait_until(next);
		if (interrupted)
			return;
		deadline = qgac_deadline(p->cli->timeout_ms);
	}
}

static void print_json(const struct pinger *p)
{
	(void)printf("{\"sent\": %lld, \"answered\": %lld", (long long)p->sent,
		     (long long)p->answered);
	if (p->answered > 0)
		(void)printf(", \"min-ns\": %lld, \"avg-ns\": %lld, \"max-ns\": %lld",
			     (long long)p->min_ns, (long long)(p->sum_ns / p->answered),
			     (long long)p->max_ns);
	(void)puts("}");
}

static void print_summary(const struct pinger *p)
{
	if (p->cli->quiet)
		return;
	if (p->cli->json) {
		print_json(p);
		return;
	}
	if (!is_series(p))
		return;
	(void)printf("%lld sent, %lld answered\n", (long long)p->sent, (long long)p->answered);
	if (p->answered > 0)
		(void)printf("round trip min/avg/max = %.3f/%.3f/%.3f ms\n", ms(p->min_ns),
			     ms(p->sum_ns / p->answered), ms(p->max_ns));
}

static int ping(struct pinger *p)
{
	int64_t deadline = qgac_deadline(p->cli->timeout_ms);
	int     status = agent_open(p->cli, deadline, &p->agent);

	if (status != EXIT_OK)
		return status;
	if (is_series(p))
		catch_interrupt();
	run_series(p, deadline);
	qgac_free(p->agent);
	print_summary(p);
	return print_finish() || p->status != EXIT_OK ? p->status : EXIT_FAILED;
}

static int take_option(struct pinger *p, int c)
{
	if (c == 'c' && !num_i64_range(optarg, 0, INT64_MAX, &p->count))
		return options_error(p->cli, "'%s' is not a count", optarg);
	if (c == 'i' && !options_seconds(optarg, &p->interval_ms))
		return options_error(p->cli, "'%s' is not an interval in seconds", optarg);
	return EXIT_OK;
}

int verb_ping(struct cli *cli, int argc, char **argv)
{
	struct pinger p = {.cli = cli, .count = 1, .interval_ms = 1000};
	int           c;

	while ((c = options_next(cli, argc, argv)) != -1) {
		if (c == OPTIONS_STOP)
			return cli->status;
		if (take_option(&p, c) != EXIT_OK)
			return EXIT_USAGE;
	}
	if (optind < argc)
		return options_error(cli, "ping takes no arguments");
	return ping(&p);
}
