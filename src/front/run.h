/* SPDX-License-Identifier: MIT */
/*
 * Commands that run in the front: short, reading kernel memory only.
 */
#ifndef FRONT_RUN_H
#define FRONT_RUN_H

#include "front/outbox.h"
#include "json/reader.h"
#include "proto/command.h"

struct front;
struct policy;
struct request;
struct request_report;

/* Runs cmd and appends its reply, an error reply, or nothing (CMD_NO_REPLY). args->p is NULL when
 * absent; report is for commands that tell of a program, else NULL. Whether it succeeded. */
bool run_in_front(const struct command *cmd, const struct json *args, const struct front *front,
		  const struct policy *policy, const struct request_report *report,
		  const struct buf *id, struct outbox *out);

/* Decodes and runs the handler of rq->command; what it says is in rq. */
int run_handler(struct request *rq, const struct json *args, struct err *err);

#endif
