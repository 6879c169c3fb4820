/* SPDX-License-Identifier: MIT */
/*
 * What is unknown in a file of ours is an error: a misspelt key sets nothing. In qemu-ga.conf, or
 * under the name qemu-ga, it is a warning, since replacing that program must not stop the agent
 * from starting (decisions.md row 46). A value that cannot be understood is an error everywhere.
 */
#include "config/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include "base/attr.h"
#include "config/keyfile.h"
#include "config/rows.h"

#define GROUP_GENERAL "general"
#define GROUP_CHANNEL "channel"

/* Of a channel that says none. */
#define CHANNEL_METHOD "virtio-serial"

/* Longest message about a line. */
#define MESSAGE_BYTES 1024

struct loader {
	struct options        *o;
	const char            *path;
	struct keyfile         keys;
	struct option_channel *channel; /* of the group, NULL: another one */
	bool                   general;
};

/* Something that is unknown or doubtful. 0: go on; -1: it is an error. */
static int printf_like(3, 4) doubt(struct loader *l, struct err *err, const char *fmt, ...)
{
	char    text[MESSAGE_BYTES];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (l->o->strict && !l->o->check_config)
		return err_set(err, "line %u: %s", l->keys.line, text);
	options_warn(l->o, "%s:%u: %s", l->path, l->keys.line, text);
	return 0;
}

/* A value that cannot be understood. */
static int bad_value(struct loader *l, struct err *err, const char *what)
{
	if (!l->o->check_config)
		return err_set(err, "line %u: %s: %s", l->keys.line, l->keys.key, what);
	options_warn(l->o, "%s:%u: %s: %s", l->path, l->keys.line, l->keys.key, what);
	return 0;
}

static bool is_channel_name(const char *name)
{
	static const char legal[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	return *name && !name[strspn(name, legal)] && strlen(name) <= OPTION_CHANNEL_NAME_MAX;
}

static struct option_channel *find_channel(struct options *o, const char *name)
{
	size_t i;

	for (i = 0; i < o->n_channels; i++)
		if (!strcmp(o->channels[i].name, name))
			return &o->channels[i];
	return NULL;
}

static int begin_channel(struct loader *l, const char *name, struct err *err)
{
	struct options *o = l->o;

	if (!is_channel_name(name))
		return doubt(l, err,
			     "[" GROUP_CHANNEL " %s]: a name of letters, digits, . _ -, %d at most",
			     name, OPTION_CHANNEL_NAME_MAX);
	l->channel = find_channel(o, name);
	if (l->channel)
		return 0;
	if (o->n_channels == OPTION_CHANNELS_MAX)
		return err_set(err, "line %u: more than %d channels", l->keys.line,
			       OPTION_CHANNELS_MAX);
	l->channel = &o->channels[o->n_channels++];
	*l->channel = (struct option_channel){
		.name = name, .method = CHANNEL_METHOD, .line = l->keys.line};
	return 0;
}

static int begin_group(struct loader *l, struct err *err)
{
	const char *name = l->keys.group;
	size_t      n = strlen(GROUP_CHANNEL);

	l->channel = NULL;
	l->general = !strcmp(name, GROUP_GENERAL);
	if (l->general)
		return 0;
	if (!strncmp(name, GROUP_CHANNEL, n) && name[n] == ' ')
		return begin_channel(l, name + n + 1, err);
	return doubt(l, err, "there is no group [%s]", name);
}

static void empty_list(const struct option_row *r, void *member)
{
	if (r->kind == OPTION_LIST || r->kind == OPTION_WORDS)
		((struct option_list *)member)->n = 0;
}

/* The last one counts, as in every key file. */
static int note_repeated(struct loader *l, const struct option_row *r, unsigned set_at,
			 void *member, struct err *err)
{
	if (!set_at)
		return 0;
	empty_list(r, member);
	return doubt(l, err, "the key '%s' is given twice", l->keys.key);
}

static int channel_entry(struct loader *l, struct err *err)
{
	const struct option_row *r = option_row_of_key(l->keys.key);
	void                    *member = r ? option_channel_member(r, l->channel) : NULL;
	struct err               problem;

	if (!member)
		return doubt(l, err, "there is no key '%s' for channels", l->keys.key);
	if (note_repeated(l, r, l->channel->set_at[r->id], member, err) < 0)
		return -1;
	err_init(&problem);
	return option_set_channel(r, l->channel, l->keys.value, l->keys.line, &problem) < 0
		       ? bad_value(l, err, problem.text)
		       : 0;
}

static int set_general(struct loader *l, const struct option_row *r, struct err *err)
{
	struct err problem;

	err_init(&problem);
	return option_set(r, l->o, l->keys.value, l->keys.line, &problem) < 0
		       ? bad_value(l, err, problem.text)
		       : 0;
}

/* A block list that blocks nothing is a hole: both names count, also together. */
static int old_block_list(struct loader *l, struct err *err)
{
	unsigned *set_at = &l->o->set_at[OPTION_ID_block_rpcs], was = *set_at;

	if (doubt(l, err, "'blacklist' is called 'block-rpcs' now") < 0 ||
	    set_general(l, option_row_of_key("block-rpcs"), err) < 0)
		return -1;
	*set_at = was;
	return 0;
}

static int general_entry(struct loader *l, struct err *err)
{
	const struct option_row *r = option_row_of_key(l->keys.key);

	if (!r && !strcmp(l->keys.key, "blacklist"))
		return old_block_list(l, err);
	if (!r)
		return doubt(l, err, "there is no key '%s'", l->keys.key);
	if (note_repeated(l, r, l->o->set_at[r->id], option_member(r, l->o), err) < 0)
		return -1;
	return set_general(l, r, err);
}

static int parse_line(struct loader *l, struct err *err)
{
	if (!l->keys.key)
		return begin_group(l, err);
	l->o->n_keys++;
	if (l->general)
		return general_entry(l, err);
	return l->channel ? channel_entry(l, err) : 0;
}

int config_file_parse(struct options *o, const char *path, char *text, size_t n, struct err *err)
{
	struct loader l = {.o = o, .path = path};
	int           rc;

	keyfile_start(&l.keys, text, n);
	while ((rc = keyfile_next(&l.keys, err)) > 0)
		if (parse_line(&l, err) < 0)
			return -1;
	return rc;
}

static int read_all(int fd, char *text, size_t size, size_t *ret_n, struct err *err)
{
	ssize_t got;

	*ret_n = 0;
	while (*ret_n < size && (got = read(fd, text + *ret_n, size - *ret_n)) != 0) {
		if (got < 0 && errno != EINTR)
			return err_os(err, errno, "cannot read it");
		*ret_n += got > 0 ? (size_t)got : 0;
	}
	return *ret_n < size ? 0 : err_set(err, "larger than %zu bytes", CONFIG_FILE_BYTES_MAX);
}

/* 1: there it is, the caller's; 0: there is no such file. */
static int read_file(const char *path, char **ret, size_t *ret_n, struct err *err)
{
	auto_close int  fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	auto_free char *text = NULL;
	struct stat     st;

	if (fd < 0)
		return errno == ENOENT ? 0 : err_os(err, errno, "cannot open it");
	/* an empty FIFO would look like an empty file, and that blocks nothing */
	if (fstat(fd, &st) < 0 || S_ISFIFO(st.st_mode) || S_ISDIR(st.st_mode))
		return err_set(err, "not a file");
	text = malloc(CONFIG_FILE_BYTES_MAX + 1);
	if (!text)
		return err_os(err, ENOMEM, "cannot read it");
	if (read_all(fd, text, CONFIG_FILE_BYTES_MAX + 1, ret_n, err) < 0)
		return -1;
	text[*ret_n] = '\0';
	*ret = realloc(text, *ret_n + 1);
	if (*ret)
		text = NULL;
	else
		*ret = take_ptr(&text);
	return 1;
}

static int load(struct options *o, const char *path, bool must_exist, struct err *err)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	char       *text = NULL;
	size_t      n = 0;
	int         rc;

	o->strict = !o->as_qemu_ga && strcmp(name, "qemu-ga.conf") != 0;
	rc = read_file(path, &text, &n, err);
	if (rc > 0) {
		o->config_file = path;
		o->config_text = text;
		rc = config_file_parse(o, path, text, n, err) < 0 ? -1 : 1;
	} else if (rc == 0 && must_exist) {
		rc = err_set(err, "%s", strerror(ENOENT));
	}
	if (rc < 0)
		err_prefix(err, "error loading configuration from path: %s, ", path);
	return rc;
}

int config_file_load(struct options *o, struct err *err)
{
	const char *named = o->config ? o->config : getenv("QGA_CONF");
	int         rc;

	if (named)
		return load(o, named, o->config != NULL, err) < 0 ? -1 : 0;
	/* under our own name, too: who has a block list in the old file still wants it */
	rc = o->as_qemu_ga ? 0 : load(o, OPTIONS_FILE, false, err);
	if (rc == 0)
		rc = load(o, OPTIONS_FILE_QEMU_GA, false, err);
	return rc < 0 ? -1 : 0;
}
