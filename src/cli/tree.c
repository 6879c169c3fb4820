/* SPDX-License-Identifier: MIT */
/*
 * cp -r. Contents go file by file through guest-file-*, each verified; directories, modes and
 * symbolic links are made and listed by find, xargs, mkdir, chmod and ln of the guest, a few calls
 * for a whole tree. Names that come from the guest never lead out of the destination: no "..", and
 * nothing is written through a symbolic link. Symbolic links are made last.
 */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/num.h"
#include "cli/copy.h"
#include "cli/guest_run.h"
#include "cli/interrupt.h"

#define LIST_BYTES_MAX ((size_t)46 << 20)
#define MODES 01000 /* permissions; set-user-id and the like are not copied */

/* All paths are relative to the top of the tree, "." for itself, and end with a NUL each. */
struct tree {
	struct copy *c;
	struct buf   directories, files, links;   /* links: target, path */
	struct buf   file_modes, directory_modes; /* two bytes for each path */
	size_t       skipped;
};

static void tree_init(struct tree *t, struct copy *c)
{
	struct buf *all[] = {&t->directories, &t->files, &t->links, &t->file_modes,
			     &t->directory_modes};
	size_t      i;

	*t = (struct tree){.c = c};
	for (i = 0; i < ARRAY_SIZE(all); i++)
		buf_init(all[i], LIST_BYTES_MAX);
}

static void tree_fini(struct tree *t)
{
	buf_fini(&t->directories);
	buf_fini(&t->files);
	buf_fini(&t->links);
	buf_fini(&t->file_modes);
	buf_fini(&t->directory_modes);
}

static void add_path(struct buf *b, const char *path)
{
	buf_add(b, path, strlen(path) + 1);
}

static void add_mode(struct buf *b, unsigned int mode)
{
	buf_add_char(b, (char)(mode >> 8 & 1));
	buf_add_char(b, (char)(mode & 0xff));
}

static unsigned int mode_at(const struct buf *b, size_t i)
{
	return (unsigned int)(unsigned char)b->data[2 * i] << 8 | (unsigned char)b->data[2 * i + 1];
}

static char *join(const char *top, const char *path)
{
	char *text;

	if (strcmp(path, ".") == 0)
		return strdup(top);
	return asprintf(&text, "%s/%s", top, path) < 0 ? NULL : text;
}

static int out_of_memory(void)
{
	return agent_complain("not enough memory");
}

/* One file; its errors name it. */
static int copy_one(struct tree *t, const char *path)
{
	struct copy    *c = t->c;
	const char     *source = c->source, *destination = c->destination;
	auto_free char *from = join(source, path), *to = join(destination, path);
	int             status;

	if (!from || !to)
		return out_of_memory();
	c->source = from;
	c->destination = to;
	status = copy_file(c);
	c->source = source;
	c->destination = destination;
	c->total_files++;
	c->total_bytes += c->sum.bytes;
	return status;
}

static int copy_all(struct tree *t)
{
	const char *p = t->files.data, *end = p + t->files.len;
	int         status = EXIT_OK;

	for (; p < end && status == EXIT_OK; p += strlen(p) + 1)
		status = copy_one(t, p);
	return status;
}

/* into the guest */

static int add_link(struct tree *t, const FTSENT *e, const char *path)
{
	char    target[4096];
	ssize_t n = readlink(e->fts_accpath, target, sizeof(target) - 1);

	if (n < 0)
		return agent_complain("%s: %s", e->fts_path, strerror(errno));
	target[n] = '\0';
	add_path(&t->links, target);
	add_path(&t->links, path);
	return EXIT_OK;
}

static int add_entry(struct tree *t, const FTSENT *e, size_t top_len)
{
	const char *path = e->fts_pathlen > top_len ? e->fts_path + top_len + 1 : ".";

	switch (e->fts_info) {
	case FTS_D:
		add_path(&t->directories, path);
		add_mode(&t->directory_modes, e->fts_statp->st_mode & (MODES - 1));
		return EXIT_OK;
	case FTS_F:
		add_path(&t->files, path);
		add_mode(&t->file_modes, e->fts_statp->st_mode & (MODES - 1));
		return EXIT_OK;
	case FTS_SL:
	case FTS_SLNONE:
		return add_link(t, e, path);
	case FTS_DP:
		return EXIT_OK;
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		return agent_complain("%s: %s", e->fts_path, strerror(e->fts_errno));
	default:
		t->skipped++; /* pipes, sockets, devices */
		return EXIT_OK;
	}
}

static int walk(struct tree *t)
{
	char   *tops[] = {(char *)t->c->source, NULL};
	FTS    *fts = fts_open(tops, FTS_PHYSICAL | FTS_NOCHDIR | FTS_COMFOLLOW, NULL);
	FTSENT *e;
	size_t  top_len = strlen(t->c->source);
	int     status = EXIT_OK;

	if (!fts)
		return agent_complain("%s: %s", t->c->source, strerror(errno));
	while (top_len > 1 && t->c->source[top_len - 1] == '/')
		top_len--;
	while (status == EXIT_OK && (e = fts_read(fts)))
		status = add_entry(t, e, top_len);
	(void)fts_close(fts); /* it was only read */
	if (t->files.failed || t->directories.failed || t->links.failed)
		return out_of_memory();
	return status;
}

static int run_in_guest(struct tree *t, const char *script, const struct buf *input)
{
	struct qgac_err err;

	if (input->len == 0 ||
	    guest_run(t->c->agent, script, guest_path(t->c->destination), input, NULL, &err) == 0)
		return EXIT_OK;
	return agent_error(t->c->cli, t->c->destination, &err);
}

/* Paths with this mode, for one chmod. */
static int set_mode(struct tree *t, const struct buf *paths, const struct buf *modes,
		    unsigned int mode)
{
	struct buf  some = BUF_INIT(LIST_BYTES_MAX);
	const char *p = paths->data, *end = p + paths->len;
	char        script[96];
	size_t      i;
	int         status;

	for (i = 0; p < end; p += strlen(p) + 1, i++)
		if (mode_at(modes, i) == mode)
			add_path(&some, p);
	(void)snprintf(script, sizeof(script), "cd -- \"$1\" && xargs -0 chmod %o --", mode);
	status = some.failed ? out_of_memory() : run_in_guest(t, script, &some);
	buf_fini(&some);
	return status;
}

static int set_modes(struct tree *t, const struct buf *paths, const struct buf *modes)
{
	bool   seen[MODES] = {false};
	size_t i;
	int    status = EXIT_OK;

	for (i = 0; 2 * i < modes->len && status == EXIT_OK; i++) {
		unsigned int mode = mode_at(modes, i);

		if (!seen[mode])
			status = set_mode(t, paths, modes, mode);
		seen[mode] = true;
	}
	return status;
}

/* Directories are made writable for us first; the mode of some will not be so. */
static int upload_tree(struct tree *t)
{
	int status = walk(t);

	if (status == EXIT_OK)
		status = run_in_guest(t,
				      "mkdir -p -- \"$1\" && cd -- \"$1\" && xargs -0 mkdir -p --",
				      &t->directories);
	if (status == EXIT_OK)
		status = copy_all(t);
	if (status == EXIT_OK)
		status = set_modes(t, &t->files, &t->file_modes);
	if (status == EXIT_OK)
		status = run_in_guest(t, "cd -- \"$1\" && xargs -0 -n 2 ln -sfn --", &t->links);
	if (status == EXIT_OK)
		status = set_modes(t, &t->directories, &t->directory_modes);
	return status;
}

/* out of the guest */

/* What the guest says is not to be trusted: it names files of the host. */
static bool is_safe(const char *path)
{
	const char *p = path;

	if (*path == '\0' || *path == '/')
		return false;
	while (*p) {
		size_t n = strcspn(p, "/");

		if (n == 0 || (n == 2 && p[0] == '.' && p[1] == '.') ||
		    (n == 1 && *p == '.' && p[1] != '\0'))
			return false;
		p += n + (p[n] == '/');
	}
	return true;
}

/* Names as find(1) prints them, "./a" and "." */
static int take_names(struct buf *to, const struct buf *from)
{
	const char *p = from->data, *end = p + from->len;

	for (; p < end; p += strlen(p) + 1) {
		const char *path = strncmp(p, "./", 2) == 0 ? p + 2 : p;

		if (!is_safe(path))
			return agent_complain(
				"the guest names a file that is not in the directory");
		add_path(to, path);
	}
	return to->failed ? out_of_memory() : EXIT_OK;
}

static int ask_guest(struct tree *t, const char *script, struct buf *out)
{
	struct qgac_err err;

	if (guest_run(t->c->agent, script, guest_path(t->c->source), NULL, out, &err) < 0)
		return agent_error(t->c->cli, t->c->source, &err);
	if (out->len > 0 && out->data[out->len - 1] != '\0')
		buf_add_char(out, '\0'); /* else the last name has no end */
	return EXIT_OK;
}

static int list_names(struct tree *t, const char *script, struct buf *to)
{
	struct buf out = BUF_INIT(LIST_BYTES_MAX);
	int        status = ask_guest(t, script, &out);

	if (status == EXIT_OK)
		status = take_names(to, &out);
	buf_fini(&out);
	return status;
}

/* One line of octal digits for each. */
static int list_modes(struct tree *t, const char *script, struct buf *to)
{
	struct buf out = BUF_INIT(LIST_BYTES_MAX);
	int        status = ask_guest(t, script, &out);
	char      *rest = out.data, *line;

	while (status == EXIT_OK && rest && (line = strsep(&rest, "\n"))) {
		unsigned int mode = 0;
		char        *p = line;

		for (; *p >= '0' && *p <= '7'; p++)
			mode = (mode << 3 | (unsigned int)(*p - '0')) & (MODES - 1);
		if (p > line)
			add_mode(to, mode);
	}
	buf_fini(&out);
	return status;
}

static int list_links(struct tree *t)
{
	struct buf  names = BUF_INIT(LIST_BYTES_MAX), targets = BUF_INIT(LIST_BYTES_MAX);
	int         status = list_names(t, "cd -- \"$1\" && find . -type l -print0", &names);
	const char *name, *target, *end;

	if (status == EXIT_OK && names.len > 0)
		status = ask_guest(t,
				   "cd -- \"$1\" && find . -type l -print0 | "
				   "xargs -0 -n 1 sh -c 'readlink \"$1\" && printf \"\\\\0\"' sh",
				   &targets);
	name = names.data;
	target = targets.data;
	end = targets.data + targets.len;
	/* readlink ends its line: the NUL behind it begins the next one */
	for (; status == EXIT_OK && target && target < end && name < names.data + names.len;
	     name += strlen(name) + 1) {
		size_t n = strlen(target);

		if (n > 0)
			buf_add(&t->links, target, n - 1);
		buf_add_char(&t->links, '\0');
		add_path(&t->links, name);
		target += n + 1;
	}
	buf_fini(&names);
	buf_fini(&targets);
	return status;
}

/* Pipes, sockets and devices: only how many there are. */
static int count_others(struct tree *t)
{
	struct buf names = BUF_INIT(LIST_BYTES_MAX);
	int    status = ask_guest(t, "cd -- \"$1\" && find . ! -type d ! -type f ! -type l -print0",
				  &names);
	size_t i;

	for (i = 0; i < names.len; i++)
		t->skipped += names.data[i] == '\0';
	buf_fini(&names);
	return status;
}

static int list_guest(struct tree *t)
{
	int status = list_names(t, "cd -- \"$1\" && find . -type d -print0", &t->directories);

	if (status == EXIT_OK)
		status = list_modes(
			t, "cd -- \"$1\" && find . -type d -print0 | xargs -0 stat -c %a --",
			&t->directory_modes);
	if (status == EXIT_OK)
		status = list_names(t, "cd -- \"$1\" && find . -type f -print0", &t->files);
	if (status == EXIT_OK && t->files.len > 0)
		status = list_modes(
			t, "cd -- \"$1\" && find . -type f -print0 | xargs -0 stat -c %a --",
			&t->file_modes);
	if (status == EXIT_OK)
		status = count_others(t);
	return status == EXIT_OK ? list_links(t) : status;
}

/* A directory that is there must be one itself, not a link to one. */
static int make_directory(const char *path)
{
	struct stat st;

	if (mkdir(path, 0777) == 0)
		return EXIT_OK;
	if (errno == EEXIST && lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return EXIT_OK;
	return agent_complain("%s: %s", path,
			      errno == EEXIST ? "is there and not a directory" : strerror(errno));
}

/* The top may be a link that the user has made. */
static int make_directories(struct tree *t)
{
	const char *p = t->directories.data, *end = p + t->directories.len;
	struct stat st;
	int         status = EXIT_OK;

	for (; p < end && status == EXIT_OK; p += strlen(p) + 1) {
		auto_free char *path = join(t->c->destination, p);

		if (!path)
			return out_of_memory();
		if (strcmp(p, ".") != 0 || stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
			status = make_directory(path);
	}
	return status;
}

static int refuse_links(struct tree *t)
{
	const char *p = t->files.data, *end = p + t->files.len;
	struct stat st;

	for (; p < end; p += strlen(p) + 1) {
		auto_free char *path = join(t->c->destination, p);

		if (!path)
			return out_of_memory();
		if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
			return agent_complain("%s: is there and not a regular file", path);
	}
	return EXIT_OK;
}

static int make_links(struct tree *t)
{
	const char *p = t->links.data, *end = p + t->links.len;

	while (p < end) {
		const char     *target = p, *name = p + strlen(p) + 1;
		auto_free char *path = join(t->c->destination, name);
		struct stat     st;

		if (!path)
			return out_of_memory();
		if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
			(void)unlink(path); /* the next call tells */
		if (symlink(target, path) < 0)
			return agent_complain("%s: %s", path, strerror(errno));
		p = name + strlen(name) + 1;
	}
	return EXIT_OK;
}

/* Deepest first, so that one that cannot be entered does not hide others. */
static int apply_modes(struct tree *t, const struct buf *paths, const struct buf *modes)
{
	size_t                 n = modes->len / 2, i = 0;
	const char            *p = paths->data, *end = p + paths->len;
	auto_free const char **all = calloc(n + 1, sizeof(*all));

	if (!all)
		return out_of_memory();
	for (; p < end && i < n; p += strlen(p) + 1)
		all[i++] = p;
	while (i > 0) {
		auto_free char *path = join(t->c->destination, all[--i]);

		if (!path || fchmodat(AT_FDCWD, path, mode_at(modes, i), 0) < 0)
			return path ? agent_complain("%s: %s", path, strerror(errno))
				    : out_of_memory();
	}
	return EXIT_OK;
}

static int download_tree(struct tree *t)
{
	int status = list_guest(t);

	if (status == EXIT_OK)
		status = make_directories(t);
	if (status == EXIT_OK)
		status = refuse_links(t);
	if (status == EXIT_OK)
		status = copy_all(t);
	if (status == EXIT_OK)
		status = apply_modes(t, &t->files, &t->file_modes);
	if (status == EXIT_OK)
		status = make_links(t);
	if (status == EXIT_OK)
		status = apply_modes(t, &t->directories, &t->directory_modes);
	return status;
}

int copy_tree(struct copy *c)
{
	struct tree t;
	struct stat st;
	int         status;

	if (c->is_upload && (stat(c->source, &st) < 0 || !S_ISDIR(st.st_mode))) {
		c->is_recursive = false; /* cp -r of a file is a copy of a file */
		c->keeps_mode = true;
		return copy_file(c);
	}
	tree_init(&t, c);
	status = c->is_upload ? upload_tree(&t) : download_tree(&t);
	if (status == EXIT_OK && t.skipped > 0)
		(void)agent_complain("%zu pipes, sockets or devices were not copied", t.skipped);
	tree_fini(&t);
	return status;
}
