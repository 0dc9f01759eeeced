"""Denial-risk reports to draw: a practice of many claims, and those that are hard to draw. All of it is made up."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from msgspec.structs import replace

from scrubber.engine import ReferenceUsed
from scrubber.importers.benchmarks import Benchmark
from scrubber.report.figures import (
    AllowedLoss,
    Cluster,
    Covered,
    DenialReport,
    Dispositions,
    Drift,
    EditYield,
    Expected,
    FindingRow,
    Fixable,
    FixedBy,
    Group,
    Party,
    Unknown,
    Volume,
    Week,
    WorkItem,
)

ZERO = Decimal("0.00")
NONE = Volume(claims=0, charge=ZERO)
CLAIMS, CLEAN, CHARGE = 18_452, 15_021, Decimal("1640310.25")
MADE = datetime(2026, 11, 22, 19, 10, tzinfo=UTC)
REFERENCE = ReferenceUsed(
    digest="9f2c4be1a7d05e3388c1f0a94e6d2b7715c3a8f60d4491be",
    editions={"icd10cm": "2026-10-01", "coverage articles": "2026-09-30", "mpfs": "2026-D (October)"},
)


def empty() -> DenialReport:
    """Of a file without a claim."""
    return DenialReport(
        of=Covered(kind="file", name="empty.837"),
        made_at=MADE,
        ruleset="2026.11",
        references=(REFERENCE,),
        calibrations=(),
        basis="prior",
        all=NONE,
        dispositions=Dispositions(clean=NONE, review=NONE, hold=NONE, unreadable=NONE),
        clean_by_claims=None,
        clean_by_charge=None,
        expected=Expected(
            denials=0.0, denials_low=0.0, denials_high=0.0, charge=ZERO, charge_low=ZERO, charge_high=ZERO
        ),
        allowed=None,
        by_carc=(),
        by_payer=(),
        by_provider=(),
        by_procedure=(),
        by_diagnosis=(),
        by_edit=(),
        clusters=(),
        fixable=(),
        weeks=(),
        drift=(),
        edits=(),
        unknown=(),
        worklist=(),
        benchmarks=(),
    )


def all_clean() -> DenialReport:
    """Of a batch in which no edit found anything; some denials are to be expected all the same."""
    volume = Volume(claims=214, charge=Decimal("15230.00"))
    loss = Decimal("609.20")
    unseen = Group(key=None, findings=0, claims=0, charge=ZERO, expected_charge=loss)
    party = Party(
        key="05102",
        claims=214,
        clean=214,
        charge=volume.charge,
        findings=0,
        expected_denials=8.6,
        expected_charge=loss,
    )
    return replace(
        empty(),
        of=Covered(kind="batch", name="3f6c1d", first_day=date(2026, 3, 2), last_day=date(2026, 3, 6)),
        all=volume,
        dispositions=Dispositions(clean=volume, review=NONE, hold=NONE, unreadable=NONE),
        clean_by_claims=1.0,
        clean_by_charge=1.0,
        expected=Expected(
            denials=8.6, denials_low=3.9, denials_high=13.2,
            charge=loss, charge_low=Decimal("270.15"), charge_high=Decimal("950.00"),
        ),
        by_carc=(unseen,), by_procedure=(unseen,), by_diagnosis=(unseen,), by_edit=(unseen,),
        by_payer=(party,), by_provider=(replace(party, key="1234567893"),),
        weeks=(Week(monday=date(2026, 3, 2), claims=214, clean=214, charge=volume.charge, expected_charge=loss),),
    )  # fmt: skip


def one_claim() -> DenialReport:
    """Of a single claim, on hold for one finding."""
    charge, loss = Decimal("45.00"), Decimal("38.25")
    volume = Volume(claims=1, charge=charge)
    group = Group(key="CO-50", findings=1, claims=1, charge=charge, expected_charge=loss)
    party = Party(
        key="05102", name="WPS J5 Part B", claims=1, clean=0, charge=charge, findings=1,
        expected_denials=0.85, expected_charge=loss,
    )  # fmt: skip
    return replace(
        empty(),
        of=Covered(kind="file", name="claim.json", first_day=date(2026, 3, 2), last_day=date(2026, 3, 2)),
        all=volume,
        dispositions=Dispositions(clean=NONE, review=NONE, hold=volume, unreadable=NONE),
        clean_by_claims=0.0,
        clean_by_charge=0.0,
        expected=Expected(
            denials=0.85, denials_low=0.7, denials_high=0.95,
            charge=loss, charge_low=Decimal("31.50"), charge_high=Decimal("42.75"),
        ),
        allowed=AllowedLoss(claims=1, expected_charge=loss, expected_allowed=Decimal("22.54")),
        by_carc=(group,), by_procedure=(replace(group, key="98940"),), by_diagnosis=(replace(group, key="M54.2"),),
        by_edit=(replace(group, key="CHI801"),), by_payer=(party,), by_provider=(replace(party, key="1234567893"),),
        clusters=(
            Cluster(carc="CO-50", payer="05102", procedure="98940", findings=1, claims=1, expected_charge=loss),
        ),
        fixable=(Fixable(fixed_by="coder", preventable=True, findings=1, claims=1, expected_charge=loss),),
        weeks=(Week(monday=date(2026, 3, 2), claims=1, clean=0, charge=charge, expected_charge=loss),),
        edits=(_edit_yield(0, 1),),
        worklist=(_work(0, "05102", 1, charge, loss, ("A-1001",)),),
    )  # fmt: skip


EDITS = (
    ("CHI801", "active-treatment-modifier-missing", "deny", "CO-50", "coder",
     "If the visit treated an acute condition, the record must show it and the line must carry AT."),
    ("COV702", "diagnosis-not-covered", "deny", "CO-50", "clinician",
     "Use a covered diagnosis only if the record of the visit supports it."),
    ("PTP601", "code-pair-not-paid-together", "deny", "CO-97", "coder",
     "Bill the column 1 code alone, or show in the record that the services were distinct."),
    ("DX302", "diagnosis-not-billable", "reject", "CO-16", "coder", "Give the code to its full length."),
    ("CLM104", "subscriber-id-malformed", "reject", "CO-31", "front-desk",
     "Check the number against the card and the payer's eligibility answer."),
    ("MUE611", "units-above-limit", "deny", "CO-222", "biller", "Correct the units, or show why more were needed."),
    ("GDE904", "code-of-unsure-guidance", "review", None, "clinician", "Look at the note before sending."),
    ("PX404", "service-not-paid-by-medicare", "deny", "PR-96", "nobody", "Tell the patient before the service."),
)  # fmt: skip
PAYERS = (
    ("05102", "WPS J5 Part B"), ("60054", "Aetna"), ("62308", "Cigna"), ("87726", "UnitedHealthcare"),
    ("SX110", None), ("14163", "WellMed"),
)  # fmt: skip


def rich() -> DenialReport:
    """Of a practice: half a year, 18,452 claims, six payers, more procedures than a table shows."""
    expected = Decimal("104218.37")
    losses = _parted(expected - Decimal("9120.11"), len(EDITS))
    edits = [
        Group(
            key=edit[0], findings=900 - 90 * place, claims=850 - 90 * place,
            charge=losses[place] * 2, expected_charge=losses[place],
        )
        for place, edit in enumerate(EDITS)
    ]  # fmt: skip
    unseen = Group(key=None, findings=0, claims=0, charge=ZERO, expected_charge=Decimal("9120.11"))
    return replace(
        empty(),
        of=Covered(kind="period", first_day=date(2026, 4, 1), last_day=date(2026, 9, 30)),
        references=(REFERENCE, replace(REFERENCE, digest="1c77d0a2e5b94f36aa08", editions={"icd10cm": "2025-10-01"})),
        calibrations=("2026-11-01.1", "2026-11-22.1"),
        basis="calibrated",
        all=Volume(claims=CLAIMS + 7, charge=CHARGE),
        dispositions=Dispositions(
            clean=Volume(claims=CLEAN, charge=Decimal("1290144.10")),
            review=Volume(claims=1_130, charge=Decimal("118022.65")),
            hold=Volume(claims=2_301, charge=Decimal("232143.50")),
            unreadable=Volume(claims=7, charge=ZERO),
        ),
        clean_by_claims=0.8141,
        clean_by_charge=0.7865,
        expected=Expected(
            denials=1873.4, denials_low=1742.8, denials_high=2011.9, charge=expected,
            charge_low=Decimal("96102.55"), charge_high=Decimal("112990.02"),
        ),
        allowed=AllowedLoss(
            claims=7_444, expected_charge=Decimal("41870.12"), expected_allowed=Decimal("23018.66")
        ),
        by_carc=(*_carcs(edits), unseen),
        by_payer=_payers(expected),
        by_provider=_providers(expected),
        by_procedure=(*_numbered(expected - unseen.expected_charge, 40, lambda n: f"{97010 + n}"), unseen),
        by_diagnosis=(*_numbered(expected - unseen.expected_charge, 18, lambda n: f"M54.{n}"), unseen),
        by_edit=(*edits, unseen),
        clusters=tuple(
            Cluster(
                carc=edit[3], payer=PAYERS[place % 6][0], procedure=f"{98940 + place % 4}",
                findings=400 - 40 * place, claims=390 - 40 * place, expected_charge=cents(losses[place] / 2),
            )
            for place, edit in enumerate(EDITS)
        ),
        fixable=(
            _fixable("coder", 2_010, "47110.02"), _fixable("clinician", 1_170, "26230.44"),
            _fixable("front-desk", 540, "11003.80"), _fixable("biller", 450, "7750.00"),
            _fixable("nobody", 270, "3004.00"),
        ),
        weeks=_weeks(expected),
        drift=(
            Drift(payer="87726", claims_before=2_900, claims_recent=611, clean_before=0.871, clean_recent=0.742,
                  low=-0.1602, high=-0.0984, changed=True),
            Drift(payer="60054", claims_before=3_400, claims_recent=702, clean_before=0.801, clean_recent=0.846,
                  low=0.0181, high=0.0702, changed=True),
            Drift(payer="05102", claims_before=6_120, claims_recent=1_340, clean_before=0.83, clean_recent=0.824,
                  low=-0.0251, high=0.0129, changed=False),
        ),
        edits=tuple(_edit_yield(place, 900 - 90 * place) for place in range(len(EDITS))),
        unknown=(
            Unknown(edit="COV702", reason="article-not-loaded", claims=1_204, charge=Decimal("98230.00")),
            Unknown(edit="MUE611", reason="not-in-starter-table", claims=977, charge=Decimal("71005.50")),
            Unknown(edit="COV705", reason="place-ambiguous", claims=12, charge=Decimal("1040.00")),
        ),
        worklist=tuple(
            _work(
                place, PAYERS[place % 6][0], 400 - 40 * place, losses[place], cents(losses[place] / 2),
                tuple(f"A-{1000 + 37 * n + place}" for n in range(20)),
            )
            for place in range(len(EDITS))
        ),
        benchmarks=(
            Benchmark(
                what="Clean claims a practice should reach", value="95% or more", source="A made-up association",
                url="https://example.org/benchmarks/clean-claims", date="2026",
            ),
            Benchmark(
                what="Claims denied at first", value="11.8%", source="Another one, with a <name> & sign",
                url="https://example.org/benchmarks/denials?of=practices&year=2026", date="2026-03",
            ),
        ),
    )  # fmt: skip


def huge() -> DenialReport:
    """Amounts and counts of a whole country."""
    loss, charge = Decimal("98765432109876.54"), Decimal("1234567890123456.78")
    volume = Volume(claims=1_234_567_890, charge=charge)
    report = one_claim()
    return replace(
        report,
        all=volume,
        dispositions=Dispositions(clean=NONE, review=NONE, hold=volume, unreadable=NONE),
        allowed=AllowedLoss(claims=1_234_567_890, expected_charge=loss, expected_allowed=loss / 2),
        expected=Expected(
            denials=987_654_321.0, denials_low=900_000_000.0, denials_high=1_000_000_000.0,
            charge=loss, charge_low=loss / 2, charge_high=loss * 2,
        ),
        by_payer=(replace(report.by_payer[0], claims=1_234_567_890, charge=charge, expected_charge=loss),),
        weeks=tuple(
            Week(
                monday=date(2016, 1, 4) + timedelta(weeks=n), claims=2_000_000, clean=n * 3_000,
                charge=cents(charge / 520), expected_charge=cents(loss / 520),
            )
            for n in range(520)
        ),
    )  # fmt: skip


HOSTILE = (
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "\u05de\u05d1\u05d8\u05d7 \u202eabc",
    "\U0001f600 payer \u4fdd\u9669",
    "a\x00b\x1b[31mc\u2028d",
    "\"]]></svg><img src=x onerror=alert(2)>",
    "{{ 7 * 7 }} <para> &amp; <b>",
    "P" * 10_000,
    "wide " * 2_000,
    "+1",
    "-2",
    "@SUM(A1)",
    "\tindented",
)  # fmt: skip


def hostile() -> DenialReport:
    """Texts that would break a form which trusts them."""
    report = one_claim()
    party, cluster, work = report.by_payer[0], report.clusters[0], report.worklist[0]
    return replace(
        report,
        of=Covered(kind="batch", name=HOSTILE[1], payer=HOSTILE[2], provider=HOSTILE[0]),
        by_payer=tuple(replace(party, key=text, name=text) for text in HOSTILE),
        by_procedure=tuple(replace(report.by_procedure[0], key=text) for text in HOSTILE),
        clusters=tuple(replace(cluster, payer=text, procedure=text, carc=text) for text in HOSTILE),
        worklist=tuple(replace(work, payer=text, advice=text, claim_ids=(text, text)) for text in HOSTILE),
        unknown=tuple(
            Unknown(edit=text, reason=text, claims=1, charge=Decimal("45.00")) for text in HOSTILE
        ),
        benchmarks=(Benchmark(what=HOSTILE[1], value="=1+1", source=HOSTILE[5], url="javascript:alert(3)", date="x"),),
    )  # fmt: skip


def findings(count: int, text: str = "A") -> list[FindingRow]:
    """Rows for the sheet of findings."""
    return [
        FindingRow(
            claim_id=f"{text}-{number}", first_day=date(2026, 3, 2), line=1 if number % 3 else None, payer="05102",
            provider="1234567893", procedure="98940", diagnosis="M54.2" if number % 5 else None, edit="CHI801",
            severity="deny", carc="CO-50" if number % 7 else None, probability=0.85,
            expected_charge=Decimal("38.25"), waived=number % 11 == 10,
            message="98940 has no AT: Medicare pays for active treatment only.",
        )
        for number in range(count)
    ]  # fmt: skip


def _edit_yield(place: int, fired: int) -> EditYield:
    edit, name, severity, *_ = EDITS[place]
    return EditYield(
        edit=edit, name=name, severity=severity, fired=fired, waived=fired // 9, decided=fired // 3,
        denied=fired // 4, probability=0.85 - place / 10, remittances=1_240 - 150 * place,
    )  # fmt: skip


def _fixable(who: FixedBy, findings: int, loss: str) -> Fixable:
    return Fixable(
        fixed_by=who,
        preventable=who != "nobody",
        findings=findings,
        claims=findings - 10,
        expected_charge=Decimal(loss),
    )


def _work(
    place: int, payer: str, claims: int, charge: Decimal, loss: Decimal, claim_ids: tuple[str, ...]
) -> WorkItem:
    edit, name, _, carc, fixed_by, advice = EDITS[place]
    return WorkItem(
        edit=edit, name=name, payer=payer, carc=carc, fixed_by=fixed_by, advice=advice, findings=claims, claims=claims,
        charge=charge, expected_charge=loss, claim_ids=claim_ids,
    )  # fmt: skip


def cents(amount: Decimal) -> Decimal:
    """An amount in whole cents."""
    return amount.quantize(ZERO)


def _parted(whole: Decimal, parts: int) -> list[Decimal]:
    """A sum in parts that fall off and add up."""
    return [Decimal(part) / 100 for part in _shared(int(whole * 100), range(2 * parts, 0, -2))]


def _shared(whole: int, weights: Iterable[int]) -> list[int]:
    """A whole in parts by weight; the first one takes what dividing leaves over."""
    weights = list(weights)
    shares = [whole * weight // sum(weights) for weight in weights]
    shares[0] += whole - sum(shares)
    return shares


def _numbered(whole: Decimal, count: int, key: object) -> list[Group]:
    return [
        Group(
            key=key(place),  # type: ignore[operator]
            findings=300 - 6 * place, claims=290 - 6 * place, charge=loss * 3, expected_charge=loss,
        )
        for place, loss in enumerate(_parted(whole, count))
    ]  # fmt: skip


def _carcs(edits: list[Group]) -> list[Group]:
    together: dict[str, Group] = {}
    for group, (_, _, _, carc, *_) in zip(edits, EDITS, strict=True):
        key = carc or "none"
        before = together.get(key, Group(key=key, findings=0, claims=0, charge=ZERO, expected_charge=ZERO))
        together[key] = replace(
            before,
            findings=before.findings + group.findings,
            claims=before.claims + group.claims,
            charge=before.charge + group.charge,
            expected_charge=before.expected_charge + group.expected_charge,
        )
    return sorted(together.values(), key=lambda group: -group.expected_charge)


def _payers(expected: Decimal) -> tuple[Party, ...]:
    return _parties(expected, PAYERS)


def _providers(expected: Decimal) -> tuple[Party, ...]:
    return _parties(expected, [(npi, None) for npi in ("1234567893", "1003000126", "1679576722")])


def _parties(expected: Decimal, keys: Sequence[tuple[str, str | None]]) -> tuple[Party, ...]:
    count = len(keys)
    falling = range(2 * count, 0, -2)
    columns = zip(
        keys, _shared(CLAIMS, falling), _shared(CLEAN, falling), _parted(CHARGE, count), _shared(5_880, falling),
        _shared(18_734, falling), _parted(expected, count), strict=True,
    )  # fmt: skip
    return tuple(
        Party(
            key=key, name=name, claims=claims, clean=clean, charge=charge, findings=findings,
            expected_denials=denials / 10, expected_charge=loss,
        )
        for (key, name), claims, clean, charge, findings, denials, loss in columns
    )  # fmt: skip


def _weeks(expected: Decimal) -> tuple[Week, ...]:
    volume = [640 + 37 * (place * 7 % 11) for place in range(27)]
    clean = [count * (86 - abs(place - 11) - (8 if place > 22 else 0)) for place, count in enumerate(volume)]
    loss = [count * (520 + 11 * abs(place - 11)) for place, count in enumerate(volume)]
    columns = zip(
        _shared(CLAIMS, volume), _shared(CLEAN, clean), _shared(int(CHARGE * 100), volume),
        _shared(int(expected * 100), loss), strict=True,
    )  # fmt: skip
    return tuple(
        Week(
            monday=date(2026, 3, 30) + timedelta(weeks=place), claims=claims, clean=clean,
            charge=Decimal(charge) / 100, expected_charge=Decimal(loss) / 100,
        )
        for place, (claims, clean, charge, loss) in enumerate(columns)
    )  # fmt: skip
