"""One page of A4 on which text and codes are put at their places, and the PDF that pages make."""

import io
from collections.abc import Sequence
from typing import Final

import pydyf

from kiosk.console import qr
from kiosk.paper import fonts

WIDTH, HEIGHT = 595.28, 841.89
"""A4, in points of 1/72 inch."""

MARGIN: Final = 42.0


class Canvas:
    """What is drawn on a page."""

    def __init__(self) -> None:
        self.stream = pydyf.Stream()

    def text(self, font: str, size: float, y: float, text: str, x: float = MARGIN) -> None:
        """A line of text, its foot so many points above the page's."""
        self.stream.begin_text()
        self.stream.set_font_size(font, size)
        self.stream.set_text_matrix(1, 0, 0, 1, x, y)
        self.stream.show_text_string(fonts.coded(text))
        self.stream.end_text()

    def line(self, y: float) -> None:
        """A thin line from margin to margin."""
        self.stream.rectangle(MARGIN, y, WIDTH - 2 * MARGIN, 0.5)
        self.stream.fill()

    def box(self, x: float, y: float, wide: float, high: float, *, crossed: bool = False) -> None:
        """The outline of a box, its foot so many points above the page's; one to be ticked may be crossed already."""
        self.stream.set_line_width(1)
        self.stream.rectangle(x, y, wide, high)
        if crossed:
            for left, right in ((y, y + high), (y + high, y)):
                self.stream.move_to(x, left)
                self.stream.line_to(x + wide, right)
        self.stream.stroke()

    def code(self, text: str, side: float, foot: float, x: float = MARGIN) -> None:
        """A QR code. Its light margin lies beyond x, so that its dark edge stands under a text's.

        Args:
            text: What it says.
            side: Its width with its margin, in points.
            foot: Where its lower edge is.
            x: Where its dark part begins.
        """
        rows = qr.modules(text, qr.QUIET)
        module = side / len(rows)
        left = x - qr.QUIET * module
        for down, row in enumerate(rows):
            for across, dark in enumerate(row):
                if dark:
                    self.stream.rectangle(left + across * module, foot + side - (down + 1) * module, module, module)
        self.stream.fill()


def pdf_of(canvases: Sequence[Canvas]) -> bytes:
    """The pages as a PDF: the same ones make the same bytes."""
    pdf, used = pydyf.PDF(), fonts.objects()
    for font in used.values():
        pdf.add_object(font)
    references = pydyf.Dictionary({name: font.reference for name, font in used.items()})
    for canvas in canvases:
        pdf.add_object(canvas.stream)
        pdf.add_page(
            pydyf.Dictionary(
                {
                    "Type": "/Page",
                    "Parent": pdf.pages.reference,
                    "MediaBox": pydyf.Array([0, 0, WIDTH, HEIGHT]),
                    "Contents": canvas.stream.reference,
                    "Resources": pydyf.Dictionary({"Font": references}),
                }
            )
        )
    out = io.BytesIO()
    pdf.write(out)
    return out.getvalue()
