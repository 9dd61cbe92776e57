-- meaning: what is known of the chain addresses money came from and went to
-- parameter: risky_from number 0.7 : a risk score from which a counterparty counts as risky
-- fact: counterparty.max_risk number 0..1 : highest risk score of a counterparty of the last 90 days; 0 where there is none
-- fact: counterparty.risky_usd number USD : value exchanged with risky counterparties in the last 90 days
-- fact: counterparty.risky_share number 0..1 : their share of all value exchanged on chain in the last 90 days
-- fact: counterparty.sanctioned flag : whether any counterparty of the last 90 days is sanctioned
-- absent: counterparty.max_risk : no counterparty of the last 90 days has a risk score
-- absent: counterparty.sanctioned : nothing is known of the counterparties of the last 90 days
WITH transfers AS (
  SELECT chain_address, amount_usd, "at" FROM deposits
  WHERE customer_id = :customer_id AND chain_address IS NOT NULL
  UNION ALL
  SELECT chain_address, amount_usd, "at" FROM withdrawals
  WHERE customer_id = :customer_id AND chain_address IS NOT NULL AND status <> 'cancelled'
), rated AS (
  SELECT t.amount_usd, a.risk_score, a.category
  FROM transfers AS t LEFT JOIN chain_addresses AS a ON a.chain_address = t.chain_address
  WHERE t."at" <= CAST(:as_of AS TIMESTAMP) AND t."at" > CAST(:as_of AS TIMESTAMP) - INTERVAL '90' DAY
)
SELECT
  CASE WHEN COUNT(*) = 0 THEN 0 ELSE MAX(risk_score) END AS "counterparty.max_risk",
  COALESCE(SUM(CASE WHEN risk_score >= :risky_from THEN amount_usd END), 0) AS "counterparty.risky_usd",
  COALESCE(SUM(CASE WHEN risk_score >= :risky_from THEN amount_usd END) / NULLIF(SUM(amount_usd), 0), 0)
    AS "counterparty.risky_share",
  CASE WHEN COUNT(*) = 0 THEN FALSE ELSE MAX(CASE WHEN category = 'sanctioned' THEN 1 WHEN category IS NOT NULL THEN 0 END) = 1
    END AS "counterparty.sanctioned"
FROM rated;
