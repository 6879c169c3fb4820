# SPDX-License-Identifier: MIT
"""The same programs through the packaged qemu-ga, which runs as nobody, with all other commands that have an effect
blocked. It gets /bin/true, /bin/echo and /bin/cat, and nothing else."""

import json
import os
import subprocess
import time

import agent as processes
import fence
import guest
import reference
from cases import Skipped, case, same

PROGRAMS = ("/bin/true", "/bin/echo", "/bin/cat")
ALLOWED = (*fence.HARMLESS, "guest-exec", "guest-exec-status")

# What 7.2 knows: no capture modes by name. Errors that changed their words since are left out (behaviour.md 8.2).
REQUESTS = (
    {"path": "/bin/true"},
    {"path": "/bin/true", "capture-output": True},
    {"path": "/bin/true", "capture-output": False, "arg": ["ignored"]},
    {"path": "/bin/true", "input-data": ""},
    {"path": "/bin/echo", "capture-output": True},
    {"path": "/bin/echo", "arg": ["", " ", "é", "\"'\\\n", "$HOME"], "capture-output": True},
    {"path": "/bin/echo", "arg": ["unseen"]},
    {"path": "/bin/cat", "capture-output": True},
    {"path": "/bin/cat", "capture-output": True, "input-data": ""},
    {"path": "/bin/cat", "capture-output": True, "input-data": guest.encode(bytes(range(256)) * 700)},
    {"path": "/bin/cat", "capture-output": True, "input-data": "aGVs\nbG8=\n"},
    {"path": "/bin/cat", "arg": ["/proc/self/nothing"], "capture-output": True},
    {"path": "/bin/cat", "arg": ["--no-such-option"], "capture-output": True, "env": ["LC_ALL=C"]},
    {"path": "/bin/cat", "arg": ["/proc/self/environ"], "capture-output": True, "env": ["A=1", "B", "A=2"]},
    {"path": "/bin/cat", "arg": ["/proc/self/environ"], "capture-output": True, "env": []},
    {"path": "/bin/cat", "arg": ["/proc/self/cmdline"], "capture-output": True},
)


class Packaged:
    def __init__(self):
        binary, env = reference.fetch()
        names = subprocess.run([binary, "-b", "help"], env=env, capture_output=True, text=True, timeout=30,
                               check=False).stdout.split()
        blocked = [name for name in names if name not in ALLOWED]
        if len(names) < 30 or len(blocked) != len(names) - len(ALLOWED):
            raise reference.Unavailable("its list of commands does not look right")
        self.agent = processes.Agent([binary, "-m", "unix-listen", "-p", "{sock}", "-t", "{dir}", "-f", "{dir}/pid",
                                      "-b", ",".join(blocked)], env=env, as_nobody=os.geteuid() == 0)
        self.agent.start()
        self.link = self.agent.connect()

    def exchange(self, command, arguments):
        assert command == "guest-exec-status" or arguments["path"] in PROGRAMS, "not for this machine"
        self.link.push(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        return json.loads(self.link.take_lines(1, 60))["return"]

    def close(self):
        self.link.close()
        self.agent.stop()


def ask(exchange, request):
    """The end of it, as clients see it: without the false that only the reference sends (row 18)."""
    pid = exchange("guest-exec", request)["pid"]
    deadline = time.monotonic() + guest.PATIENCE
    while True:
        status = exchange("guest-exec-status", {"pid": pid})
        if status["exited"]:
            return {key: value for key, value in status.items() if value is not False}
        if time.monotonic() > deadline:
            raise TimeoutError(f"{request['path']} does not end")
        time.sleep(0.002)


@case
def same_ends_as_the_packaged_one(lab):
    try:
        packaged = Packaged()
    except reference.Unavailable as err:
        raise Skipped(f"the packaged qemu-ga cannot be had: {err}") from err
    try:
        with lab.host() as host:
            for request in REQUESTS:
                same(ask(host.peer.call, request), ask(packaged.exchange, request), f"ours, then the packaged one: {request}")
    finally:
        packaged.close()
