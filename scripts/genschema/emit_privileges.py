# SPDX-License-Identifier: MIT
"""privileges.md: the table of docs/SECURITY-MODEL.md that says where each command runs and what it needs for that."""

from .ctext import shown_path
from .features import CAPABILITIES, VENDOR_FEATURE, reads_only

RUNS_PROGRAMS = VENDOR_FEATURE + 'runs-programs'
PLACES = ((VENDOR_FEATURE + 'in-front', 'front'), (VENDOR_FEATURE + 'freezer', 'guard'),
          (VENDOR_FEATURE + 'starts-child', 'zygote'))


def page(model, source):
    lines = ['<!-- SPDX-License-Identifier: MIT -->', f'<!-- generated from {shown_path(source)}, do not edit -->',
             '| command | where | needs | why |', '|---|---|---|---|']
    for command in sorted(model.commands, key=lambda one: one.name):
        if command.gen:
            lines += _rows(command)
    return '\n'.join(lines) + '\n'


def _place(command):
    names = {feature.name for feature in command.features}
    for feature, place in PLACES:
        if feature in names:
            return place
    return 'reading worker' if reads_only(command) else 'acting worker'


def _why(command, feature):
    return ' '.join(' '.join(command.doc.features.get(feature.name, [])).split()) if command.doc else ''


def _rows(command):
    needs = [(CAPABILITIES.get(feature.name, 'programs'), _why(command, feature)) for feature in command.features
             if feature.name in CAPABILITIES or feature.name == RUNS_PROGRAMS]
    first = f'{command.name} | {_place(command)}'
    rows = []
    for words, why in needs or [('', '')]:
        rows.append(f'| {first} | {words} | {why} |'.replace('|  |', '| |').replace('|  |', '| |'))
        first = ' |'
    return rows
