/* SPDX-License-Identifier: MIT */
#include "front/daemonize.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Also addresses of vsock: the colon tells. They are no paths. */
static bool is_address(const char *method)
{
	return !strcmp(method, "vsock-listen");
}

/* NULL, if there is no memory. */
static const char *absolute(const char *path)
{
	char   folder[PATH_MAX], *whole;
	size_t n;

	if (!path || *path == '/' || !getcwd(folder, sizeof(folder)))
		return path;
	n = strlen(folder) + 1 + strlen(path) + 1;
	whole = malloc(n);
	if (whole)
		(void)snprintf(whole, n, "%s/%s", folder, path);
	return whole;
}

static void make_absolute(struct options *o)
{
	char   folder[PATH_MAX];
	size_t i;

	o->folder = getcwd(folder, sizeof(folder)) ? strdup(folder) : NULL;

	o->logfile = absolute(o->logfile);
	o->pidfile = absolute(o->pidfile);
	o->statedir = absolute(o->statedir);
	o->root = absolute(o->root);
	if (o->fsfreeze_hook && strchr(o->fsfreeze_hook, '/'))
		o->fsfreeze_hook = absolute(o->fsfreeze_hook);
	if (!is_address(o->method))
		o->path = absolute(o->path);
	for (i = 0; i < o->n_channels; i++)
		if (!is_address(o->channels[i].method))
			o->channels[i].path = absolute(o->channels[i].path);
}

static void wait_for_child(int fd)
{
	char    done;
	ssize_t n;

	do
		n = read(fd, &done, 1);
	while (n < 0 && errno == EINTR);
	_exit(n == 1 ? 0 : 1); /* it has said why */
}

int daemonize_begin(struct daemonize *d, struct options *o, struct err *err)
{
	int   ends[2];
	pid_t pid;

	d->parent = -1;
	if (!o->daemonize)
		return 0;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_os(err, errno, "cannot become a daemon");
	pid = fork();
	if (pid < 0)
		return err_os(err, errno, "cannot become a daemon");
	if (pid > 0) {
		(void)close(ends[1]);
		wait_for_child(ends[0]);
	}
	(void)close(ends[0]);
	d->parent = ends[1];
	d->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	make_absolute(o);
	(void)setsid();
	return chdir("/") < 0 ? err_os(err, errno, "cannot become a daemon") : 0;
}

void daemonize_finish(struct daemonize *d)
{
	int fd;

	if (d->parent < 0)
		return;
	(void)umask(0077);
	for (fd = STDIN_FILENO; d->null >= 0 && fd <= STDERR_FILENO; fd++)
		(void)dup2(d->null, fd);
	if (d->null > STDERR_FILENO)
		(void)close(d->null);
	(void)!write(d->parent, "", 1);
	(void)close(take_fd(&d->parent));
}
