/* SPDX-License-Identifier: MIT */
/*
 * The guest's clock against ours. The guest has read its clock somewhere between our sending and
 * our receiving, so half of the round trip is the error.
 */
#include <time.h>

#include "base/clock.h"
#include "cli/ask.h"

#define IN_STEP_NS (50 * NS_PER_MS) /* less is not worth a word */

struct reading {
	int64_t guest_ns;
	int64_t ahead_ns; /* of this host's clock */
	int64_t round_trip_ns;
};

static int read_clock(struct ask *a, struct reading *ret)
{
	struct qgac_value v;
	struct qgac_err   err;
	int64_t           start, end, host;
	int               status;

	if (qgac_sync(a->agent, a->deadline, &err) < 0)
		return agent_error(a->cli, "time", &err);
	start = clock_ns(CLOCK_REALTIME);
	status = ask(a, "guest-get-time", NULL, &v);
	end = clock_ns(CLOCK_REALTIME);
	if (status != EXIT_OK)
		return status;
	if (qgac_value_int64(v, &ret->guest_ns) < 0)
		return agent_complain("the reply is not one to guest-get-time");
	host = start + (end - start) / 2;
	ret->ahead_ns = ret->guest_ns - host;
	ret->round_trip_ns = end - start;
	return EXIT_OK;
}

static int set_clock(struct ask *a)
{
	struct qgac_value v;
	char              arguments[64];

	(void)snprintf(arguments, sizeof(arguments), "{\"time\": %lld}",
		       (long long)clock_ns(CLOCK_REALTIME));
	return ask(a, "guest-set-time", arguments, &v);
}

static int print_json(const struct reading *r)
{
	struct buf      b = BUF_INIT(SIZE_MAX / 2);
	struct json_out w;

	json_out_init(&w, &b);
	json_out_object_begin(&w);
	json_out_key(&w, "guest-ns");
	json_out_int(&w, r->guest_ns);
	json_out_key(&w, "ahead-ns");
	json_out_int(&w, r->ahead_ns);
	json_out_key(&w, "round-trip-ns");
	json_out_int(&w, r->round_trip_ns);
	json_out_object_end(&w);
	return ask_print_document(&b);
}

static void print_text_of(const struct reading *r)
{
	int64_t   off = r->ahead_ns < 0 ? -r->ahead_ns : r->ahead_ns;
	time_t    t = (time_t)(r->guest_ns / NS_PER_S);
	struct tm tm;
	char      text[40] = "";

	if (gmtime_r(&t, &tm))
		(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm);
	if (off <= r->round_trip_ns / 2 || off < IN_STEP_NS)
		(void)printf("%s, in step with this host (within %.3f s)\n", text,
			     (double)(off > r->round_trip_ns / 2 ? off : r->round_trip_ns / 2) /
				     1e9);
	else
		(void)printf("%s, %.3f s %s this host\n", text, (double)off / 1e9,
			     r->ahead_ns < 0 ? "behind" : "ahead of");
}

static int show(struct ask *a, void *what)
{
	const bool    *sync = what;
	struct reading r;
	int            status = *sync ? set_clock(a) : EXIT_OK;

	if (status == EXIT_OK)
		status = read_clock(a, &r);
	if (status != EXIT_OK || a->cli->quiet)
		return status;
	if (a->cli->json)
		return print_json(&r);
	print_text_of(&r);
	return EXIT_OK;
}

int verb_time(struct cli *cli, int argc, char **argv)
{
	bool sync;

	return options_flag(cli, argc, argv, &sync) ? ask_run(cli, show, &sync) : cli->status;
}
