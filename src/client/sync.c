/* SPDX-License-Identifier: MIT */
/*
 * The handshake: 0xFF empties the agent's parser, then guest-sync-delimited with a random id. What
 * arrives before the answer belongs to somebody else: half and whole replies of any length, answers
 * to earlier handshakes, and the error line with which most agents answer the 0xFF. Agents
 * before 1.1 know only guest-sync, whose answer has no 0xFF.
 */
#include "client/sync.h"

#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "client/error.h"
#include "client/start.h"
#include "json/reader.h"
#include "json/writer.h"

#define RESET_BYTE '\xff'
#define DESC_MAX 512

enum verdict { IGNORE, IN_SYNC, NOT_KNOWN, NOT_ALLOWED, IS_MONITOR };

/* Positive, so that no agent's idea of an integer is too small for it. */
static int64_t random_id(const struct qgac *agent)
{
	uint64_t id = 0;

	/*
	 * early in boot there may be no randomness yet; then being different from the last id has
	 * to do
	 */
	if (getrandom(&id, sizeof(id), GRND_NONBLOCK) != (ssize_t)sizeof(id))
		id = (uint64_t)clock_monotonic_ns() * UINT64_C(0x9e3779b97f4a7c15) ^
		     (uint64_t)getpid() << 40 ^ (uintptr_t)agent;
	id &= INT64_MAX;
	return id ? (int64_t)id : 1;
}

static int queue_request(struct qgac *agent, struct sync *s, struct qgac_err *err)
{
	struct json_out w;

	s->id = random_id(agent);
	if (agent->is_bridge) {
		buf_printf(&agent->out, "S%lld\n", (long long)s->id);
		return agent->out.failed ? error_memory(err) : 0;
	}
	buf_add_char(&agent->out, RESET_BYTE);
	json_out_init(&w, &agent->out);
	json_out_object_begin(&w);
	json_out_key(&w, "execute");
	json_out_str(&w, agent->plain_sync ? "guest-sync" : "guest-sync-delimited");
	json_out_key(&w, "arguments");
	json_out_object_begin(&w);
	json_out_key(&w, "id");
	json_out_int(&w, s->id);
	json_out_object_end(&w);
	json_out_object_end(&w);
	buf_add_char(&agent->out, '\n');
	return agent->out.failed ? error_memory(err) : 0;
}

static bool is_name_char(char c)
{
	return c == '-' || (c >= 'a' && c <= 'z');
}

/* Whether text holds name as a whole word: "guest-sync-delimited" does not name guest-sync. */
static bool names(const char *text, const char *name)
{
	size_t      n = strlen(name);
	const char *p = text;

	while ((p = strstr(p, name))) {
		if ((p == text || !is_name_char(p[-1])) && !is_name_char(p[n]))
			return true;
		p += n;
	}
	return false;
}

static struct json member(const struct json *object, const char *name)
{
	struct json_walk w;
	struct json      key, value;

	if (json_kind(object) == JSON_OBJECT) {
		json_walk_start(&w, object);
		while (json_walk_member(&w, &key, &value))
			if (json_str_is(&key, name))
				return value;
	}
	return (struct json){.p = NULL, .text = object->text};
}

static void copy_string(const struct json *value, char *dst, size_t size)
{
	dst[0] = '\0';
	if (json_kind(value) == JSON_STRING)
		(void)json_str_copy(value, dst, size); /* cut is good enough to look for a name */
}

/*
 * Is this error about our request? It may be a stale one. Class names and texts changed over the
 * years, so the name of the command decides; an unnamed unknown command is taken for ours, which is
 * harmless because both forms of the handshake work with every agent that has both.
 */
static enum verdict judge_error(const struct qgac *agent, const struct json *error)
{
	char        class_name[64], desc[DESC_MAX];
	struct json value = member(error, "class");
	bool        unknown;

	copy_string(&value, class_name, sizeof(class_name));
	value = member(error, "desc");
	copy_string(&value, desc, sizeof(desc));
	if (agent->plain_sync)
		return names(desc, "guest-sync") ? NOT_ALLOWED : IGNORE;
	unknown = !strcmp(class_name, "CommandNotFound") || !strcmp(class_name, "CommandDisabled");
	if (names(desc, "guest-sync-delimited") || (unknown && !strstr(desc, "guest-")))
		return NOT_KNOWN;
	return IGNORE;
}

static enum verdict judge_object(const struct qgac *agent, const struct sync *s,
				 const struct json *object)
{
	struct json     returned = member(object, "return");
	struct json     error = member(object, "error");
	struct json     greeting = member(object, "QMP");
	struct json_num num;

	if (greeting.p)
		return IS_MONITOR;
	if (error.p)
		return judge_error(agent, &error);
	if (json_kind(&returned) != JSON_NUMBER || !(s->after_reset || agent->plain_sync))
		return IGNORE;
	num = json_num(&returned);
	return num.kind == JSON_NUM_INT && num.i == s->id ? IN_SYNC : IGNORE;
}

static enum verdict judge_text(const struct qgac *agent, const struct sync *s, char *start)
{
	struct json_text text = {.start = start, .end = (char *)s->line + s->len};
	struct json      root;
	struct err       ignored;

	err_init(&ignored);
	if (json_check(&text, &ignored) < 0)
		return IGNORE;
	root = json_root(&text);
	return judge_object(agent, s, &root);
}

static enum verdict judge_line(const struct qgac *agent, struct sync *s)
{
	enum verdict v;
	char        *brace;

	if (s->too_long || s->len == 0)
		return IGNORE;
	s->line[s->len] = '\0';
	v = judge_text(agent, s, s->line);
	/* without 0xFF our reply may stand behind the rest of a stale one */
	brace = memrchr(s->line, '{', s->len);
	if (v == IGNORE && agent->plain_sync && brace && brace > s->line)
		v = judge_text(agent, s, brace);
	return v;
}

static void begin_line(struct sync *s, bool after_reset)
{
	s->len = 0;
	s->too_long = false;
	s->after_reset = after_reset;
}

static int act(struct qgac *agent, struct sync *s, enum verdict v, struct qgac_err *err)
{
	switch (v) {
	case IN_SYNC:
		return 1;
	case NOT_KNOWN:
		agent->plain_sync = true;
		return queue_request(agent, s, err);
	case NOT_ALLOWED:
		return error_refused(
			err, "CommandNotFound",
			"the agent allows neither guest-sync-delimited nor guest-sync");
	case IS_MONITOR:
		return error_set(err, QGAC_ERR_PROTOCOL,
				 "this is the socket of a QMP monitor, not of a guest agent");
	case IGNORE:
		break;
	}
	return 0;
}

static int take_byte(struct qgac *agent, struct sync *s, char c, struct qgac_err *err)
{
	int done = 0;

	if (c == RESET_BYTE) {
		begin_line(s, true);
	} else if (c == '\n') {
		done = act(agent, s, judge_line(agent, s), err);
		begin_line(s, false);
	} else if (s->len < SYNC_LINE_MAX) {
		s->line[s->len++] = c;
	} else {
		s->too_long = true;
	}
	return done;
}

int sync_feed(struct qgac *agent, size_t fresh, void *state, struct qgac_err *err)
{
	struct sync *s = state;
	size_t       i;
	int          done = 0;

	(void)fresh; /* everything is taken each time, so all of it is new */
	for (i = 0; i < agent->in.len && done == 0; i++)
		done = take_byte(agent, s, agent->in.data[i], err);
	buf_consume(&agent->in, i);
	return done;
}

int sync_begin(struct qgac *agent, struct sync *s, struct qgac_err *err)
{
	begin_line(s, false);
	return queue_request(agent, s, err);
}

int sync_ensure(struct qgac *agent, int64_t deadline, struct qgac_err *err)
{
	struct sync s;

	if (conn_check_quiet(agent, err) < 0)
		return -1;
	if (agent->synced)
		return 0;
	conn_reset(agent);
	if (sync_begin(agent, &s, err) < 0 ||
	    conn_exchange(agent, sync_feed, &s, QGAC_STAGE_SYNC, deadline, err) < 0)
		return -1;
	agent->synced = true;
	return 0;
}

int qgac_sync(struct qgac *agent, int64_t deadline, struct qgac_err *err)
{
	error_clear(err);
	start_forget(agent);
	return sync_ensure(agent, deadline, err);
}
