-- meaning: what is known of the chain addresses money came from and went to
-- parameter: risky_from number 0.7 : a risk score from which a counterparty counts as risky; a mixer, a scam, a darknet market and a sanctioned address do at any
-- parameter: telling_risk number 0.9 : a risk this high is told although of others nothing is known
-- parameter: telling_usd number 1000 : as much risky value in USD is told although of others nothing is known
-- parameter: telling_share number 0.25 : as large a risky share of all value is told although of others nothing is known
-- parameter: telling_grave_usd number 10000 : as much value in USD exchanged with such is told although of others nothing is known
-- fact: counterparty.max_risk number 0..1 : highest risk score of a counterparty of the last 90 days; 0 where there is none
-- fact: counterparty.risky_usd number USD : value exchanged with risky counterparties in the last 90 days
-- fact: counterparty.risky_share number share 0..1 : their share of all value exchanged on chain in the last 90 days
-- fact: counterparty.grave_usd number USD : value exchanged in the last 90 days with mixers, scams, darknet markets and sanctioned addresses
-- fact: counterparty.sanctioned flag : whether any counterparty is sanctioned, however long ago
-- label: counterparty.max_risk : the highest risk score of a counterparty
-- label: counterparty.risky_usd : value exchanged with risky counterparties
-- label: counterparty.risky_share : the share of value exchanged with risky counterparties
-- label: counterparty.grave_usd : value exchanged with mixers, scams, darknet markets and sanctioned addresses
-- label: counterparty.sanctioned : a sanctioned counterparty
-- unknown: counterparty.max_risk : a counterparty of the last 90 days has no risk score, and what is known of the others is not grave
-- unknown: counterparty.risky_usd : a counterparty of the last 90 days has neither a risk score nor a category that is risky, and what is known of the others is not grave
-- unknown: counterparty.risky_share : a counterparty of the last 90 days has neither a risk score nor a category that is risky, and what is known of the others is not grave
-- unknown: counterparty.grave_usd : a counterparty of the last 90 days is of no known category, and what is known of the others is not grave
-- unknown: counterparty.sanctioned : no counterparty is known to be sanctioned, and one of the last 90 days is of no known category
-- strange: chain_addresses.category : the address may be sanctioned
-- strange: chain_addresses.risk_score : the address has no score
-- part: counterparty.max_risk at least telling_risk
-- part: counterparty.risky_usd at least telling_usd
-- part: counterparty.grave_usd at least telling_grave_usd
-- part: counterparty.risky_share at least telling_share
-- Where some counterparties are not known, what is told of the others is the least that can be. An address that several
-- rows tell of is as bad as the worst of them. Of what is older than 90 days a sanctioned address is told, and one that is not
-- known is not asked about.
WITH transfers AS (
  SELECT ADDRESS_OF(chain_address) AS chain_address, amount_usd, "at" FROM deposits
  WHERE customer_id = :customer_id AND (TRIM(chain_address) <> '' OR COALESCE(NULLIF(TRIM(method), ''), 'chain') = 'chain')
  UNION ALL
  SELECT ADDRESS_OF(chain_address) AS chain_address, amount_usd, "at" FROM withdrawals
  WHERE customer_id = :customer_id AND (TRIM(chain_address) <> '' OR COALESCE(NULLIF(TRIM(method), ''), 'chain') = 'chain')
    AND status IS DISTINCT FROM 'cancelled'
), known AS (
  SELECT t.chain_address,
    MAX(CASE WHEN a.risk_score BETWEEN 0 AND 1 THEN a.risk_score END) AS risk_score,
    MAX(CASE
      WHEN LOWER(TRIM(a.category)) = 'sanctioned' THEN 2
      WHEN LOWER(TRIM(a.category)) IN ('self_hosted', 'exchange', 'defi', 'mixer', 'scam', 'darknet') THEN 0
      ELSE 1
    END) AS listed,
    MAX(CASE WHEN LOWER(TRIM(a.category)) IN ('mixer', 'scam', 'darknet', 'sanctioned') THEN 1 ELSE 0 END) AS grave
  FROM (SELECT DISTINCT chain_address FROM transfers) AS t
  JOIN chain_addresses AS a ON ADDRESS_OF(a.chain_address) = t.chain_address
  GROUP BY t.chain_address
), rated AS (
  SELECT t.amount_usd, k.risk_score, COALESCE(k.listed, 1) AS listed, k.grave,
    CASE WHEN k.grave = 1 OR k.risk_score >= :risky_from THEN 1 WHEN k.risk_score < :risky_from THEN 0 END AS risky,
    t."at" > CAST(:as_of AS TIMESTAMP) - INTERVAL '90' DAY AS recent
  FROM transfers AS t LEFT JOIN known AS k ON k.chain_address = t.chain_address
  WHERE t."at" <= CAST(:as_of AS TIMESTAMP)
), totals AS (
  SELECT
    COALESCE(MAX(risk_score), 0) AS riskiest,
    COALESCE(SUM(risky * amount_usd), 0) AS risky,
    COALESCE(SUM(grave * amount_usd), 0) AS grave,
    COALESCE(SUM(amount_usd), 0) AS usd,
    COUNT(risk_score) = COUNT(*) AS scored,
    COUNT(risky) = COUNT(*) AS whole,
    COUNT(CASE WHEN listed <> 1 OR grave = 1 THEN 1 END) = COUNT(*) AS sorted,
    MAX(listed) AS listed
  FROM rated WHERE recent
)
SELECT
  CASE WHEN scored OR riskiest >= :telling_risk THEN riskiest END AS "counterparty.max_risk",
  CASE WHEN whole OR risky >= :telling_usd THEN risky END AS "counterparty.risky_usd",
  CASE WHEN whole OR risky >= :telling_share * usd THEN COALESCE(risky / NULLIF(usd, 0), 0) END AS "counterparty.risky_share",
  CASE WHEN sorted OR grave >= :telling_grave_usd THEN grave END AS "counterparty.grave_usd",
  CASE WHEN EXISTS (SELECT 1 FROM rated WHERE listed = 2) THEN TRUE WHEN listed = 1 THEN NULL ELSE FALSE END
    AS "counterparty.sanctioned"
FROM totals;
