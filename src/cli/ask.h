/* SPDX-License-Identifier: MIT */
/*
 * A verb's conversation with the agent: one connection, one time limit over all its questions, and
 * memory that goes away with it.
 */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include "base/arena.h"
#include "cli/cli.h"
#include "json/writer.h"

#define ASK_REPLIES_MAX 16

struct ask {
	struct cli        *cli;
	struct qgac       *agent;
	int64_t            deadline;
	struct arena       arena;
	struct qgac_reply *replies[ASK_REPLIES_MAX]; /* freed with the rest */
	size_t             n_replies;
};

/* Connects. EXIT_OK, or an exit code after saying why not; ask_end() in any case. */
int  ask_begin(struct ask *a, struct cli *cli);
void ask_end(struct ask *a);

/*
 * Asks, with arguments as JSON (may be NULL). EXIT_OK with what was returned, or an exit code after
 * saying why not.
 */
int ask(struct ask *a, const char *command, const char *arguments, struct qgac_value *ret);

/* The same; an agent that does not know or allow the command gives an absent value. */
int ask_opt(struct ask *a, const char *command, const char *arguments, struct qgac_value *ret);

/*
 * The whole life of a conversation: connects, calls body() with what it is about, ends, and sees
 * that all that was printed has got out. The exit code.
 */
typedef int ask_body(struct ask *a, void *what);
int         ask_run(struct cli *cli, ask_body *body, void *what);

/* The same of a verb that asks one question without arguments. */
typedef int ask_show(struct ask *a, struct qgac_value result);
int         ask_and_show(struct cli *cli, const char *command, ask_show *show);

/* The reply in which the last answer came. */
const struct qgac_reply *ask_reply(const struct ask *a);

/* A member as text, decoded, in the arena; NULL if it is absent or no string. */
const char *ask_text(struct ask *a, struct qgac_value object, const char *name);

/* A member as a number; otherwise `missing`. */
int64_t ask_int(struct qgac_value object, const char *name, int64_t missing);
bool    ask_has(struct qgac_value object, const char *name);
bool    ask_bool(struct qgac_value object, const char *name);

/* The whole content of a small file of the guest; NULL if the agent does not give it. */
const char *ask_file(struct ask *a, const char *path);

/* "label      value", the value escaped; nothing without a value. */
void ask_print(const char *label, const char *value);

/* One line of JSON: what the agent returned. Escaped on a terminal. */
void ask_print_json(struct qgac_value value);

/* The same for a document of our own, which is freed. EXIT_OK, or EXIT_FAILED without memory. */
int ask_print_document(struct buf *document);

/* A value of the agent as it is, inside a document. */
void ask_add_value(struct json_out *w, const char *key, struct qgac_value value);

#endif
