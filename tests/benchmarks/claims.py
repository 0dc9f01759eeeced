"""Made-up claims of a spine practice for the benchmarks: the same for the same seed, about one in seven not clean."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from scrubber.claim import Address, Claim, ClaimDates, Patient, Payer, Provider, ServiceLine, Subscriber

NPIS = ("1234567893", "1245319599", "1003000126", "1740289164")
PLACES = (
    ("IA", "50309", "05102"), ("KY", "40202", "15102"), ("GA", "30303", "10212"), ("IL", "60601", "06102"),
    ("CA", "94103", "01112"), ("TX", "75201", "04412"), ("FL", "33101", "09102"), ("NY", "10001", "13202"),
)  # fmt: skip
MANIPULATION = (("98940", 45), ("98941", 65))
OFFICE = (("99213", 120), ("99214", 170), ("97140", 40), ("97110", 45), ("72040", 60), ("97530", 50))
INJECTION = (("62323", 400), "M54.16")
MODIFIERS = {
    "98940": ("AT",), "98941": ("AT",), "99213": ("25",), "99214": ("25",), "62323": ("59",),
    "97140": ("GP",), "97110": ("GP",), "97530": ("GP",),
}  # fmt: skip
"""What tells the services of one day apart, so that the code pairs are looked up and none is a finding."""
SPINE = ("M54.2", "M54.12", "M47.812", "M48.02", "M54.59", "M79.18", "S13.4XXA", "M53.0", "M54.6", "R51.9")
REGIONS = ("M99.01", "M99.02", "M99.03")
DIRTY = 1 / 6
"""How many have something done to them. It is harmless to some, so about one in seven comes out not clean."""


def claims(count: int, seed: int = 1) -> list[Claim]:
    """``count`` claims: half chiropractic, half other; Medicare three in four; one to six lines."""
    random = Random(seed)
    return [_claim(random, number) for number in range(count)]


def _claim(random: Random, number: int) -> Claim:
    state, zip_code, contract = random.choice(PLACES)
    chiropractic = random.random() < 0.5
    medicare = random.random() < 0.75
    day = date(2025, 12, 1) + timedelta(days=random.randrange(80))
    if chiropractic:
        procedures = [random.choice(MANIPULATION)]
        regions = 3 if procedures[0][0] == "98941" else 1
        diagnoses = [*REGIONS[:regions], *random.sample(SPINE, random.randint(1, 4 - regions))]
    else:
        procedures = random.sample(OFFICE, random.randint(1, 6))
        diagnoses = random.sample(SPINE, random.randint(2, 4))
    if not chiropractic and random.random() < 0.2:
        procedure, diagnosis = INJECTION
        procedures = [*procedures[:5], procedure]
        diagnoses = [diagnosis, *diagnoses[:3]]
    modifiers = MODIFIERS
    if random.random() < DIRTY:
        match random.randrange(4):
            case 0:
                modifiers = {}
            case 1:
                diagnoses[-1] = "M53.89"
            case 2:
                diagnoses = diagnoses[::-1]
            case _:
                diagnoses[-1] = "M54.5"
    lines = tuple(
        ServiceLine(
            procedure=procedure,
            service_date=day,
            charge=Decimal(charge),
            modifiers=modifiers.get(procedure, ()),
            diagnosis_pointers=tuple(range(1, min(4, len(diagnoses)) + 1)),
        )
        for procedure, charge in procedures
    )
    npi = random.choice(NPIS)
    taxonomy = "111N00000X" if chiropractic else "208VP0014X"
    payer = (
        Payer(id=contract, claim_filing_indicator="MB")
        if medicare
        else Payer(id="60054", claim_filing_indicator="CI")
    )
    return Claim(
        claim_id=f"B-{number}",
        payer=payer,
        subscriber=Subscriber(id="1EG4TE5MK73" if medicare else "W123456789", relationship="self"),
        patient=Patient(birth_date=date(1950, 4, 2), sex="F"),
        billing_provider=Provider(npi=npi, taxonomy=taxonomy, address=Address(state=state, zip=zip_code)),
        rendering_provider=Provider(npi=npi, taxonomy=taxonomy),
        referring_provider=Provider(npi=NPIS[0]),
        place_of_service="11",
        dates=ClaimDates(initial_treatment=date(2025, 11, 20)),
        total_charge=sum((line.charge for line in lines), Decimal(0)),
        diagnoses=tuple(diagnoses),
        lines=lines,
    )
