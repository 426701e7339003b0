"""Documents as tagged PDF by typst. Data enters as JSON input, so a value can never become part of the template."""

import io
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import fontpkg_be_vietnam_pro
import msgspec
import segno
import typst

FONTS = Path(fontpkg_be_vietnam_pro.__file__).parent / "files"


STANDARDS: "list[typst.PDFStandard]" = ["ua-1", "a-3a"]


@cache
def _compiler(template: Path) -> typst.Compiler:
    """Kept, because loading the fonts costs more than drawing a page."""
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
    return typst.Compiler(template, root=template.parent, font_paths=fonts, ignore_system_fonts=True)


def render(template: Path, data: dict[str, Any], link: str, made_at: datetime, *, attached: bytes | None = None) -> bytes:
    """PDF/UA-1 and PDF/A-3a; `link` is the address in the QR code. The same data and `made_at` give the same bytes.

    `attached` reaches the template as numbers in JSON (an input is text), for `pdf.attach`.

    About 18 ms of CPU a page: call it from a job, or for one document that a person opens.
    """
    inputs = {"data": msgspec.json.encode(data).decode(), "qr": qr_svg(link)}
    if attached is not None:
        inputs["attached"] = msgspec.json.encode(list(attached)).decode()
    pdf = _compiler(template).compile(format="pdf", sys_inputs=inputs, pdf_standards=STANDARDS, timestamp=int(made_at.timestamp()))
    if not isinstance(pdf, bytes):
        message = f"{template.name}: one document expected"
        raise TypeError(message)
    return pdf


def qr_svg(text: str) -> str:
    """Error level M survives a stamp or a fold over part of the code."""
    buffer = io.BytesIO()
    segno.make_qr(text, error="m").save(buffer, kind="svg", xmldecl=False, svgns=True, border=0)
    return buffer.getvalue().decode()


def qr_image(text: str) -> str:
    """For a page: an address that holds the drawing itself, with the quiet edge that a reader needs around it."""
    return str(segno.make_qr(text, error="m").svg_data_uri(border=4, light="#fff"))
