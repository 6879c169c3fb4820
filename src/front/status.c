/* SPDX-License-Identifier: MIT */
#include "front/status.h"

#include <stdio.h>
#include <string.h>

#include <string.h>

#include "base/clock.h"
#include "build_config.h"
#include "front/control.h"
#include "front/endpoint.h"
#include "front/front.h"
#include "front/session_state.h"
#include "json/writer.h"
#include "log/audit.h"
#include "log/log.h"

static void put_int(struct json_out *w, const char *key, int64_t value)
{
	json_out_key(w, key);
	json_out_int(w, value);
}

static void put_str(struct json_out *w, const char *key, const char *value)
{
	json_out_key(w, key);
	json_out_str(w, value);
}

static int64_t seconds_since(int64_t ns)
{
	return (clock_monotonic_ns() - ns) / NS_PER_S;
}

static size_t queue_length(const struct session *s)
{
	const struct pending *p;
	size_t                n = 0;

	for (p = s->queue.head; p; p = p->next)
		n++;
	return n;
}

static void put_session(struct json_out *w, const struct session *s)
{
	json_out_object_begin(w);
	json_out_key(w, "peer");
	json_out_bool(w, session_has_peer(s));
	put_int(w, "queued", (int64_t)queue_length(s));
	if (s->running) {
		put_str(w, "running", s->running->command->name);
		if (s->worker)
			put_int(w, "seconds", seconds_since(s->worker->since_ns));
	}
	json_out_object_end(w);
}

static void put_sessions(struct json_out *w, const struct front *f)
{
	const struct session *s;

	json_out_key(w, "sessions");
	json_out_array_begin(w);
	for (s = f->sessions; s; s = s->next)
		put_session(w, s);
	json_out_array_end(w);
}

static void put_channels(struct json_out *w, const struct front *f)
{
	size_t i;

	json_out_key(w, "channels");
	json_out_array_begin(w);
	for (i = 0; i < f->n_endpoints; i++) {
		const struct endpoint *e = &f->endpoints[i];

		json_out_object_begin(w);
		put_str(w, "method", e->transport->name);
		if (e->path)
			put_str(w, "path", e->path);
		if (*e->name)
			put_str(w, "name", e->name);
		put_str(w, "profile",
			policy_profile_name(
				policies_of(policy_store_now(&f->policy), e->rules)->profile));
		json_out_key(w, "open");
		json_out_bool(w, e->is_open);
		json_out_object_end(w);
	}
	json_out_array_end(w);
}

/* What a changed configuration would allow more. */
static void put_restart(struct json_out *w, const struct front *f)
{
	const char *at = policy_store_words(&f->policy);
	char        line[256];

	json_out_key(w, "needs-restart");
	json_out_array_begin(w);
	while (*at) {
		size_t n = strcspn(at, "\n");

		(void)snprintf(line, sizeof(line), "%.*s", (int)n, at);
		json_out_str(w, line);
		at += n + (at[n] == '\n');
	}
	json_out_array_end(w);
}

static void put_stuck(struct json_out *w, const struct front *f)
{
	const struct worker *at;

	json_out_key(w, "stuck");
	json_out_array_begin(w);
	for (at = f->pool.workers; at; at = at->next) {
		if (!at->abandoned)
			continue;
		json_out_object_begin(w);
		put_str(w, "command", at->command->name);
		put_int(w, "seconds", seconds_since(at->since_ns));
		put_int(w, "pid", at->pid);
		json_out_object_end(w);
	}
	json_out_array_end(w);
}

static void put_workers(struct json_out *w, const struct front *f)
{
	const struct worker *at;
	int64_t              busy = 0, idle = 0;

	for (at = f->pool.workers; at; at = at->next) {
		busy += at->busy && !at->abandoned;
		idle += !at->busy;
	}
	json_out_key(w, "workers");
	json_out_object_begin(w);
	put_int(w, "busy", busy);
	put_int(w, "idle", idle);
	put_int(w, "abandoned", (int64_t)f->pool.n_abandoned);
	json_out_object_end(w);
}

static void put_freeze(struct json_out *w, const struct freezer *z)
{
	int64_t now = clock_ns(CLOCK_BOOTTIME);

	json_out_key(w, "frozen");
	json_out_bool(w, z->filters);
	put_str(w, "freeze", freezer_phase_name(z));
	if (z->phase != FREEZE_THAWED)
		put_int(w, "frozen-seconds", (now - z->since_ns) / NS_PER_S);
	if (z->phase == FREEZE_FROZEN)
		put_int(w, "frozen-filesystems", z->count);
	if (z->phase != FREEZE_THAWED && z->deadline_ns)
		put_int(w, "thawed-in-seconds", (z->deadline_ns - now) / NS_PER_S);
	if (z->n_lingering)
		put_int(w, "hanging-freezes", (int64_t)z->n_lingering);
	if (z->automatic[0])
		put_str(w, "last-freeze", z->automatic);
}

static void put_part(struct json_out *w, const char *key, int os)
{
	if (os)
		put_str(w, key, strerror(os));
	else
		put_str(w, key, "restricted");
}

static void put_confinement(struct json_out *w, const struct front *f)
{
	const struct confinement *c = &f->confinement;

	json_out_key(w, "confinement");
	json_out_object_begin(w);
	if (f->options->confine == CONFINE_OFF) {
		put_str(w, "all", "off");
	} else {
		put_part(w, "system-calls", c->calls_os);
		put_part(w, "files", c->files_os);
		put_str(w, "programs", needs_programs(&f->needs) ? "allowed" : "none");
	}
	json_out_object_end(w);
}

static void put_status(struct json_out *w, const struct front *f)
{
	json_out_object_begin(w);
	put_str(w, "version", VIRTAGENT_VERSION);
	put_str(w, "protocol", PROTOCOL_VERSION);
	put_int(w, "pid", getpid());
	put_int(w, "uptime", seconds_since(f->started_ns));
	put_freeze(w, &f->freezer);
	put_channels(w, f);
	put_restart(w, f);
	put_sessions(w, f);
	put_workers(w, f);
	put_stuck(w, f);
	put_int(w, "handles", (int64_t)f->handles.n);
	put_int(w, "dropped-log-lines", log_dropped());
	put_int(w, "lost-audit-lines", audit_lost());
	put_confinement(w, f);
	json_out_object_end(w);
}

static void run_status(struct front *f, struct control_client *c, const char *arguments)
{
	struct buf      text = BUF_INIT(CONTROL_REPLY_MAX);
	struct json_out w;

	(void)arguments;
	json_out_init(&w, &text);
	put_status(&w, f);
	control_return(c, &text);
	buf_fini(&text);
}

void status_register(struct front *f)
{
	static struct control_verb verb = {.name = "status", .run = run_status};

	control_add(&f->control, &verb);
}
