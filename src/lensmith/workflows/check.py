"""read → decode every picture → compare the sources: what there is to say about data before anything is trained."""

from collections.abc import Sequence

from lensmith.config.sections import SourceSection
from lensmith.data.check import Progress
from lensmith.data.findings import CheckResult, compare_sources, each_split, examine


def check_data(sections: Sequence[SourceSection], on_progress: Progress) -> CheckResult:
    """Looks all the data over and tells what is true of it; trains nothing, changes nothing.

    A source with several splits is checked split by split, unless it names one.

    Args:
        sections: as in a recipe.
        on_progress: called with what is being done, how many are done, and how many there are where that is known.
    """
    recognised = [source for section in sections for source in each_split(section)]
    sources = tuple(examine(source, on_progress) for source in recognised)
    return CheckResult(sources, compare_sources(sources))
