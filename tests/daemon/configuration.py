# SPDX-License-Identifier: MIT
"""Options and files, by themselves and beside the packaged qemu-ga (which only prints here)."""

import os
import subprocess

from harness import Skipped, case, check, same

ERROR_LINE = b"Unknown option, try '%s --help' for more information.\n"

# What both agents print the same for. Every path is given: the packaged one moves its own with its program.
DUMPS = [
    [],
    ["-v", "-r", "-d"],
    ["-m", "isa-serial"],
    ["-m", "isa-serial", "-p", "/dev/ttyS3"],
    ["-m", "unix-listen", "-p", "/x y"],
    ["-m", "no-such", "-p", "/x"],
    ["-p", "/dev/null", "-l", "/var/log/x"],
    ["-F/some/hook"],
    ["--fsfreeze-hook=/some/hook"],
    ["-b", "a,b,c", "-b", "d"],
    ["-b", ""],
    ["--verb", "--retry", "--meth", "virtio-serial"],
    ["-s", "install", "word", "--", "-x"],
    ["-vrm", "vsock-listen", "-p3:4"],
    ["-m", "virtio-serial", "-m", "isa-serial", "-p", "/1", "-p", "/2"],
]
FILES = [
    "",
    "[general]\n",
    "[general]\ndaemon=true\nmethod=isa-serial\npath=/dev/ttyS1\nverbose=1\nretry-path=true\n",
    "[general]\nlogfile=/a\\sb\nfsfreeze-hook=/h\n",
    "# comment\n\n[other]\nx=y\n[general]\nunknown=1\nverbose=true\n",
    "[general]\nverbose=true\nverbose=false\n",
    "[general]\npath= /with blank\n",
    "[general]\n[general]\nverbose=true\n",
]
BROKEN_FILES = ["[general]\nverbose=yes\n", "general\n", "x=1\n", "[general\n", "[general]\npath=\\q\n"]
WRONG = [["-x"], ["--no-such"], ["-m"], ["--ver"], ["-v", "-x", "-D"]]


def reference():
    """What starts the packaged agent. It is given options that print and end, nothing else."""
    try:
        import reference as packaged
        binary, env = packaged.fetch()
    except (ImportError, packaged.Unavailable) as err:
        raise Skipped(str(err)) from None

    def once(*options, **more):
        check("-D" in options, "the packaged agent only prints here")
        done = subprocess.run([binary, *options], stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False,
                              env={**env, "QGA_CONF": "/nonexistent/qemu-ga.conf", **more})
        return done.returncode, done.stdout, done.stderr, binary
    return once


def fixed(lab, options):
    return ["-t", lab.dir, "-f", lab.path("pid"), "-D", *options]


def renamed(text):
    """The packaged agent is older: its block list has the key of its time, and it has no other list."""
    text = text.replace(b"blacklist=", b"block-rpcs=")
    return text if b"allow-rpcs=" in text or not text else text + b"allow-rpcs=\n"


@case
def dumps_are_those_of_the_reference(lab):
    once = reference()
    for options in DUMPS:
        status, out, _, _ = once(*fixed(lab, options))
        mine = lab.once(*fixed(lab, options), program=lab.qemu_ga)
        same(mine[:2], (status, renamed(out)), f"{options}")


@case
def files_are_read_as_the_reference_reads_them(lab):
    once = reference()
    for text in FILES:
        path = lab.write("qemu-ga.conf", text)
        status, out, _, _ = once(*fixed(lab, []), QGA_CONF=path)
        mine = lab.once(*fixed(lab, ["-c", path]), program=lab.qemu_ga)
        same((mine[0], mine[1]), (status, renamed(out)), f"{text!r}")
        same(lab.once(*fixed(lab, []), program=lab.qemu_ga, QGA_CONF=path)[:2], mine[:2], f"{text!r} by QGA_CONF")


@case
def broken_files_end_both(lab):
    once = reference()
    for text in BROKEN_FILES:
        path = lab.write("qemu-ga.conf", text)
        status, _, err, _ = once(*fixed(lab, []), QGA_CONF=path)
        mine = lab.once(*fixed(lab, ["-c", path]), program=lab.qemu_ga)
        same((mine[0], status), (1, 1), f"status for {text!r}")
        for said in (err, mine[2]):
            check(b"error loading configuration from path: %s, " % path.encode() in said, f"{text!r}: {said!r}")
        check(b", line " in mine[2], f"no line number: {mine[2]!r}")


@case
def wrong_options_end_both(lab):
    once = reference()
    for options in WRONG:
        status, out, _, binary = once("-D", *options)
        mine = lab.once("-D", *options, program=lab.qemu_ga)
        same((mine[0], mine[1]), (1, ERROR_LINE % lab.qemu_ga.encode()), f"{options}")
        same((status, out), (1, ERROR_LINE % binary.encode()), f"{options}, the reference")


@case
def a_path_is_needed(lab):
    for method in ("unix-listen", "vsock-listen", "no-such"):
        same(lab.once("-m", method, "-D"), (1, b"", b"critical: must specify a path for this channel\n"), method)
    same(lab.once("-m", "no-such", "-p", "/x", "-t", lab.dir),
         (1, b"", b"critical: unsupported channel method/type: no-such\ncritical: error initializing guest agent\n"),
         "an unknown method")


@case
def lists_of_commands(lab):
    """In the order of registration, whatever the file says; but a broken file comes first."""
    with open(os.path.join(os.path.dirname(__file__), "..", "..", "schema", "order.txt"), encoding="ascii") as text:
        order = [line.strip() for line in text if line.startswith("guest-")]
    for options in (["-b", "help"], ["-a?"], ["--block-rpcs=help"]):
        status, out, err = lab.once(*options)
        names = out.decode().split()
        same((status, err), (0, b""), f"{options}")
        same([name for name in order if name in names], [name for name in names if name.startswith("guest-")],
             "order of the names")
    status, out, _ = lab.once("-c", lab.path("none"), "-b", "help")
    same((status, out), (1, b""), "with a missing file")


@case
def version_and_help(lab):
    for option in ("-V", "--version"):
        status, out, err = lab.once(option, program=lab.qemu_ga)
        same((status, out.splitlines()[0], err), (0, b"QEMU Guest Agent 10.2.2", b""), option)
    status, out, err = lab.once("-h")
    check(status == 0 and b"--check-config" in out and not err, f"{status} {out} {err}")


@case
def check_config_names_file_and_line(lab):
    path = lab.write("virtagent.conf", "[general]\nverbose=true\nbloc-rpcs=x\nsync-grace=soon\nblock-rpcs=no-such\n"
                     "[channel a]\nmethod=carrier-pigeon\n[channel b]\nmethod=unix-listen\n")
    status, out, err = lab.once("-c", path, "--check-config")
    same((status, out), (1, b""), "status and output")
    where = path.encode()
    same(err.splitlines(), [
        where + b":3: there is no key 'bloc-rpcs'",
        where + b":4: sync-grace: 'soon' is not a number of milliseconds from 0 to 3600000",
        where + b":5: block-rpcs: there is no command no-such",
        where + b":6: [channel a]: there is no method 'carrier-pigeon'",
        where + b":8: [channel b]: the method unix-listen needs a path"], "complaints")
    path = lab.write("virtagent.conf", "[general]\nblock-rpcs=guest-ping\n")
    same(lab.once("-c", path, "--check-config"), (0, path.encode() + b": nothing wrong\n", b""), "a good file")


@case
def our_file_is_strict_the_other_is_not(lab):
    text = "[general]\nno-such-key=1\nverbose=true\n"
    status, out, err = lab.once("-c", lab.write("virtagent.conf", text), "-D")
    same((status, out), (1, b""), "virtagent.conf")
    check(b"line 2: there is no key 'no-such-key'" in err, repr(err))
    for program, name in ((lab.agent, "qemu-ga.conf"), (lab.qemu_ga, "virtagent.conf")):
        status, out, err = lab.once("-c", lab.write(name, text), "-D", program=program)
        same((status, b"verbose=true\n" in out), (0, True), f"{program} with {name}: {err}")


@case
def a_dump_gives_the_same_agent(lab):
    options = ["-m", "unix-listen", "-p", lab.path(" odd\tsock\\"), "-l", lab.path("l"), "-b", "guest-ping", "-r",
               "-F/h", "--sync-grace=77", "--vsock-peers=1 2"]
    status, out, _ = lab.once(*options, "-D")
    same(status, 0, "status")
    again = lab.once("-c", lab.write("virtagent.conf", out.decode()), "-D")
    same(lab.once("-c", lab.write("virtagent.conf", again[1].decode()), "-D")[:2], (0, out), "the dump of the dump")


@case
def several_channels(lab):
    path = lab.write("virtagent.conf", f"[channel two]\nmethod=unix-listen\npath={lab.path('two')}\n"
                     f"[channel three]\nmethod=unix-listen\npath={lab.path('three')}\n")
    lab.start("-c", path)
    for name in ("sock", "two", "three"):
        check(lab.ping(lab.path(name)), f"no answer on {name}")


@case
def a_channel_that_is_not_there(lab):
    missing = lab.path("port")
    options = ["-p", missing, "-t", lab.dir]
    same(lab.once(*options), (1, b"", b"critical: error opening channel '%s': No such file or directory\n"
                              b"critical: error initializing guest agent\n" % missing.encode()), "without -r")
    path = lab.write("virtagent.conf", f"[channel port]\npath={missing}\n")
    one = lab.start("-c", path, "-r", "-v")  # the other channel works
    status, err = one.end()
    same(status, 0, "status")
    check(b"info: failed to initialize guest agent channel, will retry\n" in err, repr(err))
