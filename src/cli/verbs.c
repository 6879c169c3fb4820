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
	{'r', "recursive", NULL, VALUE_NONE, NULL,
	 "copy a directory: what is in SOURCE will be in DESTINATION"},
	{'p', "preserve", NULL, VALUE_NONE, NULL,
	 "give the guest's file the mode of the one here (always with -r)"},
	{OPT_OF_VERB + 2, "resume", NULL, VALUE_NONE, NULL,
	 "go on where an interrupted copy of the same file has ended"},
	{'v', "verbose", NULL, VALUE_NONE, NULL, "print checksum and size, as cksum(1) does"},
	{OPT_OF_VERB, "chunk", "SIZE", VALUE_TEXT, NULL,
	 "bytes in one request, 1 to 48M (default: grows from 32K)"},
	{OPT_OF_VERB + 1, "no-verify", NULL, VALUE_NONE, NULL,
	 "do not read back and compare what was written"},
	{0},
};

static const struct cli_option ip_options[] = {
	{'a', "all", NULL, VALUE_NONE, NULL, "all addresses but those of loopback, one a line"},
	{'4', "ipv4", NULL, VALUE_NONE, NULL, "only IPv4"},
	{'6', "ipv6", NULL, VALUE_NONE, NULL, "only IPv6"},
	{0},
};

static const struct cli_option time_options[] = {
	{OPT_OF_VERB, "sync", NULL, VALUE_NONE, NULL, "set the guest's clock to this host's first"},
	{0},
};

static const struct cli_option commands_options[] = {
	{'d', "disabled", NULL, VALUE_NONE, NULL, "those that are disabled instead"},
	{0},
};

/* In this order: exec.c counts from OPT_OF_VERB on. */
static const struct cli_option exec_options[] = {
	{'e', "env", "NAME=VALUE", VALUE_TEXT, NULL,
	 "set a variable of the environment; can be given several times"},
	{OPT_OF_VERB, "cwd", "DIR", VALUE_TEXT, NULL, "run it in this directory of the guest"},
	{OPT_OF_VERB + 1, "user", "USER", VALUE_TEXT, NULL, "run it as this user of the guest"},
	{OPT_OF_VERB + 2, "clear-env", NULL, VALUE_NONE, NULL,
	 "with nothing in its environment but --env"},
	{'n', "no-stdin", NULL, VALUE_NONE, NULL, "do not pass on standard input"},
	{OPT_OF_VERB + 3, "raw", NULL, VALUE_NONE, NULL,
	 "do not escape control characters on a terminal"},
	{0},
};

static const struct cli_option freeze_options[] = {
	{'m', "mount", "PATH", VALUE_TEXT, NULL,
	 "only the filesystem mounted there; can be given several times"},
	{'l', "limit", "SECONDS", VALUE_TEXT, NULL, "stop the command after this time, and thaw"},
	{'v', "verbose", NULL, VALUE_NONE, NULL, "say how many filesystems were frozen and thawed"},
	{OPT_OF_VERB, "hold", NULL, VALUE_NONE, NULL,
	 "run no command and leave the guest frozen, until 'thaw' or the agent's own limit"},
	{0},
};

static const struct cli_option trim_options[] = {
	{'m', "minimum", "SIZE", VALUE_TEXT, NULL, "leave smaller free pieces alone"},
	{0},
};

static const struct cli_option shutdown_options[] = {
	{OPT_OF_VERB, "halt", NULL, VALUE_NONE, NULL, "halt without switching the machine off"},
	{0},
};

static const struct cli_option passwd_options[] = {
	{OPT_OF_VERB, "crypted", NULL, VALUE_NONE, NULL,
	 "what is given is a hash, as in /etc/shadow"},
	{0},
};

/* In this order: account.c counts from OPT_OF_VERB + 1 on. */
static const struct cli_option ssh_keys_options[] = {
	{OPT_OF_VERB + 1, "add", "FILE", VALUE_FILE, NULL,
	 "add the keys of this file, such as id_ed25519.pub; - is standard input"},
	{OPT_OF_VERB + 2, "remove", "FILE", VALUE_FILE, NULL, "remove them"},
	{OPT_OF_VERB + 3, "set", "FILE", VALUE_FILE, NULL, "let them be the only ones"},
	{0},
};

static const struct cli_option wait_options[] = {
	{'f', "for", "WHAT", VALUE_WORDS, "ready ip exec file shutdown",
	 "ready: the agent answers (default); ip: there is an address; exec, file: the command is "
	 "allowed; shutdown: nobody answers any more"},
	{0},
};

static const struct cli_option list_options[] = {
	{OPT_OF_VERB, "names", NULL, VALUE_NONE, NULL, "only their names; no agent is asked"},
	{0},
};

#define NO_ARGUMENTS .arguments = ""
#define SILENT_REMARK                                                                              \
	"Agents are silent when it works: 5 seconds without a refusal are success (or\n"           \
	"--timeout)."

const struct verb verbs[] = {
	{
		.name = "list",
		.group = "Guests",
		NO_ARGUMENTS,
		.summary = "Show the guests of this host and whether their agents answer.",
		.options = list_options,
		.no_guest = true,
		.remarks = "libvirt has 10 seconds to name its domains, and each agent 3 seconds "
			   "to answer;\n"
			   "with --timeout, half of that.\n",
		.run = verb_list,
	},
	{
		.name = "doctor",
		NO_ARGUMENTS,
		.summary = "Say why a guest does not answer, and what to do.",
		.remarks =
			"Socket, other clients, connection, agent, round trip, version, freeze, "
			"blocked\n"
			"commands and clock are looked at in this order. The exit code is that of "
			"the\n"
			"first problem, 0 if there are only warnings.\n",
		.run = verb_doctor,
	},
	{
		.name = "wait",
		NO_ARGUMENTS,
		.summary = "Wait until a guest is ready, has an address, or is off.",
		.options = wait_options,
		.remarks =
			"The timeout is 120 seconds unless given. Exit codes after waiting in "
			"vain:\n"
			"2 no connection, 3 it will never be (the command is blocked or unknown),\n"
			"4 no answer or not yet, 5 nobody reads the channel.\n",
		.run = verb_wait,
	},
	{
		.name = "ping",
		NO_ARGUMENTS,
		.summary = "Measure the round trip to the agent.",
		.options = ping_options,
		.remarks = "The timeout is for each ping; that of the first includes connecting.\n",
		.run = verb_ping,
	},
	{
		.name = "info",
		NO_ARGUMENTS,
		.summary = "Show the agent's version and commands.",
		.remarks = "A command is marked 'disabled' when it is blocked in the guest or not "
			   "allowed\n"
			   "while filesystems are frozen, and 'no reply' when it is silent on "
			   "success.\n"
			   "With --json, the agent's reply to guest-info is printed unchanged.\n",
		.run = verb_info,
	},
	{
		.name = "os",
		.group = "What is in it",
		NO_ARGUMENTS,
		.summary = "Show host name, operating system, kernel and time zone.",
		.run = verb_os,
	},
	{
		.name = "ip",
		NO_ARGUMENTS,
		.summary = "Print the address by which the guest is reached.",
		.options = ip_options,
		.remarks = "That is an address of the interface with the default route, where the "
			   "agent\n"
			   "tells routes, else of one that does not look like a container's; IPv4 "
			   "before\n"
			   "IPv6.\n",
		.run = verb_ip,
	},
	{
		.name = "net",
		NO_ARGUMENTS,
		.summary = "Show interfaces, addresses, traffic and routes.",
		.run = verb_net,
	},
	{
		.name = "df",
		NO_ARGUMENTS,
		.summary = "Show filesystems and their free space.",
		.run = verb_df,
	},
	{
		.name = "disks",
		NO_ARGUMENTS,
		.summary = "Show disks and partitions, with bus and serial number.",
		.run = verb_disks,
	},
	{
		.name = "users",
		NO_ARGUMENTS,
		.summary = "Show who is logged in.",
		.run = verb_users,
	},
	{
		.name = "cpus",
		NO_ARGUMENTS,
		.summary = "Show processors and what they have done since boot.",
		.run = verb_cpus,
	},
	{
		.name = "memory",
		NO_ARGUMENTS,
		.summary = "Show memory and swap.",
		.run = verb_memory,
	},
	{
		.name = "load",
		NO_ARGUMENTS,
		.summary = "Print the load averages.",
		.run = verb_load,
	},
	{
		.name = "time",
		NO_ARGUMENTS,
		.summary = "Compare the guest's clock with this host's, or set it.",
		.options = time_options,
		.run = verb_time,
	},
	{
		.name = "exec",
		.group = "Run and copy",
		.arguments = "PROGRAM [ARGUMENT...]",
		.summary = "Run a program in the guest, as with ssh.",
		.options = exec_options,
		.remarks =
			"Output comes when the program has ended; the agent keeps 16 MiB of it. "
			"Standard\n"
			"input is passed on, to its end, unless it is a terminal. The exit code is "
			"the\n"
			"program's, 128+N after signal N, and 255 for failures of vactl. --timeout "
			"is for\n"
			"the program here, without limit unless given: it is stopped in the guest "
			"then,\n"
			"and so it is after Ctrl-C.\n",
		.operands = VALUE_TEXT,
		.stops = true,
		.is_status = true,
		.run = verb_exec,
	},
	{
		.name = "sh",
		.arguments = "SCRIPT|- [ARGUMENT...]",
		.summary = "Run a shell script in the guest, given as one word.",
		.options = exec_options,
		.remarks = "  vactl web1 sh 'systemctl is-active nginx || journalctl -u nginx'\n"
			   "  vactl web1 sh - < setup.sh\n"
			   "All else is as in exec. ARGUMENTs are $1, $2, ... of the script.\n",
		.operands = VALUE_TEXT,
		.stops = true,
		.is_status = true,
		.run = verb_sh,
	},
	{
		.name = "cat",
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
		.summary = "Copy files and directories into the guest or out of it.",
		.options = cp_options,
		.remarks =
			"The guest's file is written as :PATH, the other one is a file here; - is\n"
			"standard input or output.\n"
			"  vactl web1 cp notes.txt :/root/notes.txt\n"
			"  vactl web1 cp :/var/log/syslog syslog\n"
			"  vactl web1 cp -r ./site :/srv/www\n"
			"The timeout is for each piece.\n",
		.operands = VALUE_FILE,
		.run = verb_cp,
	},
	{
		.name = "freeze",
		.group = "Snapshots",
		.arguments = "-- COMMAND [ARGUMENT...]",
		.summary = "Freeze the guest's filesystems, run a command on this host, thaw.",
		.options = freeze_options,
		.remarks =
			"  vactl web1 freeze -- lvcreate -s -n snap -L 1G vg/web1\n"
			"The guest is thawed in every case: when the command fails, when vactl is\n"
			"interrupted or killed, and when --limit has passed. The exit code is the\n"
			"command's; 255 when freezing or thawing failed, or when the guest was "
			"thawed\n"
			"before the command had ended: the snapshot may be inconsistent then.\n"
			"Freezing may take 60 seconds, or --timeout.\n",
		.operands = VALUE_COMMAND,
		.stops = true,
		.is_status = true,
		.run = verb_freeze,
	},
	{
		.name = "thaw",
		NO_ARGUMENTS,
		.summary = "Thaw the guest's filesystems.",
		.remarks = "The timeout is 60 seconds unless given.\n",
		.run = verb_thaw,
	},
	{
		.name = "status",
		NO_ARGUMENTS,
		.summary = "Say whether the guest's filesystems are frozen.",
		.run = verb_status,
	},
	{
		.name = "trim",
		NO_ARGUMENTS,
		.summary = "Give free space of the guest's filesystems back to the host.",
		.options = trim_options,
		.remarks = "The timeout is 10 minutes unless given.\n",
		.run = verb_trim,
	},
	{
		.name = "shutdown",
		.group = "Control",
		NO_ARGUMENTS,
		.summary = "Shut the guest down.",
		.options = shutdown_options,
		.remarks = SILENT_REMARK " 'vactl GUEST wait --for shutdown' waits for the end.\n",
		.run = verb_shutdown,
	},
	{
		.name = "reboot",
		NO_ARGUMENTS,
		.summary = "Reboot the guest.",
		.remarks = SILENT_REMARK "\n",
		.run = verb_reboot,
	},
	{
		.name = "suspend",
		.arguments = "[ram|disk|hybrid]",
		.summary = "Suspend the guest to memory (default), disk or both.",
		.operands = VALUE_WORDS,
		.words = "ram disk hybrid",
		.remarks = SILENT_REMARK "\n",
		.run = verb_suspend,
	},
	{
		.name = "vcpus",
		.arguments = "[NUMBER]",
		.summary = "Show how many processors are online, or change that.",
		.operands = VALUE_TEXT,
		.run = verb_vcpus,
	},
	{
		.name = "passwd",
		.arguments = "USER",
		.summary = "Set a user's password: asked for, or one line of standard input.",
		.options = passwd_options,
		.operands = VALUE_TEXT,
		.run = verb_passwd,
	},
	{
		.name = "ssh-keys",
		.arguments = "USER",
		.summary = "Show or change the SSH keys that may log in as a user.",
		.options = ssh_keys_options,
		.operands = VALUE_TEXT,
		.run = verb_ssh_keys,
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
	{
		.name = "commands",
		NO_ARGUMENTS,
		.summary = "Print the names of the agent's commands, for scripts.",
		.options = commands_options,
		.run = verb_commands,
	},
	{
		.name = "completion",
		.arguments = "bash|zsh|fish",
		.summary = "Print the completion script for a shell.",
		.operands = VALUE_WORDS,
		.words = "bash zsh fish",
		.no_guest = true,
		.run = verb_completion,
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
