/* SPDX-License-Identifier: MIT */
/* generated from zoo/zoo.json, do not edit */
/* clang-format off */
/* The command table. */
#include "proto/command.h"

#include <linux/capability.h>

#include "proto/decode.h"
#include "proto/encode.h"
#include "schema_decode.h"
#include "schema_encode.h"
#include "schema_handlers.h"

static int run_zoo_all(struct request *rq, const void *in, void *out, struct err *err)
{
	return cmd_zoo_all(rq, in, out, err);
}

static int run_zoo_int(struct request *rq, const void *in, void *out, struct err *err)
{
	return cmd_zoo_int(rq, in, out, err);
}

static int run_zoo_shape(struct request *rq, const void *in, void *out, struct err *err)
{
	return cmd_zoo_shape(rq, in, out, err);
}

static int run_zoo_inline(struct request *rq, const void *in, void *out, struct err *err)
{
	return cmd_zoo_inline(rq, in, out, err);
}

static int run_zoo_text(struct request *rq, const void *in, void *out, struct err *err)
{
	return cmd_zoo_text(rq, in, out, err);
}

static int run_zoo_number(struct request *rq, const void *in, void *out, struct err *err)
{
	return cmd_zoo_number(rq, in, out, err);
}

static int run_zoo_mood(struct request *rq, const void *in, void *out, struct err *err)
{
	return cmd_zoo_mood(rq, in, out, err);
}

static int run_zoo_moods(struct request *rq, const void *in, void *out, struct err *err)
{
	return cmd_zoo_moods(rq, in, out, err);
}

static int run_zoo_choice(struct request *rq, const void *in, void *out, struct err *err)
{
	return cmd_zoo_choice(rq, in, out, err);
}

static int run_zoo_texts(struct request *rq, const void *in, void *out, struct err *err)
{
	return cmd_zoo_texts(rq, in, out, err);
}

static int run_zoo_sizes(struct request *rq, const void *in, void *out, struct err *err)
{
	return cmd_zoo_sizes(rq, in, out, err);
}

static int run_zoo_report(struct request *rq, const void *in, void *out, struct err *err)
{
	return cmd_zoo_report(rq, in, out, err);
}

static int run_zoo_empty(struct request *rq, const void *in, void *out, struct err *err)
{
	return cmd_zoo_empty(rq, in, out, err);
}

static int run_zoo_Old(struct request *rq, const void *in, void *out, struct err *err)
{
	return cmd_zoo_Old(rq, in, out, err);
}

static int run_virtagent_zoo_own(struct request *rq, const void *in, void *out, struct err *err)
{
	return cmd_virtagent_zoo_own(rq, in, out, err);
}

static int run_zoo_sometimes(struct request *rq, const void *in, void *out, struct err *err)
{
	return cmd_zoo_sometimes(rq, in, out, err);
}

const struct command commands[] = {
	{
		.name = "__org.virtagent_zoo-own",
		.flags = CMD_READS_ONLY,
		.order = 17,
		.in_size = sizeof(struct virtagent_zoo_own_in),
		.decode = decode_virtagent_zoo_own,
		.run = run_virtagent_zoo_own,
		.encode = encode_nothing,
	},
	{
		.name = "zoo-all",
		.flags = CMD_READS_ONLY,
		.order = 1,
		.in_size = sizeof(struct zoo_all_in),
		.out_size = sizeof(struct zoo_all_out),
		.decode = decode_zoo_all,
		.run = run_zoo_all,
		.encode = encode_zoo_all,
	},
	{
		.name = "zoo-choice",
		.flags = CMD_READS_ONLY,
		.order = 9,
		.in_size = sizeof(struct zoo_choice_in),
		.out_size = sizeof(struct zoo_choice_out),
		.decode = decode_zoo_choice,
		.run = run_zoo_choice,
		.encode = encode_zoo_choice,
	},
	{
		.name = "zoo-empty",
		.flags = CMD_READS_ONLY,
		.order = 13,
		.out_size = sizeof(struct zoo_empty_out),
		.decode = decode_nothing,
		.run = run_zoo_empty,
		.encode = encode_zoo_empty,
	},
	{
		.name = "zoo-inline",
		.flags = CMD_WRITES | CMD_SECRET,
		.order = 4,
		.in_size = sizeof(struct zoo_inline_in),
		.out_size = sizeof(struct zoo_inline_out),
		.decode = decode_zoo_inline,
		.run = run_zoo_inline,
		.encode = encode_zoo_inline,
	},
	{
		.name = "zoo-int",
		.flags = CMD_READS_ONLY,
		.order = 2,
		.out_size = sizeof(struct zoo_int_out),
		.decode = decode_nothing,
		.run = run_zoo_int,
		.encode = encode_zoo_int,
	},
	{
		.name = "zoo-mood",
		.flags = CMD_READS_ONLY,
		.order = 7,
		.in_size = sizeof(struct zoo_mood_in),
		.out_size = sizeof(struct zoo_mood_out),
		.decode = decode_zoo_mood,
		.run = run_zoo_mood,
		.encode = encode_zoo_mood,
	},
	{
		.name = "zoo-moods",
		.flags = CMD_READS_ONLY,
		.order = 8,
		.in_size = sizeof(struct zoo_moods_in),
		.out_size = sizeof(struct zoo_moods_out),
		.decode = decode_zoo_moods,
		.run = run_zoo_moods,
		.encode = encode_zoo_moods,
	},
	{
		.name = "zoo-nothing",
		.flags = CMD_READS_ONLY,
		.order = 0,
		.decode = decode_nothing,
		.run = cmd_zoo_nothing,
		.encode = encode_nothing,
	},
	{
		.name = "zoo-number",
		.flags = CMD_READS_ONLY,
		.order = 6,
		.in_size = sizeof(struct zoo_number_in),
		.out_size = sizeof(struct zoo_number_out),
		.decode = decode_zoo_number,
		.run = run_zoo_number,
		.encode = encode_zoo_number,
	},
	{
		.name = "zoo-report",
		.flags = CMD_READS_ONLY,
		.order = 12,
		.out_size = sizeof(struct zoo_report_out),
		.decode = decode_nothing,
		.run = run_zoo_report,
		.encode = encode_zoo_report,
	},
	{
		.name = "zoo-shape",
		.flags = CMD_READS_ONLY,
		.order = 3,
		.in_size = sizeof(struct zoo_shape_in),
		.out_size = sizeof(struct zoo_shape_out),
		.decode = decode_zoo_shape,
		.run = run_zoo_shape,
		.encode = encode_zoo_shape,
	},
	{
		.name = "zoo-silent",
		.flags = CMD_IN_FRONT | CMD_WHEN_FROZEN | CMD_ALWAYS_WHEN_FROZEN | CMD_DELIMITED | CMD_SYNC | CMD_SURVIVES_SYNC | CMD_NEEDS_PEER | CMD_NEVER_REFUSED | CMD_NO_REPLY,
		.order = 14,
		.decode = decode_nothing,
		.run = cmd_zoo_silent,
		.encode = encode_nothing,
	},
	{
		.name = "zoo-sizes",
		.flags = CMD_READS_ONLY,
		.order = 11,
		.out_size = sizeof(struct zoo_sizes_out),
		.decode = decode_nothing,
		.run = run_zoo_sizes,
		.encode = encode_zoo_sizes,
	},
	{
		.name = "zoo-sometimes",
		.flags = CMD_IN_FRONT,
		.order = 18,
		.in_size = sizeof(struct zoo_sometimes_in),
		.decode = decode_zoo_sometimes,
		.run = run_zoo_sometimes,
		.encode = encode_nothing,
	},
	{
		.name = "zoo-text",
		.flags = CMD_READS_ONLY,
		.order = 5,
		.in_size = sizeof(struct zoo_text_in),
		.out_size = sizeof(struct zoo_text_out),
		.decode = decode_zoo_text,
		.run = run_zoo_text,
		.encode = encode_zoo_text,
	},
	{
		.name = "zoo-texts",
		.flags = CMD_READS_ONLY,
		.order = 10,
		.out_size = sizeof(struct zoo_texts_out),
		.decode = decode_nothing,
		.run = run_zoo_texts,
		.encode = encode_zoo_texts,
	},
	{
		.name = "zoo_Old",
		.flags = CMD_READS_ONLY,
		.order = 16,
		.in_size = sizeof(struct zoo_Old_in),
		.out_size = sizeof(struct zoo_Old_out),
		.decode = decode_zoo_Old,
		.run = run_zoo_Old,
		.encode = encode_zoo_Old,
	},
};

const size_t n_commands = sizeof(commands) / sizeof(commands[0]);
