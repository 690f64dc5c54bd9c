#!/usr/bin/env Rscript
# Timing of metafor or lme4 on the reference data: CPU seconds, one line "task seconds".
# Called by bench_mixed.py as: Rscript bench_mixed_peers.R <folder with the CSV files> <task>
suppressMessages({library(metafor); library(lme4)})
folder <- commandArgs(TRUE)[1]
task <- commandArgs(TRUE)[2]
read <- function(name, factors = c()) {
  d <- read.csv(file.path(folder, paste0(name, ".csv")))
  for (v in factors) d[[v]] <- factor(d[[v]])
  d
}
cpu <- function(f, reps, times = 1, warm = FALSE) {
  if (warm) invisible(f())
  used <- sapply(seq_len(reps), function(i) { t <- proc.time(); f(); d <- proc.time() - t; d[[1]] + d[[2]] })
  cat(sprintf("%s %.6f\n", task, times * median(used)))
}
k <- read("konstantopoulos2011")
fit_k <- function() rma.mv(yi, vi, random = ~ 1 | district/school, data = k)
s <- read("synth400", c("family", "salt", "geometry", "route"))
s$dn18 <- (s$dn - 18) / 10
s$vimp <- ifelse(s$known == 1, s$vi, median(s$vi, na.rm = TRUE))
known <- s[s$known == 1, ]
if (task == "konst_fit") cpu(fit_k, 25, warm = TRUE)
if (task == "konst_profiles") { r <- fit_k(); cpu(function() confint(r), 3) }
if (task == "konst_bootstrap") {
  r <- fit_k()
  set.seed(1)
  Y <- as.matrix(simulate(r, nsim = 25))
  one <- function(y) rma.mv(y, k$vi, random = list(~ 1 | district/school), data = k)$sigma2
  cpu(function() apply(Y, 2, one), 1, times = 40)
}
if (task == "synth400_fit") {
  full <- ~ family + salt + geometry + route + dn18 + xT
  cpu(function() rma.mv(yi, vimp, mods = full, random = ~ 1 | lab/study/prep/rec, data = s), 1)
}
if (task == "synth240_profiles") {
  r <- rma.mv(yi, vi, random = ~ 1 | lab/study/prep/rec, data = known)
  cpu(function() confint(r), 1)
}
if (task == "sleep_fit") {
  d <- read("sleepstudy")
  cpu(function() lmer(Reaction ~ Days + (Days | Subject), d), 9, warm = TRUE)
}
if (task == "pastes_fit") {
  d <- read("Pastes")
  cpu(function() lmer(strength ~ 1 + (1 | batch) + (1 | sample), d), 9, warm = TRUE)
}
if (task == "insteval_fit") {
  d <- read("InstEval", c("s", "d", "dept", "service"))
  cpu(function() lmer(y ~ 1 + service + (1 | s) + (1 | d) + (1 | dept), d), 1)
}
