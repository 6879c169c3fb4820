#!/bin/sh
# SPDX-License-Identifier: MIT
# Formatting is not discussed: --check fails on a difference, --write mends it.
set -eu
cd "$(dirname "$0")/.."
files=$(git ls-files -co --exclude-standard 'src/*.[ch]' 'include/*.h' 'tests/*.[ch]')
case ${1:---check} in
--write) clang-format -i $files ;;
--check) clang-format --dry-run -Werror $files ;;
*) echo "usage: format.sh --check | --write" >&2; exit 2 ;;
esac
