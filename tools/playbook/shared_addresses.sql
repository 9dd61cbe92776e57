-- meaning: other accounts that withdrew to this account's chain addresses
-- parameter: telling_accounts count 2 : as many other accounts are told although a withdrawal of this one has no address
-- fact: address.accounts_sharing count : other accounts that withdrew to an address of this one, exchange addresses left out
-- fact: address.confirmed_fraud_sharing count : those of them with confirmed fraud in an earlier case
-- unknown: address.accounts_sharing : few are known to or none, and a withdrawal of this one has no address recorded
-- strange: earlier_cases.outcome : the case may have ended as confirmed fraud
-- strange: chain_addresses.category : the address is not left out
-- part: address.accounts_sharing at least telling_accounts
-- part: address.confirmed_fraud_sharing at least 1
-- unknown: address.confirmed_fraud_sharing : none is known to, and a withdrawal of this account has no address, or a case of another no outcome
WITH used AS (
  SELECT DISTINCT w.customer_id, ADDRESS_OF(w.chain_address) AS chain_address
  FROM withdrawals AS w
  LEFT JOIN chain_addresses AS a ON ADDRESS_OF(a.chain_address) = ADDRESS_OF(w.chain_address)
  WHERE TRIM(w.chain_address) <> '' AND w."at" <= CAST(:as_of AS TIMESTAMP)
    AND COALESCE(a.category, '') <> 'exchange'
), others AS (
  SELECT DISTINCT u.customer_id
  FROM used AS u
  JOIN used AS mine ON mine.chain_address = u.chain_address AND mine.customer_id = :customer_id
  WHERE u.customer_id <> :customer_id
), unnamed AS (
  SELECT COUNT(*) AS n FROM withdrawals
  WHERE customer_id = :customer_id AND "at" <= CAST(:as_of AS TIMESTAMP)
    AND COALESCE(TRIM(chain_address), '') = '' AND COALESCE(NULLIF(TRIM(method), ''), 'chain') = 'chain'
), verdicts AS (
  SELECT customer_id,
    MAX(CASE
      WHEN LOWER(TRIM(outcome)) = 'confirmed_fraud' THEN 2
      WHEN LOWER(TRIM(outcome)) IN ('worth_reviewing', 'false_positive', 'inconclusive') THEN 0
      ELSE 1
    END) AS guilt
  FROM earlier_cases WHERE opened_at <= CAST(:as_of AS TIMESTAMP)
  GROUP BY customer_id
), sharing AS (
  SELECT COUNT(*) AS n, COUNT(CASE WHEN guilt = 2 THEN 1 END) AS fraudulent, COUNT(CASE WHEN guilt = 1 THEN 1 END) AS undecided
  FROM others AS o LEFT JOIN verdicts AS v ON v.customer_id = o.customer_id
)
SELECT
  CASE WHEN unnamed.n = 0 OR s.n >= :telling_accounts THEN s.n END AS "address.accounts_sharing",
  CASE WHEN s.fraudulent > 0 OR unnamed.n = 0 AND s.undecided = 0 THEN s.fraudulent END AS "address.confirmed_fraud_sharing"
FROM sharing AS s CROSS JOIN unnamed;

-- exhibit: graph Accounts that withdrew to the same addresses
WITH used AS (
  SELECT DISTINCT w.customer_id, ADDRESS_OF(w.chain_address) AS chain_address, COALESCE(a.category, 'address') AS category
  FROM withdrawals AS w
  LEFT JOIN chain_addresses AS a ON ADDRESS_OF(a.chain_address) = ADDRESS_OF(w.chain_address)
  WHERE TRIM(w.chain_address) <> '' AND w."at" <= CAST(:as_of AS TIMESTAMP)
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
