/* SPDX-License-Identifier: MIT */
/*
 * guest-ping and guest-info. Agents before 1.1 list no commands, those before 1.7 do not say which
 * of them answer.
 */
#include <string.h>

#include "base/attr.h"
#include "client/error.h"
#include "client/reply.h"

struct qgac_info {
	char                *version;
	char                *virtagent_version; /* NULL with other agents */
	size_t               n;
	struct qgac_command *commands; /* the names are owned */
};

int qgac_ping(struct qgac *agent, int64_t deadline, struct qgac_err *err)
{
	return qgac_call(agent, "guest-ping", NULL, 0, deadline, NULL, err);
}

static int bad_info(struct qgac_err *err, const char *what)
{
	return error_set(err, QGAC_ERR_PROTOCOL, "the reply is not one to guest-info: %s", what);
}

static int take_string(struct qgac_value value, char **ret, struct qgac_err *err)
{
	return qgac_value_string(value, ret, NULL) < 0 ? error_memory(err) : 0;
}

/* A member that is true unless the agent says otherwise: old ones do not have it. */
static bool is_true_or_absent(struct qgac_value item, const char *name)
{
	bool is_true = true;

	(void)qgac_value_bool(qgac_value_member(item, name),
			      &is_true); /* of another kind: as absent */
	return is_true;
}

static int take_command(struct qgac_info *info, struct qgac_value item, struct qgac_err *err)
{
	struct qgac_value name = qgac_value_member(item, "name");
	char             *copy;

	if (qgac_value_kind(name) != QGAC_STRING)
		return bad_info(err, "a command without a name");
	if (take_string(name, &copy, err) < 0)
		return -1;
	info->commands[info->n++] = (struct qgac_command){
		.name = copy,
		.enabled = is_true_or_absent(item, "enabled"),
		.success_response = is_true_or_absent(item, "success-response"),
	};
	return 0;
}

static int take_commands(struct qgac_info *info, struct qgac_value list, struct qgac_err *err)
{
	struct qgac_iter  it = qgac_iter_start(list);
	struct qgac_value item;
	size_t            n = 0;

	while (qgac_iter_next(&it, NULL, &item))
		n++;
	info->commands = calloc(n ? n : 1, sizeof(*info->commands));
	if (!info->commands)
		return error_memory(err);
	it = qgac_iter_start(list);
	while (qgac_iter_next(&it, NULL, &item))
		if (take_command(info, item, err) < 0)
			return -1;
	return 0;
}

static int take_info(struct qgac_info *info, struct qgac_value value, struct qgac_err *err)
{
	struct qgac_value version = qgac_value_member(value, "version");
	struct qgac_value ours = qgac_value_member(value, "__org.virtagent_version");
	struct qgac_value list = qgac_value_member(value, "supported_commands");

	if (qgac_value_kind(version) != QGAC_STRING)
		return bad_info(err, "no version");
	if (take_string(version, &info->version, err) < 0)
		return -1;
	if (qgac_value_kind(ours) == QGAC_STRING &&
	    take_string(ours, &info->virtagent_version, err) < 0)
		return -1;
	return take_commands(info, list, err);
}

int qgac_info_decode(const struct qgac_reply *reply, struct qgac_info **ret, struct qgac_err *err)
{
	struct qgac_info *info;

	error_clear(err);
	*ret = NULL;
	info = calloc(1, sizeof(*info));
	if (!info)
		return error_memory(err);
	if (take_info(info, qgac_reply_return(reply), err) < 0) {
		qgac_info_free(info);
		return -1;
	}
	*ret = info;
	return 0;
}

int qgac_info(struct qgac *agent, int64_t deadline, struct qgac_info **ret, struct qgac_err *err)
{
	struct qgac_reply *reply;
	int                got;

	*ret = NULL;
	got = qgac_call(agent, "guest-info", NULL, 0, deadline, &reply, err);
	if (got == 0)
		got = qgac_info_decode(reply, ret, err);
	qgac_reply_free(reply);
	return got;
}

void qgac_info_free(struct qgac_info *info)
{
	size_t i;

	if (!info)
		return;
	for (i = 0; i < info->n; i++)
		free((char *)info->commands[i].name);
	free(info->commands);
	free(info->version);
	free(info->virtagent_version);
	free(info);
}

const char *qgac_info_version(const struct qgac_info *info)
{
	return info->version;
}

const char *qgac_info_virtagent_version(const struct qgac_info *info)
{
	return info->virtagent_version;
}

size_t qgac_info_command_count(const struct qgac_info *info)
{
	return info->n;
}

const struct qgac_command *qgac_info_command(const struct qgac_info *info, size_t index)
{
	return index < info->n ? &info->commands[index] : NULL;
}

const struct qgac_command *qgac_info_find_command(const struct qgac_info *info, const char *name)
{
	size_t i;

	for (i = 0; i < info->n; i++)
		if (strcmp(info->commands[i].name, name) == 0)
			return &info->commands[i];
	return NULL;
}
