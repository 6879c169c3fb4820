/* SPDX-License-Identifier: MIT */
/*
 * Filling the public error object. Unlike base/err.h it has codes a program can act on; err may be
 * NULL throughout.
 */
#ifndef CLIENT_ERROR_H
#define CLIENT_ERROR_H

#include "base/attr.h"
#include "qgaclient.h"

/* No error (yet): what every public function that can fail begins with. */
void error_clear(struct qgac_err *err);

/*
 * Each fills err and returns -1. `stage` is set later by the caller that knows it, with
 * error_stage().
 */
int error_set(struct qgac_err *err, enum qgac_code code, const char *fmt, ...) printf_like(3, 4);
int error_os(struct qgac_err *err, enum qgac_code code, int os, const char *fmt, ...)
	printf_like(4, 5);
int error_memory(struct qgac_err *err);
int error_refused(struct qgac_err *err, const char *class_name, const char *desc);

/* Adds where it happened; returns -1. */
int error_stage(struct qgac_err *err, enum qgac_stage stage);

#endif
