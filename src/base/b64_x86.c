/* SPDX-License-Identifier: MIT */
/*
 * Guests often see less than the host has: Proxmox's default, x86-64-v2-AES, ends at SSE4.2, and
 * kvm64 has not even SSSE3.
 */
#include "base/b64.h"

const struct b64_implementation *const b64_implementations[] = {&b64_avx2, &b64_ssse3, &b64_scalar};
