"""The 835 implementation guide (005010X221 with its addendum A1) as a table.

One row a segment, in the notation of ``table``. The detail begins with a header number (LX) that stands before its
claims; a claim with its services is a part of its own, as is each segment of provider adjustments.
"""

from scrubber.intake.x12.table import ids_in, loop

GUIDES = frozenset({"005010X221", "005010X221A1"})

STREET = "!AN55 AN55"
CITY = "!AN2-30 AN2-2 AN3-15 AN2-3 -2 AN3 C0704 E0207"
NUMBER = "!AN50 -2"
DAY = "!DT -4"
NAME = "AN60 AN35 AN25 - AN10"
OTHER_PAYER = "!=2 !AN60 -4 !=AD|FI|NI|PI|PP|XV !AN2-80 -3"
ADJUSTMENT = "!=CO|OA|PI|PR !AN5 !R18 R15" + " [AN5 R18] R15" * 5 + " C0705 C1008 C1311 C1614 C1917"
MODIFIERS = "AN2-2 AN2-2 AN2-2 AN2-2"
PROVIDER_REASON = (
    "=50|51|72|90|AH|AM|AP|B2|B3|BD|BN|C5|CR|CS|CT|CV|CW|DM|E3|FB|FC|GO|HM|IP|IR|IS|J1|L3|L6|LE|LS|OA|OB|PI|PL"
    "|RA|RE|SL|TL|WO|WU"
)

HEADER = loop(
    "HEADER 1",
    f"""
    ST        50  ! 1  !=835 !AN4-9 -
    BPR      200  ! 1  !=C|D|H|I|P|U|X !R18 !=C|D !=ACH|BOP|CHK|FWT|NON =CCP|CTX [=01|04 AN3-12] =DA AN35 AN10-10 \
                       AN9-9 [=01|04 AN3-12] =DA|SG AN35 !DT -5 C0809 C1415
    TRN      400  ! 1  !=1 !AN50 !AN10-10 AN50
    CUR      500    1  !=PR !AN3-3 -19
    REF*EV   600    1  {NUMBER}
    REF*F2   600    1  {NUMBER}
    DTM*405  700    1  {DAY}
    """,
    loop(
        "1000A ! 1",
        f"""
        N1*PR            800  ! 1  !AN60 [=XV AN2-80] -2
        N3              1000  ! 1  {STREET}
        N4              1100  ! 1  {CITY}
        REF*2U|EO|HI|NF 1200    4  {NUMBER}
        PER*CX          1300    1  AN60 [=EM|FX|TE AN256] [=EM|EX|FX|TE AN256] [=EX AN256] -
        PER*BL          1300  ! 999999 AN60 [=EM|TE|UR AN256] [=EM|EX|FX|TE|UR AN256] [=EM|EX|FX|UR AN256] -
        PER*IC          1300    1  - !=UR !AN256 -5
        """,
    ),
    loop(
        "1000B ! 1",
        f"""
        N1*PE            800  ! 1  !AN60 !=FI|XV|XX !AN2-80 -2
        N3              1000    1  {STREET}
        N4              1100    1  {CITY}
        REF*0B|D3|PQ|TJ 1200  999999  {NUMBER}
        RDM             1400    1  !=BM|EM|FT|OL AN60 AN256 -2
        """,
    ),
)

GROUP = loop(
    "2000 999999",
    """
    LX        30  ! 1  !N6
    TS3       50    1  !AN50 !AN2 !DT !R15 !R18 -7 R18 - R18 - R18 R18 - R18 R18 R18 R15 R18
    TS2       70    1  R18 R18 R18 R18 R18 R18 R15 R18 R18 R15 R15 R15 R15 R15 R18 R15 R18 R18 R18
    """,
)

CLAIM = loop(
    "2100 999999",
    f"""
    CLP      100  ! 1  !AN38 !=1|2|3|4|19|20|21|22|23|25 !R18 !R18 R18 \
                       !=12|13|14|15|16|17|AM|CH|DS|HM|LM|MA|MB|MC|OF|TV|VA|WC|ZZ !AN50 AN2 AN1 - AN4 R15 R10 -
    CAS      200   99  {ADJUSTMENT}
    NM1*QC   300  ! 1  !=1 {NAME} [=34|HN|II|MI|MR AN2-80] -3
    NM1*IL   300    1  !=1|2 {NAME} !=FI|II|MI !AN2-80 -3
    NM1*74   300    1  !=1|2 {NAME} [=C AN2-80] -3
    NM1*82   300    1  !=1|2 {NAME} !=BD|BS|FI|MC|PC|SL|UP|XX !AN2-80 -3
    NM1*TT   300    1  {OTHER_PAYER}
    NM1*PR   300    1  {OTHER_PAYER}
    NM1*GB   300    1  !=1|2 {NAME} [=FI|II|MI AN2-80] -3
    MIA      330    1  !R15 R18 R15 R18 AN50 R18 R18 R18 R18 R18 R18 R18 R18 R18 R15 R18 R18 R18 R18 AN50 AN50 \
                       AN50 AN50 R18
    MOA      350    1  R10 R18 AN50 AN50 AN50 AN50 AN50 R18 R18
    REF*1L|1W|28|6P|9A|9C|BB|CE|EA|F8|G1|G3|IG|SY 400  5 {NUMBER}
    REF*0B|1A|1B|1C|1D|1G|1H|1J|D3|G2|LU          400 10 {NUMBER}
    DTM*232|233 500 2  {DAY}
    DTM*036  500    1  {DAY}
    DTM*050  500    1  {DAY}
    PER      600    2  !=CX AN60 !=EM|FX|TE !AN256 [=EM|EX|FX|TE AN256] [=EX AN256] -
    AMT      620   13  !=AU|D8|DY|F5|I|NL|T|T2|ZK|ZL|ZM|ZN|ZO !R18 -
    QTY      640   14  !=CA|CD|LA|LE|NE|NR|OU|PS|VS|ZK|ZL|ZM|ZN|ZO !R15 -2
    """,
)

SERVICE = loop(
    "2110 999",
    f"""
    SVC      700  ! 1  !(!=AD|ER|HC|HP|IV|N4|N6|NU|UI|WK !AN48 {MODIFIERS} -2) !R18 !R18 AN48 R15 \
                       (!=AD|ER|HC|HP|IV|N4|NU|WK !AN48 {MODIFIERS} AN80 -) R15
    DTM*150|151|472 800 2  {DAY}
    CAS      900   99  {ADJUSTMENT}
    REF*1S|APC|BB|E9|G1|G3|LU|RB 1000  8 {NUMBER}
    REF*6R  1000    1  {NUMBER}
    REF*0B|1A|1B|1C|1D|1G|1H|1J|D3|G2|HPI|SY|TJ 1000 10 {NUMBER}
    REF*0K  1000    5  {NUMBER}
    AMT     1100    9  !=B6|KH|T|T2|ZK|ZL|ZM|ZN|ZO !R18 -
    QTY     1200    6  !=ZK|ZL|ZM|ZN|ZO !R15 -2
    LQ      1300   99  !=HE|RX !AN30
    """,
)

FOOTER = loop(
    "FOOTER 1",
    f"""
    PLB      100  ! 1  !AN50 !DT !(!{PROVIDER_REASON} AN50) !R18{" [(!AN2-2 AN50) R18]" * 5}
    """,
)

IDS = ids_in(HEADER, GROUP, CLAIM, SERVICE, FOOTER)
"""All segments of the guide."""
