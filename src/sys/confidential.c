/* SPDX-License-Identifier: MIT */
#include "sys/confidential.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/attr.h"
#include "sys/answer.h"
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

/* The features of the first processor are in the first bytes of /proc/cpuinfo. */
#define CPUINFO_BYTES 8192

/* AMD's processor manual, volume 2, "SEV_STATUS MSR": which of them is on. */
#define MSR_SEV_STATUS 0xC0010131
#define SEV_STATUS_ES (1u << 1)
#define SEV_STATUS_SNP (1u << 2)

/* What the processor says, which has no file: "cpuid" of a captured machine. */
struct cpu {
	bool sev; /* leaf 8000001F: a hypervisor shows it only to a guest that has it on */
	bool tdx; /* leaf 21 */
};

const char *confidential_name(enum confidential c)
{
	static const char *const names[CONFIDENTIALS] = {
		[CONFIDENTIAL_NOT] = "none",          [CONFIDENTIAL_SEV] = "AMD SEV",
		[CONFIDENTIAL_SEV_ES] = "AMD SEV-ES", [CONFIDENTIAL_SEV_SNP] = "AMD SEV-SNP",
		[CONFIDENTIAL_TDX] = "Intel TDX",     [CONFIDENTIAL_SE] = "IBM Secure Execution",
	};

	return names[c];
}

static bool exists(const struct sys_root *r, const char *path)
{
	struct stat st;
	int         os;

	return root_stat(r, path, &st, &os) == 0;
}

/* --- the processor --- */

/* Whether the word is among the features of the processor. */
static bool has_feature(const char *cpuinfo, const char *word)
{
	const char *at = strstr(cpuinfo, "\nflags"), *end;
	size_t      n = strlen(word);

	if (!at)
		return false;
	end = strchrnul(at + 1, '\n');
	for (at = strstr(at, word); at && at < end; at = strstr(at + 1, word))
		if (at[-1] == ' ' && (at[n] == ' ' || at[n] == '\n' || at[n] == '\0'))
			return true;
	return false;
}

static void ask_captured(const struct sys_root *r, struct cpu *ret)
{
	char     text[ANSWER_TEXT_MAX];
	uint64_t value;
	int      os;

	if (answer_read_text(r, "cpuid", NULL, text, &os) < 0)
		return;
	ret->sev = answer_u64(text, "sev", &value) && value;
	ret->tdx = answer_u64(text, "tdx", &value) && value;
}

#if defined(__x86_64__) || defined(__i386__)

#define LEAF_TDX 0x21
#define LEAF_SEV 0x8000001F
#define FEATURE_SEV (1u << 1) /* eax of leaf 8000001F */

static void ask_amd(struct cpu *ret)
{
	unsigned a, b, c, d;

	if (__get_cpuid(LEAF_SEV, &a, &b, &c, &d))
		ret->sev = a & FEATURE_SEV;
}

static void ask_intel(struct cpu *ret)
{
	unsigned a, b, c, d;
	char     name[12];

	if (!__get_cpuid_count(LEAF_TDX, 0, &a, &b, &c, &d))
		return;
	memcpy(name, &b, 4);
	memcpy(name + 4, &d, 4);
	memcpy(name + 8, &c, 4);
	ret->tdx = memcmp(name, "IntelTDX    ", sizeof(name)) == 0;
}

/* Each question takes the hypervisor 8 to 12 us, so none is asked that cpuinfo answers. */
static void ask_processor(const char *cpuinfo, struct cpu *ret)
{
	if (*cpuinfo && !has_feature(cpuinfo, "hypervisor"))
		return;
	if (!strstr(cpuinfo, "GenuineIntel"))
		ask_amd(ret);
	if (!strstr(cpuinfo, "AuthenticAMD"))
		ask_intel(ret);
}

#else

static void ask_processor(const char *cpuinfo, struct cpu *ret)
{
	(void)cpuinfo, (void)ret;
}

#endif

/* --- the kernel --- */

static bool is_tdx(const struct sys_root *r, const char *cpuinfo, const struct cpu *cpu)
{
	return cpu->tdx || has_feature(cpuinfo, "tdx_guest") || exists(r, "/dev/tdx_guest") ||
	       exists(r, "/dev/tdx-guest");
}

/* Only root may read it, and only if the module is there. */
static uint64_t sev_status(const struct sys_root *r)
{
	uint64_t       value;
	int            os;
	auto_close int fd = root_open(r, "/dev/cpu/0/msr", O_RDONLY, &os);

	return fd >= 0 && pread(fd, &value, sizeof(value), MSR_SEV_STATUS) == sizeof(value) ? value
											    : 0;
}

static enum confidential sev_kind(const struct sys_root *r, const struct cpu *cpu)
{
	uint64_t status;

	if (exists(r, "/dev/sev-guest") || exists(r, "/sys/devices/system/cpu/sev/vmpl"))
		return CONFIDENTIAL_SEV_SNP;
	if (!cpu->sev)
		return CONFIDENTIAL_NOT;
	status = sev_status(r);
	return status & SEV_STATUS_SNP  ? CONFIDENTIAL_SEV_SNP
	       : status & SEV_STATUS_ES ? CONFIDENTIAL_SEV_ES
					: CONFIDENTIAL_SEV;
}

static bool is_secure_execution(const struct sys_root *r)
{
	char text[8];
	int  os;

	return root_read_attr(r, "/sys/firmware/uv/prot_virt_guest", text, sizeof(text), &os) > 0 &&
	       !strcmp(text, "1");
}

enum confidential confidential_detect(const struct sys_root *r)
{
	char       cpuinfo[CPUINFO_BYTES];
	struct cpu cpu = {0};
	int        os;

	if (root_read_attr(r, "/proc/cpuinfo", cpuinfo, sizeof(cpuinfo), &os) < 0)
		*cpuinfo = '\0';
	if (answer_wanted(r))
		ask_captured(r, &cpu);
	else
		ask_processor(cpuinfo, &cpu);
	if (is_tdx(r, cpuinfo, &cpu))
		return CONFIDENTIAL_TDX;
	return is_secure_execution(r) ? CONFIDENTIAL_SE : sev_kind(r, &cpu);
}
