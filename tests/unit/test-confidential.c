/* SPDX-License-Identifier: MIT */
/*
 * Which confidential VM a captured machine is, and which profile follows from that when nobody has
 * chosen one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "captured-each.h"
#include "policy/choose.h"
#include "policy/policy.h"
#include "sys/confidential.h"

static void features(const char *flags)
{
	char text[2048];

	(void)snprintf(
		text, sizeof(text),
		"processor\t: 0\nvendor_id\t: X\nflags\t\t: fpu %s nopl\nbugs\t\t: tdx_guest\n",
		flags);
	captured_file(&c, "/proc/cpuinfo", text);
}

static void expect(enum confidential wanted)
{
	enum confidential got = confidential_detect(&c.root);

	if (got != wanted)
		fail_msg("%s, expected %s", confidential_name(got), confidential_name(wanted));
}

static void test_none(void **state)
{
	(void)state;
	expect(CONFIDENTIAL_NOT);
	/* what a processor could do for guests of its own, and names that only begin so */
	features("sme sev sev_es sev_snp tdx_guests xtdx_guest");
	captured_file(&c, "/sys/firmware/uv/prot_virt_guest", "0\n");
	expect(CONFIDENTIAL_NOT);
	captured_file(&c, "/.virtagent/cpuid", "sev 0\ntdx 0\n");
	expect(CONFIDENTIAL_NOT);
}

static void test_tdx_by_feature(void **state)
{
	(void)state;
	features("vmx tdx_guest");
	expect(CONFIDENTIAL_TDX);
}

static void test_tdx_by_device(void **state)
{
	(void)state;
	captured_file(&c, "/dev/tdx_guest", "");
	expect(CONFIDENTIAL_TDX);
}

static void test_tdx_by_old_device(void **state)
{
	(void)state;
	captured_file(&c, "/dev/tdx-guest", "");
	expect(CONFIDENTIAL_TDX);
}

static void test_tdx_by_processor(void **state)
{
	(void)state;
	captured_file(&c, "/.virtagent/cpuid", "tdx 1\n");
	expect(CONFIDENTIAL_TDX);
}

static void test_snp_by_device(void **state)
{
	(void)state;
	captured_file(&c, "/dev/sev-guest", "");
	expect(CONFIDENTIAL_SEV_SNP);
}

static void test_snp_by_level(void **state)
{
	(void)state;
	captured_file(&c, "/sys/devices/system/cpu/sev/vmpl", "0\n");
	expect(CONFIDENTIAL_SEV_SNP);
}

static void put_status(uint64_t value)
{
	char           path[512];
	auto_close int fd = -1;

	captured_path(&c, "/dev/cpu/0/msr", path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	CAPTURED_MUST(fd >= 0 && pwrite(fd, &value, sizeof(value), 0xC0010131) == sizeof(value));
}

static void test_sev_by_processor(void **state)
{
	static const enum confidential kinds[] = {
		CONFIDENTIAL_SEV, CONFIDENTIAL_SEV,     CONFIDENTIAL_SEV, CONFIDENTIAL_SEV_ES,
		CONFIDENTIAL_SEV, CONFIDENTIAL_SEV_SNP, CONFIDENTIAL_SEV, CONFIDENTIAL_SEV_SNP};
	uint64_t status;

	(void)state;
	captured_file(&c, "/.virtagent/cpuid", "sev 1\n");
	expect(CONFIDENTIAL_SEV); /* without the module that shows such registers */
	for (status = 1; status < 8; status += 2) {
		put_status(status);
		expect(kinds[status]);
	}
}

static void test_secure_execution(void **state)
{
	(void)state;
	captured_file(&c, "/sys/firmware/uv/prot_virt_guest", "1\n");
	expect(CONFIDENTIAL_SE);
}

/* This machine: whatever it is, asking is harmless. */
static void test_real(void **state)
{
	struct sys_root root;
	struct err      err;

	(void)state;
	err_init(&err);
	assert_int_equal(root_init(&root, NULL, "/tmp", &err), 0);
	assert_true(confidential_detect(&root) < CONFIDENTIALS);
	root_fini(&root);
}

static void test_profile(void **state)
{
	static const struct {
		bool        confidential, as_qemu_ga, said;
		size_t      n_keys;
		int         profile;
		const char *words;
	} rows[] = {
		{false, false, false, 0, PROFILE_FULL, ""},
		{true, false, false, 0, PROFILE_INFO,
		 "this is a confidential VM (Intel TDX), and nothing is configured, so the host "
		 "may "
		 "only ask (profile=info): choose a profile"},
		{true, false, false, 1, PROFILE_FULL,
		 "this is a confidential VM (Intel TDX), and the host may do everything in it "
		 "(profile=full): choose a profile"},
		{true, true, false, 0, PROFILE_FULL,
		 "this is a confidential VM (Intel TDX), and the host may do everything in it "
		 "(profile=full): choose a profile"},
		{true, false, true, 0, PROFILE_FULL, ""},
		{true, true, true, 3, PROFILE_FULL, ""},
	};
	char   words[256];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct options o = {.profile = PROFILE_FULL,
				    .as_qemu_ga = rows[i].as_qemu_ga,
				    .n_keys = rows[i].n_keys};

		captured_file(&c, "/.virtagent/cpuid", rows[i].confidential ? "tdx 1\n" : "\n");
		o.set_at[OPTION_ID_profile] = rows[i].said ? OPTION_COMMAND_LINE : 0;
		policy_choose_profile(&o, &c.root);
		policy_describe_choice(&o, words, sizeof(words));
		if (o.profile != rows[i].profile || strcmp(words, rows[i].words) != 0)
			fail_msg("row %zu: %d, '%s'", i, o.profile, words);
	}
}

#define WITH_TREE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TREE(test_none),
		WITH_TREE(test_tdx_by_feature),
		WITH_TREE(test_tdx_by_device),
		WITH_TREE(test_tdx_by_old_device),
		WITH_TREE(test_tdx_by_processor),
		WITH_TREE(test_snp_by_device),
		WITH_TREE(test_snp_by_level),
		WITH_TREE(test_sev_by_processor),
		WITH_TREE(test_secure_execution),
		WITH_TREE(test_real),
		WITH_TREE(test_profile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
