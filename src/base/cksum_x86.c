/* SPDX-License-Identifier: MIT */
#include "base/cksum.h"

const struct cksum_implementation *const cksum_implementations[] = {&cksum_pclmul, &cksum_scalar};
