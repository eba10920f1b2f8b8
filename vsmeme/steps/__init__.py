"""One module a script: what alone knows projects and stages."""
