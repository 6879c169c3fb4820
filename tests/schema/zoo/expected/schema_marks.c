/* SPDX-License-Identifier: MIT */
/* generated from zoo/zoo.json, do not edit */
/* clang-format off */
/* What the log may and must not say about arguments. */
#include "schema_marks.h"

#include <stddef.h>

static const char *const none[] = {NULL};
static const char *const secret_zoo_inline[] = {"secret", "blob", NULL};
static const char *const loggable_zoo_inline[] = {"public", NULL};

const struct command_marks command_marks[] = {
	{.secret = none, .loggable = none}, /* __org.virtagent_zoo-own */
	{.secret = none, .loggable = none}, /* zoo-all */
	{.secret = none, .loggable = none}, /* zoo-choice */
	{.secret = none, .loggable = none}, /* zoo-empty */
	{.secret = secret_zoo_inline, .loggable = loggable_zoo_inline}, /* zoo-inline */
	{.secret = none, .loggable = none}, /* zoo-int */
	{.secret = none, .loggable = none}, /* zoo-mood */
	{.secret = none, .loggable = none}, /* zoo-moods */
	{.secret = none, .loggable = none}, /* zoo-nothing */
	{.secret = none, .loggable = none}, /* zoo-number */
	{.secret = none, .loggable = none}, /* zoo-report */
	{.secret = none, .loggable = none}, /* zoo-shape */
	{.secret = none, .loggable = none}, /* zoo-silent */
	{.secret = none, .loggable = none}, /* zoo-sizes */
	{.secret = none, .loggable = none}, /* zoo-sometimes */
	{.secret = none, .loggable = none}, /* zoo-text */
	{.secret = none, .loggable = none}, /* zoo-texts */
	{.secret = none, .loggable = none}, /* zoo_Old */
};
