/* SPDX-License-Identifier: MIT */
#include "ipc/program.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* Then the strings, each with its NUL. */
struct head {
	uint64_t argc;
	uint64_t n_env;
	uint64_t has_env;
};

static size_t strings_size(char *const *strings, size_t n)
{
	size_t size = 0, i;

	for (i = 0; i < n; i++)
		size += strlen(strings[i]) + 1;
	return size;
}

static char *put_strings(char *to, char *const *strings, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		size_t len = strlen(strings[i]) + 1;

		memcpy(to, strings[i], len);
		to += len;
	}
	return to;
}

static int fill(int fd, const struct program *p)
{
	struct head head = {.argc = p->argc, .n_env = p->n_env, .has_env = p->has_env};
	size_t      size =
		sizeof(head) + strings_size(p->argv, p->argc) + strings_size(p->env, p->n_env);
	char *base;

	if (ftruncate(fd, (off_t)size) < 0)
		return -1;
	base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (base == MAP_FAILED)
		return -1;
	memcpy(base, &head, sizeof(head));
	(void)put_strings(put_strings(base + sizeof(head), p->argv, p->argc), p->env, p->n_env);
	(void)munmap(base, size);
	return 0;
}

int program_pack(const struct program *p, struct err *err)
{
	auto_close int fd = memfd_create("virtagent-args", MFD_CLOEXEC);

	if (fd < 0 || fill(fd, p) < 0)
		return err_os(err, errno, "cannot pass the arguments on");
	return take_fd(&fd);
}

/* n strings from *at on, none beyond end; NULL when they do not fit. */
static char **take_strings(char **at, const char *end, size_t n)
{
	char **strings = calloc(n + 1, sizeof(*strings));
	size_t i;

	for (i = 0; strings && i < n; i++) {
		char *nul = memchr(*at, '\0', (size_t)(end - *at));

		if (!nul) {
			free(strings);
			return NULL;
		}
		strings[i] = *at;
		*at = nul + 1;
	}
	return strings;
}

int program_unpack(int fd, struct program *ret)
{
	struct head head;
	struct stat st;
	char       *base, *at;

	if (fstat(fd, &st) < 0)
		return errno;
	if ((size_t)st.st_size < sizeof(head))
		return EINVAL;
	base = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (base == MAP_FAILED)
		return errno;
	memcpy(&head, base, sizeof(head));
	at = base + sizeof(head);
	*ret = (struct program){
		.argc = head.argc, .n_env = head.n_env, .has_env = head.has_env != 0};
	ret->argv = take_strings(&at, base + st.st_size, head.argc);
	ret->env =
		ret->argv && head.has_env ? take_strings(&at, base + st.st_size, head.n_env) : NULL;
	return ret->argv && (ret->env || !head.has_env) ? 0 : ENOMEM;
}
