"""Signatures: what was signed by nobody known, changed, or meant for another place is refused."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.background_agents.packages import package, update
from weft.background_agents.queues.places import RedisOptions, Seals
from weft.background_agents.queues.refusals import TOLD_MOST, Refusals
from weft.background_agents.queues.signing import (
    SIGNATURE_BYTES,
    Purpose,
    Seal,
    Signing,
    key_id,
)
from weft.background_agents.queues.wire import (
    NOTES_KEPT_S,
    EffectNote,
    Header,
    Holder,
    Interest,
    Listed,
    Move,
    Order,
    Stop,
    Unreadable,
    Untrusted,
    Updates,
    begun_body,
    call_body,
    holder_body,
    interest_body,
    listed_body,
    move_fields,
    order_fields,
    package_body,
    read_call,
    read_holder,
    read_interest,
    read_listed,
    read_move,
    read_note,
    read_order,
    read_stop,
    read_updates,
    refuse_old,
    stop_body,
    updates_fields,
)
from weft.background_agents.types import Claim

NEW, OLD = b"the new secret, which is as long as it has to be", b"the old secret, " * 3
SIGNED = RedisOptions(url="redis://nowhere", signing=Signing((NEW,)))
SEALS = SIGNED.seals
HEADER = Header(gateway_id="g", base_attempt=0, deadline_ms=None, signed_ms=1_000)
ORDER = Order(HEADER, package())
UPDATES = Updates(
    delegation_id="s.1",
    revision=0,
    attempt=1,
    updates=(update(Claim(package=package(), attempt=1), text="Paris."),),
)
STOP = Stop(delegation_id="s.1", up_to_attempt=4, revision=0)
NOTE = EffectNote(arguments="{}")
INTEREST = Interest(revision=0, base_attempt=4, until_ms=1_000)
HOLDER = Holder(gateway_id="g")
LISTED = Listed(session_id="s", revision=0, request="where is it")
MOVE = Move(session_id="s", epoch=1)
WAITED, HELD = SEALS.interest("s.1"), SEALS.holder("s", 1)


def with_keys(*secrets: bytes) -> Seals:
    return replace(SIGNED, signing=Signing(secrets)).seals


def as_read(fields: tuple[str | bytes, ...]) -> dict[bytes, bytes]:
    """Give the fields of an entry as a server gives them back."""
    flat = [part if isinstance(part, bytes) else part.encode() for part in fields]
    return dict(zip(flat[::2], flat[1::2], strict=True))


def ordered(seals: Seals, order: Order = ORDER) -> dict[bytes, bytes]:
    return as_read(order_fields(order.header, package_body(order.package), seals.packages))


def test_what_was_signed_is_read_as_it_was_written() -> None:
    assert read_order(ordered(SEALS), SEALS.packages) == ORDER
    updates = as_read(updates_fields(UPDATES, SEALS.updates("g:ev")))
    assert read_updates(updates, SEALS.updates("g:ev")) == UPDATES
    assert read_stop(stop_body(STOP, SEALS.stops), SEALS.stops) == STOP
    assert read_interest(interest_body(INTEREST, WAITED), WAITED) == INTEREST
    assert read_holder(holder_body(HOLDER, HELD), HELD) == HOLDER
    asked = SEALS.listed("ann", "s.1")
    assert read_listed(listed_body(LISTED, asked), asked) == LISTED
    assert read_move(as_read(move_fields(MOVE, SEALS.moves)), SEALS.moves) == MOVE
    assert read_note(begun_body(NOTE, SEALS.effect("k")), SEALS.effect("k")) == NOTE
    assert read_call(call_body("Zoë", SEALS.call("n")), SEALS.call("n")) == "Zoë"


@given(st.data())
def test_whichever_bit_of_a_package_is_turned_it_is_refused(data: st.DataObject) -> None:
    fields = ordered(SEALS)
    name = data.draw(st.sampled_from(sorted(fields)))
    changed = turned(data, fields[name])
    with pytest.raises(Untrusted):
        read_order(fields | {name: changed}, SEALS.packages)


@given(st.data())
def test_whichever_bit_of_a_message_of_one_piece_is_turned_it_is_refused(
    data: st.DataObject,
) -> None:
    with pytest.raises(Unreadable):
        read_stop(turned(data, stop_body(STOP, SEALS.stops)), SEALS.stops)
    with pytest.raises(Unreadable):
        read_interest(turned(data, interest_body(INTEREST, WAITED)), WAITED)
    with pytest.raises(Unreadable):
        read_holder(turned(data, holder_body(HOLDER, HELD)), HELD)
    with pytest.raises(Unreadable):
        read_note(turned(data, begun_body(NOTE, SEALS.effect("k"))), SEALS.effect("k"))
    with pytest.raises(Unreadable):
        read_call(turned(data, call_body("key", SEALS.call("n"))), SEALS.call("n"))


def turned(data: st.DataObject, whole: bytes) -> bytes:
    """Turn one bit."""
    place = data.draw(st.integers(0, len(whole) - 1))
    bit = 1 << data.draw(st.integers(0, 7))
    return whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :]


@given(st.lists(st.binary(max_size=8), max_size=3), st.lists(st.binary(max_size=8), max_size=3))
def test_nothing_moves_from_one_part_to_the_next(one: list[bytes], other: list[bytes]) -> None:
    signature = SEALS.packages.signature(*one)
    assert len(signature) == SIGNATURE_BYTES
    assert (SEALS.packages.doubt(signature, *other) is None) == (one == other)


@given(st.sampled_from(Purpose), st.sampled_from(Purpose), st.text(max_size=6), st.text(max_size=6))
def test_what_is_signed_counts_for_one_kind_and_one_place(
    purpose: Purpose, other_purpose: Purpose, place: str, other_place: str
) -> None:
    here = Seal(SIGNED.signing, purpose, place)
    there = Seal(SIGNED.signing, other_purpose, other_place)
    assert (there.doubt(here.signature(b"x"), b"x") is None) == (here == there)


def test_a_message_counts_where_it_was_meant_to_be_read_and_nowhere_else() -> None:
    heavy = replace(SIGNED, pool="heavy").seals
    another = replace(SIGNED, prefix="another").seals
    for other in (heavy, another):
        with pytest.raises(Untrusted, match="signed for another place"):
            read_order(ordered(SEALS), other.packages)
        with pytest.raises(Untrusted, match="signed for another place"):
            read_stop(stop_body(STOP, SEALS.stops), other.stops)
    with pytest.raises(Untrusted):
        read_updates(
            as_read(updates_fields(UPDATES, SEALS.updates("g:ev"))), SEALS.updates("s:log")
        )
    with pytest.raises(Untrusted):
        read_interest(interest_body(INTEREST, WAITED), SEALS.interest("s.2"))
    for elsewhere in (SEALS.holder("s", 2), SEALS.holder("t", 1), another.holder("s", 1)):
        with pytest.raises(Untrusted):
            read_holder(holder_body(HOLDER, HELD), elsewhere)
    for elsewhere in (SEALS.listed("bob", "s.1"), SEALS.listed("ann", "s.2")):
        with pytest.raises(Untrusted):
            read_listed(listed_body(LISTED, SEALS.listed("ann", "s.1")), elsewhere)
    with pytest.raises(Untrusted):
        read_move(as_read(move_fields(MOVE, SEALS.moves)), another.moves)
    with pytest.raises(Untrusted):
        read_note(begun_body(NOTE, SEALS.effect("k")), SEALS.effect("l"))
    with pytest.raises(Untrusted):
        read_call(call_body("k", SEALS.call("place")), SEALS.call("words"))


def test_keys_change_while_everything_runs() -> None:
    """Not all processes learn of a step at once: neighbours in the row understand each other."""
    steps = [with_keys(OLD), with_keys(OLD, NEW), with_keys(NEW, OLD), with_keys(NEW)]
    for before, after in pairwise(steps):
        assert read_order(ordered(before), after.packages) == ORDER
        assert read_order(ordered(after), before.packages) == ORDER
    with pytest.raises(Untrusted, match="the old one behind the new one"):
        read_order(ordered(steps[0]), steps[3].packages)


def test_what_is_wrong_with_a_signature_is_told_with_the_key_to_mend() -> None:
    unsigned = with_keys()
    fields = ordered(unsigned, Order(HEADER.model_copy(update={"signed_ms": None}), package()))
    assert set(fields) == {b"h", b"d"}
    assert b"signed_ms" not in fields[b"h"]
    with pytest.raises(Untrusted, match="not signed, and this process has"):
        read_order(fields, SEALS.packages)
    with pytest.raises(Untrusted, match="this process has no"):
        read_order(ordered(SEALS), unsigned.packages)
    with pytest.raises(Untrusted, match="this process has no"):
        read_stop(stop_body(STOP, SEALS.stops), unsigned.stops)
    with pytest.raises(Untrusted) as refused:
        read_order(ordered(SEALS), with_keys(OLD).packages)
    assert f"the key {key_id(NEW)}, and queue.signing_keys has {key_id(OLD)}" in str(refused.value)


def test_a_signature_is_looked_at_before_what_was_signed() -> None:
    fields = ordered(SEALS) | {b"d": b'{"command": "rm"}'}
    with pytest.raises(Untrusted):
        read_order(fields, SEALS.packages)


def test_a_package_counts_for_as_long_as_it_is_known_what_was_done() -> None:
    signed_ms = HEADER.signed_ms or 0
    refuse_old(ORDER, signed_ms + 1000 * NOTES_KEPT_S)
    with pytest.raises(Untrusted, match="more than 24 hours ago"):
        refuse_old(ORDER, signed_ms + 1000 * NOTES_KEPT_S + 1)
    unsigned = Order(HEADER.model_copy(update={"signed_ms": None}), package())
    refuse_old(unsigned, signed_ms + 10_000 * NOTES_KEPT_S)


def test_a_secret_is_in_no_text() -> None:
    shown = repr(SIGNED) + repr(SIGNED.signing) + repr(SEALS) + str(SIGNED.signing.key_ids)
    assert "secret" not in shown
    assert NEW not in begun_body(NOTE, SEALS.effect("k"))


def test_what_was_refused_is_counted_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    refusals = Refusals()
    for number in range(3):
        refusals.note(Purpose.PACKAGE, Unreadable("it is too large"))
        for _ in range(number):
            with pytest.raises(Untrusted) as refused:
                read_order(ordered(SEALS), with_keys(OLD).packages)
            refusals.note(Purpose.PACKAGE, refused.value)
    assert refusals.counted == {("package", "unreadable"): 3, ("package", "unknown_key"): 3}
    assert len(caplog.messages) == 2
    assert "queue.signing_keys" in caplog.messages[1]
    for number in range(2 * TOLD_MOST):
        refusals.note(Purpose.STOP, Unreadable(f"nonsense {number}"))
    assert len(caplog.messages) == TOLD_MOST
    assert refusals.counted["stop", "unreadable"] == 2 * TOLD_MOST
