# SPDX-License-Identifier: MIT
"""The conversation in which things fail, and what may be said in it: the right answer, an error, or nothing more."""

import base64
import json
import os

import fence
from agent import AgentDied
from cases import check, same, shorten
from peer import request, sync

MIB = 1 << 20
PATIENCE, SILENCE = 10.0, 1.5
SMALL, LARGE = os.urandom(1000), os.urandom(300000)


class Closed(Exception):
    """The agent closed the connection, or cut a reply: allowed while something fails (decisions.md row 80)."""


class Talk:
    """One client. With `strict` nothing is failing: every answer has to be the right one."""

    def __init__(self, peer, strict, relief=None):
        self.peer, self.strict, self.relief = peer, strict, relief
        self.number = 0
        self.errors = []

    def reply(self, what):
        try:
            line = self.peer.take_lines(1, PATIENCE if self.relief is None else SILENCE)
            if not line.endswith(b"\n") and not self.peer.ended and self.relief:
                # a call that never works again may keep the reply back, as long as that lasts
                self.relief()
                self.relief = None
                line += self.peer.take_lines(1, PATIENCE)
        except AgentDied as err:
            check(not self.strict, f"{what}: {err}")
            raise Closed from err
        if not line.endswith(b"\n"):
            check(self.peer.ended, f"{what}: no reply, and the connection is open")
            check(not self.strict, f"{what}: a cut reply: {shorten(line)}")
            raise Closed
        try:
            return json.loads(line.lstrip(b"\xff"))
        except ValueError as err:
            check(not self.strict, f"{what}: a cut reply: {shorten(line)}")
            raise Closed from err

    def push(self, data):
        try:
            self.peer.push(data)
        except AgentDied as err:
            check(not self.strict, f"the connection is closed: {err}")
            raise Closed from err

    def ask(self, command, arguments=None):
        """The value, or None with the text in `errors`."""
        self.number += 1
        self.push(request(command, arguments, self.number) + b"\n")
        reply = self.reply(command)
        if "error" in reply:
            same(reply.get("id", self.number), self.number, f"id of the error reply to {command}")
            text = reply["error"]["desc"]
            check(not self.strict, f"{command}: error {text}")
            check(isinstance(text, str) and text, f"{command}: an error without text: {reply}")
            self.errors.append(text)
            return None
        same(reply.get("id"), self.number, f"id of the reply to {command}")
        return reply["return"]

    def wants(self, command, arguments, value):
        got = self.ask(command, arguments)
        if got is not None:
            same(got, value, f"reply of {command}")
        return got

    def refused(self, command, arguments, text):
        """What fails in any case, most often with this text."""
        self.number += 1
        self.push(request(command, arguments, self.number) + b"\n")
        reply = self.reply(command)
        check("error" in reply, f"{command} succeeded: {shorten(reply)}")
        if self.strict:
            check(text in reply["error"]["desc"], f"{command}: {reply['error']['desc']}, not {text}")

    def sync(self, number):
        self.push(sync(number)[1:])
        reply = self.reply("sync")
        if "error" not in reply:
            same(reply, {"return": number}, "reply of a sync")


def wire(talk):
    """Everything that the commands themselves do not add to."""
    talk.sync(4711)
    talk.wants("guest-ping", None, {})
    info = talk.ask("guest-info")
    check(info is None or len(info["supported_commands"]) > 10, "guest-info is short")
    check((talk.ask("guest-get-time") or 1 << 60) > 1 << 60 - 1, "the time is wrong")
    for size in (10, 5000, 30000, 100000, 600000):
        text = "e" * size
        talk.wants("echo", {"data": text}, {"data": text})
    talk.wants("front", {"n": 7}, 7)
    talk.refused("front", {"n": "x"}, "expected: integer")
    talk.refused("error", {"text": "wanted"}, "wanted")
    talk.refused("no-such-command", None, "has not been found")
    talk.wants("touch", {"path": "/dev/null", "ms": 0}, {})


class File:
    """A file that is written and read through a handle; knows what must be in it."""

    def __init__(self, talk, path):
        self.talk, self.path, self.content = talk, path, b""
        self.handle = talk.ask("guest-file-open", {"path": path, "mode": "w+"})

    def on_disk(self):
        with open(self.path, "rb") as file:
            return file.read()

    def write(self, data):
        got = self.talk.ask("guest-file-write", {"handle": self.handle, "buf-b64": base64.b64encode(data).decode()})
        if got is not None:
            same(got, {"count": len(data), "eof": False}, "reply of a write")
            self.content += data
            check(self.on_disk() == self.content, "content after a write")
            return
        there = self.on_disk()
        check(there.startswith(self.content) and (self.content + data).startswith(there), "content after a failed write")
        self.content = there

    def seek(self, position):
        """Whether it is there now."""
        return self.talk.wants("guest-file-seek", {"handle": self.handle, "offset": position, "whence": "set"},
                               {"position": position, "eof": False}) is not None

    def read(self, position, count):
        if not self.seek(position):
            return
        got = self.talk.ask("guest-file-read", {"handle": self.handle, "count": count})
        if got is None:
            return
        data = base64.b64decode(got["buf-b64"])
        same(got["count"], len(data), "count of a read")
        wanted = self.content[position:position + count]
        check(wanted.startswith(data), "data of a read")
        whole = len(data) == len(wanted)
        check(whole or (not self.talk.strict and not got["eof"] and count > MIB), f"a read of {len(data)}, not {len(wanted)} bytes")

    def close(self):
        if self.talk.wants("guest-file-close", {"handle": self.handle}, {}) is not None:
            self.handle = None


def files(talk, place):
    """The handle that may still be open afterwards, None."""
    talk.refused("guest-file-open", {"path": os.path.join(place, "missing")}, "No such file or directory")
    talk.refused("guest-file-read", {"handle": 1}, "has not been found")
    file = File(talk, os.path.join(place, "file"))
    if file.handle is None:
        return None
    try:
        file.write(SMALL)
        file.write(LARGE)
        file.write(LARGE)
        talk.refused("guest-file-write", {"handle": file.handle, "buf-b64": "!"}, "invalid characters")
        file.read(0, 4096)
        file.read(500, 200000)
        file.read(100, 2 * MIB)
        talk.wants("guest-file-flush", {"handle": file.handle}, {})
        file.close()
    except Closed:
        pass
    return file.handle


def crash(talk):
    """The last: the next conversation needs new workers."""
    talk.refused("crash", {"signal": 9}, "signal 9")
    talk.refused("crash-acting", {"signal": 9}, "signal 9")


# Commands that only read the guest

def is_part(got, whole):
    """Whether a reply says nothing but what `whole` says, perhaps less: what could not be read may be absent."""
    if isinstance(whole, dict):
        if isinstance(got, dict) and got.get("disk") == [] and got.get("name"):
            got = {**got, "name": whole.get("name")}    # of a disk that cannot be found only the number is known
        return isinstance(got, dict) and all(key in whole and is_part(value, whole[key]) for key, value in got.items())
    if isinstance(whole, list):
        return isinstance(got, list) and all(any(is_part(one, other) for other in whole) for one in got)
    if isinstance(whole, (int, float)) and not isinstance(whole, bool):
        return isinstance(got, (int, float)) and not isinstance(got, bool)
    return got == whole


def reading_commands(talk):
    """Those of the agent that take no arguments and change nothing, by the schema: new ones come by themselves."""
    supported = {one["name"] for one in talk.ask("guest-info")["supported_commands"]}
    names = [name for name, changes in fence.schema_commands().items() if not changes and name in supported]
    return [name for name in names if name.startswith(("guest-get-", "guest-network-get-"))]


class Readings:
    """What the reading commands say when nothing fails."""

    def __init__(self, commands):
        self.commands = commands
        self.whole = {}

    def learn(self, talk):
        for name in self.commands:
            talk.number += 1
            talk.push(request(name, None, talk.number) + b"\n")
            reply = talk.reply(name)
            self.whole[name] = reply.get("return")

    def ask(self, talk):
        for name in self.commands:
            talk.number += 1
            talk.push(request(name, None, talk.number) + b"\n")
            reply = talk.reply(name)
            if "error" in reply:
                check(not talk.strict or self.whole[name] is None, f"{name}: {reply['error']['desc']}")
                continue
            got, whole = reply["return"], self.whole[name]
            if whole is not None:
                check(is_part(got, whole), f"{name} says what is not so: {shorten(got)}, not {shorten(whole)}")
                check(not talk.strict or is_part(whole, got), f"{name} says less: {shorten(got)}, not {shorten(whole)}")
