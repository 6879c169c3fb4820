# SPDX-License-Identifier: MIT
"""Host side of the root shell on the guest's second serial line (guest side: guest-shell)."""
import base64
import select

from .deadline import Deadline

LINE_MAX = 32768  # a serial line has no flow control here: more at once overruns the guest's tty buffer


class ShellError(Exception):
    pass


class Shell:
    def __init__(self, sock):
        self.sock = sock
        self.input = b""
        self.count = 0

    def wait_ready(self, timeout, alive):
        """Waits until the guest has booted; alive() is asked now and then and may raise."""
        deadline = Deadline(timeout)
        while b"<ready>\n" not in self.input:
            alive()
            if select.select([self.sock], [], [], min(0.5, deadline.left()))[0]:
                self.receive(deadline)
        self.input = b""

    def run(self, command, timeout=20):
        """Returns (status, output bytes); raises TimeoutError when the command has not ended in time."""
        self.count += 1
        token = b"t%d" % self.count
        line = b"%s %d %s\n" % (token, max(1, int(timeout)), base64.b64encode(command.encode()))
        if len(line) > LINE_MAX:
            raise ShellError("command too long for the serial line: use Guest.put for data")
        self.sock.sendall(line)
        status, output = self.answer(token, Deadline(timeout + 10))
        if status == b"timeout":
            said = output.decode(errors="replace")
            raise TimeoutError(f"in the guest, after {timeout} s: {command[:200]}\n{said}")
        return int(status), output

    def answer(self, token, deadline):
        begin, end = b"<" + token + b" ", b">" + token + b"\n"
        while end not in self.input:
            self.receive(deadline)
        _, rest = self.input.split(begin, 1)
        text, self.input = rest.split(end, 1)
        status, _, output = text.partition(b"\n")
        return status.strip(), base64.b64decode(output)

    def receive(self, deadline):
        self.sock.settimeout(deadline.left())
        data = self.sock.recv(65536)
        if not data:
            raise ShellError("QEMU is gone")
        self.input += data
