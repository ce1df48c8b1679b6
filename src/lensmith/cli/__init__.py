"""The command line: one verb a file, imported when it is asked for. A verb parses, calls one workflow, and prints."""

import io
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib import import_module

import click

from lensmith import __version__, console
from lensmith.errors import LensmithError, Problem, RecipeError, UnknownNameError, suggest

COMMANDS = {
    "demo": "lensmith.cli.demo:demo",
    "init": "lensmith.cli.init:init",
    "check": "lensmith.cli.check:check",
    "plan": "lensmith.cli.plan:plan",
    "train": "lensmith.cli.train:train",
    "evaluate": "lensmith.cli.evaluate:evaluate",
    "score": "lensmith.cli.score:score",
    "compare": "lensmith.cli.compare:compare",
    "sweep": "lensmith.cli.sweep:sweep",
    "report": "lensmith.cli.report:report",
    "app": "lensmith.cli.app:app",
    "export": "lensmith.cli.export:export",
    "lab": "lensmith.cli.lab:lab",
}
"""To add a verb: a file with a click command of that name, a line here and a line in `SUMMARIES`."""

SUMMARIES = {
    "demo": "the whole story on a small model, on a CPU",
    "init": "write a recipe for this data",
    "check": "look the data over before anything is trained",
    "plan": "what a recipe would do: values, tokens, parameters, memory, time; nothing runs",
    "train": "train, and compare before with after",
    "evaluate": "a model's answers to data, and their scores",
    "score": "scores for answers made anywhere",
    "compare": "paired statistics of two runs",
    "sweep": "many runs of one recipe, one table",
    "report": "a run's page again, or several runs side by side",
    "app": "base and tuned model side by side in the browser",
    "export": "a run's model in files that need no lensmith",
    "lab": "drawn worlds with known answers, to try things on",
}
"""What `--help` says of each verb, here so that it imports none of them."""

INTERRUPTED = 130


class Verbs(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs, in the order in which one meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb's command, imported now; None where there is no such verb."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments begin with.

        Raises:
            UnknownNameError: there is no such verb.
        """
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            found, fix = f"there is no verb `{args[0]}`", suggest(args[0], COMMANDS)
            raise UnknownNameError(Problem("usage/unknown-verb", ctx.command_path, found, fix=fix))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the verbs and what each does."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(SUMMARIES.items()))


@click.group(
    cls=Verbs, subcommand_metavar="VERB [ARGUMENTS]...", context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, message="lensmith %(version)s")
def lensmith() -> None:
    """Fine-tunes small vision-language models on your own pictures and questions, and tells what changed.

    Begin with `lensmith demo`, or with `lensmith init DATA --out recipe.yaml` for data of your own.

    Results go to stdout, narration to stderr. Exit codes: 0 ok, 1 the run failed, 2 the recipe, the data or the
    command is wrong and nothing was started, 3 stopped by a guard, 130 interrupted.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and answers its exit code; every problem is told on stderr, with `--json` on stdout too.

    Args:
        arguments: those after the program's name; by default this process's own.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        _refuse_broken_text(given)
        code = lensmith.main(given, prog_name="lensmith", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except LensmithError as error:
        return _tell(error.problems, as_json, error.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        console.say(error.format_message())
        return error.exit_code
    except click.ClickException as error:
        return _tell([_usage_problem(error)], as_json, error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        kept = "what a run had written is kept; the same command takes it up from its last checkpoint"
        return _tell([Problem("run/interrupted", "lensmith", "interrupted", consequence=kept)], as_json, INTERRUPTED)
    except Exception as error:
        found = f"something lensmith did not expect: {type(error).__name__}: {error}"
        fix = "report it together with the lines below; what a run had written is kept"
        _tell([Problem("lensmith/unexpected", " ".join(["lensmith", *given[:1]]), found, fix=fix)], as_json, 1)
        raise


def _refuse_broken_text(arguments: Sequence[str]) -> None:
    """Raises a LensmithError for arguments whose bytes are no text: no file of a run could repeat them."""
    for argument in arguments:
        if not argument.isprintable() and any("\ud800" <= character <= "\udfff" for character in argument):
            shown = argument.encode("utf-8", "backslashreplace").decode()
            found = f"the argument `{shown}` holds bytes that are not text"
            raise RecipeError(Problem("usage/not-text", "lensmith", found, fix="rename the file"))


def _tell(problems: Sequence[Problem], as_json: bool, code: int) -> int:
    """Shows problems to the person and, when asked to, to the program that called."""
    console.show_problems(problems)
    if as_json:
        console.show_json({"problems": [asdict(problem) for problem in problems]})
    return code


def _usage_problem(error: click.ClickException) -> Problem:
    """What click says about a command line it cannot read, as a problem."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    path = context.command_path if context else "lensmith"
    return Problem("usage/wrong", path, error.format_message(), fix=f"see `{path} --help`")
