"""The small networks that know people and faces, and the light they know."""
