/* SPDX-License-Identifier: MIT */
/* In children, since there is no way back. */
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys/capabilities.h"

#define SOME (CAPABILITY(CAP_KILL) | CAPABILITY(CAP_SYS_TIME))

static uint64_t set_of(const char *name)
{
	char     line[256];
	uint64_t set = 0;
	FILE    *file = fopen("/proc/self/status", "r");

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, name, strlen(name)))
			set = strtoull(line + strlen(name) + 1, NULL, 16);
	if (file)
		(void)fclose(file);
	return set;
}

static int check_kept(void)
{
	uint64_t have = set_of("CapPrm"), bounding = set_of("CapBnd");

	if (capabilities_keep(SOME, true) || set_of("CapPrm") != (have & SOME) || set_of("CapEff"))
		return 1;
	if (set_of("CapBnd") != bounding)
		return 2;
	capabilities_use(CAPABILITY(CAP_KILL) | CAPABILITY(CAP_CHOWN));
	if (set_of("CapEff") != (have & CAPABILITY(CAP_KILL)))
		return 3;
	capabilities_use(0);
	return set_of("CapEff") ? 4 : 0;
}

static int check_bounded(void)
{
	uint64_t bounding = set_of("CapBnd");

	/* whoever may not, cannot gain by a program either */
	if (!(set_of("CapEff") & CAPABILITY(CAP_SETPCAP)))
		return 0;
	if (capabilities_keep(SOME, false))
		return 1;
	return set_of("CapBnd") == (bounding & SOME) ? 0 : 2;
}

static void in_child(int (*check)(void))
{
	int   status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(check());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_some_are_kept(void **state)
{
	(void)state;
	in_child(check_kept);
}

static void test_programs_get_no_more(void **state)
{
	(void)state;
	in_child(check_bounded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_some_are_kept),
		cmocka_unit_test(test_programs_get_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
