"""Commands that turn pooled resistances into numbers for a cell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from metastudy.cli.application import EXPERIMENTALIST, LeaveOut, Root, app, example
from metastudy.cli.output import AnswerFormat, answer, show

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from metastudy.answers.impact import Goal, Layer


At = Annotated[float, typer.Option("--at", help="Temperature (degC).")]
Alpha = Annotated[float, typer.Option("--alpha", help="Share outside the prediction interval.")]
Seed = Annotated[int, typer.Option("--seed", help="Seed of the draws of what bounds leave open.")]
Format = Annotated[AnswerFormat, typer.Option("--format", help="How the answer is written.")]


@app.command(
    rich_help_panel=EXPERIMENTALIST, epilog=example("metastudy predict 'LICGC | PEO' --at 60")
)
def predict(
    context: typer.Context,
    pair: Annotated[
        str, typer.Argument(metavar="PAIR", help="Two conductors, such as 'LICGC | PEO'.")
    ],
    at: At,
    alpha: Alpha = 0.05,
    seed: Seed = 1,
    format: Format = AnswerFormat.TEXT,
    leave_out: LeaveOut = None,
    root: Root = None,
) -> None:
    """Predict the resistance that a new laboratory, or a new preparation, will find."""
    from metastudy.answers.predict import predict as prediction
    from metastudy.pages.sections import predict as written

    found = prediction(pair, at, alpha=alpha, seed=seed, leave_out=leave_out or (), root=root)
    if format is AnswerFormat.CSV:
        typer.echo(written.as_csv(found), nl=False)
    elif format is AnswerFormat.JSON:
        typer.echo(answer(context, written.content(found)), nl=False)
    else:
        show(found.sentence, [written.intervals_table(found), written.rows_table(found)], root)


@app.command(
    rich_help_panel=EXPERIMENTALIST,
    epilog=example(
        "metastudy impact --class PE/SE --at 60 --current 3 --efficiency 0.9 --voltage 3.6"
    ),
)
def impact(
    context: typer.Context,
    at: At,
    current: Annotated[float, typer.Option("--current", help="Current density (mA cm-2).")],
    interface_class: Annotated[
        str | None, typer.Option("--class", help="LE/SE, PE/SE or SE/SE.")
    ] = None,
    pair: Annotated[
        str | None, typer.Option("--pair", help="Two conductors, in place of a class.")
    ] = None,
    solid_um: Annotated[
        float | None, typer.Option("--solid-um", help="Thickness of the solid electrolyte (um).")
    ] = None,
    solid_s_cm: Annotated[
        float | None, typer.Option("--solid-s-cm", help="Its conductivity (S/cm).")
    ] = None,
    partner_um: Annotated[
        float | None, typer.Option("--partner-um", help="Thickness of all of its partner (um).")
    ] = None,
    partner_s_cm: Annotated[
        float | None, typer.Option("--partner-s-cm", help="Conductivity of the partner (S/cm).")
    ] = None,
    fraction: Annotated[
        float | None, typer.Option("--fraction", help="Volume fraction of particles, 0 to 1.")
    ] = None,
    diameter_um: Annotated[
        float | None, typer.Option("--diameter-um", help="Diameter of particles (um).")
    ] = None,
    efficiency: Annotated[
        float | None, typer.Option("--efficiency", help="Goal: energy efficiency, 0 to 1.")
    ] = None,
    voltage: Annotated[
        float | None, typer.Option("--voltage", help="Voltage of the cell (V), for --efficiency.")
    ] = None,
    capacity: Annotated[
        float | None, typer.Option("--capacity", help="Goal: charge of so much (mAh cm-2) ...")
    ] = None,
    hours: Annotated[float | None, typer.Option("--hours", help="... in this time (h) ...")] = None,
    overvoltage: Annotated[
        float | None, typer.Option("--overvoltage", help="... within this polarisation (V).")
    ] = None,
    alpha: Alpha = 0.05,
    seed: Seed = 1,
    out: Annotated[Path | None, typer.Option("--out", help="SVG file for the picture.")] = None,
    format: Format = AnswerFormat.TEXT,
    leave_out: LeaveOut = None,
    root: Root = None,
) -> None:
    """Say what a contact costs: polarisation, its share, the largest resistance for a goal."""
    from metastudy.answers.impact import ImpactError, architectures
    from metastudy.answers.impact import impact as cost
    from metastudy.answers.pooled_resistance import class_resistance, pair_resistance
    from metastudy.pages.rendering.plain import csv_of
    from metastudy.pages.sections import impact as written

    if (interface_class is None) == (pair is None):
        raise ImpactError("give one of --class and --pair")
    cells = architectures(
        _layer("solid", solid_um, solid_s_cm),
        _layer("partner", partner_um, partner_s_cm),
        fraction,
        diameter_um,
    )
    goals = _goals(efficiency, voltage, current, (capacity, hours, overvoltage))
    pooled = class_resistance if pair is None else pair_resistance
    resistance, _ = pooled(
        str(pair or interface_class),
        at,
        alpha=alpha,
        seed=seed,
        leave_out=leave_out or (),
        root=root,
    )
    found = cost(resistance, current, cells, goals)
    if out is not None:
        from metastudy.pages.figures.impact import impact_figure

        if resistance.missing:
            raise ImpactError(f"no picture was drawn. {found.sentence}")
        _draw(impact_figure(found), out)
    if format is AnswerFormat.CSV:
        typer.echo(csv_of(found.to_frame()), nl=False)
    elif format is AnswerFormat.JSON:
        typer.echo(answer(context, written.impact_content(found)), nl=False)
    else:
        tables = [written.polarisation_table(found), written.limits_table(found)]
        show(found.sentence, tables, root)


@app.command(
    rich_help_panel=EXPERIMENTALIST,
    epilog=example("metastudy filler --matrix PEO --filler LLZO --at 60 --matrix-s-cm 3e-4"),
)
def filler(
    context: typer.Context,
    matrix: Annotated[str, typer.Option("--matrix", help="The polymer.")],
    filler: Annotated[str, typer.Option("--filler", help="The solid electrolyte.")],
    at: At,
    matrix_s_cm: Annotated[
        float | None, typer.Option("--matrix-s-cm", help="Conductivity of the matrix (S/cm).")
    ] = None,
    filler_s_cm: Annotated[
        float | None,
        typer.Option("--filler-s-cm", help="Conductivity of the filler; else as tabulated."),
    ] = None,
    fraction: Annotated[
        float | None, typer.Option("--fraction", help="Volume fraction of the filler, 0 to 1.")
    ] = None,
    diameter_um: Annotated[
        float | None, typer.Option("--diameter-um", help="Diameter of its particles (um).")
    ] = None,
    matrix_ea: Annotated[
        float | None, typer.Option("--matrix-ea", help="Activation energy of the matrix (eV).")
    ] = None,
    contact_ea: Annotated[
        float | None,
        typer.Option("--contact-ea", help="That of the contact (eV); else that of its class."),
    ] = None,
    alpha: Alpha = 0.05,
    seed: Seed = 1,
    out: Annotated[Path | None, typer.Option("--out", help="SVG file for the picture.")] = None,
    format: Format = AnswerFormat.TEXT,
    leave_out: LeaveOut = None,
    root: Root = None,
) -> None:
    """Say above which size and temperature particles help a polymer."""
    from metastudy.answers import filler as rules
    from metastudy.answers.pooled_resistance import pair_resistance
    from metastudy.answers.predict import pair_of
    from metastudy.pages.rendering.plain import csv_of
    from metastudy.pages.sections import impact as written

    if matrix_s_cm is None:
        raise rules.FillerError(
            f"the data has no conductivity of {matrix}; give --matrix-s-cm in S/cm"
        )
    resistance, data = pair_resistance(
        f"{filler} | {matrix}", at, alpha=alpha, seed=seed, leave_out=leave_out or (), root=root
    )
    pair = pair_of(f"{filler} | {matrix}", data.vocabulary)
    conductivity, source = filler_s_cm, "as stated"
    if conductivity is None:
        conductivity, source = rules.printed_conductivity(data, pair.solid)
    if contact_ea is None:
        contact_ea = rules.contact_energy(data, pair.interface_class, pair.ion)
    composite = rules.Composite(
        matrix_s_cm=matrix_s_cm,
        filler_s_cm=conductivity,
        filler_source=source,
        volume_fraction=fraction,
        diameter_um=diameter_um,
        matrix_ea_ev=matrix_ea,
        contact_ea_ev=contact_ea,
        melting_c=rules.melting_point(data, pair.partner),
    )
    found = rules.filler(pair.solid, pair.partner, resistance, composite)
    if out is not None:
        from metastudy.pages.figures.impact import filler_figure

        if resistance.missing or fraction is None:
            raise rules.FillerError(
                (resistance.missing and f"no picture was drawn. {found.sentence}")
                or "a picture needs --fraction, the volume fraction of the filler"
            )
        _draw(filler_figure(found), out)
    if format is AnswerFormat.CSV:
        typer.echo(csv_of(found.to_frame()), nl=False)
    elif format is AnswerFormat.JSON:
        typer.echo(answer(context, written.filler_content(found)), nl=False)
    else:
        show(found.sentence, [written.filler_table(found)], root)


def _layer(name: str, thickness: float | None, conductivity: float | None) -> Layer | None:
    from metastudy.answers.impact import ImpactError, Layer

    if thickness is None and conductivity is None:
        return None
    if thickness is None or conductivity is None:
        raise ImpactError(f"a layer has both: give --{name}-um and --{name}-s-cm")
    return Layer(thickness, conductivity)


def _goals(
    efficiency: float | None,
    voltage: float | None,
    current: float,
    charge: tuple[float | None, float | None, float | None],
) -> list[Goal]:
    from metastudy.answers.impact import ImpactError, charging_goal, efficiency_goal

    goals = []
    if (efficiency is None) != (voltage is None):
        raise ImpactError("an energy efficiency needs --efficiency and --voltage")
    if efficiency is not None and voltage is not None:
        goals.append(efficiency_goal(efficiency, voltage, current))
    capacity, hours, overvoltage = charge
    if capacity is not None and hours is not None and overvoltage is not None:
        goals.append(charging_goal(capacity, hours, overvoltage))
    elif any(each is not None for each in charge):
        raise ImpactError("a charging time needs --capacity, --hours and --overvoltage")
    return goals


def _draw(figure: Figure, out: Path) -> None:
    from metastudy.answers.impact import ImpactError
    from metastudy.pages.rendering.style import to_svg
    from metastudy.whole_file import write_whole

    write_whole({out: to_svg(figure)}, out, ImpactError)
