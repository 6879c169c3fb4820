/* SPDX-License-Identifier: MIT */
/*
 * Names of SCSI and ATA disks made of their identification pages (SPC-4, 7.8), which the kernel has
 * read and keeps in sysfs. The names are those that udev's scsi_id and ata_id make by asking the
 * disk again, so a guest says the same with and without udev.
 */
#ifndef SYS_SCSI_ID_H
#define SYS_SCSI_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What INQUIRY says; the fields have no blanks at their ends here. */
struct scsi_inquiry {
	char vendor[9];
	char model[17];
};

/* The longest page: its length is a number of two bytes. What sysfs gives is read in one piece. */
#define SCSI_PAGE_MAX ((size_t)128 << 10)

/* Longest name with its end. */
#define SCSI_ID_MAX 512

/* From page 83 (device identification): the best designator of the logical unit. False: it has
 * none, or the page is broken. */
bool scsi_id_of_page83(const uint8_t *page, size_t n, const struct scsi_inquiry *inq,
		       char to[SCSI_ID_MAX]);

/* From page 80 (unit serial number). */
bool scsi_id_of_page80(const uint8_t *page, size_t n, const struct scsi_inquiry *inq,
		       char to[SCSI_ID_MAX]);

/* Model and serial number of an ATA disk, from the designator that libata puts into page 83. */
bool scsi_id_of_ata(const uint8_t *page, size_t n, char to[SCSI_ID_MAX]);

#endif
