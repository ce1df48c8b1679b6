"""How many examples are left out because they are too long: they are never cut, so they are not learned."""

from collections.abc import Iterator

from lensmith.training.preflight.contract import Case, Finding


class TooLong:
    """Examples that do not fit train.max_length."""

    name = "lengths"
    describe = "examples that are too long"

    def find(self, case: Case) -> Iterator[Finding]:
        """A warning a part, with the share that is left out."""
        for part, encoded in case.parts.encoded.items():
            long = sum(problem.code == "data/too-long" for problem in encoded.problems)
            if long:
                of = len(encoded.encoded) + len(encoded.problems)
                yield Finding(
                    "preflight/too-long",
                    "warning",
                    f"data.{part}",
                    f"{long} of {of} examples ({long / of:.1%}) are longer than train.max_length "
                    f"{case.recipe.train.max_length} and are left out",
                    "raise train.max_length where the model allows it, or shorten the text",
                )


LENGTHS = TooLong()
