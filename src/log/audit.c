/* SPDX-License-Identifier: MIT */
#include "log/audit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "log/audit_field.h"
#include "log/record.h"

const struct audit_key_row audit_keys[AUDIT_KEYS] = {
	[AUDIT_CHANNEL] = {"channel", "VIRTAGENT_CHANNEL", 128, false},
	[AUDIT_PEER] = {"peer", "VIRTAGENT_PEER", 128, false},
	[AUDIT_COMMAND] = {"command", "VIRTAGENT_COMMAND", 128, true},
	[AUDIT_VERDICT] = {"verdict", "VIRTAGENT_VERDICT", 32, true},
	[AUDIT_DURATION] = {"duration-us", "VIRTAGENT_DURATION_USEC", 32, true},
	[AUDIT_RESULT] = {"result", "VIRTAGENT_RESULT", 32, true},
	[AUDIT_REPLY] = {"reply", "VIRTAGENT_REPLY", 32, true},
	[AUDIT_REPEATED] = {"repeated", "VIRTAGENT_REPEATED", 32, true},
	[AUDIT_TRUNCATED] = {"truncated", "VIRTAGENT_TRUNCATED", 32, true},
	[AUDIT_CLASS] = {"class", "VIRTAGENT_ERROR_CLASS", 64, true},
	[AUDIT_ERROR] = {"error", "VIRTAGENT_ERROR", 512, false},
	[AUDIT_ARGUMENT] = {NULL, "VIRTAGENT_ARG_", 256, false},
	[AUDIT_SUBJECT] = {"subject", "VIRTAGENT_SUBJECT", 4096, false},
};

void audit_init(struct audit_record *r)
{
	r->n = 0;
	r->truncated = false;
}

/* At most max bytes of a value, not ending within a character. */
static size_t cut(const char *value, size_t n, size_t max)
{
	if (n <= max)
		return n;
	while (max > 0 && ((unsigned char)value[max] & 0xC0) == 0x80)
		max--;
	return max;
}

static void add(struct audit_record *r, enum audit_key key, const char *name, const char *value,
		size_t n)
{
	size_t            room = sizeof(r->data) - r->n, max = audit_keys[key].max, kept;
	struct audit_head head = {.key = key, .name_n = (uint16_t)strlen(name)};

	if (room < sizeof(head) + head.name_n) {
		r->truncated = true;
		return;
	}
	room -= sizeof(head) + head.name_n;
	kept = cut(value, n, max < room ? max : room);
	/* an error is told in short anyway */
	r->truncated |= kept < n && key != AUDIT_ERROR;
	head.n = (uint16_t)kept;
	memcpy(r->data + r->n, &head, sizeof(head));
	memcpy(r->data + r->n + sizeof(head), name, head.name_n);
	memcpy(r->data + r->n + sizeof(head) + head.name_n, value, kept);
	r->n += sizeof(head) + head.name_n + kept;
}

void audit_add(struct audit_record *r, enum audit_key key, const char *value, size_t n)
{
	add(r, key, "", value, n);
}

void audit_add_str(struct audit_record *r, enum audit_key key, const char *value)
{
	add(r, key, "", value, strlen(value));
}

void audit_add_int(struct audit_record *r, enum audit_key key, int64_t value)
{
	char text[32];
	int  n = snprintf(text, sizeof(text), "%" PRId64, value);

	add(r, key, "", text, (size_t)n);
}

void audit_add_argument(struct audit_record *r, const char *name, const char *value, size_t n)
{
	add(r, AUDIT_ARGUMENT, name, value, n);
}

bool audit_next(const char **at, const char *end, struct audit_field *ret)
{
	struct audit_head head;
	size_t            left = (size_t)(end - *at);

	if (left < sizeof(head))
		return false;
	memcpy(&head, *at, sizeof(head));
	if (head.key >= AUDIT_KEYS || left - sizeof(head) < (size_t)head.name_n + head.n)
		return false;
	ret->key = head.key;
	ret->name = *at + sizeof(head);
	ret->name_n = head.name_n;
	ret->value = ret->name + head.name_n;
	ret->n = head.n;
	*at = ret->value + head.n;
	return true;
}

bool audit_is_wanted(void)
{
	return log_config && log_config->audit != AUDIT_OFF;
}

void audit_write(const struct audit_record *r, bool notable)
{
	const struct log_record head = {.ns = clock_ns(CLOCK_REALTIME),
					.level = notable ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO,
					.audit = 1,
					.truncated = r->truncated};

	if (!audit_is_wanted())
		return;
	if (!log_enqueue(&head, r->data, r->n))
		atomic_fetch_add(&log_shared->audit_lost, 1);
}

unsigned audit_lost(void)
{
	return atomic_load(&log_shared->audit_lost);
}
