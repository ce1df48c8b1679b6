"""What a step has to compute, in floating-point operations, whoever computes it: each unique token once.

A multiplication and an addition are two. For a picture with all its questions, of U unique tokens:

- the vision tower, frozen, forward alone: 2 × its weights × 577 tokens, all layers but the last, which nobody reads;
  the projector: 2 × its weights × 576;
- the language model's layers: 2 × weights × U forward, and as much again backward for what flows to the adapters.
  Frozen weights have no gradients of their own;
- the head: the same 2 and 2, for supervised tokens alone;
- attention's own products: 4 × heads × width of a head for each pair of a token and one that it sees, forward, and
  twice that backward; a question's tokens see the picture and themselves; the tower's are forward alone.

Left out: the adapters (0.2 % in the shape `2b`), norms, rotations, activations, the optimiser, and anything computed
twice: a rival's repeated pictures, recomputed activations.
"""

from workload import ANSWER_WORDS, IMAGE_TOKENS, Shape, row_tokens

PATCH_VALUES = 14 * 14 * 3


def useful_flops(shape: Shape, questions: int, *, seen: bool = True) -> int:
    """Operations for a picture and all its questions, forward and backward.

    Args:
        shape: of the model.
        questions: on the picture.
        seen: False where the picture's projected features are kept.
    """
    pairs = 12 * shape.heads * shape.head_width * seen_pairs(questions)
    layers = shape.layers * (4 * layer_weights(shape) * row_tokens(questions) + pairs)
    head = 4 * shape.width * shape.vocabulary * questions * (ANSWER_WORDS + 1)
    return layers + head + (picture_flops(shape) if seen else 0)


def picture_flops(shape: Shape) -> int:
    """Operations of the frozen tower and projector on one picture."""
    wide, tokens = shape.tower_width, IMAGE_TOKENS + 1
    layer = 2 * tower_layer_weights(shape) * tokens + 4 * wide * tokens**2
    patches = 2 * PATCH_VALUES * wide * IMAGE_TOKENS
    return (shape.tower_layers - 1) * layer + patches + 2 * projector_weights(shape) * IMAGE_TOKENS


def layer_weights(shape: Shape) -> int:
    """Of the matrices of one layer of the language model."""
    # queries and what comes out of attention are as wide as all heads; keys and values have one head
    attention = 2 * shape.heads * shape.head_width + 2 * shape.head_width
    return shape.width * (attention + 3 * shape.inner)


def tower_layer_weights(shape: Shape) -> int:
    """Of the matrices of one layer of the vision tower."""
    return shape.tower_width * (4 * shape.tower_width + 2 * shape.tower_inner)


def projector_weights(shape: Shape) -> int:
    """Of its two matrices."""
    return (shape.tower_width + shape.width) * shape.width


def count_weights(shape: Shape) -> int:
    """Of all matrices of the model, which is all but one in a hundred of its weights."""
    layers = shape.layers * layer_weights(shape) + shape.tower_layers * tower_layer_weights(shape)
    return shape.vocabulary * shape.width + layers + projector_weights(shape) + PATCH_VALUES * shape.tower_width


def seen_pairs(questions: int) -> int:
    """Pairs of a token and one that it sees, itself included."""
    trunk = row_tokens(0)
    own = row_tokens(1) - trunk
    return trunk * (trunk + 1) // 2 + questions * (own * trunk + own * (own + 1) // 2)
