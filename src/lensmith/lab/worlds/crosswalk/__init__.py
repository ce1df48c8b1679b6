"""Streets in perspective: is there a zebra crossing or not? Asked in English, in ten ways.

Every picture is a street as a driver or a pedestrian sees it: a road with pavements, houses, trees, cars and people,
in one of five conditions. Half of the pictures have a zebra crossing. All else (view, distance, light, condition,
traffic, and what could be mistaken for a zebra) is drawn the same way whether there is one or not.

Rows have `image_path`, `question`, `answer` ("zebra" or "none"), and to slice by:

    kind       "crossing"
    language   "en"
    condition  clear · faded (paint nearly gone) · dark (night, lamps) · wet (rain, a road that mirrors)
               · occluded (cars or people cover part of where the crossing is or would be)
    distractor what could be mistaken for a zebra: plain (nothing) · shadow (of a fence, across the road)
               · stairs · fence · marks (arrows, lanes, a stop line, parking bays)
    negative   `distractor` where there is no zebra, "" where there is one
    view       driver · corner · pedestrian
    stripes    how many the zebra has, 4 to 9; 0 where there is none
"""

from lensmith.lab.worlds.crosswalk.world import make_crosswalk, sentences

__all__ = ["make_crosswalk", "sentences"]
