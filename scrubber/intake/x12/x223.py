"""The 837I implementation guide (005010X223 with its addenda A1 to A3) as a table.

One row a segment, in the notation of ``table``. The rows of HI, one for each kind of code, are one here: what is held
against the guide is how each code is written, not which kinds stand in one segment or how often each comes.
"""

from scrubber.intake.x12 import x222
from scrubber.intake.x12.table import Loop, ids_in, loop
from scrubber.intake.x12.x222 import (
    ADJUSTMENT,
    BIRTH,
    CITY,
    CONTACT,
    CONTRACT,
    DAY,
    DAYS,
    INSURED,
    LINE_NUMBER,
    NUMBER,
    PAYER,
    PERSON,
    PERSON_NAMELESS,
    PLACE,
    PLACE_NAMELESS,
    REPORTS,
    REPRICED,
    REPRICING_REASONS,
    STREET,
    TURN,
    somebody,
)

GUIDES = frozenset({"005010X223", "005010X223A1", "005010X223A2", "005010X223A3"})

INSURANCE = "-4 =11|12|13|14|15|16|17|AM|BL|CH|CI|DS|FI|HM|LM|MA|MB|MC|OF|TV|VA|WC|ZZ"
PROCEDURE = "(!=ER|HC|HP|IV|WK !AN48 AN2-2 AN2-2 AN2-2 AN2-2 AN80 -)"
ATTACHMENT = f"!{REPORTS} !=AA|BM|EL|EM|FT|FX -2 [=AC AN2-80] -3"
CODE = "(!=ABK|BK|ABF|BF|ABJ|BJ|APR|PR|ABN|BN|DR|BBR|BR|CAH|BBQ|BQ|BI|BH|BE|BG|TC !AN30 =D8|RD8 AN35 R18 -3 =N|U|W|Y)"
"""Any code of HI: what it is, the code; its date, amount or, of a diagnosis, whether present on admission."""

HEADER = x222.HEADER
*_, PAY_TO_PLAN = x222.BILLING.loops

BILLING = loop(
    "2000A 1",
    """
    HL        10  ! 1  !AN12 - !=20 !=1
    PRV       30    1  !=BI !=PXC !AN50 -3
    CUR      100    1  !=85 !AN3-3 -19
    """,
    loop(
        "2010AA ! 1",
        f"""
        NM1*85      150  ! 1  {PLACE}
        N3          250  ! 1  {STREET}
        N4          300  ! 1  {CITY}
        REF*EI      350  ! 1  {NUMBER}
        PER         400    2  {CONTACT}
        """,
    ),
    loop(
        "2010AB 1",
        f"""
        NM1*87      150  ! 1  {PLACE_NAMELESS}
        N3          250  ! 1  {STREET}
        N4          300  ! 1  {CITY}
        """,
    ),
    PAY_TO_PLAN,
)

SUBSCRIBER = loop(
    "2000B 1",
    f"""
    HL        10  ! 1  !AN12 !AN12 !=22 !=0|1
    SBR       50  ! 1  {TURN} =18 AN50 AN60 {INSURANCE}
    """,
    loop(
        "2010BA ! 1",
        f"""
        NM1*IL      150  ! 1  {INSURED}
        N3          250    1  {STREET}
        N4          300    1  {CITY}
        DMG         320    1  {BIRTH}
        REF*SY      350    1  {NUMBER}
        REF*Y4      350    1  {NUMBER}
        """,
    ),
    loop(
        "2010BB ! 1",
        f"""
        NM1*PR            150  ! 1  {PAYER}
        N3                250    1  {STREET}
        N4                300    1  {CITY}
        REF*2U|EI|FY|NF   350    3  {NUMBER}
        REF*G2|LU         350    1  {NUMBER}
        """,
    ),
)

PATIENT = loop(
    "2000C 1",
    """
    HL        10  ! 1  !AN12 !AN12 !=23 !=0
    PAT       70  ! 1  !=01|19|20|21|39|40|53|G8 -8
    """,
    loop(
        "2010CA ! 1",
        f"""
        NM1*QC      150  ! 1  !=1 !AN60 AN35 AN25 - AN10 -5
        N3          250  ! 1  {STREET}
        N4          300  ! 1  {CITY}
        DMG         320  ! 1  {BIRTH}
        REF*Y4      350    1  {NUMBER}
        REF*1W|SY   350    1  {NUMBER}
        """,
    ),
)

OTHER_PAYER = loop(
    "2320 10",
    f"""
    SBR     2900  ! 1  {TURN} !=01|18|19|20|21|39|40|53|G8 AN50 AN60 {INSURANCE}
    CAS     2950    5  {ADJUSTMENT}
    AMT*D   3000    1  !R18 -
    AMT*EAF 3000    1  !R18 -
    AMT*A8  3000    1  !R18 -
    OI      3100  ! 1  -2 !=N|W|Y -2 !=I|Y
    MIA     3150    1  !R15 - R15 R18 AN50{" R18" * 7} R15{" R18" * 6} AN50 AN50 AN50 AN50 R18
    MOA     3200    1  R10 R18 AN50 AN50 AN50 AN50 AN50 R18 R18
    """,
    loop(
        "2330A ! 1",
        f"""
        NM1*IL     3250  ! 1  {INSURED}
        N3         3320    1  {STREET}
        N4         3400    1  {CITY}
        REF*SY     3550    2  {NUMBER}
        """,
    ),
    loop(
        "2330B ! 1",
        f"""
        NM1*PR            3250  ! 1  {PAYER}
        N3                3320    1  {STREET}
        N4                3400    1  {CITY}
        DTP*573           3500    1  {DAY}
        REF*2U|EI|FY|NF   3550    2  {NUMBER}
        REF*G1            3550    1  {NUMBER}
        REF*9F            3550    1  {NUMBER}
        REF*T4            3550    1  {NUMBER}
        REF*F8            3550    1  {NUMBER}
        """,
    ),
    somebody("2330C 1", f"71 3250 ! 1 {PERSON_NAMELESS}", f"0B|1G|G2|LU 3550 ! 4 {NUMBER}"),
    somebody("2330D 1", f"72 3250 ! 1 {PERSON_NAMELESS}", f"0B|1G|G2|LU 3550 ! 4 {NUMBER}"),
    somebody("2330E 1", f"ZZ 3250 ! 1 {PERSON_NAMELESS}", f"0B|1G|G2|LU 3550 ! 4 {NUMBER}"),
    somebody("2330F 1", f"77 3250 ! 1 {PLACE_NAMELESS}", f"0B|G2|LU 3550 ! 3 {NUMBER}"),
    somebody("2330G 1", f"82 3250 ! 1 {PERSON_NAMELESS}", f"0B|1G|G2|LU 3550 ! 4 {NUMBER}"),
    somebody("2330H 1", f"DN 3250 ! 1 {PERSON_NAMELESS}", f"0B|1G|G2 3550 ! 3 {NUMBER}"),
    somebody("2330I 1", f"85 3250 ! 1 {PLACE_NAMELESS}", f"G2|LU 3550 ! 2 {NUMBER}"),
)

CLAIM = loop(
    "2300 100",
    f"""
    CLM     1300  ! 1  !AN38 !R18 -2 !(!AN2 !=A !AN1) - !=A|B|C !=N|W|Y !=I|Y -10 \
                       =1|2|3|4|5|6|7|8|9|10|11|15
    DTP*096 1350    1  !=TM !TM
    DTP*434 1350  ! 1  !=RD8 !D
    DTP*435 1350    1  !=D8|DT !AN12
    DTP*050 1350    1  {DAY}
    CL1     1400  ! 1  !AN1 AN1 !AN2 -
    PWK     1550   10  {ATTACHMENT}
    CN1     1600    1  {CONTRACT}
    AMT*F3  1750    1  !R18 -
    REF*4N  1800    1  {NUMBER}
    REF*9F  1800    1  {NUMBER}
    REF*G1  1800    1  {NUMBER}
    REF*F8  1800    1  {NUMBER}
    REF*9A  1800    1  {NUMBER}
    REF*9C  1800    1  {NUMBER}
    REF*LX  1800    5  {NUMBER}
    REF*D9  1800    1  {NUMBER}
    REF*LU  1800    1  {NUMBER}
    REF*EA  1800    1  {NUMBER}
    REF*P4  1800    1  {NUMBER}
    REF*G4  1800    1  {NUMBER}
    K3      1850   10  !AN80 -2
    NTE     1900   11  !=ADD|ALG|DCP|DGN|DME|MED|NTR|ODT|RHB|RLH|RNH|SET|SFM|SPT|UPI !AN80
    CRC*ZZ  2200    1  !=N|Y !=AV|NU|S2|ST =AV|NU|S2|ST =AV|NU|S2|ST -2
    HI      2310  ! 20 !{CODE}{f" {CODE}" * 11}
    HCP     2410    1  !=00|01|02|03|04|05|06|07|08|09|10|11|12|13|14 {REPRICED} - - [=DA|UN R15] {REPRICING_REASONS}
    """,
    loop(
        "2310A 1",
        f"""
        NM1*71            2500  ! 1  {PERSON}
        PRV               2550    1  !=AT !=PXC !AN50 -3
        REF*0B|1G|G2|LU   2710    4  {NUMBER}
        """,
    ),
    somebody("2310B 1", f"72 2500 ! 1 {PERSON}", f"0B|1G|G2|LU 2710 4 {NUMBER}"),
    somebody("2310C 1", f"ZZ 2500 ! 1 {PERSON}", f"0B|1G|G2|LU 2710 4 {NUMBER}"),
    somebody("2310D 1", f"82 2500 ! 1 {PERSON}", f"0B|1G|G2|LU 2710 4 {NUMBER}"),
    loop(
        "2310E 1",
        f"""
        NM1*77            2500  ! 1  {PLACE}
        N3                2650  ! 1  {STREET}
        N4                2700  ! 1  {CITY}
        REF*0B|G2|LU      2710    3  {NUMBER}
        """,
    ),
    somebody("2310F 1", f"DN 2500 ! 1 {PERSON}", f"0B|1G|G2 2710 3 {NUMBER}"),
    OTHER_PAYER,
)

LINE = loop(
    "2400 ! 999",
    f"""
    LX      3650  ! 1  !N6
    SV2     3750  ! 1  !AN48 {PROCEDURE} !R18 !=DA|UN !R15 - R18 -3
    SV1     3700    0  !{PROCEDURE} !R18 !=MJ|UN !R15 AN2 - !(!N2 N2 N2 N2) -14
    PWK     4200   10  {ATTACHMENT}
    DTP*472 4550    1  {DAYS}
    REF*6R  4700    1  {NUMBER}
    REF*9B  4700    1  {NUMBER}
    REF*9D  4700    1  {NUMBER}
    AMT*GT  4750    1  !R18 -
    AMT*N8  4750    1  !R18 -
    NTE     4850    1  !=TPO !AN80
    HCP     4920    1  !=00|01|02|03|04|05|06|07|08|09|10|11|12|13|14 {REPRICED} [=ER|HC|HP|IV|WK AN48] \
                       [=DA|UN R15] {REPRICING_REASONS}
    """,
    loop(
        "2410 1",
        f"""
        LIN               4930  ! 1  - !=N4 !AN48 -28
        CTP               4940  ! 1  -3 !R15 !(!=F2|GR|ME|ML|UN -14) -6
        REF*VY|XZ         4950    1  {NUMBER}
        """,
    ),
    somebody("2420A 1", f"72 5000 ! 1 {PERSON}", f"0B|1G|G2|LU 5250 20 {LINE_NUMBER}"),
    somebody("2420B 1", f"ZZ 5000 ! 1 {PERSON}", f"0B|1G|G2|LU 5250 20 {LINE_NUMBER}"),
    somebody("2420C 1", f"82 5000 ! 1 {PERSON}", f"0B|1G|G2|LU 5250 20 {LINE_NUMBER}"),
    somebody("2420D 1", f"DN 5000 ! 1 {PERSON}", f"0B|1G|G2 5250 20 {LINE_NUMBER}"),
    loop(
        "2430 15",
        f"""
        SVD     5400  ! 1  !AN2-80 !R18 {PROCEDURE} !AN48 !R15 N6
        CAS     5450    5  {ADJUSTMENT}
        DTP*573 5500  ! 1  {DAY}
        AMT*EAF 5505    1  !R18 -
        """,
    ),
)
"""SV1, the service of a professional claim, is no part of the guide; where a file has it, it is a fault, and read."""

LEVELS: dict[str, Loop] = {"20": BILLING, "22": SUBSCRIBER, "23": PATIENT}
"""The loop of a level of the hierarchy, by HL03."""

IDS = ids_in(HEADER, BILLING, SUBSCRIBER, PATIENT, CLAIM, LINE)
"""All segments of the guide."""
