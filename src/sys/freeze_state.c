/* SPDX-License-Identifier: MIT */
#include "sys/freeze_state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/num.h"
#include "sys/files.h"
#include "sys/root.h"

#define FREEZE_STATE_NEW FREEZE_STATE_FILE ".new"
#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define BOOT_ID_MAX 64

static void boot_id(const struct sys_root *root, char *to)
{
	int os;

	if (root_read_attr(root, BOOT_ID, to, BOOT_ID_MAX, &os) < 0)
		*to = '\0';
}

/* --- writing --- */

/* One line each: control characters and backslashes as octal numbers. */
static void put_escaped(struct buf *to, const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == '\\')
			buf_printf(to, "\\%03o", (unsigned)(unsigned char)*text);
		else
			buf_add_char(to, *text);
	buf_add_char(to, '\n');
}

void freeze_state_format(const struct sys_root *root, const struct freeze_state *s, struct buf *to)
{
	char   boot[BOOT_ID_MAX];
	size_t i;

	boot_id(root, boot);
	buf_printf(to,
		   "boot=%s\nstate=%s\nstarted=%" PRId64 "\ndeadline=%" PRId64 "\nguard=%" PRId64
		   "\n",
		   boot, s->mark == FREEZE_MARK_THAWED ? "thawed" : "frozen", s->started_ns,
		   s->deadline_ns, s->pid);
	if (s->mark == FREEZE_MARK_THAWED) {
		buf_printf(to, "after=%" PRId64 "\nreason=", s->after_s);
		put_escaped(to, s->reason ? s->reason : "");
	}
	for (i = 0; i < s->n_hooks; i++) {
		buf_add_str(to, "hook=");
		put_escaped(to, s->hooks[i]);
	}
	for (i = 0; i < s->n_places; i++) {
		buf_printf(to, "filesystem=%u:%u ", s->places[i].major, s->places[i].minor);
		put_escaped(to, s->places[i].point);
	}
}

int freeze_state_write(const char *statedir, const char *text, size_t n)
{
	auto_close int dir = open(statedir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd = -1;
	int            os;

	if (dir >= 0)
		fd = openat(dir, FREEZE_STATE_NEW,
			    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return errno;
	os = sys_file_write(fd, text, n);
	if (os == 0 &&
	    (fsync(fd) < 0 || renameat(dir, FREEZE_STATE_NEW, dir, FREEZE_STATE_FILE) < 0 ||
	     fsync(dir) < 0))
		os = errno;
	return os;
}

int freeze_state_remove(const char *statedir)
{
	auto_close int dir = open(statedir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return errno;
	return unlinkat(dir, FREEZE_STATE_FILE, 0) < 0 && errno != ENOENT ? errno : 0;
}

/* --- reading --- */

static const char *unescape(struct arena *a, const char *s, size_t n)
{
	char *copy = arena_strndup(a, s, n), *from = copy, *to = copy;

	while (from && *from) {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' &&
		    from[2] <= '7' && from[3] >= '0' && from[3] <= '7') {
			*to++ = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 |
				       (from[3] - '0'));
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	if (copy)
		*to = '\0';
	return copy;
}

struct parser {
	const char          *boot;
	bool                 this_boot;
	struct arena        *arena;
	struct freeze_state *ret;
	bool                 failed;
};

static void read_place(struct parser *p, const char *value, size_t n)
{
	const char          *blank = memchr(value, ' ', n), *colon;
	struct freeze_place *place = &p->ret->places[p->ret->n_places];
	uint64_t             major, minor;

	if (!blank || !(colon = memchr(value, ':', (size_t)(blank - value))) ||
	    !num_u64(value, (size_t)(colon - value), &major) ||
	    !num_u64(colon + 1, (size_t)(blank - colon) - 1, &minor) || major > UINT32_MAX ||
	    minor > UINT32_MAX)
		return;
	place->point = unescape(p->arena, blank + 1, n - (size_t)(blank - value) - 1);
	place->major = (unsigned)major;
	place->minor = (unsigned)minor;
	if (place->point)
		p->ret->n_places++;
	else
		p->failed = true;
}

static bool is_key(const char *line, size_t n, const char *key)
{
	return n == strlen(key) && !memcmp(line, key, n);
}

static void read_line(struct parser *p, const char *line, size_t n)
{
	const char          *equals = memchr(line, '=', n), *value;
	struct freeze_state *s = p->ret;
	size_t               key, len;

	if (!equals)
		return;
	key = (size_t)(equals - line);
	value = equals + 1;
	len = n - key - 1;
	if (is_key(line, key, "boot")) {
		p->this_boot = is_key(value, len, p->boot);
	} else if (is_key(line, key, "state")) {
		s->mark = is_key(value, len, "thawed") ? FREEZE_MARK_THAWED : FREEZE_MARK_FROZEN;
	} else if (is_key(line, key, "started")) {
		(void)num_i64(value, len, &s->started_ns);
	} else if (is_key(line, key, "deadline")) {
		(void)num_i64(value, len, &s->deadline_ns);
	} else if (is_key(line, key, "guard")) {
		(void)num_i64(value, len, &s->pid);
	} else if (is_key(line, key, "after")) {
		(void)num_i64(value, len, &s->after_s);
	} else if (is_key(line, key, "reason")) {
		s->reason = unescape(p->arena, value, len);
		p->failed |= !s->reason;
	} else if (is_key(line, key, "hook")) {
		s->hooks[s->n_hooks] = unescape(p->arena, value, len);
		p->failed |= !s->hooks[s->n_hooks++];
	} else if (is_key(line, key, "filesystem")) {
		read_place(p, value, len);
	}
}

static size_t count_lines(const char *text, size_t n)
{
	size_t lines = 1;

	while (n-- > 0)
		lines += *text++ == '\n';
	return lines;
}

int freeze_state_parse(const char *text, size_t n, const char *boot, struct arena *a,
		       struct freeze_state *ret, struct err *err)
{
	size_t        lines = count_lines(text, n);
	struct parser p = {.boot = boot, .arena = a, .ret = ret};

	*ret = (struct freeze_state){.mark = FREEZE_MARK_NONE};
	ret->places = arena_array(a, lines, sizeof(*ret->places));
	ret->hooks = arena_array(a, lines, sizeof(*ret->hooks));
	if (!ret->places || !ret->hooks)
		return err_os(err, ENOMEM, "cannot read %s", FREEZE_STATE_FILE);
	while (n > 0) {
		const char *end = memchr(text, '\n', n);
		size_t      len = end ? (size_t)(end - text) : n;

		read_line(&p, text, len);
		text += len + (end != NULL);
		n -= len + (end != NULL);
	}
	if (p.failed)
		return err_os(err, ENOMEM, "cannot read %s", FREEZE_STATE_FILE);
	if (!p.this_boot)
		*ret = (struct freeze_state){.mark = FREEZE_MARK_NONE};
	return 0;
}

/* An empty mark is the protocol agent's. It survives a reboot on a persistent directory: one that
 * is older than this boot says nothing. */
static void judge_foreign(int fd, struct freeze_state *ret)
{
	int64_t     booted = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME);
	struct stat st;

	*ret = (struct freeze_state){.mark = FREEZE_MARK_NONE};
	if (fstat(fd, &st) < 0 || st.st_mtime < booted / NS_PER_S)
		return;
	ret->mark = FREEZE_MARK_FROZEN;
	ret->foreign = true;
	ret->started_ns = clock_ns(CLOCK_BOOTTIME);
}

static int read_all(int fd, struct buf *to)
{
	ssize_t n;

	do {
		if (buf_reserve(to, 4096) < 0)
			return ENOMEM;
		n = read(fd, to->data + to->len, to->cap - to->len);
		if (n > 0)
			to->len += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? errno : 0;
}

int freeze_state_read(const struct sys_root *root, const char *statedir, struct arena *a,
		      struct freeze_state *ret, struct err *err)
{
	struct buf     text = BUF_INIT(FREEZE_STATE_MAX);
	auto_close int dir = open(statedir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd = -1;
	char           boot[BOOT_ID_MAX];
	int            os, rc = 0;

	*ret = (struct freeze_state){.mark = FREEZE_MARK_NONE};
	if (dir >= 0)
		fd = openat(dir, FREEZE_STATE_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? 0
				       : err_os(err, errno, "cannot open %s/%s", statedir,
						FREEZE_STATE_FILE);
	boot_id(root, boot);
	os = read_all(fd, &text);
	if (os)
		rc = err_os(err, os, "cannot read %s/%s", statedir, FREEZE_STATE_FILE);
	else if (text.len == 0)
		judge_foreign(fd, ret);
	else
		rc = freeze_state_parse(text.data, text.len, boot, a, ret, err);
	buf_fini(&text);
	return rc;
}
