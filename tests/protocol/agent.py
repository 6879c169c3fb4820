# SPDX-License-Identifier: MIT
"""Start an agent under test and talk to it with a deadline on everything.

An Agent is one process; a Link is one connection to it. A link never blocks in a write while the
agent blocks in its own: it reads whatever has come whenever it cannot send.
"""

import errno
import fcntl
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(1, os.path.join(HERE, ".."))
import fence  # noqa: E402  (the path has to be set first)

SEND_LIMIT = 120.0      # seconds for one request, however large
ROOTS = os.path.join(HERE, "..", "roots")
DRAIN_LIMIT = 0.2       # seconds to wait until the agent has taken one byte


class AgentDied(Exception):
    """The process under test ended, or closed the link, when it had no reason to."""


class Link:
    """One connection. `rfd` and `wfd` are the same for a socket, two pipes for stdio."""

    def __init__(self, rfd, wfd, owner=None, fenced=True):
        self.rfd, self.wfd, self.owner = rfd, wfd, owner
        self.inbox = bytearray()
        self.ended = False
        self.fence = fence.Fence() if fenced else None
        for fd in {rfd, wfd}:
            os.set_blocking(fd, False)

    def _read_some(self):
        try:
            got = os.read(self.rfd, 1 << 20)
        except BlockingIOError:
            return
        except ConnectionResetError:
            got = b""
        if got:
            self.inbox += got
        else:
            self.ended = True

    def push(self, data):
        """Send all of `data`; replies that come meanwhile are kept."""
        if self.fence:
            self.fence.check(data)
        view, deadline = memoryview(data), time.monotonic() + SEND_LIMIT
        while view:
            try:
                view = view[os.write(self.wfd, view[:1 << 20]):]
                continue
            except BlockingIOError:
                pass
            except (BrokenPipeError, ConnectionResetError):
                raise AgentDied("the link was closed while sending") from None
            self._wait(deadline, writing=True)

    def push_bytewise(self, data):
        """Send byte by byte, each only when the agent has taken the one before."""
        for value in data:
            self.push(bytes([value]))
            self.drain()

    def drain(self):
        """Wait until the kernel holds none of what we sent (best effort)."""
        deadline = time.monotonic() + DRAIN_LIMIT
        while self.unread() and time.monotonic() < deadline:
            time.sleep(0)

    def unread(self):
        """Bytes sent and not yet taken by the other side; 0 where the kernel cannot tell."""
        request = termios.TIOCOUTQ if self.rfd == self.wfd else termios.FIONREAD
        try:
            return struct.unpack("i", fcntl.ioctl(self.wfd, request, b"\0" * 4))[0]
        except OSError as err:
            if err.errno in (errno.ENOTTY, errno.EINVAL):
                return 0
            raise

    def _wait(self, deadline, writing=False):
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        poll = select.poll()
        if not self.ended:
            poll.register(self.rfd, select.POLLIN)
        if writing:
            poll.register(self.wfd, select.POLLOUT | (select.POLLIN if self.rfd == self.wfd and not self.ended else 0))
        for fd, event in poll.poll(left * 1000):
            if fd == self.rfd and event & (select.POLLIN | select.POLLHUP):
                self._read_some()
        if self.ended and not writing:
            raise AgentDied("the link was closed by the agent")

    def take_lines(self, count, seconds):
        """The next `count` lines; fewer, when the deadline passes or the link ends."""
        deadline, seen, scanned = time.monotonic() + seconds, 0, 0
        while True:
            while seen < count:
                at = self.inbox.find(b"\n", scanned)
                if at < 0:
                    scanned = len(self.inbox)
                    break
                seen, scanned = seen + 1, at + 1
            if seen == count:
                return self._cut(scanned)
            try:
                self._wait(deadline)
            except TimeoutError:
                return self._cut(len(self.inbox))
            except AgentDied:
                if not self.inbox:
                    raise
                return self._cut(len(self.inbox))

    def take_until(self, mark, seconds):
        """Everything up to and including `mark`, or None at the deadline."""
        deadline, scanned = time.monotonic() + seconds, 0
        while True:
            at = self.inbox.find(mark, scanned)
            if at >= 0:
                return self._cut(at + len(mark))
            scanned = max(0, len(self.inbox) - len(mark))
            try:
                self._wait(deadline)
            except TimeoutError:
                return None

    def take_quiet(self, seconds):
        """Whatever arrives in that time."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                self._wait(deadline)
            except (TimeoutError, AgentDied):
                return self._cut(len(self.inbox))

    def take_to_end(self, seconds):
        """Everything until the agent closes the link; None if it does not."""
        deadline = time.monotonic() + seconds
        while not self.ended:
            try:
                self._wait(deadline)
            except TimeoutError:
                return None
            except AgentDied:
                break
        return self._cut(len(self.inbox))

    def _cut(self, count):
        out = bytes(self.inbox[:count])
        del self.inbox[:count]
        return out

    def half_close(self):
        if self.owner is not None:
            self.owner.shutdown(socket.SHUT_WR)
        else:
            os.close(self.wfd)
            self.wfd = -1

    def close(self):
        if self.owner is not None:
            self.owner.close()
        else:
            for fd in {self.rfd, self.wfd} - {-1}:
                os.close(fd)
        self.rfd = self.wfd = -1


class Agent:
    """A running agent. `argv` may contain {sock}, {dir} and {roots}; stdio agents have no {sock}. Without --root it cannot
    change the machine, and is not asked to; with one it only notes what it would do. `ours` False: some other program,
    whose options are complete."""

    def __init__(self, argv, start_limit=10.0, env=None, as_nobody=False, ours=True):
        self.argv = fence.confined(argv) if ours else argv
        self.fenced = not fence.is_rooted(argv)
        self.start_limit, self.env, self.as_nobody = start_limit, env, as_nobody
        self.stdio = not any("{sock}" in word for word in argv)
        self.process = self.dir = self.stderr = None
        self.starts = 0

    def start(self):
        self.dir = tempfile.mkdtemp(prefix="virtagent-t-")
        os.chmod(self.dir, 0o711)
        state = os.path.join(self.dir, "state")
        os.mkdir(state, 0o700)
        self.sock = os.path.join(state, "sock")
        if self.as_nobody:
            os.chown(state, 65534, 65534)
        argv = [word.replace("{sock}", self.sock).replace("{dir}", state).replace("{roots}", ROOTS) for word in self.argv]
        self.stderr = open(os.path.join(self.dir, "stderr"), "w+b")
        drop = {"user": 65534, "group": 65534, "extra_groups": []} if self.as_nobody else {}
        pipe = subprocess.PIPE if self.stdio else subprocess.DEVNULL
        self.process = subprocess.Popen(argv, stdin=pipe, stdout=pipe if self.stdio else self.stderr,
                                        stderr=self.stderr, env=self.env, start_new_session=True, **drop)
        self.starts += 1
        if not self.stdio:
            self.connect().close()
        return self

    def connect(self):
        """A fresh connection. With stdio the one there is, which the caller must not close."""
        if self.stdio:
            return Link(self.process.stdout.fileno(), self.process.stdin.fileno(), fenced=self.fenced)
        deadline = time.monotonic() + self.start_limit
        while True:
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                sock.connect(self.sock)
                return Link(sock.fileno(), sock.fileno(), sock, self.fenced)
            except (FileNotFoundError, ConnectionRefusedError, BlockingIOError):
                sock.close()
            if not self.alive():
                raise AgentDied("the agent ended before it listened")
            if time.monotonic() > deadline:
                raise AgentDied("the agent does not listen")
            time.sleep(0.01)

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def complaint(self):
        """The end of what the agent wrote to stderr."""
        if self.stderr is None or self.stderr.closed:
            return ""
        self.stderr.flush()
        with open(self.stderr.name, "rb") as text:
            text.seek(max(0, os.path.getsize(self.stderr.name) - 8192))
            return text.read().decode("utf-8", "replace")

    def sanitizer_report(self):
        text = self.complaint()
        return text if "runtime error:" in text or "Sanitizer" in text else ""

    def stop(self):
        """End the agent; returns how it ended, as Popen.returncode does."""
        code = self._end() if self.process is not None else None
        self.process = None
        if self.stderr is not None:
            self.stderr.close()
        if self.dir is not None:
            shutil.rmtree(self.dir, ignore_errors=True)
        return code

    def _end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    pass
        return self.process.returncode
