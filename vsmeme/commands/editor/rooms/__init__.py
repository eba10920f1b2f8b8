"""What each view of the page asks, room by room."""
