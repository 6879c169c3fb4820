# SPDX-License-Identifier: MIT
"""The transcript format: see README.md. Reads *.t files into cases; expands bytes lazily, because some
are larger than 64 MiB."""

import functools
import glob
import os
import re

NAMED = {"LF": b"\n", "CR": b"\r", "TAB": b"\t", "SP": b" "}
WILD = {
    "INT": rb"-?[0-9]+",
    "TIME": rb"[12][0-9]{18}",
    "ANYTHING": rb"[^\n]*",
    "TEXT": rb'[^"\\]*',
    "ENTRIES": rb'\{"name": "[a-zA-Z0-9_.-]+", "enabled": (?:true|false), "success-response": (?:true|false)\}'
               rb'(?:, \{"name": "[a-zA-Z0-9_.-]+", "enabled": (?:true|false), "success-response": (?:true|false)\})*',
}
FLAGS = ("sweep", "unfinished", "slow")


class BadTranscript(Exception):
    pass


def _parse(text, at, nested):
    """Bytes of `text` from `at`; inside a repeat it ends at `*N>`. Returns parts and the end."""
    parts, plain = [], bytearray()
    while at < len(text):
        stop = re.compile(r"\*(\d+)>").match(text, at) if nested else None
        if stop:
            return [bytes(plain * int(stop[1]))], stop.end()
        if text[at] != "<":
            plain += text[at].encode()
            at += 1
            continue
        named = re.compile(r"<(?:([0-9A-F]{2})|([A-Z]{2,8}))>").match(text, at)
        if named and (named[1] or named[2] in NAMED):
            plain += bytes([int(named[1], 16)]) if named[1] else NAMED[named[2]]
            at = named.end()
        elif named and named[2] in WILD and not nested:
            parts += [bytes(plain), named[2]]
            plain = bytearray()
            at = named.end()
        else:
            inner, at = _parse(text, at + 1, True)
            plain += inner[0]
    if nested:
        raise BadTranscript(f"no *N> ends the repeat in {text[:60]!r}")
    parts.append(bytes(plain))
    return parts, at


@functools.lru_cache(maxsize=8)
def expand(text):
    return _parse(text, 0, False)[0]


def to_bytes(text):
    parts = expand(text)
    if len(parts) != 1:
        raise BadTranscript(f"a wildcard cannot be sent: {text[:60]!r}")
    return parts[0]


def matches(text, got):
    """Whether the bytes `got` are what the reply `text` (LF implied) describes."""
    parts = expand(text)
    if len(parts) == 1:
        return got == parts[0] + b"\n"
    pattern = b"".join(WILD[part] if isinstance(part, str) else re.escape(part) for part in parts)
    return re.fullmatch(pattern + rb"\n", got) is not None


def show(text):
    """A reply in the file's own notation, for messages."""
    return text if len(text) < 400 else text[:400] + "..."


def escape(data, limit=600):
    """Bytes in the notation of the transcripts."""
    out = []
    for char in data[:limit].decode("utf-8", "surrogateescape"):
        if "\udc80" <= char <= "\udcff":
            out.append(f"<{ord(char) - 0xDC00:02X}>")
        elif char == "\n":
            out.append("<LF>")
        elif char < " " or char == "<" or char == "\x7f":
            out.append(f"<{ord(char):02X}>")
        else:
            out.append(char)
    return "".join(out) + (f"... ({len(data)} bytes)" if len(data) > limit else "")


class Case:
    def __init__(self, name, pins, path, line):
        self.name, self.pins, self.path, self.line = name, pins, path, line
        self.ops, self.flags, self.agent_args, self.pending = [], set(), (), ""

    @property
    def where(self):
        return f"{os.path.basename(self.path)}:{self.line}"

    def sends(self):
        return [text for kind, text in self.ops if kind == "send"]

    def uses_test_commands(self):
        return any("__org.virtagent_test-" in text for text in self.sends())


def _reply(kind, text):
    if kind == "<":
        return text
    name = {"E": "GenericError", "N": "CommandNotFound"}[kind]
    return f'{{"error": {{"class": "{name}", "desc": "{text}"}}}}'


def read(path):
    cases, case, agent_args, pending = [], None, (), ""
    with open(path, encoding="utf-8", newline="\n") as lines:
        for number, line in enumerate(lines, 1):
            line = line.rstrip("\n")
            word, _, rest = line.partition(" ")
            bad = BadTranscript(f"{path}:{number}: cannot read {line[:60]!r}")
            if not line or line.startswith("#"):
                continue
            if word == "agent" and case is None:
                agent_args = tuple(rest.split())
            elif word == "pending" and case is None:
                pending = rest
            elif word == "==":
                head = re.fullmatch(r"([a-z0-9-]+) +# ((?:behaviour|decision|clients|choice|appendix) .+)", rest)
                if not head:
                    raise bad
                case = Case(head[1], [pin.strip() for pin in head[2].split(",")], path, number)
                case.agent_args, case.pending = agent_args, pending
                cases.append(case)
            elif case is None:
                raise bad
            elif word == ">":
                case.ops.append(("send", rest))
            elif word in ("<", "E", "N"):
                case.ops.append(("reply", _reply(word, rest)))
            elif line in ("quiet", "reconnect", "hangup"):
                case.ops.append((line, ""))
            elif line in FLAGS:
                case.flags.add(line)
            else:
                raise bad
    for case in cases:
        if not case.ops:
            raise BadTranscript(f"{case.where}: case {case.name} is empty")
    return cases


def load(folder):
    cases = []
    for path in sorted(glob.glob(os.path.join(folder, "*.t"))):
        cases += read(path)
    names = [case.name for case in cases]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadTranscript(f"names used twice: {', '.join(twice)}")
    return cases
