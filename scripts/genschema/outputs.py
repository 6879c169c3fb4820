# SPDX-License-Identifier: MIT
"""From a schema path to the texts of all output files."""

from . import (checks, emit_commands, emit_decode, emit_dictionary, emit_encode, emit_manual, emit_privileges,
               emit_reference, emit_types, expressions, parser, plan, select)

C_FILES = {
    'schema_types.h': emit_types.types_header,
    'schema_names.h': emit_types.names_header,
    'schema_names.c': emit_types.names_source,
    'schema_handlers.h': emit_commands.handlers_header,
    'schema_commands.c': emit_commands.commands_source,
    'schema_marks.h': emit_commands.marks_header,
    'schema_marks.c': emit_commands.marks_source,
    'schema_decode.h': emit_decode.header,
    'schema_decode.c': emit_decode.source_file,
    'schema_encode.h': emit_encode.header,
    'schema_encode.c': emit_encode.source_file,
}
TEXT_FILES = {
    'reference.md': emit_reference.page,
    'privileges.md': emit_privileges.page,
    'protocol.scd': emit_manual.page,
    'schema.dict': emit_dictionary.dictionary,
}
NAMES = (*C_FILES, *TEXT_FILES)


def generate(path, defines, order_path=None):
    """(name -> text of every output file, files that were read)"""
    schema = parser.parse(path)
    model = checks.check(expressions.definitions(schema), schema.pragma)
    select.select(model, defines)
    order = select.read_order(order_path) if order_path else []
    select.order_commands(model, order)
    planned = plan.Plan(model)
    texts = {name: emit(planned, path) for name, emit in C_FILES.items()}
    texts.update((name, emit(model, path)) for name, emit in TEXT_FILES.items())
    return texts, schema.files + ([order_path] if order_path else [])
