/* SPDX-License-Identifier: MIT */
/* generated from zoo/zoo.json, do not edit */
/* clang-format off */
/* Wire names of the enum values. */
#include "schema_names.h"

const char *const mood_names[FEEL_COUNT] = {
	[FEEL_GOOD] = "good",
	[FEEL_SO_SO] = "so-so",
	[FEEL_2BAD] = "2bad",
	[FEEL_BLUE] = "blue",
};

const char *const colour_names[COLOUR_COUNT] = {
	[COLOUR_RED] = "red",
	[COLOUR_BLUE] = "blue",
};

const char *const shape_kind_names[SHAPE_KIND_COUNT] = {
	[SHAPE_KIND_POINT] = "point",
	[SHAPE_KIND_CIRCLE] = "circle",
	[SHAPE_KIND_BOX] = "box",
};
