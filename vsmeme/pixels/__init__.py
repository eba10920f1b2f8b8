"""Parts of pictures: rectangles, matrices, masks' checks, cutting and pasting, warping."""
