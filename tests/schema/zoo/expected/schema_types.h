/* SPDX-License-Identifier: MIT */
/* generated from zoo/zoo.json, do not edit */
/* clang-format off */
/* Arguments and results of the commands. Optional members have a has_ flag, text is NUL-terminated. */
#ifndef SCHEMA_TYPES_H
#define SCHEMA_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/*
 * Mood: How it feels.
 * Since 1.0
 */
enum mood {
	/* good */
	FEEL_GOOD,
	/* neither good nor bad */
	FEEL_SO_SO,
	/* bad; begins with a digit */
	FEEL_2BAD,
	/* only some know it */
	FEEL_BLUE,
	FEEL_COUNT
};

/*
 * Colour: Two colours.
 * Since 1.0
 */
enum colour {
	/* like a rose */
	COLOUR_RED,
	/* like the sea */
	COLOUR_BLUE,
	COLOUR_COUNT
};

/*
 * ShapeKind: What a shape can be.
 * Since 1.0
 */
enum shape_kind {
	/* nothing more to say */
	SHAPE_KIND_POINT,
	/* round */
	SHAPE_KIND_CIRCLE,
	/* not round */
	SHAPE_KIND_BOX,
	SHAPE_KIND_COUNT
};

struct base_list { size_t n; struct base *items; };
struct bool_list { size_t n; bool *items; };
struct choice_list { size_t n; struct choice *items; };
struct echo_list { size_t n; struct echo *items; };
struct mood_list { size_t n; enum mood *items; };
struct number_list { size_t n; double *items; };
struct shape_list { size_t n; struct shape *items; };
struct size_list { size_t n; uint64_t *items; };
struct str_list { size_t n; char **items; };
struct tree_list { size_t n; struct tree *items; };
struct uint64_list { size_t n; uint64_t *items; };

/*
 * Echo: What came in.
 * Since 1.0
 */
struct echo {
	/* of the argument */
	char *name;
	/* of the argument */
	bool has_text;
	char *text;
};

/*
 * Empty: No members.
 * Since 1.0
 */
struct empty {
};

/*
 * Base: The first members.
 * Since 1.0
 */
struct base {
	/* one */
	int64_t first;
	/* two */
	bool has_second;
	char *second;
};

/*
 * Derived: The last member.
 * Since 1.0
 */
struct derived {
	/* one */
	int64_t first;
	/* two */
	bool has_second;
	char *second;
	/* three */
	bool has_third;
	bool third;
	/* four */
	struct base_list fourth;
};

/*
 * Tree: A tree.
 * Since 1.0
 */
struct tree {
	/* of this node */
	char *name;
	/* nodes below */
	bool has_children;
	struct tree_list children;
};

/*
 * Choice: Almost anything.
 * Since 1.0
 */
struct choice {
	enum choice_kind { CHOICE_KIND_FLAG, CHOICE_KIND_COUNT, CHOICE_KIND_MOOD, CHOICE_KIND_ECHO } kind;
	union {
		/* a boolean */
		bool flag;
		/* an integer */
		int64_t count;
		/* an enum value, if there is any */
		enum colour mood;
		/* an object */
		struct echo echo;
	} u;
};

/*
 * ShapeCircle: Round.
 * Since 1.0
 */
struct shape_circle {
	/* half of its width */
	int64_t radius;
	/* its name */
	bool has_label;
	char *label;
};

/*
 * ShapeBox: Not round.
 * Since 1.0
 */
struct shape_box {
	/* from left to right */
	uint8_t width;
	/* its name */
	bool has_label;
	char *label;
};

/*
 * Shape: A flat union: the members of the base, then those of one branch.
 * Since 1.0
 */
struct shape {
	/* of the shape */
	bool has_name;
	char *name;
	/* which branch */
	enum shape_kind kind;
	/* by kind; nothing for values without a branch */
	union {
		struct shape_circle circle;
		struct shape_box box;
	} u;
};

/* zoo-all */
struct zoo_all_in {
	/* text */
	bool has_str;
	char *str;
	/* truth */
	bool has_bool;
	bool bool_;
	/* a number */
	bool has_number;
	double number;
	/* a number */
	bool has_int;
	int64_t int_;
	/* a number */
	bool has_int8;
	int8_t int8;
	/* a number */
	bool has_int16;
	int16_t int16;
	/* a number */
	bool has_int32;
	int32_t int32;
	/* a number */
	bool has_int64;
	int64_t int64;
	/* a number */
	bool has_uint8;
	uint8_t uint8;
	/* a number */
	bool has_uint16;
	uint16_t uint16;
	/* a number */
	bool has_uint32;
	uint32_t uint32;
	/* a number */
	bool has_uint64;
	uint64_t uint64;
	/* a number */
	bool has_size;
	uint64_t size;
	/* an enum value */
	bool has_mood;
	enum mood mood;
	/* an alternate */
	bool has_choice;
	struct choice choice;
	/* a union */
	bool has_shape;
	struct shape shape;
	/* a struct with a base */
	bool has_derived;
	struct derived derived;
	/* a struct that holds a list of its own kind */
	bool has_tree;
	struct tree tree;
	/* texts */
	bool has_strs;
	struct str_list strs;
	/* truths */
	bool has_bools;
	struct bool_list bools;
	/* numbers */
	bool has_numbers;
	struct number_list numbers;
	/* numbers */
	bool has_uint64s;
	struct uint64_list uint64s;
	/* enum values */
	bool has_moods;
	struct mood_list moods;
	/* alternates */
	bool has_choices;
	struct choice_list choices;
	/* unions */
	bool has_shapes;
	struct shape_list shapes;
	/* nothing at all */
	bool has_empty;
	struct empty empty;
	/* base64 */
	bool has_data;
	struct bytes data;
};
struct zoo_all_out {
	/* text */
	bool has_str;
	const char *str;
	/* truth */
	bool has_bool;
	bool bool_;
	/* a number */
	bool has_number;
	double number;
	/* a number */
	bool has_int;
	int64_t int_;
	/* a number */
	bool has_int8;
	int8_t int8;
	/* a number */
	bool has_int16;
	int16_t int16;
	/* a number */
	bool has_int32;
	int32_t int32;
	/* a number */
	bool has_int64;
	int64_t int64;
	/* a number */
	bool has_uint8;
	uint8_t uint8;
	/* a number */
	bool has_uint16;
	uint16_t uint16;
	/* a number */
	bool has_uint32;
	uint32_t uint32;
	/* a number */
	bool has_uint64;
	uint64_t uint64;
	/* a number */
	bool has_size;
	uint64_t size;
	/* an enum value */
	bool has_mood;
	enum mood mood;
	/* an alternate */
	bool has_choice;
	struct choice choice;
	/* a union */
	bool has_shape;
	struct shape shape;
	/* a struct with a base */
	bool has_derived;
	struct derived derived;
	/* a struct that holds a list of its own kind */
	bool has_tree;
	struct tree tree;
	/* texts */
	bool has_strs;
	struct str_list strs;
	/* truths */
	bool has_bools;
	struct bool_list bools;
	/* numbers */
	bool has_numbers;
	struct number_list numbers;
	/* numbers */
	bool has_uint64s;
	struct uint64_list uint64s;
	/* enum values */
	bool has_moods;
	struct mood_list moods;
	/* alternates */
	bool has_choices;
	struct choice_list choices;
	/* unions */
	bool has_shapes;
	struct shape_list shapes;
	/* nothing at all */
	bool has_empty;
	struct empty empty;
	/* base64 */
	bool has_data;
	struct bytes data;
};

/* zoo-int */
struct zoo_int_out {
	int64_t value;
};

/* zoo-shape */
struct zoo_shape_in {
	/* of the shape */
	bool has_name;
	char *name;
	/* which branch */
	enum shape_kind kind;
	/* by kind; nothing for values without a branch */
	union {
		struct shape_circle circle;
		struct shape_box box;
	} u;
};
struct zoo_shape_out {
	/* of the shape */
	bool has_name;
	const char *name;
	/* which branch */
	enum shape_kind kind;
	/* by kind; nothing for values without a branch */
	union {
		struct shape_circle circle;
		struct shape_box box;
	} u;
};

/* zoo-inline */
struct zoo_inline_in {
	/* not for the log */
	char *secret;
	/*
	 * for the log; a text of more than one line, with a list:
	 * - one
	 * - two
	 */
	bool has_public;
	struct str_list public;
	/* base64 */
	bool has_blob;
	struct bytes blob;
	/* a word that C wants for itself */
	bool has_default;
	enum mood default_;
	/* nobody should use it */
	bool has_old;
	bool old;
};
struct zoo_inline_out {
	size_t n;
	struct echo *items;
};

/* zoo-text */
struct zoo_text_in {
	/* which */
	char *text;
};
struct zoo_text_out {
	const char *value;
};

/* zoo-number */
struct zoo_number_in {
	/* which, 0.5 if absent */
	bool has_n;
	double n;
};
struct zoo_number_out {
	double value;
};

/* zoo-mood */
struct zoo_mood_in {
	/* which */
	enum mood mood;
};
struct zoo_mood_out {
	enum mood value;
};

/* zoo-moods */
struct zoo_moods_in {
	/* which */
	struct mood_list moods;
};
struct zoo_moods_out {
	size_t n;
	enum mood *items;
};

/* zoo-choice */
struct zoo_choice_in {
	/* which */
	struct choice choice;
};
struct zoo_choice_out {
	struct choice value;
};

/* zoo-texts */
struct zoo_texts_out {
	size_t n;
	char **items;
};

/* zoo-sizes */
struct zoo_sizes_out {
	size_t n;
	uint64_t *items;
};

/* zoo-report */
struct zoo_report_out {
	/* which branch */
	enum colour colour;
	/* by colour; nothing for values without a branch */
	union {
		struct tree red;
		struct base blue;
	} u;
};

/* zoo-empty */
struct zoo_empty_out {
};

/* zoo_Old */
struct zoo_Old_in {
	/* a keyword */
	bool has_int;
	int64_t int_;
	/* a macro */
	bool has_linux;
	bool linux_;
	/* from before the rules */
	bool has_under_score;
	char *under_score;
	/* likewise */
	bool has_Upper;
	char *Upper;
};
struct zoo_Old_out {
	/* a keyword */
	bool has_int;
	int64_t int_;
	/* a macro */
	bool has_linux;
	bool linux_;
	/* from before the rules */
	bool has_under_score;
	const char *under_score;
	/* likewise */
	bool has_Upper;
	const char *Upper;
};

/* __org.virtagent_zoo-own */
struct virtagent_zoo_own_in {
	/* a member of our own */
	bool has_virtagent_x;
	int64_t virtagent_x;
};

/* zoo-sometimes */
struct zoo_sometimes_in {
	/* if one of them */
	bool has_any;
	struct tree any;
	/* if not */
	bool has_not;
	bool not;
	/* always */
	bool has_mood;
	enum mood mood;
};

#endif
