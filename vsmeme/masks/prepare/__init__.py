"""Making the masks: key frames, segmenters, propagation."""
