/* SPDX-License-Identifier: MIT */
/* generated from zoo/zoo.json, do not edit */
/* clang-format off */
/* What audit lines may and must not say about arguments. */
#include "schema_marks.h"

#include <stddef.h>

static const char *const none[] = {NULL};
static const char *const loggable_zoo_inline[] = {"public", NULL};
static const char *const secret_zoo_inline[] = {"secret", "blob", NULL};

const struct command_marks command_marks[] = {
	{.loggable = none, .secret = none}, /* __org.virtagent_zoo-own */
	{.loggable = none, .secret = none}, /* zoo-all */
	{.loggable = none, .secret = none}, /* zoo-choice */
	{.loggable = none, .secret = none}, /* zoo-empty */
	{.subject = "default", .loggable = loggable_zoo_inline, .secret = secret_zoo_inline}, /* zoo-inline */
	{.loggable = none, .secret = none}, /* zoo-int */
	{.loggable = none, .secret = none}, /* zoo-mood */
	{.loggable = none, .secret = none}, /* zoo-moods */
	{.loggable = none, .secret = none}, /* zoo-nothing */
	{.loggable = none, .secret = none}, /* zoo-number */
	{.loggable = none, .secret = none}, /* zoo-report */
	{.loggable = none, .secret = none}, /* zoo-shape */
	{.loggable = none, .secret = none}, /* zoo-silent */
	{.loggable = none, .secret = none}, /* zoo-sizes */
	{.loggable = none, .secret = none}, /* zoo-sometimes */
	{.loggable = none, .secret = none}, /* zoo-text */
	{.loggable = none, .secret = none}, /* zoo-texts */
	{.loggable = none, .secret = none}, /* zoo_Old */
};
