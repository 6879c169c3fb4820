# SPDX-License-Identifier: MIT
"""Broken text: characters, strings, brackets, includes, pragmas. Each with its whole message."""

import unittest

from schemas import check_complaint, complaint, generate, table

OK = "{ 'struct': 'Foo', 'data': {} }\n"

CASES = [
    ('double quotes', '{ "struct": "Foo" }', 'schema.json:1: strings need single quotes'),
    ('number', "{ 'struct': 1 }", "schema.json:1: unexpected character '1'"),
    ('null', "{ 'struct': null }", "schema.json:1: unexpected word 'null'"),
    ('unknown word', "{ 'struct': True }", "schema.json:1: unexpected word 'True'"),
    ('stray character', OK + '%', "schema.json:2: unexpected character '%'"),
    ('string without end', "{ 'struct': 'Foo\n }", "schema.json:1: string has no closing '"),
    ('string at end of file', "{ 'struct", "schema.json:1: string has no closing '"),
    ('escape', "{ 'struct': 'F\\noo' }", 'schema.json:1: the only escape in strings is \\\\'),
    ('escape at end of line', "{ 'struct': 'F\\", 'schema.json:1: the only escape in strings is \\\\'),
    ('control character in a string', "{ 'struct': 'F\too' }", "schema.json:1: character '\\t' in a string"),
    ('foreign character in a string', "{ 'struct': 'F\u00e9' }", "schema.json:1: character '\u00e9' in a string"),
    ('not UTF-8', b"# \xff\n", "schema.json:1: 'schema.json' is not UTF-8"),

    ('trailing comma in object', "{ 'struct': 'Foo',\n  'data': {},\n}", "schema.json:3: trailing comma before '}'"),
    ('trailing comma in list', "{ 'enum': 'Foo',\n  'data': [ 'a', ] }", "schema.json:2: trailing comma before ']'"),
    ('leading comma', "{ , 'struct': 'Foo' }", "schema.json:1: expected a member name, found ','"),
    ('doubled comma', "{ 'struct': 'Foo',, 'data': {} }", "schema.json:1: expected a member name, found ','"),
    ('missing comma', "{ 'struct': 'Foo' 'data': {} }", "schema.json:1: expected ',' or '}', found 'data'"),
    ('missing comma in list', "{ 'enum': 'Foo', 'data': [ 'a' 'b' ] }",
     "schema.json:1: expected ',' or ']', found 'b'"),
    ('missing colon', "{ 'struct' 'Foo' }", "schema.json:1: expected ':' after 'struct', found 'Foo'"),
    ('missing value', "{ 'struct': }", "schema.json:1: expected a string, a list, an object or a boolean, found '}'"),
    ('key is no string', '{ true: true }', 'schema.json:1: expected a member name, found true'),
    ('duplicate key', "{ 'struct': 'Foo',\n  'data': {},\n  'data': {} }", "schema.json:3: key 'data' given twice"),
    ('duplicate member', "{ 'struct': 'Foo', 'data': { 'a': 'int',\n 'a': 'str' } }",
     "schema.json:2: key 'a' given twice"),
    ('object without end', "{ 'struct': 'Foo',\n 'data': {\n",
     "schema.json:2: expected a member name, found end of file"),
    ('list without end', "{ 'enum': 'Foo',\n 'data': [ 'a'\n\n",
     "schema.json:3: expected ',' or ']', found end of file"),
    ('wrong bracket', "{ 'enum': 'Foo', 'data': [ 'a' } }", "schema.json:1: expected ',' or ']', found '}'"),
    ('bracket too many', OK + '}', "schema.json:2: expected '{', found '}'"),
    ('list at top level', '[]', "schema.json:1: expected '{', found '['"),
    ('string at top level', OK + "\n'x'", "schema.json:3: expected '{', found 'x'"),
    ('documentation inside an expression', "{ 'struct': 'Foo',\n##\n# x\n##\n 'data': {} }",
     'schema.json:2: expected a member name, found documentation comment'),
    ('empty object', '{ }', "schema.json:1: expression needs one of the keys 'command', 'struct', 'enum', 'union', "
     "'alternate', 'include', 'pragma'"),
    ('unknown expression', "{ 'event': 'FOO' }", "schema.json:1: expression needs one of the keys 'command', 'struct', "
     "'enum', 'union', 'alternate', 'include', 'pragma'"),

    ('pragma is no object', "{ 'pragma': 'x' }", "schema.json:1: value of 'pragma' must be an object"),
    ('unknown pragma', "{ 'pragma': {\n 'x': [] } }", "schema.json:2: unknown pragma 'x'"),
    ('pragma flag', "{ 'pragma': { 'doc-required': 'yes' } }",
     "schema.json:1: pragma 'doc-required' must be true or false"),
    ('pragma list', "{ 'pragma': { 'member-name-exceptions': 'Foo' } }",
     "schema.json:1: pragma 'member-name-exceptions' must be a list of strings"),
    ('pragma list item', "{ 'pragma': { 'member-name-exceptions': [ [] ] } }",
     "schema.json:1: pragma 'member-name-exceptions' must be a list of strings"),
    ('pragma twice', "{ 'pragma': { 'doc-required': false } }\n{ 'pragma': { 'doc-required': false } }",
     "schema.json:2: pragma 'doc-required' given twice"),
    ('pragma names nothing', OK + "{ 'pragma': { 'member-name-exceptions': [ 'Foo',\n 'Bar' ] } }",
     "schema.json:3: pragma 'member-name-exceptions' names 'Bar', which does not exist"),
    ('pragma names no command', OK + "{ 'pragma': { 'command-name-exceptions': [ 'Foo' ] } }",
     "schema.json:2: pragma 'command-name-exceptions' names 'Foo', which does not exist"),
    ('key beside pragma', "{ 'pragma': {}, 'x': {} }", "schema.json:1: unknown key 'x' beside 'pragma'"),
    ('key beside include', "{ 'include': 'a.json', 'struct': 'Foo' }",
     "schema.json:1: unknown key 'struct' beside 'include'"),
    ('include is no string', "{ 'include': [ 'a.json' ] }", "schema.json:1: value of 'include' must be a string"),
    ('include of a missing file', "\n{ 'include': 'a.json' }",
     "schema.json:2: cannot read 'a.json': No such file or directory"),
    ('include of itself', "{ 'include': 'schema.json' }", "schema.json:1: inclusion loop for 'schema.json'"),
    ('include loop', {'schema.json': "{ 'include': 'a.json' }", 'a.json': "\n\n{ 'include': 'b/b.json' }",
                      'b/b.json': "\n{ 'include': '../a.json' }"}, "b/b.json:2: inclusion loop for '../a.json'"),
    ('error in an included file', {'schema.json': "{ 'include': 'sub/a.json' }", 'sub/a.json': "{ 'struct': 'Foo' }"},
     "sub/a.json:1: struct 'Foo': key 'data' is missing"),
    ('duplicate in an included file', {'schema.json': "{ 'include': 'a.json' }\n" + OK, 'a.json': OK},
     "schema.json:2: 'Foo' is already defined at a.json:1"),
]


@table(CASES, check_complaint)
class Broken(unittest.TestCase):
    pass


class Good(unittest.TestCase):
    def test_nothing_at_all(self):
        self.assertIn('commands[]', generate('')['schema_commands.c'])

    def test_comments_and_blank_lines(self):
        self.assertIsNone(complaint("# x\n\n   # y %\n{ 'struct': 'Foo', # 'z'\n\t'data': # {\n {} }\n#"))

    def test_carriage_returns(self):
        self.assertIsNone(complaint(OK.replace('\n', '\r\n') + '##\r\n# free text\r\n##\r\n'))

    def test_backslash(self):
        self.assertEqual(complaint("{ 'struct': 'F\\\\oo', 'data': {} }"),
                         "schema.json:1: struct 'F\\oo': 'F\\oo' is not a valid name")

    def test_included_twice(self):
        self.assertIsNone(complaint({'schema.json': "{ 'include': 'a.json' }\n"
        "{ 'include': './a.json' }", 'a.json': OK}))

    def test_included_from_two_files(self):
        files = {'schema.json': "{ 'include': 'd/a.json' }\n{ 'include': 'd/b.json' }",
                 'd/a.json': "{ 'include': 'c.json' }", 'd/b.json': "{ 'include': 'c.json' }", 'd/c.json': OK}
        self.assertIsNone(complaint(files))

    def test_pragma_in_an_included_file_holds_everywhere(self):
        files = {'schema.json': "{ 'struct': 'Foo', 'data': { 'a_b': 'int' } }\n{ 'include': 'a.json' }",
                 'a.json': "{ 'pragma': { 'member-name-exceptions': [ 'Foo' ] } }"}
        self.assertIsNone(complaint(files))
