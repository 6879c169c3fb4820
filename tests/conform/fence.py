# SPDX-License-Identifier: MIT
"""Keeps every command with an effect away from the reference agent, which runs on the developer's own
machine: a stream of bytes may only go there when no name in it, escaped or not, is a guest command
other than the five harmless ones."""

import re

HARMLESS = ("guest-sync", "guest-sync-delimited", "guest-ping", "guest-info", "guest-get-time")


class Refused(Exception):
    pass


def check(data):
    """Raise Refused unless all of `data` is harmless, whatever piece of it the agent takes for a name."""
    texts = [data]
    if b"\\" in data:
        plain = re.sub(rb"\\u([0-9a-fA-F]{4})", lambda code: chr(int(code[1], 16)).encode("utf-8", "surrogatepass"), data)
        texts.append(plain)
    for text in texts:
        for name in re.findall(rb"guest-[a-z0-9_-]*", text.lower()):
            # A torn name is let through: none of the harmless ones begins like a whole other command.
            if not any(harmless.startswith(name.decode()) for harmless in HARMLESS):
                raise Refused(name.decode())
    return data
