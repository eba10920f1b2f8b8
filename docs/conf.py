"""How the pages become a site: `uv run --group docs sphinx-build -W -n docs docs/_site`.

The site works offline: no font, script or picture comes from another host.
"""

from __future__ import annotations

from importlib.metadata import version as installed_version

from docutils.nodes import Element
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

import vsmeme

project = "vsmeme"
author = "the authors of vsmeme"
version = release = installed_version("vsmeme")
copyright = author  # noqa: A001 - Sphinx names it

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_site"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

default_role = "py:obj"
add_module_names = False
toc_object_entries_show_parents = "hide"
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = False
python_use_unqualified_type_names = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False

# What other packages define has no page here, nor have these parts of public signatures.
nitpick_ignore_regex = [
    (r"py:.*", r"(vapoursynth|vs|numpy|pathlib|os|collections|fractions|typing)(\..*)?"),
    (r"py:class", r"vsmeme\..*\.(FilePath|ContactRecord|Lack|PlacedRun)"),
]

html_theme = "furo"
html_title = f"vsmeme {version}"
html_copy_source = False
html_show_sphinx = False
html_static_path = ["static"]
html_css_files = ["site.css"]


def public_reference(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, contnode: Element
) -> Element | None:
    """Lead vsmeme.placement.layout.Layout to where vsmeme.Layout is described.

    Words in single quotes that name nothing public are code: an argument, an expression.
    """
    target = node.get("reftarget", "")
    name = target.rpartition(".")[2]
    if node.get("refdomain") != "py":
        return None
    if name not in vsmeme.__all__:
        plain = node.get("reftype") == "obj" and not target.startswith("vsmeme.")
        return contnode if plain else None
    domain = env.get_domain("py")
    return domain.resolve_xref(
        env, node["refdoc"], app.builder, "obj", f"vsmeme.{name}", node, contnode
    )


def setup(app: Sphinx) -> None:
    """Register what this site adds to Sphinx."""
    app.connect("missing-reference", public_reference)
