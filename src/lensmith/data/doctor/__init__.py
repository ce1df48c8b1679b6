"""The data doctor: what would spoil a run, though every row can be read. One kind of finding is one file in `kinds/`.

To add a kind: write a file with an object that fulfils `contract.Kind` and add one line to `KINDS`.
"""

from lensmith.data.doctor.contract import Kind
from lensmith.registry import Registry

KINDS: Registry[Kind] = Registry(
    "kind of finding",
    {
        "same-pictures": "lensmith.data.doctor.kinds.same_pictures:SAME_PICTURES",
        "similar-pictures": "lensmith.data.doctor.kinds.similar_pictures:SIMILAR_PICTURES",
        "augmented-copies": "lensmith.data.doctor.kinds.augmented_copies:AUGMENTED_COPIES",
        "rearranged-pictures": "lensmith.data.doctor.kinds.rearranged_pictures:REARRANGED_PICTURES",
        "conflicts": "lensmith.data.doctor.kinds.conflicts:CONFLICTS",
        "label-noise": "lensmith.data.doctor.kinds.label_noise:LABEL_NOISE",
        "duplicates": "lensmith.data.doctor.kinds.duplicates:DUPLICATES",
        "spellings": "lensmith.data.doctor.kinds.spellings:SPELLINGS",
        "odd-answers": "lensmith.data.doctor.kinds.odd_answers:ODD_ANSWERS",
        "damaged-text": "lensmith.data.doctor.kinds.damaged_text:DAMAGED_TEXT",
        "balance": "lensmith.data.doctor.kinds.balance:BALANCE",
        "lengths": "lensmith.data.doctor.kinds.lengths:LENGTHS",
        "languages": "lensmith.data.doctor.kinds.languages:LANGUAGES",
        "odd-pictures": "lensmith.data.doctor.kinds.odd_pictures:ODD_PICTURES",
    },
)
"""In the order in which a person should read of them."""
