/* SPDX-License-Identifier: MIT */
/*
 * Whoever says that he can is asked to; if he fails, the next one is. Nothing counts as done but
 * exit status 0 and a write that the kernel has taken (decisions.md row 29).
 */
#include "sys/suspend.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "sys/files.h"
#include "sys/programs.h"
#include "sys/spawn.h"

#define STATE "/sys/power/state"

/* "freeze standby mem disk" */
#define STATE_WORDS_MAX 64

#define WORDS_MAX 4

static const struct method {
	const char *ask[WORDS_MAX], *act[WORDS_MAX];
	int         yes_min, yes_max; /* exit status of the first that means "supported" */
} methods[][SUSPEND_MODES] = {
	{
		{{"systemctl", "status", "systemd-hibernate"}, {"systemctl", "hibernate"}, 1, 3},
		{{"systemctl", "status", "systemd-suspend"}, {"systemctl", "suspend"}, 1, 3},
		{{"systemctl", "status", "systemd-hybrid-sleep"},
		 {"systemctl", "hybrid-sleep"},
		 1,
		 3},
	},
	{
		{{"pm-is-supported", "--hibernate"}, {"pm-hibernate"}, 0, 0},
		{{"pm-is-supported", "--suspend"}, {"pm-suspend"}, 0, 0},
		{{"pm-is-supported", "--suspend-hybrid"}, {"pm-suspend-hybrid"}, 0, 0},
	},
};

/* What the kernel calls it; a hybrid it does not know by one word. */
static const char *const words[SUSPEND_MODES] = {"disk", "mem", NULL};

static int run(const struct sys_root *root, const char *const *argv, int limit_ms,
	       struct spawn_result *ret, struct err *err)
{
	char         path[ROOT_PATH_MAX];
	const char  *own[WORDS_MAX + 1] = {path};
	struct spawn s = {.argv = own, .limit_ms = limit_ms};
	size_t       i;

	for (i = 1; i < WORDS_MAX && argv[i]; i++)
		own[i] = argv[i];
	if (!program_find(root, argv[0], path, sizeof(path)))
		return err_set(err, "the helper program '%s%s%s' was not found", argv[0],
			       argv[1] ? " " : "", argv[1] ? argv[1] : "");
	return spawn_run(root, &s, argv[0], ret, err);
}

static bool is_supported(const struct sys_root *root, const struct method *m)
{
	struct spawn_result r;
	struct err          unused;

	err_init(&unused);
	return run(root, m->ask, SUSPEND_ASK_MS, &r, &unused) == 0 && r.end == SPAWN_EXITED &&
	       r.status >= m->yes_min && r.status <= m->yes_max;
}

static int act(const struct sys_root *root, const struct method *m, struct err *err)
{
	const char         *rest = m->act[1] ? m->act[1] : "", *blank = m->act[1] ? " " : "";
	struct spawn_result r;

	if (run(root, m->act, SUSPEND_ACT_MS, &r, err) < 0)
		return -1;
	if (r.end == SPAWN_TIMED_OUT)
		return err_set(err, "the helper program '%s%s%s' was killed after %d s", m->act[0],
			       blank, rest, SUSPEND_ACT_MS / 1000);
	if (r.end == SPAWN_KILLED)
		return err_set(err, "the helper program '%s%s%s' was killed by signal %d",
			       m->act[0], blank, rest, r.status);
	if (r.status)
		return err_set(
			err,
			"the helper program '%s%s%s' returned an unexpected exit status code (%d)",
			m->act[0], blank, rest, r.status);
	return 0;
}

/* Whether one of the words of a line is this one. */
static bool has_word(const char *line, const char *word)
{
	size_t n = strlen(word);

	while (*line) {
		size_t len = strcspn(line, " \n");

		if (len == n && !memcmp(line, word, n))
			return true;
		line += len + strspn(line + len, " \n");
	}
	return false;
}

static bool kernel_knows(const struct sys_root *root, const char *word)
{
	char text[STATE_WORDS_MAX];
	int  os;

	return word && root_read_attr(root, STATE, text, sizeof(text), &os) > 0 &&
	       has_word(text, word);
}

static int ask_kernel(const struct sys_root *root, const char *word, struct err *err)
{
	auto_close int fd = -1;
	int            os;

	if (root_note(root, "write %s to " STATE, word))
		return 0;
	fd = root_open(root, STATE, O_WRONLY, &os);
	if (fd < 0)
		return err_os(err, os, "suspend: cannot open file '" STATE "'");
	os = sys_file_write(fd, word, strlen(word));
	return os ? err_os(err, os, "suspend: cannot write to '" STATE "'") : 0;
}

int suspend_guest(const struct sys_root *root, enum suspend_mode mode, struct err *err)
{
	bool   claimed = false;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(methods); i++) {
		if (!is_supported(root, &methods[i][mode]))
			continue;
		claimed = true;
		err_init(err);
		if (act(root, &methods[i][mode], err) == 0)
			return 0;
	}
	if (kernel_knows(root, words[mode])) {
		err_init(err);
		return ask_kernel(root, words[mode], err);
	}
	if (!claimed)
		return err_set(err, "the requested suspend mode is not supported by the guest");
	if (!words[mode]) {
		err_init(err);
		return err_set(err, "unknown guest suspend mode");
	}
	return -1; /* the last error of those that had said they could */
}
