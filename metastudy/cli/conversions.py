"""A command that converts contents of electrolytes: salt ratio, concentration, mass, volume."""

from __future__ import annotations

from typing import Annotated

import typer

from metastudy.cli.application import EXPERIMENTALIST, app, example
from metastudy.cli.output import AsTextOrJson, TextOrJson, answer
from metastudy.errors import MetastudyError


@app.command(
    rich_help_panel=EXPERIMENTALIST,
    epilog=example("metastudy convert --eo-li 20 --density 1.2 --salt LiTFSI --polymer PEO"),
)
def convert(
    context: typer.Context,
    eo_li: Annotated[
        float | None, typer.Option("--eo-li", help="Repeat units for each salt, n of n:1.")
    ] = None,
    mol_l: Annotated[
        float | None, typer.Option("--mol-l", help="Salt in mol per litre of electrolyte.")
    ] = None,
    wt: Annotated[
        float | None, typer.Option("--wt", help="Mass share in %: of salt, or of --filler-density.")
    ] = None,
    vol: Annotated[
        float | None, typer.Option("--vol", help="Volume share of a filler in %.")
    ] = None,
    density: Annotated[
        float | None,
        typer.Option("--density", help="g/cm3 of the electrolyte (polymer and salt), or matrix."),
    ] = None,
    filler_density: Annotated[
        float | None,
        typer.Option("--filler-density", help="g/cm3 of a filler, to convert --wt/--vol."),
    ] = None,
    salt: Annotated[str, typer.Option("--salt", help="Name or formula.")] = "LiTFSI",
    polymer: Annotated[
        str, typer.Option("--polymer", help="Name, or formula of the repeat unit.")
    ] = "PEO",
    format: AsTextOrJson = TextOrJson.TEXT,
) -> None:
    """Convert EO:Li, mol/L and wt% of a salt, or wt% and vol% of a filler.

    Give one content. Between mol/L and the others the density of the electrolyte is needed.
    """
    contents = {"--eo-li": eo_li, "--mol-l": mol_l, "--wt": wt, "--vol": vol}
    given = [name for name, value in contents.items() if value is not None]
    if len(given) != 1:
        raise MetastudyError(
            f"give one of {', '.join(contents)}; given: {' and '.join(given) or 'none'}"
        )
    if vol is not None or filler_density is not None:
        if eo_li is not None or mol_l is not None:
            raise MetastudyError(f"{given[0]} is a content of salt, not of a filler")
        text, found = _filler(wt, vol, density, filler_density)
    else:
        text, found = _salt(eo_li, mol_l, wt, density, salt, polymer)
    if format is TextOrJson.JSON:
        typer.echo(answer(context, found, reads_data=False), nl=False)
    else:
        typer.echo(text)


def _filler(
    wt: float | None, vol: float | None, density: float | None, filler_density: float | None
) -> tuple[str, dict[str, float | None]]:
    """Return the shares of a filler in words, and in per cent."""
    from metastudy.physics import mass_fraction, volume_fraction

    if density is None or filler_density is None:
        raise MetastudyError(
            "a filler needs --filler-density and --density of its matrix, in g/cm3"
        )
    if wt is not None:
        by_mass = _share("--wt", wt)
        by_volume = volume_fraction(by_mass, filler_density, density)
    else:
        by_volume = _share("--vol", vol or 0.0)
        by_mass = mass_fraction(by_volume, filler_density, density)
    text = (
        f"filler of {filler_density:g} g/cm3 in a matrix of {density:g} g/cm3, without pores\n"
        f"  {100 * by_mass:.4g} wt%\n  {100 * by_volume:.4g} vol%"
    )
    return text, {"wt_percent": 100 * by_mass, "vol_percent": 100 * by_volume}


def _salt(
    eo_li: float | None,
    mol_l: float | None,
    wt: float | None,
    density: float | None,
    salt: str,
    polymer: str,
) -> tuple[str, dict[str, float | None]]:
    """Return the contents of salt in words, and as numbers."""
    from metastudy.physics import (
        concentration,
        molar_mass,
        salt_mass_fraction,
        units_per_salt,
        units_per_salt_by_mass,
    )

    if mol_l is not None:
        if density is None:
            raise MetastudyError("--mol-l needs --density of the electrolyte, in g/cm3")
        units = units_per_salt(mol_l, density, salt, polymer)
    elif wt is not None:
        units = units_per_salt_by_mass(_share("--wt", wt), salt, polymer)
    else:
        units = float(eo_li or 0.0)
    share = salt_mass_fraction(units, salt, polymer)
    per_litre = None if density is None else concentration(units, density, salt, polymer)
    litre = (
        "mol/L needs --density of the electrolyte"
        if per_litre is None
        else f"{per_litre:.4g} mol/L at {density:g} g/cm3"
    )
    text = (
        f"{salt} ({molar_mass(salt):.2f} g/mol) in "
        f"{polymer} ({molar_mass(polymer):.2f} g/mol a unit)\n"
        f"  {units:.4g}:1 units to salt\n  {100 * share:.4g} wt% salt\n  {litre}"
    )
    numbers = {"units_per_salt": units, "wt_percent": 100 * share, "mol_per_litre": per_litre}
    return text, numbers


def _share(option: str, per_cent: float) -> float:
    if not 0 <= per_cent <= 100:
        raise MetastudyError(f"{option} {per_cent:g} must be in per cent, from 0 to 100")
    return per_cent / 100.0
