# SPDX-License-Identifier: MIT
"""schema_types.h: the C types of arguments and results; schema_names.*: the wire names of enum values."""

from . import naming
from .ctext import Header, Out, comment, definition_comment, doc_comment, quoted
from .features import BASE64
from .model import Alternate, Builtin
from .plan import call_list_ref, enum_constant, enum_count, kind_constant


def types_header(plan, source):
    out = Header('schema_types.h', source,
                 'Arguments and results of the commands. Optional members have a has_ flag, text is NUL-terminated.')
    out('#include <stdbool.h>', '#include <stddef.h>', '#include <stdint.h>', '', '#include "base/bytes.h"')
    for enum in plan.enums:
        out('', *_enum(enum))
    if plan.lists:
        out('')
    for ref in plan.lists:
        element = _declare(plan.c_element(ref, plan.list_is_input(ref)), '*items')
        out(f'struct {plan.c_list_tag(ref)} {{ size_t n; {element}; }};')
    for one in plan.compounds:
        out('', *definition_comment(one))
        if isinstance(one, Alternate):
            out(*_alternate(plan, one))
        else:
            out(*_shape(plan, plan.shape_of(one), plan.is_input(one)))
    for call in plan.calls:
        _call(plan, call, out)
    return out.text()


def _declare(c_type, name):
    """'char *' + 'x' -> 'char *x'"""
    return c_type + name if c_type.endswith('*') else f'{c_type} {name}'


def _enum(enum):
    lines = definition_comment(enum)
    lines.append(f'enum {naming.c_type(enum.name)} {{')
    for value in enum.values:
        lines += doc_comment(value.text, '\t')
        lines.append(f'\t{enum_constant(enum, value.name)},')
    return lines + [f'\t{enum_count(enum)}', '};']


def _member(plan, member, is_input, indent='\t'):
    if member.ref.is_list:
        c_type = f'struct {plan.c_list_tag(member.ref)}'
    elif member.has_feature(BASE64):
        c_type = 'struct bytes'
    else:
        c_type = plan.c_element(member.ref, is_input)
    name = naming.c_member(member.name)
    lines = doc_comment(member.text, indent)
    if member.optional:
        lines.append(f'{indent}bool has_{naming.c_name(member.name)};')
    lines.append(f'{indent}{_declare(c_type, name)};')
    return lines


def _branches(plan, branches, is_input):
    lines = ['\tunion {']
    for branch in branches:
        lines += doc_comment(branch.text, '\t\t')
        lines.append(f'\t\t{_declare(plan.c_element(branch.ref, is_input), naming.c_member(branch.name))};')
    return lines + ['\t} u;']


def _shape(plan, shape, is_input):
    lines = [f'struct {shape.c_name} {{']
    for member in shape.members:
        lines += _member(plan, member, is_input)
    if shape.branches:
        lines += comment([f'by {shape.discriminator.name}; nothing for values without a branch'], '\t')
        lines += _branches(plan, shape.branches, is_input)
    return lines + ['};']


def _alternate(plan, one):
    name = naming.c_type(one.name)
    kinds = ', '.join(kind_constant(one, branch) for branch in one.branches)
    lines = [f'struct {name} {{', f'\tenum {name}_kind {{ {kinds} }} kind;']
    return lines + _branches(plan, one.branches, plan.is_input(one)) + ['};']


def _call(plan, call, out):
    if not call.input and not call.returns:
        return
    out('', *comment([call.command.name]))
    if call.input:
        out(*_shape(plan, call.input, True))
    if call.output:
        out(*_shape(plan, call.output, False))
    elif call_list_ref(call):
        ref = call.returns
        element = _declare(plan.c_element(ref, plan.list_is_input(ref)), '*items')
        out(f'struct {call.c_name}_out {{', '\tsize_t n;', f'\t{element};', '};')
    elif call.returns:
        is_input = not isinstance(call.returns.type, Builtin) and plan.is_input(call.returns.type)
        out(f'struct {call.c_name}_out {{', f'\t{_declare(plan.c_element(call.returns, is_input), "value")};', '};')


def names_header(plan, source):
    out = Header('schema_names.h', source, 'Wire names of the enum values, indexed by value.')
    out('#include "schema_types.h"')
    if plan.enums:
        out('')
    for enum in plan.enums:
        out(f'extern const char *const {naming.c_type(enum.name)}_names[{enum_count(enum)}];')
    return out.text()


def names_source(plan, source):
    out = Out(source, 'Wire names of the enum values.')
    out('#include "schema_names.h"')
    for enum in plan.enums:
        out('', f'const char *const {naming.c_type(enum.name)}_names[{enum_count(enum)}] = {{')
        for value in enum.values:
            out(f'\t[{enum_constant(enum, value.name)}] = {quoted(value.name)},')
        out('};')
    return out.text()
