# SPDX-License-Identifier: MIT
"""Compiling generated C the way the build does, only stricter."""

import os
import shutil
import subprocess
from pathlib import Path

from schemas import TOP

SRC = TOP / 'src'
FLAGS = ['-std=gnu11', '-D_GNU_SOURCE', '-O1', '-Wall', '-Wextra', '-Wshadow', '-Wformat=2', '-Wmissing-prototypes',
         '-Wstrict-prototypes', '-Wvla', '-Wundef', '-Wredundant-decls', '-Werror']
# What generated code needs to run.
RUNTIME = [SRC / name for name in (
    'base/arena.c', 'base/buf.c', 'base/err.c', 'base/num.c', 'base/siphash.c', 'base/utf8.c',
    'json/check.c', 'json/keyset.c', 'json/reader.c', 'json/writer.c', 'json/scan_word.c',
    'proto/command.c', 'proto/decode.c')]
COMPILERS = [name for name in ('gcc', 'clang') if shutil.which(name)]


def write(texts, directory):
    for name, text in texts.items():
        Path(directory, name).write_text(text, encoding='utf-8')


def compile_all(texts, directory, compiler='gcc'):
    """Compiles every generated source, and every header alone; the compiler's complaints, '' if there are none."""
    write(texts, directory)
    base = [compiler, *FLAGS, f'-I{SRC}', f'-I{directory}']
    sources = [os.path.join(directory, name) for name in texts if name.endswith('.c')]
    headers = [os.path.join(directory, name) for name in texts if name.endswith('.h')]
    said = subprocess.run([*base, '-fsyntax-only', *sources], capture_output=True, text=True, check=False)
    output = said.stderr
    for header in headers:
        said = subprocess.run([*base, '-fsyntax-only', '-x', 'c', header], capture_output=True, text=True, check=False)
        output += said.stderr
    return output


def link(texts, driver, directory, *extra):
    """Builds a program from generated code, its runtime and a driver; (path, complaints)."""
    write(texts, directory)
    program = os.path.join(directory, 'program')
    sources = [os.path.join(directory, name) for name in texts if name.endswith('.c')]
    command = ['gcc', *FLAGS, *extra, f'-I{SRC}', f'-I{directory}', '-o', program, str(driver), *sources,
               *map(str, RUNTIME), '-lm']
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    return program, said.stderr
