# SPDX-License-Identifier: MIT
"""schema_encode.*: one function per command from the struct of its result to the value of "return"."""

from . import naming
from .ctext import Header, Out, quoted
from .features import BASE64
from .model import Alternate, Builtin, Enum
from .plan import call_list_ref, element_name, enum_constant, enum_count, kind_constant


def header(plan, source):
    out = Header('schema_encode.h', source, 'Encoders of the results; out points to the struct of the command.')
    out('#include "json/writer.h"')
    prototypes = [_prototype(call) + ';' for call in plan.calls if call.returns]
    if prototypes:
        out('', *prototypes)
    return out.text()


def _prototype(call):
    return f'void encode_{call.c_name}(const void *out, struct json_out *w)'


def source_file(plan, source):
    out = Out(source, 'Encoders of the results: members in the order of the schema.')
    out('#include "schema_encode.h"', '', '#include "proto/encode.h"', '#include "schema_names.h"',
        '#include "schema_types.h"')
    lists = [ref for ref in plan.lists if element_name(ref) in plan.outputs.lists]
    if lists:
        out('')
    for ref in lists:
        out(_list_prototype(plan, ref) + ';')
    for one in plan.with_functions(plan.outputs):
        if isinstance(one, Enum):
            _enum(one, out)
        elif isinstance(one, Alternate):
            _alternate(one, out)
        else:
            _shape(plan.shape_of(one), out)
    for ref in lists:
        _list(plan, ref, out)
    for call in plan.calls:
        if call.returns:
            _call(call, out)
    return out.text()


def _list_prototype(plan, ref):
    element = plan.c_element(ref, plan.list_is_input(ref))
    pointer = f'{element}const *items' if element.endswith('*') else f'const {element} *items'
    return f'static void put_{plan.c_list_tag(ref)}(struct json_out *w, size_t n, {pointer})'


def _put(ref, value):
    """A statement that writes a value which is no list."""
    if isinstance(ref.type, Builtin):
        name = {'str': 'encode_str', 'bool': 'json_out_bool', 'number': 'json_out_double'}.get(ref.name)
        if not name:
            name = 'json_out_uint' if ref.name.startswith('uint') or ref.name == 'size' else 'json_out_int'
        return f'{name}(w, {value});'
    by_value = isinstance(ref.type, Enum)
    return f'put_{element_name(ref)}(w, {value if by_value else "&" + value});'


def _enum(enum, out):
    name = naming.c_type(enum.name)
    out('', f'static void put_{name}(struct json_out *w, enum {name} value)', '{',
        f'\tencode_enum(w, {name}_names, {enum_count(enum)}, value);', '}')


def _alternate(one, out):
    name = naming.c_type(one.name)
    out('', f'static void put_{name}(struct json_out *w, const struct {name} *v)', '{', '\tswitch (v->kind) {')
    for branch in one.branches:
        out(f'\tcase {kind_constant(one, branch)}:', f'\t\t{_put(branch.ref, f"v->u.{naming.c_member(branch.name)}")}',
            '\t\tbreak;')
    out('\t}', '}')


def _list(plan, ref, out):
    out('', _list_prototype(plan, ref), '{', '\tjson_out_array_begin(w);', '\tfor (size_t i = 0; i < n; i++)',
        f'\t\t{_put(ref, "items[i]")}', '\tjson_out_array_end(w);', '}')


def _member(member, where, indent, out):
    value = where + naming.c_member(member.name)
    if member.optional:
        out(f'{indent}if ({where}has_{naming.c_name(member.name)}) {{')
        indent += '\t'
    out(f'{indent}json_out_key(w, {quoted(member.name)});')
    if member.ref.is_list:
        out(f'{indent}put_{element_name(member.ref)}_list(w, {value}.n, {value}.items);')
    elif member.has_feature(BASE64):
        out(f'{indent}json_out_strn(w, {value}.data, {value}.len);')
    else:
        out(indent + _put(member.ref, value))
    if member.optional:
        out(indent[:-1] + '}')


def _shape(shape, out):
    out('', f'static void put_{shape.c_name}(struct json_out *w, const struct {shape.c_name} *v)', '{',
        '\tjson_out_object_begin(w);')
    if not shape.members:
        out('\t(void)v; /* has no members */')
    for member in shape.members:
        _member(member, 'v->', '\t', out)
    if shape.branches:
        out(f'\tswitch (v->{naming.c_member(shape.discriminator.name)}) {{')
        for branch in shape.branches:
            out(f'\tcase {enum_constant(shape.enum_of_branches(), branch.name)}:')
            for member in branch.ref.type.all_members():
                _member(member, f'v->u.{naming.c_member(branch.name)}.', '\t\t', out)
            out('\t\tbreak;')
        out('\tdefault:', '\t\tbreak;', '\t}')
    out('\tjson_out_object_end(w);', '}')


def _call(call, out):
    name = call.c_name
    if call.output:
        _shape(call.output, out)
        out('', _prototype(call), '{', f'\tput_{name}_out(w, out);', '}')
        return
    out('', _prototype(call), '{', f'\tconst struct {name}_out *v = out;', '')
    if call_list_ref(call):
        out(f'\tput_{element_name(call.returns)}_list(w, v->n, v->items);', '}')
    else:
        out('\t' + _put(call.returns, 'v->value'), '}')
