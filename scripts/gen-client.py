#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Generates qgaclient_calls.h, the typed calls of libqgaclient, from the protocol schema."""

import os
import sys

sys.dont_write_bytecode = True  # the source tree stays clean
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from genschema import checks, emit_client, expressions, parser, plan, select  # noqa: E402
from genschema.source import SchemaError  # noqa: E402


def main():
    if len(sys.argv) != 4:
        sys.exit('usage: gen-client.py SCHEMA OUTPUT DEPFILE')
    path, output, depfile = sys.argv[1:]
    try:
        schema = parser.parse(path)
        model = checks.check(expressions.definitions(schema), schema.pragma)
        select.select(model, frozenset())
        text = emit_client.header(plan.Plan(model), path)
    except SchemaError as error:
        sys.exit(str(error))
    with open(output, 'w', encoding='utf-8', newline='\n') as file:
        file.write(text)
    read = schema.files + [os.path.abspath(emit_client.__file__)]
    with open(depfile, 'w', encoding='utf-8') as file:
        file.write(f'{output}: ' + ' '.join(name.replace(' ', '\\ ') for name in read) + '\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
