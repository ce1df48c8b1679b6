"""A small byte-level tokenizer for English and Russian, the same on every machine; any text survives it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lensmith.lab.worlds import fills, shapes

if TYPE_CHECKING:
    from tokenizers import Tokenizer
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


def train_tokenizer(
    *, adds_bos: bool = False, sentences: Sequence[str] | None = None, vocabulary_tokens: int = VOCABULARY_TOKENS
) -> "PreTrainedTokenizerFast":
    """The lab's tokenizer: at most `vocabulary_tokens` tokens, learned from sentences.

    Every byte is a token, so any text at all comes back from `decode(encode(text))` as it was, except
    that the names of the special tokens, written out, are read as those tokens. `<image>` has the highest id.

    Args:
        adds_bos: put `<bos>` before every encoded text, as Gemma's and Llama's own tokenizers do.
        sentences: what it will read and write; None: what the two smallest worlds say.
        vocabulary_tokens: special tokens and 256 bytes included.
    """
    from tokenizers import processors
    from transformers import PreTrainedTokenizerFast

    reserved = [PAD, EOS, BOS, UNK, START_OF_TURN, END_OF_TURN]
    tokenizer = train_vocabulary(reserved, vocabulary_tokens - 1, sentences)
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


def train_vocabulary(reserved: list[str], n_tokens: int, sentences: Sequence[str] | None = None) -> "Tokenizer":
    """The vocabulary under a tokenizer: `reserved` first, then every byte, then the commonest pieces of sentences.

    Args:
        reserved: special tokens, which get the ids from 0 on.
        n_tokens: at most so many in all.
        sentences: as for `train_tokenizer`.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE(unk_token=None))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=n_tokens,
        special_tokens=reserved,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        min_frequency=2,
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus(sentences), trainer)
    return tokenizer


def corpus(sentences: Sequence[str] | None = None) -> list[str]:
    """The sentences that the vocabulary is learned from, in a fixed order.

    The worlds' sentences weigh more than the everyday ones, and each is seen with and without a space before
    it: an answer begins a turn, the same word in a question does not.
    """
    said = [*shapes.sentences(), *fills.sentences()] if sentences is None else sentences
    worlds = [*said, "user", "model", "system"]
    everyday = [line for line in EVERYDAY for _ in range(2)]
    return [text for sentence in (*worlds, *everyday) for text in (sentence, f" {sentence}")]
