/** A text without case, accents and kinds of hyphen, as it is compared. */
export function fold(text: string): string {
  return text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase().replaceAll(/[‐‑–—]/g, "-").trim();
}
