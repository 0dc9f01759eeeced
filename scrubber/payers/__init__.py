"""The payer-rule language: plain data in, the same kind of edit out. Pure."""

from scrubber.payers.compile import compile_rule, digest_of
from scrubber.payers.model import Case, Rule

__all__ = ["Case", "Rule", "compile_rule", "digest_of"]
