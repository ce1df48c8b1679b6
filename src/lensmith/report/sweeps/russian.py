"""The Russian of the words of a sweep's page, by their English."""

SWEEPS = {
    # the answer
    "No setting finished": "Ни одна настройка не дошла до конца",
    "Settings that finished: {count}": "Дошло до конца настроек: {count}",
    "Only one setting finished: {name}; {objective} {value}": (
        "До конца дошла одна настройка: {name}; {objective} {value}"
    ),
    "Ahead in {objective}: {name}, {value}, as far as one seed can tell": (
        "Впереди по {objective}: {name}, {value} — насколько можно судить по одному зерну"
    ),
    "Ahead in {objective}: {name}, {value}; others that may be as good: {count}": (
        "Впереди по {objective}: {name}, {value}; может быть, не хуже ещё {count}"
    ),
    "Only one setting has a number for {objective}: {name}, {value}": (
        "Число по {objective} есть только у одной настройки: {name}, {value}"
    ),
    "None is best in {objective}: settings that end at {value}: {count}": (
        "Лучшей по {objective} нет: настроек, пришедших к {value}: {count}"
    ),
    "So do all others: they cannot be told apart.": "Все остальные — тоже: их не отличить.",
    "Exactly as good: {names}.": "Ровно так же хороши: {names}.",
    "Best in {objective}: {name}, {value}": "Лучшая по {objective}: {name}, {value}",
    "{objective}: {name} ({setting}) ends at {value}, {change} against the base.": (
        "{objective}: {name} ({setting}) приходит к {value}, {change} к исходной модели."
    ),
    "With one seed nothing can be said of seeds: another may turn the order.": (
        "По одному зерну о зёрнах сказать нечего: с другим порядок может стать иным."
    ),
    "Surely better than {count} of the {all} others.": "Наверняка лучше, чем {count} из остальных {all}.",
    "Cannot be told from it: {names}.": "От неё не отличить: {names}.",
    " and {count} more": " и ещё {count}",
    "Each setting was run with one seed: intervals are over its test questions alone.": (
        "Каждая настройка обучена с одним зерном: интервалы — только по её проверочным вопросам."
    ),
    "Settings were run with several seeds, {count} at most.": (
        "Настройки обучены с несколькими зёрнами, не более {count}."
    ),
    "Compared pair by pair over seeds and pictures at once; all {count} together are {confidence} sure.": (
        "Сравнены попарно, сразу по зёрнам и по картинкам; надёжность всех сравнений вместе ({count}) — {confidence}."
    ),
    "Compared over seeds; all {count} comparisons together are {confidence} sure.": (
        "Сравнены по зёрнам; надёжность всех сравнений вместе ({count}) — {confidence}."
    ),
    # the picture
    "{across} against {upwards}": "{across} и {upwards}",
    "What is gained in one costs in the other: {first} and {other}": (
        "Выигрыш в одном оплачен другим: {first} и {other}"
    ),
    "Numbers are those of the table, bars the intervals there.": "Номера — из таблицы, чёрточки — интервалы оттуда же.",
    "nothing beats it in everything": "ничто не лучше её во всём",
    "another is better": "есть настройка лучше",
    "the base model": "исходная модель",
    "{name}, less is better": "{name}, меньше — лучше",
    # tables
    "Settings": "Настройки",
    "change": "изменение",
    "runs": "запуски",
    "seed": "зерно",
    "★: nothing beats it in everything. Below each number its interval, over seeds.": (
        "★: ничто не лучше её во всём. Под каждым числом — его интервал, по зёрнам."
    ),
    "★: nothing beats it in everything. Below each number its interval, over the test questions.": (
        "★: ничто не лучше её во всём. Под каждым числом — его интервал, по проверочным вопросам."
    ),
    "{name}: {objective}: runs without a number: {missing} of {runs}: {reasons}": (
        "{name}: {objective}: запусков без числа: {missing} из {runs}: {reasons}"
    ),
    "How sure the best is": "Насколько это надёжно",
    "{objective}: {name} against each other": "{objective}: {name} против каждой из остальных",
    "ahead by": "впереди на",
    "surely behind": "наверняка позади",
    "one seed cannot tell": "по одному зерну не сказать",
    "cannot be told apart": "не отличить",
    # effects
    "What each value does": "Что делает каждое значение",
    "“Sure” holds for all effects on one number together; other differences may be chance.": (
        "«Надёжно» верно сразу для всех влияний на одно число; прочие различия могут быть случайны."
    ),
    " over {first}: {points}": " против {first}: {points}",
    "{confidence} interval {span}": "интервал {confidence}: от {span}",
    "pairs of runs: {count}": "пар запусков: {count}",
    "runs: {count}": "запусков: {count}",
    "sure": "надёжно",
    "may be chance": "может быть случайно",
    "changed along: {keys}": "вместе с ним менялось: {keys}",
    # subjects
    "Of the settings that nothing beats, by most of their runs:": (
        "У настроек, лучше которых во всём нет, по большинству запусков:"
    ),
    "learned: {names}": "выучено: {names}",
    "not surely learned: {names}": "выучено не наверняка: {names}",
    "controls lost: {names}": "потеряно из контроля: {names}",
    "taken for another: {names}": "принимается за другое: {names}",
    "nobody": "никто",
    "none": "ничего",
    # what did not finish
    "Runs that did not finish": "Запуски, не дошедшие до конца",
    "A run that was stopped did worse than half of those before it. None of these is part of any number above.": (
        "Остановлен тот запуск, который шёл хуже половины прежних. Ни один из них не входит в числа выше."
    ),
    "ended": "чем кончилось",
    "reason": "почему",
    "stopped early": "остановлен",
    "failed": "не удался",
    "interrupted": "прерван",
    # what was asked
    "What was asked": "Что спрашивали",
    "what": "что",
    "model": "модель",
    "objectives": "цели",
    "runs a setting": "запусков на настройку",
    "search": "поиск",
    "searched": "искали",
    "given": "задано",
}
