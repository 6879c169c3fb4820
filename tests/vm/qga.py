# SPDX-License-Identifier: MIT
"""Just enough of a client of the guest agent protocol for tests; knows no command by name but the
syncs."""
import itertools
import json

from .deadline import Deadline

IDS = itertools.count(1000)
# long enough for a machine that does other things, too; what hangs does so for ever
ANSWER_SECONDS = 20


class AgentError(Exception):
    """An error reply."""


class Client:
    """One host on the agent's port. A context manager; `sock` may be used directly."""

    def __init__(self, sock):
        self.sock = sock
        self.input = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.sock.close()

    def send(self, data):
        self.sock.settimeout(10)
        self.sock.sendall(data)

    def receive(self, deadline):
        self.sock.settimeout(deadline.left())
        data = self.sock.recv(65536)
        if not data:
            raise ConnectionError("the port was closed by QEMU")
        self.input += data

    def line(self, timeout=ANSWER_SECONDS):
        """The next line as bytes, without its line feed."""
        deadline = Deadline(timeout)
        while b"\n" not in self.input:
            self.receive(deadline)
        line, self.input = self.input.split(b"\n", 1)
        return line

    def sync(self, timeout=ANSWER_SECONDS, flush=True):
        """Delimited sync, with 0xFF in front of the request unless flush is false; drops what came before."""
        number = next(IDS)
        self.send((b"\xff" if flush else b"") + request("guest-sync-delimited", {"id": number}))
        self.await_sync(number, timeout)

    def await_sync(self, number, timeout=ANSWER_SECONDS):
        deadline = Deadline(timeout)
        while True:
            line = self.line(deadline.left())
            reply = line[line.rfind(b"\xff") + 1:]
            if b"\xff" in line and json.loads(reply) == {"return": number}:
                return

    def call(self, command, arguments=None, timeout=ANSWER_SECONDS):
        self.send(request(command, arguments))
        reply = json.loads(self.line(timeout))
        if "error" in reply:
            raise AgentError(reply["error"]["desc"])
        return reply["return"]


def request(command, arguments=None):
    message = {"execute": command}
    if arguments is not None:
        message["arguments"] = arguments
    return json.dumps(message).encode() + b"\n"
