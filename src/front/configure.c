/* SPDX-License-Identifier: MIT */
#include "front/configure.h"

#include <string.h>

#include "log/log.h"
#include "policy/choose.h"
#include "policy/rules.h"
#include "policy/settings.h"
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
	char   choice[256];
	size_t i;

	policy_describe_choice(o, choice, sizeof(choice));
	if (*choice)
		log_warning("%s", choice);
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

/* A path with a link in it never matches, since links are followed first. */
static void check_path(struct options *o, const struct policy *p, enum policy_setting rule,
		       const struct sys_root *root, const char *path)
{
	char real[ROOT_PATH_MAX], what[SETTING_TEXT_MAX];
	int  os;

	if (root_resolve(root, path, real, sizeof(real), &os) < 0 || !strcmp(real, path))
		return;
	setting_describe(p, rule, what);
	options_warn(o, "%s: %s is %s, and it is the latter that counts", what, path, real);
}

static void check_paths(struct options *o, const struct policies *policies)
{
	static const enum policy_setting rules[] = {POLICY_FILE_READ, POLICY_FILE_WRITE,
						    POLICY_EXEC_PROGRAMS};
	struct sys_root                  root;
	struct err                       err;
	size_t                           i, k;

	err_init(&err);
	if (root_init(&root, o->root, o->statedir, &err) < 0)
		return;
	for (i = 0; i < policies->n; i++)
		for (k = 0; k < ARRAY_SIZE(rules); k++) {
			const struct policy *p = policies_of(policies, i);
			const char          *path = NULL;

			if (i > 0 && !setting_is_own(p, rules[k]))
				continue; /* told of [general] */
			while ((path = rules_next(p, rules[k], path)))
				check_path(o, p, rules[k], &root, path);
		}
	root_fini(&root);
}

int configure_check(struct options *o)
{
	static struct policies policies;
	struct err             err;
	size_t                 i;

	err_init(&err);
	(void)policies_load(&policies, o, &err); /* what is wrong is told as a problem */
	check_paths(o, &policies);
	configure_shutdown(o);
	check_channel(o, NULL);
	for (i = 0; i < o->n_channels; i++)
		check_channel(o, &o->channels[i]);
	if (o->n_problems > 0)
		return 1;
	printf("%s: nothing wrong\n", o->config_file ? o->config_file : "no configuration file");
	return 0;
}
