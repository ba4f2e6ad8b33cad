"""A program that says what another one was once recorded to say, and remembers how it was asked."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_CHECKOUT = Path(__file__).parents[2]
SPECS = next((one for above in _CHECKOUT.parents if (one := above / "shared" / "specs").is_dir()), _CHECKOUT / "none")
"""Where recorded answers lie, beside the checkout or further up; the tests that need them are skipped without."""
_RECORDED = re.compile(r"^(\S+) rc=(\d+) ::", re.MULTILINE)


@dataclass(frozen=True)
class Said:
    """What a program prints, how it ends, and what else it does (as a shell script, in its working folder)."""

    out: str = ""
    err: str = ""
    code: int = 0
    does: str = ""


def recorded(samples: Path, name: str) -> Said:
    """Return what was recorded under a name; `RC.txt` has name, exit code and command of each."""
    codes = dict(_RECORDED.findall((samples / "RC.txt").read_text(encoding="utf-8")))
    out, err = ((samples / f"{name}.{stream}").read_text(encoding="utf-8") for stream in ("stdout", "stderr"))
    return Said(out, err, int(codes[name]))


@dataclass(frozen=True)
class Player:
    """A program that answers by the first of its answers whose words are among those it was asked with."""

    path: Path

    @property
    def asked(self) -> list[list[str]]:
        """The arguments of every call, in order."""
        log = self.path.with_suffix(".asked")
        return [shlex.split(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []

    @property
    def environment(self) -> dict[str, str]:
        """What the last call was told of its surroundings."""
        lines = self.path.with_suffix(".env").read_text(encoding="utf-8").split("\0")
        return dict(line.split("=", 1) for line in lines if "=" in line)


def player(folder: Path, answers: Mapping[str, Said], name: str = "tool") -> Player:
    """Write a program whose `answers` are found by words, which must be asked in this order: `list --json`; "" answers any."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    cases = []
    for n, (words, said) in enumerate(answers.items()):
        for stream, text in (("out", said.out), ("err", said.err)):
            (folder / f"{name}.{n}.{stream}").write_text(text, encoding="utf-8")
        pattern = "".join(f"*{shlex.quote(f' {word} ')}" for word in words.split()) + "*"
        here = shlex.quote(str(folder / f"{name}.{n}"))
        cases.append(f"{pattern}) {said.does or ':'}; cat {here}.out; cat {here}.err >&2; exit {said.code};;")
    quoted = "; ".join([f"for one; do printf '%s ' \"'$one'\" >> {path}.asked; done", f"echo >> {path}.asked"])
    text = "\n".join(["#!/bin/sh", quoted, f"env -0 > {path}.env", 'spaced="  "; for one; do spaced="$spaced$one  "; done',
                      'case "$spaced" in', *cases, "esac", "exit 99", ""])  # fmt: skip
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return Player(path)
