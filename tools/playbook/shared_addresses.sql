-- meaning: other accounts that withdrew to this account's chain addresses
-- fact: address.accounts_sharing count : other accounts that withdrew to an address of this one, exchange addresses left out
-- fact: address.confirmed_fraud_sharing count : those of them with confirmed fraud in an earlier case
WITH used AS (
  SELECT DISTINCT w.customer_id, w.chain_address
  FROM withdrawals AS w
  LEFT JOIN chain_addresses AS a ON a.chain_address = w.chain_address
  WHERE w.chain_address IS NOT NULL AND w."at" <= CAST(:as_of AS TIMESTAMP)
    AND COALESCE(a.category, '') <> 'exchange'
), others AS (
  SELECT DISTINCT u.customer_id
  FROM used AS u
  JOIN used AS mine ON mine.chain_address = u.chain_address AND mine.customer_id = :customer_id
  WHERE u.customer_id <> :customer_id
), fraud AS (
  SELECT DISTINCT customer_id FROM earlier_cases
  WHERE outcome = 'confirmed_fraud' AND opened_at <= CAST(:as_of AS TIMESTAMP)
)
SELECT
  COUNT(*) AS "address.accounts_sharing",
  COUNT(fraud.customer_id) AS "address.confirmed_fraud_sharing"
FROM others AS o LEFT JOIN fraud ON fraud.customer_id = o.customer_id;

-- exhibit: graph Accounts that withdrew to the same addresses
WITH used AS (
  SELECT DISTINCT w.customer_id, w.chain_address, COALESCE(a.category, 'address') AS category
  FROM withdrawals AS w
  LEFT JOIN chain_addresses AS a ON a.chain_address = w.chain_address
  WHERE w.chain_address IS NOT NULL AND w."at" <= CAST(:as_of AS TIMESTAMP)
    AND COALESCE(a.category, '') <> 'exchange'
)
SELECT
  'customer' AS source_kind, u.customer_id AS source,
  REPLACE(u.category, '_', ' ') AS target_kind, u.chain_address AS target,
  'withdrew to' AS why
FROM used AS u
JOIN used AS mine ON mine.chain_address = u.chain_address AND mine.customer_id = :customer_id
ORDER BY u.customer_id <> :customer_id, u.customer_id, u.chain_address
LIMIT 200;
