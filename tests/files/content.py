# SPDX-License-Identifier: MIT
"""What goes in and what comes out: counts, end of file, positions, base64, errors (behaviour 4.7, rows 11 and 15)."""

import base64
import json

from cases import case, check, same
from host import COUNT_MAX, MIB, encode

LETTERS = b"abcdefghij"
FOREIGN = "Base64 data contains invalid characters"


@case
def the_vector_of_the_specification(lab):
    both = lab.both()
    both.make("file", LETTERS)
    handle = both.open("file", "r+")
    same(both.read(handle, 3), (b"abc", False), "read")
    same(both.write_text(handle, "WFk="), 2, "write")
    same(both.read(handle, 3), (b"fgh", False), "read after write")
    both.close(handle)
    same(both.contents("file"), b"abcXYfghij", "content")


@case
def exact_bytes_of_replies(lab):
    """Members in the order of the schema (row 3), nothing more in them (row 40)."""
    agent = lab.start()
    path = lab.file("file", LETTERS)
    with lab.host(agent) as host:
        handle = host.open(path, "r+")

        def line(command, **arguments):
            host.ask("guest-file-" + command, {"handle": handle, **arguments}, 1)
            return host.line()

        same(line("read", count=3), b'{"return": {"count": 3, "buf-b64": "YWJj", "eof": false}, "id": 1}\n', "read")
        same(line("read"), b'{"return": {"count": 7, "buf-b64": "ZGVmZ2hpag==", "eof": true}, "id": 1}\n', "read to the end")
        same(line("read"), b'{"return": {"count": 0, "buf-b64": "", "eof": true}, "id": 1}\n', "read at the end")
        same(line("read", count=0), b'{"return": {"count": 0, "buf-b64": "", "eof": false}, "id": 1}\n', "read of nothing")
        same(line("write", **{"buf-b64": "WFk="}), b'{"return": {"count": 2, "eof": false}, "id": 1}\n', "write")
        same(line("seek", offset=4, whence=0), b'{"return": {"position": 4, "eof": false}, "id": 1}\n', "seek")
        same(line("flush"), b'{"return": {}, "id": 1}\n', "flush")
        same(line("close"), b'{"return": {}, "id": 1}\n', "close")
        host.ask("guest-file-open", {"path": path}, "x")
        reply = host.line()
        handle = json.loads(reply)["return"]
        same(reply, b'{"return": %d, "id": "x"}\n' % handle, "open")
        host.close_handle(handle)


@case
def end_of_file(lab):
    """True only when the read ran into it; count 0 never does (clients 27)."""
    both = lab.both()
    both.make("file", LETTERS)
    handle = both.open("file")
    same(both.read(handle, 0), (b"", False), "nothing, at the start")
    same(both.read(handle, 9), (LETTERS[:9], False), "nine of ten")
    same(both.read(handle, 1), (b"j", False), "exactly the rest")
    same(both.read(handle, 0), (b"", False), "nothing, at the end")
    same(both.read(handle, 1), (b"", True), "one more")
    same(both.read(handle, 1), (b"", True), "and again")
    same(both.seek(handle, 5), 5, "back")
    same(both.read(handle), (b"fghij", True), "the rest with the default count")
    both.close(handle)


@case
def a_growing_file_is_read_on(lab):
    both = lab.both()
    both.make("file", b"one")
    handle = both.open("file")
    same(both.read(handle), (b"one", True), "first")
    for more in (b"two", b"three"):
        for side in both.sides:
            with open(side.path("file"), "ab") as file:
                file.write(more)
        same(both.read(handle), (more, True), "what was added")
    both.close(handle)


@case
def the_default_count_is_4096(lab):
    both = lab.both()
    data = lab.rng.randbytes(10000)
    both.make("file", data)
    handle = both.open("file")
    same(both.read(handle), (data[:4096], False), "first")
    same(both.read(handle), (data[4096:8192], False), "second")
    same(both.read(handle), (data[8192:], True), "last")
    both.close(handle)


@case
def counts_of_a_read(lab):
    both = lab.both()
    both.make("file", LETTERS)
    handle = both.open("file")
    for count in (-1, -4096, COUNT_MAX + 1, 1 << 31, 1 << 32, (1 << 32) + 4, (1 << 63) - 1, -(1 << 63)):
        same(both.fails("read", handle=handle, count=count), f"value '{count}' is invalid for argument count", "error")
    same(both.read(handle, 5), (b"abcde", False), "errors moved nothing")
    same(both.read(handle, COUNT_MAX), (b"fghij", True), "the largest count")
    both.close(handle)


@case
def counts_of_a_write(lab):
    both = lab.both()
    both.make("file")
    handle = both.open("file", "w")
    for count in (-1, 4, 4096, (1 << 32), (1 << 63) - 1, -(1 << 63)):
        same(both.fails("write", handle=handle, buf_b64="YWJj", count=count),
             f"value '{count}' is invalid for argument count", "error")
    same(both.write(handle, b"abc", count=3), 3, "all")
    same(both.write(handle, b"def", count=1), 1, "one")
    same(both.write(handle, b"ghi", count=0), 0, "none")
    same(both.write(handle, b"", count=0), 0, "none of none")
    same(both.fails("write", handle=handle, buf_b64="", count=1), "value '1' is invalid for argument count", "one of none")
    both.close(handle)
    same(both.contents("file"), b"abcd", "content")


@case
def counts_of_a_large_write(lab):
    """Large ones are written in pieces of 192 KiB (row 81): counts before, at and behind their borders."""
    agent = lab.start()
    path = lab.file("file")
    piece = 192 << 10
    data = lab.rng.randbytes(3 * piece + 1000)
    with lab.host(agent) as host:
        for size in (piece - 1, piece, piece + 1, 2 * piece, 2 * piece + 2, len(data)):
            text = encode(data[:size])
            for count in {0, 1, piece - 1, piece, piece + 1, 2 * piece, size - 1, size}:
                if count > size:
                    continue
                handle = host.open(path, "w")
                same(host.file("write", handle=handle, buf_b64=text, count=count)["count"], count, f"{count} of {size}")
                host.close_handle(handle)
                with open(path, "rb") as file:
                    check(file.read() == data[:count], f"content after {count} of {size}")
            same(host.fails("write", {"handle": 0, "buf-b64": text, "count": size + 1}), "handle '0' has not been found", "no handle")
            handle = host.open(path, "w")
            same(host.fails("write", {"handle": handle, "buf-b64": text, "count": size + 1}),
                 f"value '{size + 1}' is invalid for argument count", "one too many")
            host.close_handle(handle)


@case
def base64_is_judged_before_the_count(lab):
    both = lab.both()
    both.make("file")
    handle = both.open("file", "w")
    same(both.fails("write", handle=handle, buf_b64="!", count=-1), FOREIGN, "error")
    both.close(handle)


@case
def writes_are_in_the_file_before_the_reply(lab):
    """Row 15."""
    agent = lab.start()
    path = lab.file("file")
    with lab.host(agent) as host:
        handle = host.open(path, "w")
        for number, data in enumerate((b"a", b"b" * 100, b"c" * 5000, b"d" * 100000)):
            host.write_whole(handle, data)
            with open(path, "rb") as file:
                check(file.read().endswith(data), f"write number {number} is not in the file when its reply comes")
        host.flush(handle)
        host.close_handle(handle)


@case
def the_reference_keeps_writes_back(lab):
    """Row 15, the other side."""
    both = lab.both(flushed=False)
    handle = both.open("file", "w")
    both.write(handle, b"abc")
    same(both.contents("file", row=15), b"abc", "ours")
    both.flush(handle)
    same(both.contents("file"), b"abc", "after flush")
    both.close(handle)


@case
def what_others_write_is_seen_at_once(lab):
    """Row 15: nothing is read ahead either."""
    agent = lab.start()
    path = lab.file("file", b"x" * 8192)
    with lab.host(agent) as host:
        reader, writer = host.open(path), host.open(path, "r+")
        same(host.read(reader, 10)[0], b"x" * 10, "before")
        host.seek(writer, 10)
        host.write_whole(writer, b"new")
        same(host.read(reader, 3)[0], b"new", "what another handle wrote behind the position")
        with open(path, "r+b") as file:
            file.seek(13)
            file.write(b"from outside")
        same(host.read(reader, 12)[0], b"from outside", "what another program wrote")
        host.close_handle(reader)
        host.close_handle(writer)


@case
def seeking(lab):
    both = lab.both()
    both.make("file", LETTERS)
    handle = both.open("file", "r+")
    for offset, whence, want in ((3, 0, 3), (3, "set", 3), (2, 1, 5), (-1, "cur", 4), (0, 2, 10), (-4, "end", 6),
                                 (0, "cur", 6), (5, "end", 15), (1 << 30, "set", 1 << 30), (1 << 40, 0, 1 << 40)):
        same(both.seek(handle, offset, whence), want, f"{offset} from {whence}")
    for offset, whence in ((-1, 0), (-1, "set"), (-11, "end"), (-(1 << 41), "cur"), (-(1 << 63), 0)):
        same(both.fails("seek", handle=handle, offset=offset, whence=whence), "failed to seek file: Invalid argument", "error")
    same(both.seek(handle, 0, "cur"), 1 << 40, "errors moved nothing")
    for code in (3, 4, -1, 1 << 31, (1 << 32) + 1, (1 << 63) - 1, -(1 << 63)):
        same(both.fails("seek", handle=handle, offset=0, whence=code), f"invalid whence code {code}", "error")
    both.close(handle)


@case
def seeking_beyond_what_a_file_can_be(lab):
    agent = lab.start()
    with lab.host(agent) as host:
        handle = host.open(lab.file("file", LETTERS), "r+")
        host.seek(handle, 5)
        for offset, whence in (((1 << 63) - 1, 1), ((1 << 63) - 1, 2)):
            text = host.fails("seek", {"handle": handle, "offset": offset, "whence": whence})
            check(text in ("failed to seek file: Invalid argument", "failed to seek file: Value too large for defined data type"),
                  text)
        same(host.seek(handle, 0, 1), 5, "position")
        host.close_handle(handle)


@case
def the_whence_is_judged_before_the_handle(lab):
    both = lab.both()
    both.make("file", LETTERS)
    handle = both.open("file")
    same(both.fails("seek", handle=77, offset=0, whence="SET"), "Parameter 'whence' does not accept value 'SET'", "error")
    same(both.fails("seek", handle=77, offset=0, whence=3), "handle '77' has not been found", "error")
    both.close(handle)


@case
def writing_behind_the_end_leaves_a_hole(lab):
    both = lab.both()
    both.make("file", LETTERS)
    handle = both.open("file", "r+")
    both.seek(handle, 5000)
    both.write(handle, b"end")
    both.seek(handle, 0)
    same(both.read(handle, 6000), (LETTERS + bytes(4990) + b"end", True), "content")
    both.close(handle)
    same(len(both.contents("file")), 5003, "length")


@case
def directions_alternate(lab):
    """Read after write and write after read, without a seek between (the synchronisation of 4.7)."""
    both = lab.both()
    both.make("file", bytes(range(256)) * 64)
    handle = both.open("file", "r+b")
    expected, at = bytearray(bytes(range(256)) * 64), 0
    for step in range(120):
        size = lab.rng.choice((1, 3, 100, 4095, 4096, 4097))
        if step % 3 == 2:
            at = lab.rng.randrange(len(expected))
            both.seek(handle, at)
        if lab.rng.random() < 0.5:
            want = bytes(expected[at:at + size])
            same(both.read(handle, size), (want, len(want) < size), f"read of {size} at {at}")
            at += len(want)
        else:
            data = lab.rng.randbytes(size)
            same(both.write(handle, data), size, "write")
            expected[at:at + size] = data
            at += size
    both.close(handle)
    same(both.contents("file"), bytes(expected), "content")


@case
def base64_that_is_right(lab):
    both = lab.both()
    handle = both.open("file", "w")
    for text, count in (("", 0), ("YQ==", 1), ("YWI=", 2), ("YWJj", 3), ("YWJjZA==", 4), ("+/+/", 3), ("\nYWJj", 3),
                        ("YWJj\n", 3), ("Y\nW\nJ\nj\n", 3), ("YQ=\n=", 1), ("\n\n", 0), ("YWJj\n\nYWJj", 6)):
        same(both.write_text(handle, text), count, repr(text))
    both.close(handle)


@case
def base64_with_carriage_returns(lab):
    """Row 11: LF and CR are ignored anywhere."""
    both = lab.both()
    handle = both.open("file", "w")
    plain = base64.encodebytes(bytes(range(200))).decode()
    for text, count in (("YWJj\r\n", 3), ("\rYW\rJj", 3), ("Y\r\n\r\nQ=\r=", 1), ("\r", 0), (plain.replace("\n", "\r\n"), 200)):
        got = both.ours.exchange("write", {"handle": handle, "buf-b64": text})
        same(got, {"count": count, "eof": False}, repr(text))
        same(both.theirs.exchange("write", {"handle": handle, "buf-b64": text}), {"error": FOREIGN}, "the reference's reply")
    both.close(handle)


@case
def base64_with_foreign_bytes(lab):
    both = lab.both()
    both.make("file", b"")
    handle = both.open("file", "w")
    foreign = [" ", "\t", "-", "_", ".", ",", "!", "\"", "\\", "\x01", "\x7f", "\u00e9", "\U0001f600", "\x0b", "*", "@", "[", "`", "{", ":"]
    for byte in foreign:
        for text in (byte, byte + "YWJj", "YWJj" + byte, "YW" + byte + "Jj", "YQ==" + byte, "Y" * 4000 + byte, "YWJj" * 50 + byte + "YWJj" * 50):
            same(both.fails("write", handle=handle, buf_b64=text), FOREIGN, repr(text[-20:]))
    both.close(handle)
    same(both.contents("file"), b"", "nothing of it was written")


@case
def base64_that_is_incomplete(lab):
    """Row 11: the reference drops bytes silently."""
    both = lab.both()
    handle = both.open("file", "w")
    wrong = ["a", "ab", "abc", "YWJja", "YWJjab", "YWJjabc", "YQ=", "YQ==YQ==", "YQ==YWJj", "=", "==", "===", "====", "Y===", "Y=Q=",
             "YQ=a", "YQ===", "YWI==", "YWJj=", "YWJj==", "YWJj====", "YWJjYQ==\nYWJj", "a\n", "YWJj\na"]
    for text in wrong:
        same(both.fails("write", row=11, handle=handle, buf_b64=text), FOREIGN, repr(text))
    same(both.ours_contents("file"), b"", "nothing of it was written")
    both.close(handle)


@case
def base64_wrong_far_inside(lab):
    """At every place of a block, however it is scanned; nothing may be written of a text that is wrong at its end."""
    agent = lab.start()
    path = lab.file("file", b"")
    with lab.host(agent) as host:
        handle = host.open(path, "w")
        for size in (64, 100, 1000, 65536, 300000, 3 * MIB):
            good = encode(lab.rng.randbytes(size // 4 * 3))
            for at in {0, 1, 31, 32, 63, len(good) // 2, len(good) - 1, lab.rng.randrange(len(good))}:
                bad = good[:at] + lab.rng.choice(" -_\u00e9" + "=" * (at < len(good) - 2)) + good[at + 1:]
                same(host.fails("write", {"handle": handle, "buf-b64": bad}), FOREIGN, f"a foreign byte at {at} of {len(good)}")
                with open(path, "rb") as file:
                    same(file.read(100), b"", "content after an error")
        host.close_handle(handle)


@case
def base64_in_lines_of_every_width(lab):
    """Row 11, as encoders break their lines: 64, 76, any; sizes over the limits between ways of transport."""
    agent = lab.start()
    path = lab.file("file")
    with lab.host(agent) as host:
        for size in (0, 1, 2, 3, 57, 48, 61440, 65536, 200000, 3 * MIB + 1):
            data = lab.rng.randbytes(size)
            for width, end in ((76, "\n"), (76, "\r\n"), (64, "\n"), (1, "\n"), (5, "\r\n"), (lab.rng.randrange(2, 200), "\n")):
                if width < 60 and size > 100000:
                    continue
                text = encode(data)
                text = "".join(text[at:at + width] + end for at in range(0, len(text), width))
                handle = host.open(path, "w")
                same(host.file("write", handle=handle, buf_b64=text)["count"], size, f"{size} bytes in lines of {width}")
                host.close_handle(handle)
                with open(path, "rb") as file:
                    check(file.read() == data, f"{size} bytes in lines of {width} arrived changed")


@case
def base64_spelled_with_escapes(lab):
    r"""A JSON string may spell any of its characters with escapes: \/ is what some encoders make of every slash."""
    agent = lab.start()
    path = lab.file("file")
    with lab.host(agent) as host:
        for size in (3, 300, 70000, 2 * MIB):
            data = bytes([0xFF, 0xEF, 0xBE]) * (size // 3)      # many slashes
            for change in (lambda text: text.replace("/", "\\/"), lambda text: text.replace("/", "\\u002f"),
                           lambda text: "\\n".join(text[at:at + 76] for at in range(0, len(text), 76)),
                           lambda text: "\\u000D\\u000A".join(text[at:at + 76] for at in range(0, len(text), 76))):
                handle = host.open(path, "w")
                host.push(b'{"execute":"guest-file-write","arguments":{"handle":%d,"buf-b64":"%s"}}'
                          % (handle, change(encode(data)).encode()))
                same(host.reply(), {"return": {"count": len(data), "eof": False}}, f"reply for {size} bytes")
                host.close_handle(handle)
                with open(path, "rb") as file:
                    check(file.read() == data, f"{size} bytes arrived changed")


@case
def arguments_in_any_order(lab):
    agent = lab.start()
    path = lab.file("file")
    with lab.host(agent) as host:
        handle = host.open(path, "w")
        for text in ('{"buf-b64":"%s","count":%d,"handle":%d}', '{"count":%d,"buf-b64":"%s","handle":%d}',
                     '{"handle":%d,"count":%d,"buf-b64":"%s"}'):
            for size in (3, 90000, 2 * MIB):
                data = lab.rng.randbytes(size)
                values = {"b": encode(data), "c": size - 1, "h": handle}
                order = {'{"b': "bch", '{"c': "cbh", '{"h': "hcb"}[text[:3]]
                body = text % tuple(values[one] for one in order)
                host.push(b'{"arguments":%s,"execute":"guest-file-write"}' % body.encode())
                same(host.reply(), {"return": {"count": size - 1, "eof": False}}, "reply")
        host.close_handle(handle)


@case
def every_small_size(lab):
    """Each length modulo whatever anybody encodes at once, there and back."""
    agent = lab.start()
    path = lab.file("file")
    data = lab.rng.randbytes(400)
    with lab.host(agent) as host:
        handle = host.open(path, "w+")
        for size in range(400):
            host.seek(handle, 0)
            host.write_whole(handle, data[:size])
            host.seek(handle, 0)
            same(host.read(handle, size)[0], data[:size], f"{size} bytes")
        host.close_handle(handle)


@case
def every_size_around_a_limit(lab):
    agent = lab.start()
    path = lab.file("file")
    with lab.host(agent) as host:
        handle = host.open(path, "w+")
        for limit in (4096, 12288, 16384, 49152, 65536, 98304, 196608, 262144, 786432, MIB, 1572864, 2 * MIB, 4 * MIB):
            for size in range(limit - 3, limit + 4):
                data = lab.rng.randbytes(size)
                host.seek(handle, 0)
                host.write_whole(handle, data)
                host.seek(handle, 0)
                got, _ = host.read(handle, size)
                check(got == data, f"{size} bytes came back changed, first at {first_difference(got, data)}")
        host.close_handle(handle)


def first_difference(one, other):
    return next((n for n, pair in enumerate(zip(one, other)) if pair[0] != pair[1]), f"length {len(one)} of {len(other)}")


@case
def a_closed_handle_is_gone(lab):
    both = lab.both()
    both.make("file", LETTERS)
    handle = both.open("file", "r+")
    for side in both.sides:
        side.handles["gone"] = side.handles[handle]
    both.close(handle)
    text = "handle '<gone>' has not been found"
    same(both.fails("close", handle="gone"), text, "close")
    same(both.fails("read", handle="gone"), text, "read")
    same(both.fails("write", handle="gone", buf_b64="YQ=="), text, "write")
    same(both.fails("seek", handle="gone", offset=0, whence=0), text, "seek")
    same(both.fails("flush", handle="gone"), text, "flush")


@case
def flushing(lab):
    both = lab.both()
    both.make("file", LETTERS)
    for mode in ("r", "r+", "a", "w"):
        handle = both.open("file", mode)
        both.flush(handle)
        both.flush(handle)
        both.close(handle)
