# SPDX-License-Identifier: MIT
"""Which kernel modules a guest needs, in the order in which they must be loaded.

A kernel package that was unpacked and not installed has no modules.dep: depmod makes that at
installation. The same facts stand in each module's .modinfo section, from which they are read here.
"""
import re
from pathlib import Path


def load_order(tree, names):
    """Pairs (file, parameters) of the modules `names` ("name parameter=value …") with all they depend on, dependencies
    first; built-in ones are left out."""
    files = {normal(f.stem): f for f in Path(tree).glob("kernel/**/*.ko")}
    builtin = {normal(Path(line).stem) for line in (Path(tree) / "modules.builtin").read_text().split()}
    order = {}

    def visit(name):
        if name in order or name in builtin:
            return
        if name not in files:
            raise KeyError(f"this kernel has no module {name}")
        for dependency in needed_by(files[name]):
            if dependency in files:
                visit(dependency)
        order[name] = files[name]

    parameters = {}
    for wanted in names:
        name, _, rest = wanted.partition(" ")
        parameters[normal(name)] = rest
        visit(normal(name))
    return [(file, parameters.get(name, "")) for name, file in order.items()]


def normal(name):
    return name.replace("-", "_")


def needed_by(module):
    data = module.read_bytes()
    hard = re.findall(rb"\0depends=([^\0]+)", data)
    soft = re.findall(rb"\0softdep=pre:([^\0]+)", data)
    return [normal(n.decode()) for field in hard + soft for n in re.split(rb"[,\s]+", field) if n]
