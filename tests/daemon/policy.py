# SPDX-License-Identifier: MIT
"""What a peer may do: profiles, lists and rules, for each channel; and the words for it."""

import base64
import json
import os
import pwd
import signal
import socket
import time

import fence
from harness import PATIENCE, case, check, same, wait_for


def call(lab, command, channel="sock", **arguments):
    """The whole reply."""
    request = {"execute": command, "arguments": {name.replace("_", "-"): value for name, value in arguments.items()}}
    if not arguments:
        del request["arguments"]
    return json.loads(lab.ask(json.dumps(request).encode() + b"\n", lab.path(channel)))


def value(lab, command, channel="sock", **arguments):
    reply = call(lab, command, channel, **arguments)
    check("return" in reply, f"{command} on {channel}: {reply}")
    return reply["return"]


def refused(lab, text, command, channel="sock", kind="GenericError", **arguments):
    same(call(lab, command, channel, **arguments), {"error": {"class": kind, "desc": text}}, f"{command} on {channel}")


def disabled(lab, why, command, channel="sock", **arguments):
    refused(lab, f"Command {command} has been disabled: the command is not allowed{why}", command, channel,
            "CommandNotFound", **arguments)


def enabled(lab, channel="sock"):
    return {one["name"] for one in value(lab, "guest-info", channel)["supported_commands"] if one["enabled"]}


def run(lab, path, channel="sock", ask=None, **arguments):
    """The output of a program that succeeds; ask: the channel that may ask about it."""
    pid = value(lab, "guest-exec", channel, path=path, capture_output=True, **arguments)["pid"]
    deadline = time.monotonic() + PATIENCE
    while not (got := value(lab, "guest-exec-status", ask or channel, pid=pid))["exited"]:
        check(time.monotonic() < deadline, f"{path} does not end")
        time.sleep(0.02)
    same(got.get("exitcode"), 0, f"{path}: {got}")
    return base64.b64decode(got.get("out-data", "")).decode()


def program(lab, name, text="#!/bin/sh\necho $0 $1\n"):
    path = lab.write(name, text)
    os.chmod(path, 0o755)
    return path


def channels(lab, general, **groups):
    """A configuration whose channels are sockets of their names."""
    text = "[general]\n" + general
    for name, keys in groups.items():
        text += f"[channel {name}]\nmethod=unix-listen\npath={lab.path(name)}\n{keys}"
    return lab.write("virtagent.conf", text)


@case
def a_channel_has_its_own(lab):
    lab.start("-c", channels(lab, "block-rpcs=guest-get-users\n", look="profile=info\n", same="",
                             some="allow-rpcs=@backup,guest-exec,guest-file-open\nblock-rpcs=guest-get-load\n"))
    disabled(lab, " by profile=info in [channel look]", "guest-exec", "look", path="true")
    disabled(lab, "", "guest-get-users", "look")
    disabled(lab, "", "guest-get-users", "some")
    disabled(lab, " by allow-rpcs in [channel some]", "guest-exec-status", "some", pid=1)
    disabled(lab, " by block-rpcs in [channel some]", "guest-get-load", "some")
    run(lab, "true")
    run(lab, "true", "same")
    run(lab, "true", "some", ask="sock")
    same({"guest-exec", "guest-file-open", "guest-get-osinfo", "guest-get-load"} & enabled(lab),
         {"guest-exec", "guest-file-open", "guest-get-osinfo", "guest-get-load"}, "guest-info")
    same({"guest-exec", "guest-file-open", "guest-get-osinfo", "guest-get-load"} & enabled(lab, "look"),
         {"guest-get-osinfo", "guest-get-load"}, "guest-info on look")
    same({"guest-exec", "guest-exec-status", "guest-get-osinfo", "guest-get-load"} & enabled(lab, "some"),
         {"guest-exec", "guest-get-osinfo"}, "guest-info on some")


@case
def less_on_the_default_channel(lab):
    """The other way round: the command line and [general] say little, a channel everything."""
    lab.start("-c", channels(lab, "", all="profile=full\n"), "--profile", "info")
    disabled(lab, " by profile=info", "guest-exec", path="true")
    run(lab, "true", "all")


@case
def files(lab):
    inside, outside = lab.path("inside"), lab.path("outside")
    for folder in (inside, outside, lab.path("both")):
        os.mkdir(folder)
    good, evil = lab.write("inside/file", "good"), lab.write("outside/file", "evil")
    os.symlink(evil, lab.path("inside/link"))
    lab.start("-c", channels(lab, f"file-read={inside},{lab.path('both')}/\nfile-write={lab.path('both')}\n",
                             none="file-read=\nfile-write=\n", free="file-write=/\nfile-read=/\n"))

    def opens(path, mode="r", channel="sock"):
        return value(lab, "guest-file-open", channel, path=path, mode=mode)

    def fails(path, mode, why, channel="sock"):
        refused(lab, f"failed to open file '{path}' (mode: '{mode}'): {why}", "guest-file-open", channel, path=path, mode=mode)

    handle = opens(good)
    same(value(lab, "guest-file-read", handle=handle)["buf-b64"], base64.b64encode(b"good").decode(), "read")
    for path in (evil, lab.path("inside/link"), lab.path("inside/../outside/file"), lab.path("outside/none"),
                 f"/proc/self/root{evil}", "/etc/passwd"):
        fails(path, "r", "not allowed by file-read")
    fails(lab.path("inside/none"), "r", "No such file or directory")
    for mode in ("w", "a"):
        fails(good, mode, "not allowed by file-write")
    fails(good, "r+", "not allowed by file-write")
    fails(lab.path("outside/new"), "w+", "not allowed by file-read")
    fails(lab.path("inside/new"), "w", "not allowed by file-write")
    check(not os.path.exists(lab.path("outside/new")) and not os.path.exists(lab.path("inside/new")), "nothing was made")
    writing = opens(lab.path("both/new"), "w+")
    same(value(lab, "guest-file-write", handle=writing, buf_b64="bmV3")["count"], 3, "written")
    same(lab.read("both/new"), b"new", "the file")
    fails(good, "r", "not allowed by file-read in [channel none]", "none")
    # a handle is everybody's, but only as far as he may open its file
    other = opens(evil, "r+", "free")
    refused(lab, "failed to read file: not allowed by file-read", "guest-file-read", handle=other)
    refused(lab, "failed to write to file: not allowed by file-write", "guest-file-write", handle=other, buf_b64="eA==")
    refused(lab, "failed to read file: not allowed by file-read in [channel none]", "guest-file-read", "none", handle=handle)
    same(value(lab, "guest-file-read", "free", handle=other)["count"], 4, "on its own channel")
    same(value(lab, "guest-file-close", handle=other), {}, "closing")
    same(lab.read("outside/file"), b"evil", "untouched")


@case
def programs(lab):
    os.mkdir(lab.path("tools"))
    tool, wild = program(lab, "tools/tool"), program(lab, "wild")
    os.symlink(wild, lab.path("tools/link"))
    os.symlink(tool, lab.path("alias"))
    lab.start("-c", lab.write("virtagent.conf", f"[general]\nexec-programs={lab.path('tools')}, /usr/bin/env\n"),
              PATH=lab.path("tools") + ":/usr/bin:/bin")

    def fails(path, **arguments):
        refused(lab, f"Failed to execute child process \u201c{path}\u201d (not allowed by exec-programs)", "guest-exec",
                path=path, **arguments)

    same(run(lab, tool, arg=["x"]), f"{tool} x\n", "by its path")
    same(run(lab, "tool"), f"{tool}\n", "by PATH")
    same(run(lab, lab.path("alias")), f"{tool}\n", "by a link: the file counts, and runs")
    for path in (wild, lab.path("tools/link"), "link", "sh", "/bin/sh", lab.path("tools/../wild"), lab.path("none"),
                 f"/proc/self/root{wild}"):
        fails(path)
    refused(lab, "Failed to execute child process \u201cno-such\u201d (No such file or directory)", "guest-exec", path="no-such")
    refused(lab, f"Failed to execute child process \u201c{lab.path('tools/none')}\u201d (No such file or directory)",
            "guest-exec", path=lab.path("tools/none"))
    for variable in ("LD_PRELOAD=/x", "PATH=/x", "A=1", "LANGX=1", "odd", "", "BASH_ENV=" + "x" * 100):
        refused(lab, f"variable '{variable.split('=')[0]}': not allowed by exec-programs", "guest-exec", path=tool,
                env=["LANG=C", variable])
    same(run(lab, "/usr/bin/env", env=["LC_ALL=C", "TZ=UTC"]), "LC_ALL=C\nTZ=UTC\n", "harmless ones")


@case
def a_user_for_programs(lab):
    if os.geteuid() != 0:
        return
    user = pwd.getpwnam("nobody")
    lab.start("-c", channels(lab, "exec-user=nobody\n", ghost="exec-user=no-such-user\n"))
    same(run(lab, "/usr/bin/id", arg=["-u"]), f"{user.pw_uid}\n", "user")
    same(run(lab, "/usr/bin/id", arg=["-G"]), f"{user.pw_gid}\n", "groups")
    same(run(lab, "/bin/sh", arg=["-c", "echo $HOME $USER $LOGNAME"]), f"{user.pw_dir} nobody nobody\n", "environment")
    same(run(lab, "/usr/bin/env", env=["A=1"]), "A=1\n", "what the host says")
    refused(lab, "Failed to execute child process \u201ctrue\u201d (exec-user: there is no user 'no-such-user')",
            "guest-exec", "ghost", path="true")


@case
def rules_that_make_no_sense(lab):
    for line, text in (("file-read=var/log", "file-read: 'var/log': not an absolute path"),
                       ("file-write=/a/../b", "file-write: '/a/../b': a path with '.', '..' or '//' never matches"),
                       ("exec-programs=/a//b", "exec-programs: '/a//b': a path with '.', '..' or '//' never matches"),
                       ("exec-programs=/a//", "exec-programs: '/a//': a path with '.', '..' or '//' never matches"),
                       ("exec-user=", "exec-user: '': not a user"),
                       ("ssh-users=" + "u" * 300, "ssh-users: '" + "u" * 200 + "': too long for a user"),
                       ("password-users=" + " ".join("u" * 250 for _ in range(70)),
                        "password-users: more than 256 items, or more than 16384 bytes in the rules of a channel"),
                       ("password-users=" + " ".join("u" for _ in range(257)),
                        "password-users: more than 256 items, or more than 16384 bytes in the rules of a channel")):
        for group, mark in (("[general]\n", ""), ("[general]\n[channel a]\n", "[channel a] ")):
            path = lab.write("virtagent.conf", group + line + "\n")
            wanted = f"{path}:{group.count(chr(10)) + 1}: {mark}{text}\n".encode()
            status, out, err = lab.once("-c", path, "--check-config")
            same((status, out), (1, b""), f"{line[:40]}, checked")
            check(err.startswith(wanted), f"{err[:600]!r}, wanted {wanted!r}")
            status, _, err = lab.once("-c", path)
            same((status, b"critical: " + wanted in err), (1, True), f"{line[:40]}: {err[:600]!r}")
    status, _, err = lab.once("--file-read", "x", "-c", lab.write("virtagent.conf", ""))
    same((status, b"--file-read: 'x': not an absolute path\n" in err), (1, True), "on the command line")


def reload(lab, one, **groups):
    """Changes the file, sends SIGHUP, and waits until the agent has read it."""
    general = groups.pop("general", "")
    path = channels(lab, general, **groups)
    before = lab.read("log").count(READ)
    one.process.send_signal(signal.SIGHUP)
    wait_for("the reading of the configuration", lambda: lab.read("log").count(READ) > before)
    return path


READ = b"the policy was read again"


def start_logged(lab, general="", **groups):
    return lab.start("-v", "-l", lab.path("log"), "-c", channels(lab, general, **groups))


def restarts(lab):
    status, out, _ = lab.once("--status", "--json", "-t", lab.dir)
    same(status, 0, "--status")
    return json.loads(out)["return"]["needs-restart"]


@case
def reload_narrows_at_once(lab):
    secret, outside = lab.write("secret", "abc"), lab.write("outside", "def")
    one = start_logged(lab, more="profile=full\n")
    with fence.Socket(socket.AF_UNIX) as peer:          # a session that stays
        peer.settimeout(PATIENCE)
        peer.connect(lab.path("sock"))
        lines = peer.makefile("rb")

        def ask(command, **arguments):
            peer.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
            return json.loads(lines.readline())

        handle = ask("guest-file-open", path=secret, mode="r+")["return"]
        other = ask("guest-file-open", path=outside)["return"]
        pid = ask("guest-exec", **{"path": "/bin/sh", "arg": ["-c", "read x; echo got $x"], "capture-output": True,
                                   "input-data": base64.b64encode(b"line\n").decode()})["return"]["pid"]
        reload(lab, one, general=f"file-read={secret}\nfile-write=\nexec-programs=/bin/true\nblock-rpcs=guest-get-load\n",
               more="profile=info\n")
        same(restarts(lab), [], "nothing needs a restart")
        same(ask("guest-file-read", handle=handle)["return"]["count"], 3, "a handle that is still allowed")
        same(ask("guest-file-read", handle=other)["error"]["desc"], "failed to read file: not allowed by file-read", "another")
        same(ask("guest-file-write", **{"handle": handle, "buf-b64": "eA=="})["error"]["desc"],
             "failed to write to file: not allowed by file-write", "writing")
        same(ask("guest-get-load")["error"]["class"], "CommandNotFound", "a command")
        same(ask("guest-exec", path="/bin/sh")["error"]["desc"],
             "Failed to execute child process \u201c/bin/sh\u201d (not allowed by exec-programs)", "a program")
        wait_for("the end of the program", lambda: ask("guest-exec-status", pid=pid)["return"]["exited"])
    disabled(lab, " by profile=info in [channel more]", "guest-exec", "more", path="true")
    same(one.process.poll(), None, "it runs")


@case
def reload_does_not_widen(lab):
    one = start_logged(lab, "profile=backup\nblock-rpcs=guest-get-load\nfile-read=/var\n", a="profile=info\n", b="")
    text = lab.read("virtagent.conf")
    reload(lab, one, general="profile=full\nfile-read=/var/log,/etc\nsync-grace=7\n", a="profile=full\n", c="")
    same(restarts(lab), ["profile", "block-rpcs", "file-read", "[channel a] profile", "[channel b], which is not there any more",
                         "[channel c], which is new", "sync-grace"], "--status")
    for line in (b"warning: profile: needs a restart\n", b"warning: [channel a] profile: needs a restart\n"):
        check(line in lab.read("log"), f"{line!r} is not in the log")
    status, out, _ = lab.once("--status", "-t", lab.dir)
    same((status, b"needs-restart:\n  profile\n  block-rpcs\n" in out), (0, True), f"as text: {out!r}")
    disabled(lab, " by profile=backup", "guest-exec", path="true")
    disabled(lab, "", "guest-get-load")
    disabled(lab, " by profile=info in [channel a]", "guest-exec", "a", path="true")
    # back, and less, and back again: up to what it was started with
    lab.write("virtagent.conf", text.decode())
    for general, loads in (("profile=backup\n", False), ("profile=info\nblock-rpcs=guest-get-osinfo\n", False),
                           ("profile=backup\nblock-rpcs=guest-get-load\n", True)):
        reload(lab, one, general=general, a="profile=info\n", b="")
        same("guest-get-osinfo" in enabled(lab), "osinfo" not in general, general)
        check("guest-get-load" not in enabled(lab), "blocked at the start")
        same("block-rpcs" in restarts(lab), not loads, f"{general}: {restarts(lab)}")


@case
def reload_of_a_bad_file(lab):
    one = start_logged(lab, "block-rpcs=guest-get-load\n")
    for number, text in enumerate(("[general]\nno-such-key=1\n", "[general]\nfile-read=x\n", "[general\n"), 1):
        lab.write("virtagent.conf", text)
        one.process.send_signal(signal.SIGHUP)
        wait_for("the complaint", lambda: lab.read("log").count(b"error: the policy stays as it was\n") == number)
        disabled(lab, "", "guest-get-load")
        check("guest-exec" in enabled(lab), "nothing else has changed")
    for text in (b"no-such-key", b"file-read: 'x': not an absolute path", b"line 1: not a [group]"):
        check(text in lab.read("log"), f"{text!r} is not in {lab.read('log')!r}")
    # without the file: as without a list, but no more than before
    os.unlink(lab.path("virtagent.conf"))
    one.process.send_signal(signal.SIGHUP)
    wait_for("the complaint", lambda: lab.read("log").count(b"error: the policy stays as it was\n") == 4)
    reload(lab, one, general="block-rpcs=guest-get-load\nprofile=info\n")
    disabled(lab, " by profile=info", "guest-exec", path="true")


@case
def reload_of_a_daemon(lab):
    """With paths that were relative to where it was started; many signals are one or two readings."""
    lab.write("d.conf", "[general]\nlogfile=log\nverbose=true\n")
    status, err = lab.daemonize("-c", "d.conf")
    same(status, 0, err.decode())
    lab.await_answer(lab.path("sock"))
    lab.write("d.conf", "[general]\nlogfile=log\nverbose=true\nprofile=info\n")
    for _ in range(50):
        os.kill(lab.daemon_pid(), signal.SIGHUP)
    wait_for("the new policy", lambda: "guest-exec" not in enabled(lab))
    disabled(lab, " by profile=info", "guest-exec", path="true")
    same(restarts(lab), [], "--status")


@case
def explained(lab):
    path = channels(lab, "exec-programs=/usr/bin/df, /usr/local/lib/hooks\nexec-user=nobody\nblock-rpcs=guest-get-load\n"
                    "file-write=\n", look="profile=info\n", some="allow-rpcs=@backup,guest-exec\nfile-read=/var/log\n"
                    "block-rpcs=guest-get-users\n")

    def explain(status, text, command, *options):
        same(lab.once("-c", path, "--explain", command, *options),
             (status, text.replace("FILE", path).encode(), b""), f"{command} {options}")

    explain(0, "guest-exec: allowed\n  profile=full (built in)\n"
            "  may be run: /usr/bin/df, /usr/local/lib/hooks (exec-programs, FILE:2)\n"
            "  as the user: nobody (exec-user, FILE:3)\n"
            "guest-exec on channel look: refused by profile=info in [channel look] (FILE:9)\n"
            "  it is in the profile full only\n"
            "guest-exec on channel some: allowed\n  profile=full (built in)\n  in allow-rpcs (FILE:13)\n"
            "  may be run: /usr/bin/df, /usr/local/lib/hooks (exec-programs, FILE:2)\n"
            "  as the user: nobody (exec-user, FILE:3)\n", "guest-exec")
    explain(1, "guest-exec on channel look: refused by profile=info in [channel look] (FILE:9)\n"
            "  it is in the profile full only\n", "guest-exec", "--channel", "look")
    explain(1, "guest-get-load on channel some: refused by block-rpcs (FILE:4)\n", "guest-get-load", "--channel", "some")
    explain(1, "guest-get-users on channel some: refused by block-rpcs in [channel some] (FILE:15)\n", "guest-get-users",
            "--channel", "some")
    explain(1, "guest-file-open on channel some: refused by allow-rpcs in [channel some] (FILE:13)\n"
            "  it is not in that list\n", "guest-file-open", "--channel", "some")
    explain(0, "guest-file-write: allowed\n  profile=full (built in)\n  may be written: nothing (file-write, FILE:5)\n"
            "guest-file-write on channel look: refused by profile=info in [channel look] (FILE:9)\n"
            "  it is in the profile full only\n"
            "guest-file-write on channel some: refused by allow-rpcs in [channel some] (FILE:13)\n  it is not in that list\n",
            "guest-file-write")
    for options, text in ((("no-such",), b"there is no command no-such\n"),
                          (("guest-ping", "--channel", "x"), b"there is no channel x\n"),
                          (("guest-ping", "--file-read", "x"), b"--file-read: 'x': not an absolute path\n")):
        status, out, err = lab.once("-c", path, "--explain", *options)
        same((status, out), (2, b""), text)
        check(err.endswith(text), f"{err!r}")
    path = lab.write("empty.conf", "")
    explain(1, "guest-ssh-get-authorized-keys: refused by profile=backup (--profile on the command line)\n"
            "  it is in the profile manage and those above\n", "guest-ssh-get-authorized-keys", "--profile", "backup")
    explain(0, "guest-set-user-password: allowed\n  profile=full (built in)\n"
            "  users: *, !root (password-users, --password-users on the command line)\n", "guest-set-user-password",
            "--password-users", "*,!root")


@case
def paths_with_links_are_told(lab):
    os.mkdir(lab.path("real"))
    os.symlink("real", lab.path("link"))
    path = lab.write("virtagent.conf", f"[general]\nfile-read={lab.path('link/x')},{lab.path('link')},{lab.path('real')}\n"
                     f"[channel a]\nexec-programs={lab.path('link')}\n")
    status, out, err = lab.once("-c", path, "--check-config")
    same((status, out, err.decode().splitlines()), (1, b"", [
        f"file-read: {lab.path('link')} is {lab.path('real')}, and it is the latter that counts",
        f"exec-programs in [channel a]: {lab.path('link')} is {lab.path('real')}, and it is the latter that counts"]), "told")


def confidential(lab):
    """A captured machine that is a confidential VM."""
    os.makedirs(lab.path("tree/dev"))
    lab.write("tree/dev/sev-guest", "")
    return lab.path("tree")


@case
def a_fresh_install_in_a_confidential_vm(lab):
    tree = confidential(lab)
    empty = lab.write("virtagent.conf", "# a package has brought this\n[general]\n#profile=full\n")
    one = lab.start("--root", tree, "-c", empty)
    disabled(lab, " by profile=info", "guest-exec", path="true")
    check("guest-get-osinfo" in enabled(lab), "asking is allowed")
    status, err = one.end()
    same((status, err.count(b"confidential VM")), (0, 1), f"told once: {err!r}")
    check(b"warning: this is a confidential VM (AMD SEV-SNP), and nothing is configured, so the host may only ask "
          b"(profile=info): choose a profile\n" in err, f"{err!r}")
    same(lab.once("--root", tree, "-c", empty, "--explain", "guest-exec"),
         (1, b"guest-exec: refused by profile=info (this is a confidential VM, AMD SEV-SNP, and nothing is configured)\n"
          b"  it is in the profile full only\n", b""), "--explain")


@case
def others_in_a_confidential_vm(lab):
    tree = confidential(lab)
    empty, some = lab.write("empty.conf", ""), lab.write("some.conf", "[general]\nverbose=false\n")
    said = lab.write("said.conf", "[general]\nprofile=full\n")
    for path, program, options, warned in ((empty, lab.qemu_ga, (), True), (some, lab.agent, (), True),
                                           (said, lab.agent, (), False), (empty, lab.agent, ("--profile", "full"), False),
                                           (said, lab.qemu_ga, (), False)):
        one = lab.start("--root", tree, "-c", path, *options, program=program)
        check("guest-exec" in enabled(lab), f"{path} {program}: full")
        status, err = one.end()
        same((status, err.count(b"this is a confidential VM (AMD SEV-SNP), and the host may do everything in it "
                                b"(profile=full): choose a profile\n")), (0, int(warned)), f"{path} {program}: {err!r}")


@case
def choosing_a_profile_in_a_confidential_vm(lab):
    """A running agent does not get more by that; a restart does."""
    tree = confidential(lab)
    path = lab.write("virtagent.conf", "")
    one = lab.start("--root", tree, "-c", path, "-v", "-l", lab.path("log"))
    lab.write("virtagent.conf", "[general]\nprofile=manage\n")
    one.process.send_signal(signal.SIGHUP)
    wait_for("the reading of the configuration", lambda: READ in lab.read("log"))
    same(restarts(lab), ["profile"], "--status")
    check("guest-set-time" not in enabled(lab), "not yet")
    one.end()
    one = lab.start("--root", tree, "-c", path)
    check("guest-set-time" in enabled(lab) and "guest-exec" not in enabled(lab), "manage")


@case
def other_names_of_root(lab):
    os.makedirs(lab.path("tree/etc"))
    lab.write("tree/etc/passwd", "root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/toor:/bin/sh\nweb:x:7:7::/web:/bin/sh\n")
    os.makedirs(lab.path("tree/toor/.ssh"))
    lab.start("--root", lab.path("tree"), "-c", channels(lab, "ssh-users=*,!root\n", all="ssh-users=*\n"))
    for name in ("root", "toor"):
        refused(lab, f"user '{name}': not allowed by ssh-users", "guest-ssh-get-authorized-keys", username=name)
        check("failed to read" in call(lab, "guest-ssh-get-authorized-keys", "all", username=name)["error"]["desc"], name)
    check("failed to read" in call(lab, "guest-ssh-get-authorized-keys", username="web")["error"]["desc"], "another user")
