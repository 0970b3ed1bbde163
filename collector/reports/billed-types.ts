/** The JSON of `tallyd report billed`; docs/reports.md says what each member means. */

export interface BilledAmounts {
  billedUsd: number;
  calculatedUsd: number;
  /** Billed less calculated. */
  differenceUsd: number;
  /** When there are any: the part of `billedUsd` below 0. */
  creditsUsd?: number;
}

export interface BilledModel extends BilledAmounts {
  /** The name that bill and usage have in common; '' for what was charged for no model. */
  modelName: string;
  /** '' where nothing differs. */
  explanation: string;
  /** When above 0: tokens that are missing from `calculatedUsd`, for want of a price. */
  unpricedTokens?: number;
  /** With a breakdown. */
  lineItems?: { lineItem: string; currency: string; amount: number }[];
}

/** A UTC day of a provider. */
export interface BilledRow extends BilledAmounts {
  date: string;
  provider: string;
  explanation: string;
  /** The sources whose usage is in `calculatedUsd`. */
  usageSources: string[];
  models: BilledModel[];
}

export interface OtherCurrency {
  date: string;
  provider: string;
  currency: string;
  amount: number;
}

export interface Billed {
  billed: BilledRow[];
  totals: BilledAmounts;
  /** When there are any: amounts that are in none of the sums. */
  otherCurrencies?: OtherCurrency[];
}
