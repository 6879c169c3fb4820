# SPDX-License-Identifier: MIT
"""What the tests of vactl share: running it, an agent that follows a script, and Debian's packaged qemu-ga.

The packaged agent is a black box that runs as nobody with everything blocked but what a test names.
"""
import contextlib
import json
import os
import pty
import re
import select
import socket
import subprocess
import tempfile
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

VACTL = ""  # set by run
TOP = Path(__file__).resolve().parents[2]
OK, USAGE, CONNECT, FAILED, TIMEOUT = range(5)
HARMLESS = {"guest-sync", "guest-sync-delimited", "guest-ping", "guest-info", "guest-get-time"}
PATIENCE = 60  # no test may need this long; only what hangs reaches it

tests = []


class Skip(Exception):
    pass


def test(function):
    tests.append(function)
    return function


def check(condition, *shown):
    if not condition:
        raise AssertionError(" | ".join(str(s) for s in shown))


# ---- running vactl ------------------------------------------------------------------------------


class Result:
    def __init__(self, code, out, err, seconds):
        self.code, self.out, self.err, self.seconds = code, out, err, seconds

    def __repr__(self):
        return f"exit {self.code}, stdout {self.out[:300]!r}, stderr {self.err[:300]!r}"

    def expect(self, code, err_has=None, out=None):
        check(self.code == code, f"expected exit {code}", self)
        lines = self.err.decode(errors="replace").splitlines()
        if code == OK:
            check(not lines, "nothing on stderr on success", self)
        else:
            check(len(lines) <= 1, "errors take one line", self)
        if err_has is not None:
            check(err_has in self.err.decode(), f"expected {err_has!r} on stderr", self)
        if out is not None:
            check(self.out == out, f"expected {out!r} on stdout", self)
        return self


def environment(more=None):
    """Ours without what would name a guest; programs beside vactl are found there."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("VACTL_") and k != "XDG_RUNTIME_DIR"}
    return {**clean, "QGAC_LIBVIRT_BRIDGE": str(Path(VACTL).parent / "qgac-libvirt"), **(more or {})}


def vactl(*args, path=None, stdin=b"", env=None, stdout=subprocess.PIPE):
    command = [VACTL] + (["-s", str(path)] if path else []) + [a if isinstance(a, bytes) else str(a) for a in args]
    start = time.monotonic()
    p = subprocess.run(command, input=stdin, stdout=stdout, stderr=subprocess.PIPE, env=environment(env),
                       timeout=PATIENCE)
    return Result(p.returncode, p.stdout or b"", p.stderr, time.monotonic() - start)


def write_program(path, text):
    """Not by this process: a thread of it that forks meanwhile would hand on a file that is open for writing, and that cannot
    be started."""
    subprocess.run(["sh", "-c", 'cat >"$1" && chmod 755 "$1"', "sh", str(path)], input=text.encode(), check=True)


# ---- the scripted agent -------------------------------------------------------------------------


class Agent:
    """Answers like an agent; every deviation is an argument.

    stale      bytes sent as soon as somebody connects
    before     called with the id of each handshake: bytes sent in front of its answer
    ff_reply   what a 0xFF is answered with (None: nothing, as virtagent does)
    unknown    {command: error object} of commands refused in a particular way
    replies    {command: reply line without line feed, or bytes, or a function(request) of them}
    send       how bytes go out: send(connection, bytes, what) with what "sync" or the command
    """

    def __init__(self, stale=b"", before=None, ff_reply=None, unknown=None, replies=None, send=None):
        self.stale, self.before, self.ff_reply = stale, before, ff_reply
        self.unknown = unknown or {}
        self.replies = {"guest-ping": b'{"return": {}}', **(replies or {})}
        self.send = send or (lambda c, data, what: c.sendall(data))
        self.requests = []   # names
        self.raw = []        # lines
        self.problems = []
        self.stop = threading.Event()

    def __enter__(self):
        self.dir = tempfile.TemporaryDirectory(prefix="vactl-")
        self.path = Path(self.dir.name) / "qga.sock"
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.listener.listen(8)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *exc):
        self.stop.set()
        self.thread.join(PATIENCE)
        self.listener.close()
        self.dir.cleanup()
        if exc[0] is None and self.problems:
            raise AssertionError("fake agent: " + "; ".join(self.problems))

    def serve(self):
        while not self.stop.is_set():
            readable, _, _ = select.select([self.listener], [], [], 0.02)
            if not readable:
                continue
            c, _ = self.listener.accept()
            with c, contextlib.suppress(BrokenPipeError, ConnectionResetError, Closed):
                try:
                    self.session(c)
                except (BrokenPipeError, ConnectionResetError, Closed):
                    raise
                except Exception:  # shown by the test that used this agent
                    self.problems.append(traceback.format_exc())

    def session(self, c):
        c.sendall(self.stale)
        pending = bytearray()
        while not self.stop.is_set():
            readable, _, _ = select.select([c], [], [], 0.02)
            if not readable:
                continue
            data = c.recv(65536)
            if not data:
                return
            pending += data
            if not re.search(rb"[\xff\n]", data):
                continue
            while end := re.search(rb"[\xff\n]", pending):
                line, pending = bytes(pending[:end.start()]), pending[end.end():]
                if end[0] == b"\n":
                    self.answer(c, line)
                elif self.ff_reply:
                    c.sendall(self.ff_reply)

    def answer(self, c, line):
        self.raw.append(line)
        request = json.loads(line)
        name = request["execute"]
        self.requests.append(name)
        if name in self.unknown:
            self.send(c, json.dumps({"error": self.unknown[name]}).encode() + b"\n", name)
        elif name in ("guest-sync", "guest-sync-delimited"):
            self.answer_sync(c, request["arguments"]["id"], name)
        else:
            reply = self.replies[name]
            reply = reply(request) if callable(reply) else reply
            if reply is not None:
                self.send(c, reply + b"\n", name)

    def answer_sync(self, c, id_, name):
        check(isinstance(id_, int) and 0 < id_ < 2**63, "id", id_)
        if self.before:
            c.sendall(self.before(id_))
            time.sleep(0.03)
            early, _, _ = select.select([c], [], [], 0)
            check(not early, "the client took something stale for the answer",
                  c.recv(4096) if early else "")
        mark = b"\xff" if name == "guest-sync-delimited" else b""
        self.send(c, mark + b'{"return": %d}\n' % id_, "sync")


class Closed(Exception):
    pass


def not_found(name):
    return {"class": "CommandNotFound", "desc": f"The command {name} has not been found"}


FF_ERROR = b'{"error": {"class": "GenericError", "desc": "JSON parse error, stray \'\\uFFFD\'"}}\n'


def expect_timeout(result, seconds, err_has=None):
    result.expect(TIMEOUT, err_has)
    check(result.seconds >= seconds * 0.9, "gave up early", result.seconds)
    check(result.seconds < PATIENCE / 2, "far too late", result.seconds)


def patiently(attempt):
    """On a busy machine, what comes before the silence may take longer than the time limit: then with more time."""
    for t in (0.2, 1.5):
        try:
            return attempt(t)
        except AssertionError:
            pass
    return attempt(8)


def on_terminal(*args, path):
    master, slave = pty.openpty()
    p = subprocess.Popen([VACTL, "-s", str(path), *args], stdout=slave, stderr=subprocess.PIPE)
    os.close(slave)
    out = b""
    with contextlib.suppress(OSError):
        while chunk := os.read(master, 65536):
            out += chunk
    os.close(master)
    check(p.wait(PATIENCE) == OK, p.stderr.read())
    return out


# ---- Debian's packaged agent --------------------------------------------------------------------


def listens(path):
    """A socket has a name before anybody listens; to connect would be to be the one client that is served."""
    lines = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()]
    return any(words[3] == "00010000" and words[-1] == str(path) for words in lines)


@contextlib.contextmanager
def packaged_agent(allowed=frozenset(HARMLESS)):
    """Debian's qemu-ga as nobody, with every command blocked but the allowed ones."""
    cache = Path(os.environ.get("VIRTAGENT_CACHE") or TOP / "build" / "cache") / "qemu-ga"
    binary = cache / "usr/sbin/qemu-ga"
    if not binary.exists():
        raise Skip(f"no packaged qemu-ga in {cache}")
    with tempfile.TemporaryDirectory(prefix="vactl-ga-") as d:
        # nobody may be unable to reach the cache
        subprocess.run(["cp", "-r", str(cache), d + "/ga"], check=True)
        os.chmod(d, 0o755)
        work = Path(d) / "run"
        work.mkdir()
        ids = {}
        if os.geteuid() == 0:
            os.chown(work, 65534, 65534)
            ids = {"user": 65534, "group": 65534, "extra_groups": []}
        libs = [str(p) for p in (Path(d) / "ga").glob("**/*-linux-gnu*") if p.is_dir()]
        env = {"LD_LIBRARY_PATH": ":".join(libs), "PATH": "/nonexistent"}
        program = d + "/ga/usr/sbin/qemu-ga"
        listed = subprocess.run([program, "-b", "help"], env=env, capture_output=True, text=True, **ids)
        names = set(re.findall(r"guest-[a-z0-9-]+", listed.stdout))
        check(allowed < names, "cannot list its commands", listed)
        sock = work / "qga.sock"
        p = subprocess.Popen([program, "-m", "unix-listen", "-p", str(sock), "-t", str(work),
                              "-b", ",".join(sorted(names - allowed))],
                             env=env, stderr=subprocess.DEVNULL, **ids)
        try:
            for _ in range(200):
                if listens(sock) or p.poll() is not None:
                    break
                time.sleep(0.05)
            check(listens(sock), "qemu-ga did not start", p.poll())
            yield sock
        finally:
            p.kill()
            p.wait()


def every(function, items):
    """Calls function for each item, several at a time: most of them only wait."""
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(function, items):
            pass
