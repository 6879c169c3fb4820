/* SPDX-License-Identifier: MIT */
#include "sys/block_serial.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "sys/block_path.h"
#include "sys/root.h"
#include "sys/scsi_id.h"
#include "sys/udev.h"

#define ATTR_MAX 256

struct disk {
	const struct sys_root *root;
	const char            *path; /* of the whole disk */
	size_t                 len;  /* of that path */
	const char            *name;
};

/* An attribute of the disk, "" if it has none. */
static const char *attr(const struct disk *d, const char *name, char to[ATTR_MAX])
{
	char path[ROOT_PATH_MAX + 64];
	int  os;

	(void)snprintf(path, sizeof(path), "%.*s/%s", (int)d->len, d->path, name);
	if (root_read_attr(d->root, path, to, ATTR_MAX, &os) < 0)
		to[0] = '\0';
	return to;
}

/* A page that the kernel has read from the disk: bytes, 0. */
static size_t read_page(const struct disk *d, const char *name, struct buf *to)
{
	char path[ROOT_PATH_MAX + 64];
	int  os;

	to->len = 0;
	(void)snprintf(path, sizeof(path), "%.*s/device/%s", (int)d->len, d->path, name);
	return root_read(d->root, path, to, &os) < 0 ? 0 : to->len;
}

/* Model, serial number and namespace; kernels before 4.15 do not tell the last. */
static void nvme_serial(const struct disk *d, char to[SCSI_ID_MAX])
{
	char model[ATTR_MAX], serial[ATTR_MAX], nsid[ATTR_MAX];

	if (!*attr(d, "device/model", model) || !*attr(d, "device/serial", serial))
		return;
	(void)attr(d, "nsid", nsid);
	(void)snprintf(to, SCSI_ID_MAX, "%.100s_%.100s%s%.20s", model, serial, *nsid ? "_" : "",
		       nsid);
	udev_replace_chars(to);
}

static void read_inquiry(const struct disk *d, struct scsi_inquiry *inq)
{
	char text[ATTR_MAX];

	(void)snprintf(inq->vendor, sizeof(inq->vendor), "%.8s", attr(d, "device/vendor", text));
	(void)snprintf(inq->model, sizeof(inq->model), "%.16s", attr(d, "device/model", text));
}

static void scsi_serial(const struct disk *d, char to[SCSI_ID_MAX])
{
	struct scsi_inquiry inq;
	struct buf          page = BUF_INIT(SCSI_PAGE_MAX);
	size_t              n;
	bool                done = false;

	read_inquiry(d, &inq);
	n = read_page(d, "vpd_pg83", &page);
	if (n > 0 && !strcmp(inq.vendor, "ATA"))
		done = scsi_id_of_ata((uint8_t *)page.data, n, to);
	if (n > 0 && !done)
		done = scsi_id_of_page83((uint8_t *)page.data, n, &inq, to);
	if (!done && (n = read_page(d, "vpd_pg80", &page)) > 0)
		done = scsi_id_of_page80((uint8_t *)page.data, n, &inq, to);
	if (!done)
		to[0] = '\0';
	buf_fini(&page);
}

/* The serial number of the USB device above the SCSI host: its interface's directory is in between.
 */
static void read_usb_number(const struct disk *d, char to[ATTR_MAX])
{
	char        path[ROOT_PATH_MAX + 16];
	int64_t     number;
	const char *host = block_path_numbered(d->path, "host", &number);
	size_t      len = host ? (size_t)(host - d->path) - 1 : 0;
	int         os;

	to[0] = '\0';
	while (len > 0 && d->path[len - 1] != '/')
		len--;
	if (len == 0)
		return;
	(void)snprintf(path, sizeof(path), "%.*sserial", (int)len, d->path);
	if (root_read_attr(d->root, path, to, ATTR_MAX, &os) < 0)
		to[0] = '\0';
	udev_join_words(to);
	udev_replace_chars(to);
}

static void usb_serial(const struct disk *d, char to[SCSI_ID_MAX])
{
	struct scsi_inquiry inq;
	struct block_scsi   scsi;
	char                number[ATTR_MAX], place[64] = "";

	read_inquiry(d, &inq);
	udev_join_words(inq.vendor);
	udev_replace_chars(inq.vendor);
	udev_join_words(inq.model);
	udev_replace_chars(inq.model);
	if (!*inq.vendor && !*inq.model)
		return;
	read_usb_number(d, number);
	if (block_path_scsi(d->path, &scsi))
		(void)snprintf(place, sizeof(place), "-%lld:%lld", (long long)scsi.target,
			       (long long)scsi.lun);
	(void)snprintf(to, SCSI_ID_MAX, "%s_%s%s%s%s", inq.vendor, inq.model, *number ? "_" : "",
		       number, place);
}

static bool is_on_usb(const char *path)
{
	int64_t number;

	return block_path_numbered(path, "usb", &number) != NULL;
}

static void plain_serial(const struct disk *d, const char *name, char to[SCSI_ID_MAX])
{
	char text[ATTR_MAX];

	(void)snprintf(to, SCSI_ID_MAX, "%s", attr(d, name, text));
}

static bool named(const struct disk *d, const char *prefix)
{
	return !strncmp(d->name, prefix, strlen(prefix));
}

/* Which attributes make the number depends on the kind of disk, as in udev's rules. */
static void serial_of_disk(const struct disk *d, char to[SCSI_ID_MAX])
{
	to[0] = '\0';
	if (named(d, "nvme"))
		nvme_serial(d, to);
	else if (named(d, "mmcblk"))
		plain_serial(d, "device/serial", to);
	else if (named(d, "dasd"))
		plain_serial(d, "device/uid", to);
	else if ((named(d, "sd") || named(d, "sr")) && is_on_usb(d->path))
		usb_serial(d, to);
	else if (named(d, "sd") || named(d, "sr"))
		scsi_serial(d, to);
}

/* Of the whole disk; the node of a partition may not have it. */
static uint64_t sequence_number(const struct disk *d, const struct block_node *node)
{
	char     text[ATTR_MAX];
	uint64_t number = node->diskseq;

	if (!number && *attr(d, "diskseq", text) && !num_u64(text, strlen(text), &number))
		number = 0;
	return number;
}

/* The kernel passes the question on to the host, which takes longer than all the rest of a request:
 * asked once for each disk. A captured disk has its answer in the file. */
static const char *virtio_serial(const struct disk *d, const struct block_node *node,
				 struct arena *a, struct block_serial_source *ret_source)
{
	char text[SERIALS_TEXT_MAX];

	if (root_is_captured(d->root)) {
		(void)attr(d, "serial", text);
		return *text ? arena_strdup(a, text) : NULL;
	}
	ret_source->diskseq = sequence_number(d, node);
	if (serials_find(d->root->serials, ret_source->diskseq, text))
		return *text ? arena_strdup(a, text) : NULL;
	ret_source->file = arena_printf(a, "%.*s/serial", (int)d->len, d->path);
	return NULL;
}

void block_serial_ask(const char *file, void *answer)
{
	struct block_serial_answer *to = answer;
	int                         os;

	to->read = root_read_attr_at(AT_FDCWD, file, to->text, sizeof(to->text), &os) >= 0;
	if (!to->read)
		to->text[0] = '\0';
}

const char *block_serial_read(const struct sys_root *root, const char *path,
			      const struct block_node *node, struct arena *a,
			      struct block_serial_source *ret_source)
{
	struct disk d = {.root = root, .path = path, .len = strlen(path)};
	char        text[SCSI_ID_MAX];
	const char *value = NULL;

	*ret_source = (struct block_serial_source){.file = NULL};
	if (node->has_numbers)
		value = udev_block_property(root, node->major, node->minor, "ID_SERIAL", a);
	if (value)
		return value;
	if (node->partition)
		d.len = (size_t)(strrchr(path, '/') - path);
	d.name = path + d.len;
	while (d.name > path && d.name[-1] != '/')
		d.name--;
	if (named(&d, "vd"))
		return virtio_serial(&d, node, a, ret_source);
	serial_of_disk(&d, text);
	return *text ? arena_strdup(a, text) : NULL;
}
