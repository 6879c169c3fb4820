# SPDX-License-Identifier: MIT
"""qgaclient_calls.h: the protocol's commands as C functions for programs that use libqgaclient.

Types, functions and the tables that describe them are compiled into the program that includes the header; the library
only knows the form of the tables. So neither a new member nor a new command can break a program that was built before.
"""

from . import naming
from .ctext import Header, comment, definition_comment, doc_comment, quoted
from .features import BASE64
from .model import Alternate, Builtin, Enum
from .plan import call_list_ref, enum_constant, kind_constant

PREFIX = 'qgac_'
UNSIGNED = ('uint', 'size')


def header(plan, source):
    out = Header('qgaclient_calls.h', source, 'The commands of the protocol for programs that use libqgaclient.')
    out.block('A result is to be freed with qgac_result_free(), as a whole. Optional members have a has_ flag; '
              'agents before the release in which a member came do not send it. Lists that are missing are empty.')
    out('#include <qgaclient.h>', '', '#ifdef __cplusplus', 'extern "C" {', '#endif')
    for enum in plan.enums:
        _enum(enum, out)
    for one in plan.compounds:
        _compound(plan, one, out)
    for call in plan.calls:
        _call(plan, call, out)
    out('', '#ifdef __cplusplus', '}', '#endif')
    return out.text()


# C types


def _c(name):
    return PREFIX + name


def _element(ref):
    if isinstance(ref.type, Builtin):
        if ref.name == 'str':
            return 'const char *'
        if ref.name in ('bool', 'number'):
            return {'bool': 'bool ', 'number': 'double '}[ref.name]
        return 'uint64_t ' if ref.name.startswith(UNSIGNED) else 'int64_t '
    if isinstance(ref.type, Enum):
        return 'int '
    return f'struct {_c(naming.c_type(ref.type.name))} '


def _enum(enum, out):
    name = _c(naming.c_type(enum.name))
    out('', *definition_comment(enum), f'enum {name} {{')
    for value in enum.values:
        out(*doc_comment(value.text, '\t'), f'\t{_constant(enum, value.name)},')
    out('};', f'static const char *const {name}_names[] QGAC_UNUSED = {{')
    for value in enum.values:
        out(f'\t{quoted(value.name)},')
    out('\tNULL', '};')


def _constant(enum, value):
    return PREFIX.upper() + enum_constant(enum, value)


def _member(member, out, indent='\t'):
    out(*doc_comment(member.text, indent))
    name = naming.c_member(member.name)
    if member.optional:
        out(f'{indent}bool has_{naming.c_name(member.name)};')
    if member.ref.is_list:
        out(f'{indent}struct {{ size_t n; {_element(member.ref)}*items; }} {name};')
    else:
        note = ' /* in base64 */' if member.has_feature(BASE64) else ''
        note = f' /* enum {_c(naming.c_type(member.ref.name))}; -1: of a later release */' \
            if isinstance(member.ref.type, Enum) else note
        out(f'{indent}{_element(member.ref)}{name};{note}')


def _shape(name, shape, out):
    out(f'struct {name} {{')
    for member in shape.members:
        _member(member, out)
    for branch in shape.branches:
        out(*comment([f'if {shape.discriminator.name} is {branch.name}'], '\t'))
        out(f'\tbool has_{naming.c_name(branch.name)};',
            f'\t{_element(branch.ref)}{naming.c_member(branch.name)};')
    out('};')


# Tables


def _type_entry(ref):
    """Kind and table of a value."""
    if isinstance(ref.type, Builtin):
        kind = {'str': 'STRING', 'bool': 'BOOL', 'number': 'DOUBLE'}.get(ref.name)
        return f'QGAC_FIELD_{kind or ("UINT" if ref.name.startswith(UNSIGNED) else "INT")}', 'NULL', 'NULL'
    name = _c(naming.c_type(ref.type.name))
    if isinstance(ref.type, Enum):
        return 'QGAC_FIELD_ENUM', 'NULL', f'{name}_names'
    return ('QGAC_FIELD_ALTERNATE' if isinstance(ref.type, Alternate) else 'QGAC_FIELD_STRUCT'), f'&{name}_type', 'NULL'


def _field(struct, wire, where, has, ref, flags=()):
    kind, type_, names = _type_entry(ref)
    flags = [*flags, *(['QGAC_FIELD_LIST'] if ref.is_list else [])]
    has = f'offsetof(struct {struct}, {has})' if has else '0'
    return (f'\t{{{quoted(wire)}, {kind}, {" | ".join(flags) or "0"}, offsetof(struct {struct}, {where}), {has}, '
            f'{type_}, {names}}},')


def _table(name, struct, rows, out):
    if rows:
        out(f'static const struct qgac_field {name}_fields[] QGAC_UNUSED = {{', *rows, '};')
    fields = f'{name}_fields, {len(rows)}' if rows else 'NULL, 0'
    out(f'static const struct qgac_type {name}_type QGAC_UNUSED = {{', f'\tsizeof(struct {struct}), {fields}', '};')


def _rows(struct, shape):
    rows = []
    for member in shape.members:
        flags = ['QGAC_FIELD_OPTIONAL'] if member.optional else []
        has = 'has_' + naming.c_name(member.name) if member.optional else None
        rows.append(_field(struct, member.name, naming.c_member(member.name), has, member.ref, flags))
    for branch in shape.branches:  # members of the same object, there if the discriminator says so
        rows.append(_field(struct, f'{shape.discriminator.name}={branch.name}', naming.c_member(branch.name),
                           'has_' + naming.c_name(branch.name), branch.ref, ['QGAC_FIELD_BRANCH']))
    return rows


def _compound(plan, one, out):
    name = _c(naming.c_type(one.name))
    out('', *definition_comment(one))
    if isinstance(one, Alternate):
        kinds = ', '.join(PREFIX.upper() + kind_constant(one, b) for b in one.branches)
        out(f'enum {name}_kind {{ {kinds} }};', f'struct {name} {{', '\tint kind;', '\tunion {')
        for branch in one.branches:
            out(f'\t\t{_element(branch.ref)}{naming.c_member(branch.name)};')
        out('\t} u;', '};')
        _table(name, name, [_field(name, b.name, 'u.' + naming.c_member(b.name), None, b.ref) for b in one.branches],
               out)
        return
    shape = plan.shape_of(one)
    _shape(name, shape, out)
    _table(name, name, _rows(name, shape), out)


# Functions


def _result(call, out):
    """Declares the result; (struct, flags of the call) or (None, 0)."""
    name = _c(call.c_name) + '_out'
    if call.output:
        _shape(name, call.output, out)
        _table(name, name, _rows(name, call.output), out)
        return name, '0'
    if not call.returns:
        return None, '0'
    if call_list_ref(call):
        out(f'struct {name} {{', '\tsize_t n;', f'\t{_element(call.returns)}*items;', '};')
        row = _field(name, '', 'n', None, call.returns)
    else:
        out(f'struct {name} {{', f'\t{_element(call.returns)}value;', '};')
        row = _field(name, '', 'value', None, call.returns)
    _table(name, name, [row], out)
    return name, 'QGAC_CALL_BARE'


def _call(plan, call, out):
    name = _c(call.c_name)
    out('', *definition_comment(call.command))
    if call.input:
        _shape(name + '_in', call.input, out)
        _table(name + '_in', name + '_in', _rows(name + '_in', call.input), out)
    result, flags = _result(call, out)
    if not call.command.success_response:
        flags = 'QGAC_CALL_SILENT'
    out(f'static const struct qgac_call_type {name}_call QGAC_UNUSED = {{',
        f'\t{quoted(call.command.name)}, {flags}, {f"&{name}_in_type" if call.input else "NULL"}, '
        f'{f"&{result}_type" if result else "NULL"}', '};')
    parameters = ['struct qgac *agent'] + ([f'const struct {name}_in *in'] if call.input else []) + ['int64_t deadline']
    parameters += [f'struct {result} **ret'] if result else []
    out(f'static inline int {name}({", ".join(parameters)}, struct qgac_err *err)', '{')
    given = 'in' if call.input else 'NULL'
    if result:
        out('\tvoid *out;', f'\tint got = qgac_typed_call(agent, &{name}_call, {given}, deadline, &out, err);', '',
            f'\t*ret = (struct {result} *)out;', '\treturn got;', '}')
    else:
        out(f'\treturn qgac_typed_call(agent, &{name}_call, {given}, deadline, NULL, err);', '}')
