/* SPDX-License-Identifier: MIT */
/* Processors for which there is only the portable code. */
#include "base/cksum.h"

const struct cksum_implementation *const cksum_implementations[] = {&cksum_scalar};
