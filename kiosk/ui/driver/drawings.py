"""What to look at and what to do, drawn: bolt, cable and sticker seals, the card and the reader, the way out.

All are drawn on one grid of points, so that they can be made larger where the screen has room. What the
driver should look at or do is yellow and is an arrow, a ring or a beam; the rest is grey.
"""

from functools import lru_cache

from kiosk.console.messages import SealForm
from kiosk.ui.driver.raster import Ink, Shape, cut, disc, points, polygon, rectangle, ring
from kiosk.ui.driver.view import Sketch, Subject

WIDTH = 40
"""Points across, one to a column at scale 1."""
HEIGHT = 24
"""Points down, two to a row at scale 1."""

Shapes = tuple[Shape, ...]


@lru_cache(maxsize=64)
def draw(sketch: Sketch, scale: int) -> tuple[tuple[Ink | None, ...], ...]:
    """Draw a sketch.

    Args:
        sketch: What to draw.
        scale: 1 for WIDTH columns, 2 for twice as many, and so on.

    Returns:
        HEIGHT x scale rows of WIDTH x scale points.
    """
    return points(_shapes(sketch), WIDTH, HEIGHT, scale)


def _shapes(sketch: Sketch) -> Shapes:
    scene = _SCENES.get(sketch.subject)
    if scene is not None:
        return scene
    if sketch.subject is Subject.SCAN:
        return (*_label_to_scan(sketch.seal), *_SCANNER)
    if sketch.seal is SealForm.STICKER:
        return (*_CARTON, *_STICKER, *(_PEEL if sketch.subject is Subject.PULL else _magnifier(20, 12)))
    seal = _CABLE if sketch.seal is SealForm.CABLE else _BOLT
    return (*seal, *_WHAT_TO_DO[sketch.subject])


# --- seals ------------------------------------------------------------------------------------------


def _bars(x: float, y: float, height: float) -> Shapes:
    """A bar code, 10 points wide."""
    widths = ((0, 1), (2, 2), (5, 1), (7, 1), (9, 1))
    return tuple(rectangle(Ink.BLACK, x + start, y, width, height) for start, width in widths)


_HASP: Shapes = (rectangle(Ink.DARK, 8, 7, 24, 3), rectangle(Ink.DARK, 8, 11, 24, 3))
"""The two plates of a container door's lock, one over the other."""
_BOLT: Shapes = (
    rectangle(Ink.LIGHT, 18, 3, 4, 14),
    *_HASP,
    rectangle(Ink.BLACK, 17, 7, 1, 7),
    rectangle(Ink.BLACK, 22, 7, 1, 7),
    rectangle(Ink.LIGHT, 18, 7, 4, 7),
    disc(Ink.METAL, 20, 3.5, 6, 2.5),
    rectangle(Ink.METAL, 14, 3.5, 12, 2),
    rectangle(Ink.METAL, 14, 16, 12, 7),
    *_bars(15, 17, 4),
)
_CABLE: Shapes = (
    ring(Ink.LIGHT, 20, 10, 10, 9, thick=2),
    *_HASP,
    cut(ring(Ink.LIGHT, 20, 10, 10, 9, thick=2), 10, 7, 15, 20),
    rectangle(Ink.LIGHT, 26, 21, 6, 2),
    rectangle(Ink.METAL, 13, 16, 14, 7),
    *_bars(15, 17, 4),
)
_CARTON: Shapes = (
    polygon(Ink.LIGHT, (6, 5), (11, 1), (35, 1), (32, 5)),
    polygon(Ink.DARK, (32, 5), (35, 1), (35, 19), (32, 23)),
    rectangle(Ink.CARTON, 6, 5, 26, 18),
    rectangle(Ink.LIGHT, 17, 5, 4, 18),
)
_STICKER: Shapes = (
    rectangle(Ink.BLACK, 11, 8, 17, 10),
    rectangle(Ink.LIGHT, 12, 9, 15, 8),
    *_bars(14, 10, 5),
)


def _label_to_scan(form: SealForm | None) -> Shapes:
    """The seal's label alone, large and at the left, for the scanner to point at."""
    body = Ink.LIGHT if form is SealForm.STICKER else Ink.METAL
    hung: Shapes = ()
    if form is SealForm.BOLT:
        hung = (rectangle(Ink.LIGHT, 8, 0, 4, 6),)
    elif form is SealForm.CABLE:
        hung = (cut(ring(Ink.LIGHT, 10, 7, 8, 7, thick=2), 0, 0, 20, 7),)
    return (*hung, rectangle(body, 2, 6, 16, 16), *_bars(5, 8, 12))


# --- what to do -------------------------------------------------------------------------------------


def _magnifier(x: float, y: float) -> Shapes:
    """A magnifying glass: look here."""
    return (
        polygon(Ink.MARK, (x + 7, y + 5.5), (x + 9, y + 3.5), (x + 16, y + 8.5), (x + 14, y + 11)),
        ring(Ink.MARK, x, y, 11, 9, thick=2),
    )


def _pull_arrow(x: float) -> Shapes:
    """Pull down."""
    return (rectangle(Ink.MARK, x - 1.5, 5, 3, 11), polygon(Ink.MARK, (x - 4.5, 15), (x + 4.5, 15), (x, 23)))


_PEEL: Shapes = (
    polygon(Ink.LIGHT, (27, 9), (27, 15), (21, 9)),
    polygon(Ink.MARK, (25, 13), (27, 15), (36, 6), (34, 4)),
    polygon(Ink.MARK, (30, 2), (39, 1), (38, 10)),
)
"""Lift the corner."""
_TURN: Shapes = (
    cut(ring(Ink.MARK, 20, 13, 18, 8, thick=2), 0, 15, 13, 24),
    cut(ring(Ink.MARK, 20, 13, 18, 8, thick=2), 27, 15, 40, 24),
    polygon(Ink.MARK, (0, 15.5), (7, 15.5), (3, 9.5)),
    polygon(Ink.MARK, (33, 15.5), (40, 15.5), (37, 9.5)),
)
"""Turn to both sides."""
_SCANNER: Shapes = (
    rectangle(Ink.BEAM, 3, 12, 26, 2),
    rectangle(Ink.MARK, 28, 9, 12, 7),
    polygon(Ink.MARK, (32, 16), (39, 16), (38, 24), (33, 24)),
    rectangle(Ink.MARK, 30, 16, 1, 4),
    rectangle(Ink.MARK, 30, 19, 4, 1),
)
_CARD: Shapes = (
    rectangle(Ink.METAL, 2, 18, 22, 5),
    rectangle(Ink.DARK, 4, 19, 18, 2),
    polygon(Ink.MARK, (5, 3), (22, 3), (22, 13), (5, 13)),
    rectangle(Ink.BLACK, 7, 5, 5, 3),
    rectangle(Ink.BLACK, 7, 10, 12, 1),
    rectangle(Ink.MARK, 12, 13, 3, 1),
    cut(ring(Ink.LIGHT, 22, 15, 6, 6, thick=1.2), 24, 9, 40, 21),
    cut(ring(Ink.LIGHT, 22, 15, 10, 9, thick=1.2), 27, 6, 40, 24),
    cut(ring(Ink.LIGHT, 22, 15, 14, 12, thick=1.2), 30, 3, 40, 24),
)
_WAY_OUT: Shapes = (
    rectangle(Ink.METAL, 2, 8, 5, 16),
    polygon(Ink.BEAM, (3, 8), (6, 9.5), (16, 0), (11, 0)),
    rectangle(Ink.MARK, 12, 13, 16, 5),
    polygon(Ink.MARK, (28, 8), (28, 23), (39, 15.5)),
)
_SCENES = {Subject.CARD: _CARD, Subject.PACKAGE: (*_CARTON, *_magnifier(20, 13)), Subject.DRIVE: _WAY_OUT}
_WHAT_TO_DO = {
    Subject.LOOK: _magnifier(20, 15),
    Subject.PULL: (*_pull_arrow(4.5), *_pull_arrow(35.5)),
    Subject.TWIST: _TURN,
}
