#!/usr/bin/env Rscript
# Timings of metafor and lme4 on the reference data: CPU seconds, one line "task seconds note" each.
# Called by bench_mixed.py as: Rscript bench_mixed_peers.R <folder with the CSV files>
suppressMessages({library(metafor); library(lme4)})
folder <- commandArgs(TRUE)[1]
read <- function(name) read.csv(file.path(folder, paste0(name, ".csv")))
cpu <- function(task, f, reps = 5, times = 1, note = "") {
  used <- sapply(seq_len(reps), function(i) { t <- proc.time(); f(); d <- proc.time() - t; d[[1]] + d[[2]] })
  cat(sprintf("%s %.6f %s\n", task, times * median(used), note))
}
k <- read("konstantopoulos2011")
fit_k <- function() rma.mv(yi, vi, random = ~ 1 | district/school, data = k)
invisible(fit_k()); cpu("konst_fit", fit_k, 9)
r <- fit_k(); cpu("konst_profiles", function() confint(r), 3)
set.seed(1); Y <- as.matrix(simulate(r, nsim = 25))
cpu("konst_bootstrap", function() apply(Y, 2, function(y) rma.mv(y, k$vi, random = list(~ 1 | district/school), data = k)$sigma2), 1, 40, "25 replicates x 40")
s <- read("synth400"); for (v in c("family", "salt", "geometry", "route")) s[[v]] <- factor(s[[v]])
s$dn18 <- (s$dn - 18) / 10; s$vimp <- ifelse(s$known == 1, s$vi, median(s$vi, na.rm = TRUE)); known <- s[s$known == 1, ]
full <- ~ family + salt + geometry + route + dn18 + xT
cpu("synth400_fit", function() rma.mv(yi, vimp, mods = full, random = ~ 1 | lab/study/prep/rec, data = s), 1)
r0 <- rma.mv(yi, vi, random = ~ 1 | lab/study/prep/rec, data = known)
cpu("synth240_profiles", function() confint(r0), 1)
sl <- read("sleepstudy"); cpu("sleep_fit", function() lmer(Reaction ~ Days + (Days | Subject), sl), 9)
pa <- read("Pastes"); cpu("pastes_fit", function() lmer(strength ~ 1 + (1 | batch) + (1 | sample), pa), 9)
ie <- read("InstEval"); for (v in c("s", "d", "dept", "service")) ie[[v]] <- factor(ie[[v]])
cpu("insteval_fit", function() lmer(y ~ 1 + service + (1 | s) + (1 | d) + (1 | dept), ie), 1)
