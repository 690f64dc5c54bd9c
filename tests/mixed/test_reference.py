"""Every covered fit of R's reference file, number by number.

The table ``coverage.csv`` beside the file says which fits are covered, and names the test where it
is not this one. Where a fit has a polished optimum it is the standard; otherwise the package's own
optimum is, to the file's tolerances, and our log-likelihood must not be worse by more than 1e-8.
"""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from metastudy import mixed

from .conftest import ROOT

COVERAGE = pd.read_csv(ROOT / "coverage.csv", keep_default_na=False)
HERE = (COVERAGE["status"] == "covered") & (COVERAGE["reason"] == "")
COVERED = list(COVERAGE.loc[HERE, "id"])

R_LEVELS = {
    "family": ["argyrodite", "garnet", "NASICON", "sulfide_glass"],
    "salt": ["LiFSI", "LiPF6", "LiTFSI"],
    "geometry": ["four_electrode", "three_electrode", "two_electrode"],
    "route": ["acid_etch", "as_received", "heat_treated", "polished"],
}
FULL = "family + salt + geometry + route + dn18 + xT"
HIERARCHY = "(1 | lab/study/prep/rec)"


def _within(group, v, rho, lag=None):
    same = np.equal.outer(group, group)
    V = np.where(same, rho ** (1 if lag is None else lag) * np.sqrt(np.outer(v, v)), 0.0)
    np.fill_diagonal(V, v)
    return V


def _prepare(name, data):
    """Columns and covariances that R's calls compute on the way."""
    V = None
    if name == "konstantopoulos2011":
        data["yr"], data["yr10"] = data["year"] - 1990, (data["year"] - 1990) / 10
    elif name == "assink2016":
        data["deltype"] = pd.Categorical(data["deltype"], ["general", "covert", "overt"])
        V = _within(data["study"].to_numpy(), data["vi"].to_numpy(), 0.6)
    elif name == "crede2010":
        V = _within(data["studyid"].to_numpy(), data["vi"].to_numpy(), 0.6)
    elif name == "ishak2007":
        time = data["time"].to_numpy()
        lag = np.abs(np.subtract.outer(time, time))
        V = _within(data["study"].to_numpy(), data["vi"].to_numpy(), 0.97, lag)
    elif name == "berkey1998":
        data["yr"] = data["year"] - 1983
        V = np.loadtxt(ROOT / "data" / "berkey1998_V.csv", delimiter=",")
    elif name == "cake":
        data["rr"] = data["recipe"] + data["replicate"].astype(str)
    elif name in ("synth400", "synth400b"):
        for column, levels in R_LEVELS.items():
            data[column] = pd.Categorical(data[column], levels)
        data["dn18"] = (data["dn"] - 18) / 10
        data["as_received"] = 1.0 * (data["route"] == "as_received")
        data["vk"] = data["vi"].where(data["known"] == 1, 0.0)
        data["vimp"] = data["vi"].where(data["known"] == 1, data["vi"].median())
    data["row"] = range(len(data))
    return data, V


def _rows(identifier, data):
    if identifier.startswith(("synth.known", "synthb.known")):
        return data[data["known"] == 1]
    if identifier.startswith("bangert.mr.REML"):
        return data.dropna(subset=["info", "pers", "imag", "meta"])
    if identifier.startswith("bangert.mr_length"):
        return data.dropna(subset=["length"])
    if identifier.startswith("bangert.ls_meta"):
        return data.dropna(subset=["meta"])
    if identifier.startswith("sleep_unbal"):
        number = np.arange(1, len(data) + 1)
        late = data["Subject"].isin([308, 309, 310, 330]) & (data["Days"] > 5)
        return data[(number % 7 != 0) & ~late]
    return data


UNI = {
    "bcg.re": "yi ~ 1",
    "bcg.confint": "yi ~ 1",
    "bcg.mr": "yi ~ ablat + year",
    "bcg.mr_alloc": "yi ~ C(alloc) + ablat",
    "hackshaw.re": "yi ~ 1",
    "hackshaw.pet": "yi ~ np.sqrt(vi)",
    "hackshaw.peese": "yi ~ vi",
    "raudenbush.re": "yi ~ 1",
    "raudenbush.mr": "yi ~ weeks3",
    "normand.smd": "yi ~ 1",
    "normand.rom": "yi_rom ~ 1",
    "bangert.re": "yi ~ 1",
    "bangert.mr": "yi ~ info + pers + imag + meta",
    "bangert.mr_length": "yi ~ length",
    "bangert.ls_meta": "yi ~ meta",
    "bangert.ls_ni": "yi ~ 1",
    "crede.re": "yi ~ 1",
}
MULTI = {
    "konst.3l": "yi ~ 1 + (1 | district/school)",
    "konst.3l.CS": "yi ~ 1 + cs(school | district)",
    "konst.3l.year": "yi ~ yr + (1 | district/school)",
    "konst.crossed": "yi ~ 1 + (1 | district) + (1 | year) + (1 | study)",
    "konst.slope": "yi ~ yr10 + (yr10 | district) + (1 | study)",
    "konst.Rmat": "yi ~ 1 + (1 | district) + (1 | study)",
    "assink.3l": "yi ~ 1 + (1 | study/esid)",
    "assink.lrt": "yi ~ 1 + (1 | study/esid)",
    "assink.mr": "yi ~ deltype + year + (1 | study/esid)",
    "berkey": "yi ~ 0 + outcome + {structure}(outcome | trial)",
    "berkey.UN.year": "yi ~ 0 + outcome + outcome:yr + un(outcome | trial)",
    "crede.3l": "yi ~ 1 + (1 | studyid/sampleid)",
    "ishak": "yi ~ 0 + C(time) + {structure}(time | study)",
    "synth.known.none": f"yi ~ 1 + {HIERARCHY}",
    "synth.known.full": f"yi ~ {FULL} + {HIERARCHY}",
    "synthb.known.full": f"yi ~ {FULL} + {HIERARCHY}",
    "synth.known.family_random": "yi ~ 1 + (1 | study) + (1 | family) + (1 | prep) + (1 | rec)",
    "synth.all.twores": f"yi ~ {FULL} + (1 | lab) + (1 | study) + (1 | prep) + diag(known | rec)",
    "synth.all.vimputed": f"yi ~ {FULL} + {HIERARCHY}",
    "synth.known.prepDIAG": f"yi ~ {FULL} + (1 | lab) + (1 | study) + diag(route | prep)"
    " + (1 | rec)",
    "synth.known.locscale": f"yi ~ {FULL} + (1 | study) + (1 | prep) + (1 | rec)",
    "synth.lmer": f"yi ~ {FULL} + (1 | lab) + (1 | study) + (1 | prep)",
    "sleep.slope": "Reaction ~ Days + (Days | Subject)",
    "sleep_unbal": "Reaction ~ Days + (Days | Subject)",
    "sleep.uncorr": "Reaction ~ Days + (Days || Subject)",
    "penicillin": "diameter ~ 1 + (1 | plate) + (1 | sample)",
    "pastes": "strength ~ 1 + (1 | batch) + (1 | sample)",
    "cake": "angle ~ recipe * C(temperature) + (1 | rr)",
    "cake_temp": "angle ~ recipe + temp + (1 | rr)",
    "insteval": "y ~ 1 + C(service) + (1 | s) + (1 | d) + (1 | dept)",
}


def _longest_prefix(identifier, table):
    hits = [key for key in table if identifier == key or identifier.startswith(key + ".")]
    return max(hits, key=len) if hits else None


def _method_and_test(identifier):
    words = identifier.split(".")
    methods = ("DL", "HE", "HS", "HSk", "SJ", "PM", "EB", "PMM", "ML", "REML")
    method = next((w for w in words if w in methods), "REML")
    tests = {"knha": "knapp-hartung", "adhoc": "knapp-hartung-adhoc", "t": "residual"}
    tests |= {"t_residual": "residual", "t_contain": "contain"}
    test = next((tests[w] for w in words if w in tests), "z")
    method = "ML" if "EE" in words else method
    if identifier.startswith(("assink.mr", "synth.known.none", "synth.known.full", "synthb.")):
        test = "contain"
    return method, test


def fit_reference(identifier, dataset):
    """Our fit of a reference call."""
    stored = json.loads((ROOT / "reference_stats.json").read_text(encoding="utf-8"))
    name = next(entry["dataset"] for entry in stored["fits"] if entry["id"] == identifier)
    data, V = _prepare(name, dataset(name))
    data = _rows(identifier, data)
    method, test = _method_and_test(identifier)
    options = {"method": method, "test": test}
    key = _longest_prefix(identifier, UNI)
    if key is not None:
        v = "vi_rom" if key == "normand.rom" else "vi"
        random = "" if identifier.endswith(".EE") else " + (1 | row)"
        if key == "bangert.ls_meta":
            options["scale"] = {"row": "1 + meta"}
        if key == "bangert.ls_ni":
            options["scale"] = {"row": "1 + I(ni / 100)"}
        return mixed.fit(UNI[key] + random, data, v=v, **options)
    key = _longest_prefix(identifier, MULTI)
    formula = MULTI[key].format(structure=identifier.split(".")[1].lower())
    if name in ("berkey1998", "ishak2007") or "vcalc" in identifier or "Vimputed" in identifier:
        return mixed.fit(formula, data, V=V, **options)
    if identifier.startswith("konst.Rmat"):
        district = sorted(data["district"].unique())
        rank = np.arange(len(district))
        R = pd.DataFrame(0.8 ** np.abs(np.subtract.outer(rank, rank)), district, district)
        options["correlations"] = {"district": R}
    if identifier.startswith("synth.known.locscale"):
        options["scale"] = {"prep": "1 + as_received + dn18"}
    v = {"synth.all.twores": "vk", "synth.all.vimputed": "vimp"}.get(key, "vi")
    lme4 = name in ("sleepstudy", "Penicillin", "Pastes", "cake", "InstEval")
    if lme4 or key == "synth.lmer":
        v = None
    return mixed.fit(formula, data, v=v, **options)


@pytest.fixture(scope="session")
def fitted(dataset):
    cache = {}

    def get(identifier):
        if identifier not in cache:
            cache[identifier] = fit_reference(identifier, dataset)
        return cache[identifier]

    return get


def close(ours, expected, rel, abs=0.0):
    ours, expected = np.ravel(np.asarray(ours, float)), np.ravel(np.asarray(expected, float))
    keep = ~np.isnan(expected)
    np.testing.assert_allclose(ours[keep], expected[keep], rtol=rel, atol=abs)


def r_order(fit, names):
    """Positions of R's coefficients among ours."""
    plain = [
        n.replace("C(", "").replace(")", "").replace("[T.", "").replace("]", "")
        for n in fit.params.index
    ]
    plain = [n.replace("[", "").replace("temperature", "factor(temperature)") for n in plain]
    plain = ["intrcpt" if n == "Intercept" else n for n in plain]
    names = [names] if isinstance(names, str) else names
    names = ["intrcpt" if n == "(Intercept)" else n for n in names]
    if names and set(names) <= set(plain):
        return [plain.index(n) for n in names]
    return list(range(len(plain)))


@pytest.mark.parametrize("identifier", [i for i in COVERED if not i.startswith("insteval")])
def test_estimates(identifier, fitted, reference):
    """Coefficients, standard errors and log-likelihood."""
    r, fit = reference(identifier), fitted(identifier)
    polished = r.get("polished", {})
    order = r_order(fit, r.get("coef_names", []))
    exact = bool(polished) or fit.method not in ("ML", "REML") or not fit.frame.terms
    tight, loose = (1e-9, 1e-9) if exact else (2e-6, 2e-6)
    if identifier.split(".")[0] in ("berkey", "ishak", "konst") and not polished:
        tight, loose = 2e-5, 2e-5
    b = polished.get("b", r.get("b"))
    if b is not None:
        scale = float(np.abs(np.ravel(b)).max())
        close(fit.params.to_numpy()[order], b, tight, tight * scale)
    se = polished.get("se", r.get("se_b", r.get("se")))
    if se is not None and identifier != "crede.3l.robust_default":
        close(fit.bse.to_numpy()[order], se, loose)
    ours, theirs = _log_likelihoods(identifier, fit, r)
    if theirs is not None:
        if exact:
            assert ours == pytest.approx(theirs, abs=1e-9 * max(1, abs(theirs)))
        assert ours >= theirs - 1e-8


def _log_likelihoods(identifier, fit, r):
    polished = r.get("polished", {})
    for key in ("logLik", "logLik_metafor_constant"):
        if key in polished:
            return fit.llf, polished[key]
    if "polished_ll" in r:
        return fit.llf, r["polished_ll"]
    if "fit" in r:
        return fit.llf, r["fit"]["REML" if fit.method == "REML" else "ML"]["logLik"]
    if "criterion" in r:
        return fit.llf_lme4, r["logLik"]
    return fit.llf, r.get("logLik")


def _has(key):
    stored = json.loads((ROOT / "reference_stats.json").read_text(encoding="utf-8"))
    return [
        e["id"]
        for e in stored["fits"]
        if e["id"] in COVERED and key in e["result"] and not e["id"].startswith("insteval")
    ]


@pytest.mark.parametrize("identifier", _has("polished"))
def test_polished_components(identifier, fitted, reference):
    polished, fit = reference(identifier)["polished"], fitted(identifier)
    expected = polished.get("theta", polished.get("theta_variances"))
    names = polished.get("theta_names", [])
    if "cov" in names or identifier == "sleep_unbal.REML":
        term = fit.frame.terms[0]
        G = term.structure.matrix(fit.optimum.theta[: len(term.parameters)])
        residual = list(fit.sigma2[fit.sigma2.index == "residual"])
        ours = [G[0, 0], G[0, 1], G[1, 1], *residual]
    else:
        ours = fit.sigma2
    close(ours, expected, 1e-8, 1e-10 * max(1.0, float(np.max(np.abs(expected)))))


@pytest.mark.parametrize("identifier", [i for i in _has("tau2") if "QE" and len(i.split(".")) > 1])
def test_tau2_of_two_level_and_structured_fits(identifier, fitted, reference):
    r, fit = reference(identifier), fitted(identifier)
    if fit.frame.terms and fit.frame.terms[0].log_scale is not None:
        close(np.exp(fit.frame.terms[0].log_scale @ fit.theta.to_numpy()), r["tau2"], 1e-4)
        return
    if not fit.frame.terms:
        assert r["tau2"] == 0
        return
    wanted = np.ravel(r["tau2"])
    name = fit.frame.terms[0].name
    ours = [x for n, x in fit.sigma2.items() if n == name or n.startswith(f"{name}[")]
    if identifier.startswith("synth.known.prepDIAG"):
        ours = fit.sigma2[[f"prep[{route}]" for route in R_LEVELS["route"]]]
    closed = fit.method in ("DL", "HE", "HS", "HSk", "SJ")
    structured = identifier.split(".")[0] in ("berkey", "ishak", "konst")
    rel = 1e-9 if closed else 5e-5 if structured else 1e-6
    close(ours, wanted, rel, 1e-6 if not closed else 1e-12)
    if "rho" in r and fit.theta.size > len(fit.sigma2):
        correlations = fit.theta.drop(fit.sigma2.index)
        correlations = [x for n, x in correlations.items() if n.startswith(name)]
        close(correlations, r["rho"], 1e-4)


@pytest.mark.parametrize("identifier", [i for i in _has("QE") if "ls_" not in i])
def test_heterogeneity(identifier, fitted, reference):
    r, fit = reference(identifier), fitted(identifier)
    close(fit.components.qe, r["QE"], 1e-9)
    assert fit.components.heterogeneity.qe_df == r["QE_df"]
    close(fit.components.heterogeneity.qe_pvalue, r["QEp"], 1e-7, 1e-300)
    i2 = r.get("I2")
    # The package's optimum moves I2 by its own error in tau2.
    tolerance = 1e-8 if fit.method in ("DL", "HE", "HS", "HSk", "SJ") else 2e-5
    if isinstance(i2, dict):
        close(fit.components.heterogeneity.typical_v, i2["typical_v"], 1e-9)
        close(fit.components.heterogeneity.i2_total, i2["total"], 1e-6)
        close(fit.components.i2, i2["per_level"], 1e-6, 1e-4)
    elif i2 is not None and fit.frame.terms:
        close(fit.components.heterogeneity.i2_total, i2, tolerance, 1e-6)
        close(fit.components.h2, r["H2"], tolerance)
        close(fit.components.heterogeneity.typical_v, r["vt"], 1e-9)


@pytest.mark.parametrize("identifier", _has("QM"))
def test_tests_of_the_fixed_part(identifier, fitted, reference):
    r, fit = reference(identifier), fitted(identifier)
    order = r_order(fit, r["coef_names"])
    structured = any(w in identifier for w in ("berkey", "ishak", "slope", "prepDIAG", "ls_"))
    rel = 2e-4 if structured else 1e-5
    close(fit.tvalues.to_numpy()[order], r["stat"], rel)
    close(fit.pvalues.to_numpy()[order], r["pval"], 20 * rel, 1e-12)
    ends = fit.conf_int().to_numpy()[order]
    scale = float(np.abs(r["ci_ub"]).max())
    close(ends[:, 0], r["ci_lb"], rel, rel * scale)
    close(ends[:, 1], r["ci_ub"], rel, rel * scale)
    joint = fit.f_test() if "intrcpt" in r["coef_names"] else fit.f_test(np.eye(len(order)))
    factor = 1.0 if np.isfinite(joint.df_denom) else joint.df_num
    close(joint.statistic * factor, r["QM"], 5 * rel)
    close(joint.pvalue, r["QMp"], 100 * rel, 1e-12)
    if r["ddf"] is not None and fit.test == "contain":
        close(fit.df.to_numpy()[order], r["ddf"], 0)


@pytest.mark.parametrize("identifier", _has("fit"))
def test_information_criteria(identifier, fitted, reference):
    r, fit = reference(identifier), fitted(identifier)
    criterion = "REML" if fit.method == "REML" else "ML"
    for name, key in (("aic", "AIC"), ("bic", "BIC"), ("aicc", "AICc")):
        close(getattr(fit, name), r["fit"][criterion][key], 1e-7, 1e-7)


@pytest.mark.parametrize("identifier", _has("predict"))
def test_prediction_intervals(identifier, fitted, reference):
    r, fit = reference(identifier)["predict"], fitted(identifier)
    rel = 1e-5
    mean = fit.predict(interval="confidence").iloc[0]
    new = fit.predict(interval="prediction").iloc[0]
    scale = abs(r["pi_ub"])
    close([mean["prediction"], mean["se"]], [r["pred"], r["se"]], rel)
    close([mean["lower"], mean["upper"]], [r["ci_lb"], r["ci_ub"]], rel, rel * scale)
    close([new["lower"], new["upper"]], [r["pi_lb"], r["pi_ub"]], rel, rel * scale)


@pytest.mark.parametrize(
    ("identifier", "key", "new"),
    [
        ("bcg.mr.REML.knha", "predict_ablat33_year1970", {"ablat": [33], "year": [1970]}),
        ("raudenbush.mr.REML.z", "predict_weeks0to3", {"weeks3": [0, 1, 2, 3]}),
        ("raudenbush.mr.REML.knha", "predict_weeks0to3", {"weeks3": [0, 1, 2, 3]}),
        ("konst.3l.year.t_contain", "predict_year2000", {"yr": [10]}),
        ("konst.3l.year.t_residual", "predict_year2000", {"yr": [10]}),
    ],
)
def test_prediction_at_moderators(identifier, key, new, fitted, reference):
    r, fit = reference(identifier)[key], fitted(identifier)
    got = fit.predict(pd.DataFrame(new), interval="prediction")
    close(got["prediction"], r["pred"], 1e-6, 1e-8)
    close(got["se"], r["se"], 1e-5)
    close(got["lower"], r["pi_lb"], 1e-5, 1e-6)
    close(got["upper"], r["pi_ub"], 1e-5, 1e-6)


@pytest.mark.parametrize("identifier", ["bcg.confint.REML", "bcg.confint.ML"])
def test_q_profile_and_profile_of_tau2(identifier, fitted, reference):
    r, fit = reference(identifier), fitted(identifier)
    close(fit.sigma2, r["polished_tau2"], 1e-9)
    close(fit.components.conf_int(), r["PL_exact_tau2"], 1e-7)
    close(fit.components.q_profile(), [r["QP"]["tau^2"]["lb"], r["QP"]["tau^2"]["ub"]], 1e-7)


@pytest.mark.parametrize("identifier", _has("confint"))
def test_q_profile_intervals(identifier, fitted, reference):
    r, fit = reference(identifier)["confint"]["tau^2"], fitted(identifier)
    close(fit.components.q_profile(), [r["lb"], r["ub"]], 1e-6, 1e-9)


@pytest.mark.parametrize("identifier", _has("confint_exact_sigma2"))
def test_exact_profile_intervals(identifier, fitted, reference):
    expected, fit = reference(identifier)["confint_exact_sigma2"], fitted(identifier)
    rows = list(expected.values()) if isinstance(expected, dict) else expected
    close(fit.components.conf_int(), rows, 1e-7, 1e-12)


@pytest.mark.parametrize("identifier", _has("confint_exact_theta"))
def test_exact_profile_intervals_of_theta(identifier, fitted, reference):
    r, fit = reference(identifier), fitted(identifier)
    names = list(fit.sigma2.index)
    if "twores" in identifier:
        names = ["lab", "study", "prep", "rec[1]", "rec[0]"]
    ends = fit.components.conf_int().loc[names]
    close(ends, r["confint_exact_theta"], 1e-6, 1e-9)


@pytest.mark.parametrize("identifier", _has("confint_exact_tau2"))
def test_exact_profile_intervals_of_a_free_covariance(identifier, fitted, reference):
    """PD's stored lower end, 0, left the space of covariances; metafor's own end stays in it."""
    expected, fit = reference(identifier)["confint_exact_tau2"], fitted(identifier)
    ends = fit.components.conf_int()
    close(ends.loc["trial[AL]"], expected["AL"], 1e-6)
    metafor = (
        reference(identifier)["confint_metafor"]["PD"]["tau^2.2"] if "REML" in identifier else {}
    )
    lower = metafor.get("lb", expected["PD"][0])
    close(ends.loc["trial[PD]"], [lower, expected["PD"][1]], 1e-6, 1e-9)


@pytest.mark.parametrize("identifier", _has("profile_ci_exact_variance_scale"))
def test_profile_intervals_of_plain_mixed_models(identifier, fitted, reference):
    expected, fit = reference(identifier)["profile_ci_exact_variance_scale"], fitted(identifier)
    close(fit.components.conf_int(), list(expected.values()), 1e-6, 1e-9)


def _robust_blocks():
    out = []
    stored = json.loads((ROOT / "reference_stats.json").read_text(encoding="utf-8"))
    for entry in stored["fits"]:
        for key, value in entry["result"].items():
            if key.startswith("robust_") and entry["id"] in COVERED and isinstance(value, dict):
                out.append((entry["id"], key))
    return out


@pytest.mark.parametrize(("identifier", "key"), _robust_blocks())
def test_cluster_robust_covariance(identifier, key, fitted, reference):
    r, fit = reference(identifier), fitted(identifier)
    order = r_order(fit, r["coef_names"])
    cluster = {"robust_trial": "trial", "robust_district": "district", "robust_lab": "lab"}.get(
        key, "studyid" if identifier.startswith("crede") else "study"
    )
    rel = 1e-4 if identifier.split(".")[0] in ("berkey", "ishak") else 1e-5
    for kind, expected in r[key].items():
        if kind == "n_clusters":
            assert fit.robust(cluster).n_clusters == expected
            continue
        robust = fit.robust(cluster, kind)
        close(robust.bse.to_numpy()[order], expected["se"], rel)
        if kind == "CR2":
            close(robust.df.to_numpy()[order], expected["df_satt"], rel)
            close(robust.tvalues.to_numpy()[order], expected["tstat"], rel)
            p = np.ravel(expected["p_satt"]).astype(float)
            p = np.where(np.ravel(expected["df_satt"]) < 4, np.nan, p)
            close(robust.pvalues.to_numpy()[order], p, 100 * rel, 1e-12)
            ends = robust.conf_int().to_numpy()[order]
            close(ends[:, 0], expected["ci_lb"], rel, 1e-5)


def _walds():
    return [
        (i, k) for k in ("wald_year", "wald_deltype", "wald_route", "wald_family") for i in _has(k)
    ]


@pytest.mark.parametrize(("identifier", "key"), _walds())
def test_approximate_hotelling(identifier, key, fitted, reference):
    r, fit = reference(identifier), fitted(identifier)
    order = r_order(fit, r["coef_names"])
    index = np.atleast_1d(r[key]["coef_index_1based"]) - 1
    C = np.eye(len(order))[np.asarray(order)[index]]
    cluster = {"konst": "district", "assink": "study"}.get(identifier.split(".")[0], "lab")
    test = fit.robust(cluster).htz_test(C)
    close(test.statistic, r[key]["Fstat"], 1e-5)
    close(test.df_denom, r[key]["df_denom"], 1e-5)
    close(test.pvalue, r[key]["p"], 1e-4)


@pytest.mark.parametrize("method", ["Satterthwaite", "Kenward-Roger"])
@pytest.mark.parametrize("identifier", _has("Kenward-Roger"))
def test_degrees_of_freedom_of_plain_mixed_models(identifier, method, fitted, reference):
    r = reference(identifier)
    fit = fitted(identifier).with_test(method.lower())
    order = r_order(fit, r["coef_names"])
    close(fit.df.to_numpy()[order], r[method]["df"], 2e-6)
    close(fit.bse.to_numpy()[order], r[method]["se"], 1e-6)
    close(fit.pvalues.to_numpy()[order], r[method]["p"], 1e-4, 1e-15)


@pytest.mark.parametrize("identifier", _has("CR2"))
def test_bias_reduced_covariance_of_plain_mixed_models(identifier, fitted, reference):
    r, fit = reference(identifier), fitted(identifier)
    order = r_order(fit, r["coef_names"])
    robust = fit.robust(fit.frame.terms[0].name)
    close(robust.bse.to_numpy()[order], r["CR2"]["se"], 1e-6)
    close(robust.df.to_numpy()[order], r["CR2"]["df_satt"], 1e-5)


@pytest.mark.parametrize("identifier", _has("anova_KR"))
def test_kenward_roger_anova(identifier, fitted, reference):
    r = reference(identifier)["anova_KR"]
    fit = fitted(identifier).with_test("kenward-roger")
    names = list(fit.params.index)
    for term, F, df_num, df_denom in zip(r["term"], r["F"], r["num_df"], r["den_df"], strict=True):
        if term == "recipe" and identifier.startswith("cake."):
            continue  # a type III hypothesis in R's contrasts, another one in ours
        if term == "factor(temperature)":
            continue
        keep = [i for i, n in enumerate(names) if _belongs(n, term)]
        test = fit.f_test(np.eye(len(names))[keep])
        assert test.df_num == df_num
        close(test.statistic, F, 1e-6)
        close(test.df_denom, df_denom, 1e-6)


def _belongs(name, term):
    if ":" in term:
        return ":" in name
    return ":" not in name and name.startswith(term)


@pytest.mark.parametrize("identifier", [i for i in _has("ranef_first5") if "unbal" not in i])
def test_predicted_effects(identifier, fitted, reference):
    r, fit = reference(identifier)["ranef_first5"], fitted(identifier)
    effects = fit.ranef()
    for name, columns in r.items():
        table = effects[name]
        for column, expected in columns.items():
            values = table["effect"]
            if table.index.nlevels == 2:
                label = "Intercept" if column == "(Intercept)" else column
                values = values.xs(label, level="effect")
            values = values[sorted(values.index, key=str)]
            scale = float(np.abs(expected).max())
            close(values.iloc[:5], expected, 1e-5, 2e-5 * scale)


def test_likelihood_ratio_of_a_component(fitted, reference, dataset):
    r, fit = reference("assink.lrt.study"), fitted("assink.lrt.study")
    data, _ = _prepare("assink2016", dataset("assink2016"))
    null = mixed.fit("yi ~ 1 + (1 | study:esid)", data, v="vi")
    test = mixed.compare(null, fit)
    close(test.statistic, r["LRT"], 1e-6)
    close(null.llf, r["logLik_null"], 1e-8)
    close(test.pvalue, stats.chi2.sf(r["LRT"], 1), 1e-5)
    assert test.pvalue_boundary == pytest.approx(test.pvalue / 2)


def test_joint_test_of_two_moderators(fitted, reference):
    r, fit = reference("bangert.mr.REML.knha")["anova_btt23"], fitted("bangert.mr.REML.knha")
    test = fit.f_test(["info", "pers"])
    close([test.statistic, test.pvalue], [r["F"], r["p"]], 1e-5)


@pytest.mark.parametrize("identifier", _has("alpha") + _has("par"))
def test_location_scale_coefficients(identifier, fitted, reference):
    r, fit = reference(identifier), fitted(identifier)
    if "alpha" in r:
        close(fit.theta, r["alpha"], 1e-5)
        return
    expected = dict(zip(r["par_names"], r["par"], strict=True))
    ours = fit.theta[["prep[Intercept]", "prep[as_received]", "prep[dn18]"]]
    close(ours, [expected[k] for k in list(expected) if k.startswith("a")][:3], 1e-4)


def test_robust_default_of_metafor(fitted, reference):
    """CR1p with t and (clusters - p) degrees of freedom."""
    r, fit = reference("crede.3l.robust_default"), fitted("crede.3l.robust_default")
    robust = fit.robust("studyid", "CR1p")
    close(robust.bse, r["se"], 1e-6)
    close(robust.tvalues, r["t"], 1e-6)
    assert robust.n_clusters - 1 == r["df"]


@pytest.mark.parametrize("identifier", ["insteval.REML", "insteval.ML"])
def test_large_crossed_fit(identifier, fitted, reference):
    r, fit = reference(identifier), fitted(identifier)
    assert fit.llf_lme4 >= r["logLik"] - 1e-6
    close(fit.params, r["b"], 1e-6)
    close(fit.bse, r["se"], 1e-5)
    close(fit.sigma2, r["varcorr"]["vcov"], 1e-4)


def test_the_coverage_table_is_complete():
    stored = json.loads((ROOT / "reference_stats.json").read_text(encoding="utf-8"))
    assert sorted(COVERAGE["id"]) == sorted(entry["id"] for entry in stored["fits"])
    assert len(COVERAGE) == 126
    uncovered = COVERAGE[COVERAGE["status"] != "covered"]
    assert set(COVERAGE["status"]) <= {"covered", "elsewhere", "not in the list"}
    assert (uncovered["reason"] != "").all()
