# SPDX-License-Identifier: MIT
"""Our agent and the reference in lock-step: every request goes to both, on files of the same names in a folder each,
and the replies must be the same. Where a row of the decisions says otherwise the case names it (`row=`), and then
they must differ."""

import os
import stat

import host
from cases import check, same

DRAFT = {"path": "filepath", "handle": "filehandle", "buf-b64": "data_b64"}


class Side:
    """One agent, its folder and its handle numbers."""

    def __init__(self, link, folder):
        self.link, self.folder, self.handles = link, folder, {}
        self.is_ours = isinstance(link, host.Host)

    def path(self, name):
        return os.path.join(self.folder, name)

    def ready(self, path):
        """Lets the agent have a file that the test made."""
        if not self.is_ours:
            self.link.own(path)

    def exchange(self, command, arguments):
        arguments = dict(arguments)
        for name, translate in (("path", self.path), ("handle", self.number)):
            for spelled in (name, DRAFT[name]):
                if spelled in arguments:
                    arguments[spelled] = translate(arguments[spelled])
        reply = self.send("guest-file-" + command, arguments)
        if "error" in reply:
            return {"error": self.anonymous(reply["error"]["desc"])}
        return reply["return"]

    def send(self, command, arguments):
        if not self.is_ours:
            return self.link.exchange(command, arguments)
        self.link.ask(command, arguments)
        return self.link.reply()

    def number(self, handle):
        return self.handles.get(handle, handle)

    def anonymous(self, text):
        """An error without what differs by place."""
        text = text.replace(self.folder + "/", "")
        for handle, number in self.handles.items():
            text = text.replace(f"'{number}'", f"'<{handle}>'")
        return text


class Pair:
    """`flushed`: after each write the reference is told to flush, which ours has done by itself (row 15)."""

    def __init__(self, ours, theirs, flushed=True):
        self.ours, self.theirs, self.flushed = ours, theirs, flushed
        self.opened = 0
        self.differences = []

    @property
    def sides(self):
        return [self.ours, self.theirs]

    # --- files ---

    def make(self, name, data=b"", mode=0o644):
        for side in self.sides:
            with open(side.path(name), "wb") as new:
                new.write(data)
            os.chmod(side.path(name), mode)
            side.ready(side.path(name))

    def each(self, function):
        """Calls function(path of the folder) for both and lets the agents have what it returns."""
        for side in self.sides:
            made = function(side.folder)
            if made:
                side.ready(made)

    def contents(self, name, row=None):
        ours, theirs = self.ours_contents(name), self.read_file(self.theirs, name)
        if row is None:
            same(ours, theirs, f"content of {name}, ours and the reference's")
        else:
            check(ours != theirs, f"row {row} says that {name} differs, but it does not")
        return ours

    def ours_contents(self, name):
        return self.read_file(self.ours, name)

    @staticmethod
    def read_file(side, name):
        with open(side.path(name), "rb") as file:
            return file.read()

    def modes(self, name):
        return tuple(stat.S_IMODE(os.stat(side.path(name)).st_mode) for side in self.sides)

    # --- requests ---

    def exchange(self, command, arguments, row=None, accept=None):
        """Ours; `accept(ours, theirs)` may excuse a difference and say the row."""
        ours = self.ours.exchange(command, arguments)
        theirs = self.theirs.exchange(command, arguments)
        if command == "write" and self.flushed and "error" not in theirs:
            self.theirs.exchange("flush", {"handle": arguments["handle"]})
        if command == "open":
            ours, theirs = self.opened_as(ours, theirs)
        if row is not None:
            check(ours != theirs, f"row {row} says that they differ, but both answer {ours}")
        elif ours != theirs:
            excuse = accept(ours, theirs) if accept else None
            check(excuse is not None, f"guest-file-{command} {shown(arguments)}:\n    ours      {shown(ours)}\n"
                                      f"    reference {shown(theirs)}")
            self.differences.append(excuse)
        return ours

    def opened_as(self, *replies):
        """Handles under one number for both; what is an error stays one."""
        self.opened += 1
        results = []
        for side, reply in zip(self.sides, replies):
            if isinstance(reply, dict):
                results.append(reply)
            else:
                side.handles[f"h{self.opened}"] = reply
                results.append(f"h{self.opened}")
        return results

    def value(self, command, arguments, row=None):
        got = self.exchange(command, arguments, row)
        check(not (isinstance(got, dict) and "error" in got), f"{command} failed: {shown(got)}")
        return got

    def fails(self, command, row=None, **arguments):
        """The text of the error, without folder and handle number."""
        got = self.exchange(command, {name.replace("_", "-"): v for name, v in arguments.items()}, row)
        check(isinstance(got, dict) and "error" in got, f"an error was expected, not {shown(got)}")
        return got["error"]

    def open(self, name, mode=None, row=None):
        return self.value("open", {"path": name, **({} if mode is None else {"mode": mode})}, row)

    def close(self, handle):
        same(self.value("close", {"handle": handle}), {}, "reply to close")
        for side in self.sides:
            del side.handles[handle]

    def read(self, handle, count=None, row=None):
        arguments = {"handle": handle, **({} if count is None else {"count": count})}
        return host.Host.read_result(self.value("read", arguments, row))

    def write(self, handle, data, row=None, **more):
        got = self.value("write", {"handle": handle, "buf-b64": host.encode(data), **more}, row)
        same(got["eof"], False, "eof of a write")
        return got["count"]

    def write_text(self, handle, text, row=None, **more):
        return self.value("write", {"handle": handle, "buf-b64": text, **more}, row)["count"]

    def seek(self, handle, offset, whence=0, row=None):
        got = self.value("seek", {"handle": handle, "offset": offset, "whence": whence}, row)
        same(got["eof"], False, "eof of a seek")
        return got["position"]

    def flush(self, handle):
        same(self.value("flush", {"handle": handle}), {}, "reply to flush")


def shown(value, limit=300):
    text = repr(value)
    return text if len(text) <= limit else text[:limit] + f"... ({len(text)} long)"
