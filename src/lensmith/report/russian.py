"""The Russian of the page's own words, by their English."""

from lensmith.report.sweeps.russian import SWEEPS

RUSSIAN = {
    **SWEEPS,
    # the first screen
    "before": "до",
    "after": "после",
    "better": "лучше",
    "worse": "хуже",
    "changed": "изменилось",
    "cannot tell": "нельзя сказать",
    "{verdict}: {metric}": "{verdict}: {metric}",
    "{verdict}: {metric} rose from {before} to {after}": "{verdict}: {metric} — рост с {before} до {after}",
    "{verdict}: {metric} fell from {before} to {after}": "{verdict}: {metric} — падение с {before} до {after}",
    "{verdict}: {metric} stayed at {after}": "{verdict}: {metric} — осталось {after}",
    " ({confidence} interval {span})": " (интервал {confidence}: от {span})",
    "; McNemar {p}": "; Мак-Немар: {p}",
    "The interval includes 0: this can be chance.": "Интервал включает 0: это может быть случайностью.",
    "Too few answers changed to rule out chance.": "Изменилось слишком мало ответов, чтобы исключить случайность.",
    "There are too few pictures to rule out chance.": "Слишком мало картинок, чтобы исключить случайность.",
    "Questions asked before and after training: {questions}, on pictures: {pictures}.": (
        "Вопросов, заданных до и после обучения: {questions}, картинок: {pictures}."
    ),
    "{metric}: {describe}.": "{metric}: {describe}.",
    "{verdict}: {after} right, {before} before training": "{verdict}: верно {after}, до обучения {before}",
    "taught": "учили",
    "not taught": "не учили",
    "{side}: {verdict}, {after} right, {before} before training": (
        "{side}: {verdict}, верно {after}, до обучения {before}"
    ),
    "{side}: {verdict}, {metric} {after}, {before} before training": (
        "{side}: {verdict}, {metric} {after}, до обучения {before}"
    ),
    "{side}, questions: {questions}; {difference}": "{side}, вопросов: {questions}; {difference}",
    "Before and after, with {confidence} intervals": "До и после, с интервалами {confidence}",
    "This run is not finished": "Обучение не завершено",
    "There is no comparison of before and after yet, so nothing is said about what was learned.": (
        "Сравнения «до» и «после» ещё нет, поэтому о выученном ничего не сказано."
    ),
    "Training was logged up to step {step}, epoch {epoch}.": "Журнал обучения доходит до шага {step}, эпохи {epoch}.",
    "Answers so far: {before} before, {after} after.": "Ответов пока: до — {before}, после — {after}.",
    "Guards spoke up: {count}; the last: {guard}, {verdict}.": (
        "Замечаний сторожей: {count}; последнее: {guard}, {verdict}."
    ),
    "Weakest where {where}: {metric} {value}, elsewhere {rest}.": (
        "Слабее всего там, где {where}: {metric} {value}, в остальном {rest}."
    ),
    "Tuned answers cut by the length limit: {count}.": "Ответов после обучения, обрезанных по длине: {count}.",
    "Tuned answers that are empty: {count}.": "Пустых ответов после обучения: {count}.",
    "Without looking, answering “{answer}” to everything gives {value}; against that the tuned model: {verdict}.": (
        "Не глядя, отвечая на всё «{answer}», можно получить {value}; по сравнению с этим обученная модель: {verdict}."
    ),
    "The run folder is damaged; the page does without: {count}": "Папка запуска повреждена; не прочитано: {count}",
    "contents": "содержание",
    # overfitting
    "Overfitting cannot be seen: there is no validation part.": "Переобучение не увидеть: нет проверочной части.",
    "training loss {change}": "потери на обучении {change}",
    "validation loss {change}": "потери на проверке {change}",
    "Validation loss was lowest before training; since then {changes}.": (
        "Потери на проверке были ниже всего до обучения; с тех пор {changes}."
    ),
    "No overfitting: validation loss was still lowest at the end, after epoch {best}.": (
        "Переобучения нет: потери на проверке ниже всего в самом конце, после эпохи {best}."
    ),
    "Best after epoch {best}; since then {changes}: no gain, no harm.": (
        "Лучше всего после эпохи {best}; с тех пор {changes}: ни пользы, ни вреда."
    ),
    "Overfits: best after epoch {best}; since then {changes}.": (
        "Переобучение: лучше всего после эпохи {best}; с тех пор {changes}."
    ),
    # tables of changes
    "questions": "вопросов",
    "difference": "разница",
    "verdict": "вывод",
    "metric": "метрика",
    "value": "значение",
    "where": "где",
    "elsewhere": "в остальном",
    "gap": "разрыв",
    "The same by {metric}": "То же по {metric}",
    "kind of question": "вид вопроса",
    "{count} more": "ещё {count}",
    "… and {count} more": "… и ещё {count}",
    "rung": "ступень",
    "over the rung above": "к ступени выше",
    "Each rung forgives more of an answer's form than the one above it. What a rung adds is form, not error.": (
        "Каждая ступень прощает форме ответа больше, чем ступень выше. То, что она добавляет, — форма, а не ошибка."
    ),
    "Found: where the tuned model is weaker than elsewhere": "Найдено: где обученная модель слабее, чем в остальном",
    "Slices looked at: {count}; none is weaker.": "Просмотрено срезов: {count}; слабее остальных — ни один.",
    "Slices looked at: {count}; p is corrected for them all.": (
        "Просмотрено срезов: {count}; p исправлено на их число."
    ),
    "p is corrected for all slices that were looked at.": "p исправлено на число просмотренных срезов.",
    "apart from {others}": "не считая {others}",
    # confusion
    "Rows: the right label. Columns: what the tuned model answered.": (
        "Строки — верная метка, столбцы — ответ обученной модели."
    ),
    "The matrix has {count} classes, too many to show; scores.json holds it.": (
        "В матрице слишком много меток, чтобы её показать ({count}); она есть в scores.json."
    ),
    "right label": "верная метка",
    "label": "метка",
    "precision": "точность (precision)",
    "recall": "полнота (recall)",
    "f1": "F1",
    "Precision, recall and F1 of each label": "Точность, полнота и F1 каждой метки",
    "The base model's matrix": "Матрица исходной модели",
    # subjects
    "Subjects: {counts}.": "Предметы: {counts}.",
    "subject": "предмет",
    "All that was taught": "Всё, чему учили",
    "All that was not taught": "Всё, чему не учили",
    "How far the answers moved from the base model's, KL in nats a token: {parts}.": (
        "Насколько ответы сместились от исходной модели, KL в натах на токен: {parts}."
    ),
    "Questions without a subject: {count}.": "Вопросов без предмета: {count}.",
    "What was taught: {verdict}, {difference}.": "То, чему учили: {verdict}, {difference}.",
    "What was not taught: {verdict}, {difference}.": "То, чему не учили: {verdict}, {difference}.",
    "In order: {guards}.": "В порядке: {guards}.",
    "The last word of each": "Последнее слово каждого",
    "named {others}": "назван как {others}",
    "learned": "выучено",
    "already known": "уже было известно",
    "not learned": "не выучено",
    "kept": "сохранено",
    "degraded": "ухудшилось",
    "leaked": "подменяется",
    "target": "чему учили",
    "control": "чему не учили (контроль)",
    "other": "прочее",
    # training
    "training": "обучение",
    "validation": "проверка",
    "Loss": "Потери",
    "Loss, logarithmic": "Потери, логарифмическая шкала",
    "Token accuracy": "Точность по токенам",
    "epoch": "эпоха",
    "best: epoch {epoch}": "лучшая: эпоха {epoch}",
    "{name}: {first} at epoch {from_}, {last} at epoch {to}.": (
        "{name}: {first} на эпохе {from_}, {last} на эпохе {to}."
    ),
    "The loss was no finite number at step {step}.": "На шаге {step} потери перестали быть конечным числом.",
    "Delivered: the last checkpoint, step {best} of {last}.": "Взята последняя точка: шаг {best} из {last}.",
    "Delivered: step {best} of {last}, the best by {metric}.": "Взят шаг {best} из {last}, лучший по {metric}.",
    "Its weights hold {share} of what was learned.": "В весах {share} выученного.",
    "training loss, mean": "потери на обучении, среднее",
    "validation loss": "потери на проверке",
    "The numbers": "Числа",
    # guards
    "No check before training left a record.": "Проверка перед обучением записей не оставила.",
    "Checks before training found nothing.": "Проверка перед обучением ничего не нашла.",
    "Before training": "Перед обучением",
    "While it trained": "Во время обучения",
    "No guard wrote anything in this run.": "В этом запуске сторожа ничего не записали.",
    "Guards found nothing.": "Сторожа ничего не нашли.",
    "Findings: {counts}.": "Записей: {counts}.",
    "ok": "в порядке",
    "warn": "предупреждение",
    "stop": "остановка",
    "could not check": "проверить не удалось",
    "error": "ошибка",
    "warning": "предупреждение",
    "severity": "важность",
    "found": "найдено",
    "what to do": "что делать",
    "guard": "сторож",
    "step": "шаг",
    "why": "почему",
    "what was done": "что сделано",
    # what was left out
    "Rows read: {rows}; pictures: {pictures}.": "Прочитано строк: {rows}; картинок: {pictures}.",
    "Examples: {parts}.": "Примеров: {parts}.",
    "train": "обучение",
    "test": "тест",
    "No row and no picture was left out.": "Ни одна строка и ни одна картинка не пропущены.",
    "cannot be put into the model's tokens": "не переводится в токены модели",
    "left out because": "почему пропущено",
    "examples": "примеров",
    "Problems in the data: {count}": "Замечаний к данным: {count}",
    "only answered before": "ответ есть только до обучения",
    "only answered after": "ответ есть только после обучения",
    "not compared because": "почему не сравнивалось",
    "for example": "например",
    # how it was made
    "Settings that are not the default; recipe.json in the run folder holds all of them.": (
        "Настройки, отличные от обычных; все вместе — в recipe.json в папке запуска."
    ),
    "setting": "настройка",
    "fact": "факт",
    "Show": "Показать",
    "device": "устройство",
    "python": "Python",
    "platform": "система",
    "packages": "пакеты",
    "data fingerprint": "отпечаток данных",
    "intervals": "интервалы",
    "{resamples} resamples of pictures, seed {seed}": "{resamples} повторных выборок картинок, зерно {seed}",
    # headings
    "Learned and forgotten": "Выучено и забыто",
    "Where it is weak": "Где модель слаба",
    "Which label for which": "Что с чем путается",
    "Form or error": "Форма или ошибка",
    "All numbers": "Все числа",
    "Training": "Обучение",
    "Guards": "Сторожа",
    "What was left out": "Что пропущено",
    "How it was made": "Как это сделано",
    "Examples": "Примеры",
    # examples
    "Here are {shown} of {all} examples, lost and wrong ones first; the others would make the page too large.": (
        "Здесь {shown} примеров из {all}: сначала потерянные и неверные; со всеми страница была бы слишком велика."
    ),
    "Pictures in this page: {shown} of {all}, made small.": "Картинок на странице: {shown} из {all}, уменьшенных.",
    "Left out to keep the page small: {count}; those of lost and wrong answers come first.": (
        "Пропущено, чтобы страница не выросла: {count}; картинки потерянных и неверных ответов идут первыми."
    ),
    "Questions that were not found in the data again: {count}.": "Вопросов, которых в данных больше нет: {count}.",
    "Pictures that could not be read: {count}": "Картинок, которые не удалось прочитать: {count}",
    "Texts are cut after {count} characters, and searched as far.": (
        "Тексты обрезаны после {count} знаков, поиск идёт по ним же."
    ),
    "Examples need a browser that runs the page's own script.": (
        "Чтобы увидеть примеры, браузер должен выполнять скрипт самой страницы."
    ),
    "The recipe does not say where the pictures are.": "В рецепте не сказано, где картинки.",
    "The run shuffled its pictures as a control; they are not shown.": (
        "В этом запуске картинки для контроля перемешаны; они не показаны."
    ),
    "The data is not here any more: {detail}.": "Данных здесь больше нет: {detail}.",
    "The data has changed since: none of the questions is there any more ({detail}).": (
        "Данные изменились: ни одного из вопросов там больше нет ({detail})."
    ),
    "Pictures were left out of this page on request.": "Картинки не включены в страницу по просьбе.",
    "gained": "приобретено",
    "lost": "потеряно",
    "still wrong": "по-прежнему неверно",
    "right both times": "верно оба раза",
    "not judged": "не оценивалось",
    "higher score": "оценка выше",
    "lower score": "оценка ниже",
    "same score": "оценка та же",
    "best both times": "лучшая оценка оба раза",
    "all": "все",
    "any": "любая",
    "empty": "пусто",
    "what changed": "что изменилось",
    "search questions and answers": "искать в вопросах и ответах",
    "judged by": "оценка по",
    "expected answer": "ожидаемый ответ",
    "answered label": "метка в ответе",
    "order": "порядок",
    "as in the data": "как в данных",
    "most confident first": "сначала уверенные",
    "least confident first": "сначала неуверенные",
    "pages of examples": "страницы примеров",
    "back": "назад",
    "further": "дальше",
    "{from}–{to} of {all}": "{from}–{to} из {all}",
    "No example fits.": "Ни один пример не подходит.",
    "expected": "ожидалось",
    "base": "до",
    "tuned": "после",
    "right": "верно",
    "wrong": "неверно",
    "no picture": "нет картинки",
    "picture of {id}": "картинка {id}",
    "and {count} more": "и ещё {count}",
    "show {shown} of {all} characters": "показать {shown} из {all} знаков",
    "show all {all} characters": "показать все {all} знаков",
    # several runs
    "Runs: {names}": "Запуски: {names}",
    "None of these runs is finished": "Ни один из запусков не завершён",
    "Runs without this number: {names}.": "Запуски без этого числа: {names}.",
    "There is nothing to compare yet.": "Сравнивать пока нечего.",
    "Highest {metric}: {run}, {value}": "Выше всего {metric}: {run}, {value}",
    "Lowest {metric}: {run}, {value}": "Ниже всего {metric}: {run}, {value}",
    "{metric} before and after, with intervals": "{metric} до и после, с интервалами",
    "That is the first run; the others are compared with it below.": (
        "Это первый запуск; ниже с ним сравниваются остальные."
    ),
    "It cannot be compared with the first run: {reason}.": "С первым запуском его не сравнить: {reason}.",
    "Against {run}, on the {count} questions that both answered: {difference}, {verdict}.": (
        "По сравнению с {run}, на общих вопросах ({count}): {difference}, {verdict}."
    ),
    "{run} against {first}": "{run} против {first}",
    "Not compared: {reason}.": "Не сравнивалось: {reason}.",
    "Questions that both answered: {count}.": "Общих вопросов: {count}.",
    "no question is the same": "нет ни одного общего вопроса",
    "no metric is the same": "нет ни одной общей метрики",
    "first run": "первый запуск",
    "this run": "этот запуск",
    "Validation loss": "Потери на проверке",
    "Training loss": "Потери на обучении",
    "Scores": "Оценки",
    "Against the first run": "В сравнении с первым запуском",
    "Where they are weak": "Где модели слабы",
    "What was set differently": "Что настроено по-разному",
    "What to bear in mind": "Что учесть",
    "run": "запуск",
    "finished": "завершён",
    "findings of guards": "замечаний сторожей",
    "examples left out": "пропущено примеров",
    "damaged files": "повреждено файлов",
    "none wrote": "не писали",
    "yes": "да",
    "no": "нет",
    # what metrics say of themselves
    "the answer names the right label": "ответ называет верную метку",
    "the answer is an accepted one, but for case, punctuation and white space": (
        "ответ совпадает с принятым, кроме регистра, знаков препинания и пробелов"
    ),
}
