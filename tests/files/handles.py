# SPDX-License-Identifier: MIT
"""Handles: their numbers, their limit, who may use them, what they survive (behaviour 4.7 and 7.6, row 43)."""

import os
import resource
import signal
import subprocess

import proctree
from cases import PATIENCE, Failed, Skipped, case, check, same
from host import encode

LIMIT = 1024
FIRST = 1000
DATA = b"abcdefghij"


def gone(number):
    return f"handle '{number}' has not been found"


def state_file(lab):
    return lab.path("qga.state")


def counter(lab):
    """The next number according to the state file, as any qemu-ga would read it."""
    with open(state_file(lab), encoding="utf-8") as text:
        lines = [line.strip() for line in text]
    check("[global]" in lines, f"no key file: {lines}")
    values = [line.partition("=")[2].strip() for line in lines if line.partition("=")[0].strip() == "fd_counter"]
    same(len(values), 1, f"fd_counter in {lines}")
    return int(values[0])


@case
def numbers_start_at_1000_and_rise(lab):
    agent = lab.start()     # which has opened one
    path = lab.file("file", DATA)
    with lab.host(agent) as host:
        numbers = [host.open(path) for _ in range(20)]
        same(numbers, list(range(FIRST + 1, FIRST + 21)), "handles")
        for number in numbers[::-1]:
            host.close_handle(number)
        same(host.open(path), FIRST + 21, "no number comes twice")
        host.close_handle(FIRST + 21)


@case
def a_refused_request_leaves_the_handle(lab):
    """Only what was right may close: a request with a wrong argument does nothing."""
    agent = lab.start()
    with lab.host(agent) as host:
        handle = host.open(lab.file("file", DATA), "r+")
        same(host.fails("close", {"handle": handle, "x": 1}), "Parameter 'x' is unexpected", "error")
        same(host.read(handle, 3), (b"abc", False), "the handle after a close with an unexpected argument")
        host.fails("close", {"handle": handle, "filehandle": handle})
        same(host.read(handle, 3), (b"def", False), "the handle after a close with two handles")
        for command in ("read", "write", "flush", "seek"):
            host.fails(command, {"handle": handle, "x": 1})
        same(host.read(handle, 4), (b"ghij", False), "the position")
        host.close_handle(handle)


@case
def names_of_arguments_spelled_with_escapes(lab):
    agent = lab.start()
    path = lab.file("file", DATA)
    with lab.host(agent) as host:
        handle = host.open(path)
        for name in (b"h\\u0061ndle", b"\\u0068\\u0061\\u006e\\u0064\\u006c\\u0065", b"file\\u0068andle"):
            host.push(b'{"execute":"guest-file-read","arguments":{"%s":%d,"count":2}}' % (name, handle))
            check("return" in host.reply(), f"{name} was not understood")
        host.push(b'{"execute":"guest-file-clos\\u0065","arguments":{"h\\u0061ndle":%d}}' % handle)
        same(host.reply(), {"return": {}}, "close")
        check(path not in proctree.descriptors(agent.pid).values(), "the file is still open")


@case
def failed_opens_take_no_number(lab):
    both = lab.both()
    both.make("file", DATA)
    numbers = []
    for _ in range(3):
        handle = both.open("file")
        numbers.append([side.handles[handle] for side in both.sides])
        both.close(handle)
        both.fails("open", path="none")
    check(numbers[2][0] - numbers[0][0] == numbers[2][1] - numbers[0][1] == 2, f"numbers of both: {numbers}")


def restart(lab, old, **how):
    return lab.start(path=old.path, **how)


@case
def numbers_never_come_again(lab):
    """Neither after an orderly end, nor after SIGKILL, of whichever moment: 10 lives."""
    path, seen, agent = lab.file("file", DATA), set(), None
    for life in range(10):
        agent = lab.start() if agent is None else restart(lab, agent)
        with lab.host(agent) as host:
            for _ in range(lab.rng.choice((1, 2, 3, 70))):
                number = host.open(path)
                check(number not in seen, f"handle {number} was given before, this is life {life}")
                check(not seen or number > max(seen), f"handle {number} after {max(seen, default=0)}")
                seen.add(number)
                check(counter(lab) > number, f"handle {number} is out, and the file says that {counter(lab)} is next")
            if life % 2:
                agent.kill()
                proctree.wait_gone([agent.zygote], PATIENCE, "the zygote")
            else:
                same(agent.terminate(), 0, "exit status")
    agent = restart(lab, agent)
    with lab.host(agent) as host:
        for number in sorted(seen)[-3:]:
            same(host.fails("read", {"handle": number}), gone(number), "handles do not survive a restart")


@case
def numbers_never_come_again_after_kills_in_the_middle(lab):
    path, seen, agent = lab.file("file", DATA), set(), None
    for _ in range(12):
        agent = lab.start() if agent is None else restart(lab, agent)
        with lab.host(agent) as host:
            host.push(host.request("guest-file-open", {"path": path}) * 40)
            for line in host.lines(lab.rng.randrange(1, 40)):
                number = int(line[len(b'{"return": '):-2])
                check(number not in seen, f"handle {number} was given before")
                seen.add(number)
            agent.kill()
            proctree.wait_gone([agent.zygote], PATIENCE, "the zygote")


@case
def the_state_of_a_stock_agent_is_taken_over(lab):
    """A drop-in replacement continues where qemu-ga has stopped."""
    path = lab.file("file", DATA)
    for text, least in (("[global]\nfd_counter=5000\n", 5000), ("[global]\nfd_counter=70000", 70000),
                        ("# comment\n\n[other]\nx=1\n[global]\nother=2\nfd_counter = 90000 \n", 90000),
                        ("[global]\n", 0), ("[global]\nfd_counter=abc\n", 0), ("", 0)):
        with open(state_file(lab), "w", encoding="utf-8") as state:
            state.write(text)
        agent = lab.start()
        with lab.host(agent) as host:
            number = host.open(path)
            check(least <= number < least + 10000, f"handle {number} with the state file {text!r}")
            check(counter(lab) > number, "the file stays behind")
            host.close_handle(number)
        agent.terminate()


@case
def the_state_is_as_private_as_a_file_of_root_should_be(lab):
    lab.start()
    mode = os.stat(state_file(lab)).st_mode & 0o777
    check(mode & 0o022 == 0, f"qga.state has mode {mode:o}")
    same([name for name in os.listdir(lab.dir) if name.startswith("qga.state") and name != "qga.state"], [], "left-overs")


@case
def without_its_state_no_number_is_given(lab):
    """`failed to commit persistent state to disk`, rather than numbers that may come twice; and it recovers."""
    agent = lab.start()
    path = lab.file("file", DATA)
    before = counter(lab)
    os.unlink(state_file(lab))
    os.makedirs(os.path.join(state_file(lab), "x"))     # in the place of the file, and no rename replaces it
    with lab.host(agent) as host:
        reply, number = None, 0
        for _ in range(5000):
            host.ask("guest-file-open", {"path": path})
            reply = host.reply()
            if "error" in reply:
                break
            number = reply["return"]
            check(number < before, f"handle {number} was given, and the file had said that {before} is next")
            host.close_handle(number)
        same(reply.get("error", {}).get("desc"), "failed to commit persistent state to disk", "the reply in the end")
        os.rmdir(os.path.join(state_file(lab), "x"))
        os.rmdir(state_file(lab))
        more = host.open(path)
        check(more > number, f"{more} after {number}")
        check(counter(lab) > more, "the state is written again")
        host.close_handle(more)


@case
def anybody_may_use_a_handle(lab):
    """Handles belong to the agent, not to a connection (4.0), and are integers on all (clients 8, 27)."""
    agent = lab.start()
    path = lab.file("file", DATA)
    with lab.host(agent) as first, lab.host(agent) as second:
        handle = first.open(path, "r+")
        same(first.read(handle, 3)[0], b"abc", "first")
        same(second.read(handle, 3)[0], b"def", "second goes on where the first has stopped")
        second.close_handle(handle)
        same(first.fails("read", {"handle": handle}), gone(handle), "closed by the second")


@case
def handles_survive_their_connection(lab):
    agent = lab.start()
    path = lab.file("file", DATA)
    for ending in ("close", "half", "request"):
        with lab.host(agent) as host:
            handle = host.open(path)
            same(host.read(handle, 2)[0], b"ab", "first")
            if ending == "half":
                host.half_close()
                host.to_end()
            elif ending == "request":
                host.push(b'{"execute":"guest-file-close","argum')
        for part in (b"cd", b"ef"):
            with lab.host(agent) as host:
                same(host.read(handle, 2)[0], part, "of a later connection")
        with lab.host(agent) as host:
            host.close_handle(handle)


@case
def a_new_connection_for_every_request(lab):
    """As one client does (clients 2.2), with a delimited sync in front, in one write."""
    agent = lab.start()
    path = lab.file("file")
    data = lab.rng.randbytes(61440)
    ids = iter(range(1, 1000))

    def once(command, arguments):
        number = next(ids)
        with lab.host(agent) as host:
            host.push(b'{"execute":"guest-sync-delimited","arguments":{"id":%d}}\n' % number
                      + host.request("guest-file-" + command, arguments) + b"\n")
            got = host.lines(2)
            same(got[0], b'\xff{"return": %d}\n' % number, "sync")
            return got[1]

    handle = int(once("open", {"path": path, "mode": "wb"})[len(b'{"return": '):-2])
    text = encode(data)
    text = "".join(text[at:at + 76] + "\n" for at in range(0, len(text), 76))
    same(once("write", {"handle": handle, "buf-b64": text}), b'{"return": {"count": 61440, "eof": false}}\n', "write")
    same(once("close", {"handle": handle}), b'{"return": {}}\n', "close")
    with open(path, "rb") as file:
        same(file.read(), data, "content")


@case
def handles_survive_workers(lab):
    """A worker that retires, one that is killed when idle, one that is killed at work."""
    agent = lab.start("--worker-idle", "50")
    path = lab.file("file", DATA)
    with lab.host(agent) as host:
        handle = host.open(path, "r+")
        same(host.read(handle, 2)[0], b"ab", "first")
        agent.wait_workers(0)
        same(host.read(handle, 2)[0], b"cd", "after retirement")
        agent.wait_workers(0)
        host.close_handle(handle)
    agent = lab.start()
    with lab.host(agent) as host:
        handle = host.open(path, "r+")
        host.seek(handle, 4)
        for signum in (signal.SIGKILL, signal.SIGUSR1):
            worker = agent.busy_worker()
            agent.kill_worker(worker, signum)
            proctree.wait_gone([worker], PATIENCE, "the worker")
            same(host.read(handle, 1)[0], b"e" if signum == signal.SIGKILL else b"f", "after its end")
        worker = agent.busy_worker()
        agent.stop_worker(worker)
        host.ask("guest-file-read", {"handle": handle, "count": 2})
        host.quiet(0.05, "from a stopped worker")
        agent.kill_worker(worker)
        check("guest-file-read" in host.error_line(), "the error names the command")
        host.seek(handle, 6)
        same(host.read(handle, 2)[0], b"gh", "after the crash")
        host.close_handle(handle)


@case
def the_limit(lab):
    """1024 (design, section 6), and the error says so; a close makes room."""
    agent = lab.start()
    path = lab.file("file", DATA)
    with lab.host(agent) as host:
        numbers = [host.open(path) for _ in range(LIMIT)]
        for _ in range(3):
            text = host.fails("open", {"path": path})
            check(str(LIMIT) in text, f"the error names the limit: {text}")
        same(host.read(numbers[0], 3)[0], b"abc", "the first")
        same(host.read(numbers[-1], 3)[0], b"abc", "the last")
        new = lab.file("new")
        host.fails("open", {"path": new, "mode": "w"})
        check(not os.path.exists(new), "an open beyond the limit made a file")
        host.close_handle(numbers.pop(500))
        numbers.append(host.open(path))
        host.fails("open", {"path": path})
        with lab.host(agent) as other:
            check(str(LIMIT) in other.fails("open", {"path": path}), "the limit is for all together")
            for number in numbers:
                other.close_handle(number)
        host.works()


@case
def fewer_descriptors_than_handles(lab):
    """The system's limit below ours is an error reply, too, and everything else goes on."""
    agent = lab.start()
    resource.prlimit(agent.pid, resource.RLIMIT_NOFILE, (100, 100))
    path = lab.file("file", DATA)
    with lab.host(agent) as host:
        numbers, text = [], None
        while text is None and len(numbers) < 200:
            host.ask("guest-file-open", {"path": path})
            reply = host.reply()
            if "return" in reply:
                numbers.append(reply["return"])
                check(reply["return"] >= FIRST, f"open number {len(numbers)} gave handle {reply['return']}")
            else:
                text = reply["error"]["desc"]
        check(text is not None and 30 < len(numbers) < 100, f"{len(numbers)} handles with 100 descriptors, then {text}")
        for _ in range(20):
            host.fails("open", {"path": path})
        same(host.call("guest-ping"), {}, "ping")
        same(host.read(numbers[-1], 3)[0], b"abc", "the last handle")
        for number in numbers:
            host.close_handle(number)
        host.works()


@case
def the_soft_limit_does_not_count(lab):
    """A service manager gives 1024 descriptors and lets more be taken: 1024 handles need more."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 4096:
        raise Skipped("no more descriptors may be had here")
    agent = lab.start(before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard)))
    path = lab.file("file", DATA)
    with lab.host(agent) as host:
        numbers = [host.open(path) for _ in range(1000)]
        check(min(numbers) >= FIRST, f"handle {min(numbers)} was given, as number {numbers.index(min(numbers))}")
        for number in numbers:
            host.close_handle(number)


@case
def ten_thousand_leak_nothing(lab):
    agent = lab.start()
    path = lab.file("file", DATA)
    with lab.host(agent) as host:
        def cycles(count):
            for _ in range(count // 100):
                host.push(host.request("guest-file-open", {"path": path}) * 100)
                opened = [int(line[len(b'{"return": '):-2]) for line in host.lines(100)]
                host.push(b"".join(host.request("guest-file-read", {"handle": n, "count": 4}) +
                                   host.request("guest-file-close", {"handle": n}) for n in opened))
                for line in host.lines(200)[1::2]:
                    same(line, b'{"return": {}}\n', "close")
        cycles(1000)
        fds = {pid: len(proctree.descriptors(pid)) for pid in agent.tree()}
        memory = agent.memory()
        cycles(10000)
        same({pid: len(proctree.descriptors(pid)) for pid in agent.tree()}, fds, "descriptors of all processes")
        if not lab.sanitized:
            check(agent.memory() < memory + 300000, f"memory was {memory} and is {agent.memory()}")


@case
def failing_opens_leak_nothing(lab):
    agent = lab.start()
    path = lab.file("file", DATA)
    wrong = [{"path": lab.file("none")}, {"path": lab.files, "mode": "w"}, {"path": path, "mode": "x"}, {"path": path, "z": 1}]
    with lab.host(agent) as host:
        for round_ in range(2):
            for number in range(1000):
                host.fails("open", wrong[number % len(wrong)])
            if round_ == 0:
                fds = {pid: len(proctree.descriptors(pid)) for pid in agent.tree()}
        same({pid: len(proctree.descriptors(pid)) for pid in agent.tree()}, fds, "descriptors of all processes")


@case
def the_worker_keeps_no_file(lab):
    """Files are lent for one request: an idle worker has none, so closing one really closes it."""
    agent = lab.start()
    path = lab.file("file", DATA)
    with lab.host(agent) as host:
        handle = host.open(path, "r+")
        host.read(handle)
        host.write(handle, b"x")
        worker = agent.busy_worker()
        # its reply comes first
        proctree.wait_for("the idle worker without the file", PATIENCE,
                          lambda: path not in proctree.descriptors(worker).values())
        check(path in proctree.descriptors(agent.pid).values(), "the front does not hold it")
        check(path not in proctree.descriptors(agent.zygote).values(), "the zygote holds it")
        host.close_handle(handle)
        for pid in agent.tree():
            check(path not in proctree.descriptors(pid).values(), f"process {pid} holds a closed file")


@case
def closed_means_closed(lab):
    """When the reply comes nobody holds the file any more: its next user may want to run it (ETXTBSY) or to unmount."""
    agent = lab.start()
    path = lab.file("fifo")
    os.mkfifo(path, 0o666)
    with lab.host(agent) as host:
        for number in range(500):
            reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            handle = host.open(path, "w")
            host.close_handle(handle)
            try:
                same(os.read(reader, 1), b"", "end of file: there is no writer")
            except BlockingIOError:
                raise Failed(f"close number {number} was answered while somebody still held the file") from None
            finally:
                os.close(reader)


@case
def a_program_can_run_as_soon_as_it_is_closed(lab):
    agent = lab.start()
    path = lab.file("script", b"")
    os.chmod(path, 0o755)
    with open("/bin/true", "rb") as program:
        data = program.read()
    with lab.host(agent) as host:
        for number in range(100):
            handle = host.open(path, "w")
            host.write_whole(handle, data)
            host.close_handle(handle)
            try:
                same(subprocess.run([path], check=False, stdin=subprocess.DEVNULL).returncode, 0, "exit status")
            except OSError as err:
                raise Failed(f"after close number {number}: {err.strerror}") from None


@case
def the_last_close_is_a_workers(lab):
    """It may block, so the front must not be the one: a lock that is freed by it shows that it has happened."""
    agent = lab.start()
    path = lab.file("file", DATA)
    with lab.host(agent) as host:
        handle = host.open(path)
        worker = agent.busy_worker()
        agent.stop_worker(worker)
        host.ask("guest-file-close", {"handle": handle})
        host.quiet(0.1, "while the worker stands still")
        agent.resume(worker)
        same(host.reply(), {"return": {}}, "reply")
        check(path not in proctree.descriptors(agent.pid).values(), "the front still holds it")
