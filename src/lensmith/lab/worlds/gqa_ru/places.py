"""Questions for the place that a picture shows."""

from lensmith.lab.worlds.gqa_ru.plan import PLACES
from lensmith.lab.worlds.gqa_ru.question import Question, Step, sentence
from lensmith.lab.worlds.gqa_ru.view import View, yes_no

PLACE_WORDS = {
    "room": ("комната", "в комнате"),
    "street": ("улица", "на улице"),
    "meadow": ("луг", "на лугу"),
    "beach": ("пляж", "на пляже"),
}


def ask_place(view: View, truth: bool) -> Question | None:
    """Какое это место? — луг; где это? — на лугу."""
    name, where = PLACE_WORDS[view.plan.place]
    words, answer = view.random.choice(
        (("Какое это место?", name), ("Какое место изображено на картинке?", name), ("Где это происходит?", where))
    )
    return _placed(view, (words, answer, sentence("это", name)), ("query", "place"), Step("query", "place", (0,)))


def verify_place(view: View, truth: bool) -> Question | None:
    """Это пляж?"""
    said = view.plan.place if truth else view.random.choice([each for each in PLACES if each != view.plan.place])
    name, where = PLACE_WORDS[said]
    words = view.word(f"Это {name}?", f"Это {where}?", f"Это происходит {where}?")
    full = f"{yes_no(truth).capitalize()}, это {PLACE_WORDS[view.plan.place][0]}."
    detailed = "placeVerify" if truth else "placeVerifyC"
    return _placed(view, (words, yes_no(truth), full), ("verify", detailed), Step("verify place", said, (0,)))


def choose_place(view: View, truth: bool) -> Question | None:
    """Это комната или улица?"""
    wrong = view.random.choice([each for each in PLACES if each != view.plan.place])
    first, second = view.random.sample((view.plan.place, wrong), 2)
    form = view.random.choice((0, 1))
    words = f"Это {PLACE_WORDS[first][form]} или {PLACE_WORDS[second][form]}?"
    answer = PLACE_WORDS[view.plan.place][form]
    step = Step("choose place", f"{first}|{second}", (0,))
    return _placed(
        view, (words, answer, sentence("это", PLACE_WORDS[view.plan.place][0])), ("choose", "placeChoose"), step
    )


def _placed(view: View, said: tuple[str, str, str], kind: tuple[str, str], step: Step) -> Question:
    words, answer, full = said
    structural, detailed = kind
    domain = "" if structural == "verify" else "place"
    return Question(
        words,
        answer,
        full,
        (structural, "global", detailed),
        (Step("select", "scene"), step),
        domain,
        "place",
        ("place",),
    )
