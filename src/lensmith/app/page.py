"""The page: a question to both models, and the errors of the run. Text from data is shown in text fields only."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from lensmith.app.mistakes import KINDS, Change, Changes
from lensmith.app.pair import ModelPair, Replies, Reply, Upload
from lensmith.data.images import decode
from lensmith.errors import DataError
from lensmith.training.markdown import escape

STYLE = """
.gradio-container { max-width: 1100px !important; margin: 0 auto !important; }
.answer textarea { font-size: 1.25rem; line-height: 1.4; font-weight: 600; }
.walk { flex-wrap: nowrap !important; }
.position { text-align: center; align-self: center; min-width: 5em !important; }
.problem textarea { color: var(--error-text-color, #b91c1c); }
footer { display: none !important; }
"""


@dataclass(frozen=True, slots=True)
class About:
    """What the page says on top.

    Attributes:
        run: the run's name.
        base: the base's name.
        sentence: what the run came to.
        sides: how base and tuned model are held.
    """

    run: str
    base: str
    sentence: str
    sides: str


def build_page(pair: ModelPair, changes: Changes, about: About) -> gr.Blocks:
    """The page of a run, not yet served."""
    with gr.Blocks(title=f"lensmith: {about.run}", analytics_enabled=False, delete_cache=(3600, 3600)) as page:
        gr.Markdown(f"## {escape(about.run)}\nBase: {escape(about.base)}. Tuned: {escape(about.sentence, 400)}.")
        with gr.Tab("Ask", id="ask"):
            _build_asking(pair)
        with gr.Tab("Errors of the run", id="errors"):
            _build_errors(pair, changes)
        gr.Markdown(f"<small>{escape(about.sides, 400)}</small>")
    return page


def _build_asking(pair: ModelPair) -> None:
    with gr.Row():
        with gr.Column(scale=2):
            picture = _upload_field()
            question = gr.Textbox(label="Question", lines=2, max_lines=6, submit_btn=False, elem_id="question")
            ask = gr.Button("Ask both", variant="primary", elem_id="ask-both")
        with gr.Column(scale=3):
            problem = _problem_field("ask-problem")
            replies = _reply_fields("ask", pair.labels)

    def answer(given: Upload | None, asked: str) -> list[Any]:
        if not asked.strip():
            return _refuse("Write a question first.", len(replies))
        try:
            return [_no_problem(), *_show(pair.ask(given, asked.strip()), pair.labels)]
        except DataError as error:
            return _refuse(_in_words(error), len(replies))

    gr.on([ask.click, question.submit], answer, [picture, question], [problem, *replies], api_visibility="private")


@dataclass(frozen=True, slots=True)
class _ErrorFields:
    """What the second tab is made of; `shown` is filled for one question, `replies` when it is asked again."""

    where: list[Any]
    shown: list[Any]
    problem: Any
    replies: list[Any]
    back: Any
    forward: Any
    again: Any


def _build_errors(pair: ModelPair, changes: Changes) -> None:
    if not changes.metrics:
        gr.Markdown("No metric of this run tells right answers from wrong ones.")
        return
    fields = _lay_out_errors(pair, changes)
    metric, kind, place = fields.where
    everything = [place, *fields.shown, *fields.replies]

    def show(by: str, of: str, at: int) -> list[Any]:
        hidden = [gr.update(visible=False, value=None) for _ in fields.replies]
        count = changes.count(by, of)
        if not count:
            return [0, "none", None, _no_problem(), "", "", "", "", *hidden]
        at %= count
        return [at, f"{at + 1} of {count}", *_describe(changes.at(by, of, at)), *hidden]

    def ask_again(by: str, of: str, at: int) -> list[Any]:
        if not changes.count(by, of):
            return _refuse("There is nothing to ask here.", len(fields.replies))
        change = changes.at(by, of, at)
        if change.example is None:
            return _refuse(f"It cannot be asked again: {change.missing}.", len(fields.replies))
        try:
            made = _show(pair.ask_example(change.example), pair.labels)
        except DataError as error:
            return _refuse(_in_words(error), len(fields.replies))
        return [
            _no_problem(),
            *(gr.update(value=each, visible=True) if isinstance(each, str) else each for each in made),
        ]

    quiet = {"api_visibility": "private", "show_progress": "hidden"}
    metric.change(lambda by: _change_kinds(changes, by), metric, kind, **quiet).then(
        lambda by, of: show(by, of, 0), [metric, kind], everything, **quiet
    )
    kind.input(lambda by, of: show(by, of, 0), [metric, kind], everything, **quiet)
    fields.back.click(lambda by, of, at: show(by, of, at - 1), fields.where, everything, **quiet)
    fields.forward.click(lambda by, of, at: show(by, of, at + 1), fields.where, everything, **quiet)
    fields.again.click(ask_again, fields.where, [fields.problem, *fields.replies], api_visibility="private")
    gr.context.Context.root_block.load(show, fields.where, everything, **quiet)


def _lay_out_errors(pair: ModelPair, changes: Changes) -> _ErrorFields:
    start = changes.metrics[0]
    with gr.Row(equal_height=True):
        metric = gr.Dropdown(changes.metrics, value=start, label="Judged by", scale=1, visible=len(changes.metrics) > 1)
        kind = gr.Radio(
            _kinds(changes, start), value=changes.first_kind(start), label="Questions", scale=3, elem_id="kind"
        )
    place = gr.State(0)
    with gr.Row(equal_height=True, elem_classes="walk"):
        back = gr.Button("← Back", elem_id="back", min_width=90)
        position = gr.Markdown("", elem_id="position", elem_classes="position")
        forward = gr.Button("Next →", elem_id="next", min_width=90)
    with gr.Row():
        with gr.Column(scale=2):
            picture = gr.Image(label="Picture", interactive=False, buttons=["fullscreen"], format="png", height=320)
            problem = _problem_field("error-problem")
        with gr.Column(scale=3):
            asked = gr.Textbox(label="Question", interactive=False, lines=1, max_lines=8, elem_id="error-question")
            expected = gr.Textbox(label="Expected", interactive=False, max_lines=4, elem_id="error-expected")
            with gr.Row():
                before = gr.Textbox(label="Base, in the run", interactive=False, max_lines=6, elem_id="error-base")
                after = gr.Textbox(label="Tuned, in the run", interactive=False, max_lines=6, elem_id="error-tuned")
            again = gr.Button("Ask both again", elem_id="ask-again")
            replies = _reply_fields("again", pair.labels, visible=False)
    shown = [position, picture, problem, asked, expected, before, after]
    return _ErrorFields([metric, kind, place], shown, problem, replies, back, forward, again)


def _describe(change: Change) -> list[Any]:
    """One question for the fields that show it, without its position."""
    picture, missing = _picture_of(change)
    told = gr.update(value=missing, visible=bool(missing))
    answers = " · ".join(change.after.answers)
    return [picture, told, change.after.question, answers, change.before.prediction, change.after.prediction]


def _kinds(changes: Changes, metric: str) -> list[tuple[str, str]]:
    return [(f"{kind} ({changes.count(metric, kind)})", kind) for kind in KINDS]


def _change_kinds(changes: Changes, metric: str) -> Any:
    return gr.update(choices=_kinds(changes, metric), value=changes.first_kind(metric))


def _upload_field() -> gr.Image:
    """An image field whose file reaches lensmith's one decoder as it is, broken ones included."""
    field = gr.Image(
        label="Picture", sources=["upload", "clipboard"], buttons=[], format="png", height=320, elem_id="picture"
    )

    def take(payload: Any) -> Upload | None:
        if payload is None or payload.path is None:
            return None
        return Upload(payload.orig_name or "the picture", Path(payload.path).read_bytes())

    field.preprocess = take  # of this field alone: Gradio writes a stub file beside each subclass of a component
    return field


def _problem_field(name: str) -> gr.Textbox:
    return gr.Textbox(label="Problem", visible=False, interactive=False, elem_id=name, elem_classes="problem")


def _reply_fields(name: str, labels: Sequence[str], *, visible: bool = True) -> list[Any]:
    """For base, then tuned: the answer, and where there are labels their probabilities."""
    fields: list[Any] = []
    with gr.Row():
        for side in ("base", "tuned"):
            with gr.Column(min_width=220):
                fields.append(
                    gr.Textbox(
                        label=side.capitalize(),
                        interactive=False,
                        lines=1,
                        max_lines=12,
                        elem_id=f"{name}-{side}",
                        elem_classes="answer",
                        visible=visible,
                    )
                )
                if labels:
                    fields.append(
                        gr.Label(label="Labels", show_heading=False, elem_id=f"{name}-{side}-labels", visible=False)
                    )
    return fields


def _show(replies: Replies, labels: Sequence[str]) -> list[Any]:
    """The values of `_reply_fields`."""
    values: list[Any] = []
    for reply in (replies.base, replies.tuned):
        values.append(_written(reply))
        if labels:
            heading = f"Labels (together {_percent(reply.labels_together)})"
            values.append(gr.update(value=dict(reply.shares), label=heading, visible=True))
    return values


def _percent(share: float) -> str:
    return "under 0.1 %" if share < 0.001 else f"{100 * share:.{0 if share > 0.1 else 1}f} %"


def _written(reply: Reply) -> str:
    if not reply.text:
        return "(says nothing)"
    return reply.text if reply.finished else f"{reply.text}… (cut by the length limit)"


def _picture_of(change: Change) -> tuple[Image.Image | None, str]:
    """The first picture, and what to say about it."""
    if change.example is None:
        return None, change.missing
    if not change.example.images:
        return None, "this question has no picture"
    try:
        picture = decode(change.example.images[0])
    except DataError as error:
        return None, _in_words(error)
    count = len(change.example.images)
    return picture, "" if count == 1 else f"this is the first of {count} pictures"


def _in_words(error: DataError) -> str:
    problem = error.problems[0]
    return f"{problem.where}: {problem.found}; {problem.fix}"


def _no_problem() -> Any:
    return gr.update(value="", visible=False)


def _refuse(text: str, fields: int) -> list[Any]:
    return [gr.update(value=text, visible=True), *(gr.update(value=None) for _ in range(fields))]
