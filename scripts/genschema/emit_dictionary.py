# SPDX-License-Identifier: MIT
"""schema.dict: a libFuzzer dictionary, every name of the protocol as a quoted JSON token."""

from .ctext import shown_path
from .model import Command, Enum, Struct

ENVELOPE = ('execute', 'arguments', 'id')


def dictionary(model, source):
    names = {}
    for one in model.definitions:
        if isinstance(one, Command):
            names[one.name] = None
            if isinstance(one.data, Struct):
                names.update((member.name, None) for member in one.data.members)
        elif isinstance(one, Struct):
            names.update((member.name, None) for member in one.members)
        elif isinstance(one, Enum):
            names.update((value.name, None) for value in one.values)
    words = sorted(name for name in names if name not in ENVELOPE)
    lines = ['# SPDX-License-Identifier: MIT', f'# generated from {shown_path(source)}, do not edit', '"\\xff"']
    lines += [f'"\\"{word}\\""' for word in (*ENVELOPE, *words)]
    return '\n'.join(lines) + '\n'
