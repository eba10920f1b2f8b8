"""What only the DVD shows: cut out, upscaled, corrected."""
