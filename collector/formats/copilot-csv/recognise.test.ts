import { describe, expect, it } from 'vitest';
import { builtInFormats } from '../index.ts';
import { recogniseSample, sampleOf } from '../recognise.ts';
import { copilotCsv } from './recognise.ts';

const sample = (header: string) => sampleOf(Buffer.from(`${header}\n`), { name: 'x.csv', path: '' });

function answer(header: string): string {
  const result = recogniseSample(sample(header), builtInFormats);
  return 'format' in result ? result.format.name : result.problem;
}

const MONEY = 'applied_cost_per_quantity,gross_amount,discount_amount,net_amount';
const DAYS = `date,username,product,sku,model,quantity,unit_type,${MONEY}`;

describe('GitHub’s report of Copilot usage', () => {
  it.each([
    'Timestamp,User,Model,Requests Used,Exceeds Monthly Quota,Total Monthly Quota',
    `${DAYS},exceeds_quota,total_monthly_quota,organization,cost_center_name`,
    `${DAYS},total_monthly_quota,organization,repository,cost_center_name,aic_quantity,aic_gross_amount`,
    `date,product,sku,quantity,unit_type,${MONEY},username,organization,cost_center_name,model`,
    'model,aic_quantity,unit_type,QUANTITY,date',
    copilotCsv.about!.example,
  ])('is known by %s', (header) => {
    expect(answer(header)).toBe('copilot-csv');
  });

  it('of all metered products has no model, and is told so', () => {
    const header = `date,product,sku,quantity,unit_type,${MONEY},username,organization,repository,workflow_path`;
    expect(answer(header)).toContain('looks like a GitHub Copilot usage report, but has no column "model"');
  });

  it.each([
    ['Timestamp,User,Model,Exceeds Monthly Quota', 'has no column "quantity"'],
    ['User,Model,Requests Used,Exceeds Monthly Quota', 'has no column "Timestamp"'],
  ])('with the header %s is told what is missing', (header, difference) => {
    expect(copilotCsv.recognise(sample(header))).toMatchObject({ is: 'near', difference });
  });

  it.each(['date,sku,cost', 'date,model,quantity,input,output', 'Date,User,Model'])('is not %s', (header) => {
    expect(copilotCsv.recognise(sample(header))).toEqual({ is: 'other' });
  });
});
