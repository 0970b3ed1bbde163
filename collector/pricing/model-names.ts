/** Finds the model of the price list that a reported name stands for, or nothing; never a near one. */
import { canonicalProvider, makerOf, type Maker } from './makers.ts';
import { matchStrength } from './match-rules.ts';
import { hasTokenPrices, isFree, type ListedModel, type PriceList } from './price-list.ts';
import { bareName, ladder, routesIn, spellings, type Rung, type Speed } from './spellings.ts';
import type { ModelName } from './types.ts';

export interface ResolvedModel {
  /** The provider's id in the price list. */
  provider: string;
  model: ListedModel;
  /** What the reported name itself says of the speed: `gpt-5.4-fast` is gpt-5.4, fast. */
  speed: Speed;
}

/** Names that stand for no model: chosen by the service, or made up by the client. */
const NO_MODEL = new Set(['', '<synthetic>', 'auto', 'default', 'unknown', 'agent_review']);

/**
 * The model of the list for a provider (may be '') and a model as reported. Looked for first where
 * the name says that it ran, then at the event's provider, then at the model's maker, and at last
 * at OpenRouter; the name as it stands first, then without its suffixes (docs/pricing.md).
 */
export function resolveModel(list: PriceList, { provider, model }: ModelName): ResolvedModel | undefined {
  const name = model.trim().toLowerCase().replace(/\s+/g, '-');
  const bare = bareName(name);
  if (NO_MODEL.has(bare)) return undefined;
  const maker = makerOf(bare);
  const sellers = [...routesIn(name), canonicalProvider(provider)];
  const own = maker ? [maker.provider] : [];
  const found = lookUp(list, name, maker, [...sellers, ...own]);
  if (found) return completed(list, name, maker, found);
  return lookUp(list, name, maker, ['openrouter'], inFolder);
}

/**
 * OpenRouter's list has models of many makers, so what did not run there is looked up with its
 * maker's folder only.
 */
const inFolder = (name: string): boolean => name.includes('/');

/** The first rung of the ladder, and on it the first provider, that has the name. */
function lookUp(
  list: PriceList,
  name: string,
  maker: Maker | undefined,
  providers: string[],
  mayBe: (spelling: string) => boolean = () => true,
): ResolvedModel | undefined {
  for (const rung of ladder(name, maker)) {
    const spelt = spellings(rung.name, maker).filter(mayBe);
    for (const provider of new Set(providers)) {
      const model = bestMatch(list, provider, spelt);
      if (model) return { provider, model, speed: speedOf(model, rung) };
    }
  }
  return undefined;
}

/** The model that answers to the first of the spellings that any answers to. */
function bestMatch(list: PriceList, provider: string, spelt: string[]): ListedModel | undefined {
  const models = list.providers.get(provider)?.models.filter(hasTokenPrices) ?? [];
  for (const name of spelt) {
    let best: ListedModel | undefined;
    let strongest = 0;
    for (const model of models) {
      const strength = model.id.toLowerCase() === name ? Infinity : matchStrength(model.match, name);
      if (strength > strongest) [best, strongest] = [model, strength];
    }
    if (best) return best;
  }
  return undefined;
}

/** A row of a `:free` variant has no price to multiply; the speed says that it is one. */
function speedOf(model: ListedModel, rung: Rung): Speed {
  return isFree(model) ? 'free' : rung.speed;
}

/** Puts the maker's model in the place of a reseller's whose row leaves out what the cache costs. */
function completed(
  list: PriceList,
  name: string,
  maker: Maker | undefined,
  found: ResolvedModel,
): ResolvedModel {
  if (!maker?.closed || found.provider === maker.provider || found.speed === 'free') return found;
  const atMaker = lookUp(list, name, maker, [maker.provider]);
  return atMaker && lacksCacheRates(found.model, atMaker.model) ? atMaker : found;
}

function lacksCacheRates(model: ListedModel, than: ListedModel): boolean {
  return (['cache_read_mtok', 'cache_write_mtok'] as const).some((rate) => {
    const has = ({ periods }: ListedModel): boolean =>
      periods.some(({ prices }) => prices[rate] !== undefined);
    return has(than) && !has(model);
  });
}
