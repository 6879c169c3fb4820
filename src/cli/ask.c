/* SPDX-License-Identifier: MIT */
#include "cli/ask.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARENA_MAX ((size_t)256 << 20)
#define FILE_MAX ((size_t)1 << 20)

int ask_begin(struct ask *a, struct cli *cli)
{
	*a = (struct ask){.cli = cli, .deadline = qgac_deadline(cli->timeout_ms)};
	arena_init(&a->arena, ARENA_MAX);
	return agent_open(cli, a->deadline, &a->agent);
}

void ask_end(struct ask *a)
{
	while (a->n_replies > 0)
		qgac_reply_free(a->replies[--a->n_replies]);
	qgac_free(a->agent);
	arena_fini(&a->arena);
	a->agent = NULL;
}

static int call(struct ask *a, const char *command, const char *arguments, struct qgac_value *ret,
		struct qgac_err *err)
{
	struct qgac_reply *reply;

	*ret = (struct qgac_value){.reply_ = NULL};
	if (qgac_call(a->agent, command, arguments, 0, a->deadline, &reply, err) < 0) {
		qgac_reply_free(reply);
		return -1;
	}
	if (a->n_replies == ASK_REPLIES_MAX) /* verbs ask fewer questions, or in loops */
		qgac_reply_free(a->replies[--a->n_replies]);
	a->replies[a->n_replies++] = reply;
	*ret = qgac_reply_return(reply);
	return 0;
}

int ask(struct ask *a, const char *command, const char *arguments, struct qgac_value *ret)
{
	struct qgac_err err;

	if (call(a, command, arguments, ret, &err) < 0)
		return agent_error(a->cli, command, &err);
	return EXIT_OK;
}

static bool is_missing(const struct qgac_err *err)
{
	return err->code == QGAC_ERR_REFUSED && (strcmp(err->agent_class, "CommandNotFound") == 0 ||
						 strcmp(err->agent_class, "CommandDisabled") == 0 ||
						 strcmp(err->agent_class, "Unsupported") == 0 ||
						 strstr(err->text, "not currently supported"));
}

int ask_opt(struct ask *a, const char *command, const char *arguments, struct qgac_value *ret)
{
	struct qgac_err err;

	if (call(a, command, arguments, ret, &err) < 0 && !is_missing(&err))
		return agent_error(a->cli, command, &err);
	return EXIT_OK;
}

int ask_run(struct cli *cli, ask_body *body, void *what)
{
	struct ask a;
	int        status = ask_begin(&a, cli);

	if (status == EXIT_OK)
		status = body(&a, what);
	ask_end(&a);
	return print_finish() || status != EXIT_OK ? status : EXIT_FAILED;
}

struct question {
	const char *command;
	ask_show   *show;
};

static int ask_question(struct ask *a, void *what)
{
	const struct question *q = what;
	struct qgac_value      result;
	int                    status = ask(a, q->command, NULL, &result);

	if (status != EXIT_OK || a->cli->quiet)
		return status;
	if (!a->cli->json)
		return q->show(a, result);
	ask_print_json(result);
	return EXIT_OK;
}

int ask_and_show(struct cli *cli, const char *command, ask_show *show)
{
	struct question q = {.command = command, .show = show};

	return ask_run(cli, ask_question, &q);
}

const struct qgac_reply *ask_reply(const struct ask *a)
{
	return a->replies[a->n_replies - 1];
}

const char *ask_text(struct ask *a, struct qgac_value object, const char *name)
{
	auto_free char *text = NULL;

	if (qgac_value_string(qgac_value_member(object, name), &text, NULL) < 0)
		return NULL;
	return arena_strdup(&a->arena, text);
}

int64_t ask_int(struct qgac_value object, const char *name, int64_t missing)
{
	(void)qgac_value_int64(qgac_value_member(object, name), &missing); /* or stays as it is */
	return missing;
}

bool ask_has(struct qgac_value object, const char *name)
{
	return qgac_value_kind(qgac_value_member(object, name)) != QGAC_ABSENT;
}

bool ask_bool(struct qgac_value object, const char *name)
{
	bool value = false;

	(void)qgac_value_bool(qgac_value_member(object, name), &value); /* or stays false */
	return value;
}

/* No error is shown: files are a second choice, where the agent has no command. */
const char *ask_file(struct ask *a, const char *path)
{
	struct buf          content = BUF_INIT(FILE_MAX);
	struct qgac_stream *s;
	const void         *data;
	const char         *copy = NULL;
	size_t              n;
	int                 got;

	if (qgac_stream_open(a->agent, path, "r", a->cli->timeout_ms, &s, NULL) < 0)
		return NULL;
	qgac_stream_set_chunk(s, 65536);
	do {
		got = qgac_stream_read(s, &data, &n, NULL);
		buf_add(&content, data, n);
	} while (got == 0 && n > 0 && !content.failed);
	if (got == 0 && !content.failed && content.len > 0)
		copy = arena_strndup(&a->arena, content.data, content.len);
	buf_fini(&content);
	qgac_stream_abandon(s);
	return copy;
}

void ask_print(const char *label, const char *value)
{
	if (!value)
		return;
	(void)printf("%s%-10s%s ", print_style_on(STYLE_HEAD), label, print_style_off(STYLE_HEAD));
	print_escaped(stdout, value, strlen(value));
	(void)putchar('\n');
}

static void print_line(const char *text, size_t n)
{
	if (isatty(STDOUT_FILENO))
		print_escaped(stdout, text, n);
	else
		(void)fwrite(text, 1, n, stdout);
	(void)putchar('\n');
}

void ask_print_json(struct qgac_value value)
{
	size_t      n;
	const char *text = qgac_value_text(value, &n);

	print_line(text ? text : "null", text ? n : 4);
}

int ask_print_document(struct buf *document)
{
	bool failed = document->failed;

	if (!failed)
		print_line(document->data, document->len);
	buf_fini(document);
	return failed ? agent_complain("not enough memory") : EXIT_OK;
}

void ask_add_value(struct json_out *w, const char *key, struct qgac_value value)
{
	size_t      n;
	const char *text = qgac_value_text(value, &n);

	if (!text)
		return;
	json_out_key(w, key);
	buf_add(w->buf, text, n);
	w->comma = true;
}
