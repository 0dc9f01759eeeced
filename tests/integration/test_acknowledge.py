"""``scrubber acknowledge`` from file to answer."""

import gzip
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO, StringIO

import pytest
from click.testing import CliRunner, Result

from scrubber.cli.acknowledge import acknowledge
from scrubber.engine import Engine, scrub
from scrubber.engine import Result as EngineResult
from scrubber.intake.files import read_claims
from scrubber.intake.record import FileNotUnderstood, Unreadable
from scrubber.intake.stream import Damaged
from scrubber.output import Reply, in_order, received_in, write_277ca
from scrubber.output.received_file import ResultsDiffer
from scrubber.settings import Settings
from tests.unit.x12_files import (
    BILLING,
    CLAIM,
    HEADER,
    LINE,
    SUBSCRIBER,
    interchange,
    professional,
    transaction,
    write,
)

TREATED = "DTP*454*D8*20260220"
GOOD = ["CLM*A-1*45***11:B:1*Y*A*Y*Y", TREATED, "HI*ABK:M9901*ABF:M5450", *LINE]
BAD_MEMBER = [*SUBSCRIBER[:2], "NM1*IL*1*DOE*ANN****MI*12", *SUBSCRIBER[3:]]
UNKNOWN = ["CLM*A-2*45***11:B:1*Y*A*Y*Y", "ZZZ*SECRET", TREATED, "HI*ABK:M9901*ABF:M5450", *LINE]
BROKEN = ["CLM*A-3*45***11:B:1*Y*A*Y*Y", TREATED, "HI*ABK:M9901*ABF:M5450"]

Run = Callable[..., Result]


@pytest.fixture
def run(settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("SCRUBBER_DATA_DIR", str(settings.data_dir))

    def run_command(form: str, file: bytes, *arguments: str) -> Result:
        arguments = ("-", "--form", form, "--at", "2026-03-10T09:05", *arguments)
        return CliRunner().invoke(acknowledge, [*arguments, "--as-of", "2026-03-10"], input=file)

    return run_command


def segments(result: Result) -> list[str]:
    return result.stdout.replace("\n", "").split("~")


def of(result: Result, *ids: str) -> list[str]:
    return [segment for segment in segments(result) if segment.split("*", 1)[0] in ids]


def test_a_clean_claim(run: Run) -> None:
    file = write(professional(GOOD))
    accepted = run("999", file)
    assert (accepted.exit_code, accepted.stderr) == (0, "")
    assert of(accepted, "AK1", "AK2", "IK3", "IK5", "AK9") == [
        "AK1*HC*1*005010X222A1",
        "AK2*837*0001*005010X222A1",
        "IK5*A",
        "AK9*A*1*1*1",
    ]
    assert of(accepted, "ISA")[0].startswith("ISA*00*          *00*          *ZZ*RECEIVER       *ZZ*SENDER  ")
    status = run("277ca", file, "--control-number", "12")
    assert status.exit_code == 0, status.stdout
    assert of(status, "ISA", "NM1", "TRN", "STC", "DTP", "IEA")[0].split("*")[13] == "000000012"
    assert of(status, "NM1", "TRN", "STC", "QTY", "AMT")[:-3] == [
        "NM1*PR*2*HOUSE*****46*RECEIVER",
        "TRN*1*12-1-1",
        "NM1*41*2*BILLER*****46*SENDER",
        "TRN*2*1",
        "STC*A1:19:PR*20260310*WQ*45",
        "QTY*90*1",
        "AMT*YU*45",
        "NM1*85*2*SPINE CLINIC*****XX*1234567893",
        "TRN*1*0",
        "STC*A1:19:PR**WQ*45",
        "QTY*QA*1",
        "AMT*YU*45",
    ]
    assert of(status, "TRN")[-1] == "TRN*2*A-1"


def test_a_bad_claim_never_takes_its_neighbours_with_it(run: Run) -> None:
    file = write(professional(GOOD, UNKNOWN, BROKEN))
    noted = run("999", file)
    assert noted.exit_code == 1
    assert of(noted, "IK5", "AK9") == ["IK5*E*5", "AK9*E*1*1*1"]
    assert of(noted, "CTX") == ["CTX*CLM01:A-2", "CTX*CLM01:A-3"]
    assert "SECRET" not in noted.output
    status = run("277ca", file)
    assert status.exit_code == 1
    told = dict(zip(of(status, "TRN")[3:], of(status, "STC")[2:], strict=True))
    assert told["TRN*2*A-1"].startswith("STC*A2:20*")
    assert told["TRN*2*A-2"].startswith("STC*A3:684*20260310*U*45")
    assert told["TRN*2*A-3"].startswith("STC*A3:684*")


def test_what_rejects_a_claim_is_told_by_number(run: Run) -> None:
    wrong = ["CLM*A-9*45***11:B:1*Y*A*Y*Y", "HI*ABK:M99999", *LINE]
    status = run("277ca", write(professional(wrong)))
    assert status.exit_code == 1
    assert "A7:255" in of(status, "STC")[2]
    assert of(status, "STC")[2].split("*")[3] == "U"


def test_faults_of_a_level_reject_the_claims_below_it_and_no_others(run: Run) -> None:
    below = [*SUBSCRIBER[:1], "ZZZ*1", *SUBSCRIBER[1:], *GOOD]
    other = ["HL*3*1*22*0", *SUBSCRIBER[1:], "CLM*A-7*45***11:B:1*Y*A*Y*Y", *GOOD[1:]]
    status = run("277ca", write(interchange(transaction(*HEADER, *BILLING, *below, *other))))
    assert of(status, "STC")[2].split("*")[1] == "A3:684"
    assert of(status, "STC")[3].startswith("STC*A2:20*")


def test_a_patient_who_is_not_the_subscriber_is_named(run: Run) -> None:
    subscriber = ["HL*2*1*22*1", "SBR*P********MB", *SUBSCRIBER[2:]]
    patient = ["HL*3*2*23*0", "PAT*19", "NM1*QC*1*DOE*JO", "N3*1 MAIN ST", "N4*DES MOINES*IA*503091234"]
    patient += ["DMG*D8*20100402*F"]
    file = write(interchange(transaction(*HEADER, *BILLING, *subscriber, *patient, *GOOD)))
    assert "NM1*QC*1*DOE*JO****MI*1EG4TE5MK73" in of(run("277ca", file), "NM1")


def test_transactions_nobody_reads_here_are_rejected_and_their_neighbours_are_not(run: Run) -> None:
    claims = transaction(*HEADER, *BILLING, *SUBSCRIBER, *GOOD)
    dental = transaction("BHT*0019*00*1*20260302*0805*CH", number=2, guide="005010X224A2")
    paid = transaction("BPR*I*0*C*NON************20260302", number=3, guide="005010X999", kind="836")
    answer = run("999", write(interchange(claims, dental, paid)))
    assert of(answer, "IK5") == ["IK5*A", "IK5*R*I6", "IK5*R*1"]
    assert of(answer, "AK9") == ["AK9*P*3*3*1"]
    assert of(run("277ca", write(interchange(dental))), "ST") == []


def test_a_wrong_envelope(run: Run) -> None:
    file = professional(GOOD)
    file[-3] = "SE*5*0001"
    file[-2] = "GE*4*1"
    answer = run("999", write(file))
    assert of(answer, "IK5", "AK9") == ["IK5*R*4", "AK9*R*4*1*0*5"]
    file[-1] = "IEA*1*000000002"
    told = run("999", write(file))
    assert told.exit_code == 1
    assert "the control number of IEA differs from that of ISA" in told.stderr


def test_a_file_that_breaks_off(run: Run) -> None:
    file = professional(GOOD)[:-4]
    answer = run("999", write(file))
    assert of(answer, "AK9") == ["AK9*R*1*1*0*3"]
    assert of(answer, "SE", "GE", "IEA")[1:] == ["GE*1*1", "IEA*1*000000001"]
    assert of(run("277ca", write(file)), "ST") == []


def test_their_separators_come_back(run: Run) -> None:
    file = write(professional(GOOD), "\n").replace(b"*", b"|").replace(b":", b">")
    answer = run("999", file)
    assert "AK9|A|1|1|1" in answer.stdout.splitlines()


def test_answers_are_not_answered_and_other_files_are_refused(run: Run) -> None:
    again = run("999", run("999", write(professional(GOOD))).stdout.encode())
    assert (again.stdout, again.stderr) == (
        "",
        "stdin: nothing to write, for it has no group that wants one\n",
    )
    assert isinstance(run("999", b"claim_id,line\n").exception, FileNotUnderstood)


def test_the_command_is_there() -> None:
    from tests.integration.test_cli import SCRUBBER  # noqa: PLC0415 - its fixtures are not wanted

    told = subprocess.run([str(SCRUBBER), "acknowledge", "-h"], capture_output=True, check=True)
    assert b"--form [999|277ca]" in told.stdout


@pytest.fixture
def valid() -> Callable[[str], bool]:
    """Whether pyx12 takes an answer for a valid one."""
    pytest.importorskip("pyx12", reason="pyx12 is not installed")
    from pyx12.params import ParamsBase  # noqa: PLC0415
    from pyx12.x12n_document import x12n_document  # noqa: PLC0415

    return lambda answer: bool(x12n_document(ParamsBase(), StringIO(answer), None, None))


@pytest.mark.parametrize("form", ["999", "277ca"])
def test_answers_are_valid_for_another_reader(run: Run, valid: Callable[[str], bool], form: str) -> None:
    file = write(professional(GOOD, UNKNOWN, BROKEN, [*CLAIM, *LINE]))
    assert valid(run(form, file).stdout)


def test_a_packed_file_is_answered_alike(run: Run) -> None:
    file = write(professional(GOOD, UNKNOWN))
    for form in ("999", "277ca"):
        assert run(form, gzip.compress(file)).stdout == run(form, file).stdout
    cut_off = run("999", gzip.compress(file)[:-20])
    assert isinstance(cut_off.exception, Damaged)


def test_a_ta1_follows_where_the_file_asks_for_one(run: Run) -> None:
    file = write(professional(GOOD)).replace(b"*0*P*:~", b"*1*P*:~", 1)
    answer = run("999", file)
    assert of(answer, "TA1") == ["TA1*000000001*260302*0805*A*000"]
    assert [segment.split("*")[1:] for segment in of(answer, "IEA")] == [
        ["1", "000000001"],
        ["0", "000000002"],
    ]
    told = run("999", file.replace(b"IEA*1", b"IEA*2"))
    assert of(told, "TA1") == ["TA1*000000001*260302*0805*E*021"]
    assert told.stderr == "IEA01: IEA counts other than the groups that are there\n"
    assert told.exit_code == 1
    assert of(run("277ca", file), "TA1") == []


def test_results_made_before_give_the_same_answer(run: Run, engine: Engine) -> None:
    unreadable = [CLAIM[0].replace("*45*", "*many*"), *CLAIM[1:], *LINE]
    file = write(professional(GOOD, unreadable, UNKNOWN))
    results: list[EngineResult | Unreadable] = [
        read if isinstance(read, Unreadable) else scrub(engine, read.claim, read.locate)
        for read in read_claims(BytesIO(file), "a.837")
    ]
    reply = Reply(1, datetime(2026, 3, 10, 9, 5, tzinfo=UTC))
    answer = write_277ca(received_in(BytesIO(file), "a.837", in_order(results)), reply)
    assert b"".join(answer).decode() == run("277ca", file).stdout
    for wrong in (results[:1], results[1:]):
        with pytest.raises(ResultsDiffer):
            b"".join(write_277ca(received_in(BytesIO(file), "a.837", in_order(wrong)), reply))
