/* SPDX-License-Identifier: MIT */
#include "client/words.h"

#include <stdlib.h>
#include <string.h>

int words_add(struct words *w, const char *word)
{
	char **grown = realloc(w->all, (w->n + 1) * sizeof(*grown));

	if (!grown)
		return -1;
	w->all = grown;
	grown[w->n] = strdup(word);
	if (!grown[w->n])
		return -1;
	w->n++;
	return 0;
}

void words_fini(struct words *w)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		free(w->all[i]);
	free(w->all);
	*w = (struct words){.all = NULL};
}
