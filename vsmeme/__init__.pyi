"""What the package offers, by the room that each name lives in."""

from .bands.correction import correct_bands, overlap_to_upscale
from .bands.strips import crop_bands, crop_core
from .bands.upscale_bands import upscale_bands, upscale_fast, upscale_planned
from .bands.upscale_plan import Plan
from .canvas.composite import composite, missing_mask, place
from .colour.grain import Stock, fresh_mask, unify
from .colour.transform import Colour, apply_colour, cube
from .errors import ArtifactError, MissingError, UsageError, UserError
from .masks.mask import feather, grow, intersect, load_mask, subtract
from .networks.backend import BACKENDS
from .networks.manifest import find_model
from .networks.model import Model
from .networks.upscale import upscale
from .pixels.rect import Rect
from .pixels.warp import warp
from .placement.layout import Fit, Layout
from .plate.background import background
from .plate.film_background import backgrounds
from .plate.ledger import Ledger, PlateKey
from .plate.plate_files import load_plate, load_plate_mask
from .source.field_plan import FieldPlan
from .source.fields import film_frames, select_frames
from .source.files import open_video, tag
from .source.formats import conform, crop, from_working, to_rgb, to_working
from .stage_parts.composite_clips import composite_clips, section_clip
from .subject.aberration import chromatic_aberration
from .subject.insert_face import cutout, insert_face, load_picture, punch
from .subject.recolour import gamut_hits, recolour, sharpen
from .subject.restored_detail import add_detail, load_detail
from .subject.track import Placement, Pose, Region, Tone, Track
from .sync.apply_match import apply_match, show_match
from .sync.shots import Shot, Shots
from .sync.timeline import Pair, Timeline

__version__: str
Mendable = UserError  # its name until 0.1

__all__ = [
    "BACKENDS",
    "ArtifactError",
    "Colour",
    "FieldPlan",
    "Fit",
    "Layout",
    "Ledger",
    "Mendable",
    "MissingError",
    "Model",
    "Pair",
    "Placement",
    "Plan",
    "PlateKey",
    "Pose",
    "Rect",
    "Region",
    "Shot",
    "Shots",
    "Stock",
    "Timeline",
    "Tone",
    "Track",
    "UsageError",
    "UserError",
    "add_detail",
    "apply_colour",
    "apply_match",
    "background",
    "backgrounds",
    "chromatic_aberration",
    "composite",
    "composite_clips",
    "conform",
    "correct_bands",
    "crop",
    "crop_bands",
    "crop_core",
    "cube",
    "cutout",
    "feather",
    "film_frames",
    "find_model",
    "fresh_mask",
    "from_working",
    "gamut_hits",
    "grow",
    "insert_face",
    "intersect",
    "load_detail",
    "load_mask",
    "load_picture",
    "load_plate",
    "load_plate_mask",
    "missing_mask",
    "open_video",
    "overlap_to_upscale",
    "place",
    "punch",
    "recolour",
    "section_clip",
    "select_frames",
    "sharpen",
    "show_match",
    "subtract",
    "tag",
    "to_rgb",
    "to_working",
    "unify",
    "upscale",
    "upscale_bands",
    "upscale_fast",
    "upscale_planned",
    "warp",
]
