# SPDX-License-Identifier: MIT
"""Reads a file of expected/: what is sent, and the line that must come back, byte for byte.

The reply may be laid out over several lines: a line break and the blanks around it stand for one blank after a comma
or colon, and for nothing elsewhere. Lines in front of it begin with `#` (a remark), `>` (the request, if it is not the
bare command that the file is named after) or `$` (options for the agent).
"""

import json
import os


class Expected:
    def __init__(self, path):
        self.name = os.path.basename(path)[:-len(".json")]
        self.request = None
        self.options = []
        with open(path, encoding="utf-8") as text:
            self.reply = self.join(self.take_head(text.read().split("\n"))).encode() + b"\n"
        if self.request is None:
            self.request = json.dumps({"execute": self.name.split(".")[0]})

    def take_head(self, lines):
        """Keeps what the first lines say and returns the others."""
        while lines and lines[0][:1] in ("#", ">", "$", ""):
            line = lines.pop(0)
            if line.startswith(">"):
                self.request = line[1:].strip()
            elif line.startswith("$"):
                self.options += line[1:].split()
        return lines

    @staticmethod
    def join(lines):
        text = ""
        for line in filter(None, (line.strip() for line in lines)):
            text += (" " if text.endswith((",", ":")) else "") + line
        return text


def of_machine(folder):
    """All expectations of a machine, in the order of their names."""
    where = os.path.join(folder, "expected")
    return [Expected(os.path.join(where, name)) for name in sorted(os.listdir(where)) if name.endswith(".json")]
