"""What light and rain do to a finished street: night with its lamps, and a wet road that mirrors."""

from collections.abc import Callable, Sequence
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from lensmith.lab.worlds.drawing import Colour
from lensmith.lab.worlds.street.camera import Vec
from lensmith.lab.worlds.street.stage import Stage

# The colour of rainy air.
AIR: Colour = (150, 158, 168)


def fall_dark(stage: Stage, pools: Sequence[tuple[Vec, float]]) -> None:
    """Makes it night: everything dark and blue, but for the pools of light that lamps throw, and what shines.

    Args:
        stage: with all of the day painted.
        pools: places on the ground that a lamp lights, each with the pool's reach in metres.
    """
    size_px = stage.picture.width // 4
    ambient = stage.random.randint(64, 88)
    light = Image.new("L", (size_px, size_px), ambient)
    pen = ImageDraw.Draw(light)
    for place, reach_m in pools:
        centre = stage.camera.point(place)
        if centre is not None:
            wide = stage.camera.scale_at(place[0], place[2]) * reach_m / 4
            high = max(4.0, wide * 0.45)
            x, y = centre[0] / 4, centre[1] / 4
            pen.ellipse((x - wide, y - high, x + wide, y + high), fill=stage.random.randint(190, 230))
    light = light.filter(ImageFilter.GaussianBlur(size_px / 14)).resize(stage.picture.size)
    # Moonlight is blue, lamplight is warm: what is lit keeps more red.
    curves: tuple[Callable[[int], int], ...] = (
        lambda grey: grey * grey // 255 + grey // 5,
        lambda grey: grey * grey // 300 + grey // 4,
        lambda grey: grey * 2 // 3,
    )
    tinted = Image.merge("RGB", [light.point(curve) for curve in curves])
    stage.picture.paste(ImageChops.multiply(stage.picture, tinted))
    shine(stage)


def shine(stage: Stage) -> None:
    """Lights up everything that glows, with a halo around it."""
    glow = Image.new("RGB", stage.picture.size)
    pen = ImageDraw.Draw(glow)
    for edge, colour in stage.glows:
        pen.polygon(edge, fill=colour)
    small = glow.resize((glow.width // 4, glow.height // 4), Image.Resampling.BOX)
    halo = small.filter(ImageFilter.GaussianBlur(4)).resize(glow.size)
    lit = ImageChops.screen(stage.picture, ImageChops.screen(glow, halo.point(lambda value: min(255, value * 2))))
    stage.picture.paste(lit)


def rain(stage: Stage, road: Image.Image, bare: Image.Image) -> None:
    """Makes everything wet: a pale sky, and a road that darkly mirrors what stands beyond it.

    Args:
        stage: with everything painted.
        road: white where the ground mirrors.
        bare: the picture before anything stood on the ground: what stands before the road does not mirror.
    """
    random, picture = stage.random, stage.picture
    standing = ImageChops.difference(picture, bare).convert("L").point(lambda grey: 255 if grey else 0)
    road = ImageChops.subtract(road, standing)
    horizon_px = round(picture.height * stage.camera.horizon)
    dull = ImageChops.blend(picture, Image.new("RGB", picture.size, AIR), 0.18)
    darker = dull.point(lambda value: value * 4 // 5)
    dull.paste(darker, (0, 0), road)
    above = ImageOps.flip(picture.crop((0, 0, picture.width, horizon_px)))
    below = above.resize((picture.width, picture.height - horizon_px))
    mirror = picture.copy()
    mirror.paste(_smear(below, random), (0, horizon_px))
    puddles = stage.noise(4, 14).point(lambda grey: max(40, min(130, grey * 2 - 140)))
    shares = ImageChops.multiply(road, puddles)
    picture.paste(Image.composite(mirror, dull, shares))


def _smear(picture: Image.Image, random: Random) -> Image.Image:
    """Blurred from top to bottom, and a little from side to side, as ripples do."""
    tall = picture.resize((picture.width // 3, max(1, picture.height // random.randint(14, 24))), Image.Resampling.BOX)
    return tall.resize(picture.size, Image.Resampling.BICUBIC)
