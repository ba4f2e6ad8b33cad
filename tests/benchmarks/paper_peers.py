"""One pile of paper by others: run by a peer's own interpreter as `python paper_peers.py NAME FONTS OUT < ORDERS`.

Each peer sets the same values as its manual shows it (fpdf2 2.8.9, ReportLab 5.1.0, WeasyPrint 70.0), on A6, with the fonts that
we ship; none gets more help than its own fallback from font to font. Prints seconds and the process's peak in MB as JSON.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import Any

Orders = list[dict[str, Any]]
TITLES = ("Delivery slip", "Address", "Pick list")
OUTLINES = (
    "NotoSans[wght].ttf", "files/IBMPlexSansArabic-Regular.ttf", "NotoSansHebrew[wght].ttf", "NotoSansThai[wght].ttf",
    "NotoSansDevanagari[wght].ttf", "NotoEmoji[wght].ttf",
)  # fmt: skip
COLLECTION = "NotoSansCJK-VF.otf.ttc"


def rows(order: Mapping[str, Any], title: str) -> list[str]:
    """Return the lines of one document of an order."""
    there, head = list(order["address"].values()), [f"{title} {order['order']}"]
    lines = [f"{one['quantity']} x {one['title']} {one['sku']}" for one in order["lines"]]
    return head + {"Address": there, "Pick list": lines}.get(title, there + lines)


def fpdf2(orders: Orders, fonts: list[Path], out: Path) -> None:
    """Set them with fpdf2, its shaping by HarfBuzz switched on."""
    import fpdf

    pdf: Any = fpdf.FPDF(format=(105, 148))
    known = []
    for number, font in enumerate(fonts):
        try:
            pdf.add_font(f"f{number}", fname=str(font))
            known.append(f"f{number}")
        except Exception as error:  # noqa: BLE001 - whatever a peer raises, the other fonts are tried
            print(f"fpdf2 takes no {font.name}: {error}", file=sys.stderr)
    pdf.set_font(known[0], size=9)
    pdf.set_fallback_fonts(known[1:], exact_match=False)
    pdf.set_text_shaping(use_shaping_engine=True)
    for order in orders:
        for title in TITLES:
            pdf.add_page()
            for row in rows(order, title):
                pdf.multi_cell(0, 5, row, new_x="LMARGIN", new_y="NEXT")
    pdf.output(str(out))


def reportlab(orders: Orders, fonts: list[Path], out: Path) -> None:
    """Set them with ReportLab's platypus, which knows one font for a paragraph."""
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.lib.units import mm
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate

    pdfmetrics.registerFont(TTFont("noto", str(fonts[0])))
    style = ParagraphStyle("body", fontName="noto", fontSize=9, leading=12, splitLongWords=1)
    story: list[Any] = []
    for order in orders:
        for title in TITLES:
            story += [*(Paragraph(escape(row), style) for row in rows(order, title)), PageBreak()]
    SimpleDocTemplate(str(out), pagesize=(105 * mm, 148 * mm), margin=10).build(story)


def weasyprint(orders: Orders, fonts: list[Path], out: Path) -> None:
    """Set them with WeasyPrint from one page of HTML; Pango chooses among our fonts and the machine's."""
    import weasyprint as peer

    faces = "".join(f"@font-face{{font-family:f{n};src:url('file://{font}')}}" for n, font in enumerate(fonts))
    family = ",".join(f"f{n}" for n in range(len(fonts)))
    style = f"{faces}@page{{size:105mm 148mm;margin:10mm}}body{{font:9pt {family}}}section{{break-after:page}}p{{overflow-wrap:anywhere;margin:2pt}}"
    body = "".join(
        f"<section>{''.join(f'<p dir=auto>{escape(row)}</p>' for row in rows(order, title))}</section>"
        for order in orders
        for title in TITLES
    )
    peer.HTML(string=f"<meta charset=utf-8><style>{style}</style>{body}").write_pdf(str(out))


PEERS: Mapping[str, Callable[[Orders, list[Path], Path], None]] = {
    "fpdf2": fpdf2,
    "reportlab": reportlab,
    "weasyprint": weasyprint,
}


def main(name: str, folders: list[str], out: Path) -> None:
    """Set what stands on stdin and print what it took."""
    orders = json.load(sys.stdin)
    fonts = [
        Path(folder) / file for file in (*OUTLINES, COLLECTION) for folder in folders if (Path(folder) / file).exists()
    ]
    before = time.perf_counter()
    PEERS[name](orders, fonts, out)
    took = time.perf_counter() - before
    print(
        json.dumps({"seconds": round(took, 2), "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024})
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2].split(":"), Path(sys.argv[3]))
