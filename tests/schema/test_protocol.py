# SPDX-License-Identifier: MIT
"""The schema of the protocol itself: what must never change in it by accident."""

import re
import tempfile
import unittest
from pathlib import Path

import compiling
from genschema import checks, expressions, outputs, parser, select
from genschema.model import Command
from schemas import TOP, table

SCHEMA = TOP / 'schema' / 'virtagent.json'
ORDER = TOP / 'schema' / 'order.txt'
TEST_BUILD = ('CONFIG_TEST_COMMANDS',)


def model(defines=()):
    schema = parser.parse(str(SCHEMA))
    made = checks.check(expressions.definitions(schema), schema.pragma)
    select.select(made, frozenset(defines))
    select.order_commands(made, select.read_order(str(ORDER)))
    return made


def generate(defines=()):
    return outputs.generate(str(SCHEMA), frozenset(defines), str(ORDER))[0]


def check_compiles(test, compiler, defines):
    with tempfile.TemporaryDirectory() as directory:
        test.assertEqual(compiling.compile_all(generate(defines), directory, compiler), '')


@table([(f'{compiler} {" ".join(defines) or "daemon"}', compiler, defines)
        for compiler in compiling.COMPILERS for defines in ((), TEST_BUILD)], check_compiles)
class Compiles(unittest.TestCase):
    pass


class Protocol(unittest.TestCase):
    def test_every_guest_command_has_its_place(self):
        """New ones of the protocol must be put into order.txt; ours need not."""
        listed = select.read_order(str(ORDER))
        for command in model(TEST_BUILD).commands:
            if not command.name.startswith('__'):
                self.assertIn(command.name, listed)

    def test_registration_order_begins(self):
        names = [command.name for command in model().commands]
        self.assertEqual(names[:4], ['guest-sync-delimited', 'guest-sync', 'guest-ping', 'guest-get-time'])

    def test_no_test_command_in_the_daemon(self):
        for name, text in generate().items():
            self.assertNotRegex(text, re.compile('virtagent_test|test_', re.I), name)

    def test_frozen_safe_commands(self):
        allowed = {'guest-ping', 'guest-info', 'guest-sync', 'guest-sync-delimited', 'guest-fsfreeze-status',
                   'guest-fsfreeze-thaw'}
        frozen = {command.name for command in model(TEST_BUILD).commands
                  if any(feature.name.endswith('_when-frozen') for feature in command.features)}
        self.assertLessEqual(frozen, allowed)
        self.assertLessEqual({command.name for command in model().commands} & allowed, frozen)

    def test_silent_commands(self):
        silent = {command.name for command in model().commands if not command.success_response}
        self.assertLessEqual(silent, {'guest-shutdown', 'guest-suspend-disk', 'guest-suspend-ram',
                                      'guest-suspend-hybrid'})

    def test_members_of_our_own_are_optional(self):
        """A client that decodes strictly must be able to do without."""
        for one in model().definitions:
            struct = one.data if isinstance(one, Command) else one
            for member in getattr(struct, 'members', []):
                if member.name.startswith('__org.virtagent_'):
                    self.assertTrue(member.optional, f'{one.name}: {member.name}')

    def test_member_order_of_guest_info(self):
        types = model().types
        self.assertEqual([member.name for member in types['AgentInfo'].members],
                         ['version', 'supported_commands', '__org.virtagent_version'])
        self.assertEqual([member.name for member in types['AgentCommandInfo'].members],
                         ['name', 'enabled', 'success-response'])

    def test_test_commands_are_all_conditional(self):
        for expression in parser.parse(str(SCHEMA)).expressions:
            if Path(expression.place.path).name == 'test.json':
                self.assertEqual(expression.value.get('if'), 'CONFIG_TEST_COMMANDS', str(expression.place))

    def test_files_are_ascii_and_licensed(self):
        for path in [ORDER, *sorted(SCHEMA.parent.glob('*.json'))]:
            text = path.read_bytes()
            self.assertTrue(text.isascii(), path)
            self.assertTrue(text.startswith(b'# SPDX-License-Identifier: MIT\n'), path)
            self.assertLessEqual(max(map(len, text.split(b'\n'))), 120, path)

    def test_every_topic_file_is_included(self):
        read = {Path(name).name for name in parser.parse(str(SCHEMA)).files}
        self.assertEqual(read, {path.name for path in SCHEMA.parent.glob('*.json')})
