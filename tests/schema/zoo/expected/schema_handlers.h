/* SPDX-License-Identifier: MIT */
/* generated from zoo/zoo.json, do not edit */
/* clang-format off */
/* The handlers that the command table needs. Where a command has no arguments or no result the pointer is NULL. */
#ifndef SCHEMA_HANDLERS_H
#define SCHEMA_HANDLERS_H

#include "schema_types.h"

struct err;
struct request;

/*
 * zoo-nothing: Takes nothing, returns nothing.
 * Since 1.0
 */
int cmd_zoo_nothing(struct request *rq, const void *in, void *out, struct err *err);

/*
 * zoo-all: Gives one of everything back.
 * Returns: the arguments
 * Since 1.0
 */
int cmd_zoo_all(struct request *rq, const struct zoo_all_in *in, struct zoo_all_out *out, struct err *err);

/*
 * zoo-int: Returns a number.
 * Returns: 42, or something close to it
 * Since 1.0
 */
int cmd_zoo_int(struct request *rq, const void *in, struct zoo_int_out *out, struct err *err);

/*
 * zoo-shape: Arguments that are a union.
 * Returns: the arguments
 * Errors:
 * - GenericError if kind is not to our taste, which takes more than one line to say
 * - another one
 * Since 1.1
 */
int cmd_zoo_shape(struct request *rq, const struct zoo_shape_in *in, struct zoo_shape_out *out, struct err *err);

/*
 * zoo-inline: Arguments without a type of their own.
 * More about the command, after its members.
 * Returns: a list
 * Since 1.2
 */
int cmd_zoo_inline(struct request *rq, const struct zoo_inline_in *in, struct zoo_inline_out *out, struct err *err);

/*
 * zoo-text: Returns a text.
 * Since 1.0
 */
int cmd_zoo_text(struct request *rq, const struct zoo_text_in *in, struct zoo_text_out *out, struct err *err);

/*
 * zoo-number: Returns a number with a fraction.
 * Since 1.0
 */
int cmd_zoo_number(struct request *rq, const struct zoo_number_in *in, struct zoo_number_out *out, struct err *err);

/*
 * zoo-mood: Returns an enum value.
 * Since 1.0
 */
int cmd_zoo_mood(struct request *rq, const struct zoo_mood_in *in, struct zoo_mood_out *out, struct err *err);

/*
 * zoo-moods: Returns a list of enum values.
 * Since 1.0
 */
int cmd_zoo_moods(struct request *rq, const struct zoo_moods_in *in, struct zoo_moods_out *out, struct err *err);

/*
 * zoo-choice: Returns an alternate.
 * Since 1.0
 */
int cmd_zoo_choice(struct request *rq, const struct zoo_choice_in *in, struct zoo_choice_out *out, struct err *err);

/*
 * zoo-texts: Returns a list of texts that nobody takes as an argument.
 * Since 1.0
 */
int cmd_zoo_texts(struct request *rq, const void *in, struct zoo_texts_out *out, struct err *err);

/*
 * zoo-sizes: Returns a list of numbers.
 * Since 1.0
 */
int cmd_zoo_sizes(struct request *rq, const void *in, struct zoo_sizes_out *out, struct err *err);

/*
 * zoo-report: Returns what no command takes.
 * Since 1.0
 */
int cmd_zoo_report(struct request *rq, const void *in, struct zoo_report_out *out, struct err *err);

/*
 * zoo-empty: Takes an empty type, returns an empty type.
 * Since 1.0
 */
int cmd_zoo_empty(struct request *rq, const void *in, struct zoo_empty_out *out, struct err *err);

/*
 * zoo-silent: Succeeds silently. Comments must survive * / and / * in a text.
 * Since 1.0
 */
int cmd_zoo_silent(struct request *rq, const void *in, void *out, struct err *err);

/*
 * zoo_Old: A name from before the rules.
 * Since 0.1
 */
int cmd_zoo_Old(struct request *rq, const struct zoo_Old_in *in, struct zoo_Old_out *out, struct err *err);

/*
 * __org.virtagent_zoo-own: A command of our own.
 * Since 1.0
 */
int cmd_virtagent_zoo_own(struct request *rq, const struct virtagent_zoo_own_in *in, void *out, struct err *err);

/*
 * zoo-sometimes: There is a member for every condition.
 * Since 1.0
 */
int cmd_zoo_sometimes(struct request *rq, const struct zoo_sometimes_in *in, void *out, struct err *err);

#endif
