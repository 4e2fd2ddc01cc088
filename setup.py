"""Map the folders at the top of the source to the one package `tregate`."""

from setuptools import find_packages, setup

FOLDERS = ["gating*", "pipelines*", "library*", "fixtures*", "configs*"]

setup(
    package_dir={"tregate": "."},
    packages=["tregate", *(f"tregate.{name}" for name in find_packages(include=FOLDERS))],
)
