/* SPDX-License-Identifier: MIT */
/*
 * One copy, of a file or of a tree of them. What was written is read back and compared by its
 * checksum, on whichever side it was written: the protocol has no checksums, and a full disk or a
 * broken agent shows nowhere else.
 */
#ifndef CLI_COPY_H
#define CLI_COPY_H

#include "base/cksum.h"
#include "cli/cli.h"
#include "cli/local.h"
#include "cli/progress.h"

struct copy {
	struct cli         *cli;
	const char         *source, *destination; /* as the user gave them */
	bool                is_upload;
	bool                is_verified;
	bool                is_verbose, is_recursive, is_resumed, keeps_mode;
	size_t              chunk;
	struct qgac        *agent;
	struct qgac_stream *stream; /* the guest's file, NULL while none is open */
	struct local        local;
	struct progress     progress;
	bool                has_progress;
	bool                is_summed;   /* sum is wanted, not only its number of bytes */
	struct cksum        sum;         /* of what was read from the source */
	uint64_t            done;        /* bytes that the destination has taken */
	bool                is_touched;  /* the guest's file is not what it was */
	bool                is_complete; /* … but what it should be */
	int64_t             start_ns;
	uint64_t            start_at;                 /* what the destination had of it already */
	uint64_t            total_bytes, total_files; /* of a tree */
};

/*
 * From c->source to c->destination, both files, one with a colon in front, over c->agent. EXIT_OK,
 * or a code after saying what went wrong.
 */
int copy_file(struct copy *c);

/* The same for directories (tree.c): the contents of one become those of the other. */
int copy_tree(struct copy *c);

/* Gives files of the guest a mode, by a program there (guest_run.h). */
int copy_mode(struct copy *c, const char *path, unsigned int mode);

#endif
