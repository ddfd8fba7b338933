/**
 * rsLoRA scales by alpha / sqrt(R) instead of alpha / R. Kalajdzievski 2023, arXiv 2312.03732. Everywhere but in PEFT's configuration
 * an adapter has the alpha of plain LoRA that scales alike, since llama.cpp knows no other.
 */
export const plainAlpha = (alpha: number, rank: number): number => alpha * Math.sqrt(rank)
