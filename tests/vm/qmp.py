# SPDX-License-Identifier: MIT
"""QEMU's own control socket: commands, and the events by which suspend, shutdown and reset are
seen."""
import json

from .deadline import Deadline


class QmpError(Exception):
    pass


class Qmp:
    def __init__(self, sock, timeout=20):
        self.sock = sock
        self.input = b""
        self.events = []
        self.read(Deadline(timeout))  # the greeting
        self.command("qmp_capabilities")

    def command(self, name, /, timeout=20, **arguments):
        request = {"execute": name, "arguments": {k.replace("_", "-"): v for k, v in arguments.items()}}
        self.sock.sendall(json.dumps(request).encode() + b"\n")
        deadline = Deadline(timeout)
        while True:
            message = self.read(deadline)
            if "return" in message:
                return message["return"]
            if "error" in message:
                raise QmpError(f"{name}: {message['error']['desc']}")
            self.events.append(message)

    def wait_event(self, name, timeout=20):
        """The first event called `name` that was not yet taken, also one from before this call."""
        deadline = Deadline(timeout)
        while True:
            for event in self.events:
                if event["event"] == name:
                    self.events.remove(event)
                    return event
            self.events.append(self.read(deadline))

    def read(self, deadline):
        while b"\n" not in self.input:
            self.sock.settimeout(deadline.left())
            data = self.sock.recv(65536)
            if not data:
                raise QmpError("QEMU is gone")
            self.input += data
        line, self.input = self.input.split(b"\n", 1)
        return json.loads(line)
