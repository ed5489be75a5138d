"""Checks how src/ is built: imports have no cycle, and no function is longer than a screen.

A module and the folder of its name are free to import each other: the module declares what its parts share. Between
any other modules, and between the stages (the folders and files on top), imports run one way.
"""

import re
import sys
from pathlib import Path

LONGEST_FUNCTION = 40
# Flat tables and matches, which are easier to read in one piece.
LONG_FUNCTIONS = {
    "cli.rs:refusal",
    "store/aws/error.rs:classify",
    "store/aws/error.rs:refused",
}

FUNCTION = re.compile(r"^( *)(?:pub(?:\([a-z]+\))? )?(?:async |const |unsafe |extern \"C\" )*fn (\w+)")
USE = re.compile(r"\buse ((?:crate|super|self)\b[^;]*);")
PATH = re.compile(r"\b((?:crate|super)(?:::\w+)+)")


def production(path):
    """The lines of a file before its test module."""
    lines = path.read_text().splitlines()
    end = next((n for n, line in enumerate(lines) if line.startswith("#[cfg(test)]")), len(lines))
    return [] if path.stem == "tests" else lines[:end]


def modules(root):
    """Every module by its path; main.rs and lib.rs, on top of all, are none."""
    found = {path.relative_to(root).with_suffix("").parts: path for path in root.rglob("*.rs")}
    return {module: path for module, path in found.items() if module not in (("main",), ("lib",))}


def leaves(prefix, tree):
    """The paths that a use tree stands for: `a::{b, c::d}` is a::b and a::c::d."""
    depth, start = 0, 0
    for end, char in enumerate(tree + ","):
        depth += (char == "{") - (char == "}")
        if char == "," and depth == 0:
            branch, start = tree[start:end].strip(), end + 1
            head, brace, rest = branch.partition("{")
            path = prefix + tuple(re.findall(r"\w+", head.split(" as ")[0]))
            if brace:
                yield from leaves(path, rest.rpartition("}")[0])
            elif branch:
                yield path


def absolute(module, path):
    """A path as it is seen from the crate's root."""
    if path[0] == "crate":
        return path[1:]
    base = module
    while path and path[0] in ("super", "self"):
        base = base[:-1] if path[0] == "super" else base
        path = path[1:]
    return base + path


def imports(all_modules):
    graph = {}
    for module, path in all_modules.items():
        text = "\n".join(line for line in production(path) if not line.lstrip().startswith("//"))
        named = [leaf for use in USE.findall(text) for leaf in leaves((), use)]
        named += [tuple(path.split("::")) for path in PATH.findall(text)]
        graph[module] = set()
        for path in (absolute(module, path) for path in named):
            owners = (path[:length] for length in range(len(path), 0, -1) if path[:length] in all_modules)
            graph[module].update(list(owners)[:1])
    return graph


def one_way(graph):
    """The imports between modules that must have no cycle, and those between stages."""
    parts = {a: {b for b in named if a != b[:len(a)] and b != a[:len(b)]} for a, named in graph.items()}
    stages = {}
    for module, named in graph.items():
        stages.setdefault(module[:1], set()).update({other[:1] for other in named} - {module[:1]})
    return parts, stages


def cycle(graph):
    """A path that comes back to where it began, if there is one."""
    done = set()

    def search(module, path):
        if module in path:
            return path[path.index(module):] + [module]
        if module in done:
            return None
        found = next(filter(None, (search(other, path + [module]) for other in sorted(graph.get(module, ())))), None)
        done.add(module)
        return found

    return next(filter(None, (search(module, []) for module in sorted(graph))), None)


def long_functions(root):
    for path in sorted(root.rglob("*.rs")):
        lines = production(path)
        for first, line in enumerate(lines):
            start = FUNCTION.match(line)
            if not start:
                continue
            end = next((n for n in range(first, len(lines)) if lines[n] == start[1] + "}"), first)
            place = f"{path.relative_to(root)}:{start[2]}"
            if end - first + 1 > LONGEST_FUNCTION and place not in LONG_FUNCTIONS:
                yield f"{path}:{first + 1}: {start[2]} has {end - first + 1} lines; at most {LONGEST_FUNCTION}"


def main(root):
    complaints = list(long_functions(root))
    for graph in one_way(imports(modules(root))):
        found = cycle(graph)
        if found:
            complaints.append(f"{root}: imports go round: {' -> '.join('::'.join(module) for module in found)}")
    print("\n".join(complaints), file=sys.stderr, end="\n" if complaints else "")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "src")))
