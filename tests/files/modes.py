# SPDX-License-Identifier: MIT
"""Every spelling of every mode: what it does to a file that is there and to one that is not (behaviour 4.7, rows 12, 15)."""

import os
import stat

from cases import case, check, same

SPELLINGS = {"r": ("r", "rb"), "w": ("w", "wb"), "a": ("a", "ab"), "r+": ("r+", "rb+", "r+b"),
             "w+": ("w+", "wb+", "w+b"), "a+": ("a+", "ab+", "a+b")}
OLD = b"old content"
BAD = "Bad file descriptor"


def spellings(*kinds):
    return [one for kind in kinds for one in SPELLINGS[kind]]


@case
def opening_what_is_not_there(lab):
    both = lab.both()
    for mode in spellings("r", "r+"):
        same(both.fails("open", path="none", mode=mode),
             f"failed to open file 'none' (mode: '{mode}'): No such file or directory", "error")
        check(not os.path.exists(both.ours.path("none")), f"mode {mode} made the file")
    for number, mode in enumerate(spellings("w", "a", "w+", "a+")):
        both.close(both.open(f"new{number}", mode))
        same(both.contents(f"new{number}"), b"", f"file made by mode {mode}")
    same(both.fails("open", path="none"), "failed to open file 'none' (mode: 'r'): No such file or directory", "default")


@case
def opening_what_is_there(lab):
    both = lab.both()
    for mode in spellings(*SPELLINGS):
        both.make("file", OLD, 0o640)
        both.close(both.open("file", mode))
        same(both.contents("file"), b"" if mode[0] == "w" else OLD, f"content after mode {mode}")
        same(both.modes("file"), (0o640, 0o640), f"permissions after mode {mode}")


@case
def reading_and_writing_as_the_mode_says(lab):
    both = lab.both()
    for kind, names in SPELLINGS.items():
        for mode in names:
            both.make("file", OLD)
            handle = both.open("file", mode)
            if kind in ("w", "a"):
                same(both.fails("read", handle=handle), f"failed to read file: {BAD}", f"read in mode {mode}")
            else:
                want = b"" if kind == "w+" else OLD
                same(both.read(handle), (want, True), f"read in mode {mode}")
            if kind == "r":
                same(both.fails("write", handle=handle, buf_b64="TkVX"), f"failed to write to file: {BAD}", "write in mode r")
            else:
                same(both.write(handle, b"NEW"), 3, f"write in mode {mode}")
            both.close(handle)
            after = {"r": OLD, "w": b"NEW", "w+": b"NEW"}.get(kind, OLD + b"NEW")
            if kind == "r+":
                after = OLD + b"NEW"    # the read before moved the position to the end
            same(both.contents("file"), after, f"content after mode {mode}")


@case
def nothing_is_read_or_written_without_the_right(lab):
    """No bytes: no error either, whatever the mode."""
    both = lab.both()
    both.make("file", OLD)
    handle = both.open("file", "a")
    same(both.read(handle, 0), (b"", False), "nothing read from a write-only handle")
    both.close(handle)
    handle = both.open("file", "r")
    same(both.write(handle, b""), 0, "nothing written to a read-only handle")
    same(both.write(handle, b"abc", count=0), 0, "nothing of three bytes written to a read-only handle")
    both.flush(handle)
    both.close(handle)


@case
def writing_overwrites_in_place(lab):
    both = lab.both()
    both.make("file", b"0123456789")
    handle = both.open("file", "r+")
    both.write(handle, b"abc")
    same(both.contents("file"), b"abc3456789", "content")
    both.close(handle)


@case
def appending_goes_to_the_end_whatever_the_position(lab):
    both = lab.both()
    for mode in spellings("a", "a+"):
        both.make("file", b"0123456789")
        handle = both.open("file", mode)
        same(both.seek(handle, 0, "cur"), 0, "position before the first write")
        both.write(handle, b"ab")
        same(both.seek(handle, 0, "cur"), 12, "position after a write")
        same(both.seek(handle, 3), 3, "seek")
        both.write(handle, b"cd")
        same(both.seek(handle, 0, "cur"), 14, "position after a write behind a seek")
        same(both.contents("file"), b"0123456789abcd", "content")
        both.close(handle)


@case
def appending_handles_see_each_other(lab):
    agent = lab.start()
    path = lab.file("log", b"")
    with lab.host(agent) as host:
        first, second = host.open(path, "a"), host.open(path, "ab+")
        for number in range(50):
            host.write_whole((first, second)[number % 2], b"%02d\n" % number)
        host.close_handle(first)
        same(host.seek(second, 0), 0, "seek")
        same(host.read(second), (b"".join(b"%02d\n" % n for n in range(50)), True), "content")
        host.close_handle(second)


@case
def truncating_under_another_handle(lab):
    agent = lab.start()
    path = lab.file("file", b"0123456789")
    with lab.host(agent) as host:
        reader = host.open(path)
        same(host.read(reader, 4), (b"0123", False), "first part")
        writer = host.open(path, "w")
        same(host.read(reader, 4), (b"", True), "nothing is left")
        host.write_whole(writer, b"abcdefgh")
        same(host.read(reader, 4), (b"efgh", False), "from the old position")
        host.close_handle(reader)
        host.close_handle(writer)


def permissions(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def masked(value):
    return {"before": lambda: os.umask(value)}


@case
def new_files_obey_the_umask(lab):
    """Row 12: 0666 & ~umask, 022 unless somebody says otherwise."""
    agent = lab.start(**masked(0o022))
    with lab.host(agent) as host:
        for number, mode in enumerate(spellings("w", "a", "w+", "a+")):
            path = lab.file(f"new{number}")
            host.close_handle(host.open(path, mode))
            same(oct(permissions(path)), "0o644", f"permissions of a file made with mode {mode}")


@case
def new_files_obey_another_umask(lab):
    """The one that the agent was started with."""
    for mask in (0o002, 0o027, 0o077):
        agent = lab.start(**masked(mask))
        with lab.host(agent) as host:
            path = lab.file(f"new{mask}")
            host.close_handle(host.open(path, "w"))
            same(oct(permissions(path)), oct(0o666 & ~mask), f"permissions with umask {mask:o}")


@case
def the_reference_makes_world_writable_files(lab):
    """Row 12, the other side: the difference is there."""
    both = lab.both()
    both.close(both.open("new", "w"))
    ours, theirs = both.modes("new")
    same((oct(ours), oct(theirs)), ("0o644", "0o666"), "permissions, ours and the reference's")


@case
def old_permissions_stay(lab):
    agent = lab.start()
    with lab.host(agent) as host:
        for mode in spellings("w", "a", "r+", "w+", "a+"):
            for bits in (0o600, 0o755, 0o666, 0o000, 0o4711):
                path = lab.file("file", OLD)
                os.chmod(path, bits)
                host.close_handle(host.open(path, mode))
                same(oct(permissions(path)), oct(bits), f"permissions after mode {mode}")


@case
def relative_paths_start_where_the_agent_does(lab):
    agent = lab.start(before=lambda: os.chdir(lab.files))
    lab.file("here", OLD)
    with lab.host(agent) as host:
        for name in ("here", "./here", "../files/here"):
            handle = host.open(name)
            same(host.read(handle), (OLD, True), name)
            host.close_handle(handle)


@case
def odd_names(lab):
    """Every byte a file name may have and JSON can carry; what is not UTF-8 cannot be named."""
    both = lab.both()
    names = ["a b", "\u00e9\U0001f600", "q\"'\\", "%s%n", "\n\t\x01\x7f", "\ufffd", "-", "..x", "x" * 255, "\u0100" * 127]
    for name in names:
        handle = both.open(name, "w")
        both.write(handle, name.encode())
        both.close(handle)
        same(both.contents(name), name.encode(), "content")
    same(both.fails("open", path="x" * 256), f"failed to open file '{'x' * 256}' (mode: 'r'): File name too long", "error")
