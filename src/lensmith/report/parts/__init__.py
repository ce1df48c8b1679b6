"""The parts of a run's page, one file each: from a run and a language to markup, empty where there is nothing."""
