# SPDX-License-Identifier: MIT
"""vactl cat and cp: against an agent whose files are in this process and that fails where it is told to, against
Debian's qemu-ga, and against the built virtagent once it has files.
"""
import base64
import contextlib
import json
import os
import random
import re
import resource
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import fence
import harness
from harness import (FAILED, HARMLESS, OK, PATIENCE, TIMEOUT, USAGE, Agent, Closed, Skip, check, every,
                     on_terminal, packaged_agent, patiently, test, vactl)

MIB = 1 << 20
FILE_COMMANDS = {"guest-file-" + verb for verb in ("open", "close", "read", "write", "seek", "flush")}


def refusal(text):
    return json.dumps({"error": {"class": "GenericError", "desc": text}}).encode()


def result(value):
    return json.dumps({"return": value}).encode()


def base64_of(data):
    return base64.b64encode(data).decode()


class FileAgent(Agent):
    """Files in memory, with the rules and texts of the reference.

    files      {path: contents}
    trouble    called with (command without "guest-file-", how many of it before, request): a reply line instead
               of the usual one, None for the usual one; it may raise
    eof        what a read says: "exact" as qemu-ga (only when it ran into the end), "early" (with the last bytes),
               "never"
    most       no read gives and no write takes more bytes than this
    encode     how contents are written in a reply
    seekable   whether seek works
    """

    def __init__(self, files=None, trouble=None, eof="exact", most=1 << 40, encode=base64_of, seekable=True, **more):
        super().__init__(replies={"guest-file-" + verb: self.handler(verb) for verb in
                                  ("open", "close", "read", "write", "seek", "flush")}, **more)
        self.files = {path: bytearray(data) for path, data in (files or {}).items()}
        self.trouble = trouble or (lambda verb, n, request: None)
        self.eof, self.most, self.encode, self.seekable = eof, most, encode, seekable
        self.handles, self.next_handle, self.done, self.arguments = {}, 1000, {}, []

    def handler(self, verb):
        def run(request):
            arguments = request["arguments"]
            n = self.done.get(verb, 0)
            self.done[verb] = n + 1
            self.arguments.append((verb, {k: v for k, v in arguments.items() if k != "buf-b64"}))
            reply = self.trouble(verb, n, request)
            if reply is not None:
                return reply
            if verb != "open" and arguments["handle"] not in self.handles:
                return refusal(f"handle '{arguments['handle']}' has not been found")
            return getattr(self, verb)(**{k.replace("-", "_"): v for k, v in arguments.items()})
        return run

    def open(self, path, mode):
        if path.endswith("/"):
            return refusal(f"failed to open file '{path}' (mode: '{mode}'): Is a directory")
        if mode == "r" and path not in self.files:
            return refusal(f"failed to open file '{path}' (mode: 'r'): No such file or directory")
        if mode == "w":
            self.files[path] = bytearray()
        self.handles[self.next_handle] = [path, 0]
        self.next_handle += 1
        return result(self.next_handle - 1)

    def close(self, handle):
        del self.handles[handle]
        return result({})

    def read(self, handle, count):
        path, at = self.handles[handle]
        data = bytes(self.files[path][at:at + min(count, self.most)])
        self.handles[handle][1] += len(data)
        end = at + len(data) == len(self.files[path])
        eof = {"exact": end and len(data) < count, "early": end, "never": False}[self.eof]
        return ('{"return": {"count": %d, "buf-b64": "%s", "eof": %s}}' %
                (len(data), self.encode(data), json.dumps(eof))).encode()

    def write(self, handle, buf_b64):
        path, at = self.handles[handle]
        data = base64.b64decode(buf_b64, validate=True)[:self.most]
        self.files[path][at:at + len(data)] = data
        self.handles[handle][1] += len(data)
        return result({"count": len(data), "eof": False})

    def seek(self, handle, offset, whence):
        if not self.seekable:
            return refusal("failed to seek file: Illegal seek")
        path, at = self.handles[handle]
        self.handles[handle][1] = offset + (0, at, len(self.files[path]))[whence]
        return result({"position": self.handles[handle][1], "eof": False})

    def __exit__(self, *exc):
        super().__exit__(*exc)
        if exc[0] is None:
            check(not self.handles, "handles were left open", self.handles)


@contextlib.contextmanager
def directory():
    with tempfile.TemporaryDirectory(prefix="vactl-cp-") as d:
        yield Path(d)


def only(d, *names):
    check(sorted(p.name for p in d.iterdir()) == sorted(names), "files left behind", list(d.iterdir()))


def sample(n, seed=1):
    return random.Random(seed).randbytes(n)


def cksum(data):
    return subprocess.run(["cksum"], input=data, capture_output=True, check=True).stdout.split()[0]


SIZES = [0, 1, 2, 3, 4095, 4096, 4097, 3 * 4096, 10 * 4096 + 5]

# ---- what works ---------------------------------------------------------------------------------


@test
def cp_in_and_out_of_every_size():
    def one(size):
        data = sample(size)
        with directory() as d, FileAgent() as a:
            (d / "in").write_bytes(data)
            vactl("cp", "--chunk", "4K", d / "in", ":/g", path=a.path).expect(OK, out=b"")
            check(a.files["/g"] == data, "uploaded", size)
            vactl("cp", "--chunk", "4K", ":/g", d / "out", path=a.path).expect(OK, out=b"")
            check((d / "out").read_bytes() == data, "downloaded", size)
            vactl("cat", "/g", ":/g", path=a.path).expect(OK, out=data * 2)
            only(d, "in", "out")
    every(one, SIZES)


@test
def what_goes_over_the_wire():
    with directory() as d, FileAgent() as a:
        read = ("read", {"handle": 1001, "count": 4096})
        (d / "in").write_bytes(sample(5000))
        vactl("cp", "--chunk", "4096", d / "in", ":/a b\"é", path=a.path).expect(OK)
        check(a.arguments == [
            ("open", {"path": "/a b\"é", "mode": "w"}), ("write", {"handle": 1000}), ("write", {"handle": 1000}),
            ("close", {"handle": 1000}), ("open", {"path": "/a b\"é", "mode": "r"}),
            read, read, read, read, read,  # from the second on they are asked for ahead
            ("close", {"handle": 1001})], a.arguments)
        a.arguments.clear()
        vactl("cat", "/a b\"é", path=a.path).expect(OK)
        check([verb for verb, _ in a.arguments] == ["open", "read", "close"], a.arguments)
        a.arguments.clear()
        vactl("cp", "--no-verify", d / "in", ":/b", path=a.path).expect(OK)
        check([verb for verb, _ in a.arguments] == ["open", "write", "close"], a.arguments)


@test
def every_way_to_end_a_file():
    def one(item):
        eof, most, size = item
        data = sample(size)
        with FileAgent({"/f": data}, eof=eof, most=most, seekable=False) as a:
            vactl("cat", "/f", path=a.path).expect(OK, out=data)
            r = vactl("cp", "--chunk", "1K", ":/f", "-", path=a.path).expect(OK, out=data)
            check(r.seconds < PATIENCE / 2, item)
    every(one, [(eof, most, size) for eof in ("exact", "early", "never") for most in (100, 1 << 30)
                for size in (0, 1, 1024, 3000)])


@test
def short_counts_of_writes():
    with directory() as d, FileAgent(most=1000) as a:
        (d / "in").write_bytes(sample(10001))
        vactl("cp", d / "in", ":/g", path=a.path).expect(OK)
        check(a.files["/g"] == sample(10001), "contents")


@test
def spellings_of_contents():
    data = bytes(range(256)) * 20 + b"\xff" * 9000  # with many slashes
    spellings = {
        "slashes escaped": lambda b: base64_of(b).replace("/", "\\/"),
        "in lines": lambda b: base64.encodebytes(b).decode().replace("\n", "\\n"),
        "in lines of CR LF": lambda b: base64.encodebytes(b).decode().replace("\n", "\\r\\n"),
        "all escaped": lambda b: "".join(f"\\u{ord(c):04x}" for c in base64_of(b)),
    }

    def one(item):
        encode, data = item
        with FileAgent({"/f": data}, encode=encode) as a:
            vactl("cat", "/f", path=a.path).expect(OK, out=data)
    every(one, [(encode, data * n) for encode in spellings.values() for n in (1, 90)])  # 90: replies decoded in parts


@test
def contents_that_come_in_pieces():
    """What arrives is looked at once: wherever it is cut, nothing is taken for something else."""
    def late(b):
        text = base64_of(b)
        return text[:30000] + text[30000:].replace("/", "\\/")

    def one(item):
        cut, encode = item

        def send(c, text, _):
            at = cut % len(text)
            for piece in (text[:at], text[at:at + 40], text[at + 40:at + 9000], text[at + 9000:]):
                c.sendall(piece)
                time.sleep(0.005)   # so that they come one by one, most likely
        data = sample(50000)
        with FileAgent({"/f": data}, encode=encode, send=send) as a:
            vactl("cat", "/f", path=a.path).expect(OK, out=data)
    every(one, [(cut, encode) for cut in (1, 14, 25, 40, 46, 47, 100, 127, 128, 129, 8000, -1, -2, -18, -19)
                for encode in (base64_of, late)])


@test
def standard_input_and_output():
    data = sample(200000)
    with FileAgent() as a:
        vactl("cp", "-", ":/g", path=a.path, stdin=data).expect(OK, out=b"")
        check(a.files["/g"] == data, "contents")
        vactl("cp", ":/g", "-", path=a.path).expect(OK, out=data)
        vactl("cp", ":/g", "/dev/stdout", path=a.path).expect(OK, out=data)
        vactl("cp", ":/g", "/dev/null", path=a.path).expect(OK)


@test
def checksum_is_that_of_cksum():
    def one(size):
        data = sample(size)
        with directory() as d, FileAgent({"/g": data}) as a:
            line = b"%s %d " % (cksum(data), size)
            vactl("cp", "-v", ":/g", d / "out", path=a.path).expect(OK, out=line + bytes(d / "out") + b"\n")
            vactl("cp", "-v", d / "out", ":/h", path=a.path).expect(OK, out=line + b":/h\n")
            r = vactl("cp", "-v", ":/g", "-", path=a.path)
            check(r.code == OK and r.out == data and r.err == line + b"-\n", r)
            for args, verified in (([":/g", d / "out"], True), (["--no-verify", ":/g", d / "out"], False),
                                   ([d / "out", ":/h"], True), ([":/g", "/dev/null"], False)):
                out = json.loads(vactl("cp", "--json", *args, path=a.path).expect(OK).out)
                check(out.pop("seconds") >= 0, out)
                check(out == {"bytes": size, "cksum": int(cksum(data)), "verified": verified}, out)
    every(one, [0, 1, 255, 256, 65537])


@test
def memory_does_not_grow_with_the_file():
    """128 MiB in each direction; the agent makes them up, so that only vactl could hold them."""
    size = 128 * MIB
    texts = {n: base64_of(sample(n)) for n in (2 ** e for e in range(12, 22))}
    given = [0]

    def trouble(verb, n, request):
        if verb == "read" and given[0] < size:
            count = request["arguments"]["count"]
            given[0] += count
            return ('{"return": {"count": %d, "buf-b64": "%s", "eof": false}}' % (count, texts[count])).encode()
        if verb == "write":
            return result({"count": len(request["arguments"]["buf-b64"]) // 4 * 3 - request["arguments"]["buf-b64"].count("="),
                           "eof": False})
        return None
    with directory() as d, FileAgent({"/f": b""}, trouble=trouble) as a:
        with open(d / "zeros", "wb") as f:
            f.truncate(size)
        for args in (["cat", "/f"], ["cp", "--no-verify", d / "zeros", ":/g"]):
            given[0] = 0
            p = subprocess.Popen([harness.VACTL, "-s", a.path, *args], stdout=subprocess.DEVNULL)
            peak = 0
            while p.poll() is None:  # not wait4(): what that tells includes the tests' own memory from before the exec
                peak = max(peak, high_water(p.pid))
                time.sleep(0.01)
            check(p.returncode == 0, args, p.returncode)
            check(0 < peak < 40 << 10 or "asan" in harness.VACTL, "KiB of memory", args, peak)


def high_water(pid):
    """KiB; 0 when the process has ended."""
    with contextlib.suppress(OSError):
        found = re.search(r"^Name:\tvactl$.*^VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.M | re.S)
        return int(found[1]) if found else 0
    return 0


# ---- local files --------------------------------------------------------------------------------


@test
def local_files_are_replaced_whole():
    with directory() as d, FileAgent({"/g": b"new"}) as a:
        umask = os.umask(0o027)
        try:
            vactl("cp", ":/g", d / "fresh", path=a.path).expect(OK)
        finally:
            os.umask(umask)
        check((d / "fresh").stat().st_mode & 0o7777 == 0o640, "umask")
        (d / "old").write_bytes(b"old and longer")
        (d / "old").chmod(0o604)
        inode = (d / "old").stat().st_ino
        (d / "link").symlink_to("old")
        vactl("cp", ":/g", d / "link", path=a.path).expect(OK)
        check((d / "link").is_symlink() and (d / "old").read_bytes() == b"new", "through the link")
        check((d / "old").stat().st_mode & 0o7777 == 0o604, "mode kept")
        check((d / "old").stat().st_ino != inode, "written in place")
        p = subprocess.run([harness.VACTL, "-s", a.path, "cp", ":/g", "bare"], cwd=d, timeout=PATIENCE)
        check(p.returncode == OK and (d / "bare").read_bytes() == b"new", "a name without a slash")
        only(d, "fresh", "old", "link", "bare")


@test
def an_agent_that_was_restarted():
    """It gets the end of a write whose beginning the one before it had got."""
    for text in ("QMP input must be a JSON object", "JSON parse error, unexpected literal 'AAAA'"):
        with directory() as d, FileAgent(trouble=lambda verb, n, request: refusal(text) if verb == "write" else None) as a:
            (d / "f").write_bytes(b"x")
            vactl("cp", d / "f", ":/g", path=a.path).expect(FAILED, "has the agent been restarted meanwhile?")


@test
def into_a_directory():
    with directory() as d, FileAgent({"/etc/g": b"x"}) as a:
        for to in (d, f"{d}/"):
            vactl("cp", ":/etc/g", to, path=a.path).expect(OK)
            check((d / "g").read_bytes() == b"x", "its own name")
            (d / "g").unlink()
        (d / "g").mkdir()
        vactl("cp", ":/etc/g", d, path=a.path).expect(FAILED, "g is a directory; -r copies directories")
        (d / "h").write_bytes(b"new")
        vactl("cp", d / "h", ":/etc/", path=a.path).expect(OK)
        check(a.files["/etc/h"] == b"new", "the guest's name", a.files)
        a.requests.clear()
        vactl("cp", "-", ":/etc/", path=a.path, stdin=b"x")
        check("/etc/-" not in a.files, a.files)


@test
def local_files_that_cannot_be():
    with directory() as d, FileAgent({"/g": b"x"}) as a:
        (d / "dangling").symlink_to("nowhere")
        for args, text in (([d / "none", ":/h"], "No such file"), ([d, ":/h"], "is a directory"),
                           ([":/..", d], "is a directory"), ([":/g", d / "none/x"], "No such file"),
                           ([":/g", f"{d}/new/"], "No such file"), ([":/g", d / "dangling"], "symbolic link")):
            vactl("cp", *args, path=a.path).expect(FAILED, text, b"")
        check(not a.requests, "something was sent", a.requests)
        only(d, "dangling")


@test
def full_disks_here():
    with FileAgent({"/g": sample(9000)}) as a, open("/dev/full", "wb") as full:
        vactl("cp", ":/g", "/dev/full", path=a.path).expect(FAILED, "No space left")
        for args in (["cp", ":/g", "-"], ["cat", "/g"]):
            r = vactl(*args, path=a.path, stdout=full)
            check(r.code == FAILED and b"No space left" in r.err, r)


@test
def a_pipe_as_destination():
    data = sample(300000)
    with directory() as d, FileAgent({"/g": data}) as a:
        os.mkfifo(d / "pipe")
        with open(d / "got", "wb") as got:
            p = subprocess.Popen(["cat", d / "pipe"], stdout=got)
        try:
            vactl("cp", ":/g", d / "pipe", path=a.path).expect(OK)
            check(p.wait(PATIENCE) == 0 and (d / "got").read_bytes() == data and (d / "pipe").is_fifo(), "contents")
        finally:
            p.kill()  # if nobody has written
            p.wait()


# ---- trouble in the guest -----------------------------------------------------------------------


def failing(verb, nth, reply):
    return lambda v, n, request: reply if v == verb and n == nth else None


def attempt(args, code, text, **agent):
    """One copy that fails: the code, the text, nothing half done here, no handle left, an old file untouched."""
    with directory() as d:
        (d / "in").write_bytes(sample(20000))
        (d / "out").write_bytes(b"old")
        with FileAgent({"/g": sample(20000)}, **agent) as a:
            full = [d / x if x in ("in", "out") else x for x in args]
            r = vactl("cp", "--chunk", "4K", *full, path=a.path).expect(code, text, b"")
            check((d / "out").read_bytes() == b"old", "the old file is gone", r)
            only(d, "in", "out")
            return r


UP, DOWN = ("in", ":/h"), (":/g", "out")


@test
def errors_in_the_middle_of_a_copy():
    none_left = "No space left on device"
    cases = [
        (UP, "Permission denied", "open", 0, refusal("failed to open file '/h' (mode: 'w'): Permission denied")),
        (UP, ":/h (incomplete, 8192 bytes): refused by the agent: failed to write to file: " + none_left,
         "write", 2, refusal("failed to write to file: " + none_left)),
        (UP, "takes nothing more", "write", 2, result({"count": 0, "eof": False})),
        (UP, "says that it wrote 4097", "write", 2, result({"count": 4097, "eof": False})),
        (UP, "not one to guest-file-write", "write", 2, result({"count": -1})),
        (UP, "was written, but reading it back failed", "open", 1, refusal("failed to open file")),
        (UP, "was written, but reading it back failed", "read", 1, refusal("failed to read file")),
        (DOWN, "No such file", "open", 0, refusal("failed to open file '/g' (mode: 'r'): No such file")),
        (DOWN, "not one to guest-file-open", "open", 0, result("1000")),
        (DOWN, "Input/output error", "read", 2, refusal("failed to read file: Input/output error")),
        (DOWN, "only files can be", "read", 0, refusal("failed to read file: Is a directory")),
        (DOWN, "still running in the guest", "read", 2, refusal("handle '1000' is busy")),
    ]
    every(lambda c: attempt(c[0], FAILED, c[1], trouble=failing(*c[2:])), cases)


@test
def replies_to_a_read_that_are_none():
    good = {"count": 3, "buf-b64": "YWJj", "eof": False}
    bad = [{"count": 2}, {"count": 4}, {"count": -3}, {"count": "3"}, {"count": None}, {"buf-b64": "YWJ"},
           {"buf-b64": "YW Jj"}, {"buf-b64": "YWJj="}, {"buf-b64": "YQ==YQ=="}, {"buf-b64": 5}, {"buf-b64": "YWJ\u00e9"},
           {"buf-b64": "Y\0Jj"}, {"eof": 0}, {"eof": None}, {"count": 8193, "buf-b64": base64_of(bytes(8193))},
           {"count": 9000, "buf-b64": base64_of(bytes(9000))[:-4] + "\u00e9abc"}]

    def one(change):
        reply = {k: v for k, v in {**good, **change}.items() if v is not None}
        r = attempt(DOWN, FAILED, "", trouble=failing("read", 1, result(reply)))
        check(b"not one to guest-file-read" in r.err or b"and sends" in r.err, change, r)
    every(one, bad)


@test
def a_close_that_fails():
    """The handle is gone then, whatever the reason; only qemu-ga keeps the number."""
    def trouble(verb, n, request):
        if verb == "close" and n == 0:
            a.handles.clear()
            return refusal("failed to close handle: No space left on device")
        return None
    with directory() as d, FileAgent({"/g": b"x" * 20}, trouble=trouble) as a:
        (d / "in").write_bytes(b"x" * 20)
        vactl("cp", d / "in", ":/h", path=a.path).expect(FAILED, ":/h (incomplete, 20 bytes): refused by the agent: "
                                                                 "failed to close handle: No space")
        check("read" not in a.done, "read back after an error")


@test
def wrong_contents_are_noticed():
    def corrupt(change):
        def trouble(verb, n, request):
            if verb == "open" and n == 1:
                change(a.files["/g"])
            return None
        return trouble

    def flip(data):
        data[10000] ^= 1

    def swap(data):
        data[0:4096], data[4096:8192] = data[4096:8192], data[0:4096]

    def lose(data):
        del data[-1:]
    for change in (flip, swap, lose, lambda data: data.extend(b"x"), bytearray.clear):
        with directory() as d, FileAgent(trouble=corrupt(change)) as a:
            (d / "in").write_bytes(sample(20000))
            args = ["cp", "--chunk", "4K", d / "in", ":/g"]
            r = vactl(*args, path=a.path).expect(FAILED, ":/g differs from what was copied: cksum ", b"")
            check(b"expected %s, 20000 bytes" % cksum(sample(20000)) in r.err, r)
            a.done.clear()
            vactl(*args, "--no-verify", path=a.path).expect(OK)


@test
def endless_devices_are_not_read_back_for_ever():
    zeros = result({"count": 4096, "buf-b64": base64_of(bytes(4096)), "eof": False})
    r = attempt(UP, FAILED, "differs from what was copied", trouble=lambda v, n, r: zeros if v == "read" else None)
    check(r.seconds < PATIENCE / 2, r)


@test
def an_agent_that_is_restarted_meanwhile():
    def forget(verb, n, request):
        if verb in ("read", "write") and n == 2:
            a.handles.clear()
        return None
    for args, there in ((UP, ":/h (incomplete, 8192 bytes)"), (DOWN, ":/g")):
        with directory() as d, FileAgent({"/g": sample(20000)}, trouble=forget) as a:
            (d / "in").write_bytes(sample(20000))
            full = [d / x if x in ("in", "out") else x for x in args]
            r = vactl("cp", "--chunk", "4K", *full, path=a.path).expect(FAILED, "has the agent been restarted", b"")
            check(there in r.err.decode(), r)
            only(d, "in")


@test
def a_connection_that_ends_meanwhile():
    for args, verb in ((UP, "write"), (DOWN, "read")):
        def closing(v, n, request, verb=verb):
            if v == verb and n == 2:
                a.handles.clear()
                raise Closed
            return None
        with directory() as d, FileAgent({"/g": sample(20000)}, trouble=closing) as a:
            (d / "in").write_bytes(sample(20000))
            full = [d / x if x in ("in", "out") else x for x in args]
            vactl("cp", "--chunk", "4K", *full, path=a.path).expect(FAILED, "closed without a reply", b"")
            only(d, "in")


def silent(verb, nth):
    """From then on nothing but handshakes and closes is answered."""
    def trouble(v, n, request):
        if v == verb and n >= nth:
            reached.set()
            raise NoReply
        return None
    reached = threading.Event()
    return trouble, reached


class NoReply(Exception):
    pass


class SilentAgent(FileAgent):
    def answer(self, c, line):
        with contextlib.suppress(NoReply):
            super().answer(c, line)


@test
def silence_in_the_middle_of_a_copy():
    def attempt(args, verb, t):
        trouble, _ = silent(verb, 2)
        with directory() as d, SilentAgent({"/g": sample(20000)}, trouble=trouble) as a:
            (d / "in").write_bytes(sample(20000))
            full = [d / x if x in ("in", "out") else x for x in args]
            r = vactl("-t", t, "cp", "--chunk", "4K", *full, path=a.path)
            r.expect(TIMEOUT, "timed out: waiting for the reply", b"")
            check(a.requests[-1] == "guest-file-close", a.requests)
            only(d, "in")
    for args, verb in ((UP, "write"), (DOWN, "read"), (("in", ":/h"), "read")):
        patiently(lambda t, args=args, verb=verb: attempt(args, verb, max(t, 1)))


@test
def silence_at_every_point_of_a_copy():
    """Each request of a copy is the last that is answered; further reads are out by the end of the file."""
    points = [(DOWN, "open", 1), (DOWN, "read", 8), (DOWN, "close", 1), (UP, "open", 2), (UP, "write", 5), (UP, "close", 2),
              (UP, "read", 8)]

    def stop(point, t):
        args, verb, n = point
        trouble, reached = silent(verb, n)
        with directory() as d:
            (d / "in").write_bytes(sample(20000))
            with contextlib.suppress(AssertionError), SilentAgent({"/g": sample(20000)}, trouble=trouble) as a:
                full = [d / x if x in ("in", "out") else x for x in args]
                ended = vactl("-t", t, "cp", "--chunk", "4K", *full, path=a.path)
            last = verb == "read" and n >= 5  # asked beyond the end, and nobody waits for it
            check(ended.code == TIMEOUT or (last and ended.code == OK), point, ended)
            check(reached.is_set() and ended.err.count(b"\n") == (ended.code != OK), point, ended)
            only(d, "in", *(["out"] if ended.code == OK and args == DOWN else []))
    every(lambda point: patiently(lambda t: stop(point, max(t, 1))),
          [(args, verb, n) for args, verb, count in points for n in range(count)])


@test
def files_that_change_while_they_are_copied():
    """Whatever is read is what is written: no hang, no error, and an end."""
    def changing(change):
        def trouble(verb, n, request):
            if verb == "read" and n == 2:
                change(a.files["/g"])
            return None
        return trouble

    def shrink(data):
        del data[5000:]

    def grow(data):
        data.extend(sample(30000, 2))

    def rewrite(data):
        data[:] = bytes(len(data))
    for change in (shrink, grow, rewrite):
        with directory() as d, FileAgent({"/g": sample(20000)}, trouble=changing(change)) as a:
            vactl("cp", "--chunk", "4K", ":/g", d / "out", path=a.path).expect(OK)
            copied = (d / "out").read_bytes()
            check(copied[:8192] == sample(20000)[:8192], "what was read before")
            check(len(copied) == (8192 if change == shrink else len(a.files["/g"])), change.__name__, len(copied))
            only(d, "out")


@test
def no_room_for_a_file_here():
    """A file may not grow beyond 8 KiB: nothing half done is left, and what was there is untouched."""
    def limited():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
    with directory() as d, FileAgent({"/g": sample(200000)}) as a:
        (d / "out").write_bytes(b"old")
        for options in ([], ["--resume"]):
            p = subprocess.run([harness.VACTL, "-s", a.path, "cp", *options, ":/g", d / "out"], capture_output=True,
                               timeout=PATIENCE, preexec_fn=limited)
            check(p.returncode == FAILED and p.stderr.count(b"\n") == 1 and b"cannot write" in p.stderr, p)
            check((d / "out").read_bytes() == b"old", "the old file")
            only(d, "out", *([".out.vactl-part"] if options else []))
        check((d / ".out.vactl-part").read_bytes() == sample(200000)[:8192], "what came is kept")


@test
def every_piece_has_the_time_limit_for_itself():
    def slow(verb, n, request):
        time.sleep(0.4)
    with FileAgent({"/g": sample(20000)}, trouble=slow) as a:
        r = vactl("-t", "2", "cp", "--chunk", "4K", ":/g", "-", path=a.path).expect(OK, out=sample(20000))
        check(r.seconds > 2, r.seconds)


@test
def pieces_grow_with_the_channel():
    def sizes(direction, pause, size=12 * MIB):
        counts = []

        def trouble(verb, n, request):
            if verb in ("read", "write"):
                counts.append(request["arguments"].get("count") or
                              len(base64.b64decode(request["arguments"]["buf-b64"])))
                time.sleep(pause(len(counts)))
        with directory() as d, FileAgent({"/g": sample(size)}, trouble=trouble) as a:
            (d / "in").write_bytes(sample(size))
            vactl("cp", "--no-verify", *([":/g", d / "out"] if direction == "out" else [d / "in", ":/h"]),
                  path=a.path).expect(OK)
            check(direction == "in" or (d / "out").read_bytes() == a.files["/g"], "contents")
            check(direction == "out" or a.files["/h"] == a.files["/g"], "contents")
        return counts
    def grown(direction, largest):
        found = [sizes(direction, lambda n: 0) for _ in range(3)]  # a busy machine is a slow channel, too
        check(any(max(counts) > 32768 for counts in found), direction, found)
        check(all(max(counts) <= largest for counts in found), direction, found)
        check(all(counts[0] == 32768 for counts in found), direction, found)
    grown("out", MIB)
    grown("in", 2 * MIB)
    check(set(sizes("in", lambda n: 0.26 if n <= 5 else 0, MIB // 2)[:5]) == {32768}, "a serial line")
    stalled = sizes("in", lambda n: 2.1 if n == 4 else 0.26 if n > 4 else 0, 5 * MIB // 4)
    check(stalled[5] <= stalled[3] // 2 or stalled[3] == 32768, "gets slow", stalled)  # one more was under way


# ---- signals ------------------------------------------------------------------------------------


def interrupted(args, verb, nth, signo, cwd, stdin=None):
    trouble, reached = silent(verb, nth)
    with SilentAgent({"/g": sample(20000)}, trouble=trouble) as a:
        p = subprocess.Popen([harness.VACTL, "-s", a.path, "-t", "30", "cp", "--chunk", "4K", *args], cwd=cwd,
                             stdin=stdin, stderr=subprocess.PIPE)
        check(reached.wait(PATIENCE), "never got there", args)
        time.sleep(0.05)
        p.send_signal(signo)
        err = p.communicate(timeout=10)[1]
        check(p.returncode == -signo, "ended by the signal", p.returncode, err)
        check(a.requests[-1] == "guest-file-close", a.requests)
        return err


@test
def signals_clean_up():
    with directory() as d:
        (d / "in").write_bytes(sample(20000))
        for signo in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            check(interrupted((":/g", "out"), "read", 2, signo, d) == b"", "silent")
            err = interrupted(("in", ":/h"), "write", 2, signo, d)
            check(err == b"vactl: interrupted, :/h is incomplete (8192 bytes)\n", err)
            only(d, "in")


@test
def signals_while_a_copy_is_verified():
    with directory() as d:
        (d / "in").write_bytes(sample(20000))
        err = interrupted(("in", ":/h"), "read", 2, signal.SIGINT, d)
        check(err == b"", "what was written is complete", err)
        only(d, "in")


@test
def signals_while_a_copy_can_go_on():
    with directory() as d:
        err = interrupted(("--resume", ":/g", "out"), "read", 2, signal.SIGINT, d)
        check(err == b"", err)
        only(d, ".out.vactl-part")
        check((d / ".out.vactl-part").read_bytes() == sample(20000)[:8192], "what came is kept")


@test
def signals_while_waiting_for_standard_input():
    with directory() as d, FileAgent() as a:
        p = subprocess.Popen([harness.VACTL, "-s", a.path, "cp", "-", ":/h"], stdin=subprocess.PIPE,
                             stderr=subprocess.PIPE)
        p.stdin.write(b"x" * 100)
        p.stdin.flush()
        deadline = time.monotonic() + PATIENCE
        while "open" not in a.done and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.05)
        p.send_signal(signal.SIGINT)
        p.wait(10)
        check(p.returncode == -signal.SIGINT and b"incomplete (0 bytes)" in p.stderr.read(), p.returncode)
        p.stdin.close()
        p.stderr.close()
        only(d)


@test
def a_reader_that_has_enough():
    for args in (["cat", "/f"], ["cp", ":/f", "-"]):
        with FileAgent({"/f": sample(8 * MIB)}) as a:
            p = subprocess.Popen([harness.VACTL, "-s", a.path, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            p.stdout.read(1000)
            p.stdout.close()
            check(p.wait(PATIENCE) == -signal.SIGPIPE and p.stderr.read() == b"", args, p.returncode)
            p.stderr.close()
            check(a.requests[-1] == "guest-file-close", a.requests)


@test
def ignored_signals_stay_ignored():
    trouble, reached = silent("read", 2)
    with SilentAgent({"/g": sample(20000)}, trouble=trouble) as a:
        p = subprocess.Popen([harness.VACTL, "-s", a.path, "-t", "1", "cp", "--chunk", "4K", ":/g", "-"],
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                             preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        check(reached.wait(PATIENCE), "never got there")
        p.send_signal(signal.SIGHUP)
        p.communicate(timeout=PATIENCE)
        check(p.returncode == TIMEOUT, p.returncode)


# ---- the command line ---------------------------------------------------------------------------


@test
def usage_of_cat_and_cp():
    for args in (["cat"], ["cat", "--json", "/f"], ["cp"], ["cp", ":/a"], ["cp", "a", "b"], ["cp", ":/a", ":/b"],
                 ["cp", "a", ":/b", "c"], ["cp", ":", "a"], ["cp", "a", ":"], ["cp", "", ":/a"], ["cp", "-", "-"],
                 ["cp", "--json", ":/a", "-"], ["cp", "--chunk", "0", "-", ":/a"], ["cp", "--chunk", "49M", "-", ":/a"],
                 ["cp", "--chunk", "1T", "-", ":/a"], ["cp", "--chunk", "", "-", ":/a"], ["cp", "--chunk", "M", "-", ":/a"],
                 ["cp", "--chunk", "-1", "-", ":/a"], ["cp", "-x", "-", ":/a"]):
        vactl(*args, path="/nonexistent/s").expect(USAGE, "; see vactl")


@test
def sizes_of_chunks():
    with FileAgent({"/g": sample(50)}) as a:
        for text, bytes_ in (("1", 1), ("7", 7), ("2K", 2048), ("1M", MIB), ("48M", 48 * MIB)):
            a.arguments.clear()
            vactl("cp", "--chunk", text, ":/g", "-", path=a.path).expect(OK, out=sample(50))
            check(("read", {"handle": a.next_handle - 1, "count": bytes_}) in a.arguments, text, a.arguments[:3])
        vactl("cp", "--chunk", "48M", "-", ":/h", path=a.path, stdin=b"abc").expect(OK)
        check(a.files["/h"] == b"abc", "contents")


@test
def names_that_are_not_text():
    with FileAgent() as a:
        r = vactl("cat", os.fsdecode(b"/caf\xe9"), path=a.path)
        check(r.code == USAGE and b"not valid UTF-8" in r.err, r)
        check("guest-file-open" not in a.requests, a.requests)


@test
def cat_goes_on_after_a_file_that_cannot_be_read():
    with FileAgent({"/a": b"1", "/b": b"2"}) as a:
        r = vactl("cat", "/a", "/none", "/b", path=a.path).expect(FAILED, "/none: refused by the agent", b"12")
        check(b"No such file" in r.err, r)


# ---- terminals ----------------------------------------------------------------------------------


@test
def cat_on_a_terminal_is_escaped():
    text = "a\tb\nc\x1b[2J\r\u202e é\U0001f600\n".encode() + b"\xff\xc3"
    for most in (1, 2, 3, 1000):
        with FileAgent({"/f": text}, most=most) as a:
            seen = on_terminal("cat", "/f", path=a.path).replace(b"\r\n", b"\n")
            check(re.sub(rb"[\t ]+", b" ", seen) ==
                  "a b\nc\\u001B[2J\\u000D\\u202E é\U0001f600\n\\xFF\\xC3".encode(), most, seen)


def run_with_terminal_for_errors(*args, path):
    master, slave = os.openpty()
    p = subprocess.Popen([harness.VACTL, "-s", path, *args], stderr=slave, stdout=subprocess.DEVNULL)
    os.close(slave)
    seen = b""
    with contextlib.suppress(OSError):
        while chunk := os.read(master, 65536):
            seen += chunk
    os.close(master)
    check(p.wait(PATIENCE) == OK, p.returncode)
    return seen.decode()


@test
def progress_is_for_terminals():
    def slow(verb, n, request):
        if verb in ("read", "write"):
            time.sleep(0.15)
    with directory() as d, FileAgent({"/g": sample(32768)}, trouble=slow) as a:
        args = ["cp", "--chunk", "4K", ":/g", str(d / "out")]
        seen = run_with_terminal_for_errors(*args, path=a.path)
        lines = re.findall(r"\rcopying \[(=* *)\] +(\d+) %  ([\d.]+ KiB)  [\d.]+ (?:KiB|B)/s  0:0\d left\x1b\[K", seen)
        check(len(lines) >= 3 and seen.endswith("\r\x1b[K"), seen)
        check(all(len(re.sub(r"\x1b\[K", "", line)) < 80 for line in seen.split("\r")), seen)
        check(run_with_terminal_for_errors("-q", *args, path=a.path) == "", "with -q")
        vactl(*args, path=a.path).expect(OK)  # nothing on a pipe
        seen = run_with_terminal_for_errors("cp", "--chunk", "4K", d / "out", ":/h", path=a.path)
        check("copying [" in seen and "verifying [" in seen, seen)
        a.seekable = False
        seen = run_with_terminal_for_errors(*args, path=a.path)
        check(re.search(r"\rcopying  [\d.]+ KiB  [\d.]+ \w+/s\x1b\[K", seen) and "%" not in seen, seen)


# ---- real agents --------------------------------------------------------------------------------


def copy_both_ways(sock, there, proc="/proc/self/status"):
    """`there`: a directory in which the agent may write."""
    for size in (0, 1, 4096, MIB, MIB + 1, 5 * MIB):
        with directory() as d:
            data = sample(size)
            (d / "in").write_bytes(data)
            r = vactl("cp", "-v", d / "in", f":{there}/f", path=sock).expect(OK)
            check(r.out.startswith(b"%s %d " % (cksum(data), size)), r)
            check((there / "f").read_bytes() == data, "uploaded", size)
            vactl("cp", f":{there}/f", d / "out", path=sock).expect(OK)
            check((d / "out").read_bytes() == data, "downloaded", size)
            vactl("cat", there / "f", path=sock).expect(OK, out=data)
    r = vactl("cat", proc, path=sock).expect(OK)
    check(r.out.startswith(b"Name:\t") and r.out.endswith(b"\n") and len(r.out) > 500, r)
    data = sample(50 * MIB)
    vactl("-t", "100", "cp", "--chunk", "48M", "-", f":{there}/f", path=sock, stdin=data).expect(OK)
    r = vactl("-t", "100", "cp", "--chunk", "48M", f":{there}/f", "-", path=sock)
    check(r.code == OK and r.out == data, "in the largest pieces", r.code, r.err)
    vactl("cat", there / "none", path=sock).expect(FAILED, "No such file or directory")
    vactl("cp", f":{there}", "/dev/null", path=sock).expect(FAILED, "Is a directory")
    vactl("cp", "-", f":{there}", path=sock).expect(FAILED, "Is a directory")


@test
def packaged_qemu_ga_copies_files():
    with packaged_agent(HARMLESS | FILE_COMMANDS) as sock:
        copy_both_ways(sock, sock.parent)


@contextlib.contextmanager
def built_agent():
    program = Path(harness.VACTL).parent / "virtagent"
    if not program.exists():
        raise Skip(f"no {program}")
    with tempfile.TemporaryDirectory(prefix="vactl-va-") as d:
        sock = Path(d) / "qga.sock"
        p = subprocess.Popen([program, "-m", "unix-listen", "-p", sock, "-t", d, *fence.options()], stderr=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + PATIENCE
            while not sock.exists() and p.poll() is None and time.monotonic() < deadline:
                time.sleep(0.02)
            if b"guest-file-open" not in vactl("info", path=sock).out:
                raise Skip("this virtagent has no guest-file-open yet")
            yield sock
        finally:
            p.terminate()
            p.wait(PATIENCE)


@test
def virtagent_copies_files():
    with built_agent() as sock:
        copy_both_ways(sock, sock.parent)
