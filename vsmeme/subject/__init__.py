"""The subject's look: recolouring, fringes, the face."""
