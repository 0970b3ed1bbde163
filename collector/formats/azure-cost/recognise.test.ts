/** Which files are Azure’s cost details. */
import { describe, expect, it } from 'vitest';
import { builtInFormats } from '../index.ts';
import { recogniseSample, sampleOf } from '../recognise.ts';

function recognised(text: string): string {
  const found = recogniseSample(sampleOf(Buffer.from(text), { name: 'export', path: '' }), builtInFormats);
  return 'format' in found ? found.format.name : found.problem;
}

const HEADERS = [
  'Date,SubscriptionId,MeterCategory,MeterName,UnitOfMeasure,Quantity,CostInBillingCurrency,BillingCurrencyCode',
  'date,SubscriptionId,meterCategory,meterName,unitOfMeasure,quantity,costInBillingCurrency,costInUsd,billingCurrency',
  'UsageDateTime,SubscriptionGuid,MeterCategory,MeterName,UnitOfMeasure,UsageQuantity,PreTaxCost,Currency',
];

describe('cost details of Azure', () => {
  it.each(HEADERS)('with the columns %s are known in any order and case', (header) => {
    expect(recognised(`${header}\n`)).toBe('azure-cost');
    expect(recognised(`${header.toUpperCase().split(',').reverse().join(',')}\n`)).toBe('azure-cost');
  });

  it('without a cost are told so', () => {
    expect(recognised(`${HEADERS[0]!.replace(',CostInBillingCurrency', '')}\n`)).toMatch(
      /looks like an Azure cost details export, but has no column "CostInBillingCurrency"/,
    );
  });

  it('that name one thing twice are not guessed at', () => {
    expect(recognised(`${HEADERS[0]},UsageDate\n`)).toMatch(
      /names one thing 2 times: "Date" and "UsageDate"/,
    );
  });
});
