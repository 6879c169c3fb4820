# SPDX-License-Identifier: MIT
"""Features: our facts about commands and arguments, and 'if'."""

import re
import unittest
from pathlib import Path

from genschema import features, naming
from schemas import TOP, check_complaint, complaint, generate, table

V = '__org.virtagent_'


def command(names, rest=''):
    return "{ 'command': 'foo', 'features': [ " + names + ' ]' + rest + ' }'


def argument(names, kind="'str'"):
    return "{ 'command': 'foo', 'data': {\n'a': { 'type': " + kind + ", 'features': [ " + names + ' ] } } }'


CASES = [
    ('no list', "{ 'command': 'foo', 'features': 'unstable' }",
     "schema.json:1: command 'foo': 'features' must be a list"),
    ('item is a list', command('[]'), "schema.json:1: command 'foo': a feature must be a string or an object"),
    ('object without name', command("{ 'if': 'X' }"), "schema.json:1: command 'foo': feature: key 'name' is missing"),
    ('object with another key', command("{ 'name': 'unstable', 'x': 'y' }"),
     "schema.json:1: command 'foo': feature: unknown key 'x'"),
    ('bad name', command("'un stable'"), "schema.json:1: command 'foo': feature: 'un stable' is not a valid name"),
    ('two profiles', command(f"'{V}profile-info', '{V}profile-manage'"),
     "schema.json:1: command 'foo': more than one profile"),
    ('all capabilities and one', command(f"'{V}needs-all', '{V}needs-kill'"),
     f"schema.json:1: command 'foo': '{V}needs-all' and others"),
    ('no such capability', command(f"'{V}needs-money'"), f"schema.json:1: command 'foo': unknown feature '{V}needs-money'"),
    ('a capability of a member', argument(f"'{V}needs-kill'"),
     f"schema.json:2: command 'foo': 'a': feature '{V}needs-kill' is for commands only"),
    ('twice', command("'unstable', 'unstable'"), "schema.json:1: command 'foo': feature 'unstable' given twice"),
    ('unknown', command("\n'dynamic'"), "schema.json:2: command 'foo': unknown feature 'dynamic'"),
    ('unknown of ours', command(f"'{V}in-back'"), f"schema.json:1: command 'foo': unknown feature '{V}in-back'"),
    ('unknown of others', command("'__com.example_in-front'"),
     "schema.json:1: command 'foo': unknown feature '__com.example_in-front'"),
    ('without prefix', command("'in-front'"), "schema.json:1: command 'foo': unknown feature 'in-front'"),
    ('of a member on a command', command(f"'{V}secret'"),
     f"schema.json:1: command 'foo': feature '{V}secret' is for members only"),
    ('of a command on a member', argument(f"'{V}writes'"),
     f"schema.json:2: command 'foo': 'a': feature '{V}writes' is for commands only"),
    ('of a command on a struct', "{ 'struct': 'Foo', 'data': {}, 'features': [ '" + V + "writes' ] }",
     f"schema.json:1: struct 'Foo': feature '{V}writes' is for commands only"),
    ('of a member on a struct', "{ 'struct': 'Foo', 'data': {}, 'features': [ '" + V + "base64' ] }",
     f"schema.json:1: struct 'Foo': feature '{V}base64' is for members only"),
    ('of a member on an enum value',
     "{ 'enum': 'Foo', 'data': [ { 'name': 'a', 'features': [ '" + V + "secret' ] } ] }",
     f"schema.json:1: enum 'Foo': 'a': feature '{V}secret' is for members only"),
    ('unknown on a member', argument("'x'"), "schema.json:2: command 'foo': 'a': unknown feature 'x'"),
    ('sync in a worker', command(f"'{V}sync'"),
     f"schema.json:1: command 'foo': feature '{V}sync' needs '{V}in-front'"),
    ('not audited', command(f"'{V}machine'"),
     f"schema.json:1: command 'foo': feature '{V}machine' needs '{V}writes'"),
    ('unblockable but not allowed', command(f"'{V}always-when-frozen'"),
     f"schema.json:1: command 'foo': feature '{V}always-when-frozen' needs '{V}when-frozen'"),
    ('base64 of an int', argument(f"'{V}base64'", "'int'"),
     f"schema.json:2: command 'foo': 'a': feature '{V}base64' needs type 'str'"),
    ('base64 of a list', argument(f"'{V}base64'", "[ 'str' ]"),
     f"schema.json:2: command 'foo': 'a': feature '{V}base64' needs type 'str'"),
    ('secret and loggable', argument(f"'{V}secret', '{V}loggable'"),
     "schema.json:2: command 'foo': 'a': cannot be both secret and loggable"),
    ('secret and subject', argument(f"'{V}subject', '{V}secret'"),
     "schema.json:2: command 'foo': 'a': cannot be both secret and subject"),
    ('loggable and subject', argument(f"'{V}subject', '{V}loggable'"),
     "schema.json:2: command 'foo': 'a': cannot be both loggable and subject"),
    ('two subjects',
     "{ 'command': 'foo', 'data': { 'a': { 'type': 'str', 'features': [ '" + V + "subject' ] },\n"
     "'b': { 'type': 'str', 'features': [ '" + V + "subject' ] } } }",
     "schema.json:1: command 'foo': both 'a' and 'b' are its subject"),
    ('effect in the front', command(f"'{V}writes', '{V}in-front'"),
     f"schema.json:1: command 'foo': feature '{V}in-front' excludes '{V}writes'"),
    ('secret deep inside',
     "{ 'struct': 'Foo', 'data': {\n'a': { 'type': 'str', 'features': [ '" + V + "secret' ] } } }\n"
     "{ 'command': 'foo', 'data': { 'b': [ 'Foo' ] } }",
      f"schema.json:2: member 'a': feature '{V}secret' is for arguments of commands only"),
    ('loggable result',
     "{ 'struct': 'Foo', 'data': {\n'a': { 'type': 'str', 'features': [ '" + V + "loggable' ] } } }\n"
     "{ 'command': 'foo', 'returns': 'Foo' }",
      f"schema.json:2: member 'a': feature '{V}loggable' is for arguments of commands only"),

    ('if is a list', "{ 'command': 'foo', 'if': [ 'X' ] }",
     "schema.json:1: command 'foo': 'if' must be a string or an object"),
    ('if is a flag', "{ 'command': 'foo', 'if': true }",
     "schema.json:1: command 'foo': 'if' must be a string or an object"),
    ('if in lower case', "{ 'command': 'foo', 'if': 'x' }",
     "schema.json:1: command 'foo': 'if' condition 'x' is not a valid name"),
    ('if empty', "{ 'command': 'foo', 'if': '' }",
     "schema.json:1: command 'foo': 'if' condition '' is not a valid name"),
    ('if as an expression', "{ 'command': 'foo', 'if': 'defined(X)' }",
     "schema.json:1: command 'foo': 'if' condition 'defined(X)' is not a valid name"),
    ('if empty object', "{ 'command': 'foo', 'if': {} }",
     "schema.json:1: command 'foo': 'if' object needs exactly one of 'all', 'any', 'not'"),
    ('if two keys', "{ 'command': 'foo', 'if': { 'all': [ 'X' ], 'not': 'Y' } }",
     "schema.json:1: command 'foo': 'if' object needs exactly one of 'all', 'any', 'not'"),
    ('if unknown key', "{ 'command': 'foo', 'if': { 'none': [ 'X' ] } }",
     "schema.json:1: command 'foo': unknown key 'none' in 'if', expected 'all', 'any' or 'not'"),
    ('if all of nothing', "{ 'command': 'foo', 'if': { 'all': [] } }",
     "schema.json:1: command 'foo': 'all' in 'if' needs a list with at least one condition"),
    ('if any of a string', "{ 'command': 'foo', 'if': { 'any': 'X' } }",
     "schema.json:1: command 'foo': 'any' in 'if' needs a list with at least one condition"),
    ('if nested', "{ 'command': 'foo', 'if': { 'not': { 'any': [ 'X',\n'y' ] } } }",
     "schema.json:2: command 'foo': 'if' condition 'y' is not a valid name"),
    ('if of a member', "{ 'struct': 'Foo', 'data': { 'a': { 'type': 'int', 'if': 'x' } } }",
     "schema.json:1: struct 'Foo': member 'a': 'if' condition 'x' is not a valid name"),
    ('if of an enum value', "{ 'enum': 'Foo', 'data': [ { 'name': 'a', 'if': 'x' } ] }",
     "schema.json:1: enum 'Foo': value 'a': 'if' condition 'x' is not a valid name"),
    ('if of a feature', command("{ 'name': 'unstable', 'if': 'x' }"),
     "schema.json:1: command 'foo': feature: 'if' condition 'x' is not a valid name"),

    ('type switched off', "{ 'struct': 'Foo', 'data': {}, 'if': 'X' }\n{ 'command': 'foo', 'data': {\n'a': 'Foo' } }",
     "schema.json:3: command 'foo': type 'Foo' is switched off by its 'if'"),
    ('result switched off', "{ 'struct': 'Foo', 'data': {}, 'if': 'X' }\n{ 'command': 'foo', 'returns': 'Foo' }",
     "schema.json:2: command 'foo': type 'Foo' is switched off by its 'if'"),
    ('base switched off', "{ 'struct': 'Foo', 'data': {}, 'if': 'X' }\n{ 'struct': 'Bar', 'base': 'Foo', 'data': {} }",
     "schema.json:2: struct 'Bar': type 'Foo' is switched off by its 'if'"),
    ('branch type switched off',
     "{ 'struct': 'Foo', 'data': {}, 'if': 'X' }\n{ 'alternate': 'Bar', 'data': { 'a': 'Foo', 'b': 'int' } }",
     "schema.json:2: alternate 'Bar': type 'Foo' is switched off by its 'if'"),
    ('all values switched off', "{ 'enum': 'Foo', 'data': [ { 'name': 'a', 'if': 'X' } ] }",
     "schema.json:1: enum 'Foo': no value is left under these conditions"),
    ('all branches switched off', "{ 'alternate': 'Foo', 'data': { 'a': { 'type': 'int', 'if': 'X' } } }",
     "schema.json:1: alternate 'Foo': no branch is left under these conditions"),
    ('branch without its value',
     "{ 'enum': 'Foo', 'data': [ 'a', { 'name': 'b', 'if': 'X' } ] }\n{ 'struct': 'Bar', 'data': {} }\n"
     "{ 'union': 'Baz', 'base': { 'k': 'Foo' }, 'discriminator': 'k', 'data': { 'a': 'Bar', 'b': 'Bar' } }",
     "schema.json:3: union 'Baz': branch 'b' is left without its enum value under these conditions"),
]


@table(CASES, check_complaint)
class Broken(unittest.TestCase):
    def test_standard_features_pass(self):
        data = ", 'data': { 'a': { 'type': 'int', 'features': [ 'deprecated' ] } }"
        self.assertIsNone(complaint(command("'deprecated', 'unstable'", data)))

    def test_broken_where_switched_off(self):
        """A mistake shows whatever the conditions are."""
        self.assertEqual(complaint("{ 'struct': 'Foo', 'if': 'X', 'data': { 'a': 'Bar' } }"),
                         "schema.json:1: struct 'Foo': member 'a': unknown type 'Bar'")


def check_privileges(test, names, flag, capabilities):
    text = generate(command(', '.join(f"'{V}{name}'" for name in names)))['schema_commands.c']
    test.assertEqual(features.READS_ONLY_FLAG in text, flag)
    found = re.search(r'\.capabilities = (.*),', text)
    test.assertEqual(found and found.group(1), capabilities)


READING = 'UINT64_C(1) << CAP_DAC_READ_SEARCH'
PRIVILEGES = [
    ('none', (), True, None),
    ('of those that read', ('needs-dac-read-search',), True, READING),
    ('others', ('needs-dac-read-search', 'needs-kill'), False, f'{READING} | UINT64_C(1) << CAP_KILL'),
    ('all', ('needs-all',), False, 'UINT64_MAX'),
    ('writes', ('writes',), False, None),
    ('runs programs', ('runs-programs',), False, None),
    ('handles', ('uses-handle',), False, None),
    ('in the front', ('in-front',), False, None),
    ('of the guard', ('freezer', 'needs-dac-read-search'), False, READING),
]


@table(PRIVILEGES, check_privileges)
class Privileges(unittest.TestCase):
    """Which worker a command gets follows from what it does."""


def check_condition(test, condition, defines, expected):
    text = generate("{ 'command': 'foo', 'if': " + condition + ' }', defines)['schema_commands.c']
    test.assertEqual('cmd_foo' in text, expected)


CONDITIONS = [
    ('name off', "'X'", (), False),
    ('name on', "'X'", ('X',), True),
    ('name of another', "'X'", ('Y', 'XX'), False),
    ('not off', "{ 'not': 'X' }", (), True),
    ('not on', "{ 'not': 'X' }", ('X',), False),
    ('all, one of two', "{ 'all': [ 'X', 'Y' ] }", ('X',), False),
    ('all, both', "{ 'all': [ 'X', 'Y' ] }", ('X', 'Y'), True),
    ('any, none', "{ 'any': [ 'X', 'Y' ] }", ('Z',), False),
    ('any, one of two', "{ 'any': [ 'X', 'Y' ] }", ('Y',), True),
    ('nested on', "{ 'all': [ { 'not': { 'any': [ 'X', 'Y' ] } }, 'Z' ] }", ('Z',), True),
    ('nested off', "{ 'all': [ { 'not': { 'any': [ 'X', 'Y' ] } }, 'Z' ] }", ('Y', 'Z'), False),
    ('not not', "{ 'not': { 'not': 'X' } }", ('X',), True),
]


@table(CONDITIONS, check_condition)
class Conditions(unittest.TestCase):
    def test_what_is_off_is_nowhere(self):
        schema = ("{ 'enum': 'Vanished', 'if': 'X', 'data': [ 'vanished-value' ] }\n"
                  "{ 'command': 'vanished-command', 'if': 'X', 'data': { 'vanished-member': 'Vanished' } }\n"
                  "{ 'command': 'foo', 'data': { '*b': 'int', '*vanished': { 'type': 'Vanished', 'if': 'X' } },\n"
                  "  'features': [ { 'name': '__org.virtagent_writes', 'if': 'X' } ] }\n"
                  "{ 'command': 'described', 'gen': false, 'if': 'X', 'data': { 'vanished-too': 'int' } }")
        text = ''.join(generate(schema).values())
        self.assertNotRegex(text, re.compile('vanished', re.I))
        self.assertNotIn('described', text)
        self.assertNotIn('CMD_WRITES', text)
        text = ''.join(generate(schema, ('X',)).values())
        self.assertIn('CMD_WRITES', text)
        self.assertIn('vanished_value'.upper(), text)


class Headers(unittest.TestCase):
    """What the generator knows by heart about our headers is still so."""

    def test_every_flag_of_the_header_can_be_set(self):
        header = Path(TOP, 'src/proto/command.h').read_text(encoding='utf-8')
        declared = re.findall(r'^\t(CMD_\w+) =\s', header, re.M)
        known = [flag for flag, _ in features.COMMAND_FLAGS.values()] + [
            features.NO_REPLY_FLAG, features.SECRET_FLAG, features.READS_ONLY_FLAG]
        self.assertEqual(sorted(declared), sorted(known))

    def test_words_of_the_header(self):
        header = Path(TOP, 'src/proto/command.h').read_text(encoding='utf-8')
        for name, (flag, _) in features.COMMAND_FLAGS.items():
            self.assertRegex(header, f'{flag} =\\s[^"]*"{name[len(V):]}"')

    def test_runtime_names(self):
        names = ('base/arena', 'base/buf', 'base/err', 'json/reader', 'json/writer', 'proto/command', 'proto/decode',
                 'proto/encode')
        text = '\n'.join(Path(TOP, f'src/{name}.h').read_text(encoding='utf-8') for name in names)
        self.assertLessEqual(set(re.findall(r'^(?:struct|enum) (\w+)(?: \{|;)', text, re.M)), naming.RUNTIME_TAGS)
        self.assertEqual(set(re.findall(r'\b(?:decode|encode)_(\w+)\(', text)), naming.RUNTIME_FUNCTIONS)
