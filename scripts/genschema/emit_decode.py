# SPDX-License-Identifier: MIT
"""schema_decode.*: one function per command from the arguments object to its struct, on top of src/proto/decode.h."""

from . import naming
from .ctext import Header, Out, quoted
from .features import BASE64
from .model import Alternate, Builtin, Enum
from .plan import element_name, enum_constant, enum_count, kind_constant

JSON_KINDS = {'number': 'JSON_NUMBER', 'string': 'JSON_STRING', 'bool': 'JSON_BOOL', 'object': 'JSON_OBJECT'}


def header(plan, source):
    out = Header('schema_decode.h', source, 'Decoders of the arguments; in points to the struct of the command.')
    out('#include "base/arena.h"', '#include "base/err.h"', '#include "json/reader.h"')
    prototypes = [_prototype(call) + ';' for call in plan.calls if call.input]
    if prototypes:
        out('', *prototypes)
    return out.text()


def _prototype(call):
    return f'int decode_{call.c_name}(const struct json *args, struct arena *a, void *in, struct err *err)'


def source_file(plan, source):
    out = Out(source, 'Decoders of the arguments: members in declared order, the first problem wins.')
    out('#include "schema_decode.h"', '', '#include "proto/decode.h"', '#include "schema_names.h"',
        '#include "schema_types.h"')
    lists = [ref for ref in plan.lists if plan.list_is_input(ref)]
    if lists:
        # items and lists may need each other
        out('')
    for ref in lists:
        out(_list_prototype(plan, ref) + ';')
    for one in plan.with_functions(plan.inputs):
        if isinstance(one, Enum):
            _enum(one, out)
        elif isinstance(one, Alternate):
            _alternate(one, out)
        else:
            _shape(plan.shape_of(one), out)
    for ref in lists:
        _list(plan, ref, out)
    for call in plan.calls:
        if call.input:
            _call(call, out)
    return out.text()


def _list_prototype(plan, ref):
    name = plan.c_list_tag(ref)
    return f'static int get_{name}(const struct decode_at *at, struct {name} *ret)'


def _getter(ref):
    """Name of the function that decodes a value of this type."""
    if ref.is_list:
        return f'get_{element_name(ref)}_list'
    return _item_getter(ref)


def _item_getter(ref):
    return ('decode_' if isinstance(ref.type, Builtin) else 'get_') + element_name(ref)


def _enum(enum, out):
    name = naming.c_type(enum.name)
    out('', f'static int get_{name}(const struct decode_at *at, enum {name} *ret)', '{',
        f'\tint value = decode_enum(at, {name}_names, {enum_count(enum)});', '',
        '\tif (value < 0)', '\t\treturn -1;', f'\t*ret = (enum {name})value;', '\treturn 0;', '}')


def _alternate(one, out):
    name = naming.c_type(one.name)
    out('', f'static int get_{name}(const struct decode_at *at, struct {name} *ret)', '{',
        '\tswitch (decode_kind(at)) {')
    for branch in one.branches:
        out(f'\tcase {JSON_KINDS[branch.ref.type.json]}:',
            f'\t\tret->kind = {kind_constant(one, branch)};',
            f'\t\treturn {_getter(branch.ref)}(at, &ret->u.{naming.c_member(branch.name)});')
    out('\tdefault:', f'\t\treturn decode_mismatch(at, {quoted(one.name)});', '\t}', '}')


def _list(plan, ref, out):
    out('', _list_prototype(plan, ref), '{', '\tstruct decode_list list;', '\tstruct decode_at   item;', '',
        '\tret->items = decode_list_begin(&list, at, sizeof(*ret->items));',
        '\tif (!ret->items)', '\t\treturn -1;',
        '\twhile (decode_list_next(&list, &item))',
        f'\t\tif ({_item_getter(ref)}(&item, &ret->items[ret->n++]) < 0)', '\t\t\treturn -1;',
        '\treturn 0;', '}')


def _shape(shape, out):
    out('', f'static int get_{shape.c_name}(const struct decode_at *at, struct {shape.c_name} *ret)', '{')
    names = [member.name for member in shape.members]
    for branch in shape.branches:
        names += [member.name for member in branch.ref.type.all_members() if member.name not in names]
    if not names:
        out('\tstruct decode_object o;', '',
            '\t(void)ret; /* has no members */',
            '\tif (decode_object_begin(&o, at, NULL, NULL, 0) < 0)', '\t\treturn -1;',
            '\treturn decode_object_end(&o);', '}')
        return
    out('\tstatic const char *const names[] = {' + ', '.join(map(quoted, names)) + '};',
        '\tstruct json          slots[ARRAY_SIZE(names)];', '\tstruct decode_object o;',
        '\tstruct decode_at     m;', '',
        '\tif (decode_object_begin(&o, at, names, slots, ARRAY_SIZE(names)) < 0)', '\t\treturn -1;')
    for member in shape.members:
        _member(member, names, 'ret->', '\t', out)
    if shape.branches:
        _branches(shape, names, out)
    out('\treturn decode_object_end(&o);', '}')


def _branches(shape, names, out):
    """Members of a branch stand beside those of the base; what belongs to other branches stays in its slot."""
    enum = shape.enum_of_branches()
    out(f'\tswitch (ret->{naming.c_member(shape.discriminator.name)}) {{')
    for branch in shape.branches:
        out(f'\tcase {enum_constant(enum, branch.name)}:')
        for member in branch.ref.type.all_members():
            _member(member, names, f'ret->u.{naming.c_member(branch.name)}.', '\t\t', out)
        out('\t\tbreak;')
    out('\tdefault:', '\t\tbreak;', '\t}')


def _member(member, names, where, indent, out):
    place = where + naming.c_member(member.name)
    if member.has_feature(BASE64):
        call = f'decode_bytes(&m, &{place})'
    else:
        call = f'{_getter(member.ref)}(&m, &{place})'
    out(f'{indent}m = decode_member(&o, {names.index(member.name)});')
    if member.optional:
        flag = f'{where}has_{naming.c_name(member.name)}'
        out(f'{indent}{flag} = decode_present(&m);', f'{indent}if ({flag} && {call} < 0)', f'{indent}\treturn -1;')
    else:
        out(f'{indent}if ({call} < 0)', f'{indent}\treturn -1;')


def _call(call, out):
    _shape(call.input, out)
    out('', _prototype(call), '{', '\tstruct decode    d = {.arena = a, .err = err};',
        '\tstruct decode_at at = decode_root(&d, args);', '',
        f'\t*(struct {call.input.c_name} *)in = (struct {call.input.c_name}){{0}};',
        f'\treturn get_{call.input.c_name}(&at, in);', '}')
