"""LFM2-VL and LFM2.5-VL: every Lfm2VlForConditionalGeneration."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn

from lensmith.errors import ModelError, Problem
from lensmith.families.contract import Family, SizePx
from lensmith.families.encoded import Encoded
from lensmith.families.facts import Facts
from lensmith.families.image_settings import unfit_setting
from lensmith.families.inputs import Inputs
from lensmith.families.languages import unnamed_scripts
from lensmith.families.lfm2_vl import pictures, tower
from lensmith.families.lfm2_vl.short_conv import TreeCache, find_predecessors, follow_branches
from lensmith.families.lfm2_vl.tiles import Layout, lay_out, read_tiling
from lensmith.types import Example

# The cards' languages: English (LFM2-VL), and Arabic, Chinese, French, German, Japanese, Korean, Spanish (LFM2.5-VL).
SCRIPTS = frozenset({"LATIN", "ARABIC", "CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL"})


class Lfm2Vl(Family):
    """Pictures in as many tokens as their size asks for, and trees through attention and short convolutions alike.

    The tower's features of a picture are not kept between epochs: their number depends on the picture, and what is
    kept has one shape for all.
    """

    needs_image_sizes = True
    facts = Facts(
        name="lfm2_vl",
        modules={
            "vision": ("model.vision_tower",),
            "projector": ("model.multi_modal_projector",),
            "language": ("model.language_model", "lm_head"),
        },
        # in_proj: a short convolution stands where other layers have attention, and out_proj is the name in both.
        # Bare names like these also match the tower (out_proj, fc1, fc2): targets are chosen by component first.
        attention_layers=frozenset({"q_proj", "k_proj", "v_proj", "out_proj", "in_proj"}),
        mlp_layers=frozenset({"w1", "w2", "w3", "fc1", "fc2"}),
        gate_up_layers=frozenset({"w1", "w3", "fc1"}),
        shares_trunk=True,
        sharing="the picture stands before the question, attention is causal, and convolutions follow their branch",
    )

    def image_ids(self, size_px: SizePx | None) -> Sequence[int]:
        """Each tile's tokens behind a token that says where it lies, then the thumbnail's; all between two marks.

        Raises:
            ValueError: the size is not given.
        """
        tiling = read_tiling(self.processor.image_processor)
        layout = lay_out(self.given_size(size_px), tiling)
        ids = self._ids(self.processor.image_start_token)
        for mark in _tile_marks(layout):
            ids += [*self._ids(mark), *[self.config.image_token_id] * layout.tile_tokens]
        if layout.is_cut and tiling.thumbnail:
            ids += self._ids(self.processor.image_thumbnail_token)
        if not layout.is_cut or tiling.thumbnail:
            ids += [self.config.image_token_id] * layout.whole_tokens
        return ids + self._ids(self.processor.image_end_token)

    def encode(self, example: Example, sizes_px: Sequence[SizePx | None] = (), *, answered: bool = True) -> Encoded:
        """See `Family.encode`; a script of none of the cards' languages is noted, once each."""
        said = [text for turn in example.turns for text in (turn.question, *turn.answers[:1])]
        for script in unnamed_scripts(said, SCRIPTS | self._noted):
            self._noted |= {script.upper()}
            self.notes.append(
                f"texts are written in {script} letters, and the model's cards name no language that is: they name "
                "English, and for LFM2.5-VL also Arabic, Chinese, French, German, Japanese, Korean and Spanish"
            )
        return super().encode(example, sizes_px, answered=answered)

    def pixels(self, images: Sequence[Image.Image]) -> dict[str, Tensor]:
        """As the published processor makes them, less the padding that no piece of these pictures needs."""
        made = super().pixels(images)
        if made:
            needed = int(made["pixel_attention_mask"].sum(dim=1).max())
            for name in ("pixel_values", "pixel_attention_mask"):
                made[name] = made[name][:, :needed].contiguous()
        return made

    def hidden(self, model: nn.Module, inputs: Inputs) -> Tensor:
        """See `Family.hidden`; convolutions go back along `before_BT`, into the cache where it leads there."""
        body: Any = model.model
        embedded_BTD = self._embed(model, inputs)
        text = self.config.get_text_config()
        mask = inputs.mask
        # transformers' convolutions do for rows, except that a bias leaks out of padding on the left
        if inputs.before_BT is not None or inputs.cache is not None or text.conv_bias:
            inputs = _along_row(inputs) if inputs.before_BT is None else inputs
            before_BT = torch.as_tensor(inputs.before_BT)
            before_BS = before_BT if inputs.cache is None else inputs.cache.follow(before_BT)
            conv = find_predecessors(before_BS, before_BT.shape[1], text.conv_L_cache - 1)
            mask = {"full_attention": inputs.mask, "conv": conv}
            follow_branches(model)
        output = body.language_model(
            inputs_embeds=embedded_BTD,
            attention_mask=mask,
            position_ids=inputs.positions_BT,
            past_key_values=inputs.cache,
            use_cache=inputs.cache is not None,
        )
        return torch.as_tensor(output.last_hidden_state)

    def features(self, model: nn.Module, pixels: Mapping[str, Tensor]) -> Tensor:
        """See `Family.features`; behind a small piece's tokens, numbers without meaning."""
        body: Any = model.model
        seen_UPD = tower.see(body.vision_tower, pixels)
        return tower.project(body.multi_modal_projector, seen_UPD, pixels["spatial_shapes"])

    def new_cache(self, model: nn.Module) -> TreeCache:
        """An empty cache that also keeps what convolutions need of earlier tokens."""
        config: Any = model.config
        return TreeCache(config.get_text_config())

    def repair_processor(self) -> None:
        """Sets what decides the number of image tokens from the model's own config.

        Raises:
            ModelError: the settings ask for what cannot be done exactly.
        """
        self._noted: frozenset[str] = frozenset()
        images = self.processor.image_processor
        right = {
            "encoder_patch_size": self.config.vision_config.patch_size,
            "downsample_factor": self.config.downsample_factor,
        }
        for name, value in right.items():
            found = getattr(images, name)
            if found != value:
                self.notes.append(f"the image processor's {name} was {found!r}; the model's config says {value!r}")
                setattr(images, name, value)
        problems = [*self._check_tower(), *self._check_tiling(), *self._image_token_problems()]
        if problems:
            raise ModelError(problems)

    def _automatic_bos(self) -> list[int]:
        """None: this model's processor never lets the tokenizer add tokens; the chat template writes all there are."""
        return []

    def _embed(self, model: Any, inputs: Inputs) -> Tensor:
        """The rows' embeddings, pictures in their places."""
        embedded_BTD = torch.as_tensor(model.model.get_input_embeddings()(inputs.ids_BT))
        if not inputs.pixels:
            return embedded_BTD
        features_UTD = self.features(model, inputs.pixels)
        count_U = tower.count_tokens(inputs.pixels["spatial_shapes"], self.config.downsample_factor)
        return tower.place(embedded_BTD, inputs.ids_BT == self.config.image_token_id, features_UTD, count_U)

    def _check_tower(self) -> list[Problem]:
        kind = self.config.vision_config.model_type
        if kind == "siglip2_vision_model":
            return []
        found = f"the vision tower is a {kind}"
        return [
            Problem(
                "model/unknown-tower",
                "config.json vision_config.model_type",
                found,
                expected="siglip2_vision_model",
                consequence="what it makes of pieces of different sizes is not known",
                fix="use a checkpoint as published",
            )
        ]

    def _check_tiling(self) -> list[Problem]:
        images = self.processor.image_processor
        tiling = read_tiling(images)
        problems = []
        if images.resample not in pictures.MODES:
            known = ", ".join(f"{number} ({name})" for number, name in pictures.MODES.items())
            problems.append(unfit_setting("resample", images.resample, known))
        if tiling.splits and tiling.min_tiles < 2:
            # a grid of one tile would have its tokens counted as if it were the picture in one piece
            problems.append(unfit_setting("min_tiles", tiling.min_tiles, "at least 2, or do_image_splitting: false"))
        if tiling.splits and tiling.max_tiles < tiling.min_tiles:
            problems.append(unfit_setting("max_tiles", tiling.max_tiles, f"at least min_tiles, {tiling.min_tiles}"))
        if tiling.splits and tiling.tile_px % tiling.token_px:
            problems.append(
                unfit_setting("tile_size", tiling.tile_px, f"a multiple of a token's side, {tiling.token_px} px")
            )
        return problems


def _tile_marks(layout: Layout) -> list[str]:
    """What stands before each tile of a cut picture, in their order."""
    if not layout.is_cut:
        return []
    places = [(row + 1, column + 1) for row in range(layout.rows) for column in range(layout.columns)]
    return [f"<|img_row_{row}_col_{column}|>" for row, column in places]


def _along_row(inputs: Inputs) -> Inputs:
    """What `mask_BS` means, said as for trees: each token comes after its neighbour and sees all that came before."""
    mask_BS = inputs.mask.bool()
    tokens, width = inputs.ids_BT.shape[1], mask_BS.shape[1]
    column_S = torch.arange(width, device=mask_BS.device)
    column_T = column_S[width - tokens :]
    there_BS = mask_BS & torch.cat([torch.zeros_like(mask_BS[:, :1]), mask_BS[:, :-1]], dim=1)
    before_BT = torch.where(there_BS, column_S - 1, -1)[:, width - tokens :]
    seen_BTS = mask_BS[:, None, :] & (column_S <= column_T[:, None])
    itself_TS = column_S == column_T[:, None]  # padding looks at itself, so that its softmax is over something
    positions_BT = inputs.positions_BT
    if positions_BT is None:
        positions_BT = column_T.expand(inputs.ids_BT.shape)
    return replace(inputs, mask=(seen_BTS | itself_TS)[:, None], before_BT=before_BT, positions_BT=positions_BT)
