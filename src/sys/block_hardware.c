/* SPDX-License-Identifier: MIT */
/*
 * The numbers for the drivers in known[] are fixed by what other agents have always reported: hosts
 * compare them with their configuration. Everything else follows the path.
 */
#include "sys/block_hardware.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

#define DRIVER_MAX 64

/* How a controller counts its disks. */
enum kind {
	KIND_UNKNOWN, /* no driver of known[]: the path decides */
	KIND_IDE,     /* bus: number of the channel; unit: master or slave */
	KIND_SATA,    /* unit: number of the port */
	KIND_SCSI,    /* unit: target */
	KIND_VIRTIO,  /* a disk, or a SCSI controller with unit: logical unit */
	KIND_NVME,
	KIND_USB,
};

static const struct {
	const char *driver;
	enum kind   kind;
} known[] = {
	{"ata_piix", KIND_IDE}, {"sym53c8xx", KIND_SCSI}, {"virtio-pci", KIND_VIRTIO},
	{"ahci", KIND_SATA},    {"nvme", KIND_NVME},      {"xhci_hcd", KIND_USB},
	{"ehci-pci", KIND_USB},
};

struct controller {
	struct block_pci pci;
	char             driver[DRIVER_MAX];
	enum kind        kind;
};

static void read_driver(const struct sys_root *root, const char *path, size_t len,
			struct controller *c)
{
	char   name[ROOT_PATH_MAX + 16], link[ROOT_PATH_MAX];
	size_t i;
	int    os;

	c->kind = KIND_UNKNOWN;
	c->driver[0] = '\0';
	(void)snprintf(name, sizeof(name), "%.*s/driver", (int)len, path);
	if (root_readlink(root, name, link, sizeof(link), &os) < 0)
		return;
	(void)snprintf(c->driver, sizeof(c->driver), "%s", block_name(link));
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(c->driver, known[i].driver))
			c->kind = known[i].kind;
}

/*
 * From the root of the bus downwards, past bridges and the roots behind VMD, to the first function
 * with a driver that is known; if there is none, to the last function.
 */
static bool find_controller(const struct sys_root *root, const char *path, struct controller *ret)
{
	const char *p = block_path_first_function(path);
	bool        found = false;

	while (p) {
		const char      *end = block_path_pci_root(p);
		struct block_pci pci;

		if (!end) {
			end = block_path_function(p, &pci);
			if (!end)
				break;
			found = true;
			ret->pci = pci;
			read_driver(root, path, (size_t)(end - path), ret);
			if (ret->kind != KIND_UNKNOWN)
				break;
		}
		p = *end == '/' ? end + 1 : NULL;
	}
	return found;
}

/* How many of the directory's entries PREFIXn have a smaller number. */
static bool place_among(const struct sys_root *root, const char *path, size_t dir_len,
			const char *prefix, int64_t number, int64_t *ret)
{
	char                 directory[ROOT_PATH_MAX];
	const struct dirent *entry;
	DIR                 *dir;
	size_t               len = strlen(prefix);
	int                  os;

	(void)snprintf(directory, sizeof(directory), "%.*s", (int)dir_len, path);
	dir = root_opendir(root, directory, &os);
	if (!dir)
		return false;
	*ret = 0;
	while ((entry = readdir(dir))) {
		const char *name = entry->d_name;
		int64_t     other;

		if (!strncmp(name, prefix, len) &&
		    num_i64_range(name + len, 0, INT64_MAX, &other) && other < number)
			(*ret)++;
	}
	(void)closedir(dir);
	return true;
}

/* The number of an ATA port, or of a host adapter where the kernel has no ports. */
static bool port_of(const struct sys_root *root, const char *path, int64_t *ret)
{
	static const char *const prefixes[] = {"ata", "host"};
	size_t                   i;

	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		int64_t     number;
		const char *p = block_path_numbered(path, prefixes[i], &number);

		if (p)
			return place_among(root, path, (size_t)(p - path - 1), prefixes[i], number,
					   ret);
	}
	return false;
}

static bool set_ide(const struct sys_root *root, const char *path, const struct block_scsi *scsi,
		    struct block_address *ret)
{
	ret->bus_type = BLOCK_BUS_IDE;
	ret->unit = scsi->target;
	return port_of(root, path, &ret->bus);
}

static bool set_sata(const struct sys_root *root, const char *path, struct block_address *ret)
{
	ret->bus_type = BLOCK_BUS_SATA;
	return port_of(root, path, &ret->unit);
}

/* The whole SCSI address, as where no other rule is known. */
static bool set_scsi(const struct block_scsi *scsi, struct block_address *ret)
{
	ret->bus_type = BLOCK_BUS_SCSI;
	ret->bus = scsi->channel;
	ret->target = scsi->target;
	ret->unit = scsi->lun;
	return true;
}

static bool set_scsi_unit(int64_t unit, struct block_address *ret)
{
	ret->bus_type = BLOCK_BUS_SCSI;
	ret->unit = unit;
	return true;
}

static bool set_type(enum block_bus type, struct block_address *ret)
{
	ret->bus_type = type;
	return true;
}

/* SD cards and soldered MMC look alike but for this. */
static enum block_bus card_type(const struct sys_root *root, const char *path)
{
	const char *p = strstr(path, "/block/");
	char        name[ROOT_PATH_MAX + 16], type[16];
	int         os;

	(void)snprintf(name, sizeof(name), "%.*s/type", p ? (int)(p - path) : 0, path);
	if (root_read_attr(root, name, type, sizeof(type), &os) >= 0 && !strncmp(type, "SD", 2))
		return BLOCK_BUS_SD;
	return BLOCK_BUS_MMC;
}

/* Channels from 2 on are how the driver marks logical drives; for the controller there is one bus.
 */
static bool set_megaraid(const struct block_scsi *scsi, struct block_address *ret)
{
	(void)set_scsi(scsi, ret);
	if (ret->bus >= 2)
		ret->bus -= 2;
	return true;
}

static bool is_parallel_ata(const char *driver)
{
	return !strncmp(driver, "pata_", 5) || !strcmp(driver, "ata_generic");
}

/* What the path says, with whatever driver. */
static bool follow_path(const struct sys_root *root, const char *path, const char *driver,
			const struct block_scsi *scsi, struct block_address *ret)
{
	int64_t number;

	if (block_path_numbered(path, "usb", &number))
		return set_type(BLOCK_BUS_USB, ret);
	if (block_path_has(path, "nvme") || block_path_has(path, "nvme-subsystem"))
		return set_type(BLOCK_BUS_NVME, ret);
	if (block_path_has(path, "mmc_host"))
		return set_type(card_type(root, path), ret);
	if (block_path_numbered(path, "vbd-", &number))
		return set_type(BLOCK_BUS_XEN, ret);
	if (scsi && block_path_numbered(path, "ata", &number))
		return is_parallel_ata(driver) ? set_ide(root, path, scsi, ret)
					       : set_sata(root, path, ret);
	if (scsi && !strncmp(driver, "megaraid", 8))
		return set_megaraid(scsi, ret);
	if (scsi && block_path_numbered(path, "session", &number))
		return set_scsi(scsi, ret) && set_type(BLOCK_BUS_ISCSI, ret);
	if (scsi)
		return set_scsi(scsi, ret);
	if (block_path_numbered(path, "virtio", &number))
		return set_type(BLOCK_BUS_VIRTIO, ret);
	return false;
}

static bool set_by_kind(const struct sys_root *root, const char *path, const struct controller *c,
			const struct block_scsi *scsi, struct block_address *ret)
{
	switch (c->kind) {
	case KIND_IDE:
		return scsi && set_ide(root, path, scsi, ret);
	case KIND_SATA:
		return scsi && set_sata(root, path, ret);
	case KIND_SCSI:
		return scsi && set_scsi_unit(scsi->target, ret);
	case KIND_VIRTIO:
		return scsi ? set_scsi_unit(scsi->lun, ret) : set_type(BLOCK_BUS_VIRTIO, ret);
	case KIND_NVME:
		return set_type(BLOCK_BUS_NVME, ret);
	case KIND_USB:
		return set_type(BLOCK_BUS_USB, ret);
	default:
		return follow_path(root, path, c->driver, scsi, ret);
	}
}

static void clear(struct block_address *a)
{
	*a = (struct block_address){.pci = {-1, -1, -1, -1}};
}

static bool read_pci(const struct sys_root *root, const char *path, const struct block_scsi *scsi,
		     struct block_address *ret)
{
	struct controller c;

	if (!find_controller(root, path, &c))
		return false;
	if (!set_by_kind(root, path, &c, scsi, ret) && c.kind != KIND_UNKNOWN) {
		clear(ret);
		return false;
	}
	/* a controller without rules is still a place in the machine */
	ret->pci = c.pci;
	return true;
}

static bool has_virtio(const char *path)
{
	return strstr(path, "/virtio") && strstr(path, "/block");
}

static bool set_virtio(const struct block_scsi *scsi, struct block_address *ret)
{
	return scsi ? set_scsi(scsi, ret) : set_type(BLOCK_BUS_VIRTIO, ret);
}

static bool read_ccw(const char *path, const struct block_scsi *scsi, struct block_address *ret)
{
	if (!block_path_ccw(path, &ret->ccw))
		return false;
	ret->has_ccw = true;
	if (strstr(path, "/virtio"))
		(void)set_virtio(scsi, ret);
	return true;
}

bool block_hardware_read(const struct sys_root *root, const char *path, struct block_address *ret)
{
	struct block_scsi  numbers;
	struct block_scsi *scsi = block_path_scsi(path, &numbers) ? &numbers : NULL;

	clear(ret);
	if (strstr(path, "/devices/pci"))
		return read_pci(root, path, scsi, ret);
	if (strstr(path, "/devices/css"))
		return read_ccw(path, scsi, ret);
	if (has_virtio(path))
		return set_virtio(scsi, ret);
	if (read_pci(root, path, scsi, ret))
		return true;
	return follow_path(root, path, "", scsi, ret);
}
