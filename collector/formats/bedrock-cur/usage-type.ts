/**
 * What AWS's usage types say about tokens, as SQL over `usage_type_cell`, `unit_cell`, `product_cell` and
 * `units`: `USE1-Claude4.6Opus-cache-write-input-token-count-1-hour-cross-region-global` names region, model, kind,
 * lifetime and routing. Nobody documents them, so what is not understood stays as it is.
 */
export const USAGE_TYPE = `
    ifNull(usage_type_cell, '') AS usage_text,
    transform(extract(usage_text, '^([A-Z]{2,5}[0-9]{1,2})-') AS region_prefix,
        ['USE1', 'USE2', 'USW1', 'USW2', 'CAN1', 'SAE1', 'EU', 'EUW1', 'EUW2', 'EUW3', 'EUC1', 'EUN1', 'APN1', 'APN2', 'APS1', 'APS2', 'APS3'],
        ['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'ca-central-1', 'sa-east-1', 'eu-west-1', 'eu-west-1', 'eu-west-2', 'eu-west-3',
         'eu-central-1', 'eu-north-1', 'ap-northeast-1', 'ap-northeast-2', 'ap-southeast-1', 'ap-southeast-2', 'ap-south-1'],
        region_prefix) AS region_code,
    replaceRegexpOne(usage_text, '^[A-Z]{2,5}[0-9]{1,2}-', '') AS type_text,
    lower(type_text) AS type_words,
    multiIf(
        position(type_words, 'token') = 0, '',
        match(type_words, 'cache[-_]?write'), if(match(type_words, '1-?h(our|-|$)'), 'cache_write_1h', 'cache_write_5m'),
        match(type_words, 'cache[-_]?read'), 'cache_read',
        position(type_words, 'output') > 0, 'output',
        position(type_words, 'input') > 0, 'input',
        '') AS token_kind,
    multiIf(
        token_kind = '', '',
        match(type_words, 'tokencount-[a-z]') AND NOT endsWith(type_words, '-units'), extract(type_text, '(?i)tokencount-(.+)$'),
        startsWith(type_words, 'mp:'), replaceRegexpAll(extract(lower(ifNull(product_cell, '')), '(claude[^("]*[^( "])'), '[ .]', '-'),
        extract(type_text, '(?i)^(.+?)-(?:cache[-_]?(?:read|write)|(?:text-|speech-|audio-|image-|video-)?(?:input|output))')) AS model_text,
    replaceRegexpOne(replaceRegexpOne(replaceRegexpOne(replaceRegexpOne(
        model_text, '(?i)-mantle$', ''), '^anthropic[.]', ''), '-v[0-9]+(:[0-9]+)?$', ''), '^(us|eu|apac|global)[.]anthropic[.]', '') AS model_name,
    -- Claude4.6Opus is what its maker calls claude-opus-4-6, Claude3.5Sonnet claude-3-5-sonnet
    multiIf(
        match(model_name, '^Claude[1-3]([.][0-9]+)?[A-Z]'), replaceAll(lower(replaceRegexpOne(model_name, '^Claude([0-9.]+)([A-Za-z]+)$', 'claude-\\\\1-\\\\2')), '.', '-'),
        match(model_name, '^Claude[0-9]'), replaceAll(lower(replaceRegexpOne(model_name, '^Claude([0-9.]+)([A-Za-z]+)$', 'claude-\\\\2-\\\\1')), '.', '-'),
        match(model_name, '^Nova[0-9.]*[A-Z]'), replaceOne(replaceOne(lower(replaceRegexpOne(model_name, '^Nova([0-9.]+)?([A-Z][A-Za-z]*)$', 'nova-\\\\1-\\\\2')), '--', '-'), '.0-', '-'),
        model_name) AS model_told,
    multiIf(position(type_words, 'global') > 0, 'global', position(type_words, 'cross-region') > 0, 'cross-region', '') AS routing,
    extract(type_words, '-(batch|priority|flex|latency-optimized)(?:-|$)') AS tier,
    replaceAll(lower(ifNull(unit_cell, '')), ',', '') AS unit_words,
    multiIf(
        match(unit_words, '1000000|\\\\b1 ?m\\\\b|million'), 1000000,
        match(unit_words, '1000|\\\\b1 ?k\\\\b|thousand'), 1000,
        match(unit_words, '^tokens?$'), 1,
        0) AS tokens_a_unit`;
