"""What `import tregate` offers in a notebook: adapters between one tube or one study and arrays and DataFrames.

The names are listed in `tregate/__init__.py`, which imports a module of this folder when its name is first used.
`gating` knows no DataFrame and `pipelines` touches no event, so what brings both together is a folder of its own.
"""
