"""The weave bench: an oracle loses nothing, and the auditor sees a model that does."""

import random
from collections import Counter

from tests.bench.policies import Silent, hands_everything_over
from tests.fakes.meaning import FakeMeaning
from weft.background_agents.types import AgentUpdate, ContextPackage, UpdateKind
from weft.bench import weave
from weft.bench._background import UnreliableQueue
from weft.bench._report import Asked
from weft.clock import VirtualClock
from weft.interaction_model.model_stream import load_stream
from weft.meaning import SentenceMeaning

COUNTS = ("lost", "said_twice", "talked_over_user", "stale_said", "invented")


def test_every_situation_can_be_held() -> None:
    for name, script in weave.SITUATIONS.items():
        assert script(random.Random(name)), name


def test_an_oracle_says_every_result_once_at_the_right_time() -> None:
    found = weave.measure(hands_everything_over(), FakeMeaning(), seed=2, size=12)
    faulty = {each.number: each.situations for each in found.held if each.faults}
    assert {name: found.total(name) for name in COUNTS} == dict.fromkeys(COUNTS, 0), faulty
    assert found.total("results") > 12
    assert found.latency_slots(50) <= 1


def test_a_silent_model_loses_what_the_backstop_asked_for() -> None:
    found = weave.measure(Silent(), FakeMeaning(), seed=2, size=3)
    assert found.total("results") > 0
    assert found.total("lost") > 0
    assert found.total("said_twice") == 0


def test_the_same_seed_gives_the_same_conversations() -> None:
    model = hands_everything_over()
    first = weave.measure(model, FakeMeaning(), seed=4, size=2)
    assert first == weave.measure(model, FakeMeaning(), seed=4, size=2)


def test_the_queue_delivers_twice_late_and_out_of_order() -> None:
    clock = VirtualClock()
    queue = UnreliableQueue(clock, random.Random(1))
    kinds: Counter[str] = Counter()
    for number in range(60):
        delegation_id = f"s.{number}"
        queue.submit_nowait(
            ContextPackage(
                delegation_id=delegation_id, session_id="s", cutoff_index=0, request="why?"
            )
        )
        queue.publish_nowait(
            AgentUpdate(
                session_id="s",
                delegation_id=delegation_id,
                revision=0,
                attempt=1,
                sequence=0,
                kind=UpdateKind.RESULT,
                text="because",
                final=True,
            )
        )
        arrived = queue.updates_nowait("s")
        assert any(each.text == "because" and each.attempt == 1 for each in arrived)
        kinds.update(f"{each.attempt}" for each in arrived)
        queue.cancel_nowait(delegation_id)
    assert kinds["1"] > 60, "some came twice"
    assert kinds["0"] > 0, "some came from an older attempt"
    assert len(queue.troubles) == 5


def test_conversations_are_the_same_in_processes_of_their_own() -> None:
    meaning = SentenceMeaning(inline=True)
    here = weave.measure(load_stream(), meaning, seed=3, size=2)
    apart = weave.measure_apart(Asked(seed=3), size=2, processes=2)
    assert apart == here
