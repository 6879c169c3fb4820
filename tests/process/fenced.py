# SPDX-License-Identifier: MIT
"""The fence (tests/fence.py): what would change this machine is neither sent nor possible."""

import os
import re

import fence
from cases import case, check, same
from peer import Peer

ORDER = os.path.join(fence.TOP, "schema", "order.txt")
SPELLINGS = (lambda name: name,
             lambda name: "".join(f"\\u{ord(c):04x}" for c in name),
             lambda name: "".join(f"\\u{ord(c):04X}" for c in name),
             lambda name: name.replace("s", "\\u0073"),
             lambda name: name[:-1] + f"\\u{ord(name[-1]):04x}")


def refused(action):
    try:
        action()
    except fence.Refused:
        return True
    return False


def request(name):
    return b'{"execute":"%s"}' % name.encode()


@case
def schema_marks_what_is_known(_lab):
    """A command that changes the machine and has no such feature is a bug of the schema."""
    marked = fence.schema_commands()
    same(sorted(name for name in fence.KNOWN & marked.keys() if not marked[name]), [], "commands without the feature")
    with open(ORDER, encoding="utf-8") as text:
        names = set(re.findall(r"^guest-\S+", text.read(), flags=re.M))
    same(sorted(fence.KNOWN - names), [], "names that the protocol does not have")


@case
def every_spelling_is_refused(_lab):
    for name in fence.machine_commands():
        for spell in SPELLINGS:
            data = request(spell(name))
            check(refused(lambda data=data: fence.check(data)), f"{data} passes")
            check(refused(lambda data=data: fence.check(b"\xff" + b" " * 100 + data + b"}}" * 50)), f"{data} passes")


@case
def pieces_are_refused(_lab):
    for spell in SPELLINGS:
        data = request(spell("guest-fsfreeze-freeze-list"))
        for size in (1, 2, 7, 50):
            one = fence.Fence()
            pieces = [data[at:at + size] for at in range(0, len(data), size)]
            check(refused(lambda: [one.check(piece) for piece in pieces]), f"{data} in pieces of {size} passes")


@case
def the_rest_passes(_lab):
    with open(ORDER, encoding="utf-8") as text:
        names = set(re.findall(r"^guest-\S+", text.read(), flags=re.M)) - fence.machine_commands()
    check(len(names) > 20, f"names: {names}")
    for name in names:
        for spell in SPELLINGS:
            fence.check(request(spell(name)))


@case
def agents_are_confined(lab):
    """Without a root they are blocked in the agent too; with one they are there."""
    for options, enabled in ((), False), (("--root", "/"), True):
        with lab.start(*options).connect() as peer:
            listed = {one["name"]: one["enabled"] for one in peer.call("guest-info")["supported_commands"]}
        changing = [name for name, changes in fence.schema_commands().items() if changes and name in listed]
        same([name for name in changing if listed[name] is not enabled], [], f"commands not as they should be with {options}")


@case
def links_are_fenced(lab):
    """Whatever way a test takes to send."""
    agent = lab.start()
    with agent.connect() as peer:
        check(isinstance(peer, Peer) and agent.fenced, "a fenced peer")
        data = request("guest-shutdown")
        for send in (peer.push, peer.push_bytewise, peer.sock.send, peer.sock.sendall):
            check(refused(lambda send=send: send(data)), f"{send} lets it pass")
    with agent.connect() as peer:
        same(peer.call("guest-ping"), {}, "reply to a ping")


@case
def the_reference_gets_five_commands(_lab):
    for name in fence.HARMLESS:
        fence.check_reference(request(name))
    for name in ("guest-exec", "guest-file-open", "guest-get-fsinfo", "\\u0067uest-exec", "guest-sh\\u0075tdown"):
        check(refused(lambda name=name: fence.check_reference(request(name))), f"{name} passes")


