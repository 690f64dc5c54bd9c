"""The public names of the package: a change of this list is a change for users.

CONTRIBUTING.md says how a name is added, renamed and taken away.
"""

import importlib
import inspect
import subprocess
import sys

import pytest

API = {
    "metastudy": """
        Dataset MetastudyError __version__ eis load mixed physics plot scatter show_versions
    """,
    "metastudy.mixed": """
        BayesFit CensoredFit Comparison ConvergenceWarning Design FunnelData MarginalMeans
        MixedError MixedFit MixtureFit Plan RandomScaleFit RobustCovariance compare escalc fit
        fit_random_scale plan vcalc
    """,
    "metastudy.eis": """
        ArcOrder ArcSeries Arrhenius ArrheniusLine Assignments Averaged BetterMinimumWarning
        Boundary Cell CellError Circuit CircuitCandidate CircuitError CircuitFit CircuitSelection
        Contact EisError ElectrodesLeftOut Element FitBatch FitError Instrument JointFit
        KramersKronig Layer MeasuredArc Multiverse Parameter Part PartnerChange PlateAlone Points
        Prospects ReadError RelaxationTimes SeriesFit SeveralSpectraError Spectrum SpectrumError
        SumRule ThicknessPair Vtf arrhenius_line assign_arcs average brick_layer check
        check_kramers_kronig check_sum_rule fit fit_joint fit_many fit_series known_resistances
        multiverse prospects read read_all relaxation_times select_circuit track_arcs
    """,
    "metastudy.physics": """
        Compensation CurveFit Electrode GrowthFit LawComparison Materials MatrixAndContact Optimum
        PhysicsError TransferFit UnitAreaCell activated_exchange_current arrhenius_lever
        arrhenius_shift arrhenius_slope break_even_um bruggeman bruggeman_differential
        compare_laws concentration contact_area critical_radius current_density debye_length
        depletion_potential depletion_resistance ea_of_resistance exchange_current exchange_flux
        fit_arrhenius fit_compensation fit_growth fit_piecewise fit_transfer fit_vtf
        hasselman_johnson interphase_conductivity interphase_thickness least_resistance
        limiting_current liquid_cell mass_fraction matrix_and_contact molar_mass nan_spheroids
        ohmic_drop_v ohmic_thickness_um overpotential parity_loading_mg_cm2
        particle_behind_contact plated_lithium_um polarisation_resistance potential_profile
        resistance_at salt_mass_fraction solid_cell transfer_resistance transfer_resistance_at
        two_point_ea units_per_salt units_per_salt_by_mass volume_fraction
    """,
}


@pytest.mark.parametrize("package", API)
def test_the_public_names_are_those_of_the_list(package):
    module = importlib.import_module(package)
    assert sorted(module.__all__) == sorted(API[package].split())
    assert sorted(dir(module)) == sorted(module.__all__)


@pytest.mark.parametrize("package", API)
def test_every_public_name_is_there_and_says_what_it_is(package):
    module = importlib.import_module(package)
    for name in module.__all__:
        found = getattr(module, name)
        if inspect.isclass(found) or inspect.isroutine(found) or inspect.ismodule(found):
            assert (found.__doc__ or "").strip(), f"{package}.{name} has no docstring"
            home = found.__name__ if inspect.ismodule(found) else found.__module__
            assert home.startswith("metastudy"), name


@pytest.mark.parametrize("package", API)
def test_a_name_that_is_not_public_is_an_attribute_error(package):
    with pytest.raises(AttributeError, match=f"module '{package}' has no attribute 'nosuch'"):
        importlib.import_module(package).nosuch  # noqa: B018


def test_importing_the_package_loads_no_library():
    code = (
        "import sys; before = set(sys.modules); import metastudy, metastudy.eis, metastudy.mixed, "
        "metastudy.physics; print(*{n.split('.')[0] for n in set(sys.modules) - before})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "metastudy" in loaded
    assert not loaded & {"numpy", "pandas", "scipy", "pyarrow", "matplotlib", "typer", "yaml"}
