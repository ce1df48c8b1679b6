"""From questions to rows with the columns of GQA-ru, but for ids, which only the table knows."""

from collections.abc import Sequence

from lensmith.lab.worlds.gqa_ru.question import Question, Reference, locate
from lensmith.lab.worlds.scenes import Row

SETTLING = ("query", "choose")


def rows_of(questions: Sequence[Question]) -> tuple[Row, ...]:
    """One row a question of a picture.

    `entailed` and `equivalent` hold the places of other questions in `questions`. A question is equivalent to those
    that have its program (and to itself); whoever can answer a query or a choice knows one fact, which entails the
    answers to all other questions about that fact.
    """
    return tuple(_row(question, questions) for question in questions)


def _row(question: Question, questions: Sequence[Question]) -> Row:
    structural, semantic, detailed = question.types
    settles = structural in SETTLING
    same = [at for at, other in enumerate(questions) if other.steps == question.steps]
    follow = [
        at for at, other in enumerate(questions) if settles and other is not question and other.fact == question.fact
    ]
    thing = question.answer_thing
    return {
        "question": question.words,
        "answer": question.answer,
        "fullAnswer": question.full,
        "isBalanced": True,
        "groups": {"global": question.domain or None, "local": f"{structural}-{question.subject}"},
        "entailed": follow,
        "equivalent": same,
        "types": {"structural": structural, "semantic": semantic, "detailed": detailed},
        "annotations": {
            "answer": locate(question.answer, (Reference(thing),)) if thing else [],
            "question": locate(question.words, question.references),
            "fullAnswer": locate(question.full, question.references),
        },
        "semantic": [
            {"operation": step.operation, "argument": step.argument, "dependencies": list(step.dependencies)}
            for step in question.steps
        ],
        "semanticStr": "->".join(map(str, question.steps)),
        "kind": structural,
    }
