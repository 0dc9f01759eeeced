"""Coverage articles per contractor (COV): one edit a module."""

from scrubber.edits.coverage.article_lists_no_diagnoses import article_lists_no_diagnoses
from scrubber.edits.coverage.coverage_not_evaluated import coverage_not_evaluated
from scrubber.edits.coverage.diagnosis_does_not_support_procedure import diagnosis_does_not_support_procedure
from scrubber.edits.coverage.diagnosis_listed_as_noncovered import diagnosis_listed_as_noncovered
from scrubber.edits.coverage.pair_rule_of_article import pair_rule_of_article
from scrubber.edits.coverage.primary_diagnosis_not_in_required_group import (
    primary_diagnosis_not_in_required_group,
)
from scrubber.edits.coverage.procedure_noncovered_by_article import procedure_noncovered_by_article
from scrubber.edits.coverage.secondary_diagnosis_not_covered import secondary_diagnosis_not_covered
from scrubber.rule import Edit

EDITS: tuple[Edit, ...] = (
    diagnosis_does_not_support_procedure,
    primary_diagnosis_not_in_required_group,
    secondary_diagnosis_not_covered,
    procedure_noncovered_by_article,
    diagnosis_listed_as_noncovered,
    coverage_not_evaluated,
    article_lists_no_diagnoses,
    pair_rule_of_article,
)
