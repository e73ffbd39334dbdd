/** What makes quotes unfit, from the settings: the same for who shows prices and for who trades on them. */
import type { BookLimits } from '@tidegate/core/market/book';
import type { Settings } from '@tidegate/platform/configuration/config';

export function bookLimitsOf({
  bookCrossedBasisPoints,
  quoteSpikeBasisPoints,
}: Pick<Settings, 'bookCrossedBasisPoints' | 'quoteSpikeBasisPoints'>): BookLimits {
  return {
    crossedBasisPoints: bookCrossedBasisPoints,
    ...(quoteSpikeBasisPoints === 0 ? {} : { spikeBasisPoints: quoteSpikeBasisPoints }),
  };
}
