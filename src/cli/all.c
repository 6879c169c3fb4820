/* SPDX-License-Identifier: MIT */
/*
 * A process for each guest, because verbs are written for one: what one guest does to its process
 * (a reply of 128 MiB, a time limit, a crash) does not concern the others.
 */
#include "cli/all.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/child.h"
#include "cli/guests.h"
#include "json/reader.h"
#include "json/writer.h"

#define JOBS_DEFAULT 8                      /* guests at a time */
#define OUTPUT_BYTES_MAX ((size_t)64 << 20) /* of one guest, each of two streams */
#define READ_BYTES 65536

struct job {
	const struct guest *guest; /* NULL: free */
	pid_t               pid;
	int                 fds[2]; /* standard output and standard error; -1 after its end */
	struct buf          out[2];
	bool                is_cut; /* there was more */
};

struct crowd {
	struct cli   *cli;
	int           argc;
	char        **argv;
	struct guests guests;
	struct job   *jobs;
	size_t        n_jobs, n_running, next;
	size_t        width; /* of names */
	int           status;
};

/* A child that held the other end of its own output would never be told that nobody reads it. */
static void close_others(const struct crowd *c, int out, int err)
{
	size_t i;

	(void)close(out); /* only read, as the others */
	(void)close(err);
	for (i = 0; i < 2 * c->n_jobs; i++)
		if (c->jobs[i / 2].guest && c->jobs[i / 2].fds[i % 2] >= 0)
			(void)close(c->jobs[i / 2].fds[i % 2]);
}

/* Never returns. */
static void run_child(const struct crowd *c, const struct guest *g, int out, int err)
{
	struct cli cli = *c->cli;
	int        null = open("/dev/null", O_RDONLY | O_CLOEXEC), status;

	if (dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(err, STDERR_FILENO) < 0)
		_exit(EXIT_FAILED);
	cli.all = false;
	cli.guest = g->name;
	cli.target = g->target;
	cli.socket = g->socket;
	optind = 0;
	status = cli.verb->run(&cli, c->argc, c->argv);
	(void)fflush(stdout); /* verbs have looked at it in print_finish() */
	_exit(status);
}

static bool start(struct crowd *c, struct job *j, const struct guest *g)
{
	int out[2], err[2];

	if (pipe2(out, O_CLOEXEC) < 0)
		return false;
	if (pipe2(err, O_CLOEXEC) < 0) {
		(void)close(out[0]); /* nothing was in it, as below */
		(void)close(out[1]);
		return false;
	}
	(void)fflush(stdout); /* else the child prints it again */
	j->pid = fork();
	if (j->pid == 0) {
		close_others(c, out[0], err[0]);
		run_child(c, g, out[1], err[1]);
	}
	(void)close(out[1]); /* the child's, as the next */
	(void)close(err[1]);
	j->guest = g;
	j->fds[0] = out[0];
	j->fds[1] = err[0];
	c->n_running++;
	return true;
}

static void print_lines(const struct crowd *c, FILE *to, const struct job *j, const struct buf *b)
{
	const char *p = b->data, *end = p + b->len;

	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		const char *stop = lf ? lf : end;

		(void)fprintf(to, "%-*s  %.*s\n", (int)c->width, j->guest->name, (int)(stop - p),
			      p);
		p = stop + 1;
	}
}

/* Documents may be lists too. */
static bool is_document(char *text, size_t n)
{
	struct json_text whole = {.start = text, .end = text + n};
	struct err       unwanted;

	err_init(&unwanted);
	text[n] = '\0'; /* the reader wants one; room is made for it */
	return json_check(&whole, &unwanted) == 0;
}

static void print_json(const struct job *j, int status)
{
	struct buf        line = BUF_INIT(SIZE_MAX / 2);
	const struct buf *doc = &j->out[0];
	size_t            n = doc->len;
	struct json_out   w;

	while (n > 0 && doc->data[n - 1] == '\n')
		n--;
	json_out_init(&w, &line);
	json_out_object_begin(&w);
	json_out_key(&w, "guest");
	json_out_str(&w, j->guest->name);
	json_out_key(&w, "exit");
	json_out_int(&w, status);
	if (j->out[1].len > 0) {
		json_out_key(&w, "error");
		json_out_strn(&w, j->out[1].data, strcspn(j->out[1].data, "\n"));
	}
	if (n > 0 && is_document(doc->data, n)) {
		json_out_key(&w, "document");
		buf_add(&line, doc->data, n);
	}
	json_out_object_end(&w);
	(void)fwrite(line.data, 1, line.len, stdout);
	(void)putchar('\n');
	buf_fini(&line);
}

static void finish(struct crowd *c, struct job *j)
{
	int status = j->pid > 0 ? child_wait(j->pid) : EXIT_FAILED, i;

	if (j->is_cut) {
		status = EXIT_FAILED;
		buf_reset(&j->out[1], OUTPUT_BYTES_MAX);
		buf_printf(&j->out[1], "vactl: there is more than %d MiB of output\n",
			   (int)(OUTPUT_BYTES_MAX >> 20));
	}
	if (status > c->status)
		c->status = status;
	if (c->cli->json) {
		buf_add_char(&j->out[0], '\0');
		j->out[0].len--;
		buf_add_char(&j->out[1], '\0');
		j->out[1].len--;
		print_json(j, status);
	} else {
		print_lines(c, stdout, j, &j->out[0]);
		(void)fflush(stdout); /* looked at by print_finish() */
		print_lines(c, stderr, j, &j->out[1]);
	}
	for (i = 0; i < 2; i++)
		buf_fini(&j->out[i]);
	j->guest = NULL;
	j->is_cut = false;
	c->n_running--;
}

/* What a child prints past the bound is lost, and so is the child, which gets SIGPIPE: it is said.
 */
static void take_output(struct job *j, int i)
{
	struct buf *b = &j->out[i];
	ssize_t     n = -1;

	if (b->len > OUTPUT_BYTES_MAX)
		j->is_cut = true;
	else if (buf_reserve(b, READ_BYTES) == 0)
		n = read(j->fds[i], b->data + b->len, READ_BYTES);
	if (n < 0 && errno == EINTR && !b->failed && !j->is_cut)
		return;
	if (n > 0) {
		b->len += (size_t)n;
		return;
	}
	(void)close(j->fds[i]); /* only read */
	j->fds[i] = -1;
}

static void wait_for_output(struct crowd *c, struct pollfd *fds)
{
	size_t i;

	for (i = 0; i < 2 * c->n_jobs; i++) {
		const struct job *j = &c->jobs[i / 2];

		fds[i] = (struct pollfd){.fd = j->guest ? j->fds[i % 2] : -1, .events = POLLIN};
	}
	if (poll(fds, 2 * c->n_jobs, -1) < 0)
		return; /* a signal */
	for (i = 0; i < 2 * c->n_jobs; i++)
		if (fds[i].fd >= 0 && fds[i].revents)
			take_output(&c->jobs[i / 2], (int)(i % 2));
}

static void fill(struct crowd *c)
{
	size_t i;

	for (i = 0; i < c->n_jobs && c->next < c->guests.n; i++)
		if (!c->jobs[i].guest && start(c, &c->jobs[i], &c->guests.all[c->next]))
			c->next++;
}

static void drain(struct crowd *c)
{
	size_t i;

	for (i = 0; i < c->n_jobs; i++) {
		struct job *j = &c->jobs[i];

		if (j->guest && j->fds[0] < 0 && j->fds[1] < 0)
			finish(c, j);
	}
}

static void run_jobs(struct crowd *c, struct pollfd *fds)
{
	for (;;) {
		fill(c);
		if (c->n_running == 0)
			return; /* all done, or nothing can be started */
		wait_for_output(c, fds);
		drain(c);
	}
}

static int run_crowd(struct crowd *c)
{
	auto_free struct pollfd *fds = calloc(2 * c->n_jobs, sizeof(*fds));
	size_t                   i;

	c->jobs = calloc(c->n_jobs, sizeof(*c->jobs));
	if (!fds || !c->jobs)
		return agent_complain("not enough memory");
	for (i = 0; i < c->n_jobs; i++) {
		buf_init(&c->jobs[i].out[0], OUTPUT_BYTES_MAX + 2 * READ_BYTES);
		buf_init(&c->jobs[i].out[1], OUTPUT_BYTES_MAX + 2 * READ_BYTES);
	}
	for (i = 0; i < c->guests.n; i++)
		if (strlen(c->guests.all[i].name) > c->width)
			c->width = strlen(c->guests.all[i].name);
	run_jobs(c, fds);
	if (c->next < c->guests.n)
		return agent_complain("cannot start processes for all guests");
	return print_finish() || c->status ? c->status : EXIT_FAILED;
}

int all_run(struct cli *cli, int argc, char **argv)
{
	struct crowd c = {.cli = cli,
			  .argc = argc,
			  .argv = argv,
			  .n_jobs = cli->jobs ? (size_t)cli->jobs : JOBS_DEFAULT};
	int          status;

	if (!guests_find(cli, &c.guests))
		return agent_complain("not enough memory");
	c.status = c.guests.status;
	if (c.guests.n > 0)
		status = run_crowd(&c);
	else
		status = c.status ? c.status : agent_complain("no guests were found");
	free(c.jobs);
	guests_free(&c.guests);
	return status;
}
