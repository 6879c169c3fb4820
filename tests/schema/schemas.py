# SPDX-License-Identifier: MIT
"""Schemas written down in the tests: generating from them, and what their errors say."""

import tempfile
from pathlib import Path

from genschema import outputs
from genschema.source import SchemaError

TOP = Path(__file__).resolve().parent.parent.parent
GENERATOR = TOP / 'scripts' / 'gen-schema.py'


def generate(files, defines=(), order=None):
    """name -> text of all outputs; files is a text for schema.json or a dict of texts."""
    if not isinstance(files, dict):
        files = {'schema.json': files}
    with tempfile.TemporaryDirectory() as parent:
        directory = f'{parent}/schema'  # its name shows in the outputs
        for name, text in files.items():
            path = Path(directory, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        order_path = str(Path(directory, order)) if order else None
        try:
            return outputs.generate(str(Path(directory, 'schema.json')), frozenset(defines), order_path)[0]
        except SchemaError as error:
            error.args = (str(error).replace(directory + '/', ''),)
            raise


def complaint(files, defines=(), order=None):
    """The error text, None if there is nothing wrong."""
    try:
        generate(files, defines, order)
    except SchemaError as error:
        return str(error)
    return None


def table(cases, check):
    """Class decorator: one test method per row of a table. A row is (name of the test, arguments of check…)."""
    def decorate(cls):
        for name, *row in cases:
            method_name = 'test_' + name.replace(' ', '_').replace('-', '_')
            assert not hasattr(cls, method_name), name

            def method(self, row=tuple(row)):
                check(self, *row)
            method.__name__ = method_name
            setattr(cls, method_name, method)
        return cls
    return decorate


def check_complaint(test, schema, expected, **options):
    test.assertEqual(complaint(schema, **options), expected)
