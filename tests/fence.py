# SPDX-License-Identifier: MIT
"""Keeps commands that change the machine away from agents that run on the machine that builds.

Everything outside the guest that starts an agent or talks to one comes past here. Which commands those are says the
schema (feature __org.virtagent_machine); those that the protocol is known to have are a fixed list besides, so that a
forgotten feature opens no gap.

* An agent that is started without `--root DIR` gets them blocked: confined(argv).
* Nothing that is sent to such an agent may name one, escaped or not, whole or in pieces: Fence, Socket, check().
* The packaged qemu-ga, which is not ours to trust, gets five harmless commands, and where a test says so some of those
  that only read (QUERIES), and nothing else: check_reference().
"""

import functools
import os
import re
import socket
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
MACHINE = "__org.virtagent_machine"
KNOWN = frozenset((
    "guest-set-time", "guest-shutdown", "guest-fsfreeze-freeze", "guest-fsfreeze-freeze-list", "guest-fsfreeze-thaw",
    "guest-fstrim", "guest-suspend-disk", "guest-suspend-ram", "guest-suspend-hybrid", "guest-set-vcpus",
    "guest-set-memory-blocks", "guest-set-user-password"))
HARMLESS = ("guest-sync", "guest-sync-delimited", "guest-ping", "guest-info", "guest-get-time")
# Commands that only read the kernel's tables and small files of /etc: asked of the packaged qemu-ga one at a time, where
# a test compares them (tests/conform/queries) or measures them.
QUERIES = ("guest-network-get-interfaces", "guest-get-cpustats", "guest-get-diskstats", "guest-get-host-name",
           "guest-get-osinfo", "guest-get-timezone", "guest-get-users", "guest-get-fsinfo", "guest-get-disks",
           "guest-get-vcpus")


class Refused(Exception):
    """A test tried to send what must not be sent to that agent."""


@functools.lru_cache(maxsize=None)
def schema_commands():
    """Name of every command in the schema, to whether it changes the machine."""
    sys.path.insert(0, os.path.join(TOP, "scripts"))
    try:
        from genschema import expressions, parser
    finally:
        sys.path.pop(0)
    schema = parser.parse(os.path.join(TOP, "schema", "virtagent.json"))
    commands = (one for one in expressions.definitions(schema) if one.meta == "command")
    return {one.name: any(feature.name == MACHINE for feature in one.features) for one in commands}


@functools.lru_cache(maxsize=None)
def machine_commands():
    return KNOWN | {name for name, changes in schema_commands().items() if changes}


# Agents

def is_rooted(argv):
    return any(str(word) == "--root" or str(word).startswith("--root=") for word in argv)


def options(argv=()):
    """What an agent of ours gets besides its options: nothing if it has a root, else its block list."""
    if is_rooted(argv):
        return []
    return ["-b", ",".join(sorted(name for name, changes in schema_commands().items() if changes))]


def confined(argv):
    return [*argv, *options(argv)]


# What is sent

def _letter(char):
    """A character as JSON may spell it."""
    code = rb"\\u00%02x" % ord(char)
    return b"(?:%s|%s)" % (re.escape(char).encode(), re.sub(rb"[a-f]", lambda d: b"[%c%c]" % (d[0], d[0].upper()), code))


@functools.lru_cache(maxsize=None)
def _patterns():
    plain = re.compile(b"|".join(re.escape(name.encode()) for name in sorted(machine_commands())))
    any_way = re.compile(b"|".join(b"".join(map(_letter, name)) for name in sorted(machine_commands())))
    return plain, any_way


@functools.lru_cache(maxsize=None)
def _longest():
    return 6 * max(map(len, machine_commands()))


def check(data):
    """Raises Refused if the name of a command that changes the machine stands in the bytes; returns them."""
    plain, any_way = _patterns()
    for found in (plain.search(data), any_way.search(data) if b"\\u00" in data else None):
        if found:
            raise Refused(found[0].decode())
    return data


class Fence:
    """The same for a stream that is sent in pieces."""

    def __init__(self):
        self.tail = b""

    def check(self, data):
        whole = self.tail + bytes(data)
        check(whole)
        self.tail = whole[-_longest():]
        return data


class Socket(socket.socket):
    """A socket that lets nothing else through."""

    fence = None

    def _passed(self, data):
        if self.fence is None:
            self.fence = Fence()
        return self.fence.check(data)

    def send(self, data, *flags):
        return super().send(self._passed(data), *flags)

    def sendall(self, data, *flags):
        return super().sendall(self._passed(data), *flags)


def allowed(also=()):
    """What the packaged qemu-ga may be sent: the harmless commands, and these if they only read."""
    for name in also:
        if name not in QUERIES:
            raise Refused(name)
    return (*HARMLESS, *also)


def check_reference(data, also=()):
    """Raises Refused unless every name in the bytes is harmless, whatever piece of it the agent takes for a name."""
    names = allowed(also)
    texts = [data]
    if b"\\" in data:
        plain = re.sub(rb"\\u([0-9a-fA-F]{4})", lambda code: chr(int(code[1], 16)).encode("utf-8", "surrogatepass"), data)
        texts.append(plain)
    for text in texts:
        for name in re.findall(rb"guest-[a-z0-9_-]*", text.lower()):
            # A torn name is let through: none of the harmless ones begins like a whole other command.
            if not any(harmless.startswith(name.decode()) for harmless in names):
                raise Refused(name.decode())
    return data
