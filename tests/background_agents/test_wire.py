"""What is read from a server: only what weft has written, whole, and in the version it knows."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.background_agents.packages import package
from weft.background_agents.queues.leases import (
    Admission,
    Pending,
    admission,
    may_begin_at_once,
    still_mine,
    to_take_over,
)
from weft.background_agents.queues.places import Keys, RedisOptions
from weft.background_agents.queues.wire import (
    NOTE_LIMIT_BYTES,
    PACKAGE_LIMIT_BYTES,
    EffectNote,
    Header,
    Interest,
    Order,
    Stop,
    Unreadable,
    begun_body,
    order_fields,
    outcome_body,
    package_body,
    read_note,
    read_order,
    read_stop,
    read_updates,
)
from weft.background_agents.types import TranscriptLine
from weft.tools.effect import Effect
from weft.tools.tool import ToolOutput

OPTIONS = RedisOptions(url="redis://:secret@nowhere")
HEADER = Header(gateway_id="g", base_attempt=4, deadline_ms=1_000)
ORDER = Order(HEADER, package())
PACKAGES, STOPS = OPTIONS.seals.packages, OPTIONS.seals.stops
UPDATES, NOTES = OPTIONS.seals.updates("g:ev"), OPTIONS.seals.effect("k")


def fields_of(order: Order) -> dict[bytes, bytes]:
    flat = [
        part if isinstance(part, bytes) else part.encode()
        for part in order_fields(order.header, package_body(order.package), PACKAGES)
    ]
    return dict(zip(flat[::2], flat[1::2], strict=True))


def test_a_package_is_read_as_it_was_written() -> None:
    effect = Effect(key="k", tool="t", arguments='{"to": "Zoë"}', irreversible=True)
    order = Order(HEADER, package("Grüße an 東京", approved=effect, tainted=True))
    assert read_order(fields_of(order), PACKAGES) == order


def test_a_confidence_travels_and_a_package_without_one_is_as_an_older_weft_writes_it() -> None:
    line = TranscriptLine(speaker="user", start_s=0.31, end_s=0.8, text="play jazz")
    sure = TranscriptLine(
        speaker="user", start_s=0.31, end_s=0.8, text="play jazz", confidence=0.75
    )
    for each in (line, sure):
        order = Order(HEADER, package(transcript=(each,)))
        assert read_order(fields_of(order), PACKAGES) == order
    assert b"confidence" not in package_body(package(transcript=(line,)))


@given(st.dictionaries(st.binary(max_size=3), st.binary(max_size=60), max_size=3))
def test_whatever_else_is_on_a_server_is_refused_with_a_reason(fields: dict[bytes, bytes]) -> None:
    with pytest.raises(Unreadable):
        read_order(fields, PACKAGES)
    with pytest.raises(Unreadable):
        read_updates(fields, UPDATES)


@given(st.binary(max_size=200))
def test_no_bytes_make_a_stop_signal_by_accident(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_stop(body, STOPS)


def test_a_message_of_another_version_says_so() -> None:
    newer = fields_of(ORDER)
    newer[b"h"] = json.dumps(json.loads(newer[b"h"]) | {"version": 2}).encode()
    with pytest.raises(Unreadable, match="another version than 1; update the older weft"):
        read_order(newer, PACKAGES)


def test_an_unknown_field_and_too_much_of_anything_are_refused() -> None:
    more = fields_of(ORDER)
    more[b"d"] = json.dumps(json.loads(more[b"d"]) | {"command": "rm"}).encode()
    with pytest.raises(Unreadable, match="command"):
        read_order(more, PACKAGES)
    with pytest.raises(Unreadable, match="at most"):
        read_order(fields_of(ORDER) | {b"d": b" " * (PACKAGE_LIMIT_BYTES + 1)}, PACKAGES)
    with pytest.raises(Unreadable):
        read_order(fields_of(ORDER) | {b"d": b"[" * 100_000}, PACKAGES)


def test_what_is_wrong_is_said_without_what_was_in_it() -> None:
    private = fields_of(ORDER)
    private[b"d"] = json.dumps(json.loads(private[b"d"]) | {"revision": "my secret"}).encode()
    with pytest.raises(Unreadable, match="revision") as refused:
        read_order(private, PACKAGES)
    assert "my secret" not in str(refused.value)


def test_names_that_others_have_chosen_cannot_fill_a_log_or_write_lines_of_it() -> None:
    name = "x\nWARNING all is well" + "y" * 10_000
    body = fields_of(ORDER)
    body[b"d"] = json.dumps(json.loads(body[b"d"]) | {name: 1}).encode()
    many = {b"%d" % number: b"" for number in range(1_000)}
    for fields, named in ((body, "x?WARNING"), ({name.encode(): b""}, "x?WARNING"), (many, "100")):
        with pytest.raises(Unreadable, match=re.escape(named)) as refused:
            read_order(fields, PACKAGES)
        assert "\n" not in str(refused.value)
        assert len(str(refused.value)) < 400


def test_names_that_are_used_together_lie_together_in_a_cluster() -> None:
    keys = Keys("weft", "default")
    together = [keys.packages(p) for p in (0, 1, 2)] + [keys.dead_letters, keys.sweeping]
    assert {name[name.index("{") : name.index("}") + 1] for name in together} == {"{q:default}"}


def test_the_address_of_a_server_is_never_shown() -> None:
    assert "secret" not in repr(OPTIONS)


def decide(
    pending: Pending | None,
    *,
    order: Order = ORDER,
    stands_for_it: bool = True,
    stop: Stop | None = None,
    interest: Interest | None = None,
    now_ms: int = 0,
) -> Admission:
    return admission(
        order,
        pending,
        consumer="me",
        stands_for_it=stands_for_it,
        stop=stop,
        interest=interest,
        now_ms=now_ms,
        options=OPTIONS,
    )


def test_what_is_delivered_is_worked_on_unless_there_is_a_reason_not_to() -> None:
    first, fourth = Pending("me", 0, 1), Pending("me", 0, 4)
    assert decide(first) is Admission.WORK
    assert decide(first, stands_for_it=False) is Admission.DROP
    assert decide(first, now_ms=1_000) is Admission.DROP
    # It may have been heard of by then, which the gateway knows.
    assert decide(Pending("me", 0, 2), now_ms=1_000) is Admission.WORK
    assert decide(fourth) is Admission.GIVE_UP
    assert decide(None) is Admission.LEAVE
    assert decide(Pending("another", 0, 1)) is Admission.LEAVE


def test_a_stop_holds_for_the_attempts_that_it_names() -> None:
    stop = Stop(delegation_id="s.1", up_to_attempt=5, revision=0)
    assert decide(Pending("me", 0, 1), stop=stop) is Admission.DROP
    assert decide(Pending("me", 0, 2), stop=stop) is Admission.WORK


def test_what_nobody_waits_for_any_more_is_not_begun() -> None:
    interest = Interest(revision=0, base_attempt=4, until_ms=500)
    first = Pending("me", 0, 1)
    assert decide(first, interest=interest, now_ms=499) is Admission.WORK
    assert decide(first, interest=interest, now_ms=500) is Admission.DROP
    assert decide(Pending("me", 0, 2), interest=interest, now_ms=500) is Admission.DROP
    # What was the end of three workers is worth a look, whoever waits.
    assert decide(Pending("me", 0, 4), interest=interest, now_ms=500) is Admission.GIVE_UP


def test_work_is_lost_when_it_was_delivered_again_or_is_gone() -> None:
    assert still_mine(Pending("me", 9_999, 1), 1)
    # An old worker that renewed too late has moved the entry; the number tells whose it is.
    assert still_mine(Pending("an old one", 0, 2), 2)
    assert not still_mine(Pending("another", 0, 2), 1)
    assert not still_mine(None, 1)


OUTPUTS = st.builds(
    ToolOutput,
    st.text(max_size=40),
    detail=st.text(max_size=40),
    sources=st.lists(st.text(max_size=9), max_size=2).map(tuple),
    progress=st.booleans(),
    tainted=st.booleans(),
)


@given(st.text(max_size=40), st.none() | st.lists(OUTPUTS, max_size=3).map(tuple))
def test_what_came_of_an_effect_is_read_as_it_was_written(
    arguments: str, outputs: tuple[ToolOutput, ...] | None
) -> None:
    note = EffectNote(beginning_id="b", arguments=arguments, outputs=outputs)
    body = begun_body(note, NOTES) if outputs is None else outcome_body(note, NOTES)
    assert read_note(body, NOTES) == note


@given(st.integers(1, 60), st.integers(0, 20_000), st.integers(0, 200_000))
def test_of_an_outcome_that_is_too_much_what_was_said_last_is_kept(
    count: int, text_chars: int, detail_chars: int
) -> None:
    outputs = (ToolOutput("\0" * text_chars, detail="x" * detail_chars),) * count
    body = outcome_body(EffectNote(arguments="{}", outputs=outputs), NOTES)
    assert len(body) <= NOTE_LIMIT_BYTES
    kept = read_note(body, NOTES).outputs
    assert kept
    assert kept[-1].text == outputs[-1].text[: len(kept[-1].text)]
    assert len(kept[-1].text) >= min(text_chars, 10_000)


@given(st.binary(max_size=200))
def test_no_bytes_make_a_note_by_accident(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_note(body, NOTES)


def test_a_note_with_a_field_that_nobody_knows_is_refused() -> None:
    note = EffectNote(arguments="{}", outputs=(ToolOutput("Done."),))
    written = json.loads(outcome_body(note, NOTES))
    written["outputs"][0]["mood"] = "good"
    with pytest.raises(Unreadable, match="mood"):
        read_note(json.dumps(written).encode(), NOTES)


def test_only_a_first_sending_in_time_is_begun_before_the_server_was_asked() -> None:
    assert may_begin_at_once(ORDER, 999, OPTIONS)
    assert not may_begin_at_once(ORDER, 1_000, OPTIONS)
    again = Order(HEADER.model_copy(update={"again": True}), ORDER.package)
    assert not may_begin_at_once(again, 999, OPTIONS)
    effect = Effect(key="k", tool="send", arguments="{}", irreversible=True)
    assert not may_begin_at_once(Order(HEADER, package(approved=effect)), 999, OPTIONS)
    patient = HEADER.model_copy(update={"submitted_ms": 0, "deadline_ms": None})
    assert may_begin_at_once(Order(patient, package()), 29_999, OPTIONS)
    # Its gateway may be gone by now.
    assert not may_begin_at_once(Order(patient, package()), 30_000, OPTIONS)


@given(
    st.lists(st.integers(1, 5), max_size=30), st.integers(0, 10), st.booleans(), st.integers(1, 4)
)
def test_of_suspects_a_worker_takes_over_one_at_a_time(
    deliveries: list[int], free: int, has_suspect: bool, most: int
) -> None:
    abandoned = [(str(number).encode(), so_far) for number, so_far in enumerate(deliveries)]
    taken = to_take_over(abandoned, free=free, has_suspect=has_suspect, most=most)
    assert len(taken) <= free
    suspects = {i for i, so_far in abandoned if most > 1 and so_far + 1 == most}
    assert len(suspects & set(taken)) <= (0 if has_suspect else 1)
    # Whoever is no suspect does not wait for one.
    others = [i for i, _ in abandoned if i not in suspects]
    taken_others = [i for i in taken if i not in suspects]
    assert taken_others == others[: len(taken_others)]
    assert len(taken) == free or taken_others == others
