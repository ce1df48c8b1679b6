"""`lensmith lab`: what lensmith proves itself on. To add a command: a file here, and a line below."""

import click

from lensmith.cli.lab.build import build
from lensmith.cli.lab.make import make
from lensmith.cli.lab.run import run
from lensmith.cli.lab.sweep import sweep
from lensmith.cli.lab.twins import twins
from lensmith.cli.lab.worlds import worlds
from lensmith.errors import Problem, UnknownNameError, suggest


class LabCommands(click.Group):
    """A group that helps after a mistyped name."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments begin with.

        Raises:
            UnknownNameError: there is no such command.
        """
        if args[0] not in self.commands and not args[0].startswith("-"):
            found, fix = f"there is no command `{args[0]}`", suggest(args[0], self.commands)
            raise UnknownNameError(Problem("usage/unknown-command", ctx.command_path, found, fix=fix))
        return super().resolve_command(ctx, args)


@click.group(cls=LabCommands)
def lab() -> None:
    """Drawn worlds with known answers, and experiments on them, to try a recipe, a setting or a doubt on a laptop.

    Begin with `lensmith lab twins`, then `lensmith lab run TWIN OUT`; or with `lensmith lab worlds`, then
    `lensmith lab make WORLD OUT`.
    """


lab.add_command(worlds)
lab.add_command(make)
lab.add_command(twins)
lab.add_command(run)
lab.add_command(sweep)
lab.add_command(build)
