"""Checks how src/ is built: imports between modules have no cycle, and no function is longer than a screen.

A folder of src/ is one stage, so its files may import one another; between stages, and between the files on the
ground floor, imports run one way.
"""

import re
import sys
from pathlib import Path

LONGEST_FUNCTION = 40
# Flat tables and matches, which splitting would only hide.
LONG_FUNCTIONS = {}

IMPORT = re.compile(r"\bcrate::([a-z_]+)")
FUNCTION = re.compile(r"^( *)(?:pub(?:\([a-z]+\))? )?(?:async |const |unsafe |extern \"C\" )*fn (\w+)")


def production(path):
    """The lines of a file before its test module."""
    lines = path.read_text().splitlines()
    end = next((n for n, line in enumerate(lines) if line.startswith("#[cfg(test)]")), len(lines))
    return [] if path.stem == "tests" else lines[:end]


def imports(root):
    """The stages that each stage imports; main.rs and lib.rs are on top of all."""
    graph = {}
    for path in sorted(root.rglob("*.rs")):
        stage = path.relative_to(root).parts[0].removesuffix(".rs")
        if stage in ("main", "lib"):
            continue
        text = "\n".join(line for line in production(path) if not line.lstrip().startswith("//"))
        named = set(IMPORT.findall(text))
        for group in re.findall(r"\bcrate::\{(.*?)\};", text, re.S):
            named |= set(re.findall(r"(?:^|,)\s*([a-z_]+)", group))
        graph.setdefault(stage, set()).update(named - {stage})
    return graph


def cycle(graph):
    """A path that comes back to where it began, if there is one."""
    done = set()

    def search(stage, path):
        if stage in path:
            return path[path.index(stage):] + [stage]
        if stage in done:
            return None
        found = next(filter(None, (search(other, path + [stage]) for other in sorted(graph.get(stage, ())))), None)
        done.add(stage)
        return found

    return next(filter(None, (search(stage, []) for stage in sorted(graph))), None)


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
    found = cycle(imports(root))
    if found:
        complaints.append(f"{root}: imports go round: {' -> '.join(found)}")
    print("\n".join(complaints), file=sys.stderr, end="\n" if complaints else "")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "src")))
