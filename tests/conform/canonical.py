# SPDX-License-Identifier: MIT
"""Brings a reply into a form in which the order of members does not count (decision 3) and every other byte
does. The top-level order stays: `return` and `id` first is a promise."""

import re

TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+|\s+')


def _value(tokens, depth):
    head = tokens.pop()
    if head == b"[":
        out = []
        while tokens[-1] != b"]":
            item = b""
            while tokens[-1] not in (b",", b"]"):
                item += _value(tokens, depth + 1)
            out.append(item)
            if tokens[-1] == b",":
                out[-1] += tokens.pop()
                while tokens[-1].isspace():
                    out[-1] += tokens.pop()
        return b"[" + b"".join(out) + tokens.pop()
    if head == b"{":
        out = []
        while tokens[-1] != b"}":
            member = b""
            while tokens[-1] not in (b",", b"}"):
                member += _value(tokens, depth + 1)
            out.append(member)
            if tokens[-1] == b",":
                tokens.pop()
                if tokens[-1] != b" ":
                    raise ValueError
                tokens.pop()
        tokens.pop()
        return b"{" + b", ".join(sorted(out) if depth else out) + b"}"
    return head


def canonical(line):
    """The reply with the members of nested objects sorted; the reply itself when it is not JSON."""
    tokens = TOKEN.findall(line)
    if b"".join(tokens) != line:
        return line
    tokens.reverse()
    out = b""
    try:
        while tokens:
            out += _value(tokens, 0)
    except (IndexError, ValueError, RecursionError):
        return line
    return out
