"""The documentation site: `make docs` builds it from the Markdown files of the repository, without a network."""

from importlib.metadata import version as installed

project = "tregate"
copyright = "2026, tregate contributors"
release = version = installed("tregate").partition("+")[0]

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
include_patterns = [
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "GLOSSARY.md",
    "docs/**.md",
    "benchmarks/results.md",
]
exclude_patterns = [".venv", ".git", "build", "demo-trial", "tests", "gating", "pipelines", "fixtures", ".mypy_cache"]
root_doc = "docs/index"
nitpicky = False

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

autodoc_typehints = "description"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "undoc-members": False}

html_theme = "alabaster"
html_theme_options = {
    "description": "Treg and NK cells from FCS files",
    "fixed_sidebar": True,
    "show_powered_by": False,
}
html_copy_source = False
html_show_sourcelink = False
