# SPDX-License-Identifier: MIT
"""Names of the protocol's first draft: filepath, filehandle, data_b64; a read asked with `filehandle` answers `buf`."""

import itertools
import json

from cases import case, check, same
from host import MIB, decode, encode

DATA = b"abcdefghij"


@case
def a_file_goes_in_and_out(lab):
    agent = lab.start()
    path = lab.file("file")
    with lab.host(agent) as host:
        handle = host.file("open", filepath=path, mode="w+")
        same(host.call("guest-file-write", {"filehandle": handle, "data_b64": encode(DATA)}), {"count": 10, "eof": False}, "write")
        same(host.file("flush", filehandle=handle), {}, "flush")
        same(host.file("seek", filehandle=handle, offset=2, whence=0), {"position": 2, "eof": False}, "seek")
        same(host.file("read", filehandle=handle, count=3), {"count": 3, "buf": encode(b"cde"), "eof": False}, "read")
        same(host.file("read", handle=handle, count=3), {"count": 3, "buf-b64": encode(b"fgh"), "eof": False}, "read by its name")
        same(host.file("close", filehandle=handle), {}, "close")
    with open(path, "rb") as file:
        same(file.read(), DATA, "content")


@case
def old_and_new_names_mix(lab):
    agent = lab.start()
    path = lab.file("file")
    with lab.host(agent) as host:
        handle = host.open(path, "w+")
        for a, b in itertools.product(("handle", "filehandle"), ("buf-b64", "data_b64")):
            for size in (0, 1, 5, 100000, 2 * MIB):
                text = encode(lab.rng.randbytes(size))
                same(host.call("guest-file-write", {b: text, a: handle}), {"count": size, "eof": False}, f"{a} and {b}")
                if size:
                    same(host.call("guest-file-write", {a: handle, "count": 1, b: text}), {"count": 1, "eof": False}, "count")
        host.close_handle(handle)


@case
def exact_bytes_of_an_old_read(lab):
    agent = lab.start()
    path = lab.file("file", DATA)
    with lab.host(agent) as host:
        handle = host.open(path)
        host.ask("guest-file-read", {"filehandle": handle, "count": 3}, 1)
        same(host.line(), b'{"return": {"count": 3, "buf": "YWJj", "eof": false}, "id": 1}\n', "read")
        host.close_handle(handle)


@case
def a_large_old_read(lab):
    agent = lab.start()
    data = lab.rng.randbytes(3 * MIB + 5)
    with lab.host(agent) as host:
        handle = host.open(lab.file("file", data))
        for count in (MIB, MIB + 1, 3 * MIB + 5):
            host.seek(handle, 0)
            value = host.file("read", filehandle=handle, count=count)
            same(sorted(value), ["buf", "count", "eof"], "members")
            check(decode(value["buf"]) == data[:count], f"{count} bytes came back changed")
            same((value["count"], value["eof"]), (count, False), "count and eof")
        host.close_handle(handle)


def names_both(text, *names):
    check(all(f"'{name}'" in text for name in names), f"the error should name {names}: {text}")


@case
def both_spellings_at_once(lab):
    """An error that names both, even when they agree; nothing is done."""
    agent = lab.start()
    path = lab.file("file", DATA)
    with lab.host(agent) as host:
        handle = host.open(path, "r+")
        twice = {"handle": handle, "filehandle": handle}
        for command, more in (("close", {}), ("read", {}), ("flush", {}), ("seek", {"offset": 1, "whence": 0}),
                              ("write", {"buf-b64": "YQ=="}), ("write", {"data_b64": "YQ=="})):
            names_both(host.fails(command, {**twice, **more}), "handle", "filehandle")
        names_both(host.fails("write", {"handle": handle, "buf-b64": "YQ==", "data_b64": "YQ=="}), "buf-b64", "data_b64")
        names_both(host.fails("write", {"data_b64": "YQ==", "buf-b64": "YQ==", "filehandle": handle}), "buf-b64", "data_b64")
        names_both(host.fails("open", {"path": path, "filepath": path}), "path", "filepath")
        same(host.read(handle), (DATA, True), "the handle is as it was")
        host.close_handle(handle)


@case
def old_names_do_not_stand_in_replies(lab):
    agent = lab.start()
    with lab.host(agent) as host:
        host.ask("guest-info")
        text = json.dumps(host.reply())
        check("filehandle" not in text, "guest-info shows a draft name")
        same(host.fails("read", {"filehandle": 7}), "handle '7' has not been found", "error")
