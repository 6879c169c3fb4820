/* SPDX-License-Identifier: MIT */
/*
 * passwd and ssh-keys. A password never stands on a command line, and is wiped after use.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/b64.h"
#include "base/utf8.h"
#include "cli/ask.h"

#define PASSWORD_MAX 1024
#define KEYS_BYTES_MAX ((size_t)1 << 20)

enum {
	OPT_CRYPTED = OPT_OF_VERB,
	OPT_ADD,
	OPT_REMOVE,
	OPT_SET,
};

/* One line without its end: 0, -1 at the end of the input, -2 when it is too long, -3 with a NUL in
 * it. */
static int read_line(int fd, char *line, size_t size)
{
	size_t n = 0;
	char   c;

	for (;;) {
		ssize_t got = read(fd, &c, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 && n == 0)
			return -1;
		if (got <= 0 || c == '\n')
			break;
		if (c == '\0')
			return -3;
		if (n + 1 == size)
			return -2;
		line[n++] = c;
	}
	line[n] = '\0';
	return 0;
}

static int ask_terminal(int fd, const char *question, char *line, size_t size)
{
	struct termios old, silent;
	int            got;

	if (tcgetattr(fd, &old) < 0)
		return -1;
	silent = old;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	(void)tcsetattr(fd, TCSAFLUSH, &silent); /* reading them has just worked */
	(void)fprintf(stderr, "%s: ", question);
	(void)fflush(stderr);
	got = read_line(fd, line, size);
	(void)tcsetattr(fd, TCSAFLUSH, &old); /* as above */
	(void)fputc('\n', stderr);
	return got;
}

static int ask_twice(const struct cli *cli, char *password)
{
	char again[PASSWORD_MAX];
	int  got = ask_terminal(STDIN_FILENO, "New password", password, PASSWORD_MAX);
	bool same;

	if (got == 0)
		got = ask_terminal(STDIN_FILENO, "The same again", again, sizeof(again));
	same = got == 0 && strcmp(password, again) == 0;
	explicit_bzero(again, sizeof(again));
	if (got == 0 && !same)
		return options_error(cli, "the passwords differ");
	return got == 0 ? EXIT_OK : options_error(cli, "no password was given");
}

static int read_password(const struct cli *cli, char *password)
{
	int got;

	if (isatty(STDIN_FILENO))
		return ask_twice(cli, password);
	got = read_line(STDIN_FILENO, password, PASSWORD_MAX);
	if (got == 0)
		return EXIT_OK;
	return options_error(cli, got == -2 ? "the password is too long"
				  : got == -3
					  ? "no password has a NUL in it"
					  : "the password is to be on standard input, one line");
}

/* The only word: a request cannot hold a name that is not UTF-8. */
static int take_user(const struct cli *cli, int argc, char **argv, const char *question,
		     const char **ret)
{
	if (optind + 1 != argc)
		return options_error(cli, "%s", question);
	*ret = argv[optind];
	if (!utf8_is_text(*ret))
		return options_error(cli, "the user's name is not valid UTF-8");
	return EXIT_OK;
}

struct credentials {
	const char *user;
	char        password[PASSWORD_MAX];
	bool        is_crypted;
};

static int send_password(struct ask *a, void *what)
{
	const struct credentials *c = what;
	struct buf                b = BUF_INIT(SIZE_MAX / 2);
	char                      text[PASSWORD_MAX * 2];
	struct qgac_value         result;
	struct json_out           w;
	int                       status;

	json_out_init(&w, &b);
	json_out_object_begin(&w);
	json_out_key(&w, "username");
	json_out_str(&w, c->user);
	json_out_key(&w, "password");
	json_out_strn(&w, text, b64_encode(c->password, strlen(c->password), text));
	json_out_key(&w, "crypted");
	json_out_bool(&w, c->is_crypted);
	json_out_object_end(&w);
	buf_add_char(&b, '\0');
	status = ask(a, "guest-set-user-password", b.data, &result);
	explicit_bzero(text, sizeof(text));
	explicit_bzero(b.data, b.len);
	buf_fini(&b);
	return status;
}

int verb_passwd(struct cli *cli, int argc, char **argv)
{
	struct credentials who = {.user = NULL};
	int                c, status;

	while ((c = options_next(cli, argc, argv)) != -1) {
		if (c == OPTIONS_STOP)
			return cli->status;
		who.is_crypted = true;
	}
	if (take_user(cli, argc, argv, "whose password?", &who.user) != EXIT_OK)
		return EXIT_USAGE;
	status = read_password(cli, who.password);
	if (status == EXIT_OK)
		status = ask_run(cli, send_password, &who);
	explicit_bzero(who.password, sizeof(who.password));
	return status;
}

/* ssh-keys */

/* Every line of a file of keys but empty ones and comments; how many. */
static size_t write_keys(struct json_out *w, char *text)
{
	size_t n_keys = 0;
	char  *line;

	json_out_key(w, "keys");
	json_out_array_begin(w);
	while ((line = strsep(&text, "\n"))) {
		size_t n = strlen(line);

		if (n > 0 && line[n - 1] == '\r')
			line[n - 1] = '\0';
		line += strspn(line, " \t");
		if (!*line || *line == '#')
			continue;
		json_out_str(w, line);
		n_keys++;
	}
	json_out_array_end(w);
	return n_keys;
}

static int read_keys(const char *path, struct buf *b)
{
	bool           is_stdin = strcmp(path, "-") == 0;
	auto_close int fd = is_stdin ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	ssize_t        n = 1;

	if (fd < 0)
		return agent_complain("cannot open %s: %s", path, strerror(errno));
	while (n > 0 && buf_reserve(b, 4096) == 0) {
		n = read(fd, b->data + b->len, 4096);
		if (n > 0)
			b->len += (size_t)n;
	}
	buf_add_char(b, '\0');
	if (b->failed || n < 0)
		return agent_complain("cannot read %s: %s", path,
				      n < 0 ? strerror(errno) : "it is too large");
	return EXIT_OK;
}

struct keys {
	const char *user;
	int         how;  /* OPT_ADD…; 0: show them */
	const char *path; /* of the file with them */
};

static int change_keys(struct ask *a, const struct keys *k)
{
	struct buf        file = BUF_INIT(KEYS_BYTES_MAX), b = BUF_INIT(SIZE_MAX / 2);
	struct qgac_value result;
	struct json_out   w;
	int               status = read_keys(k->path, &file);

	json_out_init(&w, &b);
	json_out_object_begin(&w);
	json_out_key(&w, "username");
	json_out_str(&w, k->user);
	/* to set none is to take all away */
	if (status == EXIT_OK && write_keys(&w, file.data) == 0 && k->how != OPT_SET)
		status = agent_complain("%s: there is no key in it", k->path);
	if (k->how == OPT_SET) {
		json_out_key(&w, "reset");
		json_out_bool(&w, true);
	}
	json_out_object_end(&w);
	buf_add_char(&b, '\0');
	if (status == EXIT_OK)
		status = ask(a,
			     k->how == OPT_REMOVE ? "guest-ssh-remove-authorized-keys"
						  : "guest-ssh-add-authorized-keys",
			     b.data, &result);
	buf_fini(&b);
	buf_fini(&file);
	return status;
}

static void print_keys(struct qgac_value result)
{
	struct qgac_iter  it = qgac_iter_start(qgac_value_member(result, "keys"));
	struct qgac_value key;

	while (qgac_iter_next(&it, NULL, &key)) {
		auto_free char *text = NULL;
		size_t          n;

		if (qgac_value_string(key, &text, &n) == 0) {
			print_escaped(stdout, text, n);
			(void)putchar('\n');
		}
	}
}

/* A user without a file of keys has none. */
static int get_keys(struct ask *a, const char *arguments, struct qgac_value *ret)
{
	struct qgac_reply *reply;
	struct qgac_err    err;
	bool               none;

	if (qgac_call(a->agent, "guest-ssh-get-authorized-keys", arguments, 0, a->deadline, &reply,
		      &err) == 0) {
		a->replies[a->n_replies++] = reply;
		*ret = qgac_reply_return(reply);
		return EXIT_OK;
	}
	qgac_reply_free(reply);
	*ret = (struct qgac_value){.reply_ = NULL};
	none = err.code == QGAC_ERR_REFUSED && strncmp(err.text, "failed to read", 14) == 0 &&
	       strstr(err.text, "No such file");
	return none ? EXIT_OK : agent_error(a->cli, "guest-ssh-get-authorized-keys", &err);
}

static int show_keys(struct ask *a, const char *user)
{
	struct buf        b = BUF_INIT(SIZE_MAX / 2);
	struct qgac_value result;
	struct json_out   w;
	int               status;

	json_out_init(&w, &b);
	json_out_object_begin(&w);
	json_out_key(&w, "username");
	json_out_str(&w, user);
	json_out_object_end(&w);
	buf_add_char(&b, '\0');
	status = get_keys(a, b.data, &result);
	buf_fini(&b);
	if (status != EXIT_OK || a->cli->quiet)
		return status;
	if (a->cli->json)
		ask_print_json(result);
	else
		print_keys(result);
	return EXIT_OK;
}

static int keys(struct ask *a, void *what)
{
	const struct keys *k = what;

	return k->how ? change_keys(a, k) : show_keys(a, k->user);
}

int verb_ssh_keys(struct cli *cli, int argc, char **argv)
{
	struct keys k = {.how = 0};
	int         c;

	while ((c = options_next(cli, argc, argv)) != -1) {
		if (c == OPTIONS_STOP)
			return cli->status;
		if (k.how)
			return options_error(cli, "one of --add, --remove and --set at a time");
		k.how = c;
		k.path = optarg;
	}
	if (take_user(cli, argc, argv, "whose keys?", &k.user) != EXIT_OK)
		return EXIT_USAGE;
	return ask_run(cli, keys, &k);
}
