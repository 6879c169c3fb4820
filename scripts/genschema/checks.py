# SPDX-License-Identifier: MIT
"""What only shows when all definitions are known: references, clashes, cycles, where features may stand."""

import re

from . import features, naming
from .model import BUILTINS, UNSUPPORTED_BUILTINS, Alternate, Builtin, Command, Enum, Struct, TypeRef, Union
from .source import SchemaError


# A sync cannot wait for a worker; what cannot be blocked must be allowed; what changes the machine is audited.
NEEDS = {
    naming.VENDOR_FEATURE + 'machine': naming.VENDOR_FEATURE + 'writes',
    naming.VENDOR_FEATURE + 'sync': naming.VENDOR_FEATURE + 'in-front',
    naming.VENDOR_FEATURE + 'always-when-frozen': naming.VENDOR_FEATURE + 'when-frozen',
}
# The front writes no audit line for what it answers on the spot.
EXCLUDES = {naming.VENDOR_FEATURE + 'in-front': naming.VENDOR_FEATURE + 'writes'}


class Model:
    def __init__(self, definitions):
        self.definitions = definitions
        self.types = {one.name: one for one in definitions if not isinstance(one, Command)}
        self.commands = [one for one in definitions if isinstance(one, Command)]


def check(definitions, pragma):
    """Resolves all references; a Model without contradictions, or SchemaError."""
    _unique_names(definitions)
    model = Model(definitions)
    for one in definitions:
        _resolve(model, one)
    for one in definitions:
        _check_one(one, pragma)
    for one in model.types.values():
        _no_recursion(one, one, [])
    _pragma_names(model, pragma)
    return model


def _unique_names(definitions):
    seen = {}
    for one in definitions:
        if one.name in BUILTINS or one.name in UNSUPPORTED_BUILTINS:
            raise SchemaError(one.place, f'{one.title()}: name of a built-in type')
        # commands become functions and types become structs, so a command may be called like a type
        is_command = isinstance(one, Command)
        key = is_command, naming.c_name(one.name).lower() if is_command else naming.c_type(one.name)
        for other_key, other in seen.items():
            if one.name == other.name:
                raise SchemaError(one.place, f"'{one.name}' is already defined at {other.place}")
            if key == other_key:
                raise SchemaError(one.place, f"{one.title()}: name clashes with '{other.name}' at {other.place}")
        seen[key] = one


# references

def _resolve(model, one):
    for ref, what in _refs(one):
        if ref.name in UNSUPPORTED_BUILTINS:
            raise SchemaError(ref.place, f"{what}: built-in type '{ref.name}' is not supported")
        ref.type = BUILTINS.get(ref.name) or model.types.get(ref.name)
        if ref.type is None:
            raise SchemaError(ref.place, f"{what}: unknown type '{ref.name}'")


def _refs(one):
    """All uses of types in a definition, with the words for an error text."""
    if isinstance(one, Command):
        if isinstance(one.data, TypeRef):
            yield one.data, f"{one.title()}: 'data'"
        elif one.data:
            yield from _member_refs(one, one.data.members)
        if one.returns:
            yield one.returns, f"{one.title()}: 'returns'"
    elif isinstance(one, Struct):
        if one.base:
            yield one.base, f"{one.title()}: 'base'"
        yield from _member_refs(one, one.members)
    if isinstance(one, (Union, Alternate)):
        for branch in one.branches:
            yield branch.ref, f"{one.title()}: branch '{branch.name}'"


def _member_refs(one, members):
    for member in members:
        yield member.ref, f"{one.title()}: member '{member.name}'"


# one definition at a time

def _check_one(one, pragma):
    if isinstance(one, Command):
        _check_command(one, pragma)
    elif isinstance(one, Union):
        _check_base(one)
        _check_union(one)
    elif isinstance(one, Struct):
        _check_base(one)
        _no_clashes(one, [('member', member) for member in one.all_members()])
    elif isinstance(one, Enum):
        _no_clashes(one, [('value', value) for value in one.values])
    elif isinstance(one, Alternate):
        _check_alternate(one)
    _check_features(one)


def _no_clashes(one, parts):
    seen = {}
    for kind, part in parts:
        key = naming.c_name(part.name).lower()
        if key in seen:
            other = seen[key]
            same = f"'{part.name}' given twice" if part.name == other else f"'{part.name}' clashes with '{other}'"
            raise SchemaError(part.place, f'{one.title()}: {kind} {same}')
        seen[key] = part.name


def _check_command(one, pragma):
    arguments = one.arguments()
    if isinstance(one.data, TypeRef):
        if isinstance(arguments, Union) and not one.boxed:
            raise SchemaError(one.data.place, f"{one.title()}: a union as 'data' needs 'boxed': true")
        if not isinstance(arguments, Struct):
            raise SchemaError(one.data.place, f"{one.title()}: 'data' must be a struct, '{one.data}' is none")
    elif arguments:
        _no_clashes(one, [('argument', member) for member in arguments.members])
    if not one.returns:
        return
    if not isinstance(one.returns.type, Struct) and not pragma.excepts('command-returns-exceptions', one.name):
        raise SchemaError(one.returns.place, f"{one.title()}: 'returns' must be a struct or a list of structs "
                                             "(or the command in pragma 'command-returns-exceptions')")


def _check_base(one):
    if not one.base:
        return
    seen = [one]
    struct = one
    while struct.base:
        base = struct.base.type
        if type(base) is not Struct:
            raise SchemaError(struct.base.place, f"{struct.title()}: 'base' must be a struct, '{struct.base}' is none")
        if base in seen:
            raise SchemaError(one.base.place, f'{one.title()}: is its own base')
        seen.append(base)
        struct = base


def _check_union(one):
    _no_clashes(one, [('member', member) for member in one.all_members()])
    tag = one.tag()
    where = one.discriminator.place
    what = f"{one.title()}: discriminator '{one.discriminator}'"
    if tag is None:
        raise SchemaError(where, f'{what} is not a member of the base')
    if not isinstance(tag.ref.type, Enum) or tag.ref.is_list:
        raise SchemaError(where, f'{what} must be of an enum type')
    if tag.optional:
        raise SchemaError(where, f'{what} must not be optional')
    if tag.condition is not None:
        raise SchemaError(where, f'{what} must not be conditional')
    values = [value.name for value in tag.ref.type.values]
    for branch in one.branches:
        if branch.name not in values:
            raise SchemaError(branch.place, f"{one.title()}: branch '{branch.name}' is not a value of enum "
                                            f"'{tag.ref.name}'")
        if type(branch.ref.type) is not Struct:
            raise SchemaError(branch.place, f"{one.title()}: branch '{branch.name}' must be a struct")
        parts = one.all_members() + branch.ref.type.all_members()
        try:
            _no_clashes(one, [('member', member) for member in parts])
        except SchemaError as error:
            raise SchemaError(branch.place, f"{error.message} (branch '{branch.name}')") from None


def _check_alternate(one):
    _no_clashes(one, [('branch', branch) for branch in one.branches])
    seen = {}
    for branch in one.branches:
        if isinstance(branch.ref.type, Alternate):
            raise SchemaError(branch.place, f"{one.title()}: branch '{branch.name}' cannot be an alternate")
        for kind in _json_kinds(branch.ref.type):
            if kind in seen:
                raise SchemaError(branch.place, f"{one.title()}: branch '{branch.name}' cannot be told from "
                                                f"branch '{seen[kind]}'")
            seen[kind] = branch.name


def _json_kinds(kind):
    """What a branch may look like; QAPI also parses key=value text, where strings look like numbers and booleans."""
    kinds = {kind.json}
    if isinstance(kind, Enum):
        if any(value.name in ('on', 'off') for value in kind.values):
            kinds.add('bool')
        if any(re.match(r'[-+0-9.]', value.name) for value in kind.values):
            kinds.add('number')
    elif kind.json == 'string':
        kinds |= {'bool', 'number'}
    return sorted(kinds)


# cycles

def _no_recursion(start, one, chain):
    """A type that holds itself other than through a list has no size in C."""
    if isinstance(one, (Builtin, Enum)) or one in chain:
        return
    refs = [ref for ref, _ in _refs(one)]
    for ref in refs:
        if ref.is_list:
            continue
        if ref.type is start:
            way = ' -> '.join(part.name for part in chain + [one, start])
            raise SchemaError(ref.place, f'{start.title()}: contains itself ({way})')
        _no_recursion(start, ref.type, chain + [one])


# features

def _check_features(one):
    allowed = {**features.COMMAND_FLAGS, **features.CAPABILITIES} if isinstance(one, Command) else {}
    _allow(one.features, allowed, one.title())
    if isinstance(one, Command):
        names = {feature.name for feature in one.features}
        for name, needed in NEEDS.items():
            if name in names and needed not in names:
                raise SchemaError(one.place, f"{one.title()}: feature '{name}' needs '{needed}'")
        if len(names & set(features.PROFILES)) > 1:
            raise SchemaError(one.place, f'{one.title()}: more than one profile')
        for name, other in EXCLUDES.items():
            if name in names and other in names:
                raise SchemaError(one.place, f"{one.title()}: feature '{name}' excludes '{other}'")
        if features.ALL_CAPABILITIES in names and len(features.capabilities_of(one)) > 1:
            raise SchemaError(one.place, f"{one.title()}: '{features.ALL_CAPABILITIES}' and others")
    subjects = []
    for part in one.documented():
        what = f"{one.title()}: '{part.name}'"
        is_member = isinstance(one, (Struct, Command))
        _allow(part.features, features.MEMBER_WORDS if is_member else {}, what)
        if is_member:
            _check_member_features(part, what)
            subjects += [part.name] if part.has_feature(features.SUBJECT) else []
    if len(subjects) > 1:
        raise SchemaError(one.place, f"{one.title()}: both '{subjects[0]}' and '{subjects[1]}' are its subject")


def _allow(given, allowed, what):
    for feature in given:
        if feature.name in allowed or feature.name in features.STANDARD:
            continue
        if feature.name in features.COMMAND_FLAGS or feature.name in features.CAPABILITIES:
            raise SchemaError(feature.place, f"{what}: feature '{feature.name}' is for commands only")
        if feature.name in features.MEMBER_WORDS:
            raise SchemaError(feature.place, f"{what}: feature '{feature.name}' is for members only")
        raise SchemaError(feature.place, f"{what}: unknown feature '{feature.name}'")


def _check_member_features(member, what):
    if member.has_feature(features.BASE64) and (member.ref.name != 'str' or member.ref.is_list):
        raise SchemaError(member.place, f"{what}: feature '{features.BASE64}' needs type 'str'")
    told = [name for name in (features.SECRET, features.LOGGABLE, features.SUBJECT) if member.has_feature(name)]
    if len(told) > 1:
        first, second = (name.removeprefix(naming.VENDOR_FEATURE) for name in told[:2])
        raise SchemaError(member.place, f"{what}: cannot be both {first} and {second}")


def _pragma_names(model, pragma):
    commands = {one.name for one in model.commands}
    everything = commands | set(model.types)
    for key, names in pragma.lists.items():
        known = commands if key.startswith('command-') else everything
        for name in names:
            if name not in known:
                raise SchemaError(name.place, f"pragma '{key}' names '{name}', which does not exist")
