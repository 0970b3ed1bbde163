import { expect, it } from 'vitest';
import { expandPromql, legendLabels } from './expand-promql.ts';

const choices = {
  variables: { job: 'tallyd', instance: ['127.0.0.1:9464', 'other:1'] },
  rateInterval: '1m',
  range: '6h',
  interval: '15s',
};

it('writes variables as regular expressions in quotes, and intervals as they are', () => {
  expect(expandPromql('rate(a{job=~"$job", instance=~"${instance}"}[$__rate_interval])', choices)).toBe(
    'rate(a{job=~"tallyd", instance=~"(127\\\\.0\\\\.0\\\\.1:9464|other:1)"}[1m])',
  );
  expect(expandPromql('increase(a[$__range]) or increase(b[$__interval])', choices)).toBe(
    'increase(a[6h]) or increase(b[15s])',
  );
});

it('does not let a misspelt variable pass, nor All', () => {
  expect(() => expandPromql('a{job="$jbo"}', choices)).toThrow('$jbo');
  expect(() => expandPromql('a{job=~"$job"}', { ...choices, variables: { job: '$__all' } })).toThrow('All');
});

it('finds the labels of a legend', () => {
  expect(legendLabels('{{source}} by {{ via }}')).toEqual(['source', 'via']);
});
