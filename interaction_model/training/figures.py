"""A person as a stick figure: poses, what they can do, and how they are drawn.

Positions and sizes are shares of the picture, angles are degrees from hanging down, outward.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageDraw

from weft.interaction_model.training.pictures import COLOURS, Colour, Pen, dot, near


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a figure's limbs are; all zero is standing with hanging arms."""

    left_arm: float = 8.0
    right_arm: float = 8.0
    left_leg: float = 6.0
    right_leg: float = 6.0
    crouch: float = 0.0
    lift: float = 0.0
    lean: float = 0.0
    aside: float = 0.0


def _amount(phase: float) -> float:
    """Out and back within one repetition, 0 … 1 … 0."""
    return 0.5 - 0.5 * math.cos(2 * math.pi * min(1.0, max(0.0, phase)))


def _jumping_jack(phase: float) -> Pose:
    a = _amount(phase)
    return Pose(8 + 150 * a, 8 + 150 * a, 6 + 26 * a, 6 + 26 * a, lift=0.3 * math.sin(math.pi * a))


def _squat(phase: float) -> Pose:
    a = _amount(phase)
    return Pose(8 + 70 * a, 8 + 70 * a, 8 + 4 * a, 8 + 4 * a, crouch=a)


def _arm_raise(phase: float) -> Pose:
    a = _amount(phase)
    return Pose(8 + 160 * a, 8 + 160 * a)


def _side_bend(phase: float) -> Pose:
    a = _amount(phase)
    return Pose(8 + 25 * a, 8 + 140 * a, lean=34 * a)


def _leg_raise(phase: float) -> Pose:
    a = _amount(phase)
    return Pose(8 + 30 * a, 8 + 30 * a, left_leg=6 + 66 * a, lean=6 * a)


def _jump(phase: float) -> Pose:
    a = _amount(phase)
    return Pose(8 + 50 * a, 8 + 50 * a, lift=a, crouch=0.25 * (1 - a) * math.sin(math.pi * phase))


REPETITIONS: dict[str, Callable[[float], Pose]] = {
    "jumping jacks": _jumping_jack,
    "squats": _squat,
    "arm raises": _arm_raise,
    "side bends": _side_bend,
    "leg raises": _leg_raise,
    "jumps": _jump,
}
"""A repetition's pose at a phase of 0 … 1; it begins and ends in the same one."""


def _waving(cycles: float) -> Pose:
    return Pose(right_arm=140 + 32 * math.sin(2 * math.pi * cycles))


def _clapping(cycles: float) -> Pose:
    gap = 55 + 30 * math.cos(2 * math.pi * cycles)
    return Pose(gap, gap)


def _walking(cycles: float) -> Pose:
    swing = 22 * math.sin(2 * math.pi * cycles)
    return Pose(
        8 + swing, 8 - swing, 6 - swing, 6 + swing, aside=0.16 * math.sin(0.5 * math.pi * cycles)
    )


def _jumping(cycles: float) -> Pose:
    return Pose(25, 25, lift=abs(math.sin(math.pi * cycles)))


def _dancing(cycles: float) -> Pose:
    sway = math.sin(2 * math.pi * cycles)
    return Pose(80 + 50 * sway, 80 - 50 * sway, lean=14 * sway, aside=0.04 * sway)


DOINGS: dict[str, Callable[[float], Pose]] = {
    "waving": _waving,
    "clapping": _clapping,
    "walking": _walking,
    "jumping": _jumping,
    "dancing": _dancing,
}
"""What goes on for a while: the pose after so many cycles of its rhythm."""


def between(one: Pose, other: Pose, share: float) -> Pose:
    """Give the pose that lies `share` of the way from one to the other."""
    return Pose(*(a + (b - a) * share for a, b in zip(_numbers(one), _numbers(other), strict=True)))


def _numbers(pose: Pose) -> tuple[float, ...]:
    return (
        pose.left_arm,
        pose.right_arm,
        pose.left_leg,
        pose.right_leg,
        pose.crouch,
        pose.lift,
        pose.lean,
        pose.aside,
    )


@dataclass(frozen=True, slots=True)
class Figure:
    """A person seen from the front: where they stand, how tall they are, what they wear."""

    x: float
    ground: float
    height: float
    girth: float
    skin: Colour
    shirt: Colour
    trousers: Colour

    @classmethod
    def made(cls, rng: random.Random) -> "Figure":
        """Make somebody."""
        clothes = list(COLOURS.values())
        tone = rng.uniform(0.35, 1.0)
        return cls(
            x=rng.uniform(0.3, 0.7),
            ground=rng.uniform(0.82, 0.97),
            height=rng.uniform(0.55, 0.74),
            girth=rng.uniform(0.8, 1.4),
            skin=(int(245 * tone), int(200 * tone), int(165 * tone)),
            shirt=near(rng, rng.choice(clothes)),
            trousers=near(rng, rng.choice(clothes)),
        )

    def draw(self, image: Image.Image, pose: Pose) -> None:
        """Draw the figure in a pose."""
        pen = ImageDraw.Draw(image)
        tall = self.height * image.height
        leg, torso, arm = 0.47 * tall, 0.33 * tall, 0.36 * tall
        thick = max(2, round(0.055 * tall * self.girth))
        lift = pose.lift * 0.16 * tall
        hip = (
            (self.x + pose.aside) * image.width,
            self.ground * image.height - lift - leg * (1 - 0.48 * pose.crouch),
        )
        for side, angle in ((-1, pose.left_leg), (1, pose.right_leg)):
            turned = math.radians(angle)
            foot = (
                hip[0] + side * leg * math.sin(turned),
                hip[1] + leg * math.cos(turned) * (1 - 0.48 * pose.crouch),
            )
            knee = (
                (hip[0] + foot[0]) / 2 + side * 0.3 * leg * pose.crouch,
                (hip[1] + foot[1]) / 2,
            )
            _limb(pen, (hip, knee, foot), thick, self.trousers)
        leant = math.radians(pose.lean)
        up = (math.sin(leant), -math.cos(leant))
        neck = (hip[0] + torso * up[0], hip[1] + torso * up[1])
        _limb(pen, (hip, neck), round(thick * 2.1), self.shirt)
        for side, angle in ((-1, pose.left_arm), (1, pose.right_arm)):
            turned = math.radians(angle) + side * leant
            shoulder = (neck[0] + side * thick * 1.1, neck[1] + thick * 0.6)
            hand = (
                shoulder[0] + side * arm * math.sin(turned),
                shoulder[1] + arm * math.cos(turned),
            )
            _limb(pen, (shoulder, hand), thick, self.shirt)
            dot(pen, hand, thick * 0.7, self.skin)
        head = 0.095 * tall
        dot(pen, (neck[0] + 1.1 * head * up[0], neck[1] + 1.1 * head * up[1]), head, self.skin)


def _limb(pen: Pen, points: tuple[tuple[float, float], ...], thick: int, colour: Colour) -> None:
    pen.line(points, fill=colour, width=thick, joint="curve")
    for point in points:
        dot(pen, point, thick / 2, colour)
