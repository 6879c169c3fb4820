/* SPDX-License-Identifier: MIT */
#include "cli/guest_run.h"

#include <string.h>

struct outputs {
	struct buf *out;
	struct buf  error;
};

static int take(void *data, int stream, const void *bytes, size_t n)
{
	struct outputs *o = data;

	if (stream == 2)
		buf_add(&o->error, bytes, n < 400 - o->error.len ? n : 400 - o->error.len);
	else if (o->out)
		buf_add(o->out, bytes, n);
	return 0;
}

static int fail(struct qgac_err *err, enum qgac_code code, const char *text)
{
	*err = (struct qgac_err){.code = code};
	(void)snprintf(err->text, sizeof(err->text), "%s", text);
	return -1;
}

/* The last line of what it said is the one that matters. */
static int judge(const struct qgac_exec *e, struct outputs *o, struct qgac_err *err)
{
	char  text[512];
	char *line;

	if (qgac_exec_truncated(e, 1) || (o->out && o->out->failed))
		return fail(err, QGAC_ERR_PROTOCOL, "there are too many files for one copy");
	if (qgac_exec_exitcode(e) == 0)
		return 0;
	while (o->error.len > 0 && o->error.data[o->error.len - 1] == '\n')
		o->error.len--;
	buf_add_char(&o->error, '\0');
	line = o->error.data ? strrchr(o->error.data, '\n') : NULL;
	line = line ? line + 1 : o->error.data;
	(void)snprintf(text, sizeof(text), "a program in the guest failed: %s",
		       line && *line ? line : "it does not say why");
	return fail(err, QGAC_ERR_REFUSED, text);
}

int guest_run(struct qgac *agent, const char *script, const char *word, const struct buf *input,
	      struct buf *out, struct qgac_err *err)
{
	struct outputs    o = {.out = out, .error = BUF_INIT(4096)};
	struct qgac_exec *e = qgac_exec_new("/bin/sh");
	int               got;

	if (!e || qgac_exec_arg(e, "-c") < 0 || qgac_exec_arg(e, script) < 0 ||
	    qgac_exec_arg(e, "sh") < 0 || qgac_exec_arg(e, word) < 0 ||
	    (input && qgac_exec_input(e, input->data ? input->data : "", input->len) < 0)) {
		qgac_exec_free(e);
		return fail(err, QGAC_ERR_MEMORY, "not enough memory");
	}
	qgac_exec_on_output(e, take, &o);
	qgac_exec_set_patience(e, TIMEOUT_DEFAULT_MS);
	got = qgac_exec_run(e, agent, qgac_deadline(GUEST_RUN_MS), err);
	if (got == 0)
		got = judge(e, &o, err);
	buf_fini(&o.error);
	qgac_exec_free(e);
	return got;
}
