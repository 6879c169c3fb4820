# SPDX-License-Identifier: MIT
"""What was secret in a request is nowhere in the agent's memory afterwards."""

import base64
import json
import re

import guest
import proctree
from cases import Skipped, case, check


def memory(pid):
    """Every readable byte of a process."""
    found = []
    try:
        with open(f"/proc/{pid}/maps", encoding="ascii") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
            for line in maps:
                start, end = (int(number, 16) for number in re.match(r"(\w+)-(\w+) r", line).groups()) \
                    if re.match(r"\w+-\w+ r", line) else (0, 0)
                if end - start == 0 or "[v" in line or end - start > 1 << 28:
                    continue
                try:
                    mem.seek(start)
                    found.append(mem.read(end - start))
                except (OSError, ValueError, OverflowError):
                    continue
    except PermissionError as err:
        raise Skipped(f"its memory may not be read: {err}") from err
    return b"\0".join(found)


def holders(agent, marks):
    return [f"{proctree.name_of(pid)} holds {mark[:20]}" for pid in (agent.pid, agent.zygote)
            for data in [memory(pid)] for mark in marks if mark in data]


def input_of(lab, size, split):
    agent = lab.start()
    if lab.sanitized:
        raise Skipped("a sanitizer keeps freed memory")
    secret = b"Kx7q-secret-of-the-test-" * (size // 24)
    mark = base64.b64encode(secret)[32:64]
    with guest.Host(agent) as host:

        line = json.dumps({"execute": "guest-exec", "arguments": {
            "path": "sh", "arg": ["-c", "cat >/dev/null"], "input-data": base64.b64encode(secret).decode()}}).encode()
        for at in range(0, len(line), split):
            host.peer.push(line[at:at + split])
        pid = json.loads(host.peer.line())["return"]["pid"]
        host.end(pid)
        host.run("true", input=b"")
        found = holders(agent, (mark, secret[:24]))
    check(not found, f"after input of {size} bytes: {found}")


@case
def small_input(lab):
    input_of(lab, 240, 1 << 20)


@case
def small_input_in_pieces(lab):
    input_of(lab, 2400, 100)


@case
def growing_input_in_pieces(lab):
    input_of(lab, 24000, 1000)


@case
def large_input(lab):
    input_of(lab, 2400000, 1 << 20)
