"""Predictions for tests."""

from lensmith.types import Prediction


def predict(prediction: str, *answers: str, id: str = "1", group: str = "", question: str = "?", **more) -> Prediction:
    """A prediction; alone in its group unless one is named."""
    return Prediction(id, group or id, question, answers, prediction, **more)


def predict_all(rows: list[tuple[str, str]], per_group: int = 1) -> list[Prediction]:
    """(accepted, given) pairs with ids from 0, so many to a group."""
    return [
        predict(given, accepted, id=str(at), group=f"g{at // per_group}", question=f"q{at}")
        for at, (accepted, given) in enumerate(rows)
    ]
