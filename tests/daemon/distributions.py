# SPDX-License-Identifier: MIT
"""What a distribution's qemu-ga package leaves behind still starts the agent, and blocks what it says.

The words are those that the units of the packages make of their files; a service manager that expands an unset variable
gives an empty word or none.
"""

import json

from harness import case, check, same

REFUSED = "has been disabled: the command is not allowed"
OPEN = b'{"execute":"guest-file-open","arguments":{"path":"/nonexistent"}}\n'

# What /etc/sysconfig/qemu-ga, /etc/default/qemu-guest-agent and the units make; all of them block guest-file-open.
COMMAND_LINES = {
    "RHEL 7 and 8": ["--blacklist=guest-file-open,guest-file-close,guest-file-read,guest-file-write,guest-file-seek,"
                     "guest-file-flush,guest-exec,guest-exec-status", "-F/etc/qemu-ga/fsfreeze-hook"],
    "RHEL 8, no hook": ["--blacklist=guest-file-open,guest-exec", "-F"],
    "RHEL 9 with a block list": ["--block-rpcs=guest-file-open,guest-exec,guest-exec-status",
                                 "-F/etc/qemu-ga/fsfreeze-hook"],
    "RHEL 9 with FILTER_RPC_ARGS": ["--allow-rpcs=guest-sync-delimited,guest-sync,guest-ping,guest-get-time,guest-info",
                                    "-F/etc/qemu-ga/fsfreeze-hook"],
    "Debian, DAEMON_ARGS": ["-b", "guest-file-open,guest-exec", "-v"],
    "SUSE": ["--block-rpcs=guest-file-open", "--verbose", "-F"],
}
FILES = {
    "RHEL 8": "[general]\ndaemon=false\nmethod=virtio-serial\nblacklist=guest-file-open,guest-exec\n",
    "a key file's own separator": "[general]\nblacklist=guest-file-open;guest-exec;\n",
    "RHEL 9": "# comments of the package\n[general]\nblock-rpcs = guest-file-open, guest-exec\nverbose=false\n",
    "SUSE": "[general]\n#fsfreeze-hook=/etc/qemu/fsfreeze-hook\nblock-rpcs=guest-file-open\nfuture-key=1\n[future]\nx=1\n",
    "Debian": "[general]\nallow-rpcs=guest-ping,guest-info,guest-sync\nretry-path=true\n",
}


def blocks(lab):
    reply = json.loads(lab.ask(OPEN))
    check(REFUSED in reply.get("error", {}).get("desc", ""), f"guest-file-open: {reply}")
    check(lab.ping(lab.path("sock")), "guest-ping is not answered")


@case
def command_lines(lab):
    for name, options in COMMAND_LINES.items():
        one = lab.start(*options, program=lab.qemu_ga)
        try:
            blocks(lab)
        finally:
            same(one.end()[0], 0, f"{name}: status")


@case
def files(lab):
    for name, text in FILES.items():
        one = lab.start("-c", lab.write("qemu-ga.conf", text), program=lab.qemu_ga)
        try:
            blocks(lab)
        finally:
            same(one.end()[0], 0, f"{name}: status")


@case
def what_is_unknown_is_told(lab):
    path = lab.write("qemu-ga.conf", "[general]\nblacklist=guest-exec\nodd=1\nblock-rpcs=guest-pong\n")
    status, err = lab.start("-c", path, program=lab.qemu_ga).end()
    same(status, 0, "status")
    where = path.encode()
    for line in (where + b":2: 'blacklist' is called 'block-rpcs' now\n", where + b":3: there is no key 'odd'\n",
                 where + b":4: block-rpcs: there is no command guest-pong\n"):
        check(b"warning: " + line in err, f"{line!r} is not in {err!r}")
