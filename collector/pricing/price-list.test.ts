import { waitForUpdate } from '@pydantic/genai-prices';
import { describe, expect, it } from 'vitest';
import { bundledPriceList, parsePriceList, PriceListError } from './price-list.ts';

const good = { id: 'p', models: [{ id: 'm', match: { equals: 'm' }, prices: { input_mtok: 1 } }] };

describe('the price list', () => {
  it('has every provider and model that the package carries', async () => {
    const list = await bundledPriceList();
    const packaged = (await waitForUpdate())!;
    expect(list.providers.size).toBe(packaged.length);
    expect(list.modelCount).toBe(packaged.reduce((sum, { models }) => sum + models.length, 0));
  });

  it('takes what a newer list may add, as long as it is not what a price is made from', () => {
    const list = parsePriceList([
      {
        ...good,
        novelty: 1,
        models: [{ ...good.models[0], prices: { input_mtok: 1, smell_mtok: { a: 1 } } }],
      },
    ]);
    expect(list.modelCount).toBe(1);
  });

  it('has a fingerprint that follows its prices, not its prose', () => {
    const described = parsePriceList([{ ...good, description: 'a provider' }]);
    expect(described.fingerprint).toBe(parsePriceList([good]).fingerprint);
    const dearer = { ...good, models: [{ ...good.models[0], prices: { input_mtok: 2 } }] };
    expect(parsePriceList([dearer]).fingerprint).not.toBe(described.fingerprint);
  });

  it.each([
    ['null', null],
    ['an error page', { error: 'not found' }],
    ['an empty list', []],
    ['a list without models', [{ id: 'p', models: [] }]],
    ['a price below zero', [{ ...good, models: [{ ...good.models[0], prices: { input_mtok: -1 } }] }]],
    [
      'a rule of an unknown kind',
      [{ ...good, models: [{ ...good.models[0], match: { sounds_like: 'm' } }] }],
    ],
    [
      'a constraint of an unknown kind',
      [{ ...good, models: [{ ...good.models[0], prices: [{ constraint: { moon: 'full' }, prices: {} }] }] }],
    ],
  ])('refuses %s', (_, json) => {
    expect(() => parsePriceList(json)).toThrow(PriceListError);
  });

  it('says where garbage is', () => {
    expect(() => parsePriceList([{ ...good, models: [{ id: 'm' }] }])).toThrow(/0\.models\.0\.match/);
  });
});
