/* SPDX-License-Identifier: MIT */
/* Processors for which nobody has written vectors. */
#include "base/b64.h"

const struct b64_implementation *const b64_implementations[] = {&b64_scalar};
