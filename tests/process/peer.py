# SPDX-License-Identifier: MIT
"""A client of the agent: requests, replies, and calls that fail a test when the answer is not as it should be."""

import json

import cases
from agent import AgentDied, Link

OURS = "__org.virtagent_test-"
LINE_MAX = 1 << 31


def request(command, arguments=None, tag=None):
    """The bytes of a request; the test commands go without their prefix."""
    name = command if command.startswith("guest-") else OURS + command
    text = {"execute": name}
    if arguments is not None:
        text["arguments"] = arguments
    if tag is not None:
        text["id"] = tag
    return json.dumps(text, separators=(",", ":")).encode()


def sync(number):
    return b"\xff" + request("guest-sync-delimited", {"id": number})


def sync_reply(number):
    return b'\xff{"return": %d}\n' % number


def returned(value, tag=None):
    """The line that answers a request."""
    end = b"" if tag is None else b', "id": ' + json.dumps(tag).encode()
    return b'{"return": ' + json.dumps(value).encode() + end + b"}\n"


class Peer(Link):
    """One connection to the agent."""

    def __init__(self, sock, fenced=True):
        super().__init__(sock.fileno(), sock.fileno(), sock, fenced)
        self.sock = sock

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.sock.fileno() >= 0:
            self.close()

    def line(self, seconds=None):
        """The next line, whole."""
        got = self.take_lines(1, seconds or cases.PATIENCE)
        cases.check(got.endswith(b"\n"), f"no whole line came, only {cases.shorten(got)}")
        return got

    def lines(self, count, seconds=None):
        got = self.take_lines(count, seconds or cases.PATIENCE).splitlines(keepends=True)
        cases.same(len(got), count, f"number of lines ({cases.shorten(got)})")
        return got

    def exactly(self, wanted, what, seconds=None):
        """The next bytes are these."""
        got = self.take_lines(wanted.count(b"\n"), seconds or cases.PATIENCE)
        cases.same(got, wanted, what)

    def until(self, mark, seconds=None):
        got = self.take_until(mark, seconds or cases.PATIENCE)
        cases.check(got is not None, f"{cases.shorten(mark)} did not come, but {cases.shorten(bytes(self.inbox))}")
        return got

    def quiet(self, seconds, what):
        """Nothing comes in this time."""
        cases.same(self.take_quiet(seconds), b"", what)

    def to_end(self, seconds=None):
        got = self.take_to_end(seconds or cases.PATIENCE)
        cases.check(got is not None, "the agent does not close the connection")
        return got

    def ask(self, command, arguments=None, tag=None):
        self.push(request(command, arguments, tag))

    def call(self, command, arguments=None):
        """The value a command returns; anything else fails the test."""
        self.ask(command, arguments)
        reply = json.loads(self.line())
        cases.check("return" in reply, f"{command} failed: {cases.shorten(reply)}")
        return reply["return"]

    def error(self, command, arguments=None):
        """The text of the error a command answers."""
        self.ask(command, arguments)
        return self.error_line()

    def error_line(self):
        reply = json.loads(self.line())
        cases.check("error" in reply, f"an error was expected, not {cases.shorten(reply)}")
        return reply["error"]["desc"]

    def works(self):
        """The front and a worker answer."""
        cases.same(self.call("guest-ping"), {}, "reply to a ping")
        cases.same(self.call("echo", {"data": "good"}), {"data": "good"}, "reply to an echo")


__all__ = ["AgentDied", "Peer", "request", "returned", "sync", "sync_reply"]
