"""A-OKVQA (Schwenk et al. 2022, arXiv 2206.01718), asked without its choices.

    [{"split": "val", "image_id": 461751, "question_id": "22jbM6gDxdaMaunuzgrsBB", "question": …, "choices": [four],
      "correct_choice_idx": 0, "direct_answers": [ten], "difficult_direct_answer": false, "rationales": [three]}]

Pictures are those of COCO 2017, val2017/000000461751.jpg (from memory). With `format: multiple_choice` the same file is
asked with its choices.

All distinct direct answers are accepted, the commonest first; the ten are kept in `human_answers`. The benchmark scores
an answer min(1, n/3), where n of the ten are equal to it, and skips questions with `difficult_direct_answer`; they are
kept here, with that column. Choices it scores by accuracy.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from lensmith.config.sections import SourceSection
from lensmith.data.sources.answers import HUMAN, with_accepted
from lensmith.data.sources.contract import Detection, Layout, Request, Row
from lensmith.data.sources.flat import FlatRows
from lensmith.data.sources.json_format import JsonFormat, Reading, ReadRecord
from lensmith.data.sources.picture_folders import CocoPictures, with_picture
from lensmith.data.sources.rows import choose_file, peek_records

DIRECT = "direct_answers"
_LOOKED_FOR = 20


class AokvqaSource(JsonFormat):
    """Questions with ten people's answers in one list."""

    name = "aokvqa"
    describe = "A-OKVQA: question, choices and direct_answers, on COCO's pictures; its direct answers"
    usual: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "image": ("image_id",),
        "question": ("question",),
        "answers": ("direct_answers",),
        "id": ("question_id",),
        "group": (),
    }
    reads_its_path_only = False  # which of COCO's folders has a picture, is looked up

    def judge(self, record: Mapping[str, Any]) -> Detection:
        """Sure where a record has `question`, `image_id` and `choices`."""
        if {"question", "image_id", "choices"} <= record.keys():
            return Detection(0.95, "its rows have A-OKVQA's `choices` beside a `question` and an `image_id`")
        return Detection(0.0, "its rows have no `question`, `image_id` and `choices` together")

    def needed(self, request: Request) -> tuple[tuple[str, ...], ...]:
        """A question, and where it is required an answer."""
        return (("question",), ("answers",)) if request.answers_required else (("question",),)

    def layout(self, request: Request) -> Layout:
        """The columns of the first rows, and the one that is added."""
        found = super().layout(request)
        return Layout((*found.columns, HUMAN), found.roles) if DIRECT in found.columns else found

    def reader(self, reading: Reading) -> ReadRecord:
        """One example a record."""
        section, columns = reading.request.section, reading.roles.columns["image"]
        pictures = coco_pictures(choose_file(section), section, columns)
        flat = FlatRows(reading.roles, pictures.find, reading.request.answers_required, reading.prefix)

        def read_record(record: Mapping[str, Any], number: int, where: str) -> Row:
            return flat.row(with_accepted(with_picture(record, columns), DIRECT), number, where)

        return read_record


AOKVQA = AokvqaSource()


def coco_pictures(file: Path, section: SourceSection, columns: Sequence[str]) -> CocoPictures:
    """COCO's pictures of 2017, of the part that the first rows name in `split`."""
    first = [with_picture(record.value, columns) for record in peek_records(file, _LOOKED_FOR)]
    parts = [record["split"] for record in first if isinstance(record.get("split"), str)]
    numbers = [record[name] for record in first for name in columns if isinstance(record.get(name), str)]
    return CocoPictures(section, file.parent, f"{(parts or ['val'])[0]}2017", numbers)
