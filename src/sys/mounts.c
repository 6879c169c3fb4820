/* SPDX-License-Identifier: MIT */
#include "sys/mounts.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/num.h"
#include "sys/root.h"

#define MOUNTINFO "/proc/self/mountinfo"
#define MOUNTS_SHORT "/proc/self/mounts"

/* A piece of a line; it ends where the next blank or the line ends. */
struct field {
	char  *s;
	size_t n;
};

/* --- pieces of lines --- */

static bool next_field(char **at, char *end, struct field *ret)
{
	char *blank;

	if (*at > end)
		return false;
	blank = memchr(*at, ' ', (size_t)(end - *at));
	ret->s = *at;
	ret->n = (size_t)((blank ? blank : end) - *at);
	*at = blank ? blank + 1 : end + 1;
	return true;
}

static bool is_octal(const char *s)
{
	return s[0] >= '0' && s[0] <= '3' && s[1] >= '0' && s[1] <= '7' && s[2] >= '0' &&
	       s[2] <= '7' && memcmp(s, "000", 3) != 0;
}

/* Decodes \ooo and \\ in place and ends the field with a NUL: the byte behind it is a blank or the
 * end of the line, and has been read. */
static const char *decode(struct field *f)
{
	char *from = f->s, *end = f->s + f->n, *to = f->s;

	while (from < end) {
		if (*from == '\\' && end - from >= 4 && is_octal(from + 1)) {
			*to++ = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 |
				       (from[3] - '0'));
			from += 4;
		} else if (*from == '\\' && end - from >= 2 && from[1] == '\\') {
			*to++ = '\\';
			from += 2;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
	return f->s;
}

static bool field_number(const struct field *f, unsigned max, unsigned *ret)
{
	uint64_t value;

	if (!num_u64(f->s, f->n, &value) || value > max)
		return false;
	*ret = (unsigned)value;
	return true;
}

static bool field_device(const struct field *f, unsigned *ret_major, unsigned *ret_minor)
{
	char        *colon = memchr(f->s, ':', f->n);
	struct field major, minor;

	if (!colon)
		return false;
	major = (struct field){f->s, (size_t)(colon - f->s)};
	minor = (struct field){colon + 1, f->n - major.n - 1};
	return field_number(&major, UINT32_MAX, ret_major) &&
	       field_number(&minor, UINT32_MAX, ret_minor);
}

/* Whether a list of mount options begins with ro, as the kernel writes it. */
static bool says_read_only(const struct field *f)
{
	return f->n >= 2 && !memcmp(f->s, "ro", 2) && (f->n == 2 || f->s[2] == ',');
}

/* --- lines --- */

/* 36 35 98:0 /root /mount/point rw,noatime [master:1 …] - ext3 /dev/source rw,errors=continue */
static bool parse_line(char *line, char *end, struct mount *m)
{
	struct field id, parent, device, root, point, options, extra, type, source, super;
	unsigned     numbers[2];

	if (!next_field(&line, end, &id) || !next_field(&line, end, &parent) ||
	    !next_field(&line, end, &device) || !next_field(&line, end, &root) ||
	    !next_field(&line, end, &point) || !next_field(&line, end, &options))
		return false;
	do
		if (!next_field(&line, end, &extra))
			return false;
	while (extra.n != 1 || *extra.s != '-');
	if (!next_field(&line, end, &type) || !next_field(&line, end, &source) ||
	    !field_number(&id, INT32_MAX, &numbers[0]) ||
	    !field_number(&parent, INT32_MAX, &numbers[1]) ||
	    !field_device(&device, &m->major, &m->minor) || point.n == 0 || type.n == 0)
		return false;
	m->id = (int)numbers[0];
	m->parent = (int)numbers[1];
	if (!next_field(&line, end, &super))
		super = (struct field){end, 0};
	m->read_only = says_read_only(&options) || says_read_only(&super);
	m->options = decode(&super);
	m->root = decode(&root);
	m->point = decode(&point);
	m->type = decode(&type);
	m->source = decode(&source);
	return true;
}

/* /dev/source /mount/point ext3 rw,noatime 0 0 */
static bool parse_short_line(char *line, char *end, struct mount *m)
{
	struct field source, point, type, options;

	if (!next_field(&line, end, &source) || !next_field(&line, end, &point) ||
	    !next_field(&line, end, &type) || !next_field(&line, end, &options) || point.n == 0 ||
	    type.n == 0)
		return false;
	m->id = m->parent = -1;
	m->read_only = says_read_only(&options);
	m->options = decode(&options);
	m->root = "/";
	m->source = decode(&source);
	m->point = decode(&point);
	m->type = decode(&type);
	return true;
}

static int parse_lines(const char *text, size_t n, bool (*parse)(char *, char *, struct mount *),
		       struct arena *a, struct mount_table *t, struct err *err)
{
	char  *copy = arena_strndup(a, text, n), *line, *end, *stop;
	size_t lines = 0;

	if (!copy)
		return err_os(err, ENOMEM, "cannot hold the mount table");
	end = copy + n;
	for (line = copy; line < end; line = stop + 1, lines++)
		if (!(stop = memchr(line, '\n', (size_t)(end - line))))
			stop = end;
	t->mounts = arena_array(a, lines, sizeof(*t->mounts));
	if (!t->mounts)
		return err_os(err, ENOMEM, "cannot hold the mount table");
	for (line = copy; line < end; line = stop + 1) {
		stop = memchr(line, '\n', (size_t)(end - line));
		if (!stop)
			stop = end;
		if (!memchr(line, '\0', (size_t)(stop - line)) &&
		    parse(line, stop, &t->mounts[t->n_mounts]))
			t->n_mounts++;
		else
			t->mounts[t->n_mounts] = (struct mount){.id = 0};
	}
	return 0;
}

/* --- filesystems --- */

/* Open addressing over the filesystems found so far: places hold an index plus one. */
struct places {
	uint32_t *at;
	size_t    mask;
};

static int places_init(struct places *p, size_t n, struct arena *a)
{
	size_t size = 8;

	while (size < 2 * n)
		size *= 2;
	p->mask = size - 1;
	p->at = arena_array(a, size, sizeof(*p->at));
	return p->at ? 0 : -1;
}

static uint32_t *place_of(const struct places *p, const struct mount_table *t, unsigned major,
			  unsigned minor)
{
	uint64_t hash = ((uint64_t)major << 32 | minor) * UINT64_C(0x9E3779B97F4A7C15);
	size_t   i = (size_t)(hash >> 32) & p->mask;

	while (p->at[i]) {
		const struct filesystem *fs = &t->filesystems[p->at[i] - 1];

		if (fs->major == major && fs->minor == minor)
			break;
		i = (i + 1) & p->mask;
	}
	return &p->at[i];
}

/* Groups the mounts by device. Only those with a device count. */
static int group(struct mount_table *t, struct arena *a, struct err *err)
{
	struct mount **last = arena_array(a, t->n_mounts, sizeof(*last));
	struct places  places;
	size_t         i;

	t->filesystems = arena_array(a, t->n_mounts, sizeof(*t->filesystems));
	if (!last || !t->filesystems || places_init(&places, t->n_mounts, a) < 0)
		return err_os(err, ENOMEM, "cannot hold the mount table");
	for (i = 0; i < t->n_mounts; i++) {
		struct mount *m = &t->mounts[i];
		uint32_t     *place;

		if (m->major == 0)
			continue;
		place = place_of(&places, t, m->major, m->minor);
		if (*place) {
			last[*place - 1]->next = m;
		} else {
			t->filesystems[t->n_filesystems++] =
				(struct filesystem){m->major, m->minor, m};
			*place = (uint32_t)t->n_filesystems;
		}
		last[*place - 1] = m;
	}
	return 0;
}

int mounts_parse(const char *text, size_t n, mounts_device *device, void *ctx, struct arena *a,
		 struct mount_table *ret, struct err *err)
{
	size_t i;

	*ret = (struct mount_table){.mounts = NULL};
	if (parse_lines(text, n, parse_line, a, ret, err) < 0)
		return -1;
	for (i = 0; i < ret->n_mounts; i++) {
		struct mount *m = &ret->mounts[i];

		/* btrfs has a device of its own for each subvolume, without a major number */
		if (m->major == 0 && !strcmp(m->type, "btrfs"))
			m->source_lost = device(ctx, m->source, &m->major, &m->minor) < 0;
	}
	return group(ret, a, err);
}

int mounts_parse_short(const char *text, size_t n, mounts_device *device,
		       mounts_device *point_device, void *ctx, struct arena *a,
		       struct mount_table *ret, struct err *err)
{
	size_t i;

	*ret = (struct mount_table){.mounts = NULL};
	if (parse_lines(text, n, parse_short_line, a, ret, err) < 0)
		return -1;
	for (i = 0; i < ret->n_mounts; i++) {
		struct mount *m = &ret->mounts[i];

		if (*m->source != '/' || !strcmp(m->type, "smbfs") || !strcmp(m->type, "cifs"))
			continue;
		if (device(ctx, m->source, &m->major, &m->minor) < 0)
			(void)point_device(ctx, m->point, &m->major, &m->minor);
	}
	return group(ret, a, err);
}

/* --- reading --- */

/* A captured tree has no device nodes, but it has what sysfs says of them. */
static int captured_device(const struct sys_root *root, const char *path, unsigned *ret_major,
			   unsigned *ret_minor)
{
	char         real[ROOT_PATH_MAX], name[ROOT_PATH_MAX + 32], text[32];
	int          os;
	ssize_t      n;
	struct field f;

	if (root_resolve(root, path, real, sizeof(real), &os) < 0)
		(void)snprintf(real, sizeof(real), "%s", path);
	(void)snprintf(name, sizeof(name), "/sys/class/block/%s/dev",
		       strrchr(real, '/') ? strrchr(real, '/') + 1 : real);
	n = root_read_attr(root, name, text, sizeof(text), &os);
	if (n < 0)
		return -1;
	f = (struct field){text, (size_t)n};
	return field_device(&f, ret_major, ret_minor) ? 1 : -1;
}

static int device_of(void *ctx, const char *path, unsigned *ret_major, unsigned *ret_minor)
{
	const struct sys_root *root = ctx;
	struct stat            st;
	int                    os;

	if (root_is_captured(root))
		return captured_device(root, path, ret_major, ret_minor);
	if (root_stat(root, path, &st, &os) < 0)
		return -1;
	if (!S_ISBLK(st.st_mode))
		return 0;
	*ret_major = major(st.st_rdev);
	*ret_minor = minor(st.st_rdev);
	return 1;
}

static int device_below(void *ctx, const char *path, unsigned *ret_major, unsigned *ret_minor)
{
	struct stat st;
	int         os;

	if (root_stat(ctx, path, &st, &os) < 0)
		return -1;
	*ret_major = major(st.st_dev);
	*ret_minor = minor(st.st_dev);
	return 1;
}

int mounts_read(const struct sys_root *root, struct arena *a, struct mount_table *ret,
		struct err *err)
{
	struct buf text = BUF_INIT(ROOT_FILE_MAX);
	void      *ctx = (void *)(uintptr_t)root;
	int        os, rc;

	if (root_read(root, MOUNTINFO, &text, &os) >= 0)
		rc = mounts_parse(text.data, text.len, device_of, ctx, a, ret, err);
	else if (root_read(root, MOUNTS_SHORT, &text, &os) >= 0)
		rc = mounts_parse_short(text.data, text.len, device_of, device_below, ctx, a, ret,
					err);
	else
		rc = err_set(err, "failed to open mtab file: '%s'", MOUNTS_SHORT);
	buf_fini(&text);
	return rc;
}
