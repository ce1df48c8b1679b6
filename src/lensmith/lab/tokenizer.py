"""A small byte-level tokenizer for English and Russian, the same on every machine; any text survives it."""

from typing import TYPE_CHECKING

from lensmith.lab.worlds import fills, shapes

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

PAD, EOS, BOS, UNK = "<pad>", "<eos>", "<bos>", "<unk>"
START_OF_TURN, END_OF_TURN, IMAGE = "<start_of_turn>", "<end_of_turn>", "<image>"

VOCABULARY_TOKENS = 1024

# Everyday words beside the worlds' own, so that other people's questions cost fewer tokens than letters.
EVERYDAY = (
    "Describe the picture in one sentence. Answer with one word. How many are there? One, two, three, four, five.",
    "Where is it: above or below, near or far? Who is in the picture, and what do they do? It is true. It is false.",
    "Is this a small or a large thing? The light is on, the light is off. I do not know. Nothing is there.",
    "Опиши картинку одним предложением. Ответь одним словом. Сколько их здесь? Один, два, три, четыре, пять.",
    "Где это: сверху или снизу, близко или далеко? Кто на картинке и что он делает? Это верно. Это неверно.",
    "Это маленький или большой предмет? Свет горит, свет не горит. Я не знаю. Ничего нет. Ещё не всё.",
)


def train_tokenizer(*, adds_bos: bool = False) -> "PreTrainedTokenizerFast":
    """The lab's tokenizer: at most `VOCABULARY_TOKENS` tokens, learned from the worlds' sentences.

    Every byte is a token, so any text at all comes back from `decode(encode(text))` as it was, except
    that the names of the special tokens, written out, are read as those tokens. `<image>` has the highest id.

    Args:
        adds_bos: put `<bos>` before every encoded text, as Gemma's and Llama's own tokenizers do.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE(unk_token=None))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY_TOKENS - 1,
        special_tokens=[PAD, EOS, BOS, UNK, START_OF_TURN, END_OF_TURN],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        min_frequency=2,
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus(), trainer)
    tokenizer.add_special_tokens([IMAGE])
    if adds_bos:
        bos = tokenizer.token_to_id(BOS)
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{BOS} $A", pair=f"{BOS} $A {BOS} $B", special_tokens=[(BOS, bos)]
        )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=EOS,
        bos_token=BOS,
        unk_token=UNK,
        padding_side="left",
        clean_up_tokenization_spaces=False,
        extra_special_tokens=[START_OF_TURN, END_OF_TURN, IMAGE],
    )


def corpus() -> list[str]:
    """The sentences that the vocabulary is learned from, in a fixed order.

    The worlds' sentences weigh more than the everyday ones, and each is seen with and without a space before
    it: an answer begins a turn, the same word in a question does not.
    """
    worlds = [*shapes.sentences(), *fills.sentences(), "user", "model", "system"]
    everyday = [line for line in EVERYDAY for _ in range(2)]
    return [text for sentence in (*worlds, *everyday) for text in (sentence, f" {sentence}")]
