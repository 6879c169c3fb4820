# SPDX-License-Identifier: MIT
"""Random operations on several handles at once, compared with the model of a file, and with the reference."""

import os

import cases
import filemodel
import host
import modes
from cases import case, check
from host import MIB, encode
from pair import DRAFT, shown

EDGES = (4096, 8192, 12288, 16384, 49152, 65536, 98304)
ALL_MODES = modes.spellings(*modes.SPELLINGS)
NAMES = ["a", "b", "c", "d"]
FAR = 40 << 20      # beyond this no seek goes: the model keeps its files in memory


class Chooser:
    """Draws operations from a random number generator and the state of the model."""

    def __init__(self, rng, files, shared, largest):
        self.rng, self.files, self.shared, self.largest = rng, files, shared, largest
        self.next, self.busy = 1, {}

    def operation(self):
        """A command and its arguments; handles are the model's, data stands as bytes under `data`."""
        rng, handles = self.rng, list(self.files.handles)
        kind = rng.choices(("open", "close", "read", "write", "seek", "flush", "unknown"), (2, 1, 8, 8, 4, 1, 0.2))[0]
        if kind == "unknown":
            return rng.choice(("close", "read", "flush")), {"handle": 77}
        if kind == "open" or not handles:
            return self.opening()
        return kind, {"handle": rng.choice(handles), **getattr(self, "some_" + kind, dict)()}

    def opening(self):
        free = [name for name in NAMES if self.shared or name not in self.busy.values()]
        if not free or len(self.files.handles) >= 8:
            return "close", {"handle": self.rng.choice(list(self.files.handles))}
        return "open", {"path": self.rng.choice(free), "mode": self.rng.choice(ALL_MODES)}

    def size(self):
        kind = self.rng.random()
        if kind < 0.5:
            return self.rng.randrange(12)
        if kind < 0.8:
            return max(0, self.rng.choice(EDGES) + self.rng.randrange(-3, 4))
        return int(self.largest ** self.rng.random())

    def some_read(self):
        if self.rng.random() < 0.05:
            return {"count": self.rng.choice((-1, host.COUNT_MAX + 1))}
        return {} if self.rng.random() < 0.1 else {"count": self.size()}

    def some_write(self):
        data = self.rng.randbytes(self.size())
        if self.rng.random() < 0.15:
            return {"data": data, "count": self.rng.randrange(-1, len(data) + 2)}
        return {"data": data}

    def some_seek(self):
        longest = max((len(file.data) for file in self.files.files.values()), default=0)
        offset = self.rng.choice((0, 0, 1, -1, self.rng.randrange(-longest - 5, min(FAR, longest + 5000))))
        return {"offset": offset, "whence": self.rng.choice((0, 1, 2, "set", "cur", "end", "set", "end", 3))}


def as_sent(arguments, rng, breaks="\n"):
    """The arguments as they go over the wire; base64 sometimes in lines."""
    sent = {name: value for name, value in arguments.items() if name != "data"}
    if "data" in arguments:
        text = encode(arguments["data"])
        if rng.random() < 0.3:
            width, end = rng.choice((4, 60, 76)), rng.choice(breaks)
            text = "".join(text[at:at + width] + end for at in range(0, len(text), width))
        sent["buf-b64"] = text
    return sent


def described(command, arguments):
    return f"{command} {shown({k: len(v) if k == 'data' else v for k, v in arguments.items()})}"


def play(lab, steps, shared, largest, exchange, contents):
    """Runs random operations; exchange(command, arguments) gives the reply, contents(name) a file's bytes."""
    files = filemodel.Files()
    chooser = Chooser(lab.rng, files, shared, largest)
    log = []
    for _ in range(steps):
        command, arguments = chooser.operation()
        log.append(described(command, arguments))
        got = exchange(command, arguments)
        if command == "open":
            wanted = files.open(got, arguments["path"], arguments["mode"]) if not isinstance(got, dict) else \
                files.open(None, arguments["path"], arguments["mode"])
            if wanted is None and not isinstance(got, dict):
                chooser.busy[got] = arguments["path"]
                continue
        else:
            wanted = files.apply(command, arguments)
            if command == "close":
                chooser.busy.pop(arguments["handle"], None)
        if got != wanted:
            raise cases.Failed(f"the model differs\n    wanted {shown(wanted)}\n    got    {shown(got)}\n    the last of "
                               f"{len(log)} operations: " + "; ".join(log[-12:]))
        if command == "write":
            check_tail(files, arguments, contents, chooser, log)
    for handle in list(files.handles):
        exchange("close", {"handle": handle})
    for name, file in files.files.items():
        check(contents(name) == bytes(file.data), f"content of {name} differs; operations: {'; '.join(log[-40:])}")


def check_tail(files, arguments, contents, chooser, log):
    """Row 15: now and then the file itself is looked at behind a write, before anything could flush it."""
    name = chooser.busy.get(arguments["handle"])
    if name is None or chooser.rng.random() > 0.1:
        return
    check(contents(name) == bytes(files.files[name].data), f"after a write {name} is not what it should be; {'; '.join(log[-6:])}")


def against_the_model(lab, steps, largest):
    agent = lab.start()
    with lab.host(agent) as link:
        def exchange(command, arguments):
            sent = as_sent(arguments, lab.rng, ("\n", "\r\n"))
            if "path" in sent:
                sent["path"] = os.path.join(lab.files, sent["path"])
            draft = lab.rng.random() < 0.1
            data = "buf" if draft and command == "read" else "buf-b64"
            if draft:
                sent = {DRAFT.get(name, name): value for name, value in sent.items()}
            link.ask("guest-file-" + command, sent)
            reply = link.reply()
            if "error" in reply:
                return {"error": reply["error"]["desc"].replace(lab.files + "/", "")}
            value = reply["return"]
            if data == "buf":
                value["buf-b64"] = value.pop("buf")
            return value

        def contents(name):
            with open(os.path.join(lab.files, name), "rb") as file:
                return file.read()

        play(lab, steps, True, largest, exchange, contents)


@case
def small_operations_against_the_model(lab):
    against_the_model(lab, 3000, 3000)


@case
def large_operations_against_the_model(lab):
    against_the_model(lab, 500, 5 * MIB)


@case
def against_the_reference(lab):
    """In lock-step, one handle for a file at a time: what the reference holds back in buffers (row 15) shows only
    to a second one."""
    both = lab.both()

    def excuse(ours, theirs):
        # A stream that failed once fails a write of nothing, without a reason (behaviour 3); we have no streams.
        if ours == {"count": 0, "eof": False} and theirs == {"error": "failed to write to file"}:
            return "row 15"
        return None

    def exchange(command, arguments):
        return both.exchange(command, as_sent(arguments, lab.rng), accept=excuse)

    play(lab, 2500, False, 200000, exchange, both.ours_contents)
    for name in NAMES:
        if os.path.exists(both.ours.path(name)):
            both.contents(name)
