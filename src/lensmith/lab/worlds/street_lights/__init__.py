"""Traffic lights at streets: red, green, off, none there, or not to be told? Asked in English, in eight ways.

Every picture is a street as a driver or someone on foot sees it. A traffic light with two or three lamps stands
beside the road or hangs over it. The five answers come in turn; all else is drawn the same way whatever the answer
is, but for what makes it unknown. A blank face of a near and plain light is "off"; it is "unknown" when the picture
is too dark, when the light is too far away in haze, or when leaves or a cloth cover its lamps.

Rows have `image_path`, `question`, `answer`, and to slice by:

    kind       "light"
    language   "en"
    condition  day · night · wet · haze; where the answer is unknown, why: too dark · too far · covered
    distractor what could be mistaken for a light: plain (nothing) · globes (round street lamps) · signs (round and
               coloured) · cars (their lights) · shops (coloured signs on houses)
    lamps      2 or 3; 0 where there is no traffic light
"""

from lensmith.lab.worlds.street_lights.world import make_street_lights, sentences

__all__ = ["make_street_lights", "sentences"]
