# SPDX-License-Identifier: MIT
"""Reads the protocol schema (QAPI syntax) and writes the C code, the reference page and the fuzz dictionary.

The way of a schema through the package:

    lexer -> parser -> docs -> expressions -> model -> checks -> select -> plan -> emit_*

Every stage only knows those to its left. Errors are SchemaError everywhere, with file and line.
"""
