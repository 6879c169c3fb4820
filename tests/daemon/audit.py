# SPDX-License-Identifier: MIT
"""Audit lines: each verdict, who asked, where they go; what cannot be forged, what is never told."""

import base64
import contextlib
import json
import os
import re
import socket
import struct

import fence
from harness import PATIENCE, PING, Skipped, case, check, same, wait_for

FIELD = re.compile(r' ?([a-z0-9-]+)=(?:"((?:[^"\\]|\\["\\ntr]|\\x[0-9a-f]{2})*)"|([A-Za-z0-9._-]+))')
ESCAPE = re.compile(rb'\\(x..|.)')
TIME = re.compile(r"^time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z ")
MARK = "Zz9SECRETq"


def request(command, **arguments):
    return json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n"


def unquote(text):
    def one(match):
        code = match.group(1)
        return bytes([int(code[1:], 16)]) if code[:1] == b"x" else {b"n": b"\n", b"t": b"\t", b"r": b"\r"}.get(code, code)
    return ESCAPE.sub(one, text.encode()).decode("utf-8", "surrogateescape")


def parse(line):
    """The fields of a line, which must be nothing but fields."""
    fields, at = {}, 0
    while at < len(line):
        match = FIELD.match(line, at)
        check(match, f"no field at {line[at:at + 40]!r} in {line!r}")
        name, quoted, plain = match.groups()
        check(name not in fields, f"{name} twice in {line!r}")
        fields[name] = plain if quoted is None else unquote(quoted)
        at = match.end()
    return fields


def parse_journal(data):
    fields = {}
    while data:
        head, data = data.split(b"\n", 1)
        name, equal, value = head.partition(b"=")
        if not equal:
            size, = struct.unpack_from("<Q", data)
            value, data = data[8:8 + size], data[8 + size:]
            check(data[:1] == b"\n", f"{name!r} does not end")
            data = data[1:]
        fields[name.decode()] = value.decode("utf-8", "surrogateescape")
    return fields


def testing(lab):
    """The build that has commands for tests."""
    if not os.path.exists(lab.built + "-test"):
        raise Skipped(f"no {lab.built}-test")
    return lab.built + "-test"


class Audit:
    """An agent that writes its audit into a file."""

    def __init__(self, lab, *options, root=False, program=None, **how):
        self.lab = lab
        self.seen = 0
        if root:
            os.makedirs(lab.path("root/etc"), exist_ok=True)
            options += ("--root", lab.path("root"))
        self.root = root
        self.one = lab.start("--audit", "file", "--audit-file", lab.path("audit"), *options, program=program, **how)

    def ask(self, line):
        """With a root the agent may be asked for anything: it only notes what it would do."""
        if not self.root:
            return self.lab.ask(line)
        check(fence.is_rooted(self.one.process.args), "a root")
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(PATIENCE)
            peer.connect(self.lab.path("sock"))
            peer.sendall(line + request("guest-sync", id=1))
            with peer.makefile("rb") as lines:
                reply = lines.readline()
                while reply and b'{"return": 1}' not in reply:
                    reply = lines.readline()
                return reply

    def text(self):
        return self.lab.read("audit").decode() if os.path.exists(self.lab.path("audit")) else ""

    def lines(self, number):
        """So many new ones, as fields; no more."""
        def complete():
            return self.text().count("\n") >= self.seen + number
        wait_for(f"{number} more lines in {self.text()!r}", complete)
        lines = self.text().split("\n")[self.seen:-1]
        same(len(lines), number, "number of lines")
        self.seen += number
        for line in lines:
            check(TIME.match(line), repr(line))
        return [parse(TIME.sub("", line)) for line in lines]

    def after(self, *requests):
        """The line of the last of these."""
        for line in requests:
            self.ask(line)
        return self.lines(1)[0]


def without_times(fields):
    check(int(fields.pop("duration-us", "0")) >= 0, "a duration")
    return fields


def ours(lab, **fields):
    return {"channel": "unix-listen", "peer": f"uid={os.getuid()},pid={os.getpid()}", **fields}


@case
def success_and_error(lab):
    audit = Audit(lab)
    path = lab.path("x")
    same(without_times(audit.after(request("guest-file-open", path=path, mode="w"))),
         ours(lab, command="guest-file-open", verdict="ok", result="1000", mode="w", subject=path), "an open")
    line = audit.after(request("guest-file-open", path=lab.path("no/x")))
    check("duration-us" in line, repr(line))
    same(without_times(line), ours(
        lab, command="guest-file-open", verdict="error", subject=lab.path("no/x"), **{"class": "GenericError"},
        error=f"failed to open file '{lab.path('no/x')}' (mode: 'r'): No such file or directory"), "an error")
    reply = json.loads(lab.ask(request("guest-exec", path="/bin/true", arg=["a"])))
    pid = reply["return"]["pid"]
    # told of its end the agent keeps nothing of it, and can end itself
    wait_for("its end", lambda: json.loads(lab.ask(request("guest-exec-status", pid=pid)))["return"]["exited"])
    same(without_times(audit.lines(1)[0]), ours(lab, command="guest-exec", verdict="ok", subject="/bin/true",
                                                result=str(pid)), "a program")
    same(audit.after(request("guest-exec", path=5))["verdict"], "error", "wrong arguments")
    same(audit.after(request("guest-exec"))["error"], "Parameter 'path' is missing", "no arguments")


@case
def polls_are_not_told(lab):
    audit = Audit(lab)
    opened = json.loads(lab.ask(request("guest-file-open", path="/dev/null", mode="r+")))["return"]
    for command in ("guest-ping", "guest-info", "guest-get-time", "guest-get-osinfo", "guest-network-get-interfaces"):
        lab.ask(request(command))
    lab.ask(request("guest-file-read", handle=opened))
    lab.ask(request("guest-exec-status", pid=1))
    lab.ask(request("guest-fsfreeze-status"))
    lab.ask(request("guest-file-close", handle=opened))
    lab.ask(request("guest-exec", path="/nonexistent/x"))
    same([line["command"] for line in audit.lines(2)], ["guest-file-open", "guest-exec"], "commands")


@case
def one_line_for_the_writes_of_a_handle(lab):
    audit = Audit(lab)
    opened = [json.loads(lab.ask(request("guest-file-open", path=lab.path(name), mode=mode)))["return"]
              for name, mode in (("x", "w"), ("y", "w"), ("x", "r"))]
    audit.lines(3)
    data = base64.b64encode(MARK.encode()).decode()
    for handle in opened[0], opened[0], opened[1], opened[0]:
        lab.ask(request("guest-file-write", **{"handle": handle, "buf-b64": data}))
    same([(line["subject"], line["verdict"]) for line in audit.lines(2)],
         [(str(opened[0]), "ok"), (str(opened[1]), "ok")], "lines")
    for _ in range(2):  # what fails changes nothing, and hides nothing that comes later
        same(audit.after(request("guest-file-write", **{"handle": opened[2], "buf-b64": data}))["verdict"], "error", "read only")
    same(audit.after(request("guest-file-write", **{"handle": 5, "buf-b64": data}))["subject"], "5", "no handle")


@case
def names_of_the_first_draft(lab):
    audit = Audit(lab)
    path = lab.path("x")
    line = audit.after(b'{"execute":"guest-file-open","arguments":{"mode":"w","filep\\u0061th":"%s"}}\n' % path.encode())
    same((line["subject"], line["mode"]), (path, "w"), "subject and mode")
    line = audit.after(b'{"execute":"guest-file-write","arguments":{"filehandle":1000,"data_b64":"YQ=="}}\n')
    same((line["subject"], line["verdict"]), ("1000", "ok"), "subject and verdict")


@case
def refusals(lab):
    audit = Audit(lab, "-b", "guest-exec, guest-get-osinfo, guest-get-users")
    text = "Command %s has been disabled: the command is not allowed"
    for _ in range(2):
        same(audit.after(request("guest-exec", path="/bin/sh", arg=[MARK])), ours(
            lab, command="guest-exec", verdict="refused", **{"class": "CommandNotFound"}, error=text % "guest-exec" + " by block-rpcs",
            subject="/bin/sh"), "an effect")
    for _ in range(5):
        lab.ask(request("guest-get-osinfo"))
    lab.ask(request("guest-get-users"))
    same([line["command"] for line in audit.lines(2)], ["guest-get-osinfo", "guest-get-users"], "one line each")


@case
def refusals_by_rules(lab):
    """A rule on arguments refuses while the command runs already."""
    os.mkdir(lab.path("in"))
    conf = lab.write("conf", f"[general]\nfile-write={lab.path('in')}\nexec-programs={lab.path('none')}\n")
    audit = Audit(lab, "-c", conf)
    same(audit.after(request("guest-file-open", path=lab.path("in/x"), mode="w"))["verdict"], "ok", "where it may write")
    line = audit.after(request("guest-file-open", path=lab.path("in/../x"), mode="w"))
    same((line["verdict"], line["subject"]), ("refused", lab.path("in/../x")), "elsewhere")
    check("file-write" in line["error"], repr(line))
    line = audit.after(request("guest-exec", path="/bin/sh", arg=["-c", MARK]))
    same((line["verdict"], line["subject"]), ("refused", "/bin/sh"), "another program")
    same(audit.after(request("guest-exec", path=lab.path("none")))["verdict"], "error", "a missing one")


@case
def abandoned_and_overtaken(lab):
    audit = Audit(lab, "--sync-grace", "50", program=testing(lab))
    with fence.Socket(socket.AF_UNIX) as peer, contextlib.ExitStack() as stack:
        peer.settimeout(PATIENCE)
        peer.connect(lab.path("sock"))
        lines = stack.enter_context(peer.makefile("rb"))
        peer.sendall(request("__org.virtagent_test-touch", path=lab.path("late"), ms=1500)
                     + request("__org.virtagent_test-touch", path=lab.path("never"))
                     + request("guest-sync", id=7))
        same(lines.readline(), b'{"return": 7}\n', "reply")
        first, second = audit.lines(2)
    same((first["verdict"], first["subject"]), ("abandoned", lab.path("late")), "the running one")
    check(int(first["duration-us"]) >= 50000, repr(first))
    same((second["verdict"], second["error"], second["subject"]),
         ("not-started", "a sync overtakes it", lab.path("never")), "the one behind it")


@case
def clients_that_leave(lab):
    audit = Audit(lab, program=testing(lab))
    with fence.Socket(socket.AF_UNIX) as peer:
        peer.connect(lab.path("sock"))
        peer.sendall(request("__org.virtagent_test-touch", path=lab.path("a"), ms=300)
                     + request("__org.virtagent_test-touch", path=lab.path("b"))
                     + request("__org.virtagent_test-need-peer", path=lab.path("c")))
    lines = audit.lines(3)
    same([(line["verdict"], line.get("reply")) for line in lines],
         [("ok", "lost"), ("ok", "lost"), ("not-started", None)], "verdicts")
    same(lines[2]["error"], "its client has left", "why")


@case
def an_agent_that_ends(lab):
    audit = Audit(lab, program=testing(lab))
    with fence.Socket(socket.AF_UNIX) as peer:
        peer.settimeout(PATIENCE)
        peer.connect(lab.path("sock"))
        peer.sendall(request("__org.virtagent_test-touch", path=lab.path("a"), ms=1500))
        wait_for("a busy worker", lambda: json.loads(lab.once("--status", "--json", "-t", lab.dir)[1])["return"]["workers"]["busy"] == 1)
        audit.one.end()
    same(audit.lines(1)[0]["verdict"], "abandoned", "verdict")


@case
def nothing_can_be_forged(lab):
    audit = Audit(lab, root=True)
    evil = ["a\nb", 'x" verdict="ok', "\\", '\\"', "\u202eabc", "\u2028", "\x1b[2J", "\x7f\x80\x9f", "\ufeff", "time=1 command=x",
            '"\ntime=2026-01-01T00:00:00.000000Z channel="x" command=guest-exec verdict=ok subject="', "a\u0000b", "\U0010ffff", ""]
    for text in evil:
        for command, name in (("guest-exec", "path"), ("guest-set-user-password", "username"),
                              ("guest-shutdown", "mode"), ("guest-file-open", "path")):
            extra = {"password": "", "crypted": False} if name == "username" else {}
            line = audit.after(request(command, **{name: text}, **extra))
            same((line["command"], line["subject"]), (command, text.replace("\0", "\udcc0\udc80")), "command and subject")
    # keys and types that the schema does not have
    line = audit.after(b'{"execute":"guest-exec","arguments":{"p\\nath":1,"verdict":"ok","path":{"a\\nb\\"":["\\n", 1]}}}\n')
    same(line["subject"], '{"a\\nb\\"":["\\n", 1]}', "as it was written")
    check("verdict" in line and line["verdict"] == "error", repr(line))
    line = audit.after(b'{"execute":"guest-fsfreeze-freeze-list","arguments":{"mountpoints":["/a",\n"/b\\"c"]}}\n')
    same(line["subject"], '["/a",\n"/b\\"c"]', "a list")
    audit.ask(request("guest-fsfreeze-thaw"))


@case
def long_subjects(lab):
    audit = Audit(lab)
    line = audit.after(request("guest-exec", path="/" + "./" * 2000 + "x"))
    same(line["subject"], "/" + "./" * 2000 + "x", "a path that the kernel takes is not cut")
    check("truncated" not in line, repr(line))
    line = audit.after(request("guest-exec", path="\u00e9" * 40000))
    same((line["subject"], line["truncated"]), ("\u00e9" * 2048, "yes"), "a long one")
    line = audit.after(request("guest-file-open", path="x", mode="\n" * 5000))
    same((line["mode"], line["truncated"]), ("\n" * 256, "yes"), "another argument")
    line = audit.after(request("guest-exec", path="\x01" * 4096))
    same(line["subject"], "\x01" * 4096, "four times as long in the file")


def every_command():
    """Requests for every command of the schema, with the mark in each argument that can hold it."""
    mark64 = base64.b64encode(MARK.encode()).decode()
    for command in sorted(fence.schema_commands()):
        yield command, {"password": mark64, "username": "root", "crypted": False, "path": "/nonexistent/x", "arg": [MARK],
                        "env": [f"A={MARK}"], "input-data": mark64, "keys": [f"ssh-rsa {MARK}"], "handle": 1000,
                        "buf-b64": mark64}


@case
def secrets_are_never_told(lab):
    """Every command, with a mark wherever a secret could be; whole requests, and only the arguments that it has."""
    mark64 = base64.b64encode(MARK.encode()).decode()
    audit = Audit(lab, "-v", root=True)
    asked = 0
    for command, arguments in every_command():
        if command in ("guest-sync", "guest-sync-delimited"):
            continue
        audit.ask(request(command, **arguments))
        asked += 1
    check(asked > 40, f"{asked} commands")
    for names, command in ((("username", "password", "crypted"), "guest-set-user-password"),
                           (("path", "arg", "env", "input-data"), "guest-exec"), (("username", "keys"), "guest-ssh-add-authorized-keys"),
                           (("username", "keys"), "guest-ssh-remove-authorized-keys"), (("handle", "buf-b64"), "guest-file-write")):
        arguments = dict(every_command())[command]
        audit.ask(request(command, **{name: arguments[name] for name in names}))
    audit.ask(request("guest-set-user-password", username="root", password=mark64 + "!", crypted=False))
    wait_for("the last line", lambda: audit.text().count("command=guest-set-user-password") == 3)
    _, err = audit.one.end()
    for word in (MARK, mark64, MARK.encode().hex()):
        check(word not in audit.text(), f"{word} in {audit.text()!r}")
        check(word.encode() not in err, f"{word} in {err!r}")


@contextlib.contextmanager
def receiver(lab, name):
    path = lab.path("root/" + name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(path)
        sock.settimeout(PATIENCE)
        yield sock


JOURNAL = "run/systemd/journal/socket"


@case
def to_the_journal(lab):
    with receiver(lab, JOURNAL) as journal, receiver(lab, "dev/log") as syslog:
        lab.start("--root", lab.path("root"))
        lab.ask(request("guest-file-open", path="/no\nVIRTAGENT_VERDICT=ok", mode="r"))
        got = parse_journal(journal.recv(65536))
        same({name: got[name] for name in ("VIRTAGENT_COMMAND", "VIRTAGENT_SUBJECT", "VIRTAGENT_VERDICT", "VIRTAGENT_ARG_MODE",
                                           "VIRTAGENT_ERROR_CLASS", "VIRTAGENT_CHANNEL", "SYSLOG_IDENTIFIER", "PRIORITY")},
             {"VIRTAGENT_COMMAND": "guest-file-open", "VIRTAGENT_SUBJECT": "/no\nVIRTAGENT_VERDICT=ok",
              "VIRTAGENT_VERDICT": "error", "VIRTAGENT_ARG_MODE": "r", "VIRTAGENT_ERROR_CLASS": "GenericError",
              "VIRTAGENT_CHANNEL": "unix-listen", "SYSLOG_IDENTIFIER": "virtagent", "PRIORITY": "5"}, "fields")
        check(got["MESSAGE"].startswith("audit: channel="), repr(got))
        same(parse(got["MESSAGE"][7:])["subject"], got["VIRTAGENT_SUBJECT"], "in the message")
        syslog.settimeout(0.1)
        try:
            raise AssertionError(f"also to syslog: {syslog.recv(4096)!r}")
        except TimeoutError:
            pass


@case
def to_syslog(lab):
    with receiver(lab, "dev/log") as syslog:
        lab.start("--root", lab.path("root"), program=lab.qemu_ga)
        name = lab.path("x\ny")
        lab.ask(request("guest-file-open", path=name, mode="w"))
        line = syslog.recv(65536).decode()
        match = re.fullmatch(r"<86>[A-Z][a-z]{2} [ 1-3]\d \d\d:\d\d:\d\d qemu-ga: audit: (.*)", line)
        check(match, repr(line))
        same(parse(match.group(1))["subject"], name, "subject")
        lab.ask(request("guest-exec", path="\x01" * 4096))
        line = syslog.recv(65536)
        check(len(line) <= 8192, f"{len(line)} bytes")
        fields = parse(line.decode().split(": audit: ")[1])
        same((fields["truncated"], fields["verdict"]), ("yes", "error"), "a long line")


@case
def nowhere(lab):
    """Without the journal and syslog nothing is said; who asked for the journal is told that it is not there."""
    os.mkdir(lab.path("root"))
    one = lab.start("--root", lab.path("root"))
    lab.ask(request("guest-file-open", path="/dev/null"))
    same(one.end(), (0, b""), "status and standard error")
    one = lab.start("--root", lab.path("root"), "--audit", "journal")
    for _ in range(3):
        lab.ask(request("guest-file-open", path="/dev/null"))
    same(one.end(), (0, b"warning: audit lines are lost: nobody takes them\n"), "status and standard error")
    one = lab.start("--root", lab.path("root"), "--audit", "off")
    lab.ask(request("guest-file-open", path="/dev/null"))
    same(one.end(), (0, b""), "status and standard error")


@case
def lost_lines_are_counted(lab):
    with receiver(lab, JOURNAL):
        pass  # it has gone, its file has not
    lab.start("--root", lab.path("root"), "--audit", "journal")
    for _ in range(4):
        lab.ask(request("guest-file-open", path="/dev/null"))
    wait_for("four lost lines", lambda: json.loads(
        lab.once("--status", "--json", "-t", lab.dir)[1])["return"]["lost-audit-lines"] == 4)
    os.unlink(lab.path("root/" + JOURNAL))
    with receiver(lab, JOURNAL) as journal:
        lab.ask(request("guest-file-open", path="/dev/null"))
        same(parse_journal(journal.recv(65536))["VIRTAGENT_LOST"], "4", "number of lost lines")
        same(parse_journal(journal.recv(65536))["VIRTAGENT_VERDICT"], "ok", "the next one")


@case
def a_file_opened_anew(lab):
    audit = Audit(lab)
    audit.after(request("guest-file-open", path="/dev/null"))
    same(os.stat(lab.path("audit")).st_mode & 0o7777, 0o600, "mode")
    os.rename(lab.path("audit"), lab.path("audit.1"))
    audit.one.process.send_signal(1)
    audit.seen = 0
    wait_for("a line in the new file", lambda: lab.ask(request("guest-file-open", path="/dev/null")) and audit.text())
    check(audit.text().startswith("time="), audit.text())


@case
def a_file_that_cannot_be_opened(lab):
    status, _, err = lab.once("-m", "unix-listen", "-p", lab.path("sock"), "-t", lab.dir, "--audit=file", "--audit-file",
                              lab.path("no/audit"), "-b", ",".join(fence.machine_commands()))
    same((status, err.splitlines()[0]),
         (1, b"critical: unable to open the audit file: No such file or directory"), "status and message")
    status, _, err = lab.once("--audit=fiel")
    same(status, 1, "status of a misspelt word")


@case
def a_disk_that_hangs(lab):
    """A FIFO that nobody reads takes 64 KiB; the agent does not wait, and what comes later is counted."""
    os.mkfifo(lab.path("audit"), 0o600)
    held = os.open(lab.path("audit"), os.O_RDWR | os.O_NONBLOCK)
    try:
        Audit(lab)
        with fence.Socket(socket.AF_UNIX) as peer:
            peer.settimeout(PATIENCE)
            peer.connect(lab.path("sock"))
            with peer.makefile("rb") as lines:
                for _ in range(12):
                    peer.sendall(request("guest-file-open", path="/nonexistent/" + "x" * 200) * 40)
                    for _ in range(40):
                        check(lines.readline().startswith(b'{"error"'), "no error")
        check(lab.ask(PING), "no answer")
    finally:
        os.close(held)


@case
def names_of_channels(lab):
    conf = lab.write("conf", f"[channel backup]\nmethod=unix-listen\npath={lab.path('two')}\n")
    audit = Audit(lab, "-c", conf)
    audit.after(request("guest-file-open", path="/dev/null"))
    lab.ask(request("guest-file-open", path="/dev/null"), lab.path("two"))
    same(audit.lines(1)[0]["channel"], "backup", "channel")
