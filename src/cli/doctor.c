/* SPDX-License-Identifier: MIT */
/*
 * Why does it not answer? From the outside in, one line for each thing that is looked at, with what
 * to do; the first one that is broken ends the examination.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "cli/ask.h"
#include "cli/guests.h"
#include "cli/holder.h"

#define STEP_MS 5000
#define PINGS 5
#define SLOW_NS (100 * NS_PER_MS)
#define CLOCK_OFF_NS NS_PER_S
#define TEXT_BYTES 512
#define RESULTS_MAX 24

enum level { LEVEL_OK, LEVEL_WARNING, LEVEL_PROBLEM };

struct result {
	enum level level;
	char       what[TEXT_BYTES], advice[TEXT_BYTES];
};

struct doctor {
	struct cli   *cli;
	struct ask    a;
	struct result results[RESULTS_MAX];
	size_t        n;
	int64_t       end;    /* of the whole examination */
	int           status; /* of the first problem */
};

/* Unless somebody wants to wait longer, one step is not given all of the time. */
static int64_t step_end(const struct doctor *d)
{
	int64_t end = qgac_deadline(STEP_MS);

	return d->cli->has_timeout || end > d->end ? d->end : end;
}

static struct result *add(struct doctor *d, enum level level)
{
	struct result *r = &d->results[d->n < RESULTS_MAX ? d->n++ : RESULTS_MAX - 1];

	r->level = level;
	r->what[0] = r->advice[0] = '\0';
	return r;
}

static void printf_like(2, 3) fine(struct doctor *d, const char *fmt, ...)
{
	struct result *r = add(d, LEVEL_OK);
	va_list        ap;

	va_start(ap, fmt);
	(void)vsnprintf(r->what, sizeof(r->what), fmt, ap);
	va_end(ap);
}

static void printf_like(3, 4) warn(struct doctor *d, const char *advice, const char *fmt, ...)
{
	struct result *r = add(d, LEVEL_WARNING);
	va_list        ap;

	va_start(ap, fmt);
	(void)vsnprintf(r->what, sizeof(r->what), fmt, ap);
	va_end(ap);
	(void)snprintf(r->advice, sizeof(r->advice), "%s", advice);
}

/* Returns false: the examination ends. */
static bool printf_like(4, 5)
	broken(struct doctor *d, int status, const char *advice, const char *fmt, ...)
{
	struct result *r = add(d, LEVEL_PROBLEM);
	va_list        ap;

	va_start(ap, fmt);
	(void)vsnprintf(r->what, sizeof(r->what), fmt, ap);
	va_end(ap);
	(void)snprintf(r->advice, sizeof(r->advice), "%s", advice);
	d->status = d->status ? d->status : status;
	return false;
}

/* the socket */

static bool examine_socket(struct doctor *d)
{
	const char *path = d->cli->socket;
	struct stat st;

	if (!path)
		return true;
	if (stat(path, &st) < 0) {
		if (errno == ENOENT)
			return broken(
				d, EXIT_CONNECT,
				"start the guest, or look at the path that its QEMU was given "
				"(-chardev socket,path=...); 'vactl list' shows guests",
				"no socket at %s", path);
		return broken(d, EXIT_CONNECT, "use root, or the user that runs the guest",
			      "%s: %s", path, strerror(errno));
	}
	if (!S_ISSOCK(st.st_mode))
		return broken(d, EXIT_CONNECT, "name the socket of the guest's agent channel",
			      "%s is not a socket", path);
	if (access(path, R_OK | W_OK) < 0)
		return broken(d, EXIT_CONNECT, "use root, or the user that runs the guest",
			      "no permission to use %s", path);
	fine(d, "there is a socket at %s", path);
	return true;
}

static const char *advice_held(const char *name)
{
	if (strncmp(name, "libvirt", 7) == 0 || strncmp(name, "virtqemud", 9) == 0)
		return "go through libvirt: vactl DOMAIN doctor";
	return "end that program, or go through it; the hypervisor serves one client at a time";
}

static bool examine_holder(struct doctor *d)
{
	struct holder h;

	if (!d->cli->socket || !holder_find(d->cli->socket, &h))
		return true;
	if (h.pid == 0)
		warn(d, "root can see which one it is; the hypervisor serves one client at a time",
		     "another client is connected to the socket");
	else
		warn(d, advice_held(h.name), "%s (process %d) is connected to the socket", h.name,
		     (int)h.pid);
	return true;
}

/* the agent */

static bool failed(struct doctor *d, const struct qgac_err *err, const char *advice)
{
	int status = agent_exit_code(err);

	if (err->code == QGAC_ERR_TIMEOUT && err->stage == QGAC_STAGE_UNREAD)
		status = EXIT_UNREAD;
	return broken(d, status, advice, "%s", err->text);
}

static const char *advice_connect(const struct doctor *d, const struct qgac_err *err)
{
	if (err->code == QGAC_ERR_TIMEOUT && agent_is_through_libvirt(d->cli))
		return ADVICE_LIBVIRT;
	if (err->code == QGAC_ERR_TIMEOUT)
		return "others are waiting for this socket too: end them";
	if (err->os == ECONNREFUSED)
		return "nobody listens: the guest has ended; start it";
	if (err->code == QGAC_ERR_USAGE)
		return "see GUESTS in vactl(1)";
	return "is the guest running? 'vactl list' shows guests";
}

static bool examine_connection(struct doctor *d)
{
	struct qgac_err err;

	if (qgac_connect(d->cli->target, step_end(d), &d->a.agent, &err) < 0)
		return failed(d, &err, advice_connect(d, &err));
	fine(d, agent_is_through_libvirt(d->cli) ? "libvirt runs the domain"
						 : "the hypervisor accepts connections");
	return true;
}

#define ADVICE_START                                                                               \
	"no agent has opened the channel in the guest. In the guest: systemctl start "             \
	"qemu-guest-agent (or virtagent), and ls /dev/virtio-ports/org.qemu.guest_agent.0"

static const char *advice_sync(const struct qgac_err *err)
{
	if (err->stage == QGAC_STAGE_UNREAD)
		return "if no other client is connected: " ADVICE_START;
	if (err->code == QGAC_ERR_TIMEOUT)
		return "the agent is busy with an earlier command, or hangs: wait, or restart it "
		       "in "
		       "the guest";
	if (err->code == QGAC_ERR_CLOSED)
		return "another client is served, or the hypervisor has just closed the channel";
	if (err->code == QGAC_ERR_PROTOCOL)
		return "use the agent's socket: that of the channel org.qemu.guest_agent.0";
	return "look at the agent's log in the guest";
}

static bool examine_handshake(struct doctor *d)
{
	struct qgac_err err;

	if (qgac_sync(d->a.agent, step_end(d), &err) < 0)
		return failed(d, &err, advice_sync(&err));
	if (!agent_is_through_libvirt(d->cli))
		fine(d, "the agent answers the handshake");
	return true;
}

/* Only with the first command it shows whether anybody is there. */
static bool fail_ping(struct doctor *d, const struct qgac_err *err)
{
	const char *on_hold = agent_advice_on_hold(err);

	if (agent_is_through_libvirt(d->cli) && on_hold)
		return failed(d, err, on_hold);
	if (!agent_is_through_libvirt(d->cli) || err->code != QGAC_ERR_CLOSED)
		return failed(d, err, "the agent hangs in a command, or blocks guest-ping");
	return broken(d, EXIT_UNREAD, ADVICE_START, "%s", err->text);
}

static bool examine_round_trip(struct doctor *d)
{
	int64_t         best = INT64_MAX;
	struct qgac_err err;
	int             i;

	for (i = 0; i < PINGS; i++) {
		int64_t start = clock_monotonic_ns(), ns;

		if (qgac_ping(d->a.agent, step_end(d), &err) < 0)
			return fail_ping(d, &err);
		ns = clock_monotonic_ns() - start;
		best = ns < best ? ns : best;
	}
	if (best > SLOW_NS)
		warn(d, "the guest has too little processor time, or swaps",
		     "a round trip takes %.0f ms", (double)best / (double)NS_PER_MS);
	else
		fine(d, "a round trip takes %.2f ms", (double)best / (double)NS_PER_MS);
	return true;
}

/* what it can do */

static bool version_below(const char *version, int major, int minor)
{
	uint64_t n[2] = {0, 0};
	size_t   i;

	for (i = 0; i < 2; i++) {
		size_t len = strspn(version, "0123456789");

		if (!num_u64(version, len, &n[i]))
			break;
		version += len + (version[len] == '.');
	}
	return n[0] < (uint64_t)major || (n[0] == (uint64_t)major && n[1] < (uint64_t)minor);
}

static void examine_version(struct doctor *d, const struct qgac_info *info)
{
	const char *ours = qgac_info_virtagent_version(info), *version = qgac_info_version(info);

	if (ours)
		fine(d, "the agent is virtagent %s, protocol %s", ours, version);
	else if (version_below(version, 2, 5))
		warn(d, "update it: exec came with 2.5, host name and OS with 2.10",
		     "the agent is of release %s, which is old", version);
	else
		fine(d, "the agent is of release %s", version);
}

static void list_blocked(const struct qgac_info *info, struct buf *b, size_t *ret_n)
{
	size_t i;

	for (i = 0; i < qgac_info_command_count(info); i++) {
		const struct qgac_command *c = qgac_info_command(info, i);

		if (c->enabled)
			continue;
		if (b->len < 200)
			buf_printf(b, "%s%.60s", b->len ? " " : "", c->name);
		(*ret_n)++;
	}
	buf_add_char(b, '\0');
}

static void examine_blocked(struct doctor *d, const struct qgac_info *info)
{
	struct buf b = BUF_INIT(4096);
	size_t     n = 0;

	list_blocked(info, &b, &n);
	if (n > 0)
		warn(d,
		     "by the guest's administrator (block-rpcs, allow-rpcs), or because the "
		     "guest's system has nothing of the kind",
		     "%zu command%s disabled: %s", n, n == 1 ? " is" : "s are",
		     b.failed ? "" : b.data);
	else
		fine(d, "no command is blocked");
	buf_fini(&b);
}

static bool examine_frozen(struct doctor *d, bool *ret)
{
	struct qgac_reply *reply;
	struct qgac_err    err;

	*ret = qgac_call(d->a.agent, "guest-fsfreeze-status", NULL, 0, step_end(d), &reply, &err) ==
		       0 &&
	       qgac_value_is(qgac_reply_return(reply), "frozen");
	qgac_reply_free(reply);
	if (*ret)
		return broken(d, EXIT_FAILED,
			      "if no backup is running: vactl GUEST thaw. Until then nearly all "
			      "commands are disabled",
			      "the guest's filesystems are frozen");
	return true;
}

static bool examine_abilities(struct doctor *d)
{
	struct qgac_info *info;
	struct qgac_err   err;
	bool              frozen;

	if (qgac_info(d->a.agent, step_end(d), &info, &err) < 0) {
		warn(d, "the guest's administrator has blocked it", "guest-info: %s", err.text);
		return true;
	}
	examine_version(d, info);
	(void)examine_frozen(d, &frozen); /* the rest is still worth a look */
	if (!frozen)
		examine_blocked(d, info);
	qgac_info_free(info);
	return true;
}

static bool examine_clock(struct doctor *d)
{
	struct qgac_reply *reply;
	int64_t            before = clock_ns(CLOCK_REALTIME), guest, off = 0;

	if (qgac_call(d->a.agent, "guest-get-time", NULL, 0, step_end(d), &reply, NULL) == 0 &&
	    qgac_value_int64(qgac_reply_return(reply), &guest) == 0) {
		off = guest - (before + (clock_ns(CLOCK_REALTIME) - before) / 2);
		if (off > CLOCK_OFF_NS || off < -CLOCK_OFF_NS)
			warn(d, "vactl GUEST time --sync sets it; then look after NTP in the guest",
			     "the guest's clock is %.1f s %s", (double)(off < 0 ? -off : off) / 1e9,
			     off < 0 ? "behind" : "ahead");
		else
			fine(d, "the guest's clock agrees with ours");
	}
	qgac_reply_free(reply);
	return true;
}

/* what is printed */

static const char *const level_names[] = {"ok", "warning", "problem"};

static void print_result(const struct result *r)
{
	static const enum print_style styles[] = {STYLE_GOOD, STYLE_WARN, STYLE_BAD};

	(void)printf("%s%-8s%s ", print_style_on(styles[r->level]), level_names[r->level],
		     print_style_off(styles[r->level]));
	print_message(stdout, r->what);
	if (*r->advice) {
		(void)fputs(" -> ", stdout);
		print_escaped(stdout, r->advice, strlen(r->advice));
	}
	(void)putchar('\n');
}

static bool is_shown(const struct doctor *d, const struct result *r)
{
	return !d->cli->quiet || r->level == LEVEL_PROBLEM;
}

static int print_json(const struct doctor *d)
{
	struct buf      b = BUF_INIT(SIZE_MAX / 2);
	struct json_out w;
	size_t          i;

	json_out_init(&w, &b);
	json_out_array_begin(&w);
	for (i = 0; i < d->n; i++) {
		if (!is_shown(d, &d->results[i]))
			continue;
		json_out_object_begin(&w);
		json_out_key(&w, "level");
		json_out_str(&w, level_names[d->results[i].level]);
		json_out_key(&w, "what");
		json_out_str(&w, d->results[i].what);
		if (d->results[i].advice[0]) {
			json_out_key(&w, "advice");
			json_out_str(&w, d->results[i].advice);
		}
		json_out_object_end(&w);
	}
	json_out_array_end(&w);
	return ask_print_document(&b);
}

static void examine(struct doctor *d)
{
	static bool (*const steps[])(struct doctor *) = {
		examine_socket,     examine_holder,    examine_connection, examine_handshake,
		examine_round_trip, examine_abilities, examine_clock,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(steps) && steps[i](d); i++)
		;
}

static int show(const struct doctor *d)
{
	size_t i;

	if (d->cli->quiet && d->status == EXIT_OK)
		return EXIT_OK;
	if (d->cli->json)
		return print_json(d);
	for (i = 0; i < d->n; i++)
		if (is_shown(d, &d->results[i]))
			print_result(&d->results[i]);
	return EXIT_OK;
}

int verb_doctor(struct cli *cli, int argc, char **argv)
{
	auto_free struct doctor *d = calloc(1, sizeof(*d));
	int                      status;

	if (!d)
		return agent_complain("not enough memory");
	if (!options_none(cli, argc, argv))
		return cli->status;
	status = agent_resolve(cli);
	if (status != EXIT_OK)
		return status;
	d->cli = cli;
	d->end = qgac_deadline(cli->timeout_ms);
	arena_init(&d->a.arena, 4096);
	examine(d);
	status = show(d);
	ask_end(&d->a);
	if (!print_finish() || status != EXIT_OK)
		return EXIT_FAILED;
	return d->status;
}
