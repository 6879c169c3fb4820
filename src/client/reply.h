/* SPDX-License-Identifier: MIT */
/*
 * One reply: the line as it came, checked once, and cursors into it.
 */
#ifndef CLIENT_REPLY_H
#define CLIENT_REPLY_H

#include <stddef.h>

#include "client/conn.h"
#include "json/reader.h"
#include "qgaclient.h"

struct qgac_reply {
	char             *line; /* owned unless made by reply_init(); NUL-terminated */
	size_t            len;
	struct json_text  text;        /* the same bytes for the JSON reader */
	struct json_hints hints;       /* its long strings that need no decoding */
	char             *error_class; /* owned; NULL unless the agent answered with an error */
	char             *error_desc;
};

/* Makes a reply of a line, which belongs to the reply from then on, also on failure. */
int reply_new(char *line, size_t len, struct qgac_reply **ret, struct qgac_err *err);

/*
 * The same in place: the line stays the caller's and must outlive the reply. `letters` are known to
 * be of base64's alphabet. reply_fini() frees what the reply of an error owns; other replies own
 * nothing.
 */
int  reply_init(struct qgac_reply *reply, char *line, size_t len, const struct span *letters,
		struct qgac_err *err);
void reply_fini(struct qgac_reply *reply);

/* A cursor for the JSON reader. p is NULL for an absent value. */
struct json value_json(struct qgac_value value);

#endif
