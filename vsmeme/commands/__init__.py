"""The command `vsmeme`: one module a part of it, loaded when it is asked for."""
