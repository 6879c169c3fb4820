/* SPDX-License-Identifier: MIT */
/*
 * How fields lie in a record, one behind the other, and what is known of each key. Private to log/.
 */
#ifndef LOG_AUDIT_FIELD_H
#define LOG_AUDIT_FIELD_H

#include "log/audit.h"

/* In front of each field: then the name (of an argument), then the value. */
struct audit_head {
	uint16_t key;
	uint16_t name_n;
	uint16_t n;
};

struct audit_field {
	enum audit_key key;
	const char    *name; /* not terminated */
	size_t         name_n;
	const char    *value;
	size_t         n;
};

struct audit_key_row {
	const char *name;    /* in a line; NULL: the field's own */
	const char *journal; /* of the journal's field, or how it begins */
	size_t      max;     /* bytes of a value */
	bool        plain;   /* ours or a number: needs no quotes */
};

extern const struct audit_key_row audit_keys[AUDIT_KEYS];

/* The field at *at, which moves behind it. False at the end, and where there is none. */
bool audit_next(const char **at, const char *end, struct audit_field *ret);

#endif
