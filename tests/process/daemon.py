# SPDX-License-Identifier: MIT
"""An agent under test with all its processes. Only processes found below one started here are ever signalled."""

import contextlib
import fcntl
import os
import signal
import socket
import struct
import subprocess
import termios
import time

import cases
import fence
import proctree
from peer import Peer

START = 15.0
STILL_LOOKS = 5
SANITIZER_MARKS = ("runtime error:", "Sanitizer")


def settled(look, wanted):
    """What `look` gives, as soon as it is what is wanted, or in the end."""
    deadline = time.monotonic() + cases.PATIENCE
    while True:
        found = look()
        if found == wanted or time.monotonic() > deadline:
            return found
        time.sleep(0.01)


class Daemon:
    """One agent on a socket. `path`: where, instead of a new one. `before`: run in the child before the agent."""

    def __init__(self, lab, options=(), path=None, before=None, wrapper=()):
        self.lab = lab
        number = len(lab.daemons)
        self.path = path or lab.path(f"sock{number}")
        self.log = open(lab.path(f"stderr{number}"), "w+b")
        self.fenced = not fence.is_rooted(options)
        argv = [*wrapper, lab.agent, "-m", "unix-listen", "-p", self.path, "-t", lab.dir, *options, *fence.options(options)]
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.log,
                                        start_new_session=True, preexec_fn=before)
        self.pid = self.process.pid
        self.seen = {}
        self.zygote = self.idle_fds = self.zygote_fds = None
        self.ended = False      # a case ended it itself and knows how
        self.uncounted = False  # a case left it with work, so that descriptors cannot be compared

    # --- talking ---

    def wait_ready(self):
        """Waits for the first reply; then no client is connected and no worker runs."""
        with self.connect() as peer:
            cases.same(peer.call("guest-ping"), {}, "reply to the first ping")
            self.zygote = proctree.wait_for("zygote", START, lambda: proctree.children(self.pid))[0]
            self.count_fds()
        self.workers()

    def count_fds(self):
        """Remembers what it holds, while one client is connected and no worker runs."""
        try:
            # it can sleep before it is ready, too
            proctree.wait_for("an idle zygote", START, lambda: proctree.state(self.zygote) == "S"
                              and "anon_inode:[signalfd]" in proctree.descriptors(self.zygote).values())
            self.idle_fds = len(proctree.descriptors(self.pid)) - 1
            self.zygote_fds = len(proctree.descriptors(self.zygote))
        except PermissionError:
            self.uncounted = True

    def connect(self):
        """A new client. Waits for the agent to listen."""
        deadline = time.monotonic() + START
        while True:
            sock = (fence.Socket if self.fenced else socket.socket)(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                sock.connect(self.path)
                return Peer(sock, self.fenced)
            except (FileNotFoundError, ConnectionRefusedError):
                sock.close()
            cases.check(self.process.poll() is None, f"the agent ended with {self.process.poll()}: {self.complaint()}")
            cases.check(time.monotonic() < deadline, "the agent does not listen")
            time.sleep(0.005)

    def works(self):
        """A new client is served, by the front and by a worker."""
        with self.connect() as peer:
            peer.works()

    # --- its processes ---

    def _note(self, pids):
        for pid in pids:
            self.seen.setdefault(pid, proctree.birth(pid))
        return pids

    def workers(self):
        self._note([self.zygote] if self.zygote else [])
        deadline = time.monotonic() + START
        while True:
            found = proctree.children(self.zygote) if self.zygote else []
            names = {pid: proctree.name_of(pid) for pid in found}
            # one that was forked a moment ago still has its parent's name: it may become a worker or the log's writer
            if "virtagent-zyg" not in names.values() or time.monotonic() > deadline:
                return self._note([pid for pid in found if names[pid] not in ("virtagent-log", "")])
            time.sleep(0.005)

    def tree(self):
        return [self.pid, self.zygote, *self.workers()]

    def memory(self):
        """Bytes of all processes together, shared ones once."""
        return sum(proctree.proportional(pid) for pid in self.tree())

    def stop_worker(self, pid):
        cases.check(pid in self.workers(), f"{pid} is no worker of this agent: {self.workers()}")
        os.kill(pid, signal.SIGSTOP)
        proctree.wait_stopped(pid, cases.PATIENCE)

    def resume(self, pid):
        os.kill(pid, signal.SIGCONT)

    def kill_worker(self, pid, signum=signal.SIGKILL):
        cases.check(pid in self.workers(), f"{pid} is no worker of this agent: {self.workers()}")
        os.kill(pid, signum)

    @contextlib.contextmanager
    def held_up(self, peer, tag):
        """While this lasts, a command of the peer runs and does not end; its reply is {"return": {}} with the tag."""
        pid = peer.call("pid")
        self.stop_worker(pid)
        peer.ask("sleep", {"ms": 0}, tag)
        try:
            yield
        finally:
            self.resume(pid)

    def busy_worker(self):
        """The one worker there is."""
        found = proctree.wait_for("a worker", cases.PATIENCE, self.workers)
        cases.same(len(found), 1, "number of workers")
        return found[0]

    def full_worker(self, peer):
        """The one worker, once its reply has begun and stands still: nobody reads, so it waits for room or is done."""
        same = 0
        before = None
        deadline = time.monotonic() + cases.PATIENCE
        while same < STILL_LOOKS:
            if time.monotonic() > deadline:
                raise TimeoutError(f"a reply that stands still: {before}")
            worker = self.busy_worker()
            now = self.unread(peer), proctree.state(worker), proctree.cpu_ticks(worker)
            same = same + 1 if now == before and now[0] and now[1] == "S" else 0
            before = now
            time.sleep(0.02)
        return worker

    @staticmethod
    def unread(peer):
        """Bytes that wait in the socket."""
        return struct.unpack("i", fcntl.ioctl(peer.sock, termios.FIONREAD, bytes(4)))[0]

    def wait_workers(self, count, what="workers"):
        try:
            proctree.wait_for(f"{count} {what}", cases.PATIENCE, lambda: len(self.workers()) == count)
        except TimeoutError as late:
            raise TimeoutError(f"{late}, but {[proctree.name_of(pid) for pid in self.workers()]}") from late

    # --- its descriptors ---

    def front_fds(self):
        """How many descriptors the front has without those to its workers."""
        return len(proctree.descriptors(self.pid)) - len(self.workers())

    def compare_fds(self):
        """As soon as they are the same: the zygote holds a worker's socket until its fork has come back."""
        if self.uncounted:
            return
        cases.same(settled(self.front_fds, self.idle_fds), self.idle_fds,
                   f"descriptors of the front, workers' not counted ({proctree.descriptors(self.pid)})")
        cases.same(settled(lambda: len(proctree.descriptors(self.zygote)), self.zygote_fds), self.zygote_fds,
                   f"descriptors of the zygote ({proctree.descriptors(self.zygote)})")

    # --- its end ---

    def complaint(self):
        """The end of its log."""
        with open(self.log.name, "rb") as text:
            text.seek(max(0, os.path.getsize(self.log.name) - 1500))
            return text.read().decode("utf-8", "replace")

    def kill(self):
        """SIGKILL to the front alone."""
        self.workers()
        self.ended = True
        self.process.kill()
        self.process.wait(cases.PATIENCE)

    def wait_exit(self):
        """Its exit status, when it ends by itself."""
        self.workers()
        self.ended = True
        try:
            return self.process.wait(cases.PATIENCE)
        except subprocess.TimeoutExpired:
            raise cases.Failed("the agent does not end") from None

    def terminate(self, signum=signal.SIGTERM):
        self.workers()
        self.process.send_signal(signum)
        return self.wait_exit()

    def look_over(self):
        if not self.ended:
            cases.same(self.process.poll(), None, f"exit status of an agent that should run ({self.complaint()})")
            self.compare_fds()
            workers = [pid for pid in self.workers() if proctree.state(pid) == "S"]
            cases.same(self.terminate(), 0, "exit status after SIGTERM")
            proctree.wait_gone([self.zygote], cases.PATIENCE, "the zygote after its front")
            if not self.uncounted:
                proctree.wait_gone(workers, cases.PATIENCE, "idle workers after their front")
        with open(self.log.name, encoding="utf-8", errors="replace") as text:
            found = next((line for line in text if any(mark in line for mark in SANITIZER_MARKS)), None)
        cases.check(found is None, f"the log holds a sanitizer's report: {found}")

    def destroy(self):
        """Ends whatever is left of it, however it is."""
        if self.zygote:
            self.workers()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(cases.PATIENCE)
        for pid, birth in self.seen.items():
            if birth is not None and proctree.birth(pid) == birth:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        self.log.close()
