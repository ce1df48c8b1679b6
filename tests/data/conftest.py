import sys

import pytest


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables that tests convert go to a folder of theirs, not to the user's cache."""
    cache = str(tmp_path_factory.mktemp("datasets"))
    # `datasets` reads the variable once, when it is imported, which may be before or during this test.
    monkeypatch.setenv("HF_DATASETS_CACHE", cache)
    if "datasets" in sys.modules:
        monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", cache)
