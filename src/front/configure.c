/* SPDX-License-Identifier: MIT */
#include "front/configure.h"

#include "log/log.h"
#include "sys/shutdown.h"
#include "transport/transport.h"

void configure_list_commands(void)
{
	size_t order, i;

	for (order = 0; order < n_commands; order++)
		for (i = 0; i < n_commands; i++)
			if (commands[i].order == order)
				(void)puts(commands[i].name);
}

void configure_shutdown(struct options *o)
{
	struct option_word w = {0};
	char               way[ROOT_PATH_MAX];

	while (option_list_next(&o->shutdown_chain, &w)) {
		(void)snprintf(way, sizeof(way), "%.*s", (int)w.len, w.start);
		if (!shutdown_is_way(way))
			options_warn(o, "shutdown-chain: there is no way '%s'", way);
	}
}

void configure_tell_warnings(const struct options *o)
{
	size_t i;

	for (i = 0; i < o->n_warnings; i++)
		log_warning("%s", o->warnings[i]);
}

/* An unknown method is found when it is opened, as the protocol's agent has it. */
static int complete_path(struct options *o, struct err *err)
{
	const struct transport *t = transport_find(o->method);

	if (!o->path && t)
		o->path = t->default_path;
	if (!o->path && !(t && !t->listens))
		return err_set(err, "must specify a path for this channel");
	return 0;
}

int configure_dump(struct options *o, const struct activation *a)
{
	struct err err;

	err_init(&err);
	if (a->n > 0) {
		o->method = a->sockets[0].transport->name;
		o->path = NULL;
	} else if (complete_path(o, &err) < 0) {
		log_critical("%s", err.text);
		return 1;
	}
	options_dump(o, stdout);
	return fflush(stdout) == 0 ? 0 : 1;
}

/* c NULL: the default one. */
static void check_channel(struct options *o, const struct option_channel *c)
{
	const char             *method = c ? c->method : o->method, *path = c ? c->path : o->path;
	const struct transport *t = transport_find(method);
	char                    where[512] = "channel";

	if (c)
		(void)snprintf(where, sizeof(where), "%.300s:%u: [channel %s]", o->config_file,
			       c->line, c->name);
	if (!t)
		options_warn(o, "%s: there is no method '%s'", where, method);
	else if (!path && !t->default_path && t->listens)
		options_warn(o, "%s: the method %s needs a path", where, method);
}

int configure_check(struct options *o)
{
	static struct policies policies;
	struct err             err;
	size_t                 i;

	err_init(&err);
	(void)policies_load(&policies, o, &err); /* what is wrong is told as a problem */
	configure_shutdown(o);
	check_channel(o, NULL);
	for (i = 0; i < o->n_channels; i++)
		check_channel(o, &o->channels[i]);
	if (o->n_problems > 0)
		return 1;
	printf("%s: nothing wrong\n", o->config_file ? o->config_file : "no configuration file");
	return 0;
}
