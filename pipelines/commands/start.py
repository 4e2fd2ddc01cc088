"""Entry of the console script. Worker processes import it too, as their main module: so it imports nothing."""


def main() -> None:
    """The command line."""
    from tregate.pipelines.commands.cli import main as command_line

    command_line()
