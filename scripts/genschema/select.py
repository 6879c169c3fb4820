# SPDX-License-Identifier: MIT
"""Drops what its 'if' switches off, and puts the commands into registration order."""

from . import conditions
from .model import Alternate, Builtin, Command, Enum, Struct, Union
from .source import Place, SchemaError


def select(model, defines):
    """Edits the model in place: afterwards no condition matters any more."""
    model.definitions = [one for one in model.definitions if conditions.holds(one.condition, defines)]
    model.types = {name: one for name, one in model.types.items() if one in model.definitions}
    model.commands = [one for one in model.commands if one in model.definitions]
    for one in model.definitions:
        one.features = _kept(one.features, defines)
        if isinstance(one, Command) and isinstance(one.data, Struct):
            _filter_members(one.data, defines)
        elif isinstance(one, Struct):
            _filter_members(one, defines)
        if isinstance(one, (Union, Alternate)):
            one.branches = _kept(one.branches, defines)
            if not one.branches:
                raise SchemaError(one.place, f'{one.title()}: no branch is left under these conditions')
        if isinstance(one, Union):
            values = [value.name for value in one.tag().ref.type.values if conditions.holds(value.condition, defines)]
            for branch in one.branches:
                if branch.name not in values:
                    raise SchemaError(branch.place, f"{one.title()}: branch '{branch.name}' is left without its enum "
                                                    'value under these conditions')
        if isinstance(one, Enum):
            one.values = _kept(one.values, defines)
            if not one.values:
                raise SchemaError(one.place, f'{one.title()}: no value is left under these conditions')
    for one in model.definitions:
        _no_dangling(model, one)


def _kept(parts, defines):
    return [part for part in parts if conditions.holds(part.condition, defines)]


def _filter_members(struct, defines):
    struct.members = _kept(struct.members, defines)
    for member in struct.members:
        member.features = _kept(member.features, defines)


def _no_dangling(model, one):
    refs = []
    if isinstance(one, Command):
        refs = [one.returns, one.data] if not isinstance(one.data, Struct) else [one.returns]
    struct = one.data if isinstance(one, Command) else one
    if isinstance(struct, Struct):
        refs += [struct.base] + [member.ref for member in struct.members]
    if isinstance(one, (Union, Alternate)):
        refs += [branch.ref for branch in one.branches]
    for ref in refs:
        if ref and not isinstance(ref.type, Builtin) and ref.name not in model.types:
            raise SchemaError(ref.place, f"{one.title()}: type '{ref.name}' is switched off by its 'if'")


def read_order(path):
    """Command names of an order file: one per line, # comments."""
    try:
        with open(path, encoding='utf-8') as file:
            lines = file.read().split('\n')
    except OSError as error:
        raise SchemaError(Place(path, 1), f'cannot read: {error.strerror}') from None
    names = {}
    for number, line in enumerate(lines, 1):
        name = line.split('#')[0].strip()
        if name in names:
            raise SchemaError(Place(path, number), f"'{name}' is already in line {names[name]}")
        if name:
            names[name] = number
    return list(names)


def order_commands(model, names):
    """Listed commands first, in that order; the rest follows in schema order. Names we do not have take no place."""
    place = {name: index for index, name in enumerate(names)}
    model.commands.sort(key=lambda one: place.get(one.name, len(names)))
    for index, one in enumerate(model.commands):
        one.order = index
