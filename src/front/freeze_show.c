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

static void print_bases(const struct freeze_plan *p, const struct freeze_target *t)
{
	const struct stacking_base *b;
	const char                 *between = "";

	for (b = p->stacking.bases[t->index]; b; b = b->next) {
		printf("%s%s", between, p->table.filesystems[b->fs].first->point);
		between = ",";
	}
	if (!*between)
		printf("-");
}

static bool print_target(const struct sys_root *root, const struct freeze_plan *p, size_t i)
{
	const struct freeze_target *t = &p->targets[i];
	char                        verdict[512];
	bool                        fails;

	judge(root, p, t, verdict, sizeof(verdict), &fails);
	printf("%zu\t%s\t%s\t%u:%u\t%s\t", i + 1, t->point, t->fs->first->type, t->fs->major,
	       t->fs->minor, t->fs->first->source);
	print_bases(p, t);
	printf("\t%s\n", verdict);
	return fails;
}

int freeze_show_plan(const struct options *o)
{
	struct freeze_choice   choice = {.all = true};
	struct freeze_plan     plan;
	static struct sys_root root;
	struct arena           arena;
	struct err             err;
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
	printf("order\tmount point\ttype\tnumbers\tdevice\tstands on\twhat happens\n");
	for (i = 0; i < plan.n; i++)
		fails |= print_target(&root, &plan, i);
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
