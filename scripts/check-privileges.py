#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds the table of commands in docs/SECURITY-MODEL.md to the schema; --write makes it so."""

import sys
from pathlib import Path

sys.dont_write_bytecode = True  # the source tree stays clean
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from genschema import outputs  # noqa: E402  (the path has to be set first)

TOP = HERE.parent
PAGE = TOP / "docs" / "SECURITY-MODEL.md"
BEGIN, END = "<!-- commands -->\n", "<!-- end of commands -->\n"


def table():
    """The generated rows, without the comments above them, and every command told what it may do without."""
    schema = TOP / "schema"
    texts, _ = outputs.generate(str(schema / "virtagent.json"), frozenset(), str(schema / "order.txt"))
    return "".join(line + "\n" for line in texts["privileges.md"].splitlines() if line.startswith("|"))


def replaced(text, rows):
    """The page with these rows, or None when it has no place for them."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    return before + BEGIN + rows + END + after if begin and end else None


def self_test():
    assert replaced("a\n" + BEGIN + "old\n" + END + "z\n", "new\n") == "a\n" + BEGIN + "new\n" + END + "z\n"
    assert replaced("a\n" + BEGIN, "new\n") is None
    rows = table()
    assert "| guest-set-time | acting worker | CAP_SYS_TIME |" in rows, rows
    assert "| guest-ping | front | | |" in rows, rows
    return 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    text = PAGE.read_text(encoding="utf-8")
    wanted = replaced(text, table())
    if wanted is None:
        print(f"{PAGE}: no place for the table")
        return 1
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(wanted, encoding="utf-8")
    elif text != wanted:
        print(f"{PAGE}: the table of commands is not that of the schema: scripts/check-privileges.py --write")
        return 1
    print("0 complaints")
    return 0


if __name__ == "__main__":
    sys.exit(main())
