# SPDX-License-Identifier: MIT
"""reference.md: every command and type for readers."""

import re

from .ctext import shown_path
from .docs import paragraphs
from .features import (CAPABILITIES, COMMAND_FLAGS, MEMBER_WORDS, PROFILE_FULL_WORDS, PROFILES, STANDARD,
                       profile_of)
from .model import Alternate, Builtin, Enum, Struct, Union


def page(model, source):
    lines = ['<!-- SPDX-License-Identifier: MIT -->', f'<!-- generated from {shown_path(source)}, do not edit -->',
             '# Command reference', '',
             'Optional members are marked so; absent is not the same as null. Integers are 64 bit, signed.', '',
             '## Commands', '']
    lines += [f'- [{one.name}](#{_anchor(one.name)})' for one in model.commands]
    for command in model.commands:
        lines += ['', f'### {command.name}', *_command(command)]
    types = _used_types(model)
    if types:
        lines += ['', '## Types']
    for one in types:
        lines += ['', f'### {one.name}', *_type(one)]
    lines += _profiles(model)
    return '\n'.join(lines) + '\n'


def _profiles(model):
    lines = ['', '## Profiles', '',
             'What a host may call at most (`profile`). Each has the commands of those before it, too.', '']
    for profile in (*PROFILES.values(), 'full'):
        names = [f'`{one.name}`' for one in model.commands if profile_of(one) == profile]
        if names:
            lines.append(f'- `{profile}`: ' + ', '.join(names))
    return lines


def _anchor(name):
    """As common Markdown viewers derive it from a heading."""
    return re.sub(r'[^a-z0-9 _-]', '', name.lower()).replace(' ', '-')


def _used_types(model):
    found = []

    def visit(ref):
        one = ref.type
        if isinstance(one, Builtin) or one in found:
            return
        found.append(one)
        parts(one)

    def parts(one):
        if isinstance(one, Struct):
            for member in one.all_members():
                visit(member.ref)
        if isinstance(one, (Union, Alternate)):
            for branch in one.branches:
                visit(branch.ref)

    for command in model.commands:
        if isinstance(command.data, Struct):
            parts(command.data)
        elif command.data:
            visit(command.data)
        if command.returns:
            visit(command.returns)
    return sorted(found, key=lambda one: one.name)


def _prose(text):
    """@name -> `name`"""
    text = re.sub(r'(^|[^\w@`])@([A-Za-z_][\w.-]*[\w]|[A-Za-z_])', r'\1`\2`', text)
    return text


def _paragraphs(text):
    lines = []
    for one in paragraphs(text):
        if lines and not one.startswith('- '):
            lines.append('')
        elif lines and not lines[-1].startswith('- '):
            lines.append('')
        lines.append(_prose(one))
    return lines


def _type_name(ref):
    name = ref.name if isinstance(ref.type, Builtin) else f'[{ref.name}](#{_anchor(ref.name)})'
    return f'list of {name}' if ref.is_list else name


def _words(features, table):
    known = {**table, **STANDARD}
    return [known[feature.name] for feature in features if feature.name in known]


def _item(head, text, features=()):
    """A list item: what it is, then its description, further paragraphs indented."""
    described = [_prose(one) for one in paragraphs(text)]
    words = _words(features, MEMBER_WORDS)
    if words:
        described.append(f'({"; ".join(words)})')
    lines = [f'- {head}' + (f': {described[0]}' if described else '')]
    return lines + [f'  {one}' for one in described[1:]]


def _member(member):
    optional = ', optional' if member.optional else ''
    return _item(f'`{member.name}` ({_type_name(member.ref)}{optional})', member.text, member.features)


def _section(title, lines):
    return ['', title, '', *lines] if lines else []


def _overview(one):
    return ['', *_paragraphs(one.doc.body)] if one.doc and one.doc.body else []


def _since(one):
    return one.doc.since() if one.doc else ''


def _command(command):
    lines = _overview(command)
    lines += _section('Arguments:', _arguments(command))
    lines += _section('Result:', _result(command))
    errors = paragraphs(command.doc.tags.get('Errors', [])) if command.doc else []
    lines += _section('Errors:', [one if one.startswith('- ') else f'- {one}' for one in map(_prose, errors)])
    facts = _words(command.features, {name: words for name, (_, words) in COMMAND_FLAGS.items()})
    facts += [f'needs {CAPABILITIES[feature.name]}' for feature in command.features if feature.name in CAPABILITIES]
    if profile_of(command) == 'full':
        facts.append(PROFILE_FULL_WORDS)
    if not command.gen:
        facts.append('described only: not in the command table')
    lines += _section('Properties:', [f'- {fact}' for fact in facts])
    if _since(command):
        lines += ['', f'Since {_since(command)}.']
    return lines


def _arguments(command):
    if isinstance(command.data, Struct):
        return [line for member in command.data.members for line in _member(member)]
    return [f'- the members of {_type_name(command.data)}'] if command.data else []


def _result(command):
    if not command.success_response:
        return ['- none: no reply is sent on success']
    if not command.returns:
        return ['- `{}`']
    return _item(_type_name(command.returns), command.doc.tags.get('Returns', []) if command.doc else [])


def _type(one):
    lines = _overview(one)
    if isinstance(one, Enum):
        lines += _section('One of these strings:', [line for value in one.values
                                                    for line in _item(f'`"{value.name}"`', value.text)])
    elif isinstance(one, Alternate):
        lines += _section('One of:', [line for branch in one.branches
                                      for line in _item(_type_name(branch.ref), branch.text)])
    else:
        lines += _section('Members:', [line for member in one.all_members() for line in _member(member)])
        if isinstance(one, Union):
            branches = [f'- `"{branch.name}"`: the members of {_type_name(branch.ref)}' for branch in one.branches]
            lines += _section(f'and, by `{one.discriminator}`:', branches)
    if _since(one):
        lines += ['', f'Since {_since(one)}.']
    return lines
