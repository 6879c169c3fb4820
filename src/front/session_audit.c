/* SPDX-License-Identifier: MIT */
/*
 * The audit line of a command with an effect: begun when the command starts, since its arguments
 * change while they are decoded, and written when it ends. Which arguments it tells says the
 * schema (schema_marks.h).
 */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "front/session_state.h"
#include "json/reader.h"
#include "log/audit.h"
#include "proto/aliases.h"
#include "schema_marks.h"

/* Bytes of an argument that are looked at: those of a record and a character. */
#define VALUE_MAX (AUDIT_RECORD_MAX + 8)

/* --- what the request says --- */

static void add_value(struct audit_record *r, enum audit_key key, const char *name,
		      const struct json *value)
{
	char        copy[VALUE_MAX];
	const char *text = value->p;
	size_t      n = (size_t)(json_value_end(value) - value->p);

	if (json_kind(value) == JSON_STRING) {
		n = json_str_copy(value, copy, sizeof(copy));
		text = copy;
	}
	if (key == AUDIT_SUBJECT)
		audit_add(r, key, text, n);
	else
		audit_add_argument(r, name, text, n);
}

/* A walk for each name: an argument stands in the line under the schema's name and in its order,
 * however the request is written. */
static void add_argument(struct audit_record *r, const struct command *command,
			 const struct json *args, enum audit_key key, const char *name)
{
	struct json_walk w;
	struct json      at, value;

	json_walk_start(&w, args);
	while (json_walk_member(&w, &at, &value))
		if (aliases_key_is(command->name, &at, name))
			add_value(r, key, name, &value);
}

static void add_arguments(struct audit_record *r, const struct pending *p)
{
	const struct command_marks *marks = &command_marks[p->command - commands];
	struct json_text            text;
	struct json                 args = pending_arguments(p, &text);
	const char *const          *name;

	if (!args.p || json_kind(&args) != JSON_OBJECT)
		return;
	for (name = marks->loggable; *name; name++)
		add_argument(r, p->command, &args, AUDIT_ARGUMENT, *name);
	if (marks->subject)
		add_argument(r, p->command, &args, AUDIT_SUBJECT, marks->subject);
}

static void begin_record(struct audit_record *r, const struct session *s, const struct pending *p)
{
	audit_init(r);
	audit_add_str(r, AUDIT_CHANNEL, s->channel_name);
	audit_add_str(r, AUDIT_PEER, s->peer);
	audit_add_str(r, AUDIT_COMMAND, p->command->name);
	add_arguments(r, p);
}

/* --- what has become of it --- */

/* What a program says that was given a secret may hold it. */
static bool may_tell_error(const struct command *command)
{
	return !(command->flags & CMD_SECRET) || (command->flags & CMD_STARTS_CHILD);
}

static void add_error(struct audit_record *r, const struct command *command, const struct err *err)
{
	audit_add_str(r, AUDIT_CLASS, err_class_name(err->class));
	if (may_tell_error(command))
		audit_add_str(r, AUDIT_ERROR, err->text);
}

/* A command that was not started. */
static void write_unstarted(const struct session *s, const struct pending *p, const char *verdict,
			    uint32_t repeated, const struct err *err)
{
	struct audit_record r;

	if (!audit_is_wanted())
		return;
	begin_record(&r, s, p);
	audit_add_str(&r, AUDIT_VERDICT, verdict);
	if (repeated > 1)
		audit_add_int(&r, AUDIT_REPEATED, repeated);
	add_error(&r, p->command, err);
	audit_write(&r, true);
}

/* --- commands that run --- */

/* Each write through a handle would be a line: the first one that succeeds says that there are
 * some, and guest-file-open says of which file. */
static bool is_told_already(struct session *s, const struct pending *p)
{
	const struct handle *h;

	if (!(p->command->flags & CMD_USES_HANDLE) ||
	    !session_number_argument(p, aliases_is_handle, &s->audit.handle))
		return false;
	h = handles_find(&s->front->handles, s->audit.handle);
	return h && h->told;
}

void session_audit_begin(struct session *s, const struct pending *p)
{
	struct audit_record r;

	s->audit = (struct session_audit){.begun = NULL};
	if (!(p->command->flags & CMD_WRITES) || !audit_is_wanted() || is_told_already(s, p))
		return;
	begin_record(&r, s, p);
	s->audit.command = p->command;
	s->audit.started_ns = clock_monotonic_ns();
	s->audit.truncated = r.truncated;
	s->audit.begun = malloc(r.n);
	if (!s->audit.begun) {
		/* then the line has less to say, but is not missing */
		s->audit.truncated = true;
		return;
	}
	memcpy(s->audit.begun, r.data, r.n);
	s->audit.n = r.n;
}

void session_audit_result(struct session *s, int64_t result)
{
	s->audit.has_result = true;
	s->audit.result = result;
}

static void resume_record(struct audit_record *r, const struct session *s)
{
	audit_init(r);
	r->truncated = s->audit.truncated;
	r->n = s->audit.n;
	if (s->audit.begun)
		memcpy(r->data, s->audit.begun, s->audit.n);
	else
		audit_add_str(r, AUDIT_COMMAND, s->audit.command->name);
}

static void end(struct session *s, const char *verdict, const struct err *err)
{
	const struct command *command = s->audit.command;
	struct audit_record   r;

	if (!command)
		return;
	resume_record(&r, s);
	audit_add_str(&r, AUDIT_VERDICT, verdict);
	audit_add_int(&r, AUDIT_DURATION, (clock_monotonic_ns() - s->audit.started_ns) / 1000);
	if (s->audit.has_result)
		audit_add_int(&r, AUDIT_RESULT, s->audit.result);
	if (!session_has_peer(s) && !(command->flags & CMD_NO_REPLY))
		audit_add_str(&r, AUDIT_REPLY, "lost");
	if (err)
		add_error(&r, command, err);
	audit_write(&r, strcmp(verdict, "ok") != 0);
	free(s->audit.begun);
	s->audit = (struct session_audit){.begun = NULL};
}

void session_audit_ok(struct session *s)
{
	struct handle *h = s->audit.command && s->audit.handle
				   ? handles_find(&s->front->handles, s->audit.handle)
				   : NULL;

	if (h)
		h->told = true;
	end(s, "ok", NULL);
}

void session_audit_error(struct session *s, const struct err *err)
{
	end(s, err->class == ERR_REFUSED ? "refused" : "error", err);
}

void session_audit_abandoned(struct session *s)
{
	end(s, "abandoned", NULL);
}

void session_audit_all_abandoned(struct front *f)
{
	struct session *s;

	for (s = f->sessions; s; s = s->next)
		session_audit_abandoned(s);
}

/* --- commands that do not run --- */

/*
 * What has no effect makes no lines, but that the administrator's rules refuse it is of interest.
 * Hosts ask for such things all the time, so of each command one refusal in a while is told.
 */
static bool is_due(struct refusals *of, uint32_t *ret_repeated)
{
	int64_t now = clock_monotonic_ns();

	of->n++;
	if (of->told_ns && now - of->told_ns < AUDIT_REFUSALS_NS)
		return false;
	*ret_repeated = of->n;
	*of = (struct refusals){.told_ns = now};
	return true;
}

void session_audit_refused(struct session *s, const struct pending *p, const struct err *err)
{
	struct front *f = s->front;
	size_t        i = (size_t)(p->command - commands);
	uint32_t      repeated = 0;
	const char   *setting = policy_unnamed(session_policy(s), p->command,
					       freezer_filters(&f->freezer, p->command));
	struct err    named;

	if (!(p->command->flags & CMD_WRITES)) {
		if (policy_allows(session_policy(s), p->command, false))
			return; /* it is only that filesystems are frozen */
		if (i >= ARRAY_SIZE(f->refusals) || !is_due(&f->refusals[i], &repeated))
			return;
	}
	err_init(&named);
	if (setting)
		(void)err_set_class(&named, err->class, "%s by %s", err->text, setting);
	write_unstarted(s, p, "refused", repeated, setting ? &named : err);
}

void session_audit_unstarted(struct session *s, const struct pending *p, const char *why)
{
	struct err err;

	if (!p->command || !(p->command->flags & CMD_WRITES))
		return;
	err_init(&err);
	(void)err_set(&err, "%s", why);
	write_unstarted(s, p, "not-started", 0, &err);
}
