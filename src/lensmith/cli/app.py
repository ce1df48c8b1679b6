"""`lensmith app`."""

from pathlib import Path

import click

from lensmith.console import say


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="The address to listen at; 0.0.0.0 is everybody's."
)
@click.option("--port", type=click.IntRange(min=1, max=65535), help="By default the first free one from 7860.")
def app(run: Path, host: str, port: int | None) -> None:
    """Opens RUN in the browser: base and tuned model side by side, and the errors of the run.

    Drop a picture and ask both models; with labels in the recipe, the probability of each label is shown. Only this
    machine can reach the page unless --host says otherwise; the page fetches nothing from elsewhere. Ctrl-C ends it.
    """
    from threading import Event

    from lensmith.workflows.app import open_app

    served = open_app(run, host, port)
    say(f"open {served.url} in a browser; Ctrl-C ends it")
    try:
        Event().wait()
    except KeyboardInterrupt:
        say("closed")
    finally:
        served.close()
