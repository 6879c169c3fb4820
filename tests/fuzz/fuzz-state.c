/* SPDX-License-Identifier: MIT */
/* The state file, which may have been damaged by a crash or written by another agent. */
#include "sample.h"
#include "sys/state.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sample s;
	int64_t       counter;

	sample_open(&s, data, size);
	counter = state_parse_counter(s.bytes);
	MUST(counter >= STATE_FIRST_HANDLE);
	sample_close(&s);
	return 0;
}
