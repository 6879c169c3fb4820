/* SPDX-License-Identifier: MIT */
/*
 * shutdown, reboot, suspend and vcpus. The first three are silent when they succeed.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "cli/ask.h"

#define SILENCE_MS 5000 /* a refusal comes sooner */
#define VCPUS_MAX 4096

enum {
	OPT_HALT = OPT_OF_VERB,
};

static int command(struct cli *cli, const char *name, const char *arguments)
{
	struct qgac    *agent;
	struct qgac_err err;
	int             status;

	if (!cli->has_timeout)
		cli->timeout_ms = SILENCE_MS;
	status = agent_open(cli, qgac_deadline(cli->timeout_ms), &agent);
	if (status != EXIT_OK)
		return status;
	/* the silence is counted from the handshake on, which may take as long */
	if (qgac_sync(agent, qgac_deadline(cli->timeout_ms), &err) < 0 ||
	    qgac_call(agent, name, arguments, QGAC_NO_REPLY, qgac_deadline(cli->timeout_ms), NULL,
		      &err) < 0)
		status = agent_error(cli, name, &err);
	qgac_free(agent);
	return status;
}

int verb_shutdown(struct cli *cli, int argc, char **argv)
{
	bool halt;

	if (!options_flag(cli, argc, argv, &halt))
		return cli->status;
	return command(cli, "guest-shutdown",
		       halt ? "{\"mode\": \"halt\"}" : "{\"mode\": \"powerdown\"}");
}

int verb_reboot(struct cli *cli, int argc, char **argv)
{
	if (!options_none(cli, argc, argv))
		return cli->status;
	return command(cli, "guest-shutdown", "{\"mode\": \"reboot\"}");
}

int verb_suspend(struct cli *cli, int argc, char **argv)
{
	static const char *const words[] = {"ram", "disk", "hybrid"};
	static const char *const commands[] = {"guest-suspend-ram", "guest-suspend-disk",
					       "guest-suspend-hybrid"};
	const char              *word;
	size_t                   i;

	if (options_next(cli, argc, argv) == OPTIONS_STOP)
		return cli->status;
	if (argc - optind > 1)
		return options_error(cli, "suspend to what? ram, disk or hybrid");
	word = optind < argc ? argv[optind] : "ram";
	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(word, words[i]) == 0)
			return command(cli, commands[i], NULL);
	return options_error(cli, "'%s' is none of ram, disk, hybrid", word);
}

/* vcpus */

struct vcpu {
	int64_t id;
	bool    online, can_offline;
};

struct vcpus {
	struct vcpu all[VCPUS_MAX];
	size_t      n, online;
};

static void read_vcpus(struct vcpus *v, struct qgac_value list)
{
	struct qgac_iter  it = qgac_iter_start(list);
	struct qgac_value cpu;

	v->n = v->online = 0;
	while (v->n < VCPUS_MAX && qgac_iter_next(&it, NULL, &cpu)) {
		v->all[v->n] = (struct vcpu){
			.id = ask_int(cpu, "logical-id", -1),
			.online = ask_bool(cpu, "online"),
			.can_offline = ask_bool(cpu, "can-offline"),
		};
		v->online += v->all[v->n++].online;
	}
}

static int by_id(const void *a, const void *b)
{
	int64_t x = ((const struct vcpu *)a)->id, y = ((const struct vcpu *)b)->id;

	return (x > y) - (x < y);
}

/* Takes the first ones online, or the last ones offline; the number of changes. */
static size_t choose(struct vcpus *v, size_t wanted, struct json_out *w)
{
	size_t changes = 0, i;
	bool   more = wanted > v->online;
	size_t left = more ? wanted - v->online : v->online - wanted;

	qsort(v->all, v->n, sizeof(v->all[0]), by_id);
	json_out_object_begin(w);
	json_out_key(w, "vcpus");
	json_out_array_begin(w);
	for (i = 0; i < v->n && changes < left; i++) {
		const struct vcpu *c = &v->all[more ? i : v->n - 1 - i];

		if (c->online == more || (!more && !c->can_offline))
			continue;
		json_out_object_begin(w);
		json_out_key(w, "logical-id");
		json_out_int(w, c->id);
		json_out_key(w, "online");
		json_out_bool(w, more);
		json_out_object_end(w);
		changes++;
	}
	json_out_array_end(w);
	json_out_object_end(w);
	buf_add_char(w->buf, '\0');
	return changes == left ? changes : 0;
}

static int set_vcpus(struct ask *a, struct vcpus *v, size_t wanted)
{
	struct buf        b = BUF_INIT(SIZE_MAX / 2);
	struct qgac_value result;
	struct json_out   w;
	size_t            changes;
	int64_t           done = 0;
	int               status;

	json_out_init(&w, &b);
	changes = choose(v, wanted, &w);
	if (changes == 0) {
		buf_fini(&b);
		return agent_complain(
			"%zu processors cannot be had: %zu of %zu are online, and not "
			"all can be switched",
			wanted, v->online, v->n);
	}
	status = ask(a, "guest-set-vcpus", b.data, &result);
	buf_fini(&b);
	if (status != EXIT_OK)
		return status;
	(void)qgac_value_int64(result, &done); /* or 0 */
	if (done < (int64_t)changes)
		return agent_complain("only %lld of %zu processors were switched", (long long)done,
				      changes);
	return EXIT_OK;
}

/* `what` is how many there are to be, 0: they are to be shown. */
static int vcpus(struct ask *a, void *what)
{
	size_t                  wanted = (size_t) * (const int64_t *)what;
	auto_free struct vcpus *v = calloc(1, sizeof(*v));
	struct qgac_value       list;
	int                     status = ask(a, "guest-get-vcpus", NULL, &list);

	if (!v)
		return agent_complain("not enough memory");
	if (status != EXIT_OK)
		return status;
	read_vcpus(v, list);
	if (wanted > 0)
		return wanted == v->online ? EXIT_OK : set_vcpus(a, v, wanted);
	if (!a->cli->quiet)
		(void)printf(a->cli->json ? "{\"online\": %zu, \"all\": %zu}\n" : "%zu of %zu\n",
			     v->online, v->n);
	return EXIT_OK;
}

int verb_vcpus(struct cli *cli, int argc, char **argv)
{
	int64_t wanted = 0;

	if (options_next(cli, argc, argv) == OPTIONS_STOP)
		return cli->status;
	if (argc - optind > 1)
		return options_error(cli, "vcpus takes one number");
	if (optind < argc && !num_i64_range(argv[optind], 1, VCPUS_MAX, &wanted))
		return options_error(cli, "'%s' is not a number of processors", argv[optind]);
	return ask_run(cli, vcpus, &wanted);
}
