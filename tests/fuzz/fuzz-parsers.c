/* SPDX-License-Identifier: MIT */
/*
 * Every parser of what the guest's kernel and its files say. Input: the letter of a parser, a line
 * feed, the text. The text lies in memory of its own size, so that reading past it shows.
 */
#include <string.h>

#include "sys/load.h"
#include "target.h"

static void parse_load(struct slice text)
{
	struct load load;

	if (load_parse(text, &load))
		MUST(load.average[0] >= 0 && load.average[2] >= 0);
}

static const struct {
	char letter;
	void (*parse)(struct slice text);
} parsers[] = {
	{'l', parse_load},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char  *copy;
	size_t i;

	if (size < 2 || data[1] != '\n')
		return 0;
	copy = malloc(size - 2 ? size - 2 : 1);
	MUST(copy);
	memcpy(copy, data + 2, size - 2);
	for (i = 0; i < ARRAY_SIZE(parsers); i++)
		if (parsers[i].letter == (char)data[0])
			parsers[i].parse(slice_of(copy, size - 2));
	free(copy);
	return 0;
}
