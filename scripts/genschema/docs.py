# SPDX-License-Identifier: MIT
"""Documentation comments -> Doc objects.

A comment whose first line is "@name:" documents the definition that follows it: an overview, then one "@member:"
per member, then "Features:" with one "@feature:" each, and the tagged sections Returns, Errors, Since, TODO.
Any other comment is free text between definitions.
"""

import re

from .source import Place, SchemaError

TAGS = ('Returns', 'Errors', 'Since', 'TODO')
OLD_TAGS = ('Note', 'Notes', 'Example', 'Examples')
INDENT = 4


class Doc:
    """Texts are lists of lines without the leading '# ' and without common indentation."""

    def __init__(self, place, symbol):
        self.place = place
        self.symbol = symbol  # None for free text
        self.body = []
        self.members = {}  # name -> text
        self.features = {}
        self.tags = {}
        self.places = {}  # ('member', name) and the like -> Place

    def since(self):
        return ' '.join(self.tags.get('Since', [])).strip()


def parse(path, token):
    """A Doc for a token of kind 'doc'."""
    lines = list(token.value)
    while lines and not lines[0][1].strip():
        lines.pop(0)
    if not lines:
        raise SchemaError(token.place, 'documentation comment is empty')
    if not lines[0][1].startswith('@'):
        doc = Doc(token.place, None)
        doc.body = [text for _, text in lines]
        return doc
    return _DefinitionDoc(path, token.place, lines).run()


class _DefinitionDoc:
    def __init__(self, path, place, lines):
        self.path = path
        self.lines = lines
        number, first = lines[0]
        match = re.fullmatch(r'@([^:]*):\s*', first)
        if not match:
            raise SchemaError(Place(path, number), "line should be '@NAME:', with nothing behind it")
        if not match.group(1):
            raise SchemaError(Place(path, number), "name missing between '@' and ':'")
        self.doc = Doc(place, match.group(1))
        self.text = self.doc.body  # where the next line goes
        self.what = None  # name of the description that continuation lines belong to
        self.after_blank = True
        self.in_features = False
        self.members_done = False

    def run(self):
        for number, text in self.lines[1:]:
            self.line(Place(self.path, number), text)
        if self.in_features and not self.doc.features:
            raise SchemaError(self.doc.places['Features'], "'Features:' without a feature")
        for text in [self.doc.body, *self.doc.members.values(), *self.doc.features.values(), *self.doc.tags.values()]:
            _strip_blank(text)
        return self.doc

    def line(self, place, text):
        member = re.match(r'@([^:\s]*):(?: +|$)(.*)', text)
        tag = re.match(r'([A-Z][A-Za-z]*):(?: +|$)(.*)', text)
        if not text:
            self.text.append('')
        elif member:
            self.open_description(place, member.group(1), member.group(2))
        elif text == 'Features:':
            self.open_features(place)
        elif tag and tag.group(1) in TAGS + OLD_TAGS:
            self.open_tag(place, tag.group(1), tag.group(2))
        elif text.startswith(' ') and self.what:
            self.continuation(place, text)
        else:
            self.plain(place, text)
        self.after_blank = not text

    def continuation(self, place, text):
        if len(text) - len(text.lstrip()) < INDENT:
            raise SchemaError(place, f'continuation of {self.what} needs {INDENT} spaces after the #')
        self.text.append(text[INDENT:])

    def plain(self, place, text):
        if self.what and not self.after_blank:
            raise SchemaError(place, f'continuation of {self.what} needs {INDENT} spaces after the #')
        if self.in_features and not self.doc.features:
            raise SchemaError(place, "'Features:' without a feature")
        if self.what:
            self.members_done = True
            self.what = None
            self.text = self.doc.body
            self.text.append('')
        self.text.append(text)

    def open_description(self, place, name, text):
        if self.in_features:
            into, kind = self.doc.features, 'feature'
        elif self.members_done:
            raise SchemaError(place, f"description of '@{name}:' follows a section")
        else:
            into, kind = self.doc.members, 'member'
        if not name:
            raise SchemaError(place, "name missing between '@' and ':'")
        if name in into:
            raise SchemaError(place, f"{kind} '{name}' is described twice")
        self.start(into, name, text, f"'@{name}:'")
        self.doc.places[kind, name] = place

    def open_features(self, place):
        if 'Features' in self.doc.places:
            raise SchemaError(place, "'Features:' given twice")
        self.doc.places['Features'] = place
        self.in_features = True
        self.members_done = True
        self.what = None
        self.text = []

    def open_tag(self, place, tag, text):
        if tag in OLD_TAGS:
            raise SchemaError(place, f"section '{tag}:' is not supported")
        if tag in self.doc.tags:
            raise SchemaError(place, f"'{tag}:' given twice")
        if self.in_features and not self.doc.features:
            raise SchemaError(place, "'Features:' without a feature")
        self.in_features = False
        self.members_done = True
        self.start(self.doc.tags, tag, text, f"'{tag}:'")
        self.doc.places['tag', tag] = place

    def start(self, into, name, text, what):
        into[name] = [text] if text else []
        self.text = into[name]
        self.what = what


def _strip_blank(text):
    while text and not text[0].strip():
        text.pop(0)
    while text and not text[-1].strip():
        text.pop()


def paragraphs(text):
    """Joins lines to paragraphs and list items: a list of strings, items begin with '- '."""
    found = []
    open_one = False
    for line in text:
        stripped = line.strip()
        if not stripped:
            open_one = False
        elif stripped.startswith('- ') or not open_one:
            found.append(stripped)
            open_one = True
        else:
            found[-1] += ' ' + stripped
    return found
