"""One module a script; only these know projects and stages."""
