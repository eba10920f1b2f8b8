"""What a source file is, measured."""
