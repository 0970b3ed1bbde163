/** Puts list, names and overrides together. */
import { createHash } from 'node:crypto';
import { resolveModel } from './model-names.ts';
import { applyOverride } from './override-rows.ts';
import { compileOverride, type CompiledOverride } from './overrides.ts';
import type { PriceList } from './price-list.ts';
import { draftRows, finishRows, type DraftRow } from './price-rows.ts';
import type { ModelName, PriceBook, PriceOverride, PriceRow } from './types.ts';

/**
 * Part of every fingerprint. Raise it with any change of how names are found or rows are made, so
 * that a store priced by an older tallyd is priced anew.
 */
const RULES = 1;

export interface PriceBookOptions {
  list: PriceList;
  /** `prices:` of tallyd.yaml, checked by `priceOverridesSchema`; of several for a name a later one wins. */
  overrides?: readonly PriceOverride[];
}

/** A price book over one list; a refreshed list needs a new book. Never throws once made. */
export function createPriceBook({ list, overrides = [] }: PriceBookOptions): PriceBook {
  const compiled = overrides.map(compileOverride);
  const known = new Map<string, PriceRow[]>();
  return {
    rowsFor(name) {
      const key = `${name.provider}\n${name.model}`;
      let rows = known.get(key);
      if (!rows) {
        const { provider, model } = name;
        rows = finishRows({ provider, model }, overridden(list, compiled, name));
        known.set(key, rows);
      }
      return rows;
    },
    fingerprint: createHash('sha256')
      .update(JSON.stringify([RULES, list.fingerprint, overrides]))
      .digest('hex'),
  };
}

function overridden(list: PriceList, overrides: CompiledOverride[], name: ModelName): DraftRow[] {
  return overrides
    .filter((override) => override.appliesTo(name))
    .reduce(
      (drafts, compiled) => {
        const { like, provider } = compiled.override;
        if (like === undefined) return applyOverride(drafts, compiled);
        return applyOverride(drafts, compiled, listed(list, { provider: provider ?? '', model: like }));
      },
      listed(list, name),
    );
}

function listed(list: PriceList, name: ModelName): DraftRow[] {
  const resolved = resolveModel(list, name);
  return resolved ? draftRows(resolved) : [];
}
