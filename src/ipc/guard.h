/* SPDX-License-Identifier: MIT */
/*
 * What the front and the guard of a freeze say to each other (IPC_GUARD in ipc/message.h), and the
 * front and the process that calls hooks. One guard lives for one freeze.
 *
 *   front → guard   BEGIN, PREPARE, FREEZE, THAW, PING, END; SWEEP or ADOPT instead of BEGIN
 *   guard → front   PREPARED, FROZEN, FAILED, THAWED, SWEPT, NOTE, PONG
 *   a successor of the front, by the socket in the state directory: TAKE_OVER, answered by STATE
 *   virtagent --thaw, by the same socket: ADMIN_THAW, answered by THAWED; without a guard: ADOPT
 * and SWEEP with reason GUARD_BY_ADMIN
 */
#ifndef IPC_GUARD_H
#define IPC_GUARD_H

/* Longest text in a message; a longer one is cut. */
#define GUARD_TEXT_MAX 9216

/* The guard's socket in the state directory. */
#define GUARD_SOCKET "virtagent.guard"

enum guard_message {
	/* deadline_ns (CLOCK_BOOTTIME, 0: none): from here on the guard counts */
	GUARD_BEGIN = 1,
	/* with a memfd of NUL-terminated strings: "m<mount point>" (none: all filesystems),
	 * "h<hook that was called>" */
	GUARD_PREPARE,
	GUARD_PREPARED, /* count: filesystems to freeze */
	GUARD_FREEZE,
	GUARD_FROZEN, /* count */
	GUARD_FAILED, /* text: why; what had been frozen is thawed again; pending as in THAWED */
	GUARD_THAW,   /* at any time: ends a freeze in progress as well */
	/* count: filesystems thawed; pending: that many hang, the guard stays until they do not;
	 * reason, after_s; text: those that hang */
	GUARD_THAWED,
	/* thaw whatever is frozen, by whomever; a process of its own. By the administrator: what a
	 * guard has marked stays */
	GUARD_SWEEP,
	GUARD_SWEPT, /* count */
	/* care for what the state file says is frozen: answered by STATE. By the administrator: and
	 * thaw it, with hooks */
	GUARD_ADOPT,
	GUARD_STATE, /* count: frozen filesystems; deadline_ns; after_s: since when; reason: 1 while
			it is still freezing */
	GUARD_NOTE,  /* text for the log */
	GUARD_PING,
	GUARD_PONG,
	GUARD_TAKE_OVER, /* answered by END if another agent is there */
	GUARD_ADMIN_THAW,
	GUARD_END, /* nothing is frozen and nothing will be */

	/* front → hooks: HOOKS with reason 0 (freeze) or 1 (thaw) and a memfd of "h<hook>" strings
	 * (none: as configured); anything else, or the end of the connection: call no more. Those
	 * that were called are called again, unless RELIEVED comes before the connection ends.
	 * hooks → front: NOTE, HOOK (text: a path that is about to be called), HOOKS_DONE (text
	 * empty: all went well) */
	GUARD_HOOKS,
	GUARD_HOOK,
	GUARD_HOOKS_DONE,

	/* front → guard that has thawed: the thaw hooks are being called; HOOKS, or the end of the
	 * connection: the guard is to call them */
	GUARD_RELIEVED,
};

enum guard_reason {
	GUARD_BY_COMMAND,
	GUARD_BY_ROLL_BACK,
	GUARD_BY_DEADLINE,
	GUARD_BY_ORPHAN, /* the agent ended and no other took its place */
	GUARD_BY_ADMIN,
	GUARD_BY_ERROR, /* the guard itself was lost */
};

#endif
