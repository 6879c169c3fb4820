/* SPDX-License-Identifier: MIT */
#include "front/control_client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "front/control.h"

static int connect_agent(const char *statedir, struct err *err)
{
	const struct timeval limit = {.tv_sec = CONTROL_ANSWER_S};
	struct sockaddr_un   addr = {.sun_family = AF_UNIX};
	auto_close int       fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if ((size_t)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/" CONTROL_SOCKET,
			     statedir) >= sizeof(addr.sun_path))
		return err_set(err, "the path of the control socket in %s is too long", statedir);
	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return err_os(err, errno, "no agent at %s", addr.sun_path);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return take_fd(&fd);
}

static int exchange(int fd, const char *request, struct buf *to, struct err *err)
{
	char    line[CONTROL_REQUEST_MAX];
	int     n = snprintf(line, sizeof(line), "%s\n", request);
	ssize_t got;

	if (n >= (int)sizeof(line) || send(fd, line, (size_t)n, MSG_NOSIGNAL) != n)
		return err_os(err, errno, "cannot ask the agent");
	while (buf_reserve(to, 4096) == 0 && (got = recv(fd, to->data + to->len, 4096, 0)) != 0) {
		if (got < 0 && errno != EINTR)
			return err_os(err, errno, "the agent does not answer");
		to->len += got > 0 ? (size_t)got : 0;
	}
	return to->failed ? err_os(err, ENOMEM, "cannot read the answer") : 0;
}

/* The value of "return"; -1 with the text of "error". */
static int find_value(struct control_answer *a, struct err *err)
{
	struct json      root, key, value, desc;
	struct json_walk w, inner;
	char             text[1024];

	a->json = (struct json_text){.start = a->text.data, .end = a->text.data + a->text.len};
	if (!a->text.len || json_check(&a->json, err) < 0)
		return err_set(err, "the agent has closed the connection");
	root = json_root(&a->json);
	json_walk_start(&w, &root);
	if (!json_walk_member(&w, &key, &value))
		return err_set(err, "the agent's answer is empty");
	if (json_str_is(&key, "return")) {
		a->value = value;
		return 0;
	}
	json_walk_start(&inner, &value);
	if (!json_walk_member(&inner, &key, &desc) || json_kind(&desc) != JSON_STRING)
		return err_set(err, "the agent's answer cannot be understood");
	(void)json_str_copy(&desc, text, sizeof(text));
	return err_set(err, "%s", text);
}

int control_ask(const char *statedir, const char *request, struct control_answer *ret,
		struct err *err)
{
	auto_close int fd = -1;

	*ret = (struct control_answer){0};
	buf_init(&ret->text, CONTROL_REPLY_MAX + 4096);
	fd = connect_agent(statedir, err);
	if (fd < 0 || exchange(fd, request, &ret->text, err) < 0)
		return -1;
	return find_value(ret, err);
}

void control_answer_fini(struct control_answer *a)
{
	buf_fini(&a->text);
}
