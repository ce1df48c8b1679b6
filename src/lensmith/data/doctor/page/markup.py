"""Text made safe, and the few elements that the page is built of."""

import html
from collections.abc import Iterable, Sequence

STYLE = """
:root{--ink:#1d2430;--quiet:#5b6675;--paper:#fbfbf9;--card:#fff;--line:#d9dde3;--bar:#3b6ea8;--error:#a4231d;
--warning:#8a5a00;--note:#33648f;--good:#1d6b3a}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ee;--quiet:#9aa5b4;--paper:#14171c;--card:#1c2128;--line:#343b46;
--bar:#6fa3dc;--error:#ff8f87;--warning:#e6b450;--note:#8fc1ee;--good:#76d19a}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:64rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font-size:1.6rem;margin:.5rem 0 0}h2{font-size:1.2rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:0}
p{margin:.4rem 0}.quiet{color:var(--quiet);overflow-wrap:anywhere}
.verdict{font-weight:600}.bad{color:var(--error)}.good{color:var(--good)}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
.plots{display:flex;flex-wrap:wrap;gap:1rem;margin-top:1rem}
figure{margin:0;flex:1 1 20rem;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.7rem}
figcaption{font-weight:600;font-size:.95rem}svg{width:100%;height:auto;display:block}
svg text{fill:var(--ink);font:11px system-ui,sans-serif}svg .bar{fill:var(--bar)}svg .limit{stroke:var(--error)}
svg .axis{stroke:var(--line)}
.finding{background:var(--card);border:1px solid var(--line);border-left-width:5px;border-radius:8px;
padding:.8rem 1rem;margin:.8rem 0}
.error{border-left-color:var(--error)}.warning{border-left-color:var(--warning)}.note{border-left-color:var(--note)}
.error .severity{color:var(--error)}.warning .severity{color:var(--warning)}.note .severity{color:var(--note)}
.severity{font-size:.8rem;font-weight:700;text-transform:uppercase;letter-spacing:.05em}
.exhibits{list-style:none;padding:0;margin:.6rem 0 0}
.exhibits li{display:flex;gap:.8rem;align-items:flex-start;padding:.4rem 0;border-top:1px solid var(--line)}
.exhibits .words{min-width:0;overflow-wrap:anywhere;font-size:.92rem}
.pictures{display:flex;gap:.4rem;flex:none;flex-wrap:wrap;max-width:21rem}
.pictures img{max-width:160px;max-height:160px;border:1px solid var(--line);border-radius:4px;background:#fff}
code{font:.85em ui-monospace,monospace;overflow-wrap:anywhere}.problems{padding-left:1.2rem;font-size:.92rem}
@media(max-width:40rem){.exhibits li{flex-direction:column}}
""".replace("\n", "")


def escape(text: str) -> str:
    """Text as it may stand in the page, in an attribute too; what no page may hold becomes a mark.

    >>> escape('<b a="1">')
    '&lt;b a=&quot;1&quot;&gt;'
    """
    whole = text.encode("utf-8", "replace").decode("utf-8")
    shown = "".join(sign if sign.isprintable() or sign in "\n\t " else "\ufffd" for sign in whole)
    return html.escape(shown, quote=True)


def element(name: str, content: str, *, kind: str = "") -> str:
    """An element around content that is markup already.

    >>> element("p", escape("a & b"), kind="quiet")
    '<p class="quiet" dir="auto">a &amp; b</p>'
    """
    classes = f' class="{escape(kind)}"' if kind else ""
    direction = ' dir="auto"' if name in ("p", "code", "h3") else ""
    return f"<{name}{classes}{direction}>{content}</{name}>"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of texts."""
    head = element("tr", "".join(element("th", escape(heading)) for heading in headings))
    lines = "".join(element("tr", "".join(element("td", escape(cell)) for cell in row)) for row in rows)
    return element("div", element("table", element("thead", head) + element("tbody", lines)), kind="scroll")
