/** Units of fields, as Grafana names them. */
export const unit = {
  dollars: 'currencyUSD',
  count: 'short',
  share: 'percentunit',
  milliseconds: 'ms',
  seconds: 's',
  bytes: 'bytes',
  perSecond: 'ops',
  bytesPerSecond: 'Bps',
  time: 'dateTimeAsIso',
  fromNow: 'dateTimeFromNow',
} as const;
