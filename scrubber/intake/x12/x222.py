"""The 837P implementation guide (005010X222 with its addenda A1 and A2) as a table.

One row a segment, in the notation of ``table``. Where the guide tells segments of one id apart by a qualifier that
the loop does not need (dates, references, amounts and conditions do need theirs), they share a row.
"""

from scrubber.intake.x12.table import Loop, ids_in, loop

GUIDES = frozenset({"005010X222", "005010X222A1", "005010X222A2"})

ANYONE = "!=1|2 !AN60 AN35 AN25 - AN10 [=XX AN2-80] -3"
PERSON = "!=1 !AN60 AN35 AN25 - AN10 [=XX AN2-80] -3"
PLACE = "!=2 !AN60 -4 [=XX AN2-80] -3"
PAYER = "!=2 !AN60 -4 !=PI|XV !AN2-80 -3"
INSURED = "!=1|2 !AN60 AN35 AN25 - AN10 !=II|MI !AN2-80 -3"
ANYONE_NAMELESS = "!=1|2 -10"
PERSON_NAMELESS = "!=1 -10"
PLACE_NAMELESS = "!=2 -10"
STREET = "!AN55 AN55"
CITY = "!AN2-30 AN2-2 AN3-15 AN2-3 -2 AN3 C0704 E0207"
NUMBER = "!AN50 -2"
POINTER = "=1|2|3|4|5|6|7|8|9|10|11|12"
LINE_NUMBER = "!AN50 - (!=2U !AN50 -4)"
DAY = "!=D8 !DT"
DAYS = "!=D8|RD8 !D"
CONTACT = "!=IC AN60 !=EM|FX|TE !AN256 [=EM|EX|FX|TE AN256] [=EM|EX|FX|TE AN256] -"
TELEPHONE = "!=IC AN60 !=TE !AN256 [=EX AN256] -3"
TAXONOMY = "!=PE !=PXC !AN50 -3"
TURN = "!=A|B|C|D|E|F|G|H|P|S|T|U"
INSURANCE = (
    "=12|13|14|15|16|41|42|43|47 -3 =11|12|13|14|15|16|17|AM|BL|CH|CI|DS|FI|HM|LM|MA|MB|MC|OF|TV|VA|WC|ZZ"
)
BIRTH = "!=D8 !DT !=F|M|U -8"
ADJUSTMENT = "!=CO|CR|OA|PI|PR !AN5 !R18 R15" + " [AN5 R18] R15" * 5 + " C0705 C1008 C1311 C1614 C1917"
PROCEDURE = "(!=ER|HC|IV|WK !AN48 AN2-2 AN2-2 AN2-2 AN2-2 AN80 -)"
FIRST_CODE = "(!=ABK|BK|BP|BG !AN30 -7)"
OTHER_CODE = "(!=ABF|BF|BO|BG !AN30 -7)"
REPORTS = (
    "=03|04|05|06|07|08|09|10|11|13|15|21|A3|A4|AM|AS|B2|B3|B4|BR|BS|BT|CB|CK|CT|D2|DA|DB|DG|DJ|DS|EB|HC|HR|I5|IR|LA"
    "|M1|MT|NN|OB|OC|OD|OE|OX|OZ|P4|P5|PE|PN|PO|PQ|PY|PZ|RB|RR|RT|RX|SG|V5|XP"
)
CONTRACT = "!=01|02|03|04|05|06|09 R18 R6 AN50 R6 AN30"
REPRICED = "!R18 R18 AN50 R9 AN50 R18 -"
REPRICING_REASONS = "=T1|T2|T3|T4|T5|T6 =1|2|3|4|5 =1|2|3|4|5|6"
AMBULANCE = "[=LB R10] - !=A|B|C|D|E !=DH !R15 -2 AN80 AN80"
TRANSPORT = "!=N|Y !=01|04|05|06|07|08|09|12" + " =01|04|05|06|07|08|09|12" * 4
LENSES = "!=N|Y !=L1|L2|L3|L4|L5" + " =L1|L2|L3|L4|L5" * 4


def somebody(heading: str, name: str, numbers: str) -> Loop:
    """A loop that names somebody (NM1) and how others number them (REF)."""
    return loop(heading, f"NM1*{name}\nREF*{numbers}")


HEADER = loop(
    "HEADER 1",
    """
    ST        50  ! 1  !=837 !AN4-9 !AN35
    BHT      100  ! 1  !=0019 !=00|18 !AN50 !DT !TM !=CH|RP|31
    """,
    loop(
        "1000A ! 1",
        f"""
        NM1*41   200  ! 1  !=1|2 !AN60 AN35 AN25 -2 !=46 !AN2-80 -3
        PER      450  ! 2  {CONTACT}
        """,
    ),
    loop("1000B ! 1", "NM1*40   200  ! 1  !=2 !AN60 -4 !=46 !AN2-80 -3"),
)

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
        NM1*85      150  ! 1  {ANYONE}
        N3          250  ! 1  {STREET}
        N4          300  ! 1  {CITY}
        REF*EI|SY   350  ! 1  {NUMBER}
        REF*0B|1G   350    2  {NUMBER}
        PER         400    2  {CONTACT}
        """,
    ),
    loop(
        "2010AB 1",
        f"""
        NM1*87      150  ! 1  {ANYONE_NAMELESS}
        N3          250  ! 1  {STREET}
        N4          300  ! 1  {CITY}
        """,
    ),
    loop(
        "2010AC 1",
        f"""
        NM1*PE         150  ! 1  {PAYER}
        N3             250  ! 1  {STREET}
        N4             300  ! 1  {CITY}
        REF*2U|FY|NF   350    1  {NUMBER}
        REF*EI         350  ! 1  {NUMBER}
        """,
    ),
)

SUBSCRIBER = loop(
    "2000B 1",
    f"""
    HL        10  ! 1  !AN12 !AN12 !=22 !=0|1
    SBR       50  ! 1  {TURN} =18 AN50 AN60 {INSURANCE}
    PAT       70    1  -4 [=D8 DT] [=01 R10] =Y
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
        PER         400    1  {TELEPHONE}
        """,
    ),
    loop(
        "2010BB ! 1",
        f"""
        NM1*PR            150  ! 1  {PAYER}
        N3                250    1  {STREET}
        N4                300    1  {CITY}
        REF*2U|EI|FY|NF   350    3  {NUMBER}
        REF*G2|LU         350    2  {NUMBER}
        """,
    ),
)

PATIENT = loop(
    "2000C 1",
    """
    HL        10  ! 1  !AN12 !AN12 !=23 !=0
    PAT       70  ! 1  !=01|19|20|21|39|40|53|G8 -3 [=D8 DT] [=01 R10] =Y
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
        PER         400    1  {TELEPHONE}
        """,
    ),
)

OTHER_PAYER = loop(
    "2320 10",
    f"""
    SBR     2900  ! 1  {TURN} !=01|18|19|20|21|39|40|53|G8 AN50 AN60 {INSURANCE}
    CAS     2950    5  {ADJUSTMENT}
    AMT*D   3000    1  !R18 -
    AMT*A8  3000    1  !R18 -
    AMT*EAF 3000    1  !R18 -
    OI      3100  ! 1  -2 !=N|W|Y =P - !=I|Y
    MOA     3200    1  R10 R18 AN50 AN50 AN50 AN50 AN50 R18 R18
    """,
    loop(
        "2330A ! 1",
        f"""
        NM1*IL     3250  ! 1  {INSURED}
        N3         3320    1  {STREET}
        N4         3400    1  {CITY}
        REF*SY     3550    1  {NUMBER}
        """,
    ),
    loop(
        "2330B ! 1",
        f"""
        NM1*PR            3250  ! 1  {PAYER}
        N3                3320    1  {STREET}
        N4                3400    1  {CITY}
        DTP*573           3450    1  {DAY}
        REF*2U|EI|FY|NF   3550    2  {NUMBER}
        REF*G1            3550    1  {NUMBER}
        REF*9F            3550    1  {NUMBER}
        REF*T4            3550    1  {NUMBER}
        REF*F8            3550    1  {NUMBER}
        """,
    ),
    somebody("2330C 2", f"DN|P3 3250 ! 1 {PERSON_NAMELESS}", f"0B|1G|G2 3550 ! 3 {NUMBER}"),
    somebody("2330D 1", f"82 3250 ! 1 {ANYONE_NAMELESS}", f"0B|1G|G2|LU 3550 ! 3 {NUMBER}"),
    somebody("2330E 1", f"77 3250 ! 1 {PLACE_NAMELESS}", f"0B|G2|LU 3550 ! 3 {NUMBER}"),
    somebody("2330F 1", f"DQ 3250 ! 1 {PERSON_NAMELESS}", f"0B|1G|G2|LU 3550 ! 3 {NUMBER}"),
    somebody("2330G 1", f"85 3250 ! 1 {ANYONE_NAMELESS}", f"G2|LU 3550 ! 2 {NUMBER}"),
)

CLAIM = loop(
    "2300 100",
    f"""
    CLM     1300  ! 1  !AN38 !R18 -2 !(!AN2 !=B !AN1) !=N|Y !=A|B|C !=N|W|Y !=I|Y =P \
                       (!=AA|EM|OA =AA|EM|OA - AN2-2 AN2-3) =02|03|05|09 -7 =1|2|3|4|5|6|7|8|9|10|11|15
    DTP*431 1350    1  {DAY}
    DTP*454 1350    1  {DAY}
    DTP*304 1350    1  {DAY}
    DTP*453 1350    1  {DAY}
    DTP*439 1350    1  {DAY}
    DTP*484 1350    1  {DAY}
    DTP*455 1350    1  {DAY}
    DTP*471 1350    1  {DAY}
    DTP*314|360|361 1350 1 {DAYS}
    DTP*297 1350    1  {DAY}
    DTP*296 1350    1  {DAY}
    DTP*435 1350    1  {DAY}
    DTP*096 1350    1  {DAY}
    DTP*090|091 1350 2 {DAY}
    DTP*444 1350    1  {DAY}
    DTP*050 1350    1  {DAY}
    PWK     1550   10  !{REPORTS} !=AA|BM|EL|EM|FT|FX -2 [=AC AN2-80] -3
    CN1     1600    1  {CONTRACT}
    AMT*F5  1750    1  !R18 -
    REF*4N  1800    1  {NUMBER}
    REF*F5  1800    1  {NUMBER}
    REF*EW  1800    1  {NUMBER}
    REF*9F  1800    1  {NUMBER}
    REF*G1  1800    1  {NUMBER}
    REF*F8  1800    1  {NUMBER}
    REF*X4  1800    1  {NUMBER}
    REF*9A  1800    1  {NUMBER}
    REF*9C  1800    1  {NUMBER}
    REF*LX  1800    1  {NUMBER}
    REF*D9  1800    1  {NUMBER}
    REF*EA  1800    1  {NUMBER}
    REF*P4  1800    1  {NUMBER}
    REF*1J  1800    1  {NUMBER}
    K3      1850   10  !AN80 -2
    NTE     1900    1  !=ADD|CER|DCP|DGN|TPO !AN80
    CR1     1950    1  {AMBULANCE}
    CR2     2000    1  -7 !=A|C|D|E|F|G|M - AN80 AN80 -
    CRC*07  2200    3  {TRANSPORT}
    CRC*E1|E2|E3 2200 3 {LENSES}
    CRC*75  2200    1  !=Y !=IH -4
    CRC*ZZ  2200    1  !=N|Y !=AV|NU|S2|ST =AV|NU|S2|ST =AV|NU|S2|ST -2
    HI      2310  ! 4  !{FIRST_CODE}{f" {OTHER_CODE}" * 11}
    HCP     2410    1  !=00|01|02|03|04|05|07|08|09|10|11|12|13|14 {REPRICED} -4 {REPRICING_REASONS}
    """,
    somebody("2310A 2", f"DN|P3 2500 ! 1 {PERSON}", f"0B|1G|G2 2710 3 {NUMBER}"),
    loop(
        "2310B 1",
        f"""
        NM1*82            2500  ! 1  {ANYONE}
        PRV               2550    1  {TAXONOMY}
        REF*0B|1G|G2|LU   2710    4  {NUMBER}
        """,
    ),
    loop(
        "2310C 1",
        f"""
        NM1*77            2500  ! 1  {PLACE}
        N3                2650  ! 1  {STREET}
        N4                2700  ! 1  {CITY}
        REF*0B|G2|LU      2710    3  {NUMBER}
        PER               2750    1  {TELEPHONE}
        """,
    ),
    somebody("2310D 1", f"DQ 2500 ! 1 {PERSON}", f"0B|1G|G2|LU 2710 4 {NUMBER}"),
    loop(
        "2310E 1",
        f"""
        NM1*PW            2500  ! 1  {PLACE_NAMELESS}
        N3                2650  ! 1  {STREET}
        N4                2700  ! 1  {CITY}
        """,
    ),
    loop(
        "2310F 1",
        f"""
        NM1*45            2500  ! 1  !=2 AN60 -9
        N3                2650  ! 1  {STREET}
        N4                2700  ! 1  {CITY}
        """,
    ),
    OTHER_PAYER,
)

LINE = loop(
    "2400 ! 50",
    f"""
    LX      3650  ! 1  !N6
    SV1     3700  ! 1  !{PROCEDURE} !R18 !=MJ|UN !R15 AN2 - !(!{POINTER} {POINTER} {POINTER} {POINTER}) \
                       - =Y - =Y =Y -2 =0 -6
    SV5     4000    1  !(!=HC !AN48 -6) !=DA !R15 !R18 !R18 !=1|4|6 -
    PWK     4200   11  !{REPORTS} !=AA|AB|AD|AF|AG|BM|EL|EM|FT|FX|NS -2 [=AC AN2-80] -3
    CR1     4250    1  {AMBULANCE}
    CR3     4350    1  !=I|R|S !=MO !R15 -2
    CRC*07  4500    3  {TRANSPORT}
    CRC*70  4500    1  !=N|Y !=65 -4
    CRC*09  4500    1  !=N|Y !=38|ZV =38|ZV -3
    DTP*472 4550  ! 1  {DAYS}
    DTP*471 4550    1  {DAY}
    DTP*607 4550    1  {DAY}
    DTP*463 4550    1  {DAY}
    DTP*461 4550    1  {DAY}
    DTP*304 4550    1  {DAY}
    DTP*738|739 4550 2 {DAY}
    DTP*011 4550    1  {DAY}
    DTP*455 4550    1  {DAY}
    DTP*454 4550    1  {DAY}
    QTY     4600    2  !=PT|FL !R15 - -
    MEA     4620    5  !=OG|TR !=HT|R1|R2|R3|R4 !R20 -9
    CN1     4650    1  {CONTRACT}
    REF*9B  4700    1  {NUMBER}
    REF*9D  4700    1  {NUMBER}
    REF*G1  4700    5  {LINE_NUMBER}
    REF*6R  4700    1  {NUMBER}
    REF*EW  4700    1  {NUMBER}
    REF*X4  4700    1  {NUMBER}
    REF*F4  4700    1  {NUMBER}
    REF*BT  4700    1  {NUMBER}
    REF*9F  4700    5  {LINE_NUMBER}
    AMT*T   4750    1  !R18 -
    AMT*F4  4750    1  !R18 -
    K3      4800   10  !AN80 -2
    NTE     4850    2  !=ADD|DCP|TPO !AN80
    PS1     4880    1  !AN50 !R18 -
    HCP     4920    1  !=00|01|02|03|04|05|06|07|08|09|10|11|12|13|14 {REPRICED} [=ER|HC|IV|WK AN48] [=MJ|UN R15] \
                       {REPRICING_REASONS}
    """,
    loop(
        "2410 1",
        f"""
        LIN               4930  ! 1  - !=EN|EO|HI|N4|ON|UK|UP !AN48 -28
        CTP               4940  ! 1  -3 !R15 !(!=F2|GR|ME|ML|UN -14) -6
        REF*VY|XZ         4950    1  {NUMBER}
        """,
    ),
    loop(
        "2420A 1",
        f"""
        NM1*82            5000  ! 1  {ANYONE}
        PRV               5050    1  {TAXONOMY}
        REF*0B|1G|G2|LU   5250   20  {LINE_NUMBER}
        """,
    ),
    somebody("2420B 1", "QB 5000 ! 1 !=1|2 -5 [=XX AN2-80] -3", f"0B|1G|G2 5250 20 {LINE_NUMBER}"),
    loop(
        "2420C 1",
        f"""
        NM1*77            5000  ! 1  {PLACE}
        N3                5140  ! 1  {STREET}
        N4                5200  ! 1  {CITY}
        REF*G2|LU         5250    3  {LINE_NUMBER}
        """,
    ),
    somebody("2420D 1", f"DQ 5000 ! 1 {PERSON}", f"0B|1G|G2|LU 5250 20 {LINE_NUMBER}"),
    loop(
        "2420E 1",
        f"""
        NM1*DK            5000  ! 1  {PERSON}
        N3                5140    1  {STREET}
        N4                5200    1  {CITY}
        REF*0B|1G|G2      5250   20  {LINE_NUMBER}
        PER               5300    1  {CONTACT}
        """,
    ),
    somebody("2420F 2", f"DN|P3 5000 ! 1 {PERSON}", f"0B|1G|G2 5250 20 {LINE_NUMBER}"),
    loop(
        "2420G 1",
        f"""
        NM1*PW            5000  ! 1  {PLACE_NAMELESS}
        N3                5140  ! 1  {STREET}
        N4                5200  ! 1  {CITY}
        """,
    ),
    loop(
        "2420H 1",
        f"""
        NM1*45            5000  ! 1  !=2 AN60 -9
        N3                5140  ! 1  {STREET}
        N4                5200  ! 1  {CITY}
        """,
    ),
    loop(
        "2430 15",
        f"""
        SVD     5400  ! 1  !AN2-80 !R18 !{PROCEDURE} - !R15 N6
        CAS     5450    5  {ADJUSTMENT}
        DTP*573 5500  ! 1  {DAY}
        AMT*EAF 5505    1  !R18 -
        """,
    ),
    loop(
        "2440 999999",
        """
        LQ      5510  ! 1  !=AS|UT !AN30
        FRM     5520  ! 99 !AN20 =N|W|Y AN50 DT R6 R02030405
        """,
    ),
)

LEVELS: dict[str, Loop] = {"20": BILLING, "22": SUBSCRIBER, "23": PATIENT}
"""The loop of a level of the hierarchy, by HL03."""

IDS = ids_in(HEADER, BILLING, SUBSCRIBER, PATIENT, CLAIM, LINE)
"""All segments of the guide."""
