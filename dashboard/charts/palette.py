"""Colours and marks. A colour means one thing; every colour is backed by a shape, a number or a word."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one ground, light or dark."""

    ground: str
    ink: str
    muted: str
    hairline: str
    accent: str
    sequential: tuple[str, ...]
    diverging: tuple[str, ...]


# One hue, light to dark on paper, reversed on a dark ground: lightness alone carries the order, so the scale
# survives every colour-vision deficiency and a grey printer.
_BLUES = ("#F4F7FA", "#DEE9F3", "#C2D8EA", "#9FC3DF", "#76A9D0", "#4080B6", "#15598F", "#073763")
_BLUES_ON_DARK = ("#18212C", "#1B2F44", "#1F3F5D", "#255179", "#2E6799", "#5B97C9", "#98C4E8", "#D3E7F8")

# Below a baseline vermilion, above it blue, level with it the ground: orange against blue is told apart under every
# colour-vision deficiency, and lightness says how far from zero. Small differences are tinted on purpose.
_EITHER_SIDE = ("#8F3400", "#C24E0A", "#E8874B", "#F6C3A3", "#F6F4F0", "#B3D1EA", "#659FCE", "#1F66A6", "#073763")
_EITHER_SIDE_ON_DARK = (
    "#FFAE7D", "#E2742F", "#A34B1B", "#5A2E18", "#1D2228", "#1D4162", "#2B6BA0", "#62A6DB", "#BBDDF7",
)  # fmt: skip

LIGHT = Palette("#FFFFFF", "#1B1F24", "#66707C", "#E3DFD6", "#0B5FA5", _BLUES, _EITHER_SIDE)
DARK = Palette("#12161C", "#E6E8EB", "#98A2AE", "#2B333F", "#6CB4EE", _BLUES_ON_DARK, _EITHER_SIDE_ON_DARK)


def palette(kind: str | None) -> Palette:
    """The palette for Streamlit's theme type."""
    return DARK if kind == "dark" else LIGHT


@dataclass(frozen=True, slots=True)
class Mark:
    """Colour (Okabe-Ito) and shape of a group of models; `glyph` is the shape in running text.

    `on_dark` is a lighter tone of the same hue where the colour would sink into a dark ground.
    """

    colour: str
    symbol: str
    glyph: str
    on_dark: str | None = None


_INK = "#000000"
"""Text on light fills; black, so that no mid-tone leaves the number below 4.5:1."""
_NEUTRAL = Mark("#8A8F98", "hexagram", "✶")
BASELINE = Mark("", "diamond", "◆")
"""Baselines are ink; the colour comes from the palette."""
CONTROL = Mark("", "circle-open", "○")
"""Controls are muted and hollow: nothing to beat, nothing claimed."""

YOURS = "Your column"
"""Group of what somebody brought, on the page of their own split."""

MARKS: dict[str, Mark] = {
    YOURS: Mark("#0B5FA5", "circle", "●", "#6CB4EE"),
    "Transformer encoder": Mark("#0072B2", "circle", "●", "#4FA3DC"),
    "Transformer decoder": Mark("#E69F00", "square", "■"),
    "State space": Mark("#009E73", "triangle-up", "▲", "#2DC49A"),
    "Long convolution": Mark("#CC79A7", "triangle-down", "▼"),
    "CNN + Transformer": Mark("#D55E00", "pentagon", "⬟", "#F07A28"),
    "CNN": Mark("#56B4E9", "cross", "✚", "#9AD8FF"),
    "Other Transformer": Mark("#7F6FC4", "hexagon", "⬢", "#A597E6"),
    "Alignment": Mark("#B59F00", "star", "★"),
    "Conservation or rule": Mark("#8A8F98", "x", "✖"),
    "Single sequence": Mark("#0072B2", "circle", "●", "#4FA3DC"),
    "MSA": Mark("#E69F00", "square", "■"),
    "Structure": Mark("#009E73", "triangle-up", "▲", "#2DC49A"),
    "Clinical Predictor": Mark("#56B4E9", "cross", "✚", "#9AD8FF"),
    "Structure & MSA": Mark("#D55E00", "pentagon", "⬟", "#F07A28"),
    "Single sequence & Structure": Mark("#CC79A7", "triangle-down", "▼"),
    "Single sequence, Structure & Function annotations": Mark("#7F6FC4", "hexagon", "⬢", "#A597E6"),
}

_WON = Mark("#0B5FA5", "diamond", "◆", "#6CB4EE")
_WON_PAIRED = Mark("#3A85C0", "diamond-open", "◇", "#A9D4F5")
_TIED = Mark("#6E7681", "circle", "●", "#98A2AE")
_LOST = Mark("#B84700", "x", "✕", "#F08A4B")

OUTCOMES: dict[str, Mark] = {
    "PASS": _WON,
    "PASS_PAIRED": _WON_PAIRED,
    "INCONCLUSIVE": _TIED,
    "FAIL": _LOST,
    "above": _WON,
    "level": _TIED,
    "below": _LOST,
}
"""Verdicts, and where only two intervals are known, on which side of the other one lies."""


def outcome_mark(outcome: str, colours: Palette) -> Mark:
    """The mark of a verdict on this ground."""
    found = OUTCOMES[outcome]
    return replace(found, colour=found.on_dark) if colours is DARK and found.on_dark else found


LABELS: dict[int, Mark] = {
    1: Mark("#D55E00", "diamond", "◆", "#F07A28"),
    0: Mark("#0072B2", "circle-open", "○", "#4FA3DC"),
}
"""Single items: positives filled, negatives hollow."""


def with_glyph(label: int, word: str) -> str:
    """The mark of a label in running text, before its word: '◆ pathogenic'."""
    return f"{LABELS[label].glyph} {word}"


def label_mark(label: int, colours: Palette) -> Mark:
    """The mark of items of a label on this ground."""
    found = LABELS[label]
    return replace(found, colour=found.on_dark) if colours is DARK and found.on_dark else found


def mark(group: str | None, colours: Palette) -> Mark:
    """The mark of a group on this ground; a grey hexagram where the group is not known."""
    found = MARKS.get(group or "", _NEUTRAL)
    return replace(found, colour=found.on_dark) if colours is DARK and found.on_dark else found


@lru_cache(maxsize=4096)
def readable_on(colour: str) -> str:
    """Ink or paper, whichever has the higher contrast on a fill (WCAG relative luminance)."""
    paper_and_ink = 1.05 * (_luminance(_INK) + 0.05)
    return _INK if (_luminance(colour) + 0.05) ** 2 > paper_and_ink else "#FFFFFF"


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@lru_cache(maxsize=4096)
def fill(scale: tuple[str, ...], share: float) -> str:
    """Colour at a share in [0, 1] of a scale, interpolated in RGB; shares outside are clipped."""
    place = min(max(share, 0.0), 1.0) * (len(scale) - 1)
    lower = min(int(place), len(scale) - 2)
    weight = place - lower
    first, second = scale[lower], scale[lower + 1]
    mixed = (round(int(first[i : i + 2], 16) * (1 - weight) + int(second[i : i + 2], 16) * weight) for i in (1, 3, 5))
    return "#" + "".join(f"{channel:02X}" for channel in mixed)
