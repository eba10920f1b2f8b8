"""Making the plates: real pixels first, then the one generation."""
