/* SPDX-License-Identifier: MIT */
#include "front/freeze_show.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "config/options.h"
#include "guard/guard.h"
#include "ipc/guard.h"
#include "ipc/message.h"
#include "sys/freeze_plan.h"
#include "sys/freeze_state.h"
#include "sys/fsfreeze.h"
#include "sys/root.h"

#define PLAN_ARENA_MAX ((size_t)256 << 20)

/* How often a marked freeze is looked for a guard, within one second. */
#define GUARD_TRIES 10

/* --- the plan --- */

static int read_excludes(const struct options *o, struct arena *a, struct freeze_choice *c)
{
	struct option_word word = {.item = 0};
	const char       **to;
	size_t             n = 0;

	while (option_list_next(&o->freeze_exclude, &word))
		n++;
	to = arena_array(a, n, sizeof(*to));
	word = (struct option_word){.item = 0};
	for (c->n_excludes = 0; to && option_list_next(&o->freeze_exclude, &word);) {
		to[c->n_excludes] = arena_strndup(a, word.start, word.len);
		if (!to[c->n_excludes++])
			return -1;
	}
	c->excludes = to;
	return to ? 0 : -1;
}

/* Types that the kernel does not freeze. Others may learn it or lose it: it is a hint. */
static bool type_cannot(const char *type)
{
	static const char *const types[] = {"vfat",   "msdos",    "exfat",   "iso9660", "udf",
					    "ntfs3",  "squashfs", "fuseblk", "erofs",   "minix",
					    "cramfs", "hfs",      "hfsplus"};
	size_t                   i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(types[i], type))
			return true;
	return false;
}

/* What would become of it; *ret_fails: the freeze with it, unless the policy is best-effort. */
static void judge(const struct sys_root *root, const struct freeze_plan *p,
		  const struct freeze_target *t, char *to, size_t size, bool *ret_fails)
{
	int os = 0, fd = -1;

	*ret_fails = false;
	if (t->excluded) {
		(void)snprintf(to, size, "excluded by %s", t->excluded);
		return;
	}
	if (!root_is_captured(root)) {
		fd = fsfreeze_open(root, &p->table, t->fs, false, &os);
		*ret_fails = fd < 0 && os != ESTALE;
	}
	if (fd >= 0)
		(void)close(fd);
	if (*ret_fails)
		(void)snprintf(to, size, "cannot be opened: %s%s", strerror(os),
			       os == EACCES ? " (SELinux?)" : "");
	else if (os == ESTALE)
		(void)snprintf(to, size, "freeze (another mount covers it)");
	else if (type_cannot(t->fs->first->type))
		(void)snprintf(to, size, "skip: %s does not freeze", t->fs->first->type);
	else
		(void)snprintf(to, size, "freeze%s", t->fs->first->read_only ? " (read-only)" : "");
}

enum column {
	COLUMN_ORDER,
	COLUMN_POINT,
	COLUMN_TYPE,
	COLUMN_NUMBERS,
	COLUMN_DEVICE,
	COLUMN_BASES,
	COLUMN_VERDICT,
	COLUMNS,
};

struct line {
	const char *cells[COLUMNS]; /* NULL: no memory */
};

static const struct line titles = {
	{"order", "mount point", "type", "numbers", "device", "stands on", "what happens"}};

static const char *name_bases(const struct freeze_plan *p, const struct freeze_target *t,
			      struct arena *a)
{
	const struct stacking_base *b;
	const char                 *text = NULL;

	for (b = p->stacking.bases[t->index]; b; b = b->next)
		text = arena_printf(a, "%s%s%s", text ? text : "", text ? "," : "",
				    p->table.filesystems[b->fs].first->point);
	return text ? text : "-";
}

static bool describe(const struct sys_root *root, const struct freeze_plan *p, size_t i,
		     struct arena *a, struct line *ret)
{
	const struct freeze_target *t = &p->targets[i];
	char                        verdict[512];
	bool                        fails;

	judge(root, p, t, verdict, sizeof(verdict), &fails);
	*ret = (struct line){{
		[COLUMN_ORDER] = arena_printf(a, "%zu", i + 1),
		[COLUMN_POINT] = t->point,
		[COLUMN_TYPE] = t->fs->first->type,
		[COLUMN_NUMBERS] = arena_printf(a, "%u:%u", t->fs->major, t->fs->minor),
		[COLUMN_DEVICE] = t->fs->first->source,
		[COLUMN_BASES] = name_bases(p, t, a),
		[COLUMN_VERDICT] = arena_strdup(a, verdict),
	}};
	return fails;
}

static void widen(int *widths, const struct line *l)
{
	size_t c;

	for (c = 0; c < COLUMNS; c++)
		if (l->cells[c] && (int)strlen(l->cells[c]) > widths[c])
			widths[c] = (int)strlen(l->cells[c]);
}

/* In columns for people, with tabs for programs. */
static void print_line(const struct line *l, const int *widths)
{
	size_t c;

	for (c = 0; c < COLUMNS; c++) {
		const char *cell = l->cells[c] ? l->cells[c] : "?";

		if (c == COLUMNS - 1)
			printf("%s\n", cell);
		else if (isatty(STDOUT_FILENO))
			printf("%-*s  ", widths[c], cell);
		else
			printf("%s\t", cell);
	}
}

int freeze_show_plan(const struct options *o)
{
	struct freeze_choice   choice = {.all = true};
	struct freeze_plan     plan;
	static struct sys_root root;
	struct arena           arena;
	struct err             err;
	struct line           *lines;
	int                    widths[COLUMNS] = {0};
	size_t                 i;
	bool                   fails = false;

	err_init(&err);
	arena_init(&arena, PLAN_ARENA_MAX);
	if (root_init(&root, o->root, o->statedir, &err) < 0 ||
	    read_excludes(o, &arena, &choice) < 0 ||
	    freeze_plan_read(&root, &choice, &arena, &plan, &err) < 0) {
		fprintf(stderr, "%s\n", err.set ? err.text : "out of memory");
		return 1;
	}
	lines = arena_array(&arena, plan.n, sizeof(*lines));
	if (!lines) {
		fprintf(stderr, "out of memory\n");
		return 1;
	}
	widen(widths, &titles);
	for (i = 0; i < plan.n; i++) {
		fails |= describe(&root, &plan, i, &arena, &lines[i]);
		widen(widths, &lines[i]);
	}
	print_line(&titles, widths);
	for (i = 0; i < plan.n; i++)
		print_line(&lines[i], widths);
	if (plan.stacking.circular)
		printf("Filesystems stand on each other in a circle; mount order decides.\n");
	arena_fini(&arena);
	return fails && !o->freeze_policy;
}

/* --- thaw --- */

static bool is_marked(const char *statedir)
{
	auto_close int dir = open(statedir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return dir >= 0 && faccessat(dir, FREEZE_STATE_FILE, F_OK, 0) == 0;
}

/* An agent whose guard was lost needs a moment to put another in its place. */
static int find_guard(const char *statedir)
{
	const struct timespec pause = {.tv_nsec = NS_PER_S / GUARD_TRIES};
	int                   fd, tries;

	for (tries = 0; tries < GUARD_TRIES; tries++) {
		fd = guard_find(statedir);
		if (fd >= 0)
			(void)fcntl(fd, F_SETFL, 0); /* we wait for what it says */
		if (fd >= 0 || !is_marked(statedir))
			return fd;
		(void)nanosleep(&pause, NULL);
	}
	return -1;
}

/* Asks a guard, and waits for its end of the matter: filesystems, or -1. */
static int64_t ask(int fd, uint32_t what, bool *ret_pending)
{
	struct ipc_head head = {.type = IPC_GUARD,
				.guard = {.what = what, .reason = GUARD_BY_ADMIN}};
	char            text[GUARD_TEXT_MAX + 1];
	int             fds[IPC_FDS_MAX];
	struct err      err;

	err_init(&err);
	if (ipc_send(fd, &head, NULL, 0, NULL, 0, 0, &err) < 0)
		return -1;
	while (ipc_recv(fd, &head, text, GUARD_TEXT_MAX, fds, 0, &err) > 0) {
		text[head.body] = '\0';
		switch (head.guard.what) {
		case GUARD_NOTE:
			fprintf(stderr, "%s\n", text);
			break;
		case GUARD_THAWED:
		case GUARD_SWEPT:
			if (head.guard.pending && *text)
				fprintf(stderr, "these do not answer: %s\n", text);
			else if (head.guard.pending)
				fprintf(stderr, "a guard that was killed has not ended: what it "
						"still freezes will be thawed\n");
			*ret_pending = head.guard.pending != 0;
			return head.guard.count;
		case GUARD_STATE:
			break;
		case GUARD_FAILED:
			fprintf(stderr, "%s\n", text);
			return -1;
		default:
			return -1;
		}
	}
	return -1;
}

/* In a process of its own, which may hang, and from which nobody waits longer than it takes. */
static int64_t ask_child(const struct options *o, const struct sys_root *root, uint32_t what,
			 bool *ret_pending)
{
	struct err err;
	int        pair[2];
	pid_t      pid;
	int64_t    n;

	err_init(&err);
	if (ipc_pair(pair, &err) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		(void)close(pair[0]);
		_exit(guard_main(pair[1], o, root));
	}
	(void)close(pair[1]);
	n = pid < 0 ? -1 : ask(pair[0], what, ret_pending);
	(void)close(pair[0]);
	return n;
}

int freeze_show_thaw(const struct options *o)
{
	static struct sys_root root;
	struct err             err;
	bool                   pending = false, more = false;
	int                    guard = find_guard(o->statedir);
	int64_t                n = 0, others;

	err_init(&err);
	if (root_init(&root, o->root, o->statedir, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	if (guard >= 0) {
		n = ask(guard, GUARD_ADMIN_THAW, &pending);
		(void)close(guard);
	} else {
		n = ask_child(o, &root, GUARD_ADOPT, &pending);
	}
	others = ask_child(o, &root, GUARD_SWEEP, &more);
	if (n < 0 || others < 0) {
		fprintf(stderr, "thawing failed\n");
		return 1;
	}
	printf("%lld filesystems thawed\n", (long long)(n + others));
	return pending || more;
}
