"""``python -m tests.oracles.pyoce [--claims N] [--seed N]``. Exit code 1: a difference without reason; 2: can't run."""

import argparse
import sys
from random import Random

from tests.oracles.pyoce.comparison import compared
from tests.oracles.pyoce.environment import CantRun, ask, installed
from tests.oracles.pyoce.made_claims import QUARTERS, made_claims, of_a_hospital, told_by_us
from tests.oracles.pyoce.tables import (
    EDITION,
    EDITION_DAY,
    Hospitals,
    Practitioners,
    modifiers_told_otherwise,
    tables_compared,
)

TOLD = 20


def main() -> int:
    """Compare and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.oracles.pyoce")
    parser.add_argument("--claims", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=5)
    asked = parser.parse_args()
    try:
        interpreter = installed()
    except CantRun as reason:
        print(f"not compared: {reason}", file=sys.stderr)
        return 2
    ours = Practitioners.read()
    of_hospitals = [(one, two) for one, two in ask(interpreter, "pairs", "3000")]
    claims = list(made_claims(asked.claims, Random(asked.seed), ours.pairs, of_hospitals))
    theirs = Hospitals(ask(interpreter, "claims", given=[of_a_hospital(claim) for claim in claims]))
    reference, plan = ours.engine(claims)
    report = compared(claims, [told_by_us(claim, reference, plan) for claim in claims], ours, theirs)

    what = "starter table" if ours.codes else "whole table"
    print(f"practitioners: {what} of CMS, {EDITION}, {len(ours.pairs):,} pairs; hospitals: {theirs.told}")
    if ours.codes is None:
        for where, number in tables_compared(ours, ask(interpreter, "table", f"{EDITION_DAY}")).most_common():
            print(f"{number:>11,}  pairs on {EDITION_DAY} {where}")
    if ours.modifiers != theirs.modifiers:
        report.unexplained.append(
            f"modifiers that tell apart: {sorted(ours.modifiers ^ theirs.modifiers)} differ"
        )
    report.unexplained += modifiers_told_otherwise(theirs)
    print(f"{len(theirs.last_versions):>11,}  modifiers of hospitals, looked up in our list")
    print(f"{len(ours.modifiers & theirs.modifiers):>11,}  modifiers tell a pair apart in both")
    print(f"{len(claims):,} claims, {sum(map(len, claims)):,} lines, services of {', '.join(QUARTERS)}")
    for verdict, number in report.agreed.most_common():
        print(f"{number:>11,}  pairs of lines agree: {verdict}")
    for why, number in report.differ.most_common():
        print(f"{number:>11,}  differ: {why} ({'; '.join(report.examples[why])})")
    for said in report.unexplained[:TOLD]:
        print(f"unexplained: {said}")
    print(f"{len(report.unexplained):>11,}  unexplained")
    return 1 if report.unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
