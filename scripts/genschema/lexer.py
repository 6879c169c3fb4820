# SPDX-License-Identifier: MIT
"""Text of one schema file -> tokens.

The syntax is JSON with single-quoted strings, without numbers and null, with # comments. A line that is only ##
opens and closes a documentation comment, which is a token of its own.
"""

from typing import Any, NamedTuple

from .source import Place, SchemaError

PUNCTUATION = '{}[]:,'
WORDS = {'true': True, 'false': False}


class Token(NamedTuple):
    kind: str  # one of PUNCTUATION, or: string, bool, doc, end
    value: Any  # doc: list of (line number, text without the #)
    place: Place

    def describe(self):
        if self.kind == 'string':
            return f"'{self.value}'"
        if self.kind == 'bool':
            return 'true' if self.value else 'false'
        return {'end': 'end of file', 'doc': 'documentation comment'}.get(self.kind, f"'{self.kind}'")


def tokens(path, text):
    """All tokens of a file, the last one of kind 'end'."""
    return _Lexer(path, text).run()


class _Lexer:
    def __init__(self, path, text):
        self.path = path
        self.lines = text.split('\n')
        self.row = 0
        self.column = 0
        self.found = []

    def place(self):
        return Place(self.path, self.row + 1)

    def run(self):
        while self.row < len(self.lines):
            line = self.lines[self.row]
            if self.column >= len(line):
                self.row += 1
                self.column = 0
            else:
                self.one(line)
        last = Place(self.path, max(1, len(self.lines) - (self.lines[-1] == '')))
        self.found.append(Token('end', None, last))
        return self.found

    def one(self, line):
        char = line[self.column]
        if char in ' \t\r':
            self.column += 1
        elif char == '#':
            self.comment(line[self.column:].rstrip())
        elif char in PUNCTUATION:
            self.add(char, char, 1)
        elif char == "'":
            self.string(line)
        elif char.isalpha():
            self.word(line)
        elif char == '"':
            raise SchemaError(self.place(), 'strings need single quotes')
        else:
            raise SchemaError(self.place(), f'unexpected character {char!r}')

    def add(self, kind, value, length):
        self.found.append(Token(kind, value, self.place()))
        self.column += length

    def word(self, line):
        end = self.column
        while end < len(line) and (line[end].isalnum() or line[end] in '_-.'):
            end += 1
        word = line[self.column:end]
        if word not in WORDS:
            raise SchemaError(self.place(), f"unexpected word '{word}'")
        self.add('bool', WORDS[word], len(word))

    def string(self, line):
        value = ''
        at = self.column + 1
        while True:
            if at >= len(line):
                raise SchemaError(self.place(), "string has no closing '")
            char = line[at]
            if char == "'":
                break
            if char == '\\':
                if line[at + 1:at + 2] != '\\':
                    raise SchemaError(self.place(), 'the only escape in strings is \\\\')
                at += 1
            elif not ' ' <= char <= '~':
                raise SchemaError(self.place(), f'character {char!r} in a string')
            value += char
            at += 1
        self.add('string', value, at + 1 - self.column)

    def next_line(self):
        self.row += 1
        self.column = 0

    def comment(self, text):
        if not text.startswith('##'):
            self.next_line()
            return
        if text != '##':
            raise SchemaError(self.place(), "junk after '##' at the start of a documentation comment")
        start = self.place()
        lines = []
        self.next_line()
        while self.row < len(self.lines):
            text = self.lines[self.row].strip()
            if not text.startswith('#'):
                break
            if text.startswith('##'):
                if text != '##':
                    raise SchemaError(self.place(), "junk after '##' at the end of a documentation comment")
                self.found.append(Token('doc', lines, start))
                self.next_line()
                return
            if text[1:2] not in ('', ' '):
                raise SchemaError(self.place(), "missing space after '#'")
            lines.append((self.row + 1, text[2:]))
            self.next_line()
        raise SchemaError(start, "documentation comment has no closing '##'")
