"""One page with every picture side by side, for a person to look at: a script sees much, but not everything."""

from html import escape
from pathlib import Path

VARIANTS = ("light", "dark", "bare", "forced")
FRAME = """<!DOCTYPE html><meta charset="utf-8"><title>Contact sheet</title>
<style>body{{font:14px sans-serif;margin:12px}}figure{{display:inline-block;margin:6px;vertical-align:top;width:240px}}
img{{width:240px;max-height:900px;object-fit:cover;object-position:top;border:1px solid #999}}</style>{figures}"""


def sheet(pictures: Path, names: list[str]) -> Path:
    """Write contact-sheet.html into the folder of the pictures and return its path."""
    figures = [
        f'<figure><img src="{escape(name)}-{variant}.png"><figcaption>{escape(name)}, {variant}</figcaption></figure>'
        for name in names
        for variant in VARIANTS
    ]
    page = pictures / "contact-sheet.html"
    page.write_text(FRAME.format(figures="\n".join(figures)), encoding="utf-8")
    return page
