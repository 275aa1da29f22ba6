"""Random programs full of cycles: modules, classes and functions that call, store, loop and import each other."""

from __future__ import annotations

from random import Random

FILES = ("a", "b", "c")


class Writer:
    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.functions = [(f, f"f{i}") for f in FILES for i in range(2)]
        self.classes = [(f, f"K{f}{i}") for f in FILES for i in range(2)]

    def value(self, file: str, names: list[str], depth: int = 0) -> str:
        pick = self.random.choice
        kind = self.random.randrange(12 if depth < 2 else 4)
        if kind == 0:
            return str(self.random.randrange(9))
        if kind in (1, 2):
            return pick([*names, "g", "None"])
        if kind == 3:
            return f"{pick(names)}.{pick(('p', 'q', 'run'))}"
        inner = self.value(file, names, depth + 1)
        other = self.value(file, names, depth + 1)
        if kind in (4, 5):
            owner, name = pick(self.functions)
            return f"{self.reach(file, owner, name)}({inner}, {other})"
        if kind == 6:
            owner, name = pick(self.classes)
            return f"{self.reach(file, owner, name)}({inner})"
        if kind == 7:
            return f"({inner} or {other})"
        if kind == 8:
            return f"({inner} if {pick(names)} == 3 else {other})"
        if kind == 9:
            return f"{pick(names)}.run({inner})"
        if kind == 10:
            return f"[{inner}, {other}]"
        return f"{{'k': {inner}}}.get('k', {other})"

    def reach(self, file: str, owner: str, name: str) -> str:
        return name if owner == file else f"{owner}.{name}"

    def body(self, file: str, names: list[str], indent: str) -> list[str]:
        rows = []
        for _ in range(self.random.randrange(1, 4)):
            name = self.random.choice(["x", "y", "z"])
            kind = self.random.randrange(7)
            value = self.value(file, names)
            if kind == 0:
                rows += [f"for {name} in [{value}]:", f"    {self.random.choice(names)} = {name}"]
            elif kind == 1:
                rows += [f"while {self.random.choice(names)}:", f"    {name} = {value}"]
            elif kind == 2:
                rows += [
                    f"if {self.random.choice(names)} is None:",
                    f"    {name} = {value}",
                    "else:",
                    f"    {name} = {self.value(file, names)}",
                ]
            elif kind == 3:
                rows.append(f"{self.random.choice(names)}.{self.random.choice(('p', 'q'))} = {value}")
            else:
                rows.append(f"{name} = {value}")
            names.append(name)
            rows.append(f"probe({self.value(file, names)})")
        return [indent + row for row in rows]

    def file(self, file: str) -> str:
        rows = [f"import {other}" for other in FILES if other != file] + ["g = None"]
        for owner, name in self.classes:
            if owner == file:
                base = self.random.choice([k for f, k in self.classes if f == file and k < name] or ["object"])
                rows += [f"class {name}({base}):", "    p = 1", "    def __init__(self, q):", "        self.q = q"]
                rows += [
                    "    def run(self, x):",
                    *self.body(file, ["self", "x"], "        "),
                    f"        return {self.value(file, ['self', 'x'])}",
                ]
        for owner, name in self.functions:
            if owner == file:
                rows += [f"def {name}(x, y=2):", *self.body(file, ["x", "y"], "    "), f"    return {self.value(file, ['x', 'y'])}"]
        rows += ["g = " + self.value(file, ["g"]), *self.body(file, ["g"], "")]
        return "\n".join(rows) + "\n"


def generated(seed: int) -> dict[str, str]:
    writer = Writer(seed)
    return {f"{name}.py": writer.file(name) for name in FILES}
