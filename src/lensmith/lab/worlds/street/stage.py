"""A picture of a street that is being painted: the ground first, then what stands on it from far to near."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from PIL import Image, ImageDraw, ImageFilter

from lensmith.lab.worlds.drawing import Colour, Point, shade
from lensmith.lab.worlds.street.camera import Camera, Vec

# Drawn at twice the size and scaled down, so that edges are smooth.
PICTURE_PX = 192
STAGE_PX = 2 * PICTURE_PX


@dataclass(slots=True)
class Stage:
    """What is painted on, and what still waits to be painted.

    Attributes:
        picture: RGB, `STAGE_PX` wide and high.
        camera: whose view it is.
        random: decides details.
        sunlit: how bright a wall is that faces the road, and one that faces along it.
        waiting: things that stand, each with its distance.
        glows: polygons that shine in the dark, each with its colour.
    """

    picture: Image.Image
    camera: Camera
    random: Random
    sunlit: tuple[float, float] = (1.0, 0.8)
    waiting: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    glows: list[tuple[list[Point], Colour]] = field(default_factory=list)

    @property
    def pen(self) -> ImageDraw.ImageDraw:
        """Draws on the picture as it is now."""
        return ImageDraw.Draw(self.picture)

    def fill(self, places: Sequence[Vec], colour: Colour, brightness: float = 1.0) -> None:
        """Paints a flat polygon of the street."""
        edge = self.camera.project(places)
        if len(edge) > 2:
            self.pen.polygon(edge, fill=shade(colour, brightness))

    def glow(self, places: Sequence[Vec], colour: Colour) -> None:
        """Makes a polygon of the street shine when it is dark."""
        edge = self.camera.project(places)
        if len(edge) > 2:
            self.glows.append((edge, colour))

    def stand(self, x: float, z: float, paint: Callable[[], None]) -> None:
        """Lets something be painted when its turn comes: after all that is farther than (x, z)."""
        self.waiting.append((self.camera.depth_m(x, z), paint))

    def raise_all(self) -> None:
        """Paints everything that waits, from far to near."""
        for _, paint in sorted(self.waiting, key=lambda each: -each[0]):
            paint()
        self.waiting.clear()

    def mask(self, polygons: Sequence[Sequence[Vec]]) -> Image.Image:
        """White where a flat polygon of the street is, black elsewhere."""
        mask = Image.new("L", self.picture.size, 0)
        pen = ImageDraw.Draw(mask)
        for places in polygons:
            edge = self.camera.project(places)
            if len(edge) > 2:
                pen.polygon(edge, fill=255)
        return mask

    def noise(self, across: int, down: int | None = None) -> Image.Image:
        """Smooth blotches of all greys, so many across and down."""
        cells = (across, down or across)
        rough = Image.frombytes("L", cells, self.random.randbytes(cells[0] * cells[1]))
        return rough.resize(self.picture.size, Image.Resampling.BICUBIC)

    def lay(self, mask: Image.Image, colour: Colour) -> None:
        """Paints a colour where the mask is white, and in part where it is grey."""
        self.picture.paste(colour, (0, 0), mask)

    def shadow(self, polygons: Sequence[Sequence[Vec]], darkness: float, soft_px: float = 3.0) -> None:
        """Darkens parts of the ground, with soft edges; `darkness` is a fraction 0–1."""
        mask = self.mask(polygons).filter(ImageFilter.BoxBlur(soft_px)).point(lambda grey: round(grey * darkness))
        self.lay(mask, (14, 16, 26))

    def finished(self) -> Image.Image:
        """The picture at its final size."""
        return self.picture.resize((PICTURE_PX, PICTURE_PX), Image.Resampling.LANCZOS)
