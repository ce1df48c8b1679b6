"""Streets in perspective: a camera, a road, what stands beside it and on it, and the light; for worlds set outdoors."""
