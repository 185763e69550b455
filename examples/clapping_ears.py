"""Ears of one's own: somebody who does not speak claps once for yes and twice for no.

In a package, `[project.entry-points."weft.ears"]` with `clapping = "clapping_ears:clapping"`
lets a configuration say `interaction: {ears: clapping}`; docs/ears-and-voices.md has the rest.
"""

from collections.abc import Mapping

import numpy as np

import weft

WORDS = {1: "yes", 2: "no"}


class ClappingEars:
    """Counts claps until it has been quiet for a while."""

    def __init__(self, loud: float) -> None:
        self.loud = loud
        self.claps = self.quiet_slots = 0

    def perceive(self, senses: weft.Senses) -> weft.MicroTurnInput:
        """Hear 200 ms; a slot in which it is loud has a clap in it."""
        is_loud = float(np.abs(senses.samples).max()) > self.loud
        self.claps += is_loud
        self.quiet_slots = 0 if is_loud else self.quiet_slots + 1
        word = ""
        if self.quiet_slots == 3:
            word, self.claps = WORDS.get(self.claps, ""), 0
        return weft.MicroTurnInput(index=senses.index, text=word, user_active=self.claps > 0)


def clapping(options: Mapping[str, object], seed: int) -> weft.Ears:
    """Make the ears of one session, with what stands under `options` in the file."""
    return ClappingEars(loud=float(str(options.get("loud", 0.3))))


def main() -> None:
    ears = clapping({"loud": 0.5}, seed=0)
    slots = [0.0, 0.9, 0.0, 0.0, 0.0, 0.0, 0.9, 0.9, 0.0, 0.0, 0.0]
    for index, loudness in enumerate(slots):
        samples = np.full(3_200, loudness, dtype=np.float32)
        heard = ears.perceive(weft.Senses(index=index, samples=samples))
        if heard.text:
            print(f"{index * 0.2:.1f} s: {heard.text}")


if __name__ == "__main__":
    main()
