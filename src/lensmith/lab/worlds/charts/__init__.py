"""Charts of eleven types in many styles, and what they say; in the layout of ChartLlama's published files.

    train.json, test.json                          lists of conversations as LLaVA's, one question a record
    ours/bar_chart/png/bar_chart_train-00000.png   a folder for each type, 192×192 pixels

Of ChartLlama this keeps the records (`id`, `image`, an empty `model`, `conversations` of `human` and `gpt`, the mark
`<image>` before the question), the paths, and that each record asks one question, several about one picture. It
differs in having one file for each part, not one for each type, ids that are unique, and three keys more.

Drawn: bars upright and lying, in groups, in stacks; lines, areas, pies, donuts, scatter plots, box plots and
heatmaps, as many of each. Palettes, grounds, grids, axes, and the place of the legend vary, and no answer
depends on them. Titles, labels and names are one or two words of `words`, and values stand on ticks or are written
down, so that all can be read when the picture is scaled to 96 pixels.

Each record has, as metadata: `kind`, `language` ("en") and `chart`, a key of `words.TYPES`. Kinds:

    type, title, topic (the title's first word), axis (its label), count, highest, lowest, larger (of two names),
    compare (yes or no), difference, position (of the highest or lowest, in words), colour, legend (the name of a
    colour), value, trend (rising, falling or flat), description (a sentence, for ROUGE)

Types, colours and trends are drawn evenly, and so is what there is to count within a type; of "compare", half are
yes. Who picks one of the two names of "larger" is right half of the time, more than the blind baseline counts.
"""

from lensmith.lab.worlds.charts.world import make_charts, sentences

__all__ = ["make_charts", "sentences"]
