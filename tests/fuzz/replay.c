/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target over files and the files of directories: the corpus as an ordinary test,
 * without clang.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "target.h"

static unsigned n_inputs;

static void fail(const char *path)
{
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	exit(1);
}

/* In memory of exactly its size, so that the sanitizer sees every byte read too far. */
static void run_file(const char *path, size_t size)
{
	FILE    *file = fopen(path, "rb");
	uint8_t *data = malloc(size ? size : 1);

	if (!file || !data || fread(data, 1, size, file) != size)
		fail(path);
	(void)fclose(file);
	printf("%s\n", path);
	(void)fflush(stdout);
	(void)LLVMFuzzerTestOneInput(data, size);
	free(data);
	n_inputs++;
}

static void run_path(const char *path)
{
	struct stat    st;
	struct dirent *e;
	char           below[PATH_MAX];
	DIR           *dir;

	if (stat(path, &st) < 0)
		fail(path);
	if (!S_ISDIR(st.st_mode)) {
		run_file(path, (size_t)st.st_size);
		return;
	}
	dir = opendir(path);
	if (!dir)
		fail(path);
	while ((e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		if (snprintf(below, sizeof(below), "%s/%s", path, e->d_name) < (int)sizeof(below))
			run_path(below);
	}
	(void)closedir(dir);
}

int main(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		run_path(argv[i]);
	if (n_inputs == 0) {
		fprintf(stderr, "no inputs\n");
		return 1;
	}
	printf("%u inputs\n", n_inputs);
	return 0;
}
