"""One finding as a card: what, how often, what to do, and its first places with their pictures."""

import base64

from lensmith.data.doctor.contract import Exhibit, Finding
from lensmith.data.thumbnails import make_thumbnail
from lensmith.errors import DataError
from lensmith.markup.elements import element, escape
from lensmith.types import ImageRef

THUMBNAIL_PX = 160
# Cards stay readable, and the page small, whatever was found.
_EXHIBITS = 12
_PICTURES = 4


def render_finding(finding: Finding) -> str:
    """The card."""
    head = element("span", escape(finding.severity), kind="severity") + " " + element("code", escape(finding.code))
    exhibits = "".join(_exhibit(exhibit) for exhibit in finding.exhibits[:_EXHIBITS])
    shown = min(len(finding.exhibits), _EXHIBITS)
    rest = f"The first {shown} places." if finding.count > shown > 0 else ""
    return element(
        "section",
        element("p", head)
        + element("h3", escape(finding.summary))
        + element("p", escape(finding.advice), kind="advice")
        + (element("p", escape(rest), kind="quiet") if rest else "")
        + (element("ul", exhibits, kind="exhibits") if exhibits else ""),
        kind=f"finding {finding.severity}",
    )


def _exhibit(exhibit: Exhibit) -> str:
    pictures = "".join(_picture(image) for image in exhibit.pictures[:_PICTURES])
    words = element("p", escape(exhibit.found)) + element("p", element("code", escape(exhibit.where)), kind="quiet")
    framed = element("div", pictures, kind="pictures") if pictures else ""
    return element("li", framed + element("div", words, kind="words"))


def _picture(image: ImageRef) -> str:
    try:
        small = make_thumbnail(image, THUMBNAIL_PX)
    except DataError:
        # It could be read a moment ago: its place says which it was.
        return element("span", escape(f"{image.name} cannot be read any more"), kind="quiet")
    data = base64.b64encode(small.jpeg).decode("ascii")
    title = escape(f"{image.name}, {small.full_width_px} × {small.full_height_px}")
    size = f'width="{small.width_px}" height="{small.height_px}"'
    return f'<img src="data:image/jpeg;base64,{data}" {size} alt="{title}" title="{title}" loading="lazy">'
