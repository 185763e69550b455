"""The `weft` command: reads arguments, says mistakes plainly, and leaves the work to others.

Everything heavy is imported inside the command that needs it, so that `weft --help` is instant.
Exit codes: 0 done, 1 done but not as it should be (a demo says what; a bench says it in its table
and gives 0), 2 a mistake of the caller, 130 stopped with Ctrl-C, and a bench
with SIGTERM as well.
"""

import difflib
import json
import pkgutil
import signal
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from weft import command_log
from weft.errors import InputError, WeftError


class _Commands(TyperGroup):
    """The commands, with weft's own errors shown as messages and not as tracebacks."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command; an error that weft raised on purpose is the caller's to repair."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            # The event loop has already cancelled the session and waited for it to end.
            raise typer.Exit(130) from None
        except Exception as error:
            meant = error
            while isinstance(meant, ExceptionGroup) and len(meant.exceptions) == 1:
                meant = meant.exceptions[0]
            if not isinstance(meant, WeftError):
                raise
            typer.echo(str(meant), err=True)
            raise typer.Exit(2) from None


app = typer.Typer(
    cls=_Commands,
    name="weft",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

TRAINING_STEPS = 2_400
"""As many as the shipped weights have had: an hour and a half to two hours on 2 cores."""
SENSES_STEPS = 7_400
"""Of a training with senses: some three hours in two processes; the voice comes after them."""
VOICE_STEPS = 4_000
"""Of a training of the voice alone."""
WORD_DIMS = 128
"""Dimensions of the vector that a heard word brings; 0 trains a model without."""

_ONLY_FOR = {
    "references": "fidelity",
    "utterances": "delegation",
    "minutes": "loop or soak",
    "requests": "route",
    "area": "faults",
    "wav-dir": "hear",
    "ears": "hear or speak",
    "spoken": "turns or fidelity or delegation or weave",
    "senses": "loop",
}
"""The benches that an option of `weft bench` belongs to."""

ConfigFile = Annotated[Path | None, typer.Argument(metavar="[CONFIG]", help="A YAML agent.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Fast = Annotated[bool, typer.Option("--fast", help="Virtual time: as fast as it computes.")]
Record = Annotated[Path | None, typer.Option(help="Write the session's record (JSON lines) here.")]


def main() -> None:
    """Run the command line; what weft logs goes to standard error."""
    command_log.begin()
    app()


def _say_version(wanted: bool) -> None:
    """Print the installed version and leave."""
    if wanted:
        typer.echo(f"weft {version('weft')}")
        raise typer.Exit


@app.callback()
def weft(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_say_version, is_eager=True, help="Say the version."),
    ] = False,
) -> None:
    """A conversation that is present and smart at once."""


@app.command()
def demo(
    config: Annotated[Path | None, typer.Option(help="Another agent than the shipped one.")] = None,
    fast: Fast = False,
    as_json: AsJson = False,
    record: Record = None,
    spoken: Annotated[
        bool,
        typer.Option(
            "--spoken",
            help="In sound, in virtual time; needs --out, and the extras `sound` and `picture`.",
        ),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            help="With --spoken: the sound file, the user left and weft right; its timeline is "
            "drawn beside it, as .svg and .png."
        ),
    ] = None,
) -> None:
    """Hold a live conversation with a simulated user and draw its timeline."""
    if spoken != (out is not None):
        raise typer.BadParameter(
            "a conversation in sound is written to a file: give both --spoken and --out FILE.wav"
        )
    if out is not None:
        from weft import spoken_demo

        raise typer.Exit(spoken_demo.main(config, out=out, as_json=as_json, record=record))
    from weft import demo as face

    raise typer.Exit(face.main(config, fast=fast, as_json=as_json, record=record))


@app.command()
def talk(
    config: ConfigFile = None,
    words: Annotated[
        Path | None,
        typer.Option(help="A timed transcript that is the user; with --wav, its words."),
    ] = None,
    wav: Annotated[Path | None, typer.Option(help="A sound file that is the user.")] = None,
    mic: Annotated[bool, typer.Option("--mic", help="Speak and hear; wear headphones.")] = False,
    device: Annotated[
        str | None,
        typer.Option(help="For --mic: a number or name, or MICROPHONE,SPEAKER."),
    ] = None,
    devices: Annotated[bool, typer.Option("--devices", help="List microphones.")] = False,
    video: Annotated[
        str | None,
        typer.Option(help="For --wav and --mic: what is seen; a file, camera or camera:N."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write what the model said, as a timed transcript; with --wav, as sound, and the "
            "transcript beside it."
        ),
    ] = None,
    fast: Fast = False,
    record: Record = None,
    resume: Annotated[
        Path | None,
        typer.Option(help="Go on with the conversation of this record, which goes on too."),
    ] = None,
) -> None:
    """Talk with the agent in the terminal; what you type is heard while it speaks."""
    in_sound = wav is not None or mic or devices
    files = {
        "CONFIG": config,
        "--words": words,
        "--wav": wav,
        "--out": out,
        "--record": record,
        "--resume": resume,
    }
    # An empty name has become that of the folder that one is in.
    _check_talk({name: file == Path() and "it names no file" for name, file in files.items()})
    _check_talk({"--video": video == "" and "it names nothing that could be seen"})
    if devices:
        beside = files | {"--mic": mic or None, "--video": video, "--fast": fast or None}
        lists = "--devices lists the microphones, and nothing is talked"
        _check_talk({name: given is not None and lists for name, given in beside.items()})
    _check_talk(
        {
            "--fast": fast
            and words is None
            and wav is None
            and "virtual time needs --words or --wav",
            "--record": record and resume and "what is resumed is recorded where it was",
            "--resume": resume and in_sound and "a conversation cannot be gone on with in sound",
            "--wav": wav and mic and "it is the file or the microphone that is heard",
            "--words": words and mic and "nobody knows the words of who speaks",
            "--out": out and mic and "with --mic, what is said is heard; --record keeps its words",
            "--device": device is not None and not mic and "it belongs to --mic",
            "--video": video and not in_sound and "it belongs to --wav and --mic",
        }
    )
    if in_sound:
        from weft import spoken_talk

        if devices:
            raise typer.Exit(spoken_talk.show_devices())
        if wav is not None:
            raise typer.Exit(
                spoken_talk.talk_with_file(
                    config, wav, words=words, out=out, record=record, fast=fast, video=video
                )
            )
        raise typer.Exit(
            spoken_talk.talk_with_microphone(config, device=device, record=record, video=video)
        )
    from weft import talk as face

    exit_code = face.main(config, words=words, out=out, fast=fast, record=record, resume=resume)
    raise typer.Exit(exit_code)


def _check_talk(reasons: Mapping[str, object]) -> None:
    """Refuse an option for the reason that is given against it, if one is."""
    for option, reason in reasons.items():
        if reason:
            raise typer.BadParameter(f"leave {option} out: {reason}")


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="A record made with --record.")],
) -> None:
    """Draw the timeline of a recorded session."""
    from weft import talk as face

    raise typer.Exit(face.replay(file))


@app.command()
def bench(
    name: Annotated[
        str,
        typer.Argument(
            help="fidelity, delegation, weave, turns, hear, speak, see, loop, route, agents, "
            "faults, bus or soak."
        ),
    ],
    as_json: AsJson = False,
    seed: Annotated[int, typer.Option(help="Same seed, same numbers.")] = 0,
    size: Annotated[int | None, typer.Option(min=1, help="How many cases.")] = None,
    references: Annotated[
        Path | None, typer.Option(help="For fidelity: one reference a line.")
    ] = None,
    utterances: Annotated[
        Path | None, typer.Option(help='For delegation: JSON lines {"text", "delegate"}.')
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(min=0.05, help="For loop and soak: how long.")
    ] = None,
    requests: Annotated[
        Path | None, typer.Option(help='For route: JSON lines {"text", "tool", "arguments"}.')
    ] = None,
    area: Annotated[str | None, typer.Option(help="For faults: agents or queue.")] = None,
    wav_dir: Annotated[
        Path | None, typer.Option(help="For hear: a folder of NAME.wav with NAME.txt.")
    ] = None,
    ears: Annotated[
        str | None,
        typer.Option(help="For hear and speak: native, an adapter or plug-in, or a YAML agent's."),
    ] = None,
    spoken: Annotated[
        bool,
        typer.Option(
            "--spoken", help="For turns, fidelity, delegation, weave: aloud, and beside text."
        ),
    ] = False,
    senses: Annotated[
        bool, typer.Option("--senses", help="For loop: sound and pictures, and a voice.")
    ] = False,
    weights: Annotated[Path | None, typer.Option(help="Folder of other weights.")] = None,
) -> None:
    """Measure one property of the shipped agent and print it as a table."""
    from weft import bench as benches
    from weft.bench._report import Asked, show

    known = sorted(
        module.name for module in pkgutil.iter_modules(benches.__path__) if module.name[0] != "_"
    )
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        guess = f"did you mean {near[0]}? " if near else ""
        raise InputError(f"no bench is called {name!r}; {guess}known: {', '.join(known)}")
    given = {
        "references": references,
        "utterances": utterances,
        "minutes": minutes,
        "requests": requests,
        "area": area,
        "wav-dir": wav_dir,
        "ears": ears,
        "spoken": spoken or None,
        "senses": senses or None,
    }
    for option, of_bench in _ONLY_FOR.items():
        if given[option] is not None and name not in of_bench.split(" or "):
            raise InputError(f"--{option} belongs to `weft bench {of_bench}`, not to {name}")
    module = import_module(f"weft.bench.{name}")
    asked = Asked(
        seed=seed,
        size=size,
        references=references,
        utterances=utterances,
        minutes=minutes,
        requests=requests,
        area=area,
        weights=weights,
        wav_dir=wav_dir,
        ears=ears,
        spoken=spoken,
        senses=senses,
    )
    # What it has started ends with it, whoever ends it: with Ctrl-C, that is so.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    show(module.report(asked), as_json=as_json)


@app.command()
def worker(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="A YAML agent.")],
    pool: Annotated[
        str | None, typer.Option(help="Whose packages to take; else as `queue.pool` says.")
    ] = None,
) -> None:
    """Answer what conversations in other processes hand over; ends in order on SIGTERM."""
    from weft import worker_process

    raise typer.Exit(worker_process.main(config, pool=pool))


@app.command()
def queue(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="A YAML agent.")],
    action: Annotated[str, typer.Argument(help="status, pending, dead, retry or drop.")] = "status",
    ids: Annotated[list[str] | None, typer.Argument(help="Of dead letters.")] = None,
    pool: Annotated[str | None, typer.Option(help="Else as `queue.pool` says.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All dead letters.")] = False,
    live: Annotated[bool, typer.Option("--live", help="Draw the status until Ctrl-C.")] = False,
    as_json: AsJson = False,
) -> None:
    """Look at a queue on a server; try again or drop what was set aside."""
    from weft import queue_commands

    known = [each.value for each in queue_commands.Action]
    if action not in known:
        raise InputError(f"`weft queue CONFIG` is followed by {', '.join(known)}, not {action!r}")
    exit_code = queue_commands.main(
        config,
        queue_commands.Action(action),
        ids or (),
        pool=pool,
        everything=everything,
        live=live,
        as_json=as_json,
    )
    raise typer.Exit(exit_code)


@app.command()
def train(
    context: typer.Context,
    out: Annotated[
        Path, typer.Option(help="Folder for weights, checkpoints and the curve.")
    ] = Path("runs/training"),
    steps: Annotated[
        int | None,
        typer.Option(
            min=1,
            help=f"Optimiser steps; {TRAINING_STEPS} if nothing is said, "
            f"with --senses {SENSES_STEPS}, and then a quarter as many for its voice; "
            f"with --voice {VOICE_STEPS}.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Same seed, same data.")] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    threads: Annotated[int, typer.Option(min=0, help="Threads to compute with; 0: all.")] = 0,
    word_dims: Annotated[
        int,
        typer.Option(min=0, max=384, help="Dimensions of the word vectors; 0: none."),
    ] = WORD_DIMS,
    senses: Annotated[
        bool,
        typer.Option("--senses", help="Teach the shipped model to hear, see and sound."),
    ] = False,
    processes: Annotated[
        int, typer.Option(min=1, help="With --senses: processes that share the lessons.")
    ] = 1,
    voice: Annotated[
        bool,
        typer.Option("--voice", help="Teach only the voice, of the model in --out."),
    ] = False,
    request_detector: Annotated[
        bool, typer.Option("--request-detector", help="Fit the backstop's detector instead.")
    ] = False,
    request_parser: Annotated[
        bool,
        typer.Option("--request-parser", help="Fit the embedded agent's parser instead."),
    ] = False,
) -> None:
    """Train the interaction model; what was interrupted in the same folder is continued."""
    chosen = _chosen(context)
    _refuse(
        {
            "--request-parser": request_parser
            and request_detector
            and "they are fitted one at a time, and --request-detector is given",
            "--voice": voice and senses and "--senses teaches the voice as well, at its end",
            "--word-dims": "word_dims" in chosen
            and (senses or voice)
            and "the word vectors are those that the model has, or the shipped ones",
            "--processes": "processes" in chosen and not senses and "it belongs to --senses",
        }
    )
    if request_detector:
        _need("sklearn", "the detector is fitted with scikit-learn")
        _only_out_and_seed(context, "--request-detector")
        _make_folder(out)
        from weft import request_training
        from weft.request_detector import SHIPPED_NETWORK

        request_training.main(out / SHIPPED_NETWORK, seed=seed)
        return
    if request_parser:
        _only_out_and_seed(context, "--request-parser")
        _make_folder(out)
        from weft.background_agents.request_parser.parser import SHIPPED
        from weft.parser_training import run

        run.main(out / SHIPPED, seed=seed)
        return
    _need("matplotlib", "training draws its curve with matplotlib")
    _make_folder(out)
    from weft.interaction_model.training import cli as training

    if voice:
        steps = steps or VOICE_STEPS
        training.train_voice(out=out, steps=steps, seed=seed, device=device, threads=threads)
        return
    training.main(
        out=out,
        steps=steps or (SENSES_STEPS if senses else TRAINING_STEPS),
        seed=seed,
        device=device,
        threads=threads,
        word_dims=word_dims,
        senses=senses,
        processes=processes,
    )


def _only_out_and_seed(context: typer.Context, instead: str) -> None:
    """Raise InputError for an option that is for the model, when something else is to be fitted."""
    chosen = _chosen(context)
    for name in ("steps", "device", "threads", "word_dims", "senses", "processes", "voice"):
        if name in chosen:
            option = name.replace("_", "-")
            raise InputError(f"--{option} is for the model, not for {instead}")


def _chosen(context: typer.Context) -> set[str]:
    """Name the parameters that the caller gave a value."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    return {name for name, source in sources.items() if source and source.name != "DEFAULT"}


def _refuse(reasons: Mapping[str, object]) -> None:
    """Raise InputError for the first option against which a reason is given."""
    for option, reason in reasons.items():
        if reason:
            raise InputError(f"leave {option} out: {reason}")


def _need(module: str, why: str) -> None:
    """Raise InputError when a library that only training uses is not installed."""
    if find_spec(module) is None:
        raise InputError(f"{why}: pip install 'weft[train]'")


def _make_folder(out: Path) -> None:
    """Make the folder that a training writes into; raises InputError when that cannot be."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=out).close()
    except OSError as error:
        reason = "is a file" if out.is_file() else error.strerror
        raise InputError(f"--out must be a folder to write into; {str(out)!r}: {reason}") from error


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="YAML agents.")],
) -> None:
    """Check configuration files and say every mistake with its line."""
    from weft.wiring import checked_config

    wrong = 0
    for file in files:
        try:
            checked_config(file)
        except WeftError as error:
            wrong += 1
            typer.echo(str(error), err=True)
        else:
            typer.echo(f"{file}: fine")
    raise typer.Exit(2 if wrong else 0)


@app.command()
def schema() -> None:
    """Print the JSON Schema of a configuration file, for editors."""
    from weft.config import json_schema

    typer.echo(json.dumps(json_schema(), indent=2))


tools = typer.Typer(
    invoke_without_command=True,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(tools, name="tools")

UsedBy = Annotated[
    Path | None, typer.Option("--config", help="The tools that this agent uses, and no others.")
]


@tools.callback()
def list_tools(
    context: typer.Context,
    config: UsedBy = None,
    schemas: Annotated[
        bool, typer.Option("--schema", help="Print the arguments of each, as JSON Schema.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the tools that a configuration can name, call one, or begin a new one."""
    if context.invoked_subcommand is not None:
        if config or schemas or as_json:
            raise typer.BadParameter(f"write options after `{context.invoked_subcommand}`")
        return
    from weft import tool_commands

    raise typer.Exit(tool_commands.list_tools(config, schemas=schemas, as_json=as_json))


@tools.command()
def call(
    name: Annotated[str, typer.Argument(help="The tool.")],
    arguments: Annotated[
        str, typer.Argument(metavar="JSON", help="Its arguments, as a JSON object.")
    ] = "{}",
    config: UsedBy = None,
    as_json: AsJson = False,
) -> None:
    """Run one tool and print what it finds out."""
    from weft import tool_commands

    raise typer.Exit(tool_commands.call_tool(name, arguments, config, as_json=as_json))


@tools.command()
def new(
    name: Annotated[str, typer.Argument(help="What the tool is called, like moon-phase.")],
    folder: Annotated[Path, typer.Option(help="Where its own folder is made.")] = Path(),
) -> None:
    """Make a package with one tool and its test, ready to be installed."""
    from weft.new_plugin import write_plugin

    home = write_plugin(name, folder)
    typer.echo(
        f"{home} holds the tool {name} and its test. Next:\n"
        f"  pip install -e '{home}[dev]'\n"
        f"  pytest {home}\n"
        f'  weft tools call {name} \'{{"word": "loom"}}\''
    )
