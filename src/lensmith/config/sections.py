"""A recipe, section by section: each setting described once, checked once, owned by one section.

`auto` is a value a user may write. What it became, and why, is recorded when the run knows enough to say
(`lensmith.config.origins`). Nothing here changes a value that the user wrote.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, NonNegativeInt, PositiveFloat, PositiveInt

from lensmith.bundled import locate_model

Auto = Literal["auto"]


def _listed(value: Any) -> Any:
    """A single item where a list is expected stands for a list of one."""
    return value if isinstance(value, list) or value is None else [value]


def _named(key: str) -> BeforeValidator:
    """Plain text where a section is expected stands for that section with only `key` set."""
    return BeforeValidator(lambda value: {key: value} if isinstance(value, str) else value)


Strings = Annotated[list[str], BeforeValidator(_listed)]
Fraction = Annotated[float, Field(ge=0.0, lt=1.0)]


class Section(BaseModel):
    """A group of settings. Unknown keys are errors; values are of the type they look like."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class ModelSection(Section):
    """Which model is tuned."""

    name: str = Field(min_length=1, description="a hub id, a folder with a model, or one that comes with lensmith")
    revision: str | None = Field(None, description="the hub commit, tag or branch")
    family: str = Field("auto", description="which family reads it; auto: by the model_type in its config")
    device: str = Field("auto", description="cpu, cuda, mps, or auto: the best that is there")
    attention: Literal["sdpa", "flex"] = Field(
        "sdpa", description="sdpa: torch's own kernels; flex: FlexAttention's block masks on CUDA, sdpa elsewhere"
    )
    image_settings: dict[str, Any] = Field(
        default_factory=dict,
        description="settings of the image processor to change, for example {max_pixels: 602112}",
    )

    @property
    def place(self) -> str:
        """Where the model is: what `name` stands for."""
        return locate_model(self.name)


class SourceSection(Section):
    """One file, folder or hub data set."""

    path: str = Field(min_length=1, description="a file, a folder, or a hub id")
    format: str = Field("auto", description="how it is laid out; auto: recognised from its content")
    columns: dict[str, str] = Field(
        default_factory=dict, description="which column holds what, for example {question: q, answer: a}"
    )
    images: str | None = Field(
        None, description="the folder, or the .zip, that image paths start from; default: beside the file"
    )
    allow_outside: bool = Field(False, description="let image paths leave that folder")
    config: str | None = Field(None, description="the config to read, where a hub data set has several")
    split: str | None = Field(None, description="the split to read, where the source has several")
    question: str | None = Field(
        None, min_length=1, description="asked of every picture, where the data brings answers and no questions"
    )
    limit: int | None = Field(None, ge=1, description="read at most so many rows")
    weight: float = Field(
        1.0,
        gt=0,
        le=100,
        description="how often an epoch meets its examples; 2: each twice; 0.5: one half, the other half in the next",
    )
    turns: Literal["separate", "conversation"] = Field(
        "separate",
        description="what a conversation becomes: separate examples, one a question; or one, with every answer learned",
    )
    ask: Literal["label", "presence"] = Field(
        "label",
        description="of pictures with boxes: which class is there (label), or is there one, yes or no (presence)",
    )
    negatives: Literal["random", "popular", "adversarial"] = Field(
        "random", description="how presence chooses what is not there (POPE, arXiv 2305.10355)"
    )
    classes: dict[str, str] = Field(
        default_factory=dict, description="the classes to ask about and what to call them; default: all, as they are"
    )
    wording: dict[str, str] = Field(
        default_factory=dict, description="the words of questions that a format makes, such as {none: ничего}"
    )


Sources = Annotated[list[Annotated[SourceSection, _named("path")]], Field(min_length=1), BeforeValidator(_listed)]


class SplitSection(Section):
    """How one data set is divided. Rows of one group never part."""

    validation: Fraction = Field(
        0.1, description="share held out to watch training; used when data.validation is not given"
    )
    test: Fraction = Field(
        0.1, description="share held out for before and after; used when neither data.test nor folds is given"
    )
    by: str = Field("image", description="what stays together: image, or the name of a column")
    stratify: str | None = Field(
        None, min_length=1, description="answer, or the name of a column: each part gets its share of every value"
    )
    folds: int | None = Field(
        None, ge=2, description="cross-validation: so many equal parts, each of them the test part of one run"
    )
    fold: int | None = Field(None, ge=1, description="which of the folds is this run's test part, counted from 1")
    seed: NonNegativeInt | None = Field(None, description="decides who is in which part; default: run.seed")


class DataSection(Section):
    """Pictures, questions and answers."""

    train: Sources = Field(description="what the model learns from")
    validation: Sources | None = Field(None, description="what watches training; default: a share of train")
    test: Sources | None = Field(None, description="what before and after are measured on; default: a share of train")
    split: SplitSection = Field(default_factory=lambda: SplitSection(), description="shares, where no files are given")
    balance: str = Field(
        "none",
        min_length=1,
        description="answer, or the name of a column: an epoch meets each value as often; examples at most 4 times",
    )
    shuffle_images: bool = Field(
        False, description="a control: questions get other pictures' pictures; what is learned then needs no looking"
    )


class PromptSection(Section):
    """How a question is put to the model: the same in training, evaluation and the exported model's card."""

    template: str = Field("{question}", description="text around the question; {question} stands for it")
    short_template: str | None = Field(
        None, description="the template that train.safe_mode falls back on; default: the template stays"
    )
    system: str | None = Field(
        None, description="a system message; folded into the question where the model has no such role"
    )
    chat_template: str | None = Field(None, description="a Jinja chat template file, for a model that ships none")


Component = Literal["vision", "projector", "language"]


def _only(component: Component) -> Callable[[], list[Component]]:
    """A default of one component; typed, where a lambda's list would be of any text."""
    return lambda: [component]


class LoraSection(Section):
    """Low-rank adapters (Hu et al. 2021, arXiv 2106.09685)."""

    r: int = Field(16, ge=1, description="rank")
    alpha: float = Field(32.0, gt=0, description="scale: the update is multiplied by alpha / r")
    dropout: Fraction = Field(0.0, description="dropout on the adapter's input")
    targets: Literal["attention", "gate_up", "mlp", "all"] | Annotated[list[str], Field(min_length=1)] = Field(
        "attention",
        description="which linear layers: attention, gate_up (of the mlp all but what writes back), mlp, all, or names",
    )
    components: Annotated[list[Component], BeforeValidator(_listed), Field(min_length=1)] = Field(
        default_factory=_only("language"), description="which parts of the model get adapters"
    )
    rslora: bool = Field(False, description="scale by alpha / sqrt(r) (arXiv 2312.03732)")
    dora: bool = Field(False, description="weight-decomposed adapters (arXiv 2402.09353)")


class TuneSection(Section):
    """What is trained."""

    method: Literal["lora", "full"] = Field("lora", description="lora: small adapters; full: the weights themselves")
    lora: LoraSection = Field(default_factory=lambda: LoraSection(), description="used when method is lora")
    freeze: Annotated[list[Component], BeforeValidator(_listed)] = Field(
        default_factory=_only("vision"), description="parts that stay as they are when method is full; [] trains all"
    )
    quantise: Literal["none", "4bit", "8bit"] = Field(
        "none",
        description="hold the language model's own layers in so many bits under the adapters: 4bit is QLoRA, in NF4",
    )
    quantise_backend: Literal["auto", "none", "bitsandbytes"] = Field(
        "auto", description="what quantises; auto: bitsandbytes, once it has computed a layer on the device"
    )


class TrainSection(Section):
    """How it is trained."""

    epochs: float = Field(3.0, gt=0, description="passes over the training examples")
    batch_size: int = Field(8, ge=1, description="questions in one forward pass, of each process at most")
    accumulate: int = Field(1, ge=1, description="batches in one optimiser step, shared by all processes")
    together: PositiveInt | Auto = Field(
        "auto", description="questions on one picture that share a step at most; more is faster, 1 mixes best"
    )
    learning_rate: PositiveFloat | Auto = Field("auto", description="peak rate; auto: by method")
    scheduler: str = Field("cosine", description="the rate's course, any of transformers' SchedulerType")
    warmup: Fraction = Field(0.03, description="share of the steps in which the rate rises")
    weight_decay: float = Field(
        0.0, ge=0, description="decoupled weight decay (Loshchilov and Hutter 2017, arXiv 1711.05101)"
    )
    optimizer: str = Field(
        "adamw_torch", description="any of transformers' OptimizerNames, 8-bit ones included, or muon"
    )
    max_grad_norm: float = Field(1.0, ge=0, description="gradients are clipped to this norm; 0: never")
    max_length: PositiveInt | Auto = Field(
        "auto", description="tokens an example may have; longer ones are left out and counted, never cut"
    )
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        "auto", description="auto: the best the device does well"
    )
    features: str = Field(
        "auto",
        description="the folder for what a frozen tower sees; auto: the user's cache folder; off: seen each time",
    )
    features_gb: PositiveFloat = Field(10.0, description="what that folder may take")
    gradient_checkpointing: bool = Field(False, description="recompute activations in the backward pass to save memory")
    activation_offloading: bool = Field(
        False, description="a GPU's activations wait for the backward pass in main memory, which takes transfers"
    )
    save_every: int | None = Field(
        None, ge=1, description="also keep a checkpoint every so many steps; always one an epoch"
    )
    log_every: int = Field(10, ge=1, description="steps between two lines of metrics.jsonl")
    best: str = Field(
        "validation_loss", description="what chooses the best checkpoint: validation_loss, or a metric's name"
    )
    patience: PositiveInt | None = Field(
        None, description="end after so many validations without a better one; default: never"
    )
    safe_mode: bool = Field(
        False,
        description="where a guard stops the run: once more from the base, with a quarter of the rate and no more than "
        "works at the model's size, warm-up, prompt.short_template and a repetition penalty of 1.2",
    )
    workers: NonNegativeInt | Auto = Field(
        "auto", description="processes that decode pictures; auto: by the number of cores"
    )


class ForgettingSection(Section):
    """Controls among the validation examples: see evaluate.subject_group. Off where max_loss is not set."""

    max_loss: Fraction | None = Field(
        None,
        description="share of right answers that controls may lose; 0.02: two points. More ends the training; with "
        "keep.scale: auto so much less of the update is applied",
    )
    questions: int = Field(100, ge=1, description="controls asked at each validation, at most")


class GuardsSection(Section):
    """What watches training, and what follows when it goes wrong."""

    divergence: bool = Field(True, description="watch loss and gradients")
    collapse: bool = Field(True, description="watch answers that are generated now and then")
    overfit: bool = Field(True, description="watch validation against training")
    forgetting: ForgettingSection = Field(default_factory=lambda: ForgettingSection(), description="watch controls")
    every: int | None = Field(
        None, ge=1, description="steps between two looks at answers; default: as many as cost 2 % of the time, measured"
    )
    questions: int = Field(12, ge=8, le=64, description="validation questions asked at each look")
    rate_cut: float = Field(
        0.5, gt=0, le=1, description="what the learning rate is multiplied by when training goes back to a good state"
    )
    retries: int = Field(2, ge=0, description="failures within an epoch's steps that are answered so; one more ends")


class KeepSection(Section):
    """What is done so that the model keeps what it knew. Nothing, where nothing is set."""

    replay: Fraction | Auto = Field(
        0.0,
        description="share of the examples met in training that are the base's own answers to keep.sources; auto: "
        "the share that kept most when it was measured",
    )
    sources: Sources | None = Field(
        None, description="pictures and questions that the base answers for replay; answers there are not read"
    )
    kl: float = Field(
        0.0,
        ge=0,
        description="weight of KL(base ‖ tuned) in the loss, at the answers replayed; without replay, at all answers",
    )
    scale: Annotated[float, Field(gt=0, le=1)] | Auto = Field(
        1.0, description="how much of what was learned is applied; auto: measured on validation after training"
    )

    @property
    def replay_share(self) -> float:
        """`replay`, once it is settled."""
        return 0.0 if self.replay == "auto" else self.replay


class EvaluateSection(Section):
    """How answers are made and judged."""

    batch_size: int = Field(16, ge=1, description="questions decoded together")
    max_new_tokens: PositiveInt | Auto = Field(
        "auto", description="tokens an answer may have; auto: twice the longest training answer"
    )
    repetition_penalty: float = Field(1.0, gt=0, description="1.0: none (Keskar et al. 2019, arXiv 1909.05858)")
    decoding: Literal["free", "labels", "scored"] = Field(
        "free",
        description="free: any text; labels: one of evaluate.labels, word for word; scored: the likeliest of them",
    )
    metrics: Strings = Field(
        default_factory=lambda: ["exact_match", "yes_no"], min_length=1, description="how answers are judged"
    )
    labels: Annotated[list[str], Field(min_length=1)] | None = Field(
        None, description="the classes, when the task is to choose one"
    )
    unknown: str = Field(
        "unknown", description="what an answer counts as when it names no label, or the model could not tell"
    )
    positive: str | None = Field(None, description="the label that precision, recall and F1 are about")
    slices: Strings = Field(
        default_factory=list, description="columns of the data by whose values every metric is shown apart"
    )
    subject: str | None = Field(
        "subject", description="the column, where the data have it, that says whom a question is about"
    )
    subject_group: str | None = Field(
        "subject_group",
        description="the column that says whether that is a target, to be learned, or a control, to be kept",
    )
    aliases: str | None = Field("aliases", description="the column with the subject's other names")
    subjects: dict[str, Strings] = Field(
        default_factory=dict,
        description="further names of what `mention` and `leak` look for, for example {Гена: [Крокодил Гена]}",
    )
    confidence: float = Field(0.95, gt=0.5, lt=1.0, description="of the intervals")
    resamples: int = Field(2000, ge=100, description="bootstrap resamples")


class SweepSection(Section):
    """What `lensmith sweep` tries; a single run does not look at it."""

    space: dict[str, Any] = Field(
        default_factory=dict,
        description="settings to search: a list of values, or {low, high} with log: true or step: 2, by key",
    )
    settings: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="settings to try as they are, each a name with values by key"
    )
    search: Literal["grid", "random", "tpe"] = Field(
        "tpe", description="how the space is searched; tpe learns from what was tried (Bergstra et al. 2011)"
    )
    trials: int = Field(16, ge=1, description="points of the space to try; a grid has as many as it has")
    seeds: int = Field(1, ge=1, le=100, description="runs a setting, with run.seed and the numbers after it")
    objectives: Strings = Field(
        default_factory=list,
        description="what is wanted, such as `label.f1` or `exact_match @ subject_group = control`; "
        "default: the first metric",
    )
    prune: bool = Field(True, description="stop runs of the search whose validation is worse than half of the others'")
    workers: int = Field(1, ge=1, description="runs at a time, each in a process of its own")


class RunSection(Section):
    """Where the results go, and the one seed from which every random choice derives."""

    out: str = Field("auto", description="the run folder; auto: runs/ and the recipe's name")
    trackers: Annotated[list[Literal["tensorboard", "wandb", "trackio", "mlflow"]], BeforeValidator(_listed)] = Field(
        default_factory=list, description="where the numbers of training are shown beside metrics.jsonl"
    )
    seed: int = Field(0, ge=0, description="every random choice derives from it")


class Recipe(Section):
    """Everything a run is told."""

    model: Annotated[ModelSection, _named("name")] = Field(description="which model is tuned")
    data: DataSection = Field(description="pictures, questions and answers")
    prompt: PromptSection = Field(default_factory=lambda: PromptSection(), description="how a question is put")
    tune: TuneSection = Field(default_factory=lambda: TuneSection(), description="what is trained")
    train: TrainSection = Field(default_factory=lambda: TrainSection(), description="how it is trained")
    guards: GuardsSection = Field(default_factory=lambda: GuardsSection(), description="what watches training")
    keep: Annotated[KeepSection, _named("replay")] = Field(
        default_factory=lambda: KeepSection(), description="what keeps what the model knew"
    )
    evaluate: EvaluateSection = Field(default_factory=lambda: EvaluateSection(), description="how answers are judged")
    run: RunSection = Field(default_factory=lambda: RunSection(), description="where results go")
    sweep: SweepSection = Field(default_factory=lambda: SweepSection(), description="what a sweep tries")
