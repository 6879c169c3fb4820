# SPDX-License-Identifier: MIT
"""schema_handlers.h, schema_commands.c (the table of src/proto/command.h), schema_marks.* (what the audit may tell)."""

from .ctext import Header, Out, definition_comment, quoted
from .features import (ALL_CAPABILITIES, CAPABILITIES, LOGGABLE, SECRET, SECRET_FLAG, SUBJECT, capabilities_of,
                       flags_of)


def _sorted(plan):
    return sorted(plan.calls, key=lambda call: call.command.name.encode())


def _handler(call):
    given = f'const struct {call.c_name}_in *in' if call.input else 'const void *in'
    taken = f'struct {call.c_name}_out *out' if call.returns else 'void *out'
    return f'int cmd_{call.c_name}(struct request *rq, {given}, {taken}, struct err *err)'


def handlers_header(plan, source):
    out = Header('schema_handlers.h', source,
                 'The handlers that the command table needs. Where a command has no arguments or no result the pointer '
                 'is NULL.')
    out('#include "schema_types.h"', '', 'struct err;', 'struct request;')
    for call in plan.calls:
        out('', *definition_comment(call.command), _handler(call) + ';')
    return out.text()


def commands_source(plan, source):
    out = Out(source, 'The command table.')
    out('#include "proto/command.h"', '', '#include <linux/capability.h>', '', '#include "proto/decode.h"',
        '#include "proto/encode.h"',
        '#include "schema_decode.h"', '#include "schema_encode.h"', '#include "schema_handlers.h"')
    for call in plan.calls:
        if call.input or call.returns:
            out('', f'static int run_{call.c_name}(struct request *rq, const void *in, void *out, struct err *err)',
                '{', f'\treturn cmd_{call.c_name}(rq, in, out, err);', '}')
    out('', 'const struct command commands[] = {')
    for call in _sorted(plan):
        out(*_row(call))
    out('};', '', 'const size_t n_commands = sizeof(commands) / sizeof(commands[0]);')
    return out.text()


def _row(call):
    name = call.c_name
    secret = [SECRET_FLAG] if _marked(call, SECRET) else []
    flags = ' | '.join(flags_of(call.command) + secret) or '0'
    lines = ['\t{', f'\t\t.name = {quoted(call.command.name)},', f'\t\t.flags = {flags},',
             f'\t\t.order = {call.command.order},']
    capabilities = _capabilities(call.command)
    if capabilities:
        lines.append(f'\t\t.capabilities = {capabilities},')
    if call.input:
        lines.append(f'\t\t.in_size = sizeof(struct {name}_in),')
    if call.returns:
        lines.append(f'\t\t.out_size = sizeof(struct {name}_out),')
    lines.append(f'\t\t.decode = {"decode_" + name if call.input else "decode_nothing"},')
    lines.append(f'\t\t.run = {"run_" if call.input or call.returns else "cmd_"}{name},')
    lines.append(f'\t\t.encode = {"encode_" + name if call.returns else "encode_nothing"},')
    return lines + ['\t},']


def _capabilities(command):
    names = capabilities_of(command)
    if ALL_CAPABILITIES in names:
        return 'UINT64_MAX'
    return ' | '.join(f'UINT64_C(1) << {CAPABILITIES[name]}' for name in names)


def marks_header(plan, source):
    out = Header('schema_marks.h', source,
                 'What audit lines may and must not say about arguments. command_marks[i] belongs to commands[i].')
    out('struct command_marks {', '\tconst char *subject;          /* the argument that is acted on, NULL: there is none */',
        '\tconst char *const *loggable;  /* others that may be told, NULL at the end */',
        '\tconst char *const *secret;    /* those that never may, NULL at the end */', '};', '',
        'extern const struct command_marks command_marks[];')
    return out.text()


def marks_source(plan, source):
    out = Out(source, 'What audit lines may and must not say about arguments.')
    out('#include "schema_marks.h"', '', '#include <stddef.h>', '', 'static const char *const none[] = {NULL};')
    rows = []
    for call in _sorted(plan):
        subject = [quoted(member.name) for member in _marked(call, SUBJECT)]
        row = [f'.subject = {subject[0]}'] if subject else []
        for mark, feature in (('loggable', LOGGABLE), ('secret', SECRET)):
            names = [quoted(member.name) for member in _marked(call, feature)]
            array = f'{mark}_{call.c_name}' if names else 'none'
            if names:
                out(f'static const char *const {array}[] = {{{", ".join(names)}, NULL}};')
            row.append(f'.{mark} = {array}')
        rows.append(f'\t{{{", ".join(row)}}}, /* {call.command.name} */')
    out('', 'const struct command_marks command_marks[] = {', *rows, '};')
    return out.text()


def _marked(call, feature):
    if not call.input:
        return []
    members = list(call.input.members)
    for branch in call.input.branches:
        members += [member for member in branch.ref.type.all_members() if member not in members]
    return [member for member in members if member.has_feature(feature)]
