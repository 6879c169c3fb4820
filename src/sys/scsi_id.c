/* SPDX-License-Identifier: MIT */
#include "sys/scsi_id.h"

#include <stdio.h>
#include <string.h>

#include "sys/udev.h"

enum code_set { BINARY = 1, ASCII = 2 };

enum designator_type { VENDOR_SPECIFIC = 0, T10_VENDOR = 1, EUI_64 = 2, NAA = 3 };

/* Formats of NAA designators; other ones count, but come last. */
#define NAA_ANY 0
#define NAA_REGISTERED 5
#define NAA_REGISTERED_EXTENDED 6

/* The ATA designator: "ATA", then model and serial number, each padded with blanks. */
#define ATA_VENDOR "ATA     "
#define ATA_MODEL 40
#define ATA_SERIAL 20

struct designator {
	uint8_t        code_set, type, association;
	size_t         len;
	const uint8_t *data;
};

struct walk {
	const uint8_t *p, *end;
};

/* The page's head is four bytes, the length in the last two. */
static bool walk_page(struct walk *w, const uint8_t *page, size_t n, uint8_t code)
{
	size_t len;

	if (n < 4 || page[1] != code)
		return false;
	len = (size_t)page[2] << 8 | page[3];
	w->p = page + 4;
	w->end = w->p + (len < n - 4 ? len : n - 4);
	return true;
}

static bool next_designator(struct walk *w, struct designator *d)
{
	if (w->end - w->p < 4 || w->end - w->p - 4 < w->p[3])
		return false;
	*d = (struct designator){
		.code_set = w->p[0] & 0x0F,
		.type = w->p[1] & 0x0F,
		.association = w->p[1] >> 4 & 3,
		.len = w->p[3],
		.data = w->p + 4,
	};
	w->p = d->data + d->len;
	return true;
}

/* The order in which designators are looked for. */
static const struct wanted {
	enum designator_type type;
	int                  naa;
	enum code_set        code_set;
} wanted[] = {
	{NAA, NAA_REGISTERED_EXTENDED, BINARY},
	{NAA, NAA_REGISTERED_EXTENDED, ASCII},
	{NAA, NAA_REGISTERED, BINARY},
	{NAA, NAA_REGISTERED, ASCII},
	{NAA, NAA_ANY, BINARY},
	{NAA, NAA_ANY, ASCII},
	{EUI_64, NAA_ANY, BINARY},
	{EUI_64, NAA_ANY, ASCII},
	{T10_VENDOR, NAA_ANY, BINARY},
	{T10_VENDOR, NAA_ANY, ASCII},
	{VENDOR_SPECIFIC, NAA_ANY, BINARY},
	{VENDOR_SPECIFIC, NAA_ANY, ASCII},
};

static bool fits(const struct designator *d, const struct wanted *w)
{
	return d->association == 0 && d->type == w->type && d->code_set == w->code_set &&
	       d->len > 0 && (w->naa == NAA_ANY || d->data[0] >> 4 == w->naa);
}

static void add_data(const struct designator *d, char to[SCSI_ID_MAX])
{
	size_t n = strlen(to), i;

	if (d->code_set == ASCII) {
		(void)snprintf(to + n, SCSI_ID_MAX - n, "%.*s", (int)d->len, (const char *)d->data);
		return;
	}
	/* 255 bytes at most: they fit twice, but for what a vendor and a model take */
	for (i = 0; i < d->len && n + 2 < SCSI_ID_MAX; i++, n += 2)
		(void)snprintf(to + n, SCSI_ID_MAX - n, "%02x", d->data[i]);
}

static void make_tidy(char *to)
{
	udev_join_words(to);
	udev_replace_chars(to);
}

bool scsi_id_of_page83(const uint8_t *page, size_t n, const struct scsi_inquiry *inq,
		       char to[SCSI_ID_MAX])
{
	struct designator d;
	struct walk       w;
	size_t            i;

	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (!walk_page(&w, page, n, 0x83))
			return false;
		while (next_designator(&w, &d)) {
			if (!fits(&d, &wanted[i]))
				continue;
			(void)snprintf(to, SCSI_ID_MAX, "%d", d.type);
			if (d.type == VENDOR_SPECIFIC)
				(void)snprintf(to, SCSI_ID_MAX, "%d%-8s%-16s", d.type, inq->vendor,
					       inq->model);
			add_data(&d, to);
			make_tidy(to);
			return true;
		}
	}
	return false;
}

bool scsi_id_of_page80(const uint8_t *page, size_t n, const struct scsi_inquiry *inq,
		       char to[SCSI_ID_MAX])
{
	struct walk w;

	if (!walk_page(&w, page, n, 0x80) || w.p == w.end)
		return false;
	(void)snprintf(to, SCSI_ID_MAX, "S%-8s%-16s%.*s", inq->vendor, inq->model,
		       (int)(w.end - w.p), (const char *)w.p);
	make_tidy(to);
	return true;
}

bool scsi_id_of_ata(const uint8_t *page, size_t n, char to[SCSI_ID_MAX])
{
	struct designator d;
	struct walk       w;
	char              model[ATA_MODEL + 1], serial[ATA_SERIAL + 1];

	if (!walk_page(&w, page, n, 0x83))
		return false;
	while (next_designator(&w, &d)) {
		size_t head = strlen(ATA_VENDOR);

		if (d.type != T10_VENDOR || d.len != head + ATA_MODEL + ATA_SERIAL ||
		    memcmp(d.data, ATA_VENDOR, head) != 0)
			continue;
		(void)snprintf(model, sizeof(model), "%.*s", ATA_MODEL,
			       (const char *)d.data + head);
		(void)snprintf(serial, sizeof(serial), "%.*s", ATA_SERIAL,
			       (const char *)d.data + head + ATA_MODEL);
		make_tidy(model);
		make_tidy(serial);
		(void)snprintf(to, SCSI_ID_MAX, "%s%s%s", model, *serial ? "_" : "", serial);
		return true;
	}
	return false;
}
