/** What a row of a Copilot report counts, in its own unit, and what that is worth and charged. */
import type { Prng } from './prng.ts';

/** Premium requests, in fractions; what they would be in credits stands beside them at times. */
export function premium(prng: Prng) {
  const quantity = prng.pick(['1', '3.6', '2.5', '0.25', '0', '40']);
  const requests = { '1': 1, '3.6': 4, '2.5': 3, '0.25': 1, '0': 0, '40': 40 }[quantity] ?? 0;
  return {
    quantity,
    requests,
    tag: 'premium_requests',
    unit: 'requests',
    sku: prng.pick(['copilot_premium_request', 'coding_agent_premium_request']),
    price: '0.04',
    inCredits: prng.pick(['', '8.68986']),
    ...moneyOf(prng, Number(quantity) * 0.04),
  };
}

/** AI credits, at a cent each, and `most` hundredths of one. */
export function credits(prng: Prng, most = 90_000) {
  const quantity = String(prng.int(1, most) / 100);
  return {
    quantity,
    requests: 0,
    tag: 'ai_credits',
    unit: prng.pick(['ai-credits', 'credits']),
    sku: prng.pick(['copilot_ai_credit', 'coding_agent_ai_credit']),
    price: '0.01',
    inCredits: '',
    ...moneyOf(prng, Number(quantity) * 0.01),
  };
}

/** Within the quota of the plan, beyond it, or partly so. */
function moneyOf(prng: Prng, dollars: number) {
  const share = prng.pick([0, 1, 0.5]);
  const [gross, discount] = [dollars, dollars * share];
  return {
    gross: gross.toFixed(6),
    discount: discount.toFixed(6),
    net: (gross - discount).toFixed(6),
    exceeds: share < 1,
  };
}
