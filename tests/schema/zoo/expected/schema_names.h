/* SPDX-License-Identifier: MIT */
/* generated from zoo/zoo.json, do not edit */
/* clang-format off */
/* Wire names of the enum values, indexed by value. */
#ifndef SCHEMA_NAMES_H
#define SCHEMA_NAMES_H

#include "schema_types.h"

extern const char *const mood_names[FEEL_COUNT];
extern const char *const colour_names[COLOUR_COUNT];
extern const char *const shape_kind_names[SHAPE_KIND_COUNT];

#endif
