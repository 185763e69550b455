"""Redaction: what is found, that it comes back exactly, and that an agent never sees it."""

import sys
import threading
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.background_agents.packages import package
from weft.background_agents.personal_data import (
    PatternFinder,
    PersonalData,
    PresidioFinder,
    iban_is_right,
    luhn_is_right,
)
from weft.background_agents.redaction import (
    ADDRESS,
    RedactedAgent,
    Redaction,
    Redactions,
    blanked,
    redacted_tool,
)
from weft.background_agents.types import (
    ContextPackage,
    Finding,
    OpenDelegation,
    TranscriptLine,
    UpdateKind,
)
from weft.clock import VirtualClock
from weft.errors import ToolError
from weft.tools.builtin.show import show
from weft.tools.components import Card
from weft.tools.tool import ToolContext, ToolOutput, tool

pytestmark = pytest.mark.anyio

FRAGMENTS = (
    "ann.smith+home@example.co.uk", "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00",
    "+49 176 1234 5678", "0176 12345678", "[EMAIL_1]", "EMAIL_1", "[email_1", "PHONE_2]",
    "[[TEXT_1]]", "[NUMBER_", "]", "[", "_1", "1", "ann at example dot com",
    "zero one two three four five six",     "ghp_abcdefghijklmnopqrst12345", " ", "é", ".", "@",
)  # fmt: skip
unhurried = settings(deadline=None)
"""Test machines may be busy."""
TEXTS = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=8)), max_size=10).map(
    "".join
)


def redacted(text: str, region: str | None = None) -> str:
    """A text as it travels."""
    return Redaction([PatternFinder(region)]).redact(text)


@pytest.mark.parametrize(
    ("text", "travels"),
    [
        ("write to ann@example.org today", "write to [EMAIL_1] today"),
        ("Ann <ann.smith+x@mail.example.co.uk>, ok?", "Ann <[EMAIL_1]>, ok?"),
        ("it is ann dot smith at example dot com", "it is [EMAIL_1]"),
        ("call +49 176 1234 5678 now", "call [PHONE_1] now"),
        ("call +1 (415) 555-2671.", "call [PHONE_1]."),
        ("call 0176 12345678, please", "call [PHONE_1], please"),
        ("my number is oh one seven six double five three four", "my number is [NUMBER_1]"),
        ("pay with 4111 1111 1111 1111 12/27", "pay with [CARD_1] 12/27"),
        ("2 4111-1111-1111-1111 and 5500005555555559", "2 [CARD_1] and [CARD_2]"),
        ("pay with 4111.1111.1111.1111.", "pay with [CARD_1]."),
        ("pay with 4111\u00a01111\u202f1111\u00a01111", "pay with [CARD_1]"),
        ("pay with 4111–1111–1111–1111 now", "pay with [CARD_1] now"),
        ("to DE89-3704-0044-0532-0130-00 please", "to [IBAN_1] please"),
        ("to DE89\u00a03704\u00a00044\u00a00532\u00a00130\u00a000.", "to [IBAN_1]."),
        ("to DE89.3704.0044.0532.0130.00.", "to [IBAN_1]."),
        ("to DE89 3704 0044 0532 0130 00 please", "to [IBAN_1] please"),
        ("to gb82west12345698765432.", "to [IBAN_1]."),
        ("AB12 then DE89370400440532013000", "AB12 then [IBAN_1]"),
        ("key sk-proj-abcdefghijklmnop1234 here", "key [KEY_1] here"),
        ("AKIAIOSFODNN7EXAMPLE", "[KEY_1]"),
    ],
)
def test_personal_data_travels_as_a_placeholder(text: str, travels: str) -> None:
    assert redacted(text) == travels


@pytest.mark.parametrize(
    "text",
    [
        "what is 17 times 23",
        "4111 1111 1111 1112 is no card",
        "NO93 8601 1117 948 is no account",
        "look at example dot com",
        "what is the average of 1, 2, 3, 4, 5, 6, 7",
        "pi is 3.14159265358979",
        "it is 4.11111111111111111 or 41.11.11.11.11.11.11.11",
        "on 2026-11-21 at 12:30:45",
        "from 01-02-2026 to 03.04.2026",
        "the population is 83 200 000",
        "version 10.0.0.1",
        "@home and a@b",
        "sk-short",
    ],
)
def test_ordinary_requests_travel_as_they_are(text: str) -> None:
    assert redacted(text) == text


def test_national_numbers_are_known_when_the_country_is() -> None:
    assert redacted("ring 415-555-2671", region="US") == "ring [PHONE_1]"
    assert redacted("ring 415-555-2671") == "ring 415-555-2671"


@unhurried
@given(TEXTS)
def test_what_is_redacted_comes_back_exactly(text: str) -> None:
    assume(not ADDRESS.search(text))
    redaction = Redaction()
    assert redaction.restore(redaction.redact(text)) == text
    # And once more, with placeholders given in the meantime.
    assert redaction.restore(redaction.redact(text)) == text


@unhurried
@given(st.lists(TEXTS, max_size=4))
def test_texts_of_one_conversation_come_back_exactly(texts: list[str]) -> None:
    assume(not any(map(ADDRESS.search, texts)))
    redaction = Redaction()
    travelled = [redaction.redact(text) for text in texts]
    assert [redaction.restore(text) for text in travelled] == texts


@unhurried
@given(
    st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,8})?@[a-z]{1,8}\.(com|org|de)", fullmatch=True),
    st.sampled_from(["", " ", "(", "<", ":"]),
    st.sampled_from(["", " ", ")", ">", ", "]),
)
def test_no_address_gets_through(address: str, before: str, after: str) -> None:
    assert address not in redacted(f"{before}{address}{after}")


@unhurried
@given(st.text("0123456789", min_size=12, max_size=18))
def test_one_digit_makes_a_card_number_right_and_no_other(digits: str) -> None:
    right = [last for last in "0123456789" if luhn_is_right(digits + last)]
    assert len(right) == 1


@unhurried
@given(st.integers(0, 10**18 - 1), st.integers(0, 17), st.integers(1, 9))
def test_an_account_with_one_wrong_digit_is_wrong(number: int, place: int, added: int) -> None:
    body = f"{number:018}"
    check = 98 - int(f"{body}131400") % 97
    assert iban_is_right(f"DE{check:02}{body}")
    wrong = body[:place] + str((int(body[place]) + added) % 10) + body[place + 1 :]
    assert not iban_is_right(f"DE{check:02}{wrong}")
    assert not iban_is_right(f"DE{check:02}{body[:-1]}")


@unhurried
@given(st.text(max_size=300))
def test_any_text_can_be_searched(text: str) -> None:
    for found in PatternFinder("US").find(text):
        assert 0 <= found.start < found.end <= len(text)
        assert found.kind in PatternFinder.kinds


def test_long_hostile_text_is_searched_in_reasonable_time() -> None:
    # Each would take minutes if a pattern went back over it again and again.
    for piece in ("a.", "1 ", "1-", "one ", "a dot ", "DE89 ", "0 ", "[EMAIL_", "sk-", "a@"):
        text = piece * 5_000
        redaction = Redaction()
        assert redaction.restore(redaction.redact(text)) == text


def test_the_same_words_keep_their_placeholder() -> None:
    redaction = Redaction()
    assert redaction.redact("a@b.org or c@d.org") == "[EMAIL_1] or [EMAIL_2]"
    assert redaction.redact("not c@d.org") == "not [EMAIL_2]"


def test_a_model_may_drop_brackets_and_capitals() -> None:
    redaction = Redaction()
    redaction.redact("a@b.org")
    assert redaction.restore("I wrote to EMAIL_1, [email_1].") == "I wrote to a@b.org, a@b.org."
    assert redaction.restore("[EMAIL_7] is unknown") == "[EMAIL_7] is unknown"


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.test/?q=EMAIL_1",
        "HTTPS://evil.test/?q=(EMAIL_1)&r=[EMAIL_1]",
        "[here](https:evil.test/?q=EMAIL_1)",
        "![here](//evil.test/[EMAIL_1].png)",
        "![here](/\\evil.test/[EMAIL_1].png)",
        "[1]: <https://evil.test/?q=so EMAIL_1>",
        "www.evil.test/EMAIL_1",
        "evil.test/EMAIL_1 and evil.test?EMAIL_1",
    ],
)
def test_nobody_is_named_within_an_address(text: str) -> None:
    redaction = Redaction()
    redaction.redact("a@b.org")
    assert redaction.restore(text) == text
    assert redaction.restored({"url": [text]}) == {"url": [text]}


def test_around_an_address_words_come_back() -> None:
    redaction = Redaction()
    redaction.redact("a@b.org")
    text = "EMAIL_1 (https://b.test) wrote to [EMAIL_1](https://b.test): EMAIL_1/EMAIL_1."
    assert redaction.restore(text) == text.replace("[EMAIL_1]", "a@b.org").replace(
        "EMAIL_1", "a@b.org"
    )


def test_nothing_of_the_words_is_printed() -> None:
    redaction = Redaction()
    redaction.redact("a@b.org")
    assert repr(redaction) == "Redaction(1 placeholders)"


SAID = "mail ann@example.org"
FULL = package(
    SAID, transcript=(TranscriptLine(speaker="user", start_s=0, end_s=1, text=SAID),)
).model_copy(
    update={
        "in_view": (SAID,),
        "open_delegations": (OpenDelegation(delegation_id="s.0", request=SAID),),
        "profile": SAID,
        "memory": (SAID,),
    }
)


def test_every_text_of_a_package_is_redacted() -> None:
    travels = Redaction().package(FULL)
    assert "ann@" not in travels.model_dump_json()
    assert travels.model_dump_json().count("[EMAIL_1]") == 6
    # A field that is added to packages must be thought about here.
    assert set(ContextPackage.model_fields) == {
        "version", "delegation_id", "revision", "session_id", "cutoff_index", "request",
        "transcript", "in_view", "open_delegations", "profile", "memory", "language",
        "submitted_s", "deadline_s", "spoken_words", "approved", "user_id", "reminder_id",
        "tainted", "traceparent", "sent_unix_ns",
    }  # fmt: skip


@dataclass
class Parrot:
    """An agent that repeats what it was asked, and remembers it."""

    name: str = "parrot"
    asked: str = ""
    started: bool = False
    closed: bool = False
    stopped: bool = False

    async def start(self) -> None:
        self.started = True

    async def aclose(self) -> None:
        self.closed = True

    async def answer(self, package: ContextPackage) -> AsyncIterator[Finding]:
        self.asked = package.model_dump_json()
        try:
            yield Finding(kind=UpdateKind.COMMENTARY, text=f"working on: {package.request}")
            yield Finding(
                kind=UpdateKind.RESULT, text="wrote to EMAIL_1", detail="[EMAIL_1]", sources=("x",)
            )
        finally:
            self.stopped = True


@pytest.mark.parametrize("inline", [True, False])
async def test_an_agent_never_sees_the_words_and_its_answer_has_them(inline: bool) -> None:
    parrot = Parrot()
    redactions = Redactions(inline=inline)
    agent = RedactedAgent(parrot, redactions)
    await agent.start()
    assert parrot.started
    findings = [finding async for finding in agent.answer(FULL)]
    await agent.aclose()
    assert agent.name == "parrot"
    assert "ann@" not in parrot.asked
    assert [finding.text for finding in findings] == [
        "working on: mail ann@example.org",
        "wrote to ann@example.org",
    ]
    assert findings[1].detail == "ann@example.org"
    assert parrot.closed


async def test_the_words_are_forgotten_when_the_last_delegation_of_a_session_ends() -> None:
    redactions = Redactions()
    with redactions.opened("s") as first:
        first.redact("a@b.org")
        with redactions.opened("s") as second:
            assert second is first
        with redactions.opened("s") as third:
            assert third.redact("x@y.org a@b.org") == "[EMAIL_2] [EMAIL_1]"
        with redactions.opened("other") as other:
            assert other.restore("EMAIL_1") == "EMAIL_1"
    with redactions.opened("s") as fresh:
        assert fresh.restore("EMAIL_1") == "EMAIL_1"


async def test_an_agent_that_is_left_is_stopped_and_forgotten() -> None:
    parrot = Parrot()
    redactions = Redactions()
    findings = RedactedAgent(parrot, redactions).answer(FULL)
    await anext(findings)
    await findings.aclose()
    assert parrot.stopped
    with redactions.opened("s") as fresh:
        assert fresh.restore("EMAIL_1") == "EMAIL_1"


@tool
async def send(to: str, copies: list[str]) -> ToolOutput:
    """Send a letter.

    Args:
        to: to whom.
        copies: who else gets it.
    """
    if to == "nobody@example.org":
        raise ToolError("nobody@example.org does not exist.")
    return ToolOutput(f"Sent to {to}.", detail=" ".join(copies), sources=(to,))


async def test_a_tool_works_with_the_words_and_answers_with_placeholders() -> None:
    redactions = Redactions()
    sealed = redacted_tool(send, redactions)
    context = ToolContext(clock=VirtualClock(), session_id="s", delegation_id="s.1")
    assert sealed.openai_schema() == send.openai_schema()
    with redactions.opened("s") as redaction:
        redaction.redact("a@b.org c@d.org nobody@example.org")
        arguments: dict[str, object] = {"to": "[EMAIL_1]", "copies": ["EMAIL_2"]}
        (output,) = [each async for each in sealed.run(arguments, context)]
        assert output == ToolOutput(
            "Sent to [EMAIL_1].", detail="[EMAIL_2]", sources=("[EMAIL_1]",)
        )
        assert redaction.restore(output.text) == "Sent to a@b.org."
        with pytest.raises(ToolError, match=r"^\[EMAIL_3\] does not exist\.$"):
            async for _ in sealed.run({"to": "[EMAIL_3]", "copies": []}, context):
                pass


INBOX = "Bob (bob@b.org) asks ann@a.org to call +49 30 901820, see https://m.test/u?to=ann@a.org."


@tool(untrusted=True)
async def inbox(of: str, link: str = "") -> ToolOutput:
    """Look into somebody's mailbox, at a stranger's.

    Args:
        of: whose.
        link: which letter.
    """
    if link.startswith("https:"):
        raise ToolError(f"{link} is gone, {of}. TEXT_1")
    return ToolOutput(
        f"For {of}, {link}: {INBOX}", detail=f"EMAIL_2 {INBOX}", sources=("https://m.test/1",)
    )


async def test_what_a_strangers_tool_finds_is_redacted_and_comes_back_for_the_user() -> None:
    redactions = Redactions()
    sealed = redacted_tool(inbox, redactions)
    context = ToolContext(clock=VirtualClock(), session_id="s", delegation_id="s.1")
    with redactions.opened("s") as redaction:
        redaction.redact("me@c.org")
        arguments: dict[str, object] = {"of": "[EMAIL_1]", "link": "x LINK_1"}
        (output,) = [each async for each in sealed.run(arguments, context)]
        # Its own words with placeholders, what it was told as it was told, and no lookalikes.
        assert output.text.startswith("For [EMAIL_1], x LINK_1: Bob ([EMAIL_2]) asks [EMAIL_3] to")
        assert output.detail.startswith("[TEXT_1] Bob ([EMAIL_2])")
        assert output.detail.endswith("call [PHONE_1], see [LINK_1].")
        assert output.sources == ("https://m.test/1",)
        finding = redaction.finding(
            Finding(kind=UpdateKind.RESULT, text=output.detail, sources=("[LINK_1]",))
        )
        assert finding.text == f"EMAIL_2 {INBOX}"
        assert finding.sources == ("https://m.test/u?to=ann@a.org",)


async def test_an_address_that_a_stranger_gave_can_be_asked_for_again_and_only_as_a_whole() -> None:
    redaction = Redaction()
    redaction.redact("me@c.org")
    page = "[here](https://m.test/u?to=ann@a.org) and www.b.test/?p=4155552671 and bob@b.org"
    assert redaction.redact_strangers(page) == (
        "[here]([LINK_1]) and www.b.test/?p=4155552671 and [EMAIL_2]"
    )
    assert redaction.restore(redaction.redact_strangers(page)) == page
    given = redaction.given_back({"url": "[LINK_1]", "to": ["EMAIL_1", "link_1"], "count": 1})
    assert given == {
        "url": "https://m.test/u?to=ann@a.org",
        "to": ["EMAIL_1", "https://m.test/u?to=ann@a.org"],
        "count": 1,
    }
    for carried_out in ("https://evil.test/?q=[LINK_1]", "tell them LINK_1", "LINK_2"):
        assert redaction.given_back(carried_out) == carried_out


async def test_a_strangers_failure_is_redacted_too() -> None:
    redactions = Redactions()
    sealed = redacted_tool(inbox, redactions)
    context = ToolContext(clock=VirtualClock(), session_id="s", delegation_id="s.1")
    with redactions.opened("s") as redaction:
        link = redaction.redact_strangers("https://m.test/u?to=ann@a.org")
        assert link == "[LINK_1]"
        with pytest.raises(ToolError) as failure:
            async for _ in sealed.run({"of": "bob@b.org", "link": link}, context):
                pass
    assert str(failure.value) == "[LINK_1] is gone, [EMAIL_1]. [TEXT_1]"


@unhurried
@given(st.lists(st.sampled_from([*INBOX.split(), "EMAIL_1", "www.x.org/", "a@b.org", "("])))
def test_the_words_of_strangers_come_back_as_they_were(words: list[str]) -> None:
    redaction = Redaction()
    text = " ".join(words)
    travels = redaction.redact_strangers(text)
    assert redaction.restore(travels) == text
    assert "@" not in travels


async def test_what_is_shown_to_the_user_holds_the_words() -> None:
    redactions = Redactions()
    sealed = redacted_tool(show, redactions)
    context = ToolContext(clock=VirtualClock(), session_id="s", delegation_id="s.1")
    with redactions.opened("s") as redaction:
        redaction.redact("ann@example.org")
        card = {"kind": "card", "title": "Mail to [EMAIL_1]"}
        (output,) = [each async for each in sealed.run({"component": card}, context)]
    assert output.components == (Card(title="Mail to ann@example.org"),)


@dataclass
class FakeAnalyzer:
    """Presidio as far as it is used: finds one name."""

    asked: list[tuple[str, list[str] | None]]

    def analyze(
        self,
        text: str,
        language: str,
        *,
        entities: list[str] | None = None,
        score_threshold: float | None = None,
    ) -> Sequence["FakeEntity"]:
        self.asked.append((language, entities))
        place = text.find("Ann")
        return [FakeEntity("PERSON", place, place + 3)] if place >= 0 else []


@dataclass
class FakeEntity:
    """What presidio gives."""

    entity_type: str
    start: int
    end: int


def test_presidio_finds_names_beside_the_patterns() -> None:
    analyzer = FakeAnalyzer([])
    redaction = Redaction([PatternFinder(), PresidioFinder(analyzer=analyzer)])
    travels = redaction.redact("Ann is at ann@example.org")
    assert travels == "[PERSON_1] is at [EMAIL_1]"
    assert redaction.restore(travels) == "Ann is at ann@example.org"
    assert analyzer.asked == [("en", ["PERSON"])]


@dataclass
class Watching:
    """Finds nothing, and remembers in which threads it has searched."""

    kinds: frozenset[str] = frozenset({"AA"})
    threads: set[int] = field(default_factory=set)

    def find(self, text: str) -> Sequence[PersonalData]:
        self.threads.add(threading.get_ident())
        return []


@pytest.mark.parametrize("inline", [True, False])
async def test_texts_are_searched_beside_the_event_loop_or_on_virtual_time_in_it(
    inline: bool,
) -> None:
    finder = Watching()
    redactions = Redactions([finder], inline=inline)
    sealed = redacted_tool(send, redactions)
    context = ToolContext(clock=VirtualClock(), session_id="s", delegation_id="s.1")
    assert [each async for each in RedactedAgent(Parrot(), redactions).answer(FULL)]
    assert [each async for each in sealed.run({"to": "Ann", "copies": []}, context)]
    with pytest.raises(ToolError):
        async for _ in sealed.run({"to": "nobody@example.org", "copies": []}, context):
            pass
    here = threading.get_ident()
    assert (finder.threads == {here}) if inline else (here not in finder.threads)


def work_of_finding(text: str) -> int:
    """Count the calls that a search makes."""
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    finder = PatternFinder()
    sys.setprofile(count)
    try:
        finder.find(text)
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("piece", ["1 ", "1-", "4.", "4 ", "4111 ", "DE89 ", "+1 415 ", "one "])
def test_the_work_of_a_search_grows_no_faster_than_its_text(piece: str) -> None:
    work_of_finding("+1 415 555 2671")  # The numbering plans are loaded once.
    short, long = work_of_finding(piece * 1_000), work_of_finding(piece * 4_000)
    assert long < 4.4 * short + 1_000


@pytest.mark.parametrize("piece", ["1 ", "1-", "0 "])
def test_digits_that_begin_no_card_cost_next_to_nothing(piece: str) -> None:
    assert work_of_finding(piece * 1_000) < 8_000


@dataclass
class Overlapping:
    """Finds stretches that overlap, touch and are empty."""

    kinds: frozenset[str] = frozenset({"AA", "BB"})

    def find(self, text: str) -> Sequence[PersonalData]:
        return [PersonalData("BB", 3, 8), PersonalData("AA", 2, 4), PersonalData("AA", 8, 9),
                PersonalData("BB", 0, 0)]  # fmt: skip


def test_what_overlaps_is_one_under_the_kind_of_the_longer() -> None:
    redaction = Redaction([Overlapping()])
    assert redaction.redact("0123456789") == "01[BB_1][AA_1]9"
    assert redaction.restore("01[BB_1][AA_1]9") == "0123456789"


def test_what_is_blanked_names_nobody_at_any_depth() -> None:
    found = blanked(
        {"to": ["ann@example.org", "[EMAIL_1]"], "bob@example.org": {"card": 4111111111111111}},
        [PatternFinder()],
    )
    assert found == {"to": ["[EMAIL]", "[EMAIL_1]"], "[EMAIL]": {"card": "[CARD]"}}
    for harmless in (None, True, 3, 0.5, "three tickets", ["a"]):
        assert blanked(harmless, [PatternFinder()]) == harmless
