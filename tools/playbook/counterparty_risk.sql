-- meaning: what is known of the chain addresses money came from and went to
-- parameter: risky_from number 0.7 : a risk score from which a counterparty counts as risky
-- fact: counterparty.max_risk number 0..1 : highest risk score of a counterparty of the last 90 days; 0 where there is none
-- fact: counterparty.risky_usd number USD : value exchanged with risky counterparties in the last 90 days
-- fact: counterparty.risky_share number 0..1 : their share of all value exchanged on chain in the last 90 days
-- fact: counterparty.sanctioned flag : whether any counterparty of the last 90 days is sanctioned
-- absent: counterparty.max_risk : no counterparty of the last 90 days is known to be risky, and one has no risk score
-- absent: counterparty.risky_usd : no counterparty of the last 90 days is known to be risky, and one has no risk score
-- absent: counterparty.risky_share : no counterparty of the last 90 days is known to be risky, and one has no risk score
-- absent: counterparty.sanctioned : no counterparty of the last 90 days is known to be sanctioned, and of one nothing is known
-- Where some counterparties are not known, what is told of the others is the least that can be.
WITH transfers AS (
  SELECT chain_address, amount_usd, "at" FROM deposits
  WHERE customer_id = :customer_id AND (chain_address IS NOT NULL OR COALESCE(method, 'chain') = 'chain')
  UNION ALL
  SELECT chain_address, amount_usd, "at" FROM withdrawals
  WHERE customer_id = :customer_id AND (chain_address IS NOT NULL OR COALESCE(method, 'chain') = 'chain')
    AND status IS DISTINCT FROM 'cancelled'
), rated AS (
  SELECT t.amount_usd, a.risk_score, a.category
  FROM transfers AS t LEFT JOIN chain_addresses AS a ON a.chain_address = t.chain_address
  WHERE t."at" <= CAST(:as_of AS TIMESTAMP) AND t."at" > CAST(:as_of AS TIMESTAMP) - INTERVAL '90' DAY
), totals AS (
  SELECT
    COALESCE(MAX(risk_score), 0) AS riskiest,
    COALESCE(SUM(CASE WHEN risk_score >= :risky_from THEN amount_usd END), 0) AS risky,
    COALESCE(SUM(amount_usd), 0) AS usd,
    COALESCE(MAX(risk_score) >= :risky_from, FALSE) OR COUNT(risk_score) = COUNT(*) AS told,
    MAX(CASE WHEN category = 'sanctioned' THEN 2 WHEN category IS NULL THEN 1 ELSE 0 END) AS listed
  FROM rated
)
SELECT
  CASE WHEN told THEN riskiest END AS "counterparty.max_risk",
  CASE WHEN told THEN risky END AS "counterparty.risky_usd",
  CASE WHEN told THEN COALESCE(risky / NULLIF(usd, 0), 0) END AS "counterparty.risky_share",
  CASE WHEN listed = 2 THEN TRUE WHEN listed = 1 THEN NULL ELSE FALSE END AS "counterparty.sanctioned"
FROM totals;
