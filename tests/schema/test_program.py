# SPDX-License-Identifier: MIT
"""The program itself: options, files, exit status, and that its output depends on nothing but the schema."""

import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import zoo_golden
from genschema import outputs
from schemas import GENERATOR, TOP, complaint, generate

SCHEMA = TOP / 'schema' / 'virtagent.json'


def run(*arguments, **options):
    return subprocess.run([sys.executable, str(GENERATOR), *map(str, arguments)], capture_output=True, text=True,
                          check=False, **options)


def contents(directory):
    return {name: Path(directory, name).read_bytes() for name in os.listdir(directory)}


class Program(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.out = os.path.join(self.directory.name, 'new', 'out')

    def write(self, name, text):
        path = Path(self.directory.name, name)
        path.write_text(text, encoding='utf-8')
        return path

    def headings(self):
        return re.findall('^### (.*)', contents(self.out)['reference.md'].decode(), re.M)

    def test_writes_all_files(self):
        said = run('--out', self.out, SCHEMA)
        self.assertEqual((said.returncode, said.stdout, said.stderr), (0, '', ''))
        self.assertEqual(sorted(os.listdir(self.out)), sorted(outputs.NAMES))

    def test_lists_its_files(self):
        said = run('--list-outputs')
        self.assertEqual(said.stdout.split(), list(outputs.NAMES))

    def test_error_goes_to_stderr_and_writes_nothing(self):
        path = self.write('x.json', "\n{ 'struct': 'foo' }")
        said = run('--out', self.out, path)
        self.assertEqual((said.returncode, said.stdout, said.stderr),
                         (1, '', f"{path}:2: struct 'foo': key 'data' is missing\n"))
        self.assertFalse(os.path.exists(self.out))

    def test_missing_schema(self):
        said = run('--out', self.out, 'nothing.json', cwd=self.directory.name)
        self.assertEqual((said.returncode, said.stderr),
                         (1, "nothing.json:1: cannot read 'nothing.json': No such file or directory\n"))

    def test_usage(self):
        self.assertEqual(run(SCHEMA).returncode, 2)
        self.assertEqual(run('--out', self.out).returncode, 2)

    def test_defines(self):
        path = self.write('x.json', "{ 'command': 'foo', 'if': { 'all': [ 'X', 'Y' ] } }")
        run('--out', self.out, '--define', 'X', '--define', 'Y', path)
        self.assertIn(b'cmd_foo', contents(self.out)['schema_commands.c'])

    def test_order_file_beside_the_schema(self):
        path = self.write('x.json', "{ 'command': 'foo' }\n{ 'command': 'bar' }")
        self.write('order.txt', 'bar\n')
        run('--out', self.out, path)
        self.assertEqual(self.headings(), ['bar', 'foo'])

    def test_order_file_given(self):
        path = self.write('x.json', "{ 'command': 'foo' }\n{ 'command': 'bar' }")
        self.write('order.txt', 'bar\n')
        order = self.write('other.txt', '')
        run('--out', self.out, '--order', order, path)
        self.assertEqual(self.headings(), ['foo', 'bar'])

    def test_depfile(self):
        self.write('a.json', '')
        path = self.write('x.json', "{ 'include': 'a.json' }")
        order = self.write('order.txt', '')
        run('--out', self.out, '--depfile', os.path.join(self.directory.name, 'dep'), path)
        target, _, read = Path(self.directory.name, 'dep').read_text(encoding='utf-8').partition(': ')
        self.assertEqual(target, os.path.join(self.out, outputs.NAMES[0]))
        self.assertEqual(read.split()[:3], [str(path), os.path.join(self.directory.name, 'a.json'), str(order)])
        self.assertIn(str(TOP / 'scripts/genschema/emit_types.py'), [os.path.realpath(one) for one in read.split()])

    def test_leaves_no_compiled_python_behind(self):
        run('--out', self.out, SCHEMA)
        self.assertFalse((TOP / 'scripts' / 'genschema' / '__pycache__').exists())


class Determinism(unittest.TestCase):
    def outputs(self, seed, schema, cwd):
        with tempfile.TemporaryDirectory() as directory:
            said = run('--out', directory, '--define', 'BLUE', schema, cwd=cwd,
                       env={**os.environ, 'PYTHONHASHSEED': seed})
            self.assertEqual(said.stderr, '')
            return contents(directory)

    def test_hash_seed_path_and_working_directory(self):
        first = self.outputs('0', zoo_golden.ZOO / 'zoo.json', '/')
        for seed in ('1', '2', '12345'):
            self.assertEqual(self.outputs(seed, 'zoo.json', zoo_golden.ZOO), first)

    def test_no_path_of_this_machine(self):
        for name, text in self.outputs('0', zoo_golden.ZOO / 'zoo.json', '/').items():
            self.assertNotIn(str(TOP).encode(), text, name)
            self.assertIn(b'generated from zoo/zoo.json, do not edit', text, name)

    def test_marked_and_licensed(self):
        for name, text in self.outputs('0', zoo_golden.ZOO / 'zoo.json', '/').items():
            lines = text.decode().split('\n')
            self.assertIn('SPDX-License-Identifier: MIT', lines[0], name)
            if name.endswith(('.c', '.h')):
                self.assertEqual(lines[2], '/* clang-format off */', name)
            self.assertTrue(text.endswith(b'\n') and not text.endswith(b'\n\n'), name)
            self.assertNotIn(b' \n', text, name)
            self.assertNotIn(b'\n\n\n', text, name)


class Order(unittest.TestCase):
    schema = "{ 'command': 'a' }\n{ 'command': 'b' }\n{ 'command': 'c' }\n{ 'command': 'd' }\n"

    def order(self, text):
        source = generate({'schema.json': self.schema, 'o.txt': text}, order='o.txt')['schema_commands.c']
        rows = re.findall(r'\.name = "(.)".*?\.order = (\d+),', source, re.S)
        return ''.join(name for name, place in sorted(rows, key=lambda row: int(row[1])))

    def test_none(self):
        self.assertEqual(self.order(''), 'abcd')

    def test_all(self):
        self.assertEqual(self.order('d\nc\nb\na'), 'dcba')

    def test_some_come_first(self):
        self.assertEqual(self.order('# remark\n\nc # remark\n  a\n'), 'cabd')

    def test_names_we_do_not_have(self):
        self.assertEqual(self.order('x\nd\ny\n'), 'dabc')

    def test_twice(self):
        self.assertEqual(complaint({'schema.json': self.schema, 'o.txt': 'a\nb\na\n'}, order='o.txt'),
                         "o.txt:3: 'a' is already in line 1")

    def test_rows_are_sorted_by_name(self):
        rows = generate("{ 'command': 'b' }\n{ 'command': '__org.virtagent_x' }\n{ 'command': 'a-b' }\n"
        "{ 'command': 'a' }\n")
        names = [row.split('"')[1] for row in rows['schema_commands.c'].split('\n') if '.name = ' in row]
        self.assertEqual(names, ['__org.virtagent_x', 'a', 'a-b', 'b'])


class Dictionary(unittest.TestCase):
    def test_words(self):
        schema = ("{ 'command': 'foo', 'data': { '*arg': [ 'Bar' ], 'id': 'int' } }\n"
                  "{ 'enum': 'Bar', 'data': [ '1st', 'last' ] }\n{ 'struct': 'Baz', 'data': { 'member': 'str' } }")
        self.assertEqual(generate(schema)['schema.dict'].split('\n')[2:],
                         ['"\\xff"', *(f'"\\"{word}\\""' for word in
                                       ('execute', 'arguments', 'id', '1st', 'arg', 'foo', 'last', 'member')), ''])
