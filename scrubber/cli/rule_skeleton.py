"""The file that ``scrubber rules new`` begins a rule with."""

from datetime import date, timedelta

_TEXT = """\
# yaml-language-server: $schema=../schema.json
# How to fill this in: docs/guide/payer-rules.md. What may be asked: docs/guide/payer-rule-language.md.
id: {id}
name: {name}
title: Say in one sentence what is wrong with the claim.
severity: review # reject, deny, review or info
since: "{since}"
carc: {{group: CO, code: "16"}} # what the payer answers with; leave it out if you don't know
why: Say in your own words why the payer denies it.
authority:
  title: The document that says so
  section: where in it
  url: https://example.org/replace-this
  retrieved: {today} # the day you read it

versions:
  - effective: {effective} # the first day of service it holds for; `ends` is the last one
    when: # which lines it concerns
      payer.profile: {payer}
      line.procedure: {{in: ["98940"]}}
    require: # what must then be so
      line.modifiers: {{any_of: [AT]}}

message: "{{line.procedure}} has no AT."
advice: Say what the record would have to show.

cases: # what differs from an ordinary claim of this payer
  - {{name: the day before, on: {before}, line: {{procedure: "98940"}}, passes: true}}
  - {{name: the first day, on: {effective}, line: {{procedure: "98940"}}, fails: line.modifiers}}
  - {{name: with the modifier, on: {effective}, line: {{procedure: "98940", modifiers: [AT]}}, passes: true}}
"""


def skeleton(payer: str, rule_id: str, name: str, *, since: str, today: date) -> str:
    """A well-formed rule of a payer that takes effect with this year."""
    effective = today.replace(month=1, day=1)
    return _TEXT.format(
        id=rule_id,
        name=name,
        payer=payer,
        since=since,
        today=today,
        effective=effective,
        before=effective - timedelta(days=1),
    )
