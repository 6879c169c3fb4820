# SPDX-License-Identifier: MIT
"""Reads the text that describes a captured machine, and unpacks it into a folder for `virtagent --root`.

The format is described in README.md. In short, one line per file or link, contents indented by a tab:

    about   a guest with one disk
    from    built after Documentation/admin-guide/iostats.rst
    expect  from the rules, by hand
    in      /sys/block/vda
    attr    size 41943040
    link    device ../../devices/pci0000:00/0000:00:05.0/virtio2
    file    /proc/loadavg
            0.00 0.01 0.05 1/80 1234
"""

import os
import re
import struct
import subprocess
import sys

import binary

HEAD = ("about", "from", "expect")
ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|[\\ntr0])")
LETTERS = {b"\\": b"\\", b"n": b"\n", b"t": b"\t", b"r": b"\r", b"0": b"\0"}
INCLUDE_DEPTH = 8


class Bad(Exception):
    """A manifest that does not follow the format."""


def unescape(text):
    """\\xNN, \\n, \\t, \\r, \\0 and \\\\ become the bytes they stand for."""
    def one(found):
        word = found[1]
        return bytes.fromhex(word[1:].decode()) if word[:1] == b"x" and len(word) == 3 else LETTERS[word]
    return ESCAPE.sub(one, text.encode())


class Manifest:
    """What a manifest says: `head` by keyword, `env` and `agent` for starting the agent, `nodes` by absolute path."""

    def __init__(self):
        self.head = {}
        self.env = {}
        self.agent = []
        self.nodes = {}  # path: (kind, bytes)

    def add(self, path, kind, data, where):
        path = os.path.normpath(path)
        if not path.startswith("/") or path.startswith("//"):
            raise Bad(f"{where}: {path} is not an absolute path")
        old = self.nodes.get(path)
        if old and not (kind == old[0] == "dir"):
            raise Bad(f"{where}: {path} was described before")
        self.nodes[path] = (kind, data)

    def unpack(self, folder):
        """Makes the tree below an existing, empty folder."""
        top = os.fsencode(folder)
        for path, (kind, data) in self.nodes.items():
            full = top + os.fsencode(path)
            os.makedirs(full if kind == "dir" else os.path.dirname(full), exist_ok=True)
            if kind == "link":
                os.symlink(data, full)
            elif kind == "fifo":
                os.mkfifo(full)
            elif kind == "file":
                with open(full, "wb") as new:
                    new.write(data)


class Reader:
    """One text on its way into a manifest."""

    def __init__(self, manifest, name, folder, depth):
        self.manifest, self.name, self.folder, self.depth = manifest, name, folder, depth
        self.prefix = "/"

    def where(self, number):
        return f"{self.name}:{number}"

    def path(self, word, number):
        text = os.fsdecode(unescape(word))
        if not text:
            raise Bad(f"{self.where(number)}: a path is missing")
        return os.path.join(self.prefix, text)

    def read(self, text):
        lines = text.split("\n")
        at = 0
        while at < len(lines):
            line, number = lines[at], at + 1
            at += 1
            if not line.strip() or line.startswith("#"):
                continue
            if line[0].isspace():
                raise Bad(f"{self.where(number)}: contents without a file")
            body = []
            while at < len(lines) and (lines[at].startswith("\t") or self.blank_inside(lines, at)):
                body.append(lines[at][1:])
                at += 1
            keyword, _, rest = line.partition(" ")
            self.take(keyword, rest.strip(" "), body, number)

    @staticmethod
    def blank_inside(lines, at):
        """An empty line between two lines of contents, whose tab an editor may have removed."""
        after = next((line for line in lines[at:] if line), "")
        return lines[at] == "" and after.startswith("\t")

    def take(self, keyword, rest, body, number):
        handler = getattr(self, f"take_{keyword}", None)
        if keyword in HEAD:
            self.manifest.head.setdefault(keyword, []).append(rest)
        elif keyword in binary.KINDS:
            try:
                data = binary.KINDS[keyword]([line for line in body if not line.startswith("#")])
            except (ValueError, KeyError, struct.error) as err:
                raise Bad(f"{self.where(number)}: {keyword}: {err!r}") from err
            self.manifest.add(self.path(rest, number), "file", data, self.where(number))
        elif handler:
            if body and keyword not in ("file",):
                raise Bad(f"{self.where(number)}: {keyword} has no contents")
            handler(rest, body, number)
        else:
            raise Bad(f"{self.where(number)}: what is '{keyword}'?")

    def take_in(self, rest, _, number):
        self.prefix = "/"
        self.prefix = self.path(rest, number)

    def take_dir(self, rest, _, number):
        self.manifest.add(self.path(rest, number), "dir", None, self.where(number))

    def take_fifo(self, rest, _, number):
        self.manifest.add(self.path(rest, number), "fifo", None, self.where(number))

    def take_link(self, rest, _, number):
        name, _, target = rest.partition(" ")
        if not target:
            raise Bad(f"{self.where(number)}: link NAME TARGET")
        self.manifest.add(self.path(name, number), "link", unescape(target), self.where(number))

    def take_attr(self, rest, _, number):
        name, _, value = rest.partition(" ")
        self.manifest.add(self.path(name, number), "file", unescape(value) + b"\n", self.where(number))

    def take_raw(self, rest, _, number):
        name, _, value = rest.partition(" ")
        self.manifest.add(self.path(name, number), "file", unescape(value), self.where(number))

    def take_file(self, rest, body, number):
        data = "".join(line + "\n" for line in body).encode()
        self.manifest.add(self.path(rest, number), "file", data, self.where(number))

    def take_env(self, rest, _, number):
        name, equals, value = rest.partition("=")
        if not equals:
            raise Bad(f"{self.where(number)}: env NAME=VALUE")
        self.manifest.env[name] = value

    def take_agent(self, rest, _, __):
        self.manifest.agent.append(rest)

    def take_include(self, rest, _, number):
        if self.depth == INCLUDE_DEPTH:
            raise Bad(f"{self.where(number)}: too many includes inside one another")
        read_into(self.manifest, os.path.join(self.folder, rest), self.depth + 1)


def text_of(path):
    """A manifest is a text, or a program NAME.py that prints one."""
    if not path.endswith(".py"):
        with open(path, encoding="utf-8") as text:
            return text.read()
    made = subprocess.run([sys.executable, "-B", path], capture_output=True, text=True, timeout=60, check=False)
    if made.returncode:
        raise Bad(f"{path}: {made.stderr.strip()}")
    return made.stdout


def read_into(manifest, path, depth):
    Reader(manifest, os.path.relpath(path), os.path.dirname(path), depth).read(text_of(path))


def read(path):
    """The manifest in that file, complete: a head that says where it is from, and at least one file."""
    manifest = Manifest()
    read_into(manifest, path, 0)
    for keyword in HEAD:
        if not manifest.head.get(keyword):
            raise Bad(f"{path}: no '{keyword}' line")
    if not manifest.nodes:
        raise Bad(f"{path}: describes no files")
    return manifest


def of_machine(folder):
    """The manifest of a folder: `manifest`, or what `manifest.py` prints."""
    text = os.path.join(folder, "manifest")
    return read(text if os.path.exists(text) else text + ".py")
