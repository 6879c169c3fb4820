# SPDX-License-Identifier: MIT
"""Documentation comments: what is demanded of them, and what becomes of them."""

import unittest

from schemas import check_complaint, complaint, generate, table

REQUIRED = "{ 'pragma': { 'doc-required': true } }\n"


def doc(*lines):
    return '##\n' + ''.join('# '.rstrip() + '\n' if not line else f'# {line}\n' for line in lines) + '##\n'


def struct(*lines, members="'a': 'int'"):
    """A struct Foo with documentation; the first of the lines is line 5 of the file."""
    return REQUIRED + doc('@Foo:', '', *lines) + "{ 'struct': 'Foo', 'data': { " + members + ' } }\n'


def command(*lines, rest=''):
    return REQUIRED + doc('@foo:', '', 'Text.', '', *lines) + "{ 'command': 'foo'" + rest + ' }\n'


A = ('Text.', '', '@a: a', '')
S = 'Since: 1.0'

CASES = [
    ('missing', REQUIRED + "{ 'struct': 'Foo', 'data': {} }", "schema.json:2: struct 'Foo': documentation is missing"),
    ('only free text', REQUIRED + '##\n# Text.\n##\n' + "{ 'struct': 'Foo', 'data': {} }",
     "schema.json:5: struct 'Foo': documentation is missing"),
    ('for another', doc('@Bar:', '', 'Text.') + "{ 'struct': 'Foo', 'data': {} }",
     "schema.json:1: struct 'Foo': the documentation in front of it is for 'Bar'"),
    ('followed by another comment', doc('@Foo:') + doc('@Foo:'),
     "schema.json:1: documentation of 'Foo' is not followed by its definition"),
    ('followed by include', doc('@Foo:') + "{ 'include': 'x.json' }",
     "schema.json:1: documentation of 'Foo' is not followed by its definition"),
    ('followed by nothing', '\n' + doc('@Foo:'),
     "schema.json:2: documentation of 'Foo' is not followed by its definition"),
    ('without end', '##\n# @Foo:\n', "schema.json:1: documentation comment has no closing '##'"),
    ('interrupted', '##\n# @Foo:\n\n# Text.\n##\n', "schema.json:1: documentation comment has no closing '##'"),
    ('interrupted by code', "##\n# @Foo:\n{ 'struct': 'Foo', 'data': {} }\n##\n",
     "schema.json:1: documentation comment has no closing '##'"),
    ('empty', '##\n##\n', 'schema.json:1: documentation comment is empty'),
    ('blank', '##\n#\n#\n##\n', 'schema.json:1: documentation comment is empty'),
    ('junk at the start', '## @Foo:\n##\n', "schema.json:1: junk after '##' at the start of a documentation comment"),
    ('junk at the end', '##\n# @Foo:\n## end\n',
     "schema.json:3: junk after '##' at the end of a documentation comment"),
    ('rule instead of a start', '####\n', "schema.json:1: junk after '##' at the start of a documentation comment"),
    ('no space', '##\n# @Foo:\n#Text.\n##\n', "schema.json:3: missing space after '#'"),
    ('symbol without colon', '##\n# @Foo\n##\n', "schema.json:2: line should be '@NAME:', with nothing behind it"),
    ('text behind the symbol', '##\n# @Foo: text\n##\n',
     "schema.json:2: line should be '@NAME:', with nothing behind it"),
    ('symbol without name', '##\n# @:\n##\n', "schema.json:2: name missing between '@' and ':'"),

    ('member undocumented', struct('Text.', '', S), "schema.json:9: struct 'Foo': 'a' is not documented"),
    ('member empty', struct('Text.', '', '@a:', '', S), "schema.json:7: struct 'Foo': description of 'a' is empty"),
    ('member twice', struct(*A, '@a: a', '', S), "schema.json:9: member 'a' is described twice"),
    ('member unknown', struct(*A, '@b: b', '', S), "schema.json:9: struct 'Foo': documented member 'b' does not exist"),
    ('member without name', struct(*A, '@: b', '', S), "schema.json:9: name missing between '@' and ':'"),
    ('member after a section', struct('Text.', '', S, '', '@a: a'),
     "schema.json:9: description of '@a:' follows a section"),
    ('member after text', struct(*A, 'More.', '', '@b: b'), "schema.json:11: description of '@b:' follows a section"),
    ('member not indented', struct('Text.', '', '@a: a', 'and more', '', S),
     "schema.json:8: continuation of '@a:' needs 4 spaces after the #"),
    ('member hardly indented', struct('Text.', '', '@a: a', '  and more', '', S),
     "schema.json:8: continuation of '@a:' needs 4 spaces after the #"),
    ('second paragraph hardly indented', struct('Text.', '', '@a: a', '', '  and more', '', S),
     "schema.json:9: continuation of '@a:' needs 4 spaces after the #"),
    ('section not indented', command('Errors: one', 'more', S),
     "schema.json:8: continuation of 'Errors:' needs 4 spaces after the #"),
    ('enum value undocumented',
     REQUIRED + doc('@Foo:', 'Text.', '@a: a', S) + "{ 'enum': 'Foo', 'data': [ 'a',\n'b' ] }",
     "schema.json:9: enum 'Foo': 'b' is not documented"),
    ('alternate branch undocumented',
     REQUIRED + doc('@Foo:', 'Text.', S) + "{ 'alternate': 'Foo', 'data': { 'i': 'int' } }",
     "schema.json:7: alternate 'Foo': 'i' is not documented"),
    ('argument undocumented', command(S, rest=", 'data': { 'a': 'int' }"),
     "schema.json:9: command 'foo': 'a' is not documented"),
    ('members of a named type',
     REQUIRED + doc('@Foo:', 'Text.', '@a: a', S) + "{ 'struct': 'Foo', 'data': { 'a': 'int' } }\n"
     + command('@a: a', '', S, rest=", 'data': 'Foo'")[len(REQUIRED):],
     "schema.json:14: command 'foo': documented member 'a' does not exist"),

    ('no overview', struct('@a: a', '', S), "schema.json:2: struct 'Foo': documentation has no overview"),
    ('no since', struct(*A), "schema.json:2: struct 'Foo': documentation lacks 'Since:'"),
    ('empty since', struct(*A, 'Since:'), "schema.json:2: struct 'Foo': documentation lacks 'Since:'"),
    ('since twice', struct(*A, S, '', S), "schema.json:11: 'Since:' given twice"),
    ('returns without result', command('Returns: x', '', S),
     "schema.json:7: command 'foo': 'Returns:' but nothing is returned"),
    ('returns of a struct', struct(*A, 'Returns: x', S),
     "schema.json:9: struct 'Foo': 'Returns:' but nothing is returned"),
    ('errors of a struct', struct(*A, 'Errors: x', S), "schema.json:9: struct 'Foo': 'Errors:' is for commands only"),
    ('old note', command('Note: x', S), "schema.json:7: section 'Note:' is not supported"),
    ('old example', command('Example: x', S), "schema.json:7: section 'Example:' is not supported"),

    ('feature undocumented', command(S, rest=",\n'features': [ 'unstable' ]"),
     "schema.json:10: command 'foo': feature 'unstable' is not documented"),
    ('feature of a member undocumented', struct(*A, S, members="'a': { 'type': 'int', 'features': [ 'unstable' ] }"),
     "schema.json:11: struct 'Foo': feature 'unstable' is not documented"),
    ('feature unknown', command('Features:', '@unstable: x', S),
     "schema.json:8: command 'foo': documented feature 'unstable' does not exist"),
    ('feature twice', command('Features:', '@unstable: x', '@unstable: y', S),
     "schema.json:9: feature 'unstable' is described twice"),
    ('features twice', command('Features:', '@unstable: x', '', 'Features:', S),
     "schema.json:10: 'Features:' given twice"),
    ('features without any', command('Features:', '', S), "schema.json:9: 'Features:' without a feature"),
    ('features with text', command('Features:', 'none', S), "schema.json:8: 'Features:' without a feature"),
    ('features at the end', command(S, '', 'Features:'), "schema.json:9: 'Features:' without a feature"),
]


@table(CASES, check_complaint)
class Broken(unittest.TestCase):
    pass


class Good(unittest.TestCase):
    def test_not_required(self):
        self.assertIsNone(complaint(doc('@Foo:') + "{ 'struct': 'Foo', 'data': { 'a': 'int' } }"))

    def test_excepted(self):
        schema = "{ 'pragma': { 'doc-required': true, 'documentation-exceptions': [ 'Foo' ] } }\n"
        self.assertIsNone(complaint(schema + doc('@Foo:', '', 'Text.') + "{ 'struct': 'Foo', 'data': { 'a': 'int' } }"))

    def test_order_of_sections_is_free(self):
        rest = ", 'features': [ 'unstable' ], 'returns': 'Foo'"
        schema = struct(*A, S)
        one = command('Features:', '@unstable: x', '', 'Returns: y', '', S, '', 'TODO: z', rest=rest)
        other = command(S, '', 'TODO: z', '', 'Returns: y', '', 'Features:', '', '@unstable: x', rest=rest)
        self.assertIsNone(complaint(schema + one[len(REQUIRED):]))
        self.assertEqual(generate(schema + one[len(REQUIRED):]), generate(schema + other[len(REQUIRED):]))

    def test_comment_between_documentation_and_definition(self):
        self.assertIsNone(complaint(REQUIRED + doc('@Foo:', 'Text.', S) + "\n# a remark\n"
        "{ 'struct': 'Foo', 'data': {} }"))


class Text(unittest.TestCase):
    """What the reader of the outputs gets to see."""

    schema = command('@a: first line with @foo', '    second line', '', '    second paragraph', '', '    - item',
                     '      of two lines', '    - item', '', 'After.', '', 'Returns: nothing', '    at all', '',
                     'Errors:', '    - one', '    - two', '', 'TODO: not to be seen', '', 'Since: 1.2',
                     rest=", 'data': { 'a': 'int' }, 'returns': 'Bar'") + doc('@Bar:', 'Text.', '@b: b', S) \
        + "{ 'struct': 'Bar', 'data': { 'b': 'int' } }\n"

    def test_types(self):
        self.assertIn('struct foo_in {\n\t/*\n\t * first line with foo second line\n\t * second paragraph\n'
                      '\t * - item of two lines\n\t * - item\n\t */\n\tint64_t a;\n};\n',
                      generate(self.schema)['schema_types.h'])

    def test_handlers(self):
        self.assertIn('/*\n * foo: Text.\n * After.\n * Returns: nothing at all\n'
                      ' * Errors:\n * - one\n * - two\n * Since 1.2\n */\n'
                      'int cmd_foo(struct request *rq, const struct foo_in *in, struct foo_out *out, '
                      'struct err *err);\n',
                      generate(self.schema)['schema_handlers.h'])

    def test_reference(self):
        self.assertIn('### foo\n\nText.\n\nAfter.\n\nArguments:\n\n- `a` (int): first line with `foo` second line\n'
                      '  second paragraph\n  - item of two lines\n  - item\n\n'
                      'Result:\n\n- [Bar](#bar): nothing at all\n\n'
                      'Errors:\n\n- one\n- two\n\n'
                      'Properties:\n\n- in the profile full only\n\nSince 1.2.\n', generate(self.schema)['reference.md'])

    def test_manual(self):
        self.assertIn('# COMMANDS\n\n## foo\n\nText.\n\nAfter.\n\nArguments:\n\n'
                         '- *a* (int): first line with *foo* second line\n  second paragraph\n  - item of two lines\n  - item\n\n'
                         'Result:\n\n- Bar: nothing at all\n\nErrors:\n\n- one\n- two\n\n'
                         'Properties:\n\n- in the profile full only\n\nSince 1.2.\n\n'
                         '# TYPES\n\n## Bar\n\nText.\n\nMembers:\n\n- *b* (int): b\n\nSince 1.0.\n',
                      generate(self.schema)['protocol.scd'])

    def test_manual_takes_text_literally(self):
        schema = command('@a: a_b *c* #d \\\\e', '', S, rest=", 'data': { 'a': 'int' }")
        self.assertIn(r'- *a* (int): a\_b \*c\* \#d', generate(schema)['protocol.scd'])

    def test_todo_is_for_us(self):
        self.assertNotIn('not to be seen', ''.join(generate(self.schema).values()))

    def test_long_lines_are_wrapped(self):
        schema = command('@a: ' + 'word ' * 60, '', S, rest=", 'data': { 'a': 'int' }")
        lines = generate(schema)['schema_types.h'].split('\n')
        self.assertLessEqual(max(len(line.expandtabs(8)) for line in lines), 120)
