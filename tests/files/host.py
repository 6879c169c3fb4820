# SPDX-License-Identifier: MIT
"""A client that moves files, and the fence around it: our agent runs as root on the developer's machine, so no
request may name a file outside the folder of the case, but for reading /proc and for four harmless devices."""

import base64
import json
import os
import re

import cases
import peer

DEVICES = ("/dev/null", "/dev/zero", "/dev/full")
COMMANDS = ("open", "close", "read", "write", "seek", "flush")
HARMLESS = ("guest-ping", "guest-info", "guest-sync", "guest-sync-delimited", "guest-get-time",
            *("guest-file-" + name for name in COMMANDS))
MIB = 1 << 20
COUNT_MAX = 48 * MIB


class Fenced(Exception):
    """A test tried to send what must not be sent on this machine."""


def inside(path, folder):
    """Whether the file that `path` leads to is `folder` or below it."""
    return (os.path.realpath(path) + os.sep).startswith(os.path.realpath(folder) + os.sep)


def check_request(command, arguments, allowed):
    """Raises Fenced unless the command has no effect but on files for which allowed(path, mode) holds."""
    if command not in HARMLESS:
        raise Fenced(command)
    if command == "guest-file-open" and isinstance(arguments, dict):
        mode = arguments.get("mode", "r")
        for name in ("path", "filepath"):
            path = arguments.get(name)
            if isinstance(path, str) and not allowed(path, mode):
                raise Fenced(f"{command} of {path!r}")


def encode(data):
    return base64.b64encode(data).decode()


def decode(text):
    """Strict: the standard alphabet, padded, no line breaks (clients 28)."""
    cases.check(re.fullmatch(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", text) is not None,
                f"no plain base64: {cases.shorten(text)}")
    return base64.b64decode(text)


class Host(peer.Peer):
    """One connection to our agent."""

    def __init__(self, agent, folder, devices=()):
        super().__init__(agent.connect().sock, agent.fenced)
        self.agent, self.folder, self.devices = agent, folder, (*DEVICES, *devices)

    def allowed(self, path, mode):
        if not os.path.isabs(path):
            path = os.path.join(self.folder, path)  # an agent that is asked for one runs in there
        real = os.path.realpath(path)
        reads = mode in ("r", "rb")
        return inside(path, self.folder) or real in self.devices or (reads and real.startswith("/proc/"))

    def request(self, command, arguments=None, tag=None):
        """The bytes of a request that passed the fence."""
        check_request(command, arguments, self.allowed)
        return peer.request(command, arguments, tag)

    def ask(self, command, arguments=None, tag=None):
        self.push(self.request(command, arguments, tag))

    def reply(self, seconds=None):
        return json.loads(self.line(seconds))

    def fails(self, command, arguments=None):
        """The text of the error; a success fails the test."""
        return self.error("guest-file-" + command, arguments)

    def file(self, command, **arguments):
        """The value of guest-file-COMMAND; underscores in names stand for hyphens."""
        return self.call("guest-file-" + command, {name.replace("_", "-"): v for name, v in arguments.items()})

    def open(self, path, mode=None):
        return self.file("open", path=path, **({} if mode is None else {"mode": mode}))

    def close_handle(self, handle):
        cases.same(self.file("close", handle=handle), {}, "reply to close")

    def read(self, handle, count=None):
        """Data and end-of-file flag."""
        return self.read_result(self.file("read", handle=handle, **({} if count is None else {"count": count})))

    @staticmethod
    def read_result(value):
        data = decode(value["buf-b64"])
        cases.same(sorted(value), ["buf-b64", "count", "eof"], "members of a read's result")
        cases.same(value["count"], len(data), "count of a read beside the length of its data")
        cases.check(isinstance(value["eof"], bool), f"eof: {value['eof']!r}")
        return data, value["eof"]

    def write(self, handle, data, **more):
        value = self.file("write", handle=handle, buf_b64=encode(data), **more)
        cases.same(value["eof"], False, "eof of a write")
        cases.same(sorted(value), ["count", "eof"], "members of a write's result")
        return value["count"]

    def write_whole(self, handle, data):
        cases.same(self.write(handle, data), len(data), "bytes written")

    def seek(self, handle, offset, whence=0):
        value = self.file("seek", handle=handle, offset=offset, whence=whence)
        cases.same(value["eof"], False, "eof of a seek")
        return value["position"]

    def flush(self, handle):
        cases.same(self.file("flush", handle=handle), {}, "reply to flush")

    def works(self):
        """The front and a worker answer."""
        cases.same(self.call("guest-ping"), {}, "reply to a ping")
        handle = self.open("/dev/null")
        cases.same(self.read(handle), (b"", True), "a read of /dev/null")
        self.close_handle(handle)
