/* SPDX-License-Identifier: MIT */
/* Moved: every process logs now. */
#ifndef FRONT_LOG_H
#define FRONT_LOG_H

#include "log/log.h"

#endif
