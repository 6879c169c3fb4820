# SPDX-License-Identifier: MIT
"""One of everything: the text of the outputs, that they compile, and what the compiled code does."""

import os
import subprocess
import tempfile
import unittest

import compiling
import zoo_golden
from genschema import outputs
from schemas import table

SANITIZE = ['-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all']
DEFINE_SETS = [(), ('RED',), ('BLUE',), ('RED', 'BLUE', 'ALWAYS'), ('BLUE', 'GREY')]


def check_golden(test, name):
    test.maxDiff = None
    expected = zoo_golden.EXPECTED.joinpath(name).read_text(encoding='utf-8')
    test.assertEqual(zoo_golden.generate()[name], expected)


@table([(f'golden {name}', name) for name in outputs.NAMES], check_golden)
class Golden(unittest.TestCase):
    def test_no_file_too_many(self):
        self.assertEqual(sorted(os.listdir(zoo_golden.EXPECTED)), sorted(outputs.NAMES))


def check_compiles(test, compiler, defines):
    with tempfile.TemporaryDirectory() as directory:
        test.assertEqual(compiling.compile_all(zoo_golden.generate(defines), directory, compiler), '')


@table([(f'{compiler} {" ".join(defines) or "nothing"}', compiler, defines)
        for compiler in compiling.COMPILERS for defines in DEFINE_SETS], check_compiles)
class Compiles(unittest.TestCase):
    pass


class Link(unittest.TestCase):
    def test_missing_handler_fails_the_link(self):
        driver = zoo_golden.ZOO / 'driver.c'
        text = driver.read_text(encoding='utf-8').replace('int cmd_zoo_int(', 'int cmd_zoo_other(')
        with tempfile.TemporaryDirectory() as directory:
            broken = os.path.join(directory, 'broken.c')
            with open(broken, 'w', encoding='utf-8') as file:
                file.write(text)
            _, said = compiling.link(zoo_golden.generate(()), broken, directory, '-Wno-missing-prototypes')
        self.assertIn('undefined reference to `cmd_zoo_int\'', said)


DEEP_TREE = '{"name":"a"}'
for _ in range(300):
    DEEP_TREE = '{"name":"n","children":[' + DEEP_TREE + ']}'

# (name, line to the driver, its answer)
CALLS = [
    ('returns int', 'zoo-int', '42'),
    ('returns number', 'zoo-number', '0.5'),
    ('returns number given', 'zoo-number {"n":1e2}', '100'),
    ('handler fails', 'zoo-number {"n":-1}', '! too small'),
    ('returns text', 'zoo-text {"text":"\\u00e9\\n"}', '"\\u00E9\\n"'),
    ('returns list of texts', 'zoo-texts', '["a", "", "c"]'),
    ('returns list of numbers', 'zoo-sizes', '[0, 18446744073709551615]'),
    ('returns union with named base', 'zoo-report', '{"colour": "blue", "first": 1, "second": "two"}'),
    ('returns nothing', 'zoo-nothing', '{}'),
    ('nothing takes an empty object', 'zoo-nothing {}', '{}'),
    ('nothing takes no members', 'zoo-nothing {"a":1}', "! Parameter 'a' is unexpected"),
    ('empty type', 'zoo-empty', '{}'),
    ('empty type takes no members', 'zoo-empty {"a":1}', "! Parameter 'a' is unexpected"),
    ('silent still encodes', 'zoo-silent', '{}'),
    ('described only is not in the table', 'zoo-paper {"x":1}', '! no command zoo-paper'),
    ('switched off is not in the table', 'zoo-sometimes', '! no command zoo-sometimes'),
    ('returns list of structs', 'zoo-inline {"secret":"s","blob":"YQ\\n=="}',
     '[{"name": "secret", "text": "s"}, {"name": "blob", "text": "5 YQ\\n=="}]'),
    ('base64 keeps NUL for its decoder', 'zoo-inline {"secret":"s","blob":"\\u0000"}',
     '[{"name": "secret", "text": "s"}, {"name": "blob", "text": "2 \\u0000"}]'),
    ('text refuses NUL', 'zoo-inline {"secret":"\\u0000"}', "! Parameter 'secret' contains a NUL character"),
    ('list item refuses NUL', 'zoo-inline {"secret":"","public":["a","\\u0000"]}',
     "! Parameter 'public[1]' contains a NUL character"),
    ('C keyword as member', 'zoo-inline {"secret":"s","default":"so-so"}',
     '[{"name": "secret", "text": "s"}, {"name": "blob"}]'),
    ('own command', '__org.virtagent_zoo-own', '{}'),
    ('own member', '__org.virtagent_zoo-own {"__org.virtagent_x":5}', '! x is 5'),
    ('names that C reserves', 'zoo_Old {"Upper":"u","under_score":"_","linux":true,"int":1}',
     '{"int": 1, "linux": true, "under_score": "_", "Upper": "u"}'),

    ('enum', 'zoo-mood {"mood":"2bad"}', '"2bad"'),
    ('enum, unknown value', 'zoo-mood {"mood":"blue"}', "! Parameter 'mood' does not accept value 'blue'"),
    ('enum, wrong type', 'zoo-mood {"mood":1}', "! Invalid parameter type for 'mood', expected: string"),
    ('enum, missing', 'zoo-mood', "! Parameter 'mood' is missing"),
    ('enum list', 'zoo-moods {"moods":["good","so-so","good"]}', '["good", "so-so", "good"]'),
    ('enum list, empty', 'zoo-moods {"moods":[]}', '[]'),
    ('enum list, unknown value',
     'zoo-moods {"moods":["good","x"]}', "! Parameter 'moods[1]' does not accept value 'x'"),

    ('alternate, bool', 'zoo-choice {"choice":true}', 'true'),
    ('alternate, int', 'zoo-choice {"choice":-7}', '-7'),
    ('alternate, enum', 'zoo-choice {"choice":"blue"}', '"blue"'),
    ('alternate, object', 'zoo-choice {"choice":{"name":"x"}}', '{"name": "x"}'),
    ('alternate, null', 'zoo-choice {"choice":null}', "! Invalid parameter type for 'choice', expected: Choice"),
    ('alternate, array', 'zoo-choice {"choice":[]}', "! Invalid parameter type for 'choice', expected: Choice"),
    ('alternate, double', 'zoo-choice {"choice":1.0}', "! Invalid parameter type for 'choice', expected: integer"),
    ('alternate, unknown value', 'zoo-choice {"choice":"x"}', "! Parameter 'choice' does not accept value 'x'"),
    ('alternate, member of the object', 'zoo-choice {"choice":{"name":1}}',
     "! Invalid parameter type for 'choice.name', expected: string"),
    ('alternate, missing', 'zoo-choice', "! Parameter 'choice' is missing"),

    ('union, branch',
     'zoo-shape {"radius":3,"name":"n","kind":"circle"}', '{"name": "n", "kind": "circle", "radius": 3}'),
    ('union, member of two branches', 'zoo-shape {"kind":"box","label":"l","width":3}',
     '{"kind": "box", "width": 3, "label": "l"}'),
    ('union, value without a branch', 'zoo-shape {"kind":"point"}', '{"kind": "point"}'),
    ('union, no discriminator', 'zoo-shape {"radius":3}', "! Parameter 'kind' is missing"),
    ('union, unknown discriminator', 'zoo-shape {"kind":"x"}', "! Parameter 'kind' does not accept value 'x'"),
    ('union, member of the branch missing', 'zoo-shape {"kind":"circle"}', "! Parameter 'radius' is missing"),
    ('union, member of another branch', 'zoo-shape {"kind":"circle","width":4,"radius":3}',
     "! Parameter 'width' is unexpected"),
    ('union, member of another branch comes first', 'zoo-shape {"width":4,"zz":1,"kind":"circle","radius":3}',
     "! Parameter 'width' is unexpected"),
    ('union, unknown member comes first', 'zoo-shape {"zz":1,"width":4,"kind":"circle","radius":3}',
     "! Parameter 'zz' is unexpected"),
    ('union, base before branch', 'zoo-shape {"kind":"box","width":256,"name":1}',
     "! Invalid parameter type for 'name', expected: string"),
    ('union, range in a branch', 'zoo-shape {"kind":"box","width":256}', "! Parameter 'width' expects uint8_t"),

    ('all, nothing', 'zoo-all', '{}'),
    ('all, builtins',
     'zoo-all {"size":1,"uint64":-1,"uint32":4294967295,"uint16":65535,"uint8":255,"int64":-9223372036854775808,'
     '"int32":-2147483648,"int16":-32768,"int8":-128,"int":9223372036854775807,"number":0.1,"bool":false,"str":"x"}',
     '{"str": "x", "bool": false, "number": 0.1, "int": 9223372036854775807, "int8": -128, "int16": -32768, '
     '"int32": -2147483648, "int64": -9223372036854775808, "uint8": 255, "uint16": 65535, "uint32": 4294967295, '
     '"uint64": 18446744073709551615, "size": 1}'),
    ('all, compounds',
     'zoo-all {"mood":"good","choice":{"name":"a","text":"b"},"shape":{"kind":"circle","radius":1},'
     '"derived":{"fourth":[{"first":1},{"second":"s","first":2}],"third":true,"first":3},"empty":{},"data":"YWJj"}',
     '{"mood": "good", "choice": {"name": "a", "text": "b"}, "shape": {"kind": "circle", "radius": 1}, '
     '"derived": {"first": 3, "third": true, "fourth": [{"first": 1}, {"first": 2, "second": "s"}]}, '
     '"empty": {}, "data": "YWJj"}'),
    ('all, lists',
     'zoo-all {"strs":["a","\\u0062","c"],"bools":[true,false],"numbers":[1,2.5],"uint64s":[18446744073709551615],'
     '"moods":["2bad"],"choices":[1,"red",{"name":"n"}],"shapes":[{"kind":"point"},{"kind":"box","width":1}]}',
     '{"strs": ["a", "b", "c"], "bools": [true, false], "numbers": [1, 2.5], "uint64s": [18446744073709551615], '
     '"moods": ["2bad"], "choices": [1, "red", {"name": "n"}], '
     '"shapes": [{"kind": "point"}, {"kind": "box", "width": 1}]}'),
    ('all, path through a union', 'zoo-all {"shapes":[{"kind":"point"},{"kind":"circle","radius":"1"}]}',
     "! Invalid parameter type for 'shapes[1].radius', expected: integer"),
    ('all, path through a base', 'zoo-all {"derived":{"first":1,"fourth":[{"first":1},{}]}}',
     "! Parameter 'derived.fourth[1].first' is missing"),
    ('all, path through an alternate', 'zoo-all {"choices":[1,{"name":"n","zz":1}]}',
     "! Parameter 'choices[1].zz' is unexpected"),
    ('all, empty struct', 'zoo-all {"empty":{"x":1}}', "! Parameter 'empty.x' is unexpected"),
    ('all, empty struct of another type',
     'zoo-all {"empty":[]}', "! Invalid parameter type for 'empty', expected: object"),
    ('all, declared order wins', 'zoo-all {"data":1,"strs":2,"str":3}',
     "! Invalid parameter type for 'str', expected: string"),
    ('tree', 'zoo-all {"tree":{"children":[{"name":"b","children":[]},{"name":"c"}],"name":"a"}}',
     '{"tree": {"name": "a", "children": [{"name": "b", "children": []}, {"name": "c"}]}}'),
    ('tree, path', 'zoo-all {"tree":{"name":"a","children":[{"name":"b","children":[{"name":"c"},{"name":1}]}]}}',
     "! Invalid parameter type for 'tree.children[0].children[1].name', expected: string"),
    ('tree, deep', 'zoo-all {"tree":' + DEEP_TREE + '}',
     '{"tree": ' + DEEP_TREE.replace(':', ': ').replace(',', ', ') + '}'),
    ('memory runs out', 'zoo-all {"strs":[' + ','.join(['""'] * 140000) + ']}',
     '! not enough memory for the arguments (limit 1048576 bytes)'),
]

TABLE = '''\
__org.virtagent_zoo-own order=17 flags=2000000 in=1 out=0
zoo-all order=1 flags=2000000 in=1 out=1
zoo-choice order=9 flags=2000000 in=1 out=1
zoo-empty order=13 flags=2000000 in=0 out=0
zoo-inline order=4 flags=100200 in=1 out=1 subject=default secret=secret secret=blob loggable=public
zoo-int order=2 flags=2000000 in=0 out=1
zoo-mood order=7 flags=2000000 in=1 out=1
zoo-moods order=8 flags=2000000 in=1 out=1
zoo-nothing order=0 flags=2000000 in=0 out=0
zoo-number order=6 flags=2000000 in=1 out=1
zoo-report order=12 flags=2000000 in=0 out=1
zoo-shape order=3 flags=2000000 in=1 out=1
zoo-silent order=14 flags=1ff in=0 out=0
zoo-sizes order=11 flags=2000000 in=0 out=1
zoo-text order=5 flags=2000000 in=1 out=1
zoo-texts order=10 flags=2000000 in=0 out=1
zoo_Old order=16 flags=2000000 in=1 out=1
'''


def check_call(test, line, answer):
    said = subprocess.run([test.program], input=line + '\n', capture_output=True, text=True, check=False)
    test.assertEqual(said.stderr, '')
    test.assertEqual(said.stdout, answer + '\n')
    test.assertEqual(said.returncode, 0)


@table(CALLS, check_call)
class Behaviour(unittest.TestCase):
    """The driver is built without any condition set, so the value blue of Mood does not exist."""

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.directory.cleanup)
        cls.program, said = compiling.link(zoo_golden.generate(()), zoo_golden.ZOO / 'driver.c', cls.directory.name,
                                           *SANITIZE)
        if said:
            raise RuntimeError(said)

    def test_table(self):
        said = subprocess.run([self.program], input='table\n', capture_output=True, text=True, check=True)
        self.assertEqual(said.stdout, TABLE)
