/** The data sources that dashboards and rules name. Provisioning gives them these uids. */
export const clickhouse = { type: 'grafana-clickhouse-datasource', uid: 'tallyd-clickhouse' } as const;
export const prometheus = { type: 'prometheus', uid: 'tallyd-prometheus' } as const;
