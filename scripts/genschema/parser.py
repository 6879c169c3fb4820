# SPDX-License-Identifier: MIT
"""Schema files -> expressions with their documentation; follows includes, collects pragmas."""

import os

from . import docs, lexer
from .source import Place, SchemaError

PRAGMA_LISTS = ('command-name-exceptions', 'command-returns-exceptions', 'documentation-exceptions',
                'member-name-exceptions')


class Text(str):
    """A string of the schema that knows its place."""

    def __new__(cls, value, place):
        self = super().__new__(cls, value)
        self.place = place
        return self


class Flag:
    def __init__(self, value, place):
        self.value = value
        self.place = place


class List(list):
    def __init__(self, place):
        super().__init__()
        self.place = place


class Object(dict):
    """Members in the order of the file; keys are Text."""

    def __init__(self, place):
        super().__init__()
        self.place = place

    def key_place(self, name):
        return next(key.place for key in self if key == name)


class Expression:
    """A definition: an object whose first key says what it defines."""

    def __init__(self, value, doc):
        self.value = value
        self.doc = doc
        self.place = value.place


class Pragma:
    def __init__(self):
        self.doc_required = False
        self.lists = {name: [] for name in PRAGMA_LISTS}
        self.given = set()

    def excepts(self, kind, name):
        return name in self.lists[kind]


class Schema:
    """All expressions of a schema in reading order."""

    def __init__(self):
        self.expressions = []
        self.pragma = Pragma()
        self.files = []  # every file read, in order


def parse(path):
    schema = Schema()
    _read(schema, path, Place(path, 1), [])
    return schema


def _read(schema, path, wanted_at, chain):
    try:
        with open(path, encoding='utf-8', newline='') as file:
            text = file.read()
    except OSError as error:
        raise SchemaError(wanted_at, f"cannot read '{path}': {error.strerror}") from None
    except UnicodeDecodeError:
        raise SchemaError(wanted_at, f"'{path}' is not UTF-8") from None
    schema.files.append(path)
    _Parser(schema, path, lexer.tokens(path, text), chain + [os.path.realpath(path)]).run()


class _Parser:
    def __init__(self, schema, path, tokens, chain):
        self.schema = schema
        self.path = path
        self.tokens = tokens
        self.chain = chain  # real paths of the files being read, outermost first
        self.at = 0

    def peek(self):
        return self.tokens[self.at]

    def take(self):
        token = self.tokens[self.at]
        self.at += 1
        return token

    def run(self):
        doc = None
        while self.peek().kind != 'end':
            token = self.peek()
            if token.kind == 'doc':
                self.take()
                self.reject_lonely(doc)
                doc = docs.parse(self.path, token)
                if doc.symbol is None:
                    doc = None
                continue
            if token.kind != '{':
                raise SchemaError(token.place, f"expected '{{', found {token.describe()}")
            value = self.object()
            if 'include' in value or 'pragma' in value:
                self.reject_lonely(doc)
                self.directive(value)
            else:
                self.schema.expressions.append(Expression(value, doc))
            doc = None
        self.reject_lonely(doc)

    @staticmethod
    def reject_lonely(doc):
        if doc:
            raise SchemaError(doc.place, f"documentation of '{doc.symbol}' is not followed by its definition")

    # values

    def value(self):
        token = self.peek()
        if token.kind == '{':
            return self.object()
        if token.kind == '[':
            return self.list()
        self.take()
        if token.kind == 'string':
            return Text(token.value, token.place)
        if token.kind == 'bool':
            return Flag(token.value, token.place)
        raise SchemaError(token.place, f"expected a string, a list, an object or a boolean, found {token.describe()}")

    def object(self):
        result = Object(self.take().place)
        if self.peek().kind == '}':
            self.take()
            return result
        while True:
            token = self.take()
            if token.kind == '}':
                raise SchemaError(token.place, "trailing comma before '}'")
            if token.kind != 'string':
                raise SchemaError(token.place, f'expected a member name, found {token.describe()}')
            if token.value in result:
                raise SchemaError(token.place, f"key '{token.value}' given twice")
            colon = self.take()
            if colon.kind != ':':
                raise SchemaError(colon.place, f"expected ':' after '{token.value}', found {colon.describe()}")
            result[Text(token.value, token.place)] = self.value()
            if not self.more('}'):
                return result

    def list(self):
        result = List(self.take().place)
        if self.peek().kind == ']':
            self.take()
            return result
        while True:
            if self.peek().kind == ']':
                raise SchemaError(self.peek().place, "trailing comma before ']'")
            result.append(self.value())
            if not self.more(']'):
                return result

    def more(self, close):
        token = self.take()
        if token.kind not in (',', close):
            raise SchemaError(token.place, f"expected ',' or '{close}', found {token.describe()}")
        return token.kind == ','

    # include and pragma

    def directive(self, value):
        kind = 'include' if 'include' in value else 'pragma'
        extra = [key for key in value if key != kind]
        if extra:
            raise SchemaError(extra[0].place, f"unknown key '{extra[0]}' beside '{kind}'")
        if kind == 'include':
            self.include(value['include'])
        else:
            self.pragma(value['pragma'], value.place)

    def include(self, name):
        if not isinstance(name, Text):
            raise SchemaError(name.place, "value of 'include' must be a string")
        path = os.path.join(os.path.dirname(self.path), name)
        real = os.path.realpath(path)
        if real in self.chain:
            raise SchemaError(name.place, f"inclusion loop for '{name}'")
        if real not in map(os.path.realpath, self.schema.files):
            _read(self.schema, path, name.place, self.chain)

    def pragma(self, value, place):
        if not isinstance(value, Object):
            raise SchemaError(place, "value of 'pragma' must be an object")
        pragma = self.schema.pragma
        for key, setting in value.items():
            # QEMU's parser lets a second pragma silently replace the first
            if key in pragma.given:
                raise SchemaError(key.place, f"pragma '{key}' given twice")
            pragma.given.add(key)
            if key == 'doc-required':
                if not isinstance(setting, Flag):
                    raise SchemaError(key.place, "pragma 'doc-required' must be true or false")
                pragma.doc_required = setting.value
            elif key in PRAGMA_LISTS:
                if not isinstance(setting, List) or not all(isinstance(item, Text) for item in setting):
                    raise SchemaError(key.place, f"pragma '{key}' must be a list of strings")
                pragma.lists[key] = list(setting)
            else:
                raise SchemaError(key.place, f"unknown pragma '{key}'")
