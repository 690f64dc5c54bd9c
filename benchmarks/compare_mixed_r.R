#!/usr/bin/env Rscript
# Fits of public data sets by metafor, lme4 and nlme, one JSON file and one CSV file for each.
# Called by compare_mixed_r.py as: Rscript compare_mixed_r.R <folder>
suppressMessages({library(metafor); library(metadat); library(lme4); library(nlme); library(clubSandwich)
                  library(jsonlite)})
folder <- commandArgs(TRUE)[1]
write <- function(id, data, out, V = NULL) {
  out$n <- nrow(data)
  write.csv(data, file.path(folder, paste0(id, ".csv")), row.names = FALSE)
  if (!is.null(V)) write.table(as.matrix(V), file.path(folder, paste0(id, "_V.csv")), sep = ",", row.names = FALSE,
                               col.names = FALSE)
  write_json(out, file.path(folder, paste0(id, ".json")), digits = NA, auto_unbox = TRUE)
}
meta <- function(r, ...) list(params = c(r$beta), se = r$se, llf = c(logLik(r)), qe = r$QE, df = r$ddf, ...)
# Tolerances as tight as the optimiser bears: nlminb calls a maximum that it cannot improve on no convergence.
mv <- function(...) {
  call <- sys.call(); call[[1]] <- quote(rma.mv); frame <- parent.frame()
  for (tolerance in c(1e-13, 1e-12, 1e-11, 1e-10)) {
    call$control <- list(optimizer = "nlminb", rel.tol = tolerance, iter.max = 2000, eval.max = 4000)
    r <- try(eval(call, frame), silent = TRUE)
    if (!inherits(r, "try-error")) return(r)
  }
  stop(r)
}
packages <- c("metafor", "metadat", "lme4", "nlme", "clubSandwich")
write_json(c(list(R = as.character(getRversion())),
             sapply(packages, function(p) as.character(packageVersion(p)), simplify = FALSE)),
           file.path(folder, "versions.json"), auto_unbox = TRUE)

d <- dat.curtis1998
d <- escalc("ROM", m1i = m2i, sd1i = sd2i, n1i = n2i, m2i = m1i, sd2i = sd1i, n2i = n1i, data = d)
r <- mv(yi, vi, random = ~ 1 | paper/id, data = d)
write("curtis1998", d, meta(r, sigma2 = r$sigma2, y = c(d$yi), v = c(d$vi)))

d <- escalc("PLO", xi = cases, ni = total, data = dat.obrien2003); d$bmic <- d$bmi - 23; d$row <- seq_len(nrow(d))
r <- mv(yi, vi, mods = ~ bmic, random = list(~ bmic | study, ~ 1 | row), struct = "GEN", data = d)
write("obrien2003", d, meta(r, sigma2 = c(r$tau2, r$sigma2), rho = r$rho))

d <- dat.kalaian1996
V <- vcalc(vi, cluster = study, type = outcome, rho = 0.66, data = d)
r <- mv(yi, V, mods = ~ 0 + outcome, random = ~ outcome | study, struct = "UN", data = d)
write("kalaian1996", d, meta(r, sigma2 = r$tau2, rho = r$rho), V)

d <- reshape(dat.fine1993, direction = "long", idvar = "study", v.names = c("e", "c"), timevar = "time",
             varying = list(paste0("e", 1:4, "i"), paste0("c", 1:4, "i")), times = 1:4)
d <- escalc("OR", ai = e, n1i = nei, ci = c, n2i = nci, data = d, add = 1/2, to = "only0")
d <- d[!is.na(d$yi), ]; d <- d[order(d$study, d$time), ]
r <- mv(yi, vi, mods = ~ 0 + factor(time), random = ~ time | study, struct = "AR", data = d)
write("fine1993", d, meta(r, sigma2 = r$tau2, rho = r$rho))

d <- escalc("PLO", xi = xi, ni = ni, data = dat.hasselblad1998)
r <- mv(yi, vi, mods = ~ trt, random = ~ 1 | study/id, data = d)
write("hasselblad1998", d, meta(r, sigma2 = r$sigma2))

d <- dat.tannersmith2016; d$row <- seq_len(nrow(d))
r <- mv(yi, vi, mods = ~ propmale + aget1, random = ~ 1 | studyid/row, data = d)
found <- coef_test(r, vcov = "CR2", cluster = d$studyid)
third <- sqrt(diag(vcovCR(r, type = "CR3", cluster = d$studyid)))
write("tannersmith2016", d, meta(r, sigma2 = r$sigma2, cr2 = found$SE, cr2_df = found$df_Satt, cr3 = third))

d <- escalc("ZCOR", ri = ri, ni = ni, data = dat.craft2003); d$pair <- paste(d$var1, d$var2, sep = ".")
r <- mv(yi, vi, mods = ~ 0 + pair, random = ~ pair | study, struct = "CS", data = d)
write("craft2003", d, meta(r, sigma2 = r$tau2, rho = r$rho))

uni <- list(threshold = 1e-12, maxiter = 1000)
d <- escalc("ZCOR", ri = ri, ni = ni, data = dat.molloy2014)
r <- rma(yi, vi, data = d, test = "knha", control = uni)
q <- confint(r, control = list(tol = 1e-14))$random["tau^2", 2:3]
write("molloy2014", d, meta(r, sigma2 = r$tau2, q_profile = q))
d <- escalc("ZCOR", ri = ri, ni = ni, data = dat.mcdaniel1994); d <- d[d$struct != "" & d$type != "", ]
r <- rma(yi, vi, mods = ~ type + struct, data = d, method = "ML", control = uni)
write("mcdaniel1994", d, meta(r, sigma2 = r$tau2))
d <- escalc("OR", ai = xTi, n1i = nTi, ci = xCi, n2i = nCi, data = dat.viechtbauer2021)
r <- rma(yi, vi, mods = ~ dose, data = d, method = "PM", test = "knha", control = list(tol = 1e-13))
write("viechtbauer2021", d, meta(r, sigma2 = r$tau2))

both <- function(id, formula, data, REML = TRUE) {
  r <- lmer(formula, data, REML = REML, control = lmerControl(optimizer = "Nelder_Mead",
            optCtrl = list(FtolAbs = 1e-14, FtolRel = 1e-15, XtolRel = 1e-12, maxfun = 1e5), check.conv.singular = "ignore"))
  v <- as.data.frame(VarCorr(r)); v <- v[is.na(v$var2), ]
  names <- paste0(v$grp, ifelse(is.na(v$var1) | v$var1 == "(Intercept)", "", paste0("[", v$var1, "]")))
  write(id, as.data.frame(data), list(params = unname(fixef(r)), se = sqrt(diag(as.matrix(vcov(r)))),
        llf = c(logLik(r)), sigma2 = as.list(setNames(v$vcov, names))))
}
both("Dyestuff", Yield ~ 1 + (1 | Batch), Dyestuff)
both("Dyestuff2", Yield ~ 1 + (1 | Batch), Dyestuff2)
both("Rail", travel ~ 1 + (1 | Rail), transform(as.data.frame(Rail), Rail = as.character(Rail)))
both("Oats", yield ~ nitro + (1 | Block/Variety), transform(as.data.frame(Oats), Block = as.character(Block)))
plain <- transform(as.data.frame(Machines), Worker = as.character(Worker))
both("Machines", score ~ Machine + (1 | Worker/Machine), plain)
both("Machines_un", score ~ Machine + (0 + Machine | Worker), plain, REML = FALSE)
both("Orthodont", distance ~ age * Sex + (age | Subject), transform(as.data.frame(Orthodont), Subject = as.character(Subject)))
both("Pixel", pixel ~ day + I(day^2) + (day | Dog) + (1 | Dog:Side), as.data.frame(Pixel))
both("ergoStool", effort ~ Type + (1 | Subject), transform(as.data.frame(ergoStool), Subject = as.character(Subject)))

d <- as.data.frame(Ovary); d$Mare <- as.character(d$Mare)
d$order <- ave(d$Time, d$Mare, FUN = rank); d$s <- sin(2 * pi * d$Time); d$c <- cos(2 * pi * d$Time)
r <- lme(follicles ~ s + c, random = ~ 1 | Mare, correlation = corAR1(form = ~ order | Mare), data = d,
         control = lmeControl(msTol = 1e-13, tolerance = 1e-12, maxIter = 500, msMaxIter = 500))
rho <- unname(coef(r$modelStruct$corStruct, unconstrained = FALSE))
v <- as.numeric(VarCorr(r)[, "Variance"])
write("Ovary", d, list(params = unname(fixef(r)), se = unname(sqrt(diag(r$varFix))), llf = c(logLik(r)),
      sigma2 = list(Mare = v[1], order = v[2]), rho = rho))
