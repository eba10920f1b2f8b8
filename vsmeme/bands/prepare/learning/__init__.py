"""An upscaler learned from the film's own overlap."""
