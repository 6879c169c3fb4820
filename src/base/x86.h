/* SPDX-License-Identifier: MIT */
/*
 * What an x86 processor can do. In a guest the hypervisor answers CPUID, which takes 8 to 12 us
 * each time, and the compiler's runtime asks a dozen times at each start of a program that wants to
 * know by __builtin_cpu_supports(). glibc has asked before that and tells (2.33,
 * <sys/platform/x86.h>).
 */
#ifndef BASE_X86_H
#define BASE_X86_H

#if __has_include(<sys/platform/x86.h>)
#include <sys/platform/x86.h>
#define X86_HAS(glibc_name, compiler_name) CPU_FEATURE_ACTIVE(glibc_name)
#else
#define X86_HAS(glibc_name, compiler_name) __builtin_cpu_supports(compiler_name)
#endif

#endif
