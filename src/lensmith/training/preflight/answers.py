"""What an epoch teaches to say: one thing, or mostly one thing, or several."""

from collections import Counter
from collections.abc import Iterator

from lensmith.training.preflight.contract import Case, Finding

# Of fewer answers all may be the same by chance.
LEAST_EXAMPLES = 20
# From this share of one answer on, a model that always gives it looks good.
HEAVY_SHARE = 0.8
# A set of classes: few different answers, each taught often. One that is met this many times as often as another
# teaches a prior rather than a difference.
MOST_CLASSES = 50
EXAMPLES_A_CLASS = 20
UNEVEN = 20


class Answers:
    """One answer to everything, a heavy majority, or classes of very different size, as an epoch meets them."""

    name = "answers"
    describe = "how the answers are spread"

    def find(self, case: Case) -> Iterator[Finding]:
        """One warning at most: the heaviest of the three."""
        told = (case.parts.by_id["train"][item.example_id].answers for item in case.order)
        counts = Counter(" ".join(answers[0].casefold().split()) for answers in told if answers)
        total = counts.total()
        if total < LEAST_EXAMPLES:
            return
        (most, often), (least, seldom) = counts.most_common()[0], counts.most_common()[-1]
        code, fix = "class-imbalance", "add examples with other answers, or give their source a weight"
        if len(counts) == 1:
            code, found = "constant-answer", f"all {total} answers are «{_short(most)}»: the loss falls without looking"
        elif often / total >= HEAVY_SHARE:
            found = f"«{_short(most)}» is {often / total:.1%} of {total} answers: who always says it is right as often"
        elif len(counts) <= MOST_CLASSES and total / len(counts) >= EXAMPLES_A_CLASS and often >= UNEVEN * seldom:
            found = f"«{_short(most)}» is met {often} times an epoch, «{_short(least)}» {seldom} times"
        else:
            return
        yield Finding(f"preflight/{code}", "warning", "data.train", found, fix)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"


ANSWERS = Answers()
