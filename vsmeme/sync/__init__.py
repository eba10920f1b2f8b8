"""Which frame of the DVD belongs to which frame of the wide, and where the shots are."""
