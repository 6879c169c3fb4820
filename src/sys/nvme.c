/* SPDX-License-Identifier: MIT */
#include "sys/nvme.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nvme_ioctl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/num.h"
#include "sys/answer.h"
#include "sys/probe.h"

#define GET_LOG_PAGE 0x02
#define LOG_HEALTH 0x02
#define ALL_NAMESPACES 0xFFFFFFFFu

/* Reading the page must not take events away from the guest's own monitoring. */
#define RETAIN_EVENTS (1u << 15)

struct answer {
	bool    known;
	uint8_t page[NVME_PAGE];
};

static uint64_t le64(const uint8_t *p)
{
	uint64_t v = 0;
	int      i;

	for (i = 7; i >= 0; i--)
		v = v << 8 | p[i];
	return v;
}

static struct nvme_counter counter_at(const uint8_t *page, size_t at)
{
	return (struct nvme_counter){.lo = le64(page + at), .hi = le64(page + at + 8)};
}

void nvme_parse_health(const uint8_t page[NVME_PAGE], struct nvme_health *ret)
{
	*ret = (struct nvme_health){
		.known = true,
		.critical_warning = page[0],
		.temperature = page[1] | (unsigned)page[2] << 8,
		.spare = page[3],
		.spare_threshold = page[4],
		.used = page[5],
		.units_read = counter_at(page, 32),
		.units_written = counter_at(page, 48),
		.reads = counter_at(page, 64),
		.writes = counter_at(page, 80),
		.busy_minutes = counter_at(page, 96),
		.power_cycles = counter_at(page, 112),
		.hours = counter_at(page, 128),
		.unsafe_shutdowns = counter_at(page, 144),
		.media_errors = counter_at(page, 160),
		.log_entries = counter_at(page, 176),
	};
}

static void ask(const char *dev, void *to)
{
	struct answer        *answer = to;
	struct nvme_admin_cmd cmd = {
		.opcode = GET_LOG_PAGE,
		.nsid = ALL_NAMESPACES,
		.addr = (uintptr_t)answer->page,
		.data_len = NVME_PAGE,
		.cdw10 = LOG_HEALTH | RETAIN_EVENTS | (NVME_PAGE / 4 - 1) << 16,
	};
	int fd = open(dev, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	answer->known = ioctl(fd, NVME_IOCTL_ADMIN_CMD, &cmd) == 0;
	(void)close(fd);
}

static int ask_all(const struct sys_root *root, struct nvme_disk *disks, size_t n, struct arena *a,
		   struct err *err)
{
	struct probe  *probes = arena_array(a, n, sizeof(*probes));
	struct answer *answers = arena_array(a, n, sizeof(*answers));
	size_t         i;

	if (!probes || !answers)
		return err_os(err, ENOMEM, "cannot ask %zu disks", n);
	for (i = 0; i < n; i++)
		probes[i] = (struct probe){
			.call = ask,
			.key = PROBE_KEY(PROBE_NVME_HEALTH, disks[i].major, disks[i].minor),
			.subject = disks[i].dev,
			.answer = &answers[i],
			.answer_size = sizeof(answers[i]),
		};
	if (probe_run(root->probes, probes, n, err) < 0)
		return -1;
	for (i = 0; i < n; i++)
		if (answers[i].known)
			nvme_parse_health(answers[i].page, &disks[i].health);
	return 0;
}

/* A captured page is the line "page <hexadecimal>"; what is missing at its end is 0. */
static void read_captured(const struct sys_root *root, struct nvme_disk *disk)
{
	char     text[ANSWER_TEXT_MAX], hex[2 * NVME_PAGE + 1];
	uint8_t  page[NVME_PAGE] = {0};
	uint64_t byte;
	size_t   i;
	int      os;

	if (answer_read_text(root, "nvme-health", disk->dev, text, &os) < 0 ||
	    !answer_str(text, "page", hex, sizeof(hex)))
		return;
	for (i = 0; i < strlen(hex) / 2; i++) {
		if (!num_hex(hex + 2 * i, 2, &byte))
			return;
		page[i] = (uint8_t)byte;
	}
	nvme_parse_health(page, &disk->health);
}

int nvme_read_health(const struct sys_root *root, struct nvme_disk *disks, size_t n,
		     struct arena *a, struct err *err)
{
	size_t i;

	if (!answer_wanted(root))
		return ask_all(root, disks, n, a, err);
	for (i = 0; i < n; i++)
		read_captured(root, &disks[i]);
	return 0;
}
