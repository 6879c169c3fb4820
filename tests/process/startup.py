# SPDX-License-Identifier: MIT
"""How the agent starts and ends: options, exit statuses, standard input and output as the channel, privileges."""

import os
import signal
import socket
import stat
import subprocess

import fence
import proctree
from cases import PATIENCE, Skipped, case, check, same
from peer import request, returned, sync, sync_reply

CHANNEL_PATH_MAX = 107      # bytes that fit into a unix socket's address


def outcome(lab, *arguments, **how):
    """Exit status, standard output and standard error of an agent that ends by itself."""
    how.setdefault("stdin", subprocess.DEVNULL)
    done = subprocess.run([lab.agent, *arguments], capture_output=True, timeout=PATIENCE, check=False, **how)
    return done.returncode, done.stdout, done.stderr.decode()


def fails(lab, message, *arguments):
    status, _, text = outcome(lab, *arguments)
    same(status, 1, f"exit status with {arguments} ({text})")
    check(message in text, f"{message!r} is in what it says: {text}")


def stdio(lab, data, *options, **how):
    """What an agent on standard input and output answers to data and then the end of file."""
    done = subprocess.run([lab.agent, "-m", "stdio", "-t", lab.dir, *options, *fence.options(options)],
                          input=data if fence.is_rooted(options) else fence.check(data), capture_output=True,
                          timeout=PATIENCE, check=False, **how)
    return done.returncode, done.stdout, done.stderr


@case
def version(lab):
    for option in ("-V", "--version"):
        status, out, _ = outcome(lab, option)
        same(status, 0, "exit status")
        first, second = out.decode().splitlines()
        same(first, "QEMU Guest Agent 10.2.2", "first line")
        check(second.startswith("virtagent "), f"second line: {second}")


@case
def usage(lab):
    for option in ("-h", "--help"):
        status, out, _ = outcome(lab, option)
        same(status, 0, "exit status")
        for name in ("--method", "--path", "--sync-grace", "--version"):
            check(name in out.decode(), f"{name} is in the help text")


@case
def unknown_options(lab):
    for arguments in (["--no-such-option"], ["-?"], ["-Z"], ["-m"], ["--sync-grace"]):
        same(outcome(lab, *arguments)[0], 1, f"exit status with {arguments}")


@case
def options_that_are_no_numbers(lab):
    for value in ("", "x", "1x", "-1", "99999999999999999999", "3600001", "1.5"):
        fails(lab, "--sync-grace", f"--sync-grace={value}", "-m", "stdio")


@case
def bad_method(lab):
    fails(lab, "no-such-method", "-m", "no-such-method")
    fails(lab, "", "-m", "")


@case
def missing_path(lab):
    fails(lab, "must specify a path for this channel", "-m", "unix-listen")


@case
def missing_device(lab):
    fails(lab, lab.path("none"), "-m", "virtio-serial", "-p", lab.path("none"))


@case
def path_too_long(lab):
    fails(lab, "too long", "-m", "unix-listen", "-p", lab.path("s" * CHANNEL_PATH_MAX))


@case
def longest_path(lab):
    name = "s" * (CHANNEL_PATH_MAX - len(lab.path("")))
    same(len(lab.path(name)), CHANNEL_PATH_MAX, "length of the path")
    lab.start(path=lab.path(name)).works()


@case
def path_in_no_directory(lab):
    fails(lab, "No such file", "-m", "unix-listen", "-p", lab.path("none/sock"))


@case
def path_of_a_regular_file(lab):
    path = lab.path("precious")
    with open(path, "w", encoding="ascii") as text:
        text.write("content")
    fails(lab, path, "-m", "unix-listen", "-p", path)
    with open(path, encoding="ascii") as text:
        same(text.read(), "content", "the file")


@case
def path_of_a_link_to_a_socket(lab):
    """A link is not a stale socket: it is left alone."""
    path, target = lab.path("link"), lab.path("target")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(target)
        os.symlink(target, path)
        fails(lab, path, "-m", "unix-listen", "-p", path)
        check(stat.S_ISSOCK(os.stat(target).st_mode) and os.path.islink(path), "link and socket are still there")


@case
def a_stale_socket_is_replaced(lab):
    first = lab.start()
    first.works()
    first.kill()
    check(os.path.exists(first.path), "a killed agent leaves its socket")
    lab.start(path=first.path).works()


@case
def signals_end_it(lab):
    for signum in (signal.SIGTERM, signal.SIGINT):
        agent = lab.start()
        with agent.connect() as idle, agent.connect() as busy:
            idle.works()
            busy.ask("sleep", {"ms": 300})
            agent.busy_worker()
            same(agent.terminate(signum), 0, f"exit status after signal {signum}")
            same(idle.to_end(), b"", "what a client gets")
        proctree.wait_gone(agent.seen, PATIENCE, "all processes")


@case
def stdio_ends_with_its_input(lab):
    data = sync(1) + request("echo", {"data": "x"}, 2) + request("guest-ping", None, 3)
    wanted = sync_reply(1) + returned({"data": "x"}, 2) + returned({}, 3)
    same(stdio(lab, data)[:2], (0, wanted), "exit status and replies")
    same(stdio(lab, b"")[:2], (0, b""), "with nothing to do")
    same(stdio(lab, b'{"execute":')[:2], (0, b""), "with half a request")
    same(stdio(lab, request("sleep", {"ms": 200}, 1))[:2], (0, returned({}, 1)), "with a command that takes a while")


@case
def stdio_with_a_large_reply(lab):
    size = 5 << 20
    same(stdio(lab, request("big", {"size": size}))[:2], (0, returned({"data": "x" * size})), "exit status and reply")


@case
def stdio_with_regular_files(lab):
    data = sync(1) + request("sleep", {"ms": 100}, 2) + request("big", {"size": 3 << 20}, 3)
    data += b"".join(request("echo", {"data": "y" * 5000}, number) for number in range(300))
    wanted = sync_reply(1) + returned({}, 2) + returned({"data": "x" * (3 << 20)}, 3)
    wanted += b"".join(returned({"data": "y" * 5000}, number) for number in range(300))
    with open(lab.path("in"), "wb") as file:
        file.write(data)
    with open(lab.path("in"), "rb") as source, open(lab.path("out"), "wb") as sink:
        same(outcome_of_files(lab, source, sink), 0, "exit status")
    with open(lab.path("out"), "rb") as file:
        same(file.read(), wanted, "replies")
    with open(lab.path("in"), "rb") as source:
        done = subprocess.run([lab.agent, "-m", "stdio", "-t", lab.dir, *fence.options()], stdin=source, capture_output=True,
                              timeout=PATIENCE, check=False)
    same((done.returncode, done.stdout), (0, wanted), "from a file to a pipe")
    with open(lab.path("out2"), "wb") as sink:
        subprocess.run([lab.agent, "-m", "stdio", "-t", lab.dir, *fence.options()], input=data, stdout=sink, timeout=PATIENCE, check=True)
    with open(lab.path("out2"), "rb") as file:
        same(file.read(), wanted, "from a pipe to a file")


def outcome_of_files(lab, source, sink):
    return subprocess.run([lab.agent, "-m", "stdio", "-t", lab.dir, *fence.options()], stdin=source, stdout=sink,
                          stderr=subprocess.DEVNULL, timeout=PATIENCE, check=False).returncode


@case
def stdio_without_a_reader(lab):
    made = lab.path("made")
    read_end, write_end = os.pipe()
    os.close(read_end)
    with subprocess.Popen([lab.agent, "-m", "stdio", "-t", lab.dir, *fence.options()], stdin=subprocess.PIPE, stdout=write_end,
                          stderr=subprocess.DEVNULL) as process:
        os.close(write_end)
        process.stdin.write(request("guest-ping") + request("touch", {"path": made}))
        process.stdin.flush()
        proctree.wait_for("the command runs although nobody takes its reply", PATIENCE, lambda: os.path.exists(made))
        process.stdin.close()
        same(process.wait(PATIENCE), 0, "exit status")


@case
def no_standard_descriptors(lab):
    """Started with 0, 1 and 2 closed: descriptors of ours must not take their places."""
    agent = lab.start(wrapper=("/bin/sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"))
    agent.works()


@case
def children_hold_no_channel(lab):
    data = lab.path("in")
    os.mkfifo(data)
    with subprocess.Popen([lab.agent, "-m", "stdio", "-t", lab.dir, *fence.options()], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as process:
        try:
            process.stdin.write(request("pid"))
            process.stdin.flush()
            worker = int(process.stdout.readline().split()[1].rstrip(b"}"))
            channel = {proctree.descriptors(process.pid)[number] for number in (0, 1)}
            zygote = proctree.children(process.pid)[0]
            for pid in (zygote, worker):
                held = set(proctree.descriptors(pid).values())
                check(not channel & held, f"process {pid} holds {channel & held}")
        except PermissionError as err:
            raise Skipped(f"descriptors of other processes cannot be seen here: {err}") from None
        finally:
            process.stdin.close()
        same(process.wait(PATIENCE), 0, "exit status")


@case
def children_hold_little(lab):
    agent = lab.start()
    with agent.connect() as peer:
        worker = peer.call("pid")
        try:
            for pid, most in ((agent.zygote, 6), (worker, 5)):
                held = proctree.descriptors(pid)
                check(len(held) <= most, f"process {pid} holds {held}")
                for number in (0, 1):
                    same(held[number], "/dev/null", f"descriptor {number}")
        except PermissionError as err:
            raise Skipped(f"descriptors of other processes cannot be seen here: {err}") from None
