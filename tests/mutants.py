"""Break the rules in every way that cosmic-ray knows, and tell which breaks no test notices.

Cosmic-ray brings SQL and version control along, too much for a lock. To ask again: install it (version 8.7.0) and run
`python -m tests.mutants counting` or `clocks` from the root of the repository. A break lives in a child of this process
alone, so no file is changed. Stopped at any time, or after SECONDS=40 of its own accord, it goes on from there next
time; what survived is asked again only once a test has changed.
"""

import json
import os
import resource
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from time import monotonic
from types import ModuleType
from typing import Any

import hypothesis
import pytest

ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".mutants_cache"
LOADED_ONCE = ("contracts.voting", "contracts.responses", "pyrankvote", "schulze_condorcet", "votelib.convert")
NO_SHRINKING = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
SAME = {"core/ReplaceComparisonOperator_Is_Eq", "core/ReplaceComparisonOperator_IsNot_NotEq"}  # of None and of Enums
QUICK_SECONDS, SLOW_SECONDS = 4, 30  # of processor time, several times what the tests take; a break may never end
MEMORY = 3 << 30


@dataclass(frozen=True)
class Subject:
    """What is broken, and which tests ought to notice: the quick ones are asked first."""

    modules: tuple[Path, ...]
    quick: tuple[str, ...]
    slow: tuple[str, ...]

    @property
    def said(self) -> str:
        """A name for the tests as they are now."""
        files = [file for name in (*self.quick, *self.slow) for file in (ROOT / name).parent.glob("*.py")]
        return sha256(b"".join(file.read_bytes() for file in sorted(set(files)))).hexdigest()


def _modules(folder: str, *names: str) -> tuple[Path, ...]:
    return tuple(ROOT / folder / f"{name}.py" for name in names) or tuple(sorted((ROOT / folder).glob("[!_]*.py")))


def _tests(folder: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{folder}/test_{name}.py" for name in names)


COUNTING = "tests/voting/counting"
SUBJECTS = {
    "counting": Subject(
        _modules("services/voting/counting"),
        (*_tests(COUNTING, "rules", "chain", "papers", "textbook"), *_tests("tests/voting", "outcome")),
        _tests(COUNTING, "budgets", "laws", "oracles", "page"),
    ),
    "clocks": Subject(
        _modules("services/responses", "calendar", "clock", "hours", "sla"),
        _tests("tests/responses", "sla_rules", "policy", "escalation"),
        _tests("tests/responses", "calendar", "clock_laws"),
    ),
}


@dataclass(frozen=True)
class Break:
    """One thing wrong in one module: an operator of cosmic-ray, at the place where it applies for the n-th time."""

    module: Path
    source: str = field(repr=False)
    line: int
    operator: str
    occurrence: int

    @property
    def id(self) -> str:
        """The same break of the same module has the same id."""
        said = f"{self.module.relative_to(ROOT)} {self.operator} {self.occurrence} {self.source}"
        return sha256(said.encode()).hexdigest()

    @property
    def broken(self) -> str:
        """The module with this wrong in it."""
        operator = import_module("cosmic_ray.plugins").get_operator(self.operator)()
        return str(import_module("cosmic_ray.mutating").mutate_code(self.source, operator, self.occurrence))

    def __str__(self) -> str:
        was, now = (code.splitlines()[self.line - 1].strip() for code in (self.source, self.broken))
        return f"{self.module.relative_to(ROOT)}:{self.line} {self.operator}\n    - {was}\n    + {now}"


def breaks(module: Path) -> Iterator[Break]:
    """Every break of a module, by the operators that need no arguments and make a difference here."""
    plugins, trees = import_module("cosmic_ray.plugins"), import_module("cosmic_ray.ast")
    source = module.read_text()
    nodes = list(trees.ast_nodes(trees.get_ast(source)))
    for name in plugins.operator_names():
        kind = plugins.get_operator(name)
        if not kind.arguments() and name not in SAME:
            places = [place for node in nodes for place in kind().mutation_positions(node)]
            for occurrence, (begins, _) in enumerate(places):
                yield Break(module, source, begins[0], name, occurrence)


class Broken(MetaPathFinder, Loader):
    """Gives the broken code to whoever imports its module."""

    def __init__(self, flaw: Break) -> None:
        self._name = ".".join(flaw.module.relative_to(ROOT).with_suffix("").parts)
        self._code = compile(flaw.broken, flaw.module, "exec")

    def find_spec(self, fullname: str, path: Any, target: ModuleType | None = None) -> ModuleSpec | None:
        return spec_from_loader(fullname, self) if fullname == self._name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(self._code, module.__dict__)


def is_noticed(flaw: Break | None, subject: Subject) -> bool:
    """Whether a test fails, or never ends, once this is broken; or, of None, as the rules are."""
    child = os.fork()
    if not child:
        _ask(flaw, subject)
    return os.waitpid(child, 0)[1] != 0


def _ask(flaw: Break | None, subject: Subject) -> None:
    if flaw:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    failed = True
    try:
        if flaw:
            sys.meta_path.insert(0, Broken(flaw))
        failed = _fail(subject.quick, QUICK_SECONDS) or _fail(subject.slow, SLOW_SECONDS)
    finally:
        os._exit(failed)


def _fail(tests: Sequence[str], seconds: int) -> bool:
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, SLOW_SECONDS))
    return pytest.main(["-x", "-p", "no:cacheprovider", "--noconftest", "--assert=plain", *tests]) != pytest.ExitCode.OK


def main(name: str) -> None:
    """Ask about every break that is not decided yet, then tell what survived."""
    subject, kept, until = SUBJECTS[name], KEPT / f"{name}.json", monotonic() + float(os.environ.get("SECONDS", "inf"))
    known: dict[str, str] = json.loads(kept.read_text()) if kept.exists() else {}
    hypothesis.settings.register_profile("hasty", deadline=None, database=None, max_examples=40, phases=NO_SHRINKING)
    hypothesis.settings.load_profile("hasty")
    os.environ.setdefault("ELECTIONS", "200")
    for module in LOADED_ONCE:
        import_module(module)
    KEPT.mkdir(exist_ok=True)

    every = [flaw for module in subject.modules for flaw in breaks(module)]
    tests = subject.said
    if known.get("whole") != tests and is_noticed(None, subject):
        sys.exit("The tests fail as it is.")
    known["whole"] = tests
    kept.write_text(json.dumps(known))
    waiting = [flaw for flaw in every if known.get(flaw.id) not in ("noticed", tests)]
    for flaw in waiting:
        if monotonic() > until:
            break
        known[flaw.id] = "noticed" if is_noticed(flaw, subject) else tests
        kept.write_text(json.dumps(known))

    decided = [flaw for flaw in every if flaw.id in known]
    survivors = [flaw for flaw in decided if known[flaw.id] != "noticed"]
    for survivor in survivors:
        print(survivor)
    print(f"{name}: {len(every)} breaks, {len(decided)} asked about, {len(survivors)} unnoticed")


if __name__ == "__main__":
    main(sys.argv[1])
