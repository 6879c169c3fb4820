# SPDX-License-Identifier: MIT
"""A file and its handles as the specification describes them (behaviour 4.7 as amended), in plain Python: what each
operation must answer. A reply is a value, or {"error": text} with the handle as '<handle>'."""

from host import COUNT_MAX, encode

BAD = "Bad file descriptor"


def error(text):
    return {"error": text}


class File:
    def __init__(self, data=b""):
        self.data = bytearray(data)


class Handle:
    def __init__(self, file, mode):
        kind = mode.replace("b", "")
        self.file, self.position = file, 0
        self.reads = kind in ("r", "r+", "w+", "a+")
        self.writes = kind != "r"
        self.appends = kind[0] == "a"


class Files:
    """Names to files, numbers to handles."""

    def __init__(self):
        self.files, self.handles = {}, {}

    def open(self, handle, name, mode):
        """Nothing, or an error; the handle gets the number the caller says."""
        if name not in self.files:
            if mode[0] == "r":
                return error(f"failed to open file '{name}' (mode: '{mode}'): No such file or directory")
            self.files[name] = File()
        elif mode[0] == "w":
            self.files[name].data.clear()
        self.handles[handle] = Handle(self.files[name], mode)
        return None

    def apply(self, command, arguments):
        handle = arguments["handle"]
        if handle not in self.handles:
            return error(f"handle '{handle}' has not been found")
        return getattr(self, command)(self.handles[handle], arguments)

    def close(self, _, arguments):
        del self.handles[arguments["handle"]]
        return {}

    @staticmethod
    def flush(*_):
        return {}

    @staticmethod
    def read(handle, arguments):
        count = arguments.get("count", 4096)
        if not 0 <= count <= COUNT_MAX:
            return error(f"value '{count}' is invalid for argument count")
        if count and not handle.reads:
            return error(f"failed to read file: {BAD}")
        data = bytes(handle.file.data[handle.position:handle.position + count])
        handle.position += len(data)
        return {"count": len(data), "buf-b64": encode(data), "eof": len(data) < count}

    @staticmethod
    def write(handle, arguments):
        data = arguments["data"]
        count = arguments.get("count", len(data))
        if not 0 <= count <= len(data):
            return error(f"value '{count}' is invalid for argument count")
        if count and not handle.writes:
            return error(f"failed to write to file: {BAD}")
        if count:
            content = handle.file.data
            if handle.appends:
                handle.position = len(content)
            content.extend(bytes(max(0, handle.position - len(content))))
            content[handle.position:handle.position + count] = data[:count]
            handle.position += count
        return {"count": count, "eof": False}

    @staticmethod
    def seek(handle, arguments):
        offset, whence = arguments["offset"], arguments["whence"]
        if whence not in (0, 1, 2, "set", "cur", "end"):
            return error(f"invalid whence code {whence}")
        base = {0: 0, "set": 0, 1: handle.position, "cur": handle.position}.get(whence, len(handle.file.data))
        if base + offset < 0:
            return error("failed to seek file: Invalid argument")
        handle.position = base + offset
        return {"position": handle.position, "eof": False}
