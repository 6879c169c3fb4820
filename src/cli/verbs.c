/* SPDX-License-Identifier: MIT */
/*
 * The one table of verbs and options: the command line is read by it, --help and the completions of
 * shells are made of it, and a test holds vactl(1) against it.
 */
#include <string.h>

#include "cli/cli.h"

const struct cli_option global_options[] = {
	{'s', "socket", "PATH", VALUE_FILE, NULL,
	 "the agent's unix socket, instead of GUEST (default: $VACTL_SOCKET)"},
	{'c', "connect", "URI", VALUE_TEXT, NULL,
	 "libvirt to look for the domain GUEST (default: that of virsh)"},
	{'t', "timeout", "SECONDS", VALUE_TEXT, NULL,
	 "how long everything together may take, 0.001 to 1000000 (default 10)"},
	{OPT_ALL, "all", NULL, VALUE_NONE, NULL,
	 "every guest of 'vactl list', instead of GUEST: each line begins with the guest's name"},
	{OPT_JOBS, "jobs", "N", VALUE_TEXT, NULL, "with --all: how many at a time (default 8)"},
	{OPT_JSON, "json", NULL, VALUE_NONE, NULL, "print JSON for programs"},
	{'q', "quiet", NULL, VALUE_NONE, NULL, "print nothing on success; the exit code tells"},
	{OPT_COLOR, "color", "WHEN", VALUE_WORDS, "auto always never",
	 "colours: auto (on a terminal), always or never"},
	{'V', "version", NULL, VALUE_NONE, NULL, "print the version"},
	{'h', "help", NULL, VALUE_NONE, NULL, "print this help; behind a verb, help for it"},
	{0},
};

static const struct cli_option ping_options[] = {
	{'c', "count", "COUNT", VALUE_TEXT, NULL,
	 "ping COUNT times (default 1); 0 is until interrupted"},
	{'i', "interval", "SECONDS", VALUE_TEXT, NULL, "from one ping to the next (default 1)"},
	{0},
};

static const struct cli_option raw_options[] = {
	{'n', "no-reply", NULL, VALUE_NONE, NULL,
	 "the command is silent on success (guest-shutdown, guest-suspend-...): silence until the "
	 "timeout is success"},
	{0},
};

static const struct cli_option cp_options[] = {
	{'v', "verbose", NULL, VALUE_NONE, NULL, "print checksum and size, as cksum(1) does"},
	{OPT_OF_VERB, "chunk", "SIZE", VALUE_TEXT, NULL,
	 "bytes in one request, 1 to 48M (default 1M)"},
	{OPT_OF_VERB + 1, "no-verify", NULL, VALUE_NONE, NULL,
	 "do not read back and compare what was written"},
	{0},
};

const struct verb verbs[] = {
	{
		.name = "list",
		.group = "Guests",
		.arguments = "",
		.summary = "Show the guests of this host and whether their agents answer.",
		.no_guest = true,
		.run = verb_list,
	},
	{
		.name = "ping",
		.arguments = "",
		.summary = "Measure the round trip to the agent.",
		.options = ping_options,
		.remarks = "The timeout is for each ping; that of the first includes connecting.\n",
		.run = verb_ping,
	},
	{
		.name = "info",
		.arguments = "",
		.summary = "Show the agent's version and commands.",
		.remarks = "A command is marked 'disabled' when it is blocked in the guest or not "
			   "allowed\n"
			   "while filesystems are frozen, and 'no reply' when it is silent on "
			   "success.\n"
			   "With --json, the agent's reply to guest-info is printed unchanged.\n",
		.run = verb_info,
	},
	{
		.name = "cat",
		.group = "Run and copy",
		.arguments = "PATH...",
		.summary = "Print files of the guest.",
		.remarks = "A file of the guest as it is, of any size; on a terminal, control "
			   "characters\n"
			   "are escaped. A colon in front of a path, as in cp, is left out. A file "
			   "that\n"
			   "cannot be read does not keep the others from being printed.\n"
			   "The timeout is for each piece of a file.\n",
		.operands = VALUE_TEXT,
		.run = verb_cat,
	},
	{
		.name = "cp",
		.arguments = "SOURCE DESTINATION",
		.summary = "Copy a file into the guest or out of it.",
		.options = cp_options,
		.remarks =
			"The guest's file is written as :PATH, the other one is a file here; - is\n"
			"standard input or output.\n"
			"  vactl web1 cp notes.txt :/root/notes.txt\n"
			"  vactl web1 cp :/var/log/syslog syslog\n"
			"The timeout is for each piece.\n",
		.operands = VALUE_FILE,
		.run = verb_cp,
	},
	{
		.name = "raw",
		.group = "Everything else",
		.arguments = "JSON|-",
		.summary = "Send a request as it is and print the reply line.",
		.options = raw_options,
		.remarks = "JSON is one object, such as '{\"execute\": \"guest-get-time\"}'; - "
			   "reads it from\n"
			   "standard input. An error reply is printed as well, with exit code 3.\n",
		.operands = VALUE_TEXT,
		.run = verb_raw,
	},
	{0},
};

const struct verb *verb_find(const char *name)
{
	const struct verb *v;

	for (v = verbs; v->name; v++)
		if (strcmp(v->name, name) == 0)
			return v;
	return NULL;
}
