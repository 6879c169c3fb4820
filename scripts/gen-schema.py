#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Generates C types, decoders, encoders, the command table, the reference page (also for the manual) and the
fuzz dictionary from the protocol schema. Needs nothing but Python 3."""

import argparse
import os
import sys

sys.dont_write_bytecode = True  # the source tree stays clean
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from genschema import outputs  # noqa: E402
from genschema.source import SchemaError  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--out', metavar='DIR', help='where the files go; made if missing')
    parser.add_argument('--define', metavar='NAME', action='append', default=[],
                        help="a name that is true in 'if' conditions; may be repeated")
    parser.add_argument('--order', metavar='FILE',
                        help='registration order of the commands (default: order.txt beside the schema)')
    parser.add_argument('--depfile', metavar='FILE', help='write the files that were read, for make and ninja')
    parser.add_argument('--list-outputs', action='store_true', help='print the names of the files and stop')
    parser.add_argument('schema', nargs='?')
    args = parser.parse_args()
    if not args.list_outputs and not (args.out and args.schema):
        parser.error('--out and a schema are needed')
    return args


def write(path, text):
    with open(path, 'w', encoding='utf-8', newline='\n') as file:
        file.write(text)


def depfile(args, read):
    package = os.path.dirname(os.path.abspath(outputs.__file__))
    read = read + [os.path.join(package, name) for name in sorted(os.listdir(package)) if name.endswith('.py')]
    target = os.path.join(args.out, outputs.NAMES[0])
    return f'{target}: ' + ' '.join(path.replace(' ', '\\ ') for path in read) + '\n'


def main():
    args = arguments()
    if args.list_outputs:
        print('\n'.join(outputs.NAMES))
        return 0
    order = args.order
    beside = os.path.join(os.path.dirname(args.schema), 'order.txt')
    if not order and os.path.exists(beside):
        order = beside
    try:
        texts, read = outputs.generate(args.schema, frozenset(args.define), order)
    except SchemaError as error:
        print(error, file=sys.stderr)
        return 1
    os.makedirs(args.out, exist_ok=True)
    for name, text in texts.items():
        write(os.path.join(args.out, name), text)
    if args.depfile:
        write(args.depfile, depfile(args, read))
    return 0


if __name__ == '__main__':
    sys.exit(main())
