/** A share with 1.96 standard errors of it. */
export type Share = { readonly of: number; readonly share: number; readonly margin: number }

export const shareOf = (right: readonly boolean[]): Share => {
  const share = right.filter(Boolean).length / Math.max(right.length, 1)
  return { of: right.length, share, margin: 1.96 * Math.sqrt((share * (1 - share)) / Math.max(right.length, 1)) }
}
