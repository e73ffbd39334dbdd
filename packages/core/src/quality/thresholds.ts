/**
 * When data is not good any more, as configuration data: of the instrument, of the source, of the source for
 * an instrument; the more special word counts, value by value.
 */

export interface QualityThresholds {
  /** Without an image for so long it is STALE. */
  readonly staleAfterMs: number;
  /** SPIKE: distance from the median of the other sources' mids. 0: not checked. */
  readonly spikeBasisPoints: number;
  /** WIDE: spread of the source's own top. 0: not checked. */
  readonly wideBasisPoints: number;
  /** PARTIAL: fewer levels on a side than these. */
  readonly levelsMin: number;
}

export type QualityOverrides = { readonly [K in keyof QualityThresholds]?: QualityThresholds[K] | undefined };

export const qualityDefaults: Omit<QualityThresholds, 'staleAfterMs'> = {
  spikeBasisPoints: 100,
  wideBasisPoints: 100,
  levelsMin: 1,
};

/** @param layers from the most general to the most special. */
export function thresholdsOf(
  staleAfterMs: number,
  ...layers: readonly (QualityOverrides | undefined)[]
): QualityThresholds {
  const merged = { ...qualityDefaults, staleAfterMs };
  for (const layer of layers) {
    merged.staleAfterMs = layer?.staleAfterMs ?? merged.staleAfterMs;
    merged.spikeBasisPoints = layer?.spikeBasisPoints ?? merged.spikeBasisPoints;
    merged.wideBasisPoints = layer?.wideBasisPoints ?? merged.wideBasisPoints;
    merged.levelsMin = layer?.levelsMin ?? merged.levelsMin;
  }
  return merged;
}
