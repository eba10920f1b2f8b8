"""Rebuild a film's full picture from two releases and make a meme of it, in VapourSynth.

Filters take a clip first and return one clip; they build graphs and never render. Plain data
(`Rect`, `Layout`, `Timeline`, `Shots`, `Track`) says where and when.
"""

import lazy_loader

__version__ = "0.1.0"

# A script that wants one filter, and a command that prints its help, load nothing else: each name
# is imported from the room that `__init__.pyi` states when it is first asked for.
_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ = [*__all__, "Mendable"]


def __getattr__(name: str) -> object:
    """Import a public name from its room."""
    return _load("UserError" if name == "Mendable" else name)  # its name until 0.1
