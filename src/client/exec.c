/* SPDX-License-Identifier: MIT */
/*
 * A program in the guest: guest-exec, then guest-exec-status until it says that the program has
 * ended. It is asked after 1/8 of the time that has passed, so a short program is noticed soon and
 * a long one costs the guest next to nothing. One state machine serves callers that wait and
 * callers with a loop of their own.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/b64.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "client/conn.h"
#include "client/error.h"
#include "client/words.h"
#include "json/writer.h"

#define POLL_LEAST_NS (2 * NS_PER_MS)
#define POLL_MOST_NS NS_PER_S
#define POLL_SHARE 8
#define INPUT_MAX ((size_t)46 << 20) /* in base64 it fits the request of any agent */
#define KILL_MS 5000

enum exec_state { EXEC_NEW, EXEC_STARTING, EXEC_WAITING, EXEC_ASKING, EXEC_ENDED };

struct qgac_exec {
	char        *path;
	struct words arguments, environment;
	bool         has_environment;
	void        *input; /* NULL: none */
	size_t       input_n;
	bool         captures;

	qgac_exec_output *output;
	void             *output_data;

	enum exec_state state;
	struct qgac    *agent;
	int64_t         start_ns, next_ns;
	int64_t         patience_ms, patient_until; /* for one answer */
	int64_t         pid;
	int             exitcode, signal; /* -1: not that way */
	bool            truncated[2];
};

struct qgac_exec *qgac_exec_new(const char *path)
{
	struct qgac_exec *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->path = strdup(path);
	e->exitcode = e->signal = -1;
	e->captures = true;
	e->patience_ms = INT64_MAX;
	if (!e->path) {
		free(e);
		return NULL;
	}
	return e;
}

void qgac_exec_free(struct qgac_exec *e)
{
	if (!e)
		return;
	if (e->agent && (e->state == EXEC_STARTING || e->state == EXEC_ASKING))
		qgac_abandon(e->agent);
	free(e->path);
	words_fini(&e->arguments);
	words_fini(&e->environment);
	free(e->input);
	free(e);
}

int qgac_exec_arg(struct qgac_exec *e, const char *argument)
{
	return words_add(&e->arguments, argument);
}

int qgac_exec_env(struct qgac_exec *e, const char *assignment)
{
	e->has_environment = true;
	return assignment ? words_add(&e->environment, assignment) : 0;
}

int qgac_exec_input(struct qgac_exec *e, const void *data, size_t n)
{
	void *copy = n <= INPUT_MAX ? malloc(n + 1) : NULL;

	if (!copy)
		return -1;
	if (n > 0)
		memcpy(copy, data, n);
	free(e->input);
	e->input = copy;
	e->input_n = n;
	return 0;
}

void qgac_exec_capture(struct qgac_exec *e, bool captures)
{
	e->captures = captures;
}

void qgac_exec_set_patience(struct qgac_exec *e, int64_t timeout_ms)
{
	e->patience_ms = timeout_ms;
}

void qgac_exec_on_output(struct qgac_exec *e, qgac_exec_output *output, void *data)
{
	e->output = output;
	e->output_data = data;
}

static void add_words(struct json_out *w, const char *key, const struct words *words)
{
	size_t i;

	json_out_key(w, key);
	json_out_array_begin(w);
	for (i = 0; i < words->n; i++)
		json_out_str(w, words->all[i]);
	json_out_array_end(w);
}

static void add_input(struct json_out *w, const struct qgac_exec *e)
{
	struct buf *b = w->buf;

	json_out_key(w, "input-data");
	buf_add_char(b, '"');
	if (buf_reserve(b, b64_encoded_len(e->input_n)) == 0)
		b->len += b64_encode(e->input, e->input_n, b->data + b->len);
	buf_add_char(b, '"');
	w->comma = true;
}

/* A boolean, because other values of capture-output came with 8.0. */
static int write_arguments(const struct qgac_exec *e, struct buf *b)
{
	struct json_out w;

	json_out_init(&w, b);
	json_out_object_begin(&w);
	json_out_key(&w, "path");
	json_out_str(&w, e->path);
	if (e->arguments.n > 0)
		add_words(&w, "arg", &e->arguments);
	if (e->has_environment)
		add_words(&w, "env", &e->environment);
	if (e->input)
		add_input(&w, e);
	json_out_key(&w, "capture-output");
	json_out_bool(&w, e->captures);
	json_out_object_end(&w);
	buf_add_char(b, '\0');
	return b->failed ? -1 : 0;
}

static int check_text(const struct qgac_exec *e, struct qgac_err *err)
{
	bool   ok = utf8_is_text(e->path);
	size_t i;

	for (i = 0; i < e->arguments.n && ok; i++)
		ok = utf8_is_text(e->arguments.all[i]);
	for (i = 0; i < e->environment.n && ok; i++)
		ok = utf8_is_text(e->environment.all[i]);
	return ok ? 0
		  : error_set(err, QGAC_ERR_USAGE,
			      "program, arguments and environment must be UTF-8");
}

int qgac_exec_start(struct qgac_exec *e, struct qgac *agent, struct qgac_err *err)
{
	struct buf arguments = BUF_INIT(SIZE_MAX / 2);
	int        got;

	error_clear(err);
	if (e->state != EXEC_NEW)
		return error_set(err, QGAC_ERR_USAGE, "the program was started already");
	if (check_text(e, err) < 0)
		return -1;
	got = write_arguments(e, &arguments) < 0
		      ? error_memory(err)
		      : qgac_start(agent, "guest-exec", arguments.data, 0, err);
	buf_fini(&arguments);
	if (got < 0)
		return -1;
	e->agent = agent;
	e->state = EXEC_STARTING;
	e->patient_until = qgac_deadline(e->patience_ms);
	e->start_ns = clock_monotonic_ns();
	e->next_ns = INT64_MAX;
	return 0;
}

static int bad_reply(const char *command, struct qgac_err *err)
{
	return error_set(err, QGAC_ERR_PROTOCOL, "the reply is not one to %s", command);
}

static void set_timer(struct qgac_exec *e)
{
	int64_t now = clock_monotonic_ns(), delay = (now - e->start_ns) / POLL_SHARE;

	if (delay < POLL_LEAST_NS)
		delay = POLL_LEAST_NS;
	e->next_ns = now + (delay < POLL_MOST_NS ? delay : POLL_MOST_NS);
	e->state = EXEC_WAITING;
}

static int take_start(struct qgac_exec *e, const struct qgac_reply *reply, struct qgac_err *err)
{
	struct qgac_value pid = qgac_value_member(qgac_reply_return(reply), "pid");

	if (qgac_value_int64(pid, &e->pid) < 0 || e->pid <= 0)
		return bad_reply("guest-exec", err);
	set_timer(e);
	return 0;
}

static int give_output(struct qgac_exec *e, struct qgac_value result, int stream,
		       struct qgac_err *err)
{
	static const char *const data_keys[] = {"out-data", "err-data"};
	static const char *const cut_keys[] = {"out-truncated", "err-truncated"};
	struct qgac_value        value = qgac_value_member(result, data_keys[stream]);
	void                    *bytes;
	size_t                   n;
	int                      got = 0;

	/* some agents say it even when it is false, some with numbers */
	(void)qgac_value_bool(qgac_value_member(result, cut_keys[stream]), &e->truncated[stream]);
	if (qgac_value_kind(value) == QGAC_ABSENT)
		return 0;
	if (qgac_value_base64(value, &bytes, &n) < 0)
		return bad_reply("guest-exec-status", err);
	if (e->output && n > 0)
		got = e->output(e->output_data, stream + 1, bytes, n);
	free(bytes);
	return got ? error_set(err, QGAC_ERR_CANCELLED, "cancelled") : 0;
}

static int take_end(struct qgac_exec *e, struct qgac_value result, struct qgac_err *err)
{
	int64_t code = -1, signal = -1;

	(void)qgac_value_int64(qgac_value_member(result, "exitcode"), &code); /* one of them */
	(void)qgac_value_int64(qgac_value_member(result, "signal"), &signal);
	e->state = EXEC_ENDED;
	e->exitcode = (int)code;
	e->signal = (int)signal;
	if (give_output(e, result, 0, err) < 0 || give_output(e, result, 1, err) < 0)
		return -1;
	return 1;
}

static int take_status(struct qgac_exec *e, const struct qgac_reply *reply, struct qgac_err *err)
{
	struct qgac_value result = qgac_reply_return(reply);
	bool              exited;

	if (qgac_value_bool(qgac_value_member(result, "exited"), &exited) < 0)
		return bad_reply("guest-exec-status", err);
	if (exited)
		return take_end(e, result, err);
	set_timer(e);
	return 0;
}

static int ask(struct qgac_exec *e, struct qgac_err *err)
{
	char arguments[64];

	if (clock_monotonic_ns() < e->next_ns)
		return 0;
	(void)snprintf(arguments, sizeof(arguments), "{\"pid\": %lld}", (long long)e->pid);
	if (qgac_start(e->agent, "guest-exec-status", arguments, 0, err) < 0)
		return -1;
	e->state = EXEC_ASKING;
	e->patient_until = qgac_deadline(e->patience_ms);
	e->next_ns = INT64_MAX;
	return 0;
}

int qgac_exec_process(struct qgac_exec *e, struct qgac_err *err)
{
	struct qgac_reply *reply;
	struct qgac_err    unwanted;
	int                got;

	err = err ? err : &unwanted;
	error_clear(err);
	if (e->state == EXEC_ENDED)
		return 1;
	if (e->state == EXEC_WAITING)
		return ask(e, err);
	if (e->state == EXEC_NEW)
		return error_set(err, QGAC_ERR_USAGE, "the program was not started");
	got = qgac_process(e->agent, &reply, err);
	if (got > 0)
		got = e->state == EXEC_STARTING ? take_start(e, reply, err)
						: take_status(e, reply, err);
	/* a status that was lost can be asked for again: the record is still there */
	else if (got < 0 && e->state == EXEC_ASKING)
		set_timer(e);
	qgac_reply_free(reply);
	return got;
}

int64_t qgac_exec_when(const struct qgac_exec *e)
{
	return e->state == EXEC_WAITING ? e->next_ns : INT64_MAX;
}

/* 0 go on, -1 with err set. */
static int wait_for_event(struct qgac_exec *e, int64_t deadline, struct qgac_err *err)
{
	struct pollfd   fds[] = {{.fd = e->agent->fd, .events = qgac_events(e->agent)},
				 {.fd = e->agent->cancel_fd, .events = POLLIN}};
	int64_t         now = clock_monotonic_ns(), when = qgac_exec_when(e);
	struct timespec ts;

	if (now >= deadline)
		return error_set(err, QGAC_ERR_TIMEOUT, "timed out: the program has not ended");
	if (e->state != EXEC_WAITING) {
		if (now >= e->patient_until)
			return error_set(err, QGAC_ERR_TIMEOUT,
					 "timed out: the agent does not answer");
		when = e->patient_until;
	}
	when = when < deadline ? when : deadline;
	when = when > now ? when - now : 0;
	when = when < 3600 * NS_PER_S ? when : 3600 * NS_PER_S;
	ts = (struct timespec){.tv_sec = when / NS_PER_S, .tv_nsec = when % NS_PER_S};
	if (e->state == EXEC_WAITING)
		fds[0].fd =
			-1; /* nothing is expected, and an end is noticed by the next question */
	(void)ppoll(fds, 2, &ts, NULL); /* what is ready is found out by trying */
	if (fds[1].revents)
		return error_set(err, QGAC_ERR_CANCELLED, "cancelled");
	return 0;
}

int qgac_exec_wait(struct qgac_exec *e, int64_t deadline, struct qgac_err *err)
{
	struct qgac_err unwanted;
	int             got;

	err = err ? err : &unwanted;
	for (;;) {
		got = qgac_exec_process(e, err);
		if (got != 0)
			return got < 0 ? -1 : 0;
		if (wait_for_event(e, deadline, err) < 0) {
			qgac_abandon(e->agent);
			if (e->state == EXEC_ASKING)
				set_timer(e);
			return error_stage(err, QGAC_STAGE_REPLY);
		}
	}
}

int qgac_exec_run(struct qgac_exec *e, struct qgac *agent, int64_t deadline, struct qgac_err *err)
{
	if (qgac_exec_start(e, agent, err) < 0)
		return -1;
	return qgac_exec_wait(e, deadline, err);
}

int64_t qgac_exec_pid(const struct qgac_exec *e)
{
	return e->pid;
}

int qgac_exec_exitcode(const struct qgac_exec *e)
{
	return e->exitcode;
}

int qgac_exec_signal(const struct qgac_exec *e)
{
	return e->signal;
}

bool qgac_exec_truncated(const struct qgac_exec *e, int stream)
{
	return (stream == 1 || stream == 2) && e->truncated[stream - 1];
}

int qgac_exec_kill(struct qgac_exec *e, int signo, struct qgac_err *err)
{
	struct qgac_exec *k;
	char              option[16], pid[24];
	int               got;

	error_clear(err);
	if (e->pid <= 0 || e->state == EXEC_ENDED)
		return error_set(err, QGAC_ERR_USAGE, "the program is not known to run");
	k = qgac_exec_new("kill");
	(void)snprintf(option, sizeof(option), "-%d", signo);
	(void)snprintf(pid, sizeof(pid), "%lld", (long long)e->pid);
	if (!k || qgac_exec_arg(k, option) < 0 || qgac_exec_arg(k, pid) < 0)
		got = error_memory(err);
	else
		got = qgac_exec_run(k, e->agent, qgac_deadline(KILL_MS), err);
	if (got == 0 && k->exitcode != 0)
		got = error_set(err, QGAC_ERR_REFUSED, "kill ended with status %d", k->exitcode);
	qgac_exec_free(k);
	return got;
}
