"""Labels as carriers might send them, written by hand (ISO 32000-1, 7.5): a frame, a square, bars; and what is none."""

from jobs.paper.barcode import bars

CODE, SQUARE = "0037071234", 60
"""What the bars of a label say, and the side in points of the black square on it."""


def pdf(pages: list[tuple[float, float, str]], trailer: str = "") -> bytes:
    """Return a PDF of pages: width and height in points, and what is drawn on each; plus more for the trailer."""
    kids = " ".join(f"{3 + 2 * number} 0 R" for number in range(len(pages)))
    bodies = ["<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Count {len(pages)}/Kids[{kids}]>>"]
    for number, (wide, high, drawn) in enumerate(pages):
        bodies.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {wide} {high}]/Contents {4 + 2 * number} 0 R/Resources<<>>>>"
        )
        bodies.append(f"<</Length {len(drawn)}>>\nstream\n{drawn}\nendstream")
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    rows = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(bodies) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{rows}trailer\n<</Size {size}/Root 1 0 R{trailer}>>\nstartxref\n{len(out)}\n%%EOF\n"
    return out + end.encode()


def drawn(left: float, below: float, unit: float = 1.1) -> str:
    """Return a black square and bars beside it, on a page's lower left corner and further in."""
    at, parts = left + SQUARE + 30.0, [f"{left} {below} {SQUARE} {SQUARE} re f"]
    for number, wide in enumerate(bars(CODE)):
        if number % 2 == 0:
            parts.append(f"{at:.2f} {below} {wide * unit:.2f} {SQUARE} re f")
        at += wide * unit
    return "\n".join(parts)


def label(wide: float, high: float, left: float = 10, below: float = 20, pages: int = 1) -> bytes:
    """Return a label of a size in points, what is drawn on it so far from the lower left corner."""
    return pdf([(wide, high, drawn(left, below))] * pages)


LOCKED = pdf(
    [(288, 432, drawn(10, 20))],
    "/Encrypt<</Filter/Standard/V 1/R 2/P -44/O<" + "11" * 32 + ">/U<" + "22" * 32 + ">>>/ID[<00><00>]",
)
NONE = {
    "nothing": b"",
    "a page of the web": b"<html>502 Bad Gateway</html>",
    "half": label(288, 432)[:300],
    "rubbish": b"%PDF-1.7\n" + bytes(range(256)) * 9,
    "no page": pdf([]),
    "a field": label(7_000, 7_000),
}
"""What is no label, by what it is."""
