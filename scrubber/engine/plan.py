"""The plan: which edits can fire for a claim.

Most edits cannot fire for most claims. Each edit is one bit. For every payer and every code met, the plan works out
once which edits it wakes and keeps that as a bit mask; a claim's edits are then

    edits of its payer  AND  (edits that need no code  OR  edits woken by any of its codes)

less those whose test of the claim as a whole fails: these *concern* the claim. Edits that share a screen are then
left out together where a cheap look shows that they would find nothing; they have passed.

A void (frequency code 8) asks for no payment. What stops a claim at the door holds for it, and what judges voids by
name; no other edit concerns it.

An institutional claim is dispatched in the same way; those of its edits that are for professional claims only then say
that they are not evaluated.

The number of codes and combinations kept is bounded, so hostile input costs time and not memory.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from scrubber.claim import Claim
from scrubber.reference import UNKNOWN_PAYER, PayerProfile, Snapshot
from scrubber.rule import VOID, Defect, Edit, EditFunction, Form, Reason, Unevaluated
from scrubber.rule.edit import Screen
from scrubber.rule.triggers import ClaimTest, Codes, CodeTest, Triggers

CODES_KEPT = 65_536
SELECTIONS_KEPT = 16_384


class Plan:
    """The dispatch tables of a catalogue over a snapshot. Built once, shared by all claims."""

    def __init__(self, edits: Sequence[Edit], reference: Snapshot) -> None:
        ids = [edit.id for edit in edits]
        if len(set(ids)) != len(ids):
            raise ValueError(f"edit ids are not unique: {sorted({id_ for id_ in ids if ids.count(id_) > 1})}")
        edits = sorted(edits, key=lambda edit: edit.id)
        self.edits = tuple(_or_not_loaded(edit, reference) for edit in edits)
        self._of_institutional = tuple(
            known if Form.INSTITUTIONAL in edit.forms else _other_form(edit)
            for edit, known in zip(edits, self.edits, strict=True)
        )
        always, by_procedure, by_diagnosis, by_modifier = 0, [], [], []
        by_claim: dict[ClaimTest, int] = {}
        by_screen: dict[Screen, int] = {}
        for number, edit in enumerate(self.edits):
            bit, triggers = 1 << number, edit.triggers
            if triggers.claim:
                by_claim[triggers.claim] = by_claim.get(triggers.claim, 0) | bit
            if edit.screen:
                by_screen[edit.screen] = by_screen.get(edit.screen, 0) | bit
            if triggers.always:
                always |= bit
                continue
            if triggers.procedure:
                by_procedure.append((bit, triggers.procedure))
            if triggers.diagnosis:
                by_diagnosis.append((bit, triggers.diagnosis))
            if triggers.modifier:
                by_modifier.append((bit, triggers.modifier))

        def mask_of(tests: Sequence[tuple[int, CodeTest]]) -> Callable[[str], int]:
            named: defaultdict[str, int] = defaultdict(int)
            asked = []
            for bit, test in tests:
                if isinstance(test, Codes):
                    for code in test:
                        named[code] |= bit
                else:
                    asked.append((bit, test))

            def mask(code: str) -> int:
                return named.get(code, 0) | sum(bit for bit, test in asked if _holds(test, code, reference))

            return lru_cache(CODES_KEPT)(mask)

        self._always = always
        self._claim_tests = tuple((test, bits, ~bits) for test, bits in by_claim.items())
        self._screens = tuple((screen, bits, ~bits) for screen, bits in by_screen.items())
        self._procedure, self._diagnosis, self._modifier = map(
            mask_of, (by_procedure, by_diagnosis, by_modifier)
        )
        self._service = lru_cache(SELECTIONS_KEPT)(self._of_service)
        self._payer = {
            profile.id: self._of_payer(profile) for profile in (*reference.payers.profiles, UNKNOWN_PAYER)
        }
        self._other_form = sum(
            1 << number for number, edit in enumerate(edits) if Form.INSTITUTIONAL not in edit.forms
        )
        self._of_void = sum(1 << number for number, edit in enumerate(edits) if edit.concerns_voids)
        self._selection = lru_cache(SELECTIONS_KEPT)(self._in_order)
        self._profile = reference.payers.profile

    def edits_of(self, claim: Claim) -> tuple[Edit, ...]:
        """Every edit as it is for a claim of this form, in catalogue order."""
        return self.edits if claim.institutional is None else self._of_institutional

    def concerned(self, claim: Claim) -> tuple[Edit, ...]:
        """The edits that concern the claim, in catalogue order."""
        return self._selection(self._mask(claim), claim.institutional is None)

    def select(self, claim: Claim, reference: Snapshot) -> tuple[Edit, ...]:
        """The edits that concern the claim and can have something to say of it, in catalogue order."""
        mask = self._mask(claim)
        is_professional = claim.institutional is None
        other_form = 0 if is_professional else mask & self._other_form
        found = mask
        try:
            for screen, bits, others in self._screens:
                if mask & bits and not screen(claim, reference):
                    found &= others
        except Exception:
            # A screen only spares the asking, so the edits may all be asked.
            found = mask
        return self._selection(found | other_form, is_professional)

    def _mask(self, claim: Claim) -> int:
        mask = self._always
        diagnosis_mask, service_mask = self._diagnosis, self._service
        for code in claim.diagnoses:
            mask |= diagnosis_mask(code)
        for line in claim.lines:
            mask |= service_mask(line.procedure, line.modifiers)
        mask &= self._payer[self._profile(claim).id]
        if claim.frequency_code == VOID:
            mask &= self._of_void
        for test, bits, others in self._claim_tests:
            if mask & bits:
                try:
                    holds = test(claim)
                except Exception:
                    holds = True
                if not holds:
                    mask &= others
        return mask

    def _of_service(self, procedure: str, modifiers: tuple[str, ...]) -> int:
        mask = self._procedure(procedure)
        for modifier in modifiers:
            mask |= self._modifier(modifier)
        return mask

    def _of_payer(self, profile: PayerProfile) -> int:
        return sum(
            1 << number
            for number, edit in enumerate(self.edits)
            if edit.triggers.payer is None or edit.triggers.payer(profile)
        )

    def _in_order(self, mask: int, is_professional: bool) -> tuple[Edit, ...]:
        edits = self.edits if is_professional else self._of_institutional
        return tuple(edit for number, edit in enumerate(edits) if mask >> number & 1)


def _holds(test: CodeTest, code: str, reference: Snapshot) -> bool:
    """The answer of a test; one that breaks wakes its edits, which then say what they can."""
    try:
        return test(code, reference)
    except Exception:
        return True


def _or_not_loaded(edit: Edit, reference: Snapshot) -> Edit:
    """The edit; or where a table it needs is missing, one that says so on every claim it might concern.

    Tests of codes may look into the very table that is missing, so they are left out.
    """
    missing = tuple(table for table in edit.needs if getattr(reference, table) is None)
    if not missing:
        return edit
    said = Unevaluated(
        reason=Reason.REFERENCE_NOT_LOADED, detail=f"not in the reference snapshot: {', '.join(missing)}"
    )
    triggers = Triggers(edit.triggers.says, payer=edit.triggers.payer, claim=edit.triggers.claim)
    return replace(edit, function=_saying(said), triggers=triggers, screen=None)


def _other_form(edit: Edit) -> Edit:
    """The edit on an institutional claim, of which it knows nothing."""
    said = Unevaluated(
        reason=Reason.OTHER_FORM,
        detail="the edit is for professional claims (837P, CMS-1500), and this one is institutional (837I, UB-04)",
    )
    return replace(edit, function=_saying(said), screen=None)


def _saying(said: Unevaluated) -> EditFunction:
    """The function of an edit that says this of every claim."""

    def say(_claim: Claim, _reference: Snapshot) -> Iterator[Defect | Unevaluated]:
        yield said

    return say
